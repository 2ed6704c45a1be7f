package job

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	maxFile  = 8 << 20 // bytes of a job file
	maxNodes = 200_000 // values in it, aliases counted as what they stand for
)

// Read reads a job file: JSON if its name ends in .json, else YAML.
func Read(path string) (*Job, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("ampel: job: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("ampel: job: %w", err)
	}
	j, err := Parse(data, strings.EqualFold(filepath.Ext(path), ".json"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return j, nil
}

// Parse reads a job: one YAML document, or one JSON value.
func Parse(data []byte, isJSON bool) (*Job, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("ampel: job: is longer than %d bytes", maxFile)
	}
	read := DecodeYAML
	if isJSON {
		read = fromJSON
	}
	v, err := read(data)
	if err != nil {
		return nil, fmt.Errorf("ampel: job: %w", err)
	}
	j := &Job{}
	if err := j.decode(v); err != nil {
		return nil, err
	}
	return j, nil
}

func fromJSON(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("there is something after the JSON value")
	}
	return plain(v)
}

// plain replaces the numbers of JSON.
func plain(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, nil
		}
		f, err := v.Float64()
		return f, err
	case []any:
		for i, e := range v {
			if v[i], err = plain(e); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k, e := range v {
			if v[k], err = plain(e); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// DecodeYAML reads one YAML document as a configuration. Numbers without a
// fraction are int64, others float64; dates stay texts; a key that stands twice
// and an alias inside of itself are errors.
func DecodeYAML(data []byte) (any, error) {
	d := yaml.NewDecoder(bytes.NewReader(data))
	var n yaml.Node
	if err := d.Decode(&n); err != nil {
		if err == io.EOF {
			return nil, errors.New("is empty")
		}
		return nil, err
	}
	var more yaml.Node
	if err := d.Decode(&more); err != io.EOF {
		return nil, errors.New("has more than one YAML document")
	}
	r := &reader{left: maxNodes}
	return r.value(&n, nil)
}

// reader turns YAML nodes into a configuration.
type reader struct{ left int }

func (r *reader) value(n *yaml.Node, within []*yaml.Node) (any, error) {
	if r.left--; r.left < 0 || len(within) > 200 {
		return nil, fmt.Errorf("line %d: has too many values, or too deep ones", n.Line)
	}
	within = append(within, n)
	switch n.Kind {
	case yaml.DocumentNode:
		return r.value(n.Content[0], within)
	case yaml.AliasNode:
		for _, w := range within {
			if w == n.Alias {
				return nil, fmt.Errorf("line %d: alias %s stands inside of what it names", n.Line, n.Value)
			}
		}
		return r.value(n.Alias, within)
	case yaml.SequenceNode:
		out := []any{}
		for _, e := range n.Content {
			v, err := r.value(e, within)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	case yaml.MappingNode:
		return r.mapping(n, within)
	}
	return scalar(n)
}

func (r *reader) mapping(n *yaml.Node, within []*yaml.Node) (any, error) {
	out, merged := map[string]any{}, map[string]any{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, content := n.Content[i], n.Content[i+1]
		v, err := r.value(content, within)
		if err != nil {
			return nil, err
		}
		if key.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("line %d: a key must be a scalar", key.Line)
		}
		if key.Tag == "!!merge" {
			if err := merge(merged, v); err != nil {
				return nil, fmt.Errorf("line %d: %w", key.Line, err)
			}
			continue
		}
		if _, twice := out[key.Value]; twice {
			return nil, fmt.Errorf("line %d: key %q stands twice", key.Line, key.Value)
		}
		out[key.Value] = v
	}
	for k, v := range merged {
		if _, own := out[k]; !own {
			out[k] = v
		}
	}
	return out, nil
}

// merge adds what <<: names; earlier ones win.
func merge(into map[string]any, v any) error {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok {
			return errors.New("<< needs a map or a list of maps")
		}
		for k, x := range m {
			if _, there := into[k]; !there {
				into[k] = x
			}
		}
	}
	return nil
}

func scalar(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!str", "!!timestamp":
		return n.Value, nil
	case "!!bool":
		var b bool
		return b, errors.Join(n.Decode(&b), nil)
	case "!!int":
		var i int64
		if err := n.Decode(&i); err != nil {
			return nil, fmt.Errorf("line %d: %s is no number of 64 bits", n.Line, n.Value)
		}
		return i, nil
	case "!!float":
		var f float64
		if err := n.Decode(&f); err != nil {
			return nil, err
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, fmt.Errorf("line %d: %s is not a number", n.Line, n.Value)
		}
		return f, nil
	}
	return nil, fmt.Errorf("line %d: %s is not known here", n.Line, n.Tag)
}
