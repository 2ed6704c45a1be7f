package docdb

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

// fieldParser parses the conditions on one path.
type fieldParser struct {
	*filterParser
	name  string
	path  []string
	depth int
	out   *facts // nil where nothing may be concluded: below a negation
	// nested: the conditions are about the elements of an array.
	nested bool
}

// value parses what stands behind the name of a field.
func (p *fieldParser) value(v raw.Value) (cond, error) {
	switch {
	case operators(v):
		return p.ops(v)
	case v.T == raw.Regex:
		return p.pattern(v, nil)
	}
	if err := operand(p.name, "$eq", v); err != nil {
		return nil, err
	}
	p.seed(v)
	return p.in("$eq", []raw.Value{v}), nil
}

// ops parses a document of operators; all of them must hold.
func (p *fieldParser) ops(doc raw.Value) (cond, error) {
	if p.depth > maxNesting {
		return nil, bad("filter", p.name, "conditions nested deeper than %d", maxNesting)
	}
	var all allCond
	body := doc.Body()
	for len(body) > 0 {
		name, v, rest, ok := raw.Next(body)
		if !ok {
			return nil, bad("filter", p.name, "damaged BSON")
		}
		body = rest
		if string(name) == "$options" && raw.Field(doc.Body(), "$regex").Is() {
			continue // read with $regex
		}
		c, err := p.op(string(name), v, doc)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

func (p *fieldParser) op(op string, v raw.Value, doc raw.Value) (cond, error) {
	switch op {
	case "$eq", "$ne", "$gt", "$gte", "$lt", "$lte":
		return p.compare(op, v)
	case "$in", "$nin", "$all":
		return p.list(op, v)
	case "$not":
		return p.not(v)
	case "$exists":
		return p.exists(v)
	case "$size":
		n, ok := v.Integer()
		if !ok || n < 0 || n > raw.MaxSize {
			return nil, bad("filter", p.name, "$size needs a number of elements, zero or more")
		}
		return arrayCond{sizeTest{int(n)}}, nil
	case "$elemMatch":
		return p.elemMatch(v)
	case "$regex":
		options := raw.Field(doc.Body(), "$options")
		return p.pattern(v, &options)
	case "$bitsAllSet":
		return p.bits(v)
	}
	return nil, bad("filter", p.name, "%q is not an operator of the dialect; there are $eq $ne $gt $gte $lt $lte $in $nin $all $not $exists $size $elemMatch $regex $bitsAllSet", op)
}

func (p *fieldParser) compare(op string, v raw.Value) (cond, error) {
	if err := operand(p.name, op, v); err != nil {
		return nil, err
	}
	switch op {
	case "$eq":
		p.seed(v)
		return p.in(op, []raw.Value{v}), nil
	case "$ne":
		return notCond{leafCond{inTest{[]raw.Value{v}}}}, nil
	}
	p.narrow(op, []raw.Value{v})
	return leafCond{orderTest{op, v}}, nil
}

func (p *fieldParser) list(op string, v raw.Value) (cond, error) {
	if v.T != raw.Array {
		return nil, bad("filter", p.name, "%s needs a list", op)
	}
	values := raw.Elements(v)
	for _, e := range values {
		if operators(e) {
			return nil, bad("filter", p.name, "%s: operators inside of the list are not in the dialect: use $and or $or", op)
		}
		if err := operand(p.name, op, e); err != nil {
			return nil, err
		}
	}
	if op == "$all" {
		return p.all(values), nil
	}
	if op == "$in" && len(values) == 1 {
		p.doubt("$in of one value")
	}
	slices.SortFunc(values, raw.Compare)
	values = slices.CompactFunc(values, raw.Equal)
	if op == "$nin" {
		return notCond{leafCond{inTest{values}}}, nil
	}
	return p.in("$in", values), nil
}

// all: each of the values is there.
func (p *fieldParser) all(values []raw.Value) cond {
	p.doubt("$all")
	if len(values) == 0 {
		return leafCond{neverTest{}}
	}
	all := make(allCond, len(values))
	for i, e := range values {
		all[i] = p.in("$eq", []raw.Value{e})
	}
	return all
}

func (p *fieldParser) not(v raw.Value) (cond, error) {
	inner := *p
	inner.out = nil
	inner.depth++
	if v.T == raw.Regex {
		c, err := inner.pattern(v, nil)
		return notCond{c}, err
	}
	if !operators(v) {
		return nil, bad("filter", p.name, "$not needs a document of operators or a pattern; for a value use $ne")
	}
	c, err := inner.ops(v)
	return notCond{c}, err
}

func (p *fieldParser) exists(v raw.Value) (cond, error) {
	n, number := v.Integer()
	if v.T != raw.Bool && !number {
		return nil, bad("filter", p.name, "$exists needs true or false")
	}
	if v.True() || n != 0 {
		return leafCond{existsTest{}}, nil
	}
	return notCond{leafCond{existsTest{}}}, nil
}

// in is the condition that a field equals one of values, which are sorted.
func (p *fieldParser) in(op string, values []raw.Value) cond {
	p.narrow(op, values)
	return leafCond{inTest{values}}
}

// narrow notes a condition for those who look for candidates. Arrays are left
// out: an index has their elements, not themselves.
func (p *fieldParser) narrow(op string, values []raw.Value) {
	if p.out == nil || slices.ContainsFunc(values, func(v raw.Value) bool { return v.T == raw.Array }) {
		return
	}
	n := Narrow{Path: p.name, Op: op, Values: make([]bson.RawValue, len(values))}
	for i, v := range values {
		n.Values[i] = v.BSON()
	}
	p.out.narrow = append(p.out.narrow, n)
}

func (p *fieldParser) seed(v raw.Value) {
	if p.out != nil {
		p.out.seeds = append(p.out.seeds, seed{p.path, p.name, v})
	}
}

func (p *fieldParser) doubt(what string) {
	if p.out != nil {
		p.out.unsure = what + " on " + p.name
	}
}
