package ztf

import (
	"cmp"
	"slices"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t0"
	t0ztf "github.com/penstock/penstock/ampel/t0/ztf"
)

// Alert returns the packet as an alert of tier 0. The stock has the number that
// package t0/ztf makes of its name; the datapoints are the bodies of all points,
// newest first; Extra has the version of the schema, where the packet came from, and
// what Extra of the packet has.
func (p *Packet) Alert() (*t0.Alert, error) {
	stock, err := t0ztf.StockID(p.ObjectID)
	if err != nil {
		return nil, &PacketError{Source: p.Source, Offset: -1, Field: "objectId", Err: err}
	}
	a := &t0.Alert{
		ID: p.Candid, Stock: stock, Name: ampel.Names(p.ObjectID),
		Datapoints: make([]ampel.Value, 1, 1+len(p.History)),
		Extra:      map[string]ampel.Value{"schemavsn": ampel.MustValue(p.Version)},
	}
	a.Datapoints[0] = p.Candidate.Body
	history := p.History
	if newer := func(a, b *Point) int { return cmp.Compare(b.JD, a.JD) }; !slices.IsSortedFunc(history, newer) {
		history = slices.Clone(history)
		slices.SortStableFunc(history, newer)
	}
	for _, h := range history {
		a.Datapoints = append(a.Datapoints, h.Body)
	}
	if p.Source != "" {
		a.Extra["source"] = ampel.MustValue(p.Source)
	}
	for name, v := range p.Extra.Fields() {
		a.Extra[name] = v
	}
	return a, nil
}
