package ampel

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Label names a channel or a tag: a number or a text. Labels compare with ==
// and are map keys. The number 1 and the text "1" are different labels.
type Label struct {
	s    string
	n    int64
	text bool
}

// ChannelID names the programme of a user. Documents list the channels that may
// see them.
type ChannelID = Label

// Tag is a mark on a document that all channels see.
type Tag = Label

// Name returns the label of a text.
func Name(s string) Label { return Label{s: s, text: true} }

// Names returns the labels of texts.
func Names(s ...string) []Label {
	out := make([]Label, len(s))
	for i, t := range s {
		out[i] = Name(t)
	}
	return out
}

// Number returns the label of a number.
func Number(n int64) Label { return Label{n: n} }

// String returns the text or the number.
func (l Label) String() string {
	if l.text {
		return l.s
	}
	return strconv.FormatInt(l.n, 10)
}

// Compare orders numbers before texts.
func (l Label) Compare(m Label) int {
	if l.text != m.text {
		if m.text {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(l.n, m.n), cmp.Compare(l.s, m.s))
}

// Value returns the label as an int64 or a string, for filters.
func (l Label) Value() any {
	if l.text {
		return l.s
	}
	return l.n
}

// MarshalBSONValue writes a string or an int64.
func (l Label) MarshalBSONValue() (byte, []byte, error) {
	t, data, err := bson.MarshalValue(l.Value())
	return byte(t), data, err
}

// UnmarshalBSONValue reads a string or a whole number.
func (l *Label) UnmarshalBSONValue(typ byte, data []byte) error {
	v := bson.RawValue{Type: bson.Type(typ), Value: data}
	if v.Type == bson.TypeString {
		*l = Name(v.StringValue())
		return nil
	}
	n, ok := wholeNumber(v)
	if !ok {
		return fmt.Errorf("ampel: label: %v is neither a text nor a whole number", v.Type)
	}
	*l = Number(n)
	return nil
}

// DecodeConfig reads a label of a configuration.
func (l *Label) DecodeConfig(v any) error {
	switch v := v.(type) {
	case int64:
		*l = Number(v)
	case string:
		*l = Name(v)
	default:
		return fmt.Errorf("needs a text or a whole number, has %s", kindOf(v))
	}
	return nil
}

// Labels are channels or tags where one may stand instead of a list: in journal
// records and metadata. One label is stored as a scalar, several as a list.
type Labels []Label

// IsZero makes omitempty leave out no labels.
func (l Labels) IsZero() bool { return len(l) == 0 }

// Has reports whether one of the labels is m.
func (l Labels) Has(m Label) bool { return slices.Contains(l, m) }

// MarshalBSONValue writes a scalar for one label, a list for several, null for none.
func (l Labels) MarshalBSONValue() (byte, []byte, error) {
	switch len(l) {
	case 0:
		return byte(bson.TypeNull), nil, nil
	case 1:
		return l[0].MarshalBSONValue()
	}
	t, data, err := bson.MarshalValue([]Label(l))
	return byte(t), data, err
}

// UnmarshalBSONValue reads a scalar, a list or null.
func (l *Labels) UnmarshalBSONValue(typ byte, data []byte) error {
	switch bson.Type(typ) {
	case bson.TypeNull, bson.TypeUndefined:
		*l = nil
		return nil
	case bson.TypeArray:
		var many []Label
		if err := (bson.RawValue{Type: bson.TypeArray, Value: data}).Unmarshal(&many); err != nil {
			return err
		}
		*l = many
		return nil
	}
	var one Label
	if err := one.UnmarshalBSONValue(typ, data); err != nil {
		return err
	}
	*l = Labels{one}
	return nil
}

// DecodeConfig reads one label or a list.
func (l *Labels) DecodeConfig(v any) error {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := make(Labels, len(list))
	for i, e := range list {
		if err := out[i].DecodeConfig(e); err != nil {
			return pathError(fmt.Sprintf("[%d]", i), err)
		}
	}
	*l = out
	return nil
}

// MergeLabels returns the labels of a and then those of b that a lacks. It
// changes neither.
func MergeLabels(a, b Labels) Labels {
	if len(a)+len(b) == 0 {
		return nil
	}
	out := slices.Clone(a)
	for _, l := range b {
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}
