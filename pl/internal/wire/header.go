package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// A Kind says what a frame is for. The number is part of the protocol: kinds are added at
// the end and never reused.
type Kind uint8

// The kinds of frames, in the order of a worker's life.
const (
	KindHello    Kind = iota + 1 // worker: who I am; see [Hello]
	KindJob                      // parent: what to run; see [Job]
	KindReady                    // worker: OnStart returned; see [Ready]
	KindItems                    // parent: a chunk of items; see [ItemWriter]
	KindResults                  // worker: outcomes of the oldest unanswered items; see [Replier]
	KindCancel                   // parent: the run's context is canceled; see [Cancel]
	KindEnd                      // parent: there are no more items; see [End]
	KindDone                     // worker: OnDone returned; see [Done]
	KindRecall                   // parent: give back the items that are not begun
	KindReturned                 // worker: how many of the newest items it has given back

	kinds // one more than the last
)

var kindNames = [kinds]string{"", "hello", "job", "ready", "items", "results", "cancel", "end", "done", "recall", "returned"}

// String returns the name of k in messages, such as "items".
func (k Kind) String() string {
	if k == 0 || k >= kinds {
		return fmt.Sprintf("kind %d", uint8(k))
	}
	return kindNames[k]
}

// A Header precedes the payload of each frame.
type Header struct {
	Kind  Kind
	Items int           // items in the payload: of KindItems; answered by KindResults; given back by KindReturned; else 0
	Bytes int           // bytes of the payload
	Time  time.Duration // KindResults: spent in the function since the results before

	fresh bool // the payload's gob stream starts anew: type information is sent again
}

// headerSize is the size of a header: two bytes of mark, kind, flags, items (4 bytes),
// bytes (8) and nanoseconds (8), little endian.
const headerSize = 24

// The mark makes something else on the descriptor, such as a line printed by user code,
// an error at once instead of a length of some exabytes.
const mark0, mark1 = 0xA5, 'p'

const flagFresh = 1

func (h Header) put(b []byte) {
	b[0], b[1], b[2], b[3] = mark0, mark1, byte(h.Kind), 0
	if h.fresh {
		b[3] = flagFresh
	}
	binary.LittleEndian.PutUint32(b[4:], uint32(h.Items))
	binary.LittleEndian.PutUint64(b[8:], uint64(h.Bytes))
	binary.LittleEndian.PutUint64(b[16:], uint64(max(h.Time, 0)))
}

// parseHeader reads a header of a frame whose payload may have at most limit bytes.
func parseHeader(b []byte, limit int) (Header, error) {
	if b[0] != mark0 || b[1] != mark1 {
		return Header{}, fmt.Errorf("%w: header: it starts with %q, not with the mark of a frame: something else writes to the connection", ErrCorrupt, b[:headerSize])
	}
	h := Header{Kind: Kind(b[2]), fresh: b[3]&flagFresh != 0}
	items := binary.LittleEndian.Uint32(b[4:])
	bytes := binary.LittleEndian.Uint64(b[8:])
	nanos := binary.LittleEndian.Uint64(b[16:])
	switch {
	case h.Kind == 0 || h.Kind >= kinds:
		return Header{}, fmt.Errorf("%w: header: %v is unknown: the two sides differ in version", ErrCorrupt, h.Kind)
	case b[3]&^flagFresh != 0:
		return Header{}, fmt.Errorf("%w: header of %v: flags %#x are unknown", ErrCorrupt, h.Kind, b[3])
	case bytes > uint64(limit):
		return Header{}, fmt.Errorf("%w: header of %v: %d bytes, the limit is %d", ErrTooLarge, h.Kind, bytes, limit)
	case items > math.MaxInt32:
		return Header{}, fmt.Errorf("%w: header of %v: %d items", ErrCorrupt, h.Kind, items)
	case items != 0 && h.Kind != KindItems && h.Kind != KindResults && h.Kind != KindReturned:
		return Header{}, fmt.Errorf("%w: header of %v: %d items, such a frame has none", ErrCorrupt, h.Kind, items)
	case nanos > math.MaxInt64:
		return Header{}, fmt.Errorf("%w: header of %v: %d nanoseconds", ErrCorrupt, h.Kind, nanos)
	}
	h.Items, h.Bytes, h.Time = int(items), int(bytes), time.Duration(nanos)
	return h, nil
}
