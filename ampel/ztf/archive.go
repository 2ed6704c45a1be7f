package ztf

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/penstock/penstock/ampel/t0"
	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/thread"
)

// Archive reads the packets of files and folders. It is a supplier of alerts.
type Archive struct {
	// Paths are containers (.avro), archives of them (.tar, .tar.gz, .tgz) and folders,
	// which are searched with all folders below. The order is that of Paths, in folders
	// that of the names, and in archives that of the archive: it is the same each time.
	Paths []string
	// After is the source of the last packet that is known already, see
	// [Packet.Source]; it and all before it are left out. Empty for none.
	After string
	// Workers is how many goroutines decode, GOMAXPROCS if zero.
	Workers int
	// Decoder decodes; nil for one that leaves out pictures.
	Decoder *Decoder
}

// Read is a packet, or the reason why there is none.
type Read struct {
	Packet *Packet
	Err    error // usually a *PacketError
}

// Packets returns a source of the packets, in order. What is wrong with one packet, one file or
// one archive is a Read with an error, and the next one follows. An error of Packets
// is about Paths or Workers; an error of the stage is ctx's, or says that After was not found.
func (a *Archive) Packets() (pl.Stage[Read], error) {
	var none pl.Stage[Read]
	files, err := listFiles(a.Paths)
	if err != nil {
		return none, err
	}
	workers := a.Workers
	if workers < 0 {
		return none, fmt.Errorf("ztf: archive: Workers: %d: must not be negative", workers)
	}
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	d := a.Decoder
	if d == nil {
		d = &Decoder{}
	}
	decode := func(_ context.Context, b blob) ([]Read, error) { return b.decode(d), nil }
	return pl.Pipe1(pl.Generate(reader{files, a.After}.run),
		thread.FlatMap(decode, pl.Workers(workers), pl.InOrder(), pl.MaxSize(4*workers), pl.Name("decode"))), nil
}

// Alerts returns a source of the packets as alerts.
func (a *Archive) Alerts(context.Context) (pl.Stage[t0.Delivery], error) {
	packets, err := a.Packets()
	if err != nil {
		return pl.Stage[t0.Delivery]{}, err
	}
	return pl.Map(pl.Sync, pl.Fn(deliver), pl.Name("alert"))(packets), nil
}

func deliver(_ context.Context, r Read) (t0.Delivery, error) {
	if r.Err != nil {
		return t0.Delivery{Err: r.Err}, nil
	}
	alert, err := r.Packet.Alert()
	return t0.Delivery{Alert: alert, Err: err}, nil
}

// listFiles expands folders.
func listFiles(paths []string) ([]string, error) {
	if len(paths) == 0 {
		return nil, errors.New("ztf: archive: there are no paths: name files or folders")
	}
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("ztf: archive: %w", err)
		}
		if !info.IsDir() {
			if !isContainer(path) && !isTar(path) {
				return nil, fmt.Errorf("ztf: archive: %s: its name has to end with .avro, .tar, .tar.gz or .tgz", path)
			}
			files = append(files, path)
			continue
		}
		before := len(files)
		err = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && (isContainer(name) || isTar(name)) {
				files = append(files, name)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("ztf: archive: %w", err)
		}
		if len(files) == before {
			return nil, fmt.Errorf("ztf: archive: %s: there is no .avro, .tar, .tar.gz or .tgz in this folder", path)
		}
	}
	return files, nil
}

func isContainer(name string) bool { return strings.HasSuffix(name, ".avro") }

func isTar(name string) bool {
	return slices.ContainsFunc([]string{".tar", ".tar.gz", ".tgz"}, func(s string) bool { return strings.HasSuffix(name, s) })
}
