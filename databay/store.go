package databay

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// A Store is a file that holds the records of durable buffers. One process can have
// it open at a time. The file grows with the most that was ever in it, and does not shrink.
type Store struct {
	db   *bbolt.DB
	path string
	id   uint64

	mu   sync.Mutex
	open map[string]bool
}

const storeFormat = 1

// lockWait is how long to wait for a process that is just ending.
const lockWait = time.Second

var (
	metaBucket    = []byte("databay")
	buffersBucket = []byte("buffers")
	formatKey     = []byte("format")
	idKey         = []byte("id")
)

// OpenStore opens the store at path, or makes it; its directory must exist. The
// errors are [ErrInUse], [ErrForeign] for a file that is something else, [ErrCorrupt]
// for one that is damaged, and those of the file system. It reads the whole file once
// to find damage before anything is written.
func OpenStore(path string) (*Store, error) {
	s := &Store{path: path, open: map[string]bool{}}
	if err := s.load(); err != nil {
		if s.db != nil {
			s.db.Close()
		}
		return nil, fmt.Errorf("databay: store %s: %w", path, err)
	}
	return s, nil
}

func (s *Store) load() error {
	var file *os.File
	// A damaged file may lead bbolt to addresses that are not there.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	err := protect(func() (err error) {
		s.db, err = bbolt.Open(s.path, 0o600, &bbolt.Options{
			Timeout:      lockWait,
			FreelistType: bbolt.FreelistMapType,
			OpenFile: func(name string, flag int, mode fs.FileMode) (*os.File, error) {
				f, err := os.OpenFile(name, flag, mode)
				file = f
				return f, err
			},
		})
		return err
	})
	var panicked *PanicError
	switch {
	case errors.As(err, &panicked):
		unlock(file)
		file.Close()
		return fmt.Errorf("%w: %v: restore it from a copy, or move it away to begin anew", ErrCorrupt, panicked.Value)
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("%w: another process or another buffer has it open", ErrInUse)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch):
		return fmt.Errorf("%w: %w: choose another path", ErrForeign, err)
	case errors.Is(err, berrors.ErrChecksum):
		return fmt.Errorf("%w: %w: restore it from a copy, or move it away to begin anew", ErrCorrupt, err)
	case err != nil:
		if info, statErr := os.Stat(s.path); statErr == nil && info.Mode().IsRegular() && info.Size() > 0 && !errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("%w: %w: choose another path", ErrForeign, err)
		}
		return err
	}
	err = protect(s.check)
	if errors.As(err, &panicked) {
		return fmt.Errorf("%w: %v: restore it from a copy, or move it away to begin anew", ErrCorrupt, panicked.Value)
	}
	if err != nil {
		return err
	}
	return s.init()
}

func (s *Store) check() error {
	return s.db.View(func(tx *bbolt.Tx) error {
		info, err := os.Stat(s.path)
		if err != nil {
			return err
		}
		if tx.Size() > info.Size() {
			return fmt.Errorf("%w: it has %d of %d bytes: restore it from a copy, or move it away to begin anew", ErrCorrupt, info.Size(), tx.Size())
		}
		meta := tx.Bucket(metaBucket)
		if meta == nil {
			if name, _ := tx.Cursor().First(); name != nil {
				return fmt.Errorf("%w: it is a database of another program: choose another path", ErrForeign)
			}
			return nil
		}
		if f := meta.Get(formatKey); len(f) != 1 || f[0] != storeFormat {
			return fmt.Errorf("%w: its format is %v and this program knows %d: use the program that wrote it", ErrForeign, f, storeFormat)
		}
		// Tx.Check walks the pages in a goroutine of its own, where a fault would end
		// the program; reading everything here finds the same damage.
		return walk(tx)
	})
}

func walk(tx *bbolt.Tx) error {
	sum := byte(0) // so that the compiler does not leave out the reading
	defer func() { runtime.KeepAlive(sum) }()
	var bucket func(b *bbolt.Bucket) error
	bucket = func(b *bbolt.Bucket) error {
		var last []byte
		return b.ForEach(func(k, v []byte) error {
			if last != nil && string(k) <= string(last) {
				return fmt.Errorf("%w: keys are out of order: restore it from a copy, or move it away to begin anew", ErrCorrupt)
			}
			last = append(last[:0], k...)
			if v == nil {
				if sub := b.Bucket(k); sub != nil {
					return bucket(sub)
				}
			}
			for i := 0; i < len(v); i += 512 {
				sum += v[i]
			}
			if len(v) > 0 {
				sum += v[len(v)-1]
			}
			return nil
		})
	}
	return tx.ForEach(func(_ []byte, b *bbolt.Bucket) error { return bucket(b) })
}

func (s *Store) init() error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		if meta := tx.Bucket(metaBucket); meta != nil {
			s.id = binary.BigEndian.Uint64(append(meta.Get(idKey), make([]byte, 8)...))
			return nil
		}
		meta, err := tx.CreateBucket(metaBucket)
		if err != nil {
			return err
		}
		id := make([]byte, 8)
		rand.Read(id)
		s.id = binary.BigEndian.Uint64(id)
		_, err = tx.CreateBucketIfNotExists(buffersBucket)
		return errors.Join(err, meta.Put(formatKey, []byte{storeFormat}), meta.Put(idKey, id))
	})
}

// Names returns the names of the buffers in the store, those that are empty included.
func (s *Store) Names() ([]string, error) {
	var names []string
	err := s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(buffersBucket).ForEachBucket(func(k []byte) error {
			names = append(names, string(k))
			return nil
		})
	})
	return names, err
}

// Close closes the file. Buffers of the store fail with [ErrClosed] afterwards, and
// what they had not delivered is there again when the store is next opened.
func (s *Store) Close() error { return s.db.Close() }
