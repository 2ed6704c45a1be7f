package main

import (
	"fmt"
	"time"

	"github.com/penstock/penstock/pl"
)

// tick is how often the gauge looks at the run.
const tick = 100 * time.Millisecond

// A gauge shows the progress of a run.
type gauge struct {
	monitor *pl.Monitor
	screen  *terminal
	start   time.Time
	quit    chan struct{}
	done    chan struct{}
}

func newGauge(m *pl.Monitor, screen *terminal) *gauge {
	g := &gauge{monitor: m, screen: screen, start: time.Now(), quit: make(chan struct{}), done: make(chan struct{})}
	go g.watch()
	return g
}

func (g *gauge) watch() {
	defer close(g.done)
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			g.look(g.monitor.Stages())
		case <-g.quit:
			g.screen.erase()
			return
		}
	}
}

func (g *gauge) look(stages []pl.StageStats) {
	if len(stages) == 0 {
		return // not started yet
	}
	walked, last := stages[0], stages[len(stages)-1]
	seconds := time.Since(g.start).Seconds()
	g.screen.show(fmt.Sprintf("%s files found, %s done, %s per second",
		commas(walked.Out), commas(last.In), commas(float64(last.In)/seconds)))
}

// stop ends the gauge, and waits until it has ended.
func (g *gauge) stop() {
	close(g.quit)
	<-g.done
}
