package databay

import (
	"encoding/json"
	"fmt"
)

// A Codec turns payloads into bytes for a durable buffer, and back.
type Codec[T any] interface {
	// Encode returns the bytes of v.
	Encode(v T) ([]byte, error)
	// Decode is the inverse. Version is what Version returned when the bytes were
	// written, perhaps by an older program. Data must not be kept.
	Decode(version uint16, data []byte) (T, error)
	// Version returns the version of the format that Encode writes.
	Version() uint16
}

// JSON returns the codec that durable buffers use by default, of version 0. A payload
// must survive a round trip through encoding/json: unexported fields do not, and of
// the type any a number comes back as float64.
func JSON[T any]() Codec[T] { return jsonCodec[T]{} }

type jsonCodec[T any] struct{}

func (jsonCodec[T]) Encode(v T) ([]byte, error) { return json.Marshal(v) }

func (jsonCodec[T]) Decode(version uint16, data []byte) (v T, err error) {
	if version != 0 {
		return v, fmt.Errorf("written by version %d of a codec, and JSON has version 0", version)
	}
	err = json.Unmarshal(data, &v)
	return v, err
}

func (jsonCodec[T]) Version() uint16 { return 0 }
