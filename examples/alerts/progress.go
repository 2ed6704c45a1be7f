package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
)

// tick is how often the progress is looked at.
const tick = 200 * time.Millisecond

// A gauge shows how far the tiers are: a line that changes on a terminal, and one that
// stays for each tier that has ended.
type gauge struct {
	system *system
	mu     sync.Mutex // of what is written
	quit   chan struct{}
	done   chan struct{}
}

func newGauge(s *system) *gauge {
	g := &gauge{system: s, quit: make(chan struct{}), done: make(chan struct{})}
	go g.watch()
	return g
}

func (g *gauge) watch() {
	defer close(g.done)
	if g.system.screen == nil {
		return
	}
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			line := g.system.line()
			g.mu.Lock()
			g.system.screen.show(line)
			g.mu.Unlock()
		case <-g.quit:
			g.system.screen.erase()
			return
		}
	}
}

// ended prints what a tier did.
func (g *gauge) ended(line string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.system.screen.erase()
	fmt.Fprintf(g.system.out, "%6.1fs  %s\n", time.Since(g.system.start).Seconds(), line)
}

func (g *gauge) stop() {
	close(g.quit)
	<-g.done
}

// line is the progress of all tiers. What is waiting for T2 is asked of the database.
func (s *system) line() string {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	taken := s.stream.taken.Load()
	of := ""
	if n := s.stream.about; n > 0 {
		of = " of about " + commas(int64(n))
	}
	p := s.env.Progress
	return fmt.Sprintf("T0 %s%s alerts, %s stored   T2 %s results, %s tickets wait   T3 %s of %s stocks",
		commas(taken), of, commas(p.Alerts.Load()),
		commas(s.results(ctx)), commas(s.tickets(ctx)), commas(p.Done.Load()), commas(p.Total.Load()))
}

func (s *system) ingested(ctx context.Context) string {
	return fmt.Sprintf("T0  %s alerts, %s stored: %s stocks, %s datapoints, %s states%s",
		commas(s.stream.taken.Load()), commas(s.env.Progress.Alerts.Load()), commas(s.count(ctx, ampel.ColNameStock, nil)),
		commas(s.count(ctx, ampel.ColNameT0, nil)), commas(s.count(ctx, ampel.ColNameT1, nil)), s.stream.troubled())
}

func (s *system) computed(ctx context.Context) string {
	return fmt.Sprintf("T2  %s results", commas(s.results(ctx)))
}

func (s *system) reported() string {
	return fmt.Sprintf("T3  %s stocks, %d likely supernovae", commas(s.env.Progress.Done.Load()), s.shown.candidates)
}

func (s *system) results(ctx context.Context) int64 {
	return s.count(ctx, ampel.ColNameT2, bson.D{{Key: "code", Value: bson.D{{Key: "$gte", Value: 0}}}})
}

func (s *system) tickets(ctx context.Context) int64 {
	return s.count(ctx, ampel.ColNameT2, bson.D{{Key: "code", Value: int64(ampel.CodeNew)}})
}

// count returns how many documents match, 0 if the database cannot tell: it is only
// for show.
func (s *system) count(ctx context.Context, collection string, filter bson.D) int64 {
	n, _ := s.env.DB.Collection(collection).Count(ctx, filter)
	return n
}

// commas writes a number with a comma for each three digits.
func commas(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
