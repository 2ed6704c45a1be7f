package t3

import "github.com/penstock/penstock/ampel"

// Given are the ids of the stocks whose views a unit has taken, in order. As
// long as they are numbers, each takes 8 bytes.
type Given struct {
	numbers []int64
	all     []ampel.StockID // instead of numbers, once there is another id
}

func (g *Given) add(id ampel.StockID) {
	n, ok := id.Int()
	switch {
	case ok && g.all == nil:
		g.numbers = append(g.numbers, n)
		return
	case g.all == nil:
		g.all = g.IDs()
		g.numbers = nil
	}
	g.all = append(g.all, id)
}

// Len returns how many there are.
func (g *Given) Len() int { return len(g.numbers) + len(g.all) }

func (g *Given) last() ampel.StockID {
	if g.all != nil {
		return g.all[len(g.all)-1]
	}
	return ampel.IntID(g.numbers[len(g.numbers)-1])
}

// IDs returns a new list of them.
func (g *Given) IDs() []ampel.StockID {
	out := make([]ampel.StockID, 0, g.Len())
	for _, n := range g.numbers {
		out = append(out, ampel.IntID(n))
	}
	return append(out, g.all...)
}
