package engine

import "github.com/sourcegraph/conc"

// Goroutines returns a crew that starts a goroutine for every worker and
// supervises them together.
func Goroutines(body func(place int)) Crew { return &goroutines{body: body} }

type goroutines struct {
	group conc.WaitGroup
	body  func(place int)
}

func (g *goroutines) Start(place int) {
	g.group.Go(func() { g.body(place) })
}

func (g *goroutines) Wait(abandoned bool) {
	if !abandoned {
		g.group.Wait()
	}
}
