package stage

import (
	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/ampel/t3/filter"
	"github.com/penstock/penstock/ampel/t3/project"
)

// Channel is the configuration of T3ChannelStager: the units see the stocks of
// one channel, or of a set of channels, and of each stock only what belongs
// there.
type Channel struct {
	Common
	Channel ampel.Logic               `config:"channel,required"`
	Execute ampel.UnitsOf[t3.AnyUnit] `config:"execute,required"`
	// KeepUnbound shows journal records that name no channel, such as those of T3
	// units. Default false.
	KeepUnbound bool `config:"keep_unbound"`
}

// SetDefaults sets the defaults.
func (c *Channel) SetDefaults() { c.Common = commonDefaults() }

// CheckConfig finds mistakes.
func (c *Channel) CheckConfig() error {
	if err := c.check(); err != nil {
		return err
	}
	return errNoUnits(c.Execute)
}

// NewChannel builds a T3ChannelStager and its units.
func NewChannel(env *ampel.Env, c Channel) (t3.Stager, error) {
	channels := ampel.Labels(c.Channel.Labels())
	s := &blocks{base: newBase(env, Options{Common: c.Common, Channel: channels})}
	k, err := s.newBlock(Run{Execute: c.Execute}, channels)
	if err != nil {
		return nil, err
	}
	k.filter, k.project = filter.New(c.Channel), project.NewChannel(project.Channel{
		Base: project.Base{RemoveEmpty: true}, Channel: c.Channel, Unalterable: true, KeepUnbound: c.KeepUnbound,
	})
	if s.opts.SaveStockIDs {
		for _, m := range k.members {
			m.given = k.ids
		}
	}
	s.blocks = []*block{k}
	return s, nil
}
