package raw

import "errors"

// ErrParallelArrays is what Keys returns for a document with arrays in two
// fields of one index.
var ErrParallelArrays = errors.New("two fields of the index hold lists")

// Keys returns the keys that a document has in an index on paths: one, or one
// for each element when a path leads to or through an array. A missing field
// counts as null. found tells whether any of the paths leads to a value.
func Keys(doc []byte, paths [][]string) (keys [][]byte, found bool, err error) {
	g := keyGen{}
	err = g.start(doc, paths)
	return g.keys, g.found, err
}

// SortKeys is Keys with a direction for each path: the part of the key for a
// path with a negative sign sorts the other way round.
func SortKeys(doc []byte, paths [][]string, signs []int) ([][]byte, error) {
	g := keyGen{signs: signs}
	err := g.start(doc, paths)
	return g.keys, err
}

func (g *keyGen) start(doc []byte, paths [][]string) error {
	at := make([]cursor, len(paths))
	for i, p := range paths {
		at[i] = cursor{DocValue(doc), p, false}
	}
	return g.expand(at)
}

// cursor is where one path of the index has got to. A cursor at its end does
// not move any more, even if it stands on an array inside of an array.
type cursor struct {
	v    Value
	rest []string
	end  bool
}

type keyGen struct {
	keys  [][]byte
	found bool
	signs []int // nil: all rising
}

// expand moves all cursors on until they end or stand before an array, and
// then does the same for each element of the array. All that stand before one
// must stand before the same.
func (g *keyGen) expand(at []cursor) error {
	var arr Value
	for i := range at {
		c := &at[i]
		c.advance()
		if c.end || c.v.T != Array {
			continue
		}
		if arr.Is() && !same(arr.D, c.v.D) {
			return ErrParallelArrays
		}
		arr = c.v
	}
	if !arr.Is() {
		g.emit(at, false)
		return nil
	}
	body := arr.Body()
	if len(body) == 0 {
		g.emit(at, true)
		return nil
	}
	for {
		_, e, rest, ok := Next(body)
		if !ok {
			return nil
		}
		inner := make([]cursor, len(at))
		for i, c := range at {
			if !c.end && c.v.T == Array {
				c = c.into(e)
			}
			inner[i] = c
		}
		if err := g.expand(inner); err != nil {
			return err
		}
		body = rest
	}
}

func (c *cursor) advance() {
	for !c.end && len(c.rest) > 0 && c.v.T == Object {
		c.v, c.rest = Field(c.v.Body(), c.rest[0]), c.rest[1:]
	}
	switch {
	case c.end || c.v.T == Array:
	case len(c.rest) > 0:
		*c = cursor{Value{}, nil, true}
	default:
		c.end = true
	}
}

// into puts a cursor that stands before an array on one of its elements.
func (c cursor) into(e Value) cursor {
	switch {
	case len(c.rest) == 0:
		return cursor{e, nil, true}
	case e.T == Object:
		return cursor{e, c.rest, false}
	}
	return cursor{Value{}, nil, true}
}

func (g *keyGen) emit(at []cursor, empty bool) {
	var key []byte
	for i, c := range at {
		start := len(key)
		if empty && !c.end && c.v.T == Array {
			key = AppendUndefined(key)
			g.found = true
		} else {
			key = AppendKey(key, c.v)
			g.found = g.found || c.v.Is()
		}
		if g.signs != nil && g.signs[i] < 0 {
			for j := start; j < len(key); j++ {
				key[j] = ^key[j]
			}
		}
	}
	g.keys = append(g.keys, key)
}

func same(a, b []byte) bool { return len(a) == len(b) && &a[0] == &b[0] }
