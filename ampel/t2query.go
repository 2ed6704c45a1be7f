package ampel

import "slices"

// T2Option narrows which T2 results an accessor of a view considers.
type T2Option func(*t2Query)

type t2Query struct {
	units   []string
	link    *Link
	codes   []DocumentCode
	isKind  func(Value) bool
	at      int
	noNull  bool
	partial bool
}

func newT2Query(opts []T2Option) t2Query {
	q := t2Query{at: -1}
	for _, o := range opts {
		o(&q)
	}
	return q
}

// WithLink considers documents bound to link.
func WithLink(link Link) T2Option { return func(q *t2Query) { q.link = &link } }

// WithCode considers documents, or runs, of these codes. The default for
// documents is all codes, for runs all that are zero or above.
func WithCode(codes ...DocumentCode) T2Option { return func(q *t2Query) { q.codes = codes } }

// OfKind considers results for which f is true, such as Value.IsMap.
func OfKind(f func(Value) bool) T2Option { return func(q *t2Query) { q.isKind = f } }

// Element takes the i-th result instead of the newest; -1 is the newest, -2 the
// one before it.
func Element(i int) T2Option { return func(q *t2Query) { q.at = i } }

// NoNull makes a tuple with a null in it no tuple.
func NoNull() T2Option { return func(q *t2Query) { q.noNull = true } }

// Partial makes missing elements of a tuple null.
func Partial() T2Option { return func(q *t2Query) { q.partial = true } }

func (q t2Query) matches(v *T2DocView) bool {
	return (len(q.units) == 0 || slices.Contains(q.units, v.doc.Unit)) &&
		(q.link == nil || *q.link == v.doc.Link) &&
		(len(q.codes) == 0 || slices.Contains(q.codes, v.doc.Code))
}

func (q t2Query) code(c DocumentCode) bool {
	if len(q.codes) == 0 {
		return c >= 0
	}
	return slices.Contains(q.codes, c)
}

func (q t2Query) kind(v Value) bool { return q.isKind == nil || q.isKind(v) }

// element returns the result that Element names.
func (q t2Query) element(body []Value) (Value, bool) {
	i := q.at
	if i < 0 {
		i += len(body)
	}
	if i < 0 || i >= len(body) {
		return Value{}, false
	}
	return body[i], true
}

func (q t2Query) tuple(p Value, paths []string) ([]Value, bool) {
	out := make([]Value, len(paths))
	for i, path := range paths {
		if !q.partial && !p.Has(path) {
			return nil, false
		}
		out[i] = p.Get(path)
		if q.noNull && out[i].IsNull() {
			return nil, false
		}
	}
	return out, true
}
