package docdb

import (
	"math/bits"
	"strings"

	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

// elemMatch parses $elemMatch: a filter for elements that are documents, or
// operators for elements that are values.
func (p *fieldParser) elemMatch(v raw.Value) (cond, error) {
	if v.T != raw.Object {
		return nil, bad("filter", p.name, "$elemMatch needs a document")
	}
	if operators(v) && !logical(v) {
		inner := *p
		inner.depth++
		inner.nested = true
		said := facts{}
		inner.out = &said
		c, err := inner.ops(v)
		if err != nil {
			return nil, err
		}
		// What one element fulfils, one of the values of the path fulfils.
		p.conclude(said.narrow, "")
		return arrayCond{elemTest{c}}, nil
	}
	said := facts{}
	n, err := p.document(v.Body(), p.depth+1, &said)
	if err != nil {
		return nil, err
	}
	p.conclude(said.narrow, p.name+".")
	return arrayCond{elemDocTest{n}}, nil
}

func logical(v raw.Value) bool {
	name, _, _, _ := raw.Next(v.Body())
	switch string(name) {
	case "$and", "$or", "$nor":
		return true
	}
	return false
}

// conclude takes over what the inside of $elemMatch says, if it says the same
// about the whole document. Null is left out, because an element need not be
// a document to lack a field, and so are positions and branches. An array in
// an array is no place where a path without positions leads to.
func (p *fieldParser) conclude(inner []Narrow, prefix string) {
	if p.out == nil || p.nested {
		return
	}
	for _, n := range inner {
		if n.Any != nil || admitsNull(n) {
			continue
		}
		if prefix != "" {
			if hasPosition(n.Path) {
				continue
			}
			n.Path = prefix + n.Path
		}
		p.out.narrow = append(p.out.narrow, n)
	}
}

func admitsNull(n Narrow) bool {
	for _, v := range n.Values {
		if raw.Of(v).T == raw.Null {
			return true
		}
	}
	return false
}

func hasPosition(path string) bool {
	for part := range strings.SplitSeq(path, ".") {
		if _, ok := raw.Position(part); ok {
			return true
		}
	}
	return false
}

// bits parses $bitsAllSet: a mask or a list of positions.
func (p *fieldParser) bits(v raw.Value) (cond, error) {
	var positions []int
	if mask, ok := v.Integer(); ok && mask >= 0 {
		for m := uint64(mask); m != 0; m &= m - 1 {
			positions = append(positions, bits.TrailingZeros64(m))
		}
		return leafCond{bitsTest{positions}}, nil
	}
	if v.T != raw.Array {
		return nil, bad("filter", p.name, "$bitsAllSet needs a mask that is not negative, or a list of positions")
	}
	for _, e := range raw.Elements(v) {
		n, ok := e.Integer()
		if !ok || n < 0 || n > raw.MaxSize {
			return nil, bad("filter", p.name, "$bitsAllSet needs positions that are whole numbers, zero or more")
		}
		positions = append(positions, int(n))
	}
	return leafCond{bitsTest{positions}}, nil
}
