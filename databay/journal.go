package databay

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// A journal keeps the records of one buffer in a store. Each call that stores records
// makes one bucket, a batch, so that delivered records can be removed bucket by bucket.
//
//	buffers / <name> / batches / <batch> / t        when it was stored
//	                                     / <index>  entry of a record
//	                 / quarantine / <batch><index>  reason and entry
//	                 / released                     the last batch that was released
type journal[T any] struct {
	store  *Store
	own    bool // the store is closed with the buffer
	key    []byte
	codec  Codec[T]
	closed bool

	batches []uint64 // of the records in the buffer's store, in order
	dead    []uint64 // delivered, but the removal failed
	origins map[string]*origin
}

var (
	batchesBucket    = []byte("batches")
	quarantineBucket = []byte("quarantine")
	releasedKey      = []byte("released")
	timeKey          = []byte("t")
)

func (j *journal[T]) name() string { return j.store.path + ":" + string(j.key) }

// update runs f in a transaction on the buffer's bucket.
func (j *journal[T]) update(f func(tx *bbolt.Tx, b *bbolt.Bucket) error) error {
	err := protect(func() error {
		return j.store.db.Update(func(tx *bbolt.Tx) error { return f(tx, tx.Bucket(buffersBucket).Bucket(j.key)) })
	})
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		err = ErrClosed
	}
	if err != nil {
		return fmt.Errorf("databay: buffer %s: %w", j.name(), err)
	}
	return nil
}

// commit writes records as one batch, and that everything is released if so. It gives
// the records their ids.
func (j *journal[T]) commit(records []Record[T], since time.Time, released bool) error {
	var batch uint64
	err := j.update(func(tx *bbolt.Tx, b *bbolt.Bucket) error {
		if err := j.bury(b); err != nil {
			return err
		}
		batches := b.Bucket(batchesBucket)
		if len(records) > 0 {
			batch, _ = batches.NextSequence()
			if err := j.write(tx, batches, batch, records); err != nil {
				return err
			}
		}
		if released {
			return b.Put(releasedKey, be(batches.Sequence()))
		}
		return nil
	})
	if err != nil {
		return err
	}
	j.dead = nil
	if len(records) > 0 {
		j.batches = append(j.batches, batch)
	}
	return nil
}

func (j *journal[T]) write(tx *bbolt.Tx, batches *bbolt.Bucket, batch uint64, records []Record[T]) error {
	b, err := batches.CreateBucket(be(batch))
	if err != nil {
		return err
	}
	b.FillPercent = 1 // keys are appended in order
	meta := tx.Bucket(metaBucket)
	seq := meta.Sequence()
	for i := range records {
		if records[i].id.IsZero() {
			seq++
			records[i].id = ID{j.store.id, seq}
		}
		entry, err := encodeEntry(j.codec, records[i])
		if err != nil {
			return fmt.Errorf("record %d of %d: %w", i, len(records), err)
		}
		if err := b.Put(be32(i), entry); err != nil {
			return err
		}
	}
	if err := b.Put(timeKey, be(uint64(time.Now().UnixNano()))); err != nil {
		return err
	}
	return meta.SetSequence(seq)
}

// remove removes batches whose records have been delivered. If that fails it is tried
// again with the next commit.
func (j *journal[T]) remove(batches []uint64) error {
	if len(batches) == 0 {
		return nil
	}
	j.dead = append(j.dead, batches...)
	if err := j.update(func(_ *bbolt.Tx, b *bbolt.Bucket) error { return j.bury(b) }); err != nil {
		return err
	}
	j.dead = nil
	return nil
}

func (j *journal[T]) bury(b *bbolt.Bucket) error {
	batches := b.Bucket(batchesBucket)
	for _, n := range j.dead {
		if err := batches.DeleteBucket(be(n)); err != nil && !errors.Is(err, berrors.ErrBucketNotFound) {
			return err
		}
	}
	return nil
}

// removeRecords removes the first records of the buffer's store.
func (j *journal[T]) removeRecords(records []Record[T]) error {
	rest := slices.Clone(j.batches)
	err := j.update(func(_ *bbolt.Tx, b *bbolt.Bucket) error {
		batches := b.Bucket(batchesBucket)
		for n := len(records); n > 0 && len(rest) > 0; {
			batch := batches.Bucket(be(rest[0]))
			var keys [][]byte
			more := false
			c := batch.Cursor()
			for k, _ := c.First(); k != nil; k, _ = c.Next() {
				if len(k) != 4 {
					continue
				}
				if more = len(keys) == n; more {
					break
				}
				keys = append(keys, slices.Clone(k))
			}
			n -= len(keys)
			if !more {
				if err := batches.DeleteBucket(be(rest[0])); err != nil {
					return err
				}
				rest = rest[1:]
				continue
			}
			for _, k := range keys {
				if err := batch.Delete(k); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err == nil {
		j.batches = rest
	}
	return err
}

func beUint(b []byte) uint64 { return binary.BigEndian.Uint64(b) }
func be(n uint64) []byte     { return binary.BigEndian.AppendUint64(nil, n) }
func be32(i int) []byte      { return binary.BigEndian.AppendUint32(nil, uint32(i)) }
