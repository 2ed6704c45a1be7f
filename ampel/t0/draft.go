package t0

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t1"
)

// draft is what one alert is to leave in the database. It gathers what the
// channels want, so that each document is written once, with all channels that
// want it.
type draft struct {
	alert    *Alert
	channels ampel.Labels
	points   docs[int64, ampel.DataPoint]
	states   docs[stateKey, stateDoc]
	tickets  docs[ticketKey, struct{}]
	links    []int64
	empty    bool // a combiner made no state
}

type stateKey struct {
	link   int64
	unit   string
	config any
}

type stateDoc struct {
	t1.State
	computed bool
	body     ampel.Value
	code     ampel.DocumentCode
}

type ticketKey struct {
	unit   string
	config any
	link   ampel.Link
	col    string
}

// docs are documents of one kind, each with the channels that want it, in the
// order in which they were first wanted.
type docs[K comparable, D any] struct {
	byKey map[K]int
	list  []doc[K, D]
}

type doc[K comparable, D any] struct {
	key      K
	doc      D
	channels ampel.Labels
}

// want adds a channel to a document, which is made if it is new.
func (d *docs[K, D]) want(k K, c ampel.ChannelID, make func() (D, error)) error {
	i, there := d.byKey[k]
	if !there {
		fresh, err := make()
		if err != nil {
			return err
		}
		if d.byKey == nil {
			d.byKey = map[K]int{}
		}
		i = len(d.list)
		d.byKey[k] = i
		d.list = append(d.list, doc[K, D]{key: k, doc: fresh})
	}
	if !d.list[i].channels.Has(c) {
		d.list[i].channels = append(d.list[i].channels, c)
	}
	return nil
}

// mark identifies what one alert did for a set of channels, whatever their order.
func mark(id int64, channels ampel.Labels) int64 {
	sorted := slices.SortedFunc(slices.Values(channels), ampel.Label.Compare)
	text := binary.BigEndian.AppendUint64(nil, uint64(id))
	for _, c := range sorted {
		_, number := c.Value().(int64)
		text = fmt.Appendf(text, "%t %d %s", number, len(c.String()), c)
	}
	return int64(xxhash.Sum64(text))
}

// add puts into the draft what one channel wants of the alert.
func (d *draft) add(ctx context.Context, dir directive, v Verdict, s *stock, points []ampel.DataPoint, l t1.Linker) error {
	r := dir.fresh
	if s.has(dir.channel, d.alert.ID) {
		r = dir.known
	}
	for _, t := range r.stock {
		d.ticket(t, v, dir.channel, d.alert.Stock, ampel.ColStock)
	}
	if r.plain() {
		d.store(dir.channel, points)
		d.pick(r.point, v, dir.channel, points)
		if err := d.combine(ctx, r.combine, v, dir.channel, points, l); err != nil {
			return err
		}
	}
	if r.mux == nil {
		return nil
	}
	insert, muxed, err := r.mux.Mux(ctx, d.alert, points, s.history())
	if err != nil {
		return fmt.Errorf("the muxer: %w", err)
	}
	d.store(dir.channel, insert)
	for _, p := range muxed {
		// Points that the channel combines are points that it sees.
		if old, there := s.points[p.ID]; !there || !slices.Contains(old.Channel, dir.channel) {
			d.store(dir.channel, []ampel.DataPoint{p})
		}
	}
	d.pick(r.insert, v, dir.channel, insert)
	return d.combine(ctx, r.muxed, v, dir.channel, muxed, l)
}

func (d *draft) store(c ampel.ChannelID, points []ampel.DataPoint) {
	for _, p := range points {
		_ = d.points.want(p.ID, c, func() (ampel.DataPoint, error) { return p, nil }) // cannot fail
	}
}

// ticket asks for a unit, if the verdict is for one of its groups.
func (d *draft) ticket(t ticket, v Verdict, c ampel.ChannelID, link ampel.Link, col string) {
	if t.groups.wants(v) {
		_ = d.tickets.want(ticketKey{t.unit, t.config, link, col}, c, func() (_ struct{}, _ error) { return }) // cannot fail
	}
}

// pick leaves tickets on the points that each unit wants.
func (d *draft) pick(all []ticket, v Verdict, c ampel.ChannelID, points []ampel.DataPoint) {
	for _, t := range all {
		for _, id := range t.pick.Apply(points) {
			d.ticket(t, v, c, ampel.IntID(id), ampel.ColT0)
		}
	}
}

// combine makes the states of one channel.
func (d *draft) combine(ctx context.Context, all []combine, v Verdict, c ampel.ChannelID, points []ampel.DataPoint, l t1.Linker) error {
	for _, m := range all {
		if !m.groups.wants(v) {
			continue
		}
		states, err := m.combiner.Combine(ctx, c, points)
		if err != nil {
			return fmt.Errorf("the combiner: %w", err)
		}
		made := 0
		for _, s := range states {
			if len(s.DPS) == 0 {
				continue
			}
			made++
			if err := d.state(ctx, m, s, v, c, points, l); err != nil {
				return err
			}
		}
		d.empty = d.empty || made == 0
	}
	return nil
}

func (d *draft) state(ctx context.Context, m combine, s t1.State, v Verdict, c ampel.ChannelID, points []ampel.DataPoint, l t1.Linker) error {
	link := l.Link(s.DPS)
	members, err := members(s.DPS, points)
	if err != nil {
		return err
	}
	err = d.states.want(stateKey{link, m.unit, m.config}, c, func() (stateDoc, error) {
		doc := stateDoc{State: s}
		if m.compute == nil {
			return doc, nil
		}
		body, code, err := m.compute.Compute(ctx, members)
		if err == nil {
			doc.body, err = ampel.NewValue(body)
		}
		if err != nil {
			return doc, fmt.Errorf("unit %s: %w", m.unit, err)
		}
		doc.computed, doc.code = true, code
		return doc, nil
	})
	if err != nil {
		return err
	}
	if !slices.Contains(d.links, link) {
		d.links = append(d.links, link)
	}
	for _, t := range m.state {
		d.ticket(t, v, c, ampel.IntID(link), "")
	}
	d.pick(m.point, v, c, members)
	return nil
}

// members returns the points of a state, in its order.
func members(ids []int64, points []ampel.DataPoint) ([]ampel.DataPoint, error) {
	if len(ids) == len(points) && sameOrder(ids, points) {
		return points, nil
	}
	at := make(map[int64]int, len(points))
	for i, p := range points {
		at[p.ID] = i
	}
	out := make([]ampel.DataPoint, len(ids))
	for i, id := range ids {
		j, ok := at[id]
		if !ok {
			return nil, fmt.Errorf("the combiner made a state of point %d, which it was not given", id)
		}
		out[i] = points[j]
	}
	return out, nil
}

func sameOrder(ids []int64, points []ampel.DataPoint) bool {
	for i, id := range ids {
		if points[i].ID != id {
			return false
		}
	}
	return true
}

func byID(a, b ampel.DataPoint) int { return cmp.Compare(a.ID, b.ID) }
