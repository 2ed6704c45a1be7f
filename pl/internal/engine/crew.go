package engine

import "sync"

// Goroutines returns a crew that starts a goroutine for every worker. The runtime
// reuses those that have ended.
func Goroutines(body func(place int)) Crew { return &goroutines{body: body} }

type goroutines struct {
	group sync.WaitGroup
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
