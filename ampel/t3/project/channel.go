package project

import (
	"errors"

	"slices"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

// Channel is the configuration of T3ChannelProjector and T3MultiChannelProjector:
// buffers keep only what belongs to some channels. Of the condition only the
// channels matter that it mentions.
//
// Kept are: those channels of the stock and their times; journal records, T1 and
// T2 documents that list one of them, and then only those of the list.
// Datapoints, logs and what complementers added stay as they are.
type Channel struct {
	Base
	Channel ampel.Logic `config:"channel,required"`
	// Freeze has no effect: views cannot change anyway.
	Freeze bool `config:"freeze"`
	// Unalterable leaves the buffers that come in as they are. Without it they
	// are changed in place, which only one block of units may ask for. Default
	// true.
	Unalterable bool `config:"unalterable"`
	// KeepUnbound keeps journal records that name no channel, such as those of
	// T3 units. Default false.
	KeepUnbound bool `config:"keep_unbound"`
	// StripChannel removes the channels themselves. Default false.
	StripChannel bool `config:"strip_channel"`
}

// SetDefaults sets the defaults.
func (c *Channel) SetDefaults() {
	c.Base.SetDefaults()
	c.Freeze, c.Unalterable = true, true
}

// CheckConfig finds mistakes.
func (c *Channel) CheckConfig() error {
	if c.Channel.IsZero() {
		return ampel.PathError("channel", errors.New("is missing"))
	}
	return c.Base.CheckConfig()
}

// FromConfig builds a T3ChannelProjector.
func FromConfig(env *ampel.Env, c Channel) (t3.Projector, error) {
	base, err := newBase(env, c.Base)
	if err != nil {
		return nil, err
	}
	return &channel{base: base, conf: c, set: c.Channel.Labels()}, nil
}

// NewChannel returns a T3ChannelProjector without field projectors.
func NewChannel(c Channel) t3.Projector {
	return &channel{base: &projector{conf: Base{RemoveEmpty: c.RemoveEmpty}}, conf: c, set: c.Channel.Labels()}
}

type channel struct {
	base *projector
	conf Channel
	set  []ampel.ChannelID
}

// Project keeps what belongs to the channels.
func (p *channel) Project(buffers []*ampel.AmpelBuffer) ([]*ampel.AmpelBuffer, error) {
	out := make([]*ampel.AmpelBuffer, len(buffers))
	for i, b := range buffers {
		if p.conf.Unalterable {
			c := *b
			if b.Stock != nil {
				stock := *b.Stock
				c.Stock = &stock
			}
			b = &c
		}
		p.project(b)
		out[i] = b
	}
	out, err := p.base.Project(out)
	if p.conf.StripChannel {
		for _, b := range out {
			if b.Stock != nil {
				b.Stock.Channel = nil
			}
		}
	}
	return out, err
}

// project replaces lists and maps of b, and changes none.
func (p *channel) project(b *ampel.AmpelBuffer) {
	if s := b.Stock; s != nil {
		s.Channel = p.both(s.Channel)
		ts := map[string]ampel.StockTime{}
		for _, c := range p.set {
			if t, ok := s.TS[c.String()]; ok {
				ts[c.String()] = t
			}
		}
		s.TS = ts
		s.Journal = keep(s.Journal, func(r *ampel.JournalRecord) bool {
			if len(r.Channel) == 0 {
				return p.conf.KeepUnbound
			}
			r.Channel = p.both(r.Channel)
			return len(r.Channel) > 0 // before it is stripped
		})
		if p.conf.StripChannel {
			p.strip(s)
		}
	}
	if b.T1 != nil {
		b.T1 = keep(b.T1, func(d *ampel.T1Document) bool { return p.reduce(&d.Channel) })
	}
	if b.T2 != nil {
		b.T2 = keep(b.T2, func(d *ampel.T2Document) bool { return p.reduce(&d.Channel) })
	}
}

func (p *channel) strip(s *ampel.StockDocument) {
	for i := range s.Journal {
		s.Journal[i].Channel = nil
	}
}

// reduce leaves only the channels of the projector, and tells if there are any.
func (p *channel) reduce(channels *[]ampel.ChannelID) bool {
	*channels = p.both(*channels)
	there := len(*channels) > 0
	if p.conf.StripChannel {
		*channels = nil
	}
	return there
}

// both returns the labels that are also channels of the projector.
func (p *channel) both(labels []ampel.Label) []ampel.Label {
	var out []ampel.Label
	for _, l := range labels {
		if slices.Contains(p.set, l) {
			out = append(out, l)
		}
	}
	return out
}

// keep returns a new list of the elements for which f is true; f may change
// them.
func keep[T any](list []T, f func(*T) bool) []T {
	out := make([]T, 0, len(list))
	for _, e := range list {
		if f(&e) {
			out = append(out, e)
		}
	}
	return out
}
