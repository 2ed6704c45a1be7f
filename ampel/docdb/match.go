package docdb

import (
	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

// node is a compiled condition on a document, given by its elements.
type node interface{ onDoc(body []byte) bool }

type (
	andNode []node
	orNode  []node
	norNode []node
	// fieldNode is what a filter says about one path.
	fieldNode struct {
		path []string
		cond cond
	}
)

func (n andNode) onDoc(body []byte) bool {
	for _, c := range n {
		if !c.onDoc(body) {
			return false
		}
	}
	return true
}

func (n orNode) onDoc(body []byte) bool {
	for _, c := range n {
		if c.onDoc(body) {
			return true
		}
	}
	return false
}

func (n norNode) onDoc(body []byte) bool { return !orNode(n).onDoc(body) }

func (n fieldNode) onDoc(body []byte) bool { return n.cond.onPath(body, n.path) }

// cond is a condition on a field. On a path it holds if one of the values that
// the path leads to fulfils it; a negation holds if none does. That is why it
// has to know the path: "one is not 5" and "none is 5" are different.
// Test is the same condition on one value alone, as $elemMatch asks it.
type cond interface {
	onPath(body []byte, path []string) bool
	raw.Tester
}

type (
	allCond []cond
	notCond struct{ of cond }
	// leafCond tests elements of arrays and the array itself.
	leafCond struct{ raw.Tester }
	// arrayCond tests only the array that a path ends at.
	arrayCond struct{ raw.Tester }
)

func (c allCond) onPath(body []byte, path []string) bool {
	for _, one := range c {
		if !one.onPath(body, path) {
			return false
		}
	}
	return true
}

func (c allCond) Test(v raw.Value) bool {
	for _, one := range c {
		if !one.Test(v) {
			return false
		}
	}
	return true
}

func (c notCond) onPath(body []byte, path []string) bool { return !c.of.onPath(body, path) }
func (c notCond) Test(v raw.Value) bool                  { return !c.of.Test(v) }

func (c leafCond) onPath(body []byte, path []string) bool {
	return raw.Walk(body, path, true, c.Tester)
}

func (c arrayCond) onPath(body []byte, path []string) bool {
	return raw.Walk(body, path, false, c.Tester)
}
