package ampel

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// T2Type says what a T2 document is bound to.
type T2Type int

// What T2 documents are bound to.
const (
	T2Unknown T2Type = -1
	T2Point   T2Type = 0
	T2State   T2Type = 1
	T2Stock   T2Type = 3
)

// Configs finds configurations by their number. *Database does.
type Configs interface {
	// Config returns the configuration, or an error if it is not known.
	Config(id int64) (Value, error)
}

// Errors of the accessors of T2 results.
var (
	// ErrNoBody: there is no result of the wanted kind.
	ErrNoBody = errors.New("ampel: t2: no matching body found")
	// ErrNoContent: a T2 document has no usable result.
	ErrNoContent = errors.New("ampel: t2: no content available")
)

// T2DocView is a T2 document that cannot be changed.
type T2DocView struct {
	doc    T2Document
	confID int64
	config Value
}

// NewT2DocView makes a view of a copy of d. If d names its configuration by
// number, configs finds it; with nil configs it stays unknown.
func NewT2DocView(d T2Document, configs Configs) (*T2DocView, error) {
	v := &T2DocView{doc: d.Clone()}
	if d.Config.IsMap() {
		v.config = d.Config
		m, _ := d.Config.Any().(map[string]any)
		id, err := ConfigID(m)
		v.confID = id
		return v, err
	}
	n, ok := d.Config.Int()
	if !ok {
		return v, nil
	}
	v.confID = n
	if configs != nil {
		c, err := configs.Config(n)
		if err != nil {
			return nil, fmt.Errorf("ampel: t2 document of %s for stock %v: %w", d.Unit, d.Stock, err)
		}
		v.config = c
	}
	return v, nil
}

// Stock returns the id of the stock.
func (v *T2DocView) Stock() StockID { return v.doc.Stock }

// Unit returns the name of the unit.
func (v *T2DocView) Unit() string { return v.doc.Unit }

// ConfID returns the number of the configuration, 0 without one.
func (v *T2DocView) ConfID() int64 { return v.confID }

// Config returns the configuration, null without one.
func (v *T2DocView) Config() Value { return v.config }

// Link returns what the document is bound to.
func (v *T2DocView) Link() Link { return v.doc.Link }

// Tag returns a copy of the tags.
func (v *T2DocView) Tag() []Tag { return slices.Clone(v.doc.Tag) }

// Channel returns a copy of the channels.
func (v *T2DocView) Channel() []ChannelID { return slices.Clone(v.doc.Channel) }

// Code returns what became of the ticket.
func (v *T2DocView) Code() DocumentCode { return v.doc.Code }

// Meta returns a copy of the metadata.
func (v *T2DocView) Meta() []MetaRecord { return cloneAll(v.doc.Meta, MetaRecord.Clone) }

// Body returns the results, oldest first.
func (v *T2DocView) Body() []Value { return slices.Clone(v.doc.Body) }

// Type says what the document is bound to.
func (v *T2DocView) Type() T2Type {
	switch v.doc.Col {
	case ColStock:
		return T2Stock
	case ColT0:
		return T2Point
	case "", "t1":
		return T2State
	}
	return T2Unknown
}

// IsPoint, IsState and IsStock report what the document is bound to.
func (v *T2DocView) IsPoint() bool { return v.Type() == T2Point }

// IsState reports whether the document is bound to a T1 document.
func (v *T2DocView) IsState() bool { return v.Type() == T2State }

// IsStock reports whether the document is bound to the stock itself.
func (v *T2DocView) IsStock() bool { return v.Type() == T2Stock }

// HasContent reports whether Payload has something to return.
func (v *T2DocView) HasContent() bool {
	_, err := v.Payload()
	return err == nil
}

// Payload returns the newest result that can be trusted: the one that belongs
// to the last run of tier 2 that ended with a code of zero or above, or, with
// WithCode, with that code. Without any it is ErrNoContent.
func (v *T2DocView) Payload(opts ...T2Option) (Value, error) {
	q := newT2Query(opts)
	if len(v.doc.Body) == 0 {
		return Value{}, fmt.Errorf("%w: the document of %s has no body", ErrNoContent, v.doc.Unit)
	}
	n := 0
	for _, m := range v.doc.Meta {
		if m.Tier == 2 && m.Code != nil && q.code(*m.Code) {
			n++
		}
	}
	if n == 0 {
		return Value{}, fmt.Errorf("%w: no run of %s ended well", ErrNoContent, v.doc.Unit)
	}
	body := v.doc.Body[min(n, len(v.doc.Body))-1]
	if !q.kind(body) {
		return Value{}, fmt.Errorf("%w: the result of %s is %v", ErrNoContent, v.doc.Unit, body.Type())
	}
	return body, nil
}

// Value returns what a dotted path leads to in the payload, null if nothing.
func (v *T2DocView) Value(path string, opts ...T2Option) Value {
	p, err := v.Payload(opts...)
	if err != nil {
		return Value{}
	}
	return p.Get(path)
}

// NTuple returns what several paths lead to in the payload. It is false if the
// payload lacks one of them, unless Partial says that null will do, and if one
// is null and NoNull says that it must not be.
func (v *T2DocView) NTuple(paths []string, opts ...T2Option) ([]Value, bool) {
	p, err := v.Payload(opts...)
	if err != nil {
		return nil, false
	}
	return newT2Query(opts).tuple(p, paths)
}

// Created returns the time of the first metadata.
func (v *T2DocView) Created() (time.Time, bool) {
	if len(v.doc.Meta) == 0 {
		return time.Time{}, false
	}
	return v.doc.Meta[0].TS.Time(), true
}

// Updated returns the time of the last metadata.
func (v *T2DocView) Updated() (time.Time, bool) {
	if len(v.doc.Meta) == 0 {
		return time.Time{}, false
	}
	return v.doc.Meta[len(v.doc.Meta)-1].TS.Time(), true
}
