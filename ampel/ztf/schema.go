package ztf

import (
	"fmt"
	"strings"
	"sync"

	"github.com/twmb/avro"
)

// maxSchemas bounds how many schemas a decoder remembers. A year of packets has
// two or three.
const maxSchemas = 64

// schema is one that packets were written with.
type schema struct {
	decode *avro.Schema
	form   *form
}

// schemas are those that were parsed. Parsing one takes milliseconds.
type schemas struct {
	mu    sync.RWMutex
	known map[string]*schema
}

func (s *schemas) get(text []byte, cutouts bool) (*schema, error) {
	s.mu.RLock()
	found := s.known[string(text)]
	s.mu.RUnlock()
	if found != nil {
		return found, nil
	}
	made, err := newSchema(string(text), cutouts)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[string]*schema{}
	}
	if len(s.known) < maxSchemas {
		s.known[string(text)] = made
	}
	return made, nil
}

func newSchema(text string, cutouts bool) (*schema, error) {
	written, err := avro.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSchema, err)
	}
	root := written.Root()
	if root.Type != "record" {
		return nil, fmt.Errorf("%w: it is for a value of type %s, and not for a record", ErrSchema, root.Type)
	}
	if !cutouts {
		if lean, err := withoutCutouts(written, root); err == nil {
			return &schema{lean, formOf(lean.Root())}, nil
		}
		// Another part of the schema needs the type of a cut-out: decode it all.
	}
	return &schema{written, formOf(root)}, nil
}

// withoutCutouts returns a schema that reads what written wrote, and steps over the
// pictures.
func withoutCutouts(written *avro.Schema, full *avro.SchemaNode) (*avro.Schema, error) {
	var kept []avro.SchemaField
	for _, f := range full.Fields {
		if !strings.HasPrefix(f.Name, cutoutPrefix) {
			kept = append(kept, f)
		}
	}
	root := *full
	root.Fields = kept
	lean, err := root.Schema()
	if err != nil {
		return nil, err
	}
	return avro.Resolve(written, lean)
}
