package ztf

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/twmb/avro/ocf"
)

// The limits of what is read: real packets have schemas of 25 kB and blocks of
// 100 kB.
const (
	maxHeader = 1 << 20
	maxBlock  = 64 << 20 // after decompression
)

var magic = []byte("Obj\x01")

// container is an Avro object container: a header with a schema, and blocks of
// records. Its framing is read here, and not by package ocf, because ocf parses the
// schema of every file anew: that takes ten times as long as its one packet.
type container struct {
	schema []byte
	codec  string
	sync   []byte
	data   []byte // everything
	at     int    // how far it was read
}

// block is a number of records.
type block struct {
	count int64
	data  []byte
}

// fail returns an error about the byte that comes next.
func (c *container) fail(err error) *PacketError {
	return &PacketError{Offset: int64(c.at), Err: err}
}

func openContainer(data []byte) (*container, error) {
	c := &container{data: data, codec: "null"}
	if !bytes.HasPrefix(data, magic) {
		if len(data) > 0 && bytes.HasPrefix(magic, data) {
			return nil, c.fail(ErrTruncated)
		}
		return nil, c.fail(ErrMagic)
	}
	c.at = len(magic)
	if err := c.metadata(); err != nil {
		return nil, err
	}
	if c.schema == nil {
		return nil, c.fail(fmt.Errorf("%w: there is none, the header has no avro.schema", ErrSchema))
	}
	sync, err := c.take(16)
	if err != nil {
		return nil, err
	}
	c.sync = sync
	return c, nil
}

// metadata reads the map of the header.
func (c *container) metadata() error {
	for {
		n, err := c.long()
		if err != nil || n == 0 {
			return err
		}
		if n < 0 { // the size in bytes follows
			if _, err := c.long(); err != nil {
				return err
			}
			n = -n
		}
		// Also refuses the least number, which has no counterpart.
		if n < 0 || n > maxHeader {
			return c.fail(fmt.Errorf("%w: the header claims %d entries", ErrContainer, n))
		}
		for range n {
			key, err := c.bytes()
			if err != nil {
				return err
			}
			value, err := c.bytes()
			if err != nil {
				return err
			}
			switch string(key) {
			case "avro.schema":
				c.schema = value
			case "avro.codec":
				c.codec = string(value)
			}
			if c.at > maxHeader {
				return c.fail(fmt.Errorf("%w: the header has more than %d bytes", ErrContainer, maxHeader))
			}
		}
	}
}

// next returns the next block, and io.EOF when there is none. After an error
// there may be more blocks, if good is true.
func (c *container) next() (b block, good bool, err error) {
	if c.at == len(c.data) {
		return block{}, false, io.EOF
	}
	count, err := c.long()
	if err != nil {
		return block{}, false, err
	}
	raw, err := c.bytes()
	if err != nil {
		return block{}, false, err
	}
	start := c.at - len(raw)
	sync, err := c.take(len(c.sync))
	if err != nil {
		return block{}, false, err
	}
	if !bytes.Equal(sync, c.sync) {
		c.at -= len(c.sync)
		return block{}, false, c.fail(fmt.Errorf("%w: the block does not end with the marker of the header", ErrContainer))
	}
	data, err := decompress(c.codec, raw)
	if err != nil {
		return block{}, true, &PacketError{Offset: int64(start), Err: err}
	}
	if count < 0 || count > int64(len(data)) {
		return block{}, true, &PacketError{Offset: int64(start), Err: fmt.Errorf("%w: a block of %d bytes claims %d packets", ErrContainer, len(data), count)}
	}
	return block{count, data}, true, nil
}

// decompress undoes the codec of a block.
func decompress(name string, raw []byte) ([]byte, error) {
	var codec ocf.Codec
	switch name {
	case "null", "":
		return raw, nil
	case "deflate":
		codec = ocf.DeflateCodec(flate.DefaultCompression)
	case "snappy":
		codec = ocf.SnappyCodec()
	case "zstandard":
		var err error
		if codec, err = ocf.ZstdCodec(nil, nil); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrContainer, err)
		}
	default:
		return nil, fmt.Errorf("%w: its codec is %q, and not null, deflate, snappy or zstandard", ErrContainer, name)
	}
	defer codec.Close()
	bounded, ok := codec.(ocf.BoundedDecompressor)
	if !ok {
		return nil, fmt.Errorf("%w: the codec %s has no limit", ErrContainer, name)
	}
	data, err := bounded.DecompressBounded(raw, maxBlock)
	if err != nil {
		return nil, fmt.Errorf("%w: the %s block cannot be unpacked: %w", ErrContainer, name, err)
	}
	return data, nil
}

// long reads a number of variable length.
func (c *container) long() (int64, error) {
	n, size := binary.Varint(c.data[c.at:])
	if size == 0 {
		return 0, c.fail(ErrTruncated)
	}
	if size < 0 {
		return 0, c.fail(fmt.Errorf("%w: a number has more than 64 bits", ErrContainer))
	}
	c.at += size
	return n, nil
}

// bytes reads a length and that many bytes, which are not copied.
func (c *container) bytes() ([]byte, error) {
	n, err := c.long()
	if err != nil {
		return nil, err
	}
	if n < 0 {
		return nil, c.fail(fmt.Errorf("%w: a length of %d", ErrContainer, n))
	}
	if n > int64(len(c.data)-c.at) {
		return nil, c.fail(ErrTruncated)
	}
	return c.take(int(n))
}

func (c *container) take(n int) ([]byte, error) {
	if n > len(c.data)-c.at {
		return nil, c.fail(ErrTruncated)
	}
	out := c.data[c.at : c.at+n : c.at+n]
	c.at += n
	return out, nil
}

// asPacketError completes an error with the file and the packet.
func asPacketError(err error, source string, record int) *PacketError {
	var p *PacketError
	if !errors.As(err, &p) {
		p = &PacketError{Offset: -1, Err: err}
	}
	q := *p
	q.Source, q.Record = source, record
	return &q
}
