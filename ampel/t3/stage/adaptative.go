package stage

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/ampel/t3/filter"
	"github.com/penstock/penstock/ampel/t3/project"
	"github.com/penstock/penstock/pl"
)

// Adaptative is the configuration of T3AdaptativeStager: every channel gets
// instances of the units of its own, when the first stock of that channel comes.
// They see the stocks of the channel, as T3ChannelProjector shows them. The stock
// documents must be loaded.
type Adaptative struct {
	Options
	Execute ampel.UnitsOf[t3.AnyUnit] `config:"execute,required"`
	// WhiteList names the channels that are served, BlackList those that are not.
	// Only one of the two may be given. Default: all channels are served.
	WhiteList ampel.Labels `config:"white_list"`
	BlackList ampel.Labels `config:"black_list"`
	// NThread is read and has no effect: every unit has a goroutine of its own,
	// which costs little.
	NThread     int  `config:"nthread"`
	RemoveEmpty bool `config:"remove_empty"` // see project.Base; default true
	// Unalterable leaves buffers as they are. Default true; false saves copies, and
	// can only be if WhiteList names one channel.
	Unalterable bool `config:"unalterable"`
	Freeze      bool `config:"freeze"` // has no effect: views cannot change anyway
	// KeepUnbound shows journal records that name no channel, such as those of T3
	// units. Default false.
	KeepUnbound bool `config:"keep_unbound"`
}

// SetDefaults sets the defaults.
func (c *Adaptative) SetDefaults() {
	c.Options, c.NThread, c.RemoveEmpty, c.Unalterable = defaults(), 4, true, true
}

// CheckConfig finds mistakes.
func (c *Adaptative) CheckConfig() error {
	if len(c.WhiteList) > 0 && len(c.BlackList) > 0 {
		return ampel.PathError("black_list", errors.New("cannot be given together with white_list: choose one"))
	}
	if !c.Unalterable && len(c.WhiteList) != 1 {
		return ampel.PathError("unalterable", errors.New("can be false only if white_list names one channel: several would change the same buffers"))
	}
	if err := c.check(); err != nil {
		return err
	}
	return errNoUnits(c.Execute)
}

// NewAdaptative builds a T3AdaptativeStager. Its units are built on the way.
func NewAdaptative(env *ampel.Env, c Adaptative) (t3.Stager, error) {
	return &adaptative{base: newBase(env, c.Options), conf: c}, nil
}

type adaptative struct {
	base
	conf Adaptative
}

// line is the pipeline of one channel.
type line struct {
	channel  ampel.ChannelID
	block    *block
	gate     *gate
	in       chan []*ampel.AmpelBuffer
	ended    chan struct{} // closed when the pipeline has ended
	outcomes []outcome
	err      error
}

// lines are the pipelines of one run.
type lines struct {
	*adaptative
	ctx     context.Context
	store   *ampel.T3Store
	list    []*line
	by      map[ampel.ChannelID]*line
	ignored map[ampel.ChannelID]bool
}

func (s *adaptative) Stage(ctx context.Context, buffers t3.Buffers, store *ampel.T3Store) iter.Seq2[*ampel.T3Document, error] {
	return func(yield func(*ampel.T3Document, error) bool) {
		l := &lines{adaptative: s, store: store, by: map[ampel.ChannelID]*line{}, ignored: map[ampel.ChannelID]bool{}}
		run, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		l.ctx = run
		err := l.feed(buffers)
		if err != nil { // what units have seen so far is not all that there is
			cancel(err)
		}
		var outcomes []outcome
		for _, x := range l.list {
			close(x.in)
		}
		for _, x := range l.list {
			<-x.ended
			slices.SortFunc(x.outcomes, func(a, b outcome) int { return a.order - b.order })
			outcomes = append(outcomes, x.outcomes...)
			if x.err != nil && err == nil {
				err = x.err
			} else if x.err != nil && !errors.Is(x.err, err) {
				err = errors.Join(err, x.err)
			}
		}
		s.finishAll(ctx, outcomes, err, yield)
	}
}

// feed gives every chunk to the channels in it, and waits until they are done
// with it.
func (l *lines) feed(buffers t3.Buffers) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = ampel.NewPanicError("the supplier", v)
		}
	}()
	return chunks(buffers, l.opts.ChunkSize, func(chunk []*ampel.AmpelBuffer) error {
		channels, err := l.channels(chunk)
		if err != nil {
			return err
		}
		var fed []*line
		for _, c := range channels {
			x, err := l.open(c)
			if err != nil {
				return err
			}
			if !x.gate.open() {
				continue // all units of the channel have ended
			}
			select {
			case x.in <- chunk:
				fed = append(fed, x)
			case <-x.ended:
			case <-l.ctx.Done():
				return context.Cause(l.ctx)
			}
		}
		for _, x := range fed {
			if err := x.wait(l.ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// wait returns when the units of a channel are done with a chunk, or when its
// pipeline has ended, which is reported at the end.
func (x *line) wait(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-x.ended:
			cancel(errLeft)
		case <-stop:
		}
	}()
	if err := x.gate.wait(ctx); err != nil && err != errLeft {
		return err
	}
	return nil
}

// channels returns those of a chunk that are to be served, in the order in which
// they appear.
func (l *lines) channels(chunk []*ampel.AmpelBuffer) ([]ampel.ChannelID, error) {
	var out []ampel.ChannelID
	for _, b := range chunk {
		if b.Stock == nil {
			return nil, runError("channels", fmt.Errorf("the document of stock %v is not loaded: T3AdaptativeStager needs it to know the channels", b.ID))
		}
		for _, c := range b.Stock.Channel {
			if slices.Contains(out, c) || l.ignored[c] {
				continue
			}
			if l.conf.BlackList.Has(c) || len(l.conf.WhiteList) > 0 && !l.conf.WhiteList.Has(c) {
				l.ignored[c] = true
				l.env.Logger().Debug("channel is ignored", "channel", c.String())
				continue
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// open returns the pipeline of a channel, and starts it if there is none yet.
func (l *lines) open(c ampel.ChannelID) (*line, error) {
	if x := l.by[c]; x != nil {
		return x, nil
	}
	members, err := l.buildAll(l.conf.Execute, ampel.Labels{c})
	if err != nil {
		return nil, runError("channel "+c.String(), err)
	}
	x := &line{
		channel: c, gate: newGate(), in: make(chan []*ampel.AmpelBuffer), ended: make(chan struct{}),
		block: &block{
			filter: filter.New(ampel.Only(c)),
			project: project.NewChannel(project.Channel{
				Base: project.Base{RemoveEmpty: l.conf.RemoveEmpty}, Channel: ampel.Only(c),
				Unalterable: l.conf.Unalterable, KeepUnbound: l.conf.KeepUnbound,
			}),
			members: members,
		},
	}
	if l.opts.SaveStockIDs {
		for _, m := range members {
			m.given = x.block.ids
		}
	}
	works := l.works(pl.FromChan(x.in), x.block, x.gate, l.store)
	go func() {
		defer close(x.ended)
		x.outcomes, x.err = pl.Merge(works...).Collect(l.ctx)
	}()
	l.by[c], l.list = x, append(l.list, x)
	return x, nil
}
