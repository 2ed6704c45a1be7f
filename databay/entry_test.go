package databay

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func FuzzEntry(f *testing.F) {
	for _, r := range []Record[string]{
		{Payload: "one"},
		{Payload: "", id: ID{1, 2}, origin: &origin{name: "inlet"}},
		NewRecord("two", Metadata{"a": 1, "b": "x", "c": 1.5, "d": time.Second, "e": []byte{1}, "f": nil, "g": true}),
		NewRecord("three", Metadata{"list": []string{"a"}, "t": time.Unix(1, 2).UTC()}),
	} {
		data, err := encodeEntry(JSON[string](), r)
		require.NoError(f, err)
		f.Add(data, false)
		f.Add(data, true)
	}
	f.Add([]byte{}, true)
	f.Fuzz(func(t *testing.T, data []byte, sum bool) {
		if sum && len(data) > 4 { // get past the checksum
			data = reseal(data)
		}
		r, inlet, err := decodeEntry(JSON[string](), data)
		if err != nil {
			return
		}
		if inlet != "" {
			r.origin = &origin{name: inlet}
		}
		again, err := encodeEntry(JSON[string](), r)
		require.NoError(t, err)
		r2, inlet2, err := decodeEntry(JSON[string](), again)
		require.NoError(t, err)
		require.Equal(t, inlet, inlet2)
		require.Equal(t, r.Payload, r2.Payload)
		require.Equal(t, r.id, r2.id)
		require.Len(t, r2.local, len(r.local))
	})
}

func TestEntryDamage(t *testing.T) {
	data, err := encodeEntry(JSON[string](), NewRecord("payload", Metadata{"k": "v"}))
	require.NoError(t, err)
	for i := range data {
		bad := append([]byte{}, data...)
		bad[i] ^= 1
		_, _, err := decodeEntry(JSON[string](), bad)
		require.Error(t, err, "byte %d", i)
		_, _, err = decodeEntry(JSON[string](), reseal(append([]byte{}, data[:i]...)))
		require.Error(t, err, "cut at %d", i)
	}
}

// reseal replaces the checksum of an entry by the right one.
func reseal(data []byte) []byte {
	if len(data) < 4 {
		return data
	}
	return seal(data[: len(data)-4 : len(data)-4])
}
