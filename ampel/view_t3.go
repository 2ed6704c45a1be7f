package ampel

import (
	"fmt"
	"slices"
)

// T3DocView is a T3 document that cannot be changed.
type T3DocView struct {
	doc    T3Document
	config Value
}

// NewT3DocView makes a view of a copy of d. config is the configuration of the
// unit; null takes the one in the document.
func NewT3DocView(d *T3Document, config Value) *T3DocView {
	c := *d
	c.Tag, c.Channel, c.Stock = slices.Clone(d.Tag), slices.Clone(d.Channel), slices.Clone(d.Stock)
	if d.Meta != nil {
		m := d.Meta.Clone()
		c.Meta = &m
	}
	if config.IsNull() {
		config = d.Config
	}
	return &T3DocView{doc: c, config: config}
}

// Process returns the name of the process.
func (v *T3DocView) Process() string { return v.doc.Process }

// Unit returns the name of the unit.
func (v *T3DocView) Unit() string { return v.doc.Unit }

// ConfID returns the number of the configuration.
func (v *T3DocView) ConfID() int64 { return v.doc.ConfID }

// Config returns the configuration.
func (v *T3DocView) Config() Value { return v.config }

// Tag returns a copy of the tags.
func (v *T3DocView) Tag() []Tag { return slices.Clone(v.doc.Tag) }

// Channel returns a copy of the channels.
func (v *T3DocView) Channel() []ChannelID { return slices.Clone(v.doc.Channel) }

// Stock returns a copy of the ids of the stocks that the unit was given, if the
// stager saves them.
func (v *T3DocView) Stock() []StockID { return slices.Clone(v.doc.Stock) }

// Code returns the code of the result.
func (v *T3DocView) Code() DocumentCode { return v.doc.Code }

// Meta returns a copy of the metadata.
func (v *T3DocView) Meta() (MetaRecord, bool) {
	if v.doc.Meta == nil {
		return MetaRecord{}, false
	}
	return v.doc.Meta.Clone(), true
}

// Body returns the result, null if there is none.
func (v *T3DocView) Body() Value { return v.doc.Body }

// Map returns the result if it is a map, else an error.
func (v *T3DocView) Map() (Value, error) {
	if !v.doc.Body.IsMap() {
		return Value{}, fmt.Errorf("ampel: t3: the result of %s is no map: %v", v.doc.Unit, v.doc.Body.Type())
	}
	return v.doc.Body, nil
}
