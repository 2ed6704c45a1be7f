package ztf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/twmb/avro"
	"github.com/twmb/avro/ocf"
)

var writtenSchema = sync.OnceValue(func() *avro.Schema { return avro.MustParse(schemaText()) })

// Encode writes packets into one container, as the survey does, which has one
// packet in each. What a body does not have is null; it is an error if the schema
// does not allow that, or if there is nothing to write. Decoding gives bodies with
// the same values, rounded to 32 bits where the schema has a float, and nulls for
// the rest. The same packets give the same bytes.
func Encode(packets ...*Packet) ([]byte, error) {
	if len(packets) == 0 {
		return nil, errors.New("ztf: encode: there are no packets")
	}
	var marker [16]byte
	copy(marker[:], "ztf alert")
	binary.BigEndian.PutUint64(marker[8:], uint64(packets[0].Candid))
	var b bytes.Buffer
	w, err := ocf.NewWriter(&b, writtenSchema(), ocf.WithSyncMarker(marker))
	if err != nil {
		return nil, fmt.Errorf("ztf: encode: %w", err)
	}
	for _, p := range packets {
		record, err := p.record()
		if err == nil {
			err = w.Encode(record)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("ztf: encode: alert %d of %s: %w", p.Candid, p.ObjectID, err), w.Close())
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("ztf: encode: %w", err)
	}
	return b.Bytes(), nil
}

// record returns what the schema describes.
func (p *Packet) record() (map[string]any, error) {
	if p.Candidate == nil {
		return nil, fieldError("candidate", ErrMissing)
	}
	m := map[string]any{
		"schemavsn": WrittenVersion,
		"publisher": p.Publisher,
		"objectId":  p.ObjectID,
		"candid":    p.Candid,
		"candidate": p.Candidate.Body.Any(),
	}
	if p.History != nil {
		list := make([]any, len(p.History))
		for i, h := range p.History {
			list[i] = h.Body.Any()
		}
		m["prv_candidates"] = list
	}
	if c := p.Cutouts; c != nil {
		m["cutoutScience"] = c.Science.record()
		m["cutoutTemplate"] = c.Template.record()
		m["cutoutDifference"] = c.Difference.record()
	}
	return m, nil
}

func (c Cutout) record() map[string]any {
	return map[string]any{"fileName": c.FileName, "stampData": c.Data}
}
