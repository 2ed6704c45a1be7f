package main

import (
	"fmt"
	"time"

	"github.com/penstock/penstock/pl"
)

// tick is how often the gauge looks at the run.
const tick = 100 * time.Millisecond

// A gauge looks at a run while it is going on: it measures how full the queues are,
// and shows the progress.
type gauge struct {
	monitor *pl.Monitor
	screen  *terminal
	start   time.Time
	sums    []int // of what waited in front of each stage
	looks   int
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
	if g.sums == nil {
		g.sums = make([]int, len(stages))
	}
	g.looks++
	for i, s := range stages {
		g.sums[i] += s.Waiting
	}
	walked, last := stages[0], stages[len(stages)-1]
	seconds := time.Since(g.start).Seconds()
	g.screen.show(fmt.Sprintf("%s files found, %s done, %s per second",
		commas(walked.Out), commas(last.In), commas(float64(last.In)/seconds)))
}

// stop ends the gauge and returns how many items waited in front of each stage, on
// average; nil if the run was too short to tell.
func (g *gauge) stop() []float64 {
	close(g.quit)
	<-g.done
	var means []float64
	for _, sum := range g.sums {
		means = append(means, float64(sum)/float64(g.looks))
	}
	return means
}
