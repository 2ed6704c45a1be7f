package databay

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

// OpenBuffer opens the durable buffer in the file at path, or makes it. It decides as
// a buffer in memory does, and keeps on disk what it is responsible for:
//
//   - Process returns when the records are on disk. All records of a call are written
//     together, which costs little more than writing one.
//   - Released records stay on disk until their transfer has succeeded. After a crash
//     those that had been released come first, with the same [Record.ID], whatever the
//     controllers say; an outlet may see them twice.
//   - The age of the oldest record counts from when it was stored, across restarts.
//   - A record that cannot be decoded is put aside, see [Buffer.Quarantined].
//
// A nil codec means [JSON]. The records are also kept in memory. For several buffers
// in one file see [OpenStore] and [OpenBufferIn]. The errors are those of OpenStore.
func OpenBuffer[T any](path string, codec Codec[T]) (*Buffer[T], error) {
	s, err := OpenStore(path)
	if err != nil {
		return nil, err
	}
	b, err := OpenBufferIn(s, "buffer", codec)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	b.log.own = true
	return b, nil
}

// OpenBufferIn opens the buffer of the given name in s, or makes it. Each name can be
// open once. Close the buffers, then the store.
func OpenBufferIn[T any](s *Store, name string, codec Codec[T]) (*Buffer[T], error) {
	if name == "" {
		return nil, fmt.Errorf("databay: store %s: %w: a buffer needs a name", s.path, ErrInvalidBuffer)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[name] {
		return nil, fmt.Errorf("databay: store %s: buffer %q: %w: it is open already", s.path, name, ErrInUse)
	}
	if codec == nil {
		codec = JSON[T]()
	}
	b := NewBuffer[T]()
	b.log = &journal[T]{store: s, key: []byte(name), codec: codec, origins: map[string]*origin{}}
	if err := b.recover(); err != nil {
		return nil, err
	}
	s.open[name] = true
	return b, nil
}

// Close ends the use of a durable buffer, and closes its file if [OpenBuffer] opened
// it. What has not been delivered is there when it is opened again. For a buffer in
// memory Close does nothing.
func (b *Buffer[T]) Close() error {
	defer b.hold()()
	if b.log == nil || b.log.closed {
		return nil
	}
	b.log.closed = true
	b.since = time.Time{}
	b.setAlarm()
	b.makeKnown()
	s := b.log.store
	s.mu.Lock()
	delete(s.open, string(b.log.key))
	s.mu.Unlock()
	if b.log.own {
		return s.Close()
	}
	return nil
}

// recover reads what is on disk: first what had been released, as one loan that has
// come back, then what had not.
func (b *Buffer[T]) recover() error {
	j := b.log
	made := j.store.db.Update(func(tx *bbolt.Tx) error {
		mine, err := tx.Bucket(buffersBucket).CreateBucketIfNotExists(j.key)
		if err != nil {
			return err
		}
		_, err1 := mine.CreateBucketIfNotExists(batchesBucket)
		_, err2 := mine.CreateBucketIfNotExists(quarantineBucket)
		return errors.Join(err1, err2)
	})
	if made != nil {
		return fmt.Errorf("databay: buffer %s: %w", j.name(), made)
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	var came *lease[T]
	err := j.update(func(_ *bbolt.Tx, mine *bbolt.Bucket) error {
		released := mine.Get(releasedKey)
		batches := mine.Bucket(batchesBucket)
		type found struct{ key, entry []byte }
		bad := map[string][]found{}
		var gone [][]byte
		err := batches.ForEachBucket(func(key []byte) error {
			if len(key) != 8 {
				return fmt.Errorf("%w: batch key of %d bytes", ErrCorrupt, len(key))
			}
			batch := batches.Bucket(key)
			var records []Record[T]
			err := batch.ForEach(func(k, v []byte) error {
				if len(k) != 4 {
					return nil
				}
				r, inlet, err := decodeEntry(j.codec, v)
				if err != nil {
					at := string(key)
					bad[at] = append(bad[at], found{slices.Clone(k), []byte(err.Error() + "\x00" + string(v))})
					return nil
				}
				r.origin = j.origin(inlet)
				records = append(records, r)
				return nil
			})
			if err != nil {
				return err
			}
			if len(records) == 0 {
				gone = append(gone, slices.Clone(key))
				return nil
			}
			since := batchTime(batch)
			n := beUint(key)
			if released != nil && string(key) <= string(released) {
				if came == nil {
					came = &lease[T]{since: since}
				}
				came.records, came.batches = append(came.records, records...), append(came.batches, n)
				return nil
			}
			if len(b.store) == 0 {
				b.since = since
			}
			b.store, j.batches = append(b.store, records...), append(j.batches, n)
			return nil
		})
		if err != nil {
			return err
		}
		aside := mine.Bucket(quarantineBucket)
		for at, list := range bad {
			for _, f := range list {
				b.stats.quarantined.Add(1)
				if err := errors.Join(aside.Put(append([]byte(at), f.key...), f.entry), batches.Bucket([]byte(at)).Delete(f.key)); err != nil {
					return err
				}
			}
		}
		for _, key := range gone {
			if err := batches.DeleteBucket(key); err != nil {
				return err
			}
		}
		return nil
	})
	if came != nil {
		b.returned = []*lease[T]{came}
	}
	if p := (*PanicError)(nil); errors.As(err, &p) {
		return fmt.Errorf("databay: buffer %s: %w: %v: restore it from a copy, or move it away to begin anew", j.name(), ErrCorrupt, p.Value)
	}
	return err
}

func batchTime(batch *bbolt.Bucket) time.Time {
	t := batch.Get(timeKey)
	if len(t) != 8 {
		return time.Now()
	}
	return time.Unix(0, int64(beUint(t)))
}

// origin returns one origin for all records of an inlet.
func (j *journal[T]) origin(inlet string) *origin {
	if inlet == "" {
		return nil
	}
	o := j.origins[inlet]
	if o == nil {
		o = &origin{name: inlet}
		j.origins[inlet] = o
	}
	return o
}

// A Quarantined record could not be decoded when its buffer was opened.
type Quarantined struct {
	Reason string
	Data   []byte // as it was on disk, with metadata and checksum
}

// Quarantined returns the records that were put aside, oldest first, in this run and
// before. They stay on disk until [Buffer.DropQuarantined].
func (b *Buffer[T]) Quarantined() ([]Quarantined, error) {
	defer b.hold()()
	if b.log == nil {
		return nil, nil
	}
	var all []Quarantined
	err := b.log.update(func(_ *bbolt.Tx, mine *bbolt.Bucket) error {
		return mine.Bucket(quarantineBucket).ForEach(func(_, v []byte) error {
			reason, data := cutNul(v)
			all = append(all, Quarantined{reason, slices.Clone(data)})
			return nil
		})
	})
	return all, err
}

// DropQuarantined removes the records that were put aside.
func (b *Buffer[T]) DropQuarantined() error {
	defer b.hold()()
	if b.log == nil {
		return nil
	}
	return b.log.update(func(_ *bbolt.Tx, mine *bbolt.Bucket) error {
		if err := mine.DeleteBucket(quarantineBucket); err != nil {
			return err
		}
		_, err := mine.CreateBucket(quarantineBucket)
		return err
	})
}

func cutNul(v []byte) (string, []byte) {
	if i := slices.Index(v, 0); i >= 0 {
		return string(v[:i]), v[i+1:]
	}
	return "", v
}
