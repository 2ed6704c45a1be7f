package ampel

import (
	"encoding/hex"
	"fmt"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// ID identifies a stock, or what a T2 document is bound to: a number, a text or
// bytes. IDs compare with == and are map keys. The zero ID is the number 0.
type ID struct {
	s string
	n int64 // the number if s is empty, else the kind of s
}

const (
	idText  = 1
	idBytes = 2
)

// StockID is the identity of a tracked entity in all tiers.
type StockID = ID

// Link is what a T2 document is bound to: a stock id, the id of a datapoint, or
// the link of a T1 document.
type Link = ID

// IntID returns the ID of a number.
func IntID(n int64) ID { return ID{n: n} }

// TextID returns the ID of a text. The empty text is the number 0.
func TextID(s string) ID {
	if s == "" {
		return ID{}
	}
	return ID{s: s, n: idText}
}

// BytesID returns the ID of bytes, which are copied. No bytes are the number 0.
func BytesID(b []byte) ID {
	if len(b) == 0 {
		return ID{}
	}
	return ID{s: string(b), n: idBytes}
}

// Int returns the number, and whether the ID is one.
func (id ID) Int() (int64, bool) { return id.n, id.s == "" }

// String returns the number, the text, or the bytes in hexadecimal.
func (id ID) String() string {
	switch {
	case id.s == "":
		return strconv.FormatInt(id.n, 10)
	case id.n == idBytes:
		return hex.EncodeToString([]byte(id.s))
	}
	return id.s
}

// MarshalBSONValue writes an int64, a string or binary.
func (id ID) MarshalBSONValue() (byte, []byte, error) {
	var v any = id.n
	switch {
	case id.s != "" && id.n == idText:
		v = id.s
	case id.s != "":
		v = bson.Binary{Data: []byte(id.s)}
	}
	t, data, err := bson.MarshalValue(v)
	return byte(t), data, err
}

// UnmarshalBSONValue reads what MarshalBSONValue wrote, and other whole numbers.
func (id *ID) UnmarshalBSONValue(typ byte, data []byte) error {
	v := bson.RawValue{Type: bson.Type(typ), Value: data}
	if n, ok := wholeNumber(v); ok {
		*id = IntID(n)
		return nil
	}
	switch v.Type {
	case bson.TypeString:
		*id = TextID(v.StringValue())
	case bson.TypeBinary:
		_, b := v.Binary()
		*id = BytesID(b)
	default:
		return fmt.Errorf("ampel: id: %v is neither a number, a text nor bytes", v.Type)
	}
	return nil
}

// DecodeConfig reads an ID of a configuration: a whole number or a text.
func (id *ID) DecodeConfig(v any) error {
	switch v := v.(type) {
	case int64:
		*id = IntID(v)
	case string:
		*id = TextID(v)
	default:
		return fmt.Errorf("needs a whole number or a text, has %s", kindOf(v))
	}
	return nil
}

// wholeNumber returns a BSON number that has no fraction.
func wholeNumber(v bson.RawValue) (int64, bool) {
	switch v.Type {
	case bson.TypeInt32:
		return int64(v.Int32()), true
	case bson.TypeInt64:
		return v.Int64(), true
	case bson.TypeDouble:
		f := v.Double()
		if n := int64(f); float64(n) == f {
			return n, true
		}
	}
	return 0, false
}
