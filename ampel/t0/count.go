package t0

import (
	"sync/atomic"

	"github.com/penstock/penstock/ampel"
)

// count is what a run counts.
type count struct {
	alerts    atomic.Int64 // taken and looked at
	ingested  atomic.Int64 // written
	known     atomic.Int64 // accepted, but in the database already
	overruled atomic.Int64 // rejections
	errors    atomic.Int64
	channels  []ampel.ChannelID
	rejected  []atomic.Int64
	accepted  []atomic.Int64
}

func (c *count) init(dirs []Directive) {
	c.rejected, c.accepted = make([]atomic.Int64, len(dirs)), make([]atomic.Int64, len(dirs))
	for _, d := range dirs {
		c.channels = append(c.channels, d.Channel)
	}
}

func (c *count) reject(directive int) { c.rejected[directive].Add(1) }

func (c *count) wrote(b *batch) {
	c.ingested.Add(int64(b.alerts))
	for i, ch := range c.channels {
		c.accepted[i].Add(int64(b.accepted[ch]))
	}
}

// tell puts the counts into the event.
func (c *count) tell(e *ampel.Event) {
	accepted, rejected := map[string]int64{}, map[string]int64{}
	for i, ch := range c.channels {
		accepted[ch.String()], rejected[ch.String()] = c.accepted[i].Load(), c.rejected[i].Load()
	}
	e.Set("ret", c.ingested.Load())
	e.Set("metrics", map[string]any{"count": map[string]any{
		"alerts": c.alerts.Load(), "ingested": c.ingested.Load(), "known": c.known.Load(), "errors": c.errors.Load(),
		"overruled": c.overruled.Load(), "accepted": accepted, "rejected": rejected,
	}})
}
