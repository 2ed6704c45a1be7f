package databay

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"time"
)

// An entry is a record in a buffer file:
//
//	1 byte    format, 1
//	2 bytes   version of the codec
//	16 bytes  id
//	text      name of the inlet
//	uvarint   number of metadata values, each a text and a value
//	text      payload
//	4 bytes   CRC-32C of all before
//
// A text is a uvarint length and so many bytes; a value is a tag and a text.

const entryFormat = 1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Tags of metadata values. Types without a tag of their own go through gob.
const (
	tagNil = iota
	tagString
	tagBytes
	tagFalse
	tagTrue
	tagInt
	tagInt64
	tagFloat64
	tagTime
	tagDuration
	tagGob
)

func encodeEntry[T any](codec Codec[T], r Record[T]) (data []byte, err error) {
	var payload []byte
	err = protect(func() error {
		payload, err = codec.Encode(r.Payload)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("payload of type %T: %w", r.Payload, err)
	}
	data = make([]byte, 0, 32+len(payload)+32*len(r.local))
	data = append(data, entryFormat)
	data = binary.BigEndian.AppendUint16(data, codec.Version())
	data = binary.BigEndian.AppendUint64(data, r.id.Store)
	data = binary.BigEndian.AppendUint64(data, r.id.Seq)
	data = appendText(data, r.Inlet())
	n := len(r.local)
	if r.origin != nil {
		for k := range r.origin.global {
			if _, own := r.local[k]; !own {
				n++
			}
		}
	}
	data = binary.AppendUvarint(data, uint64(n))
	for k, v := range r.local {
		if data, err = appendValue(appendText(data, k), v); err != nil {
			return nil, fmt.Errorf("metadata %q: %w", k, err)
		}
	}
	if r.origin != nil {
		for k, v := range r.origin.global {
			if _, own := r.local[k]; own {
				continue
			}
			if data, err = appendValue(appendText(data, k), v); err != nil {
				return nil, fmt.Errorf("metadata %q: %w", k, err)
			}
		}
	}
	data = appendText(data, string(payload))
	return seal(data), nil
}

func decodeEntry[T any](codec Codec[T], data []byte) (r Record[T], inlet string, err error) {
	if len(data) < 4+19 {
		return r, "", fmt.Errorf("%d bytes are too short", len(data))
	}
	body, sum := data[:len(data)-4], binary.BigEndian.Uint32(data[len(data)-4:])
	if crc32.Checksum(body, castagnoli) != sum {
		return r, "", errors.New("checksum does not match")
	}
	if body[0] != entryFormat {
		return r, "", fmt.Errorf("unknown format %d", body[0])
	}
	version := binary.BigEndian.Uint16(body[1:])
	r.id = ID{binary.BigEndian.Uint64(body[3:]), binary.BigEndian.Uint64(body[11:])}
	p := parser{data: body[19:]}
	inlet = string(p.text())
	n := p.uvarint()
	for i := uint64(0); i < n && p.err == nil; i++ {
		key := string(p.text())
		v := p.value()
		if r.local == nil {
			r.local = Metadata{}
		}
		r.local[key] = v
	}
	payload := p.text()
	if p.err == nil && len(p.data) > 0 {
		p.err = fmt.Errorf("%d bytes too many", len(p.data))
	}
	if p.err != nil {
		return r, "", p.err
	}
	err = protect(func() error {
		r.Payload, err = codec.Decode(version, payload)
		return err
	})
	if err != nil {
		return r, "", fmt.Errorf("payload: %w", err)
	}
	return r, inlet, nil
}

func appendText(data []byte, s string) []byte {
	return append(binary.AppendUvarint(data, uint64(len(s))), s...)
}

func appendValue(data []byte, v any) ([]byte, error) {
	num := func(tag byte, n uint64) []byte {
		return appendText(append(data, tag), string(binary.BigEndian.AppendUint64(nil, n)))
	}
	switch v := v.(type) {
	case nil:
		return append(data, tagNil, 0), nil
	case string:
		return appendText(append(data, tagString), v), nil
	case []byte:
		return appendText(append(data, tagBytes), string(v)), nil
	case bool:
		if v {
			return append(data, tagTrue, 0), nil
		}
		return append(data, tagFalse, 0), nil
	case int:
		return num(tagInt, uint64(v)), nil
	case int64:
		return num(tagInt64, uint64(v)), nil
	case float64:
		return num(tagFloat64, math.Float64bits(v)), nil
	case time.Duration:
		return num(tagDuration, uint64(v)), nil
	case time.Time:
		text, err := v.MarshalBinary()
		return appendText(append(data, tagTime), string(text)), err
	}
	var buf bytes.Buffer
	if err := gob.NewEncoder(&buf).Encode(&v); err != nil {
		return nil, fmt.Errorf("a value of type %T cannot be stored: register the type with gob.Register: %w", v, err)
	}
	return appendText(append(data, tagGob), buf.String()), nil
}

// A parser reads texts and values until the first error.
type parser struct {
	data []byte
	err  error
}

func (p *parser) uvarint() uint64 {
	n, size := binary.Uvarint(p.data)
	if size <= 0 {
		p.fail("a number is cut off")
		return 0
	}
	p.data = p.data[size:]
	return n
}

func (p *parser) text() []byte {
	n := p.uvarint()
	if n > uint64(len(p.data)) {
		p.fail("a text is cut off")
		return nil
	}
	text := p.data[:n]
	p.data = p.data[n:]
	return text
}

func (p *parser) value() any {
	if len(p.data) == 0 {
		p.fail("a value is cut off")
		return nil
	}
	tag := p.data[0]
	p.data = p.data[1:]
	text := p.text()
	var num uint64
	switch tag {
	case tagInt, tagInt64, tagFloat64, tagDuration:
		if len(text) != 8 {
			p.fail("a number has the wrong size")
			return nil
		}
		num = binary.BigEndian.Uint64(text)
	}
	switch tag {
	case tagNil:
		return nil
	case tagString:
		return string(text)
	case tagBytes:
		return bytes.Clone(text)
	case tagFalse, tagTrue:
		return tag == tagTrue
	case tagInt:
		return int(num)
	case tagInt64:
		return int64(num)
	case tagFloat64:
		return math.Float64frombits(num)
	case tagDuration:
		return time.Duration(num)
	case tagTime:
		var t time.Time
		if err := t.UnmarshalBinary(text); err != nil {
			p.fail(err.Error())
		}
		return t
	case tagGob:
		var v any
		if err := gob.NewDecoder(bytes.NewReader(text)).Decode(&v); err != nil {
			p.fail(err.Error())
		}
		return v
	}
	p.fail(fmt.Sprintf("unknown tag %d", tag))
	return nil
}

func (p *parser) fail(what string) {
	if p.err == nil {
		p.err, p.data = errors.New(what), nil
	}
}

// seal appends the checksum of an entry.
func seal(data []byte) []byte {
	return binary.BigEndian.AppendUint32(data, crc32.Checksum(data, castagnoli))
}
