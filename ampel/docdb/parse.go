package docdb

import (
	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

// maxNesting bounds the recursion of the parser; MongoDB has the same limit.
const maxNesting = 100

// filterParser turns a filter, as BSON, into nodes.
type filterParser struct {
	top   facts
	regex bool // the filter has a pattern
}

// facts is what a list of conditions that all hold says beside matching: where
// candidates may be looked for, and what an upsert starts from.
type facts struct {
	narrow []Narrow
	seeds  []seed
	unsure string
}

// document parses the conditions of one document; all of them must hold. What
// they say goes to out.
func (p *filterParser) document(body []byte, depth int, out *facts) (node, error) {
	if depth > maxNesting {
		return nil, bad("filter", "", "conditions nested deeper than %d", maxNesting)
	}
	var all andNode
	for len(body) > 0 {
		name, v, rest, ok := raw.Next(body)
		if !ok {
			return nil, bad("filter", "", "damaged BSON")
		}
		var n node
		var err error
		if len(name) > 0 && name[0] == '$' {
			n, err = p.logic(string(name), v, depth, out)
		} else {
			n, err = p.field(string(name), v, depth, out)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, n)
		body = rest
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

// logic parses $and, $or and $nor.
func (p *filterParser) logic(op string, v raw.Value, depth int, out *facts) (node, error) {
	switch op {
	case "$and", "$or", "$nor":
	default:
		return nil, bad("filter", op, "not an operator of the dialect: at this place there are $and, $or and $nor")
	}
	branches := raw.Elements(v)
	if v.T != raw.Array || len(branches) == 0 {
		return nil, bad("filter", op, "needs a list of at least one document")
	}
	nodes := make([]node, len(branches))
	said := make([]facts, len(branches))
	for i, b := range branches {
		if b.T != raw.Object {
			return nil, bad("filter", op, "needs a list of documents")
		}
		to := &said[i]
		if op == "$and" {
			to = out
		}
		n, err := p.document(b.Body(), depth+1, to)
		if err != nil {
			return nil, err
		}
		nodes[i] = n
	}
	switch op {
	case "$and":
		return andNode(nodes), nil
	case "$nor":
		return norNode(nodes), nil
	}
	if len(branches) == 1 {
		out.unsure = "$or of one branch"
	}
	out.either(said)
	return orNode(nodes), nil
}

// either adds that one of the branches holds, if each of them narrows.
func (f *facts) either(branches []facts) {
	any := make([][]Narrow, len(branches))
	for i, b := range branches {
		if len(b.narrow) == 0 {
			return
		}
		any[i] = b.narrow
	}
	f.narrow = append(f.narrow, Narrow{Any: any})
}

// field parses what is said about one path: an operator document, a pattern,
// or a value that the field must equal.
func (p *filterParser) field(name string, v raw.Value, depth int, out *facts) (node, error) {
	path, err := splitPath("filter", name)
	if err != nil {
		return nil, err
	}
	f := fieldParser{filterParser: p, name: name, path: path, depth: depth, out: out}
	c, err := f.value(v)
	if err != nil {
		return nil, err
	}
	return fieldNode{path, c}, nil
}

// operators tells whether a value is a document of operators: its first name
// starts with a dollar sign.
func operators(v raw.Value) bool {
	if v.T != raw.Object {
		return false
	}
	name, _, _, ok := raw.Next(v.Body())
	return ok && len(name) > 0 && name[0] == '$'
}

// operand checks a value that documents are compared with.
func operand(name, op string, v raw.Value) error {
	if v.T == raw.Regex {
		return bad("filter", name, "a pattern cannot be the operand of %s: use $regex, and $or for several", op)
	}
	if err := raw.CheckValue(v, name); err != nil {
		return bad("filter", name, "%s: %v", op, err)
	}
	return nil
}
