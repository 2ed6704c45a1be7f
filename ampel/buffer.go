package ampel

import (
	"maps"
	"slices"
)

// AmpelBuffer is what is loaded about one stock on its way from a supplier to a
// stager. Complementers and filters may change it; units never see it, they get
// views made of it.
//
// For T0, T1, T2 and Logs nil means that the collection was not asked for, and
// empty that there was nothing in it.
type AmpelBuffer struct {
	ID     StockID
	Origin int64
	Stock  *StockDocument // nil: not asked for, or not found
	T0     []DataPoint
	T1     []T1Document
	T2     []T2Document
	Logs   []LogDocument
	// Extra is for complementers: by convention each uses its own name as the
	// key. The values may be anything; units share them.
	Extra map[string]any
}

// SetExtra sets a key of Extra, which is made if it is nil.
func (b *AmpelBuffer) SetExtra(key string, v any) {
	if b.Extra == nil {
		b.Extra = map[string]any{}
	}
	b.Extra[key] = v
}

// Clone returns a copy that shares no document and no map with b, except for
// the values of Extra.
func (b *AmpelBuffer) Clone() *AmpelBuffer {
	c := *b
	c.Stock = b.Stock.Clone()
	c.T0 = cloneAll(b.T0, DataPoint.Clone)
	c.T1 = cloneAll(b.T1, T1Document.Clone)
	c.T2 = cloneAll(b.T2, T2Document.Clone)
	c.Logs = cloneAll(b.Logs, LogDocument.clone)
	c.Extra = maps.Clone(b.Extra)
	return &c
}

// Channels returns the channels of the stock, none if it is not loaded.
func (b *AmpelBuffer) Channels() []ChannelID {
	if b.Stock == nil {
		return nil
	}
	return slices.Clone(b.Stock.Channel)
}
