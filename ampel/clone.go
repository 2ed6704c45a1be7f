package ampel

import (
	"maps"
	"slices"
)

// Clone returns a deep copy. Content (Value) is shared, because it cannot change.
func (d *StockDocument) Clone() *StockDocument {
	if d == nil {
		return nil
	}
	c := *d
	c.Channel, c.Tag, c.Name = slices.Clone(d.Channel), slices.Clone(d.Tag), slices.Clone(d.Name)
	c.TS = maps.Clone(d.TS)
	c.Journal = cloneAll(d.Journal, JournalRecord.Clone)
	return &c
}

// Clone returns a deep copy.
func (r JournalRecord) Clone() JournalRecord {
	r.Channel, r.Tag = slices.Clone(r.Channel), slices.Clone(r.Tag)
	r.TraceID, r.More = maps.Clone(r.TraceID), maps.Clone(r.More)
	return r
}

// Clone returns a deep copy.
func (d DataPoint) Clone() DataPoint {
	d.Stock, d.Channel = slices.Clone(d.Stock), slices.Clone(d.Channel)
	d.Tag, d.Excl = slices.Clone(d.Tag), slices.Clone(d.Excl)
	d.Meta = cloneAll(d.Meta, MetaRecord.Clone)
	return d
}

// Clone returns a deep copy.
func (d T1Document) Clone() T1Document {
	d.DPS, d.Channel, d.Tag = slices.Clone(d.DPS), slices.Clone(d.Channel), slices.Clone(d.Tag)
	d.Body, d.Meta = slices.Clone(d.Body), cloneAll(d.Meta, MetaRecord.Clone)
	return d
}

// Clone returns a deep copy.
func (d T2Document) Clone() T2Document {
	d.Channel, d.Tag = slices.Clone(d.Channel), slices.Clone(d.Tag)
	d.Body, d.Meta = slices.Clone(d.Body), cloneAll(d.Meta, MetaRecord.Clone)
	return d
}

// Clone returns a deep copy.
func (r MetaRecord) Clone() MetaRecord {
	r.Channel, r.Tag = slices.Clone(r.Channel), slices.Clone(r.Tag)
	r.TraceID = maps.Clone(r.TraceID)
	r.Activity = cloneAll(r.Activity, func(a MetaActivity) MetaActivity {
		a.Tag, a.Channel, a.Excl = slices.Clone(a.Tag), slices.Clone(a.Channel), slices.Clone(a.Excl)
		a.Code = clonePointer(a.Code)
		return a
	})
	r.Code = clonePointer(r.Code)
	return r
}

func (d LogDocument) clone() LogDocument {
	d.Channel, d.Stock = slices.Clone(d.Channel), clonePointer(d.Stock)
	return d
}

func cloneAll[T any](list []T, clone func(T) T) []T {
	if list == nil {
		return nil
	}
	out := make([]T, len(list))
	for i, e := range list {
		out[i] = clone(e)
	}
	return out
}

func clonePointer[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
