package selection

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/t3"
)

// Stock is the configuration of T3StockSelector. All conditions must hold; those
// that are left out do.
type Stock struct {
	// Created and Updated are about ts.<channel>.tied and ts.<channel>.upd of the
	// channels that Channel mentions, of one of them together; without Channel
	// about ts.any.
	Created *TimeRange `config:"created"`
	Updated *TimeRange `config:"updated"`
	// Modified is an older name of Updated.
	Modified *TimeRange  `config:"modified"`
	Channel  ampel.Logic `config:"channel"`
	Tag      TagLogic    `config:"tag"`
	// Custom is a filter of the database; its keys replace equal ones.
	Custom ampel.Config `config:"custom"`
}

// TagLogic is a condition on the tags of a stock.
type TagLogic struct {
	With    ampel.Logic `config:"with"`
	Without ampel.Logic `config:"without"`
}

// CheckConfig finds mistakes.
func (c *Stock) CheckConfig() error {
	if c.Modified != nil && c.Updated != nil {
		return ampel.PathError("modified", errors.New("is the older name of updated: write one of them"))
	}
	if c.Custom == nil {
		return nil
	}
	d, err := toD(c.Custom)
	if err == nil {
		_, err = docdb.ParseFilter(d)
	}
	return ampel.PathError("custom", err)
}

// NewStock builds a T3StockSelector.
func NewStock(env *ampel.Env, c Stock) (t3.Selector, error) {
	if env.DB == nil {
		return nil, errNoDatabase
	}
	return &stock{env: env, conf: c}, nil
}

var errNoDatabase = errors.New("there is no database to select from: give the run one")

type stock struct {
	env  *ampel.Env
	conf Stock
}

// Select returns the ids in the order in which the database finds them.
func (s *stock) Select(ctx context.Context) ([]ampel.StockID, error) {
	q, err := s.Query(ctx)
	if err != nil {
		return nil, err
	}
	var out []ampel.StockID
	for raw, err := range s.env.DB.Collection(ampel.ColNameStock).Find(ctx, q, docdb.Fields(bson.D{{Key: "stock", Value: 1}, {Key: "_id", Value: 0}})) {
		if err != nil {
			return nil, fmt.Errorf("ampel: select: %w", err)
		}
		var id ampel.StockID
		v := raw.Lookup("stock")
		if err := id.UnmarshalBSONValue(byte(v.Type), v.Value); err != nil {
			return nil, fmt.Errorf("ampel: select: %w", err)
		}
		out = append(out, id)
	}
	return out, nil
}

// Query returns the conditions as a filter of the database.
func (s *stock) Query(ctx context.Context) (bson.D, error) {
	all := s.conf.marks()
	times, err := s.times(ctx)
	if err != nil {
		return nil, err
	}
	all = append(all, times)
	q := and(all...)
	if s.conf.Custom == nil {
		return q, nil
	}
	custom, err := toD(s.conf.Custom)
	if err != nil {
		return nil, err
	}
	return override(q, custom), nil
}

// marks are the conditions on channels and tags.
func (c Stock) marks() []bson.D {
	return []bson.D{c.Channel.Filter("channel"), c.Tag.With.Filter("tag"), c.Tag.Without.Without("tag")}
}

// times returns the conditions on times: of one channel all of them.
func (s *stock) times(ctx context.Context) (bson.D, error) {
	updated := s.conf.Updated
	if updated == nil {
		updated = s.conf.Modified
	}
	tied, err := s.conf.Created.bounds(ctx, s.env)
	if err != nil {
		return nil, err
	}
	upd, err := updated.bounds(ctx, s.env)
	if err != nil || tied == nil && upd == nil {
		return nil, err
	}
	names := []string{"any"}
	if labels := s.conf.Channel.Labels(); len(labels) > 0 {
		names = names[:0]
		for _, l := range labels {
			names = append(names, l.String())
		}
	}
	var alternatives bson.A
	for _, n := range names {
		var both bson.A
		if tied != nil {
			both = append(both, bson.D{{Key: "ts." + n + ".tied", Value: tied}})
		}
		if upd != nil {
			both = append(both, bson.D{{Key: "ts." + n + ".upd", Value: upd}})
		}
		alternatives = append(alternatives, bson.D{{Key: "$and", Value: both}})
	}
	return bson.D{{Key: "$or", Value: alternatives}}, nil
}
