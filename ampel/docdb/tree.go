package docdb

import (
	"slices"

	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

// tree is a document or array that an update works on. Only what lies on the
// path of a change is opened; all else stays the bytes that it was.
type tree struct {
	kind   byte // raw.Object or raw.Array
	fields []branch
}

type branch struct {
	name string // empty in arrays
	v    raw.Value
	sub  *tree // instead of v, once opened
}

// open lists the elements of a document.
func open(doc []byte) []branch {
	body := raw.Body(doc)
	out := make([]branch, 0, raw.Len(body)+2)
	for {
		name, v, rest, ok := raw.Next(body)
		if !ok {
			return out
		}
		out = append(out, branch{name: string(name), v: v})
		body = rest
	}
}

// maxPadding is how many nulls an update may put into an array to reach a
// position behind its end.
const maxPadding = 1_500_000

// change applies one step to the tree.
func (t *tree) change(s step) error {
	drop := s.op == "$unset"
	search := drop || s.op == "$pull" // never makes the path
	for i, part := range s.path {
		b, err := t.find(s, part, search)
		if b == nil || err != nil {
			return err
		}
		if i == len(s.path)-1 {
			if drop {
				t.remove(b)
				return nil
			}
			return b.set(s)
		}
		if t = b.open(); t == nil {
			if search {
				return nil
			}
			if b.v.Is() {
				return s.fail("cannot go below %q, which is no document but %s", part, typeName(b.v))
			}
			b.sub = &tree{kind: raw.Object}
			t = b.sub
		}
	}
	return nil
}

// find returns the branch called part, makes one if there is none, or returns
// nil if it only searches.
func (t *tree) find(s step, part string, search bool) (*branch, error) {
	if t.kind == raw.Array {
		pos, ok := raw.Position(part)
		switch {
		case ok && pos < len(t.fields):
			return &t.fields[pos], nil
		case search:
			return nil, nil
		case !ok:
			return nil, s.fail("%q is no position in the list that is there: name one, such as 0", part)
		case pos-len(t.fields) > maxPadding:
			return nil, s.fail("position %d is too far behind the end of the list", pos)
		}
		for len(t.fields) <= pos {
			t.fields = append(t.fields, branch{v: raw.NullValue()})
		}
		// The place is new: to the action it is missing, not null.
		t.fields[pos].v = raw.Value{}
		return &t.fields[pos], nil
	}
	i := slices.IndexFunc(t.fields, func(b branch) bool { return b.name == part })
	if i >= 0 {
		return &t.fields[i], nil
	}
	if search {
		return nil, nil
	}
	t.fields = append(t.fields, branch{name: part})
	return &t.fields[len(t.fields)-1], nil
}

// open makes a branch that holds a document or array a tree; nil for others.
func (b *branch) open() *tree {
	if b.sub == nil && (b.v.T == raw.Object || b.v.T == raw.Array) {
		b.sub = &tree{kind: b.v.T, fields: open(b.v.D)}
	}
	return b.sub
}

// set puts what the action makes of the branch into its place.
func (b *branch) set(s step) error {
	old := b.v
	if b.sub != nil {
		old = raw.Value{T: b.sub.kind, D: b.sub.bson()}
	}
	v, err := s.action.apply(old)
	if err != nil {
		return s.fail("%v", err)
	}
	b.v, b.sub = v, nil
	return nil
}

// remove takes a field out of a document; in an array it leaves null.
func (t *tree) remove(b *branch) {
	if t.kind == raw.Array {
		*b = branch{v: raw.NullValue()}
		return
	}
	t.fields = slices.DeleteFunc(t.fields, func(x branch) bool { return x.name == b.name })
}

// bson writes the tree out.
func (t *tree) bson() []byte {
	out, start := raw.Begin(make([]byte, 0, t.size()))
	out = t.append(out)
	return raw.End(out, start)
}

func (t *tree) append(out []byte) []byte {
	for i, b := range t.fields {
		name := b.name
		if t.kind == raw.Array {
			name = raw.Itoa(i)
		}
		if b.sub == nil {
			if b.v.Is() {
				out = raw.AppendElement(out, name, b.v)
			}
			continue
		}
		out = raw.AppendElement(out, name, raw.Value{T: b.sub.kind})
		var start int
		out, start = raw.Begin(out)
		out = raw.End(b.sub.append(out), start)
	}
	return out
}

func (t *tree) size() int {
	n := 5
	for _, b := range t.fields {
		n += len(b.name) + len(b.v.D) + 8
		if b.sub != nil {
			n += b.sub.size()
		}
	}
	return n
}
