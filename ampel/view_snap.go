package ampel

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"
)

// SnapView is what T3 units see of a stock: a snapshot that cannot be changed.
// It may be used by many goroutines. Accessors that return documents return
// copies, which costs accordingly; those named after what they look for are
// cheaper.
type SnapView struct {
	b  AmpelBuffer
	t2 []*T2DocView
}

// NewSnapView makes a view of a copy of b. Configurations that T2 documents name
// by number are found by configs, if it is not nil; one that is not known is an
// error. The values of Extra are shared.
func NewSnapView(b *AmpelBuffer, configs Configs) (*SnapView, error) {
	t2 := b.T2
	plain := *b
	plain.T2 = nil
	v := &SnapView{b: *plain.Clone()}
	if len(t2) > 0 {
		v.t2 = make([]*T2DocView, len(t2))
	}
	for i, d := range t2 {
		view, err := NewT2DocView(d, configs)
		if err != nil {
			return nil, err
		}
		v.t2[i] = view
	}
	return v, nil
}

// ID returns the id of the stock.
func (v *SnapView) ID() StockID { return v.b.ID }

// Origin returns the id of the data source, 0 if there is none.
func (v *SnapView) Origin() int64 { return v.b.Origin }

// Stock returns a copy of the stock document, nil if it is not loaded.
func (v *SnapView) Stock() *StockDocument { return v.b.Stock.Clone() }

// Channels, Tags and Names return copies of the lists of the stock document.
func (v *SnapView) Channels() []ChannelID { return v.b.Channels() }

// Tags returns the tags of the stock.
func (v *SnapView) Tags() []Tag {
	if v.b.Stock == nil {
		return nil
	}
	return slices.Clone(v.b.Stock.Tag)
}

// Names returns the external names of the stock.
func (v *SnapView) Names() []Label {
	if v.b.Stock == nil {
		return nil
	}
	return slices.Clone(v.b.Stock.Name)
}

// T0 returns copies of the datapoints, nil if there are none or none were loaded.
func (v *SnapView) T0() []DataPoint {
	if len(v.b.T0) == 0 {
		return nil
	}
	return cloneAll(v.b.T0, DataPoint.Clone)
}

// T1 returns copies of the states, nil if there are none or none were loaded.
func (v *SnapView) T1() []T1Document {
	if len(v.b.T1) == 0 {
		return nil
	}
	return cloneAll(v.b.T1, T1Document.Clone)
}

// T2 returns the T2 documents, nil if there are none or none were loaded.
func (v *SnapView) T2() []*T2DocView { return slices.Clone(v.t2) }

// Logs returns copies of the log lines, nil if there are none.
func (v *SnapView) Logs() []LogDocument {
	if len(v.b.Logs) == 0 {
		return nil
	}
	return cloneAll(v.b.Logs, LogDocument.clone)
}

// Extra returns what a complementer left under a key. Views share it: do not
// change it.
func (v *SnapView) Extra(key string) (any, bool) {
	x, ok := v.b.Extra[key]
	return x, ok
}

// ExtraKeys returns the keys of what complementers left, sorted.
func (v *SnapView) ExtraKeys() []string { return slices.Sorted(maps.Keys(v.b.Extra)) }

// T2Views returns the T2 documents of units, of all units if none is named, in
// the order in which they are stored.
func (v *SnapView) T2Views(units []string, opts ...T2Option) iter.Seq[*T2DocView] {
	q := newT2Query(opts)
	q.units = units
	return func(yield func(*T2DocView) bool) {
		for _, d := range v.t2 {
			if q.matches(d) && !yield(d) {
				return
			}
		}
	}
}

// RawT2Body returns all results of the first T2 document of a unit.
func (v *SnapView) RawT2Body(unit string, opts ...T2Option) []Value {
	for d := range v.T2Views([]string{unit}, opts...) {
		return d.Body()
	}
	return nil
}

// LatestT2Body returns the newest result of the first T2 document of a unit
// that is not empty, null if there is none.
func (v *SnapView) LatestT2Body(unit string, opts ...T2Option) Value {
	body := v.RawT2Body(unit, opts...)
	for _, e := range slices.Backward(body) {
		if !e.IsEmpty() {
			return e
		}
	}
	return Value{}
}

// T2Body returns the newest result, or the one that Element names, of the first
// T2 document of a unit in which that is a map, or what OfKind asks for. If
// there is none it is ErrNoBody.
func (v *SnapView) T2Body(unit string, opts ...T2Option) (Value, error) {
	q := newT2Query(opts)
	if q.isKind == nil {
		q.isKind = Value.IsMap
	}
	for d := range v.T2Views([]string{unit}, opts...) {
		if e, ok := q.element(d.doc.Body); ok && q.kind(e) {
			return e, nil
		}
	}
	return Value{}, fmt.Errorf("%w: unit %s", ErrNoBody, unit)
}

// T2Value returns what a dotted path leads to in the payload of the first T2
// document of a unit that has it.
func (v *SnapView) T2Value(unit, path string, opts ...T2Option) (Value, bool) {
	q := newT2Query(opts)
	for d := range v.T2Views([]string{unit}, opts...) {
		p, err := d.Payload(WithCode(q.codes...))
		if err != nil || !p.Has(path) {
			continue
		}
		if e := p.Get(path); q.kind(e) {
			return e, true
		}
	}
	return Value{}, false
}

// T2NTuple returns what several paths lead to in the payload of the first T2
// document of a unit for which NTuple of T2DocView has an answer.
func (v *SnapView) T2NTuple(unit string, paths []string, opts ...T2Option) ([]Value, bool) {
	for d := range v.T2Views([]string{unit}, opts...) {
		if t, ok := d.NTuple(paths, opts...); ok {
			return t, true
		}
	}
	return nil, false
}

// JournalEntries returns copies of the journal records for which keep is true,
// of all if it is nil.
func (v *SnapView) JournalEntries(keep func(JournalRecord) bool) iter.Seq[JournalRecord] {
	return func(yield func(JournalRecord) bool) {
		if v.b.Stock == nil {
			return
		}
		for _, r := range v.b.Stock.Journal {
			r = r.Clone()
			if (keep == nil || keep(r)) && !yield(r) {
				return
			}
		}
	}
}

// Created returns the time of the first journal record.
func (v *SnapView) Created() (time.Time, bool) {
	if v.b.Stock == nil || len(v.b.Stock.Journal) == 0 {
		return time.Time{}, false
	}
	return v.b.Stock.Journal[0].TS.Time(), true
}

// Updated returns the time of the last journal record.
func (v *SnapView) Updated() (time.Time, bool) {
	if v.b.Stock == nil || len(v.b.Stock.Journal) == 0 {
		return time.Time{}, false
	}
	return v.b.Stock.Journal[len(v.b.Stock.Journal)-1].TS.Time(), true
}

// ContentSummary counts what is there: "DP: 2, CP: 1, T2: 3".
func (v *SnapView) ContentSummary() string {
	return fmt.Sprintf("DP: %d, CP: %d, T2: %d", len(v.b.T0), len(v.b.T1), len(v.t2))
}
