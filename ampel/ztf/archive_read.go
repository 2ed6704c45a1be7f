package ztf

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxFile is the size of the largest container that is read. Real ones have some
// 60 kB.
const maxFile = 64 << 20

// blob is a container that is not decoded yet: a file to read, or its data.
type blob struct {
	source string
	path   string // if it has to be read
	data   []byte
	err    error // why there are no data
}

// decode reads what has to be read, and decodes it.
func (b blob) decode(d *Decoder) []Read {
	if b.path != "" {
		b.data, b.err = readFile(b.path)
	}
	if b.err != nil {
		return []Read{{Err: asPacketError(b.err, b.source, 0)}}
	}
	var out []Read
	for p, err := range d.Decode(b.source, b.data) {
		out = append(out, Read{p, err})
	}
	return out
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, tooLarge(info.Size())
	}
	return io.ReadAll(io.LimitReader(f, maxFile))
}

func tooLarge(size int64) error {
	return fmt.Errorf("%w: %d bytes, and not at most %d", ErrSize, size, maxFile)
}

// reader goes through files and archives.
type reader struct {
	files []string
	after string
}

func (r reader) run(ctx context.Context, emit func(blob) bool) error {
	waiting := r.after != ""
	// give passes on what comes behind after.
	give := func(b blob) bool {
		if waiting {
			waiting = b.source != r.after
			return true
		}
		return emit(b)
	}
	for _, file := range r.files {
		switch {
		case waiting && isTar(file) && !strings.HasPrefix(r.after, file+"/"):
			continue // it need not even be opened
		case isTar(file):
			if more, err := unpack(ctx, file, give); err != nil {
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				if !waiting && !emit(blob{source: file, err: err}) {
					return nil
				}
			} else if !more {
				return nil
			}
		case !give(blob{source: file, path: file}):
			return nil
		}
	}
	if waiting {
		return fmt.Errorf("ztf: archive: After: %s: there is no such packet any more", r.after)
	}
	return nil
}

// unpack gives the containers of an archive. It reports whether more are wanted.
func unpack(ctx context.Context, file string, give func(blob) bool) (bool, error) {
	f, err := os.Open(file)
	if err != nil {
		return true, err
	}
	defer f.Close()
	var stream io.Reader = bufio.NewReaderSize(f, 1<<16)
	if !strings.HasSuffix(file, ".tar") {
		z, err := gzip.NewReader(stream)
		if err != nil {
			return true, fmt.Errorf("%w: it cannot be unpacked: %w", ErrContainer, err)
		}
		defer z.Close()
		stream = z
	}
	archive := tar.NewReader(stream)
	for ctx.Err() == nil {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return true, broken(err)
		}
		if header.Typeflag != tar.TypeReg || !isContainer(header.Name) {
			continue
		}
		b := blob{source: file + "/" + header.Name}
		if header.Size > maxFile {
			b.err = tooLarge(header.Size)
		} else if b.data, err = io.ReadAll(archive); err != nil {
			return true, broken(err)
		}
		if !give(b) {
			return false, nil
		}
	}
	return false, context.Cause(ctx)
}

// broken says that the rest of an archive cannot be read.
func broken(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the archive: %w", ErrTruncated)
	}
	return fmt.Errorf("%w: the rest of the archive cannot be read: %w", ErrContainer, err)
}
