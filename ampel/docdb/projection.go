package docdb

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

// Projection is a parsed projection. The zero Projection keeps everything.
type Projection struct {
	doc     bson.Raw
	include bool
	root    *projected
}

// projected is the tree of the paths that a projection names.
type projected struct {
	sub map[string]*projected // nil at the end of a path
}

// ParseProjection checks a projection: either fields to keep ({a: 1, b.c: 1}),
// to which _id belongs unless {_id: 0} says otherwise, or fields to leave out
// ({a: 0}). A path goes through lists. Errors are ErrDialect.
func ParseProjection(fields bson.D) (Projection, error) {
	if len(fields) == 0 {
		return Projection{}, nil
	}
	doc, err := bson.Marshal(fields)
	if err != nil {
		return Projection{}, bad("projection", "", "%v", err)
	}
	p := Projection{doc: doc, root: &projected{}}
	var taken pathSet
	modes := map[bool]bool{}
	id := true
	for body := raw.Body(doc); len(body) > 0; {
		name, v, rest, ok := raw.Next(body)
		if !ok {
			return Projection{}, bad("projection", "", "damaged BSON")
		}
		body = rest
		path, err := splitPath("projection", string(name))
		if err != nil {
			return Projection{}, err
		}
		n, number := v.Integer()
		if v.T != raw.Bool && (!number || n != 0 && n != 1) {
			return Projection{}, bad("projection", string(name), "needs 1 (keep) or 0 (leave out); operators are not in the dialect")
		}
		if hasPosition(string(name)) {
			return Projection{}, bad("projection", string(name), "a position in a list is not in the dialect")
		}
		if !taken.add(path) {
			return Projection{}, bad("projection", string(name), "named twice, or beside a part of it")
		}
		keep := n == 1 || v.True()
		if string(name) == "_id" {
			id = keep
			continue
		}
		modes[keep] = true
		p.root.add(path)
	}
	if len(modes) == 2 {
		return Projection{}, bad("projection", "", "keeps some fields and leaves out others: say one of the two (only _id may differ)")
	}
	p.include = modes[true] || len(modes) == 0 && id
	if p.include == id {
		p.root.add([]string{"_id"})
	} else {
		delete(p.root.sub, "_id")
	}
	return p, nil
}

func (p *projected) add(path []string) {
	for _, part := range path {
		if p.sub == nil {
			p.sub = map[string]*projected{}
		}
		next := p.sub[part]
		if next == nil {
			next = &projected{}
			p.sub[part] = next
		}
		p = next
	}
}

// BSON returns the projection as BSON, nil for the zero Projection.
func (p Projection) BSON() bson.Raw { return p.doc }

// Empty tells whether the projection keeps everything.
func (p Projection) Empty() bool { return p.root == nil }

// Apply returns the document with the fields that the projection leaves.
func (p Projection) Apply(doc bson.Raw) bson.Raw {
	if p.Empty() {
		return doc
	}
	out, start := raw.Begin(make([]byte, 0, len(doc)))
	out = p.fields(out, raw.Body(doc), p.root)
	return raw.End(out, start)
}

func (p Projection) fields(out, body []byte, at *projected) []byte {
	for {
		name, v, rest, ok := raw.Next(body)
		if !ok {
			return out
		}
		body = rest
		next, named := at.sub[string(name)]
		switch {
		case !named:
			if !p.include {
				out = raw.AppendElement(out, string(name), v)
			}
		case next.sub == nil:
			if p.include {
				out = raw.AppendElement(out, string(name), v)
			}
		default:
			out = p.inside(out, string(name), v, next)
		}
	}
}

// inside projects what lies below a path that goes on. A value that has
// nothing below it stays only if fields are left out.
func (p Projection) inside(out []byte, name string, v raw.Value, at *projected) []byte {
	if v.T != raw.Object && v.T != raw.Array {
		if !p.include {
			out = raw.AppendElement(out, name, v)
		}
		return out
	}
	out = raw.AppendElement(out, name, raw.Value{T: v.T})
	out, start := raw.Begin(out)
	if v.T == raw.Object {
		return raw.End(p.fields(out, v.Body(), at), start)
	}
	i := 0
	for body := v.Body(); ; {
		_, e, rest, ok := raw.Next(body)
		if !ok {
			return raw.End(out, start)
		}
		body = rest
		before := len(out)
		if out = p.inside(out, raw.Itoa(i), e, at); len(out) > before {
			i++
		}
	}
}
