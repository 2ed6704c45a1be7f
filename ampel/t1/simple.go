package t1

import (
	"context"
	"slices"

	"github.com/penstock/penstock/ampel"
)

// NewSimple builds a T1SimpleCombiner: one state of all points that do not
// exclude the channel.
func NewSimple(*ampel.Env, struct{}) (Combiner, error) {
	return CombinerFunc(func(_ context.Context, channel ampel.ChannelID, points []ampel.DataPoint) ([]State, error) {
		return []State{{DPS: visible(channel, points)}}, nil
	}), nil
}

// NewSimpleRetro builds a T1SimpleRetroCombiner: the states that there would have
// been if the points had come one by one. Points 1, 2, 3 give the states 1, then
// 1 and 2, then 1, 2 and 3: n points give n states and n(n+1)/2 ids in them.
func NewSimpleRetro(*ampel.Env, struct{}) (Combiner, error) {
	return CombinerFunc(func(_ context.Context, channel ampel.ChannelID, points []ampel.DataPoint) ([]State, error) {
		ids := visible(channel, points)
		out := make([]State, len(ids))
		for i := range ids {
			out[i].DPS = ids[: i+1 : i+1]
		}
		return out, nil
	}), nil
}

// visible returns the ids of the points that a channel may use.
func visible(channel ampel.ChannelID, points []ampel.DataPoint) []int64 {
	ids := make([]int64, 0, len(points))
	for _, p := range points {
		if !slices.Contains(p.Excl, channel) {
			ids = append(ids, p.ID)
		}
	}
	return ids
}
