package ampel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"
)

// ConfigID returns the number under which a configuration is known: a hash of
// its flattened and sorted form, so that the order of keys and of lists does
// not matter. It is the same number on every machine and in every release. No
// configuration and an empty one have the same number.
func ConfigID(config Config) (int64, error) {
	flat := map[string]any{}
	flatten(flat, "", config)
	text, err := compact(flat)
	if err != nil {
		return 0, fmt.Errorf("ampel: config id: %w", err)
	}
	return int64(xxhash.Sum64(text)), nil
}

// flatten puts the leaves of a map into flat, under dotted keys.
func flatten(flat map[string]any, prefix string, m map[string]any) {
	for k, v := range m {
		switch v := v.(type) {
		case map[string]any:
			flatten(flat, prefix+k+".", v)
		case []any:
			flat[prefix+k] = flatList(v)
		default:
			flat[prefix+k] = v
		}
	}
}

// flatList sorts the elements by how they look.
func flatList(list []any) []any {
	out := make([]any, len(list))
	looks := make(map[int]string, len(list))
	order := make([]int, len(list))
	for i, e := range list {
		switch e := e.(type) {
		case map[string]any:
			m := map[string]any{}
			flatten(m, "", e)
			out[i] = m
		case []any:
			out[i] = flatList(e)
		default:
			out[i] = e
		}
		text, _ := compact(out[i])
		if s, ok := out[i].(string); ok {
			text = []byte(s)
		}
		looks[i], order[i] = string(text), i
	}
	slices.SortStableFunc(order, func(a, b int) int { return bytes.Compare([]byte(looks[a]), []byte(looks[b])) })
	sorted := make([]any, len(out))
	for i, o := range order {
		sorted[i] = out[o]
	}
	return sorted
}

// compact returns JSON with sorted keys, no spaces and ASCII only.
func compact(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return ascii(bytes.TrimRight(b.Bytes(), "\n")), nil
}

func ascii(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		text = text[n:]
		switch {
		case r < utf8.RuneSelf:
			out = append(out, byte(r))
		case r > 0xffff:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}
