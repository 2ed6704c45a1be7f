package databay

import (
	"fmt"
	"maps"
)

// InletKey is the metadata key under which every record names the inlet that produced
// it. The link sets it, whatever else is stored under that key.
const InletKey = "__inlet__"

// Metadata are named values that travel with a record. By convention a key that an
// outlet understands is named after it, such as "CSV.Path".
type Metadata map[string]any

// A Record is one unit of data: a payload and its metadata. Records are values; the
// metadata of a record never changes, [Record.With] returns another one.
//
// A record that comes from an inlet costs no map of its own: it shares the inlet's
// metadata and carries only what was added to it.
type Record[T any] struct {
	Payload T

	id     ID
	origin *origin
	local  Metadata
}

// An origin is what all records of one inlet have in common.
type origin struct {
	name   string
	global Metadata
}

// An ID identifies a record that a durable buffer has stored. It stays the same when
// the record is delivered again, so that an outlet can tell what it already has. The
// zero ID means that no durable buffer has seen the record.
type ID struct {
	Store uint64 // drawn at random when the buffer's file was made
	Seq   uint64 // counts the records of that file, from 1
}

// IsZero reports whether id is that of a record which was never stored durably.
func (id ID) IsZero() bool { return id == ID{} }

// String returns the id as text of a fixed length, which sorts like the id.
func (id ID) String() string { return fmt.Sprintf("%016x-%016x", id.Store, id.Seq) }

// NewRecord returns a record of payload with a copy of metadata, which may be nil.
func NewRecord[T any](payload T, metadata Metadata) Record[T] {
	return Record[T]{Payload: payload, local: maps.Clone(metadata)}
}

// Records returns one record without metadata for every payload.
func Records[T any](payloads ...T) []Record[T] {
	rs := make([]Record[T], len(payloads))
	for i := range payloads {
		rs[i].Payload = payloads[i]
	}
	return rs
}

// Payloads returns the payloads of records.
func Payloads[T any](records []Record[T]) []T {
	ps := make([]T, len(records))
	for i := range records {
		ps[i] = records[i].Payload
	}
	return ps
}

// ID returns the record's id, which is zero if it was never stored durably.
func (r Record[T]) ID() ID { return r.id }

// Inlet returns the name of the inlet that produced the record, or "".
func (r Record[T]) Inlet() string {
	if r.origin == nil {
		return ""
	}
	return r.origin.name
}

// Value returns the metadata value of key, and whether there is one. Metadata of the
// record wins over that of its inlet.
func (r Record[T]) Value(key string) (any, bool) {
	if key == InletKey && r.Inlet() != "" {
		return r.Inlet(), true
	}
	if v, ok := r.local[key]; ok {
		return v, true
	}
	if r.origin != nil {
		v, ok := r.origin.global[key]
		return v, ok
	}
	return nil, false
}

// Text returns the metadata value of key if it is a string, and otherwise def.
func (r Record[T]) Text(key, def string) string {
	if v, ok := r.Value(key); ok {
		if s, ok := v.(string); ok {
			return s
		}
	}
	return def
}

// Metadata returns a new map of all metadata of the record.
func (r Record[T]) Metadata() Metadata {
	all := make(Metadata, len(r.local)+1)
	if r.origin != nil {
		maps.Copy(all, r.origin.global)
	}
	maps.Copy(all, r.local)
	if name := r.Inlet(); name != "" {
		all[InletKey] = name
	}
	return all
}

// With returns r with the metadata value of key set to v.
func (r Record[T]) With(key string, v any) Record[T] {
	local := make(Metadata, len(r.local)+1)
	maps.Copy(local, r.local)
	local[key] = v
	r.local = local
	return r
}

// String returns the payload and the metadata as text.
func (r Record[T]) String() string {
	return fmt.Sprintf("Record(payload=%v, metadata=%v)", r.Payload, map[string]any(r.Metadata()))
}
