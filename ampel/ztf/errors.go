package ztf

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// What can be wrong with a packet; a PacketError has the details.
var (
	ErrMagic     = errors.New("this is no Avro object container, which begins with Obj and 1")
	ErrTruncated = errors.New("the data end in the middle: copy the file again")
	ErrContainer = errors.New("the container is damaged")
	ErrSchema    = errors.New("the schema of the container cannot be used")
	ErrVersion   = errors.New("unknown schema version")
	ErrMissing   = errors.New("the field is missing or null")
	ErrField     = errors.New("the field cannot be used")
	ErrSize      = errors.New("the file is larger than a container of alerts ever is")
)

// PacketError says what is wrong with a packet and where.
type PacketError struct {
	Source string // the file
	Record int    // which packet of its container, from 1; 0 if it is about all
	Offset int64  // of the byte in the container, for damage; else -1
	Field  string // a path such as candidate.jd; empty for damage
	Err    error
}

// Error says everything.
func (e *PacketError) Error() string {
	var b strings.Builder
	b.WriteString("ztf: ")
	if e.Source != "" {
		b.WriteString(e.Source + ": ")
	}
	if e.Record > 0 {
		fmt.Fprintf(&b, "packet %d: ", e.Record)
	}
	if e.Offset >= 0 {
		fmt.Fprintf(&b, "byte %d: ", e.Offset)
	}
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	b.WriteString(e.Err.Error())
	return b.String()
}

// Unwrap returns what is wrong.
func (e *PacketError) Unwrap() error { return e.Err }

// fieldError is a PacketError of which only the field is known yet.
func fieldError(field string, err error) *PacketError {
	return &PacketError{Offset: -1, Field: field, Err: err}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
