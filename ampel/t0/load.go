package t0

import (
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"github.com/penstock/penstock/ampel"
)

// Documents are read by hand here: with the codecs of the bson package, reading
// what is known of the stocks took a quarter of the time of a run.

var errShape = errors.New("has another form than it should")

// fields calls f with each element of a document or list, until it fails.
func fields(doc []byte, f func(key string, v bsoncore.Value) error) error {
	if len(doc) < 5 {
		return errShape
	}
	for rest := doc[4 : len(doc)-1]; len(rest) > 0; {
		e, more, ok := bsoncore.ReadElement(rest)
		if !ok {
			return errShape
		}
		if err := f(string(e.KeyBytes()), e.Value()); err != nil {
			return fmt.Errorf("%s: %w", e.Key(), err)
		}
		rest = more
	}
	return nil
}

// eachOf calls f with the elements of a list.
func eachOf(v bsoncore.Value, f func(v bsoncore.Value) error) error {
	switch v.Type {
	case bsoncore.TypeArray:
		return fields(v.Data, func(_ string, e bsoncore.Value) error { return f(e) })
	case bsoncore.TypeNull:
		return nil
	}
	return errShape
}

// labels reads a list of labels, or one.
func labels(v bsoncore.Value) (out ampel.Labels, err error) {
	one := func(v bsoncore.Value) error {
		var l ampel.Label
		err := l.UnmarshalBSONValue(byte(v.Type), v.Data)
		out = append(out, l)
		return err
	}
	if v.Type == bsoncore.TypeArray || v.Type == bsoncore.TypeNull {
		return out, eachOf(v, one)
	}
	return out, one(v)
}

// marked finds the mark of a record in its field traceid.
func marked(v bsoncore.Value) (m int64, ok bool) {
	if v.Type != bsoncore.TypeEmbeddedDocument {
		return 0, false
	}
	found, err := bsoncore.Document(v.Data).LookupErr(traceKey)
	if err != nil {
		return 0, false
	}
	return found.AsInt64OK()
}

func whole(v bsoncore.Value) (int64, error) {
	n, ok := v.AsInt64OK()
	if !ok {
		return 0, errShape
	}
	return n, nil
}

// loadStock reads what is needed of a stock document.
func loadStock(raw bson.Raw, out map[ampel.StockID]*stock) error {
	var id ampel.StockID
	v := raw.Lookup("stock")
	if err := id.UnmarshalBSONValue(byte(v.Type), v.Value); err != nil {
		return err
	}
	s := out[id]
	if s == nil {
		return nil
	}
	s.exists = true
	err := fields(raw, func(key string, v bsoncore.Value) (err error) {
		switch key {
		case "channel":
			var l ampel.Labels
			l, err = labels(v)
			s.channels = l
		case "journal":
			err = eachOf(v, s.record)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("the document of stock %v: %w", id, err)
	}
	return nil
}

// record takes note of a record of the journal.
func (s *stock) record(v bsoncore.Value) error {
	if v.Type != bsoncore.TypeEmbeddedDocument {
		return errShape
	}
	var alert int64
	var channels ampel.Labels
	tier, named := int64(0), false
	err := fields(v.Data, func(key string, v bsoncore.Value) (err error) {
		switch key {
		case "tier":
			tier, err = whole(v)
		case "alert":
			alert, named = v.AsInt64OK()
		case "channel":
			channels, err = labels(v)
		case "traceid":
			if m, ok := marked(v); ok {
				s.marks[m] = struct{}{}
			}
		}
		return err
	})
	if named && tier == 0 {
		s.alerts[alert] = ampel.MergeLabels(s.alerts[alert], channels)
	}
	return err
}

// loadPoint adds a point, without its metadata, to its stocks, unless only an alert
// that was not written to its end put it there.
func loadPoint(raw bson.Raw, out map[ampel.StockID]*stock) error {
	var p ampel.DataPoint
	var meta bsoncore.Value
	err := fields(raw, func(key string, v bsoncore.Value) (err error) {
		var l ampel.Labels
		switch key {
		case "id":
			p.ID, err = whole(v)
		case "stock":
			err = eachOf(v, func(v bsoncore.Value) error {
				var id ampel.StockID
				err := id.UnmarshalBSONValue(byte(v.Type), v.Data)
				p.Stock = append(p.Stock, id)
				return err
			})
		case "channel":
			l, err = labels(v)
			p.Channel = l
		case "tag":
			l, err = labels(v)
			p.Tag = l
		case "excl":
			l, err = labels(v)
			p.Excl = l
		case "expiry":
			err = p.Expiry.UnmarshalBSONValue(byte(v.Type), v.Data)
		case "body":
			err = p.Body.UnmarshalBSONValue(byte(v.Type), v.Data)
		case "meta":
			meta = v
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("datapoint %d: %w", p.ID, err)
	}
	for _, id := range p.Stock {
		s := out[id]
		if s == nil {
			continue
		}
		there, err := s.left(meta)
		if err != nil {
			return fmt.Errorf("datapoint %d: meta: %w", p.ID, err)
		}
		if there {
			s.points[p.ID] = p
		}
	}
	return nil
}

// left tells whether one of those who left the metadata of a point was no alert,
// or one that was written to its end.
func (s *stock) left(meta bsoncore.Value) (bool, error) {
	if meta.Type != bsoncore.TypeArray {
		return true, nil
	}
	there, n := false, 0
	err := eachOf(meta, func(v bsoncore.Value) error {
		n++
		if v.Type != bsoncore.TypeEmbeddedDocument {
			return errShape
		}
		trace, err := bsoncore.Document(v.Data).LookupErr("traceid")
		m, ok := marked(trace)
		if err != nil || !ok {
			there = true
		} else if _, done := s.marks[m]; done {
			there = true
		}
		return nil
	})
	return there || n == 0, err
}
