package ztf_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel/t0"
	"github.com/penstock/penstock/ampel/ztf"
)

// entry is a file of an archive.
type entry struct {
	name string
	data []byte
}

func tarOf(t *testing.T, packed bool, entries ...entry) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(&b)
	if packed {
		w = tar.NewWriter(z)
	}
	require.NoError(t, w.WriteHeader(&tar.Header{Name: "night/", Typeflag: tar.TypeDir, Mode: 0o755}))
	for _, e := range entries {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: e.name, Size: int64(len(e.data)), Mode: 0o644, Typeflag: tar.TypeReg}))
		_, err := w.Write(e.data)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	if packed {
		require.NoError(t, z.Close())
	}
	return b.Bytes()
}

// folder makes a folder with packets: a container of two, archives of one each, and
// things that are broken.
func folder(t *testing.T) (dir string, packets []*ztf.Packet) {
	dir = t.TempDir()
	packets = simulated(t, 6)
	write := func(name string, data []byte) {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, data, 0o644))
	}
	write("a.avro", encoded(t, packets[0], packets[1]))
	write("b.avro", []byte("Obj"))
	write("b.txt", []byte("no packet"))
	write("c.tar", tarOf(t, false,
		entry{"night/1.avro", encoded(t, packets[2])}, entry{"night/2.avro", []byte("<html>")},
		entry{"night/3.txt", []byte("?")}, entry{"night/3.avro", encoded(t, packets[3])}))
	write("d/e.tar.gz", tarOf(t, true, entry{"4.avro", encoded(t, packets[4])}))
	cut := tarOf(t, false, entry{"5.avro", encoded(t, packets[5])}, entry{"6.avro", encoded(t, packets[0])})
	write("f.tgz", []byte("this is not gzip"))
	write("g.tar", cut[:len(cut)/2+2000])
	return dir, packets
}

func all(t *testing.T, a *ztf.Archive) (sources, errs []string, ids []int64) {
	stage, err := a.Packets()
	require.NoError(t, err)
	reads, err := stage.Collect(t.Context())
	require.NoError(t, err)
	for _, r := range reads {
		if r.Err != nil {
			errs = append(errs, r.Err.Error())
			continue
		}
		sources = append(sources, r.Packet.Source)
		ids = append(ids, r.Packet.Candid)
	}
	return sources, errs, ids
}

func TestArchive(t *testing.T) {
	dir, packets := folder(t)
	for _, workers := range []int{0, 1, 8} {
		sources, errs, ids := all(t, &ztf.Archive{Paths: []string{dir}, Workers: workers})
		var want []int64
		for _, p := range packets {
			want = append(want, p.Candid)
		}
		require.Equal(t, want, ids)
		require.Equal(t, []string{
			dir + "/a.avro", dir + "/a.avro", dir + "/c.tar/night/1.avro", dir + "/c.tar/night/3.avro", dir + "/d/e.tar.gz/4.avro", dir + "/g.tar/5.avro",
		}, sources)
		require.Len(t, errs, 4)
		for i, where := range []string{"/b.avro: byte 0: ", "/c.tar/night/2.avro: byte 0: ", "/f.tgz: ", "/g.tar: the archive: "} {
			require.True(t, strings.HasPrefix(errs[i], "ztf: "+dir+where), errs[i])
		}
	}
}

func TestArchiveGoesOnAfter(t *testing.T) {
	dir, packets := folder(t)
	sources, _, ids := all(t, &ztf.Archive{Paths: []string{dir}})
	for i, after := range sources {
		if i == 0 {
			continue // a.avro has two packets
		}
		_, _, rest := all(t, &ztf.Archive{Paths: []string{dir}, After: after})
		require.Equal(t, append([]int64(nil), ids[i+1:]...), rest, after)
	}
	stage, err := (&ztf.Archive{Paths: []string{dir}, After: dir + "/nothing.avro"}).Packets()
	require.NoError(t, err)
	_, err = stage.Collect(t.Context())
	require.ErrorContains(t, err, "nothing.avro")
	require.Len(t, packets, len(ids))
}

func TestArchiveIsASupplier(t *testing.T) {
	dir, packets := folder(t)
	var supplier t0.AlertSupplier = &ztf.Archive{Paths: []string{dir}}
	stage, err := supplier.Alerts(t.Context())
	require.NoError(t, err)
	good, bad := 0, 0
	for d, err := range stage.All(t.Context()) {
		require.NoError(t, err)
		if d.Err != nil {
			var p *ztf.PacketError
			require.ErrorAs(t, d.Err, &p)
			bad++
			continue
		}
		require.Equal(t, packets[good].Candid, d.Alert.ID)
		good++
	}
	require.Equal(t, 6, good)
	require.Equal(t, 4, bad)
}

func TestArchiveLeftEarly(t *testing.T) {
	dir, _ := folder(t)
	stage, err := (&ztf.Archive{Paths: []string{dir}}).Packets()
	require.NoError(t, err)
	for range stage.All(t.Context()) {
		break
	}
}

func TestArchiveErrors(t *testing.T) {
	empty := t.TempDir()
	text := filepath.Join(empty, "x.txt")
	for name, a := range map[string]*ztf.Archive{
		"no paths":     {},
		"empty folder": {Paths: []string{empty}},
		"workers":      {Paths: []string{"."}, Workers: -1},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := a.Packets()
			require.Error(t, err)
		})
	}
	_, err := (&ztf.Archive{Paths: []string{filepath.Join(empty, "none")}}).Packets()
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NoError(t, os.WriteFile(text, nil, 0o644))
	_, err = (&ztf.Archive{Paths: []string{text}}).Packets()
	require.ErrorContains(t, err, ".avro")
	_, err = (&ztf.Archive{Paths: []string{text}}).Alerts(t.Context())
	require.Error(t, err)
}

// TestLargeFiles: a file that cannot be a container is not read into memory.
func TestLargeFiles(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "large.avro"))
	require.NoError(t, err)
	require.NoError(t, f.Truncate(1<<30))
	require.NoError(t, f.Close())
	stage, err := (&ztf.Archive{Paths: []string{dir}}).Packets()
	require.NoError(t, err)
	reads, err := stage.Collect(t.Context())
	require.NoError(t, err)
	require.Len(t, reads, 1)
	require.True(t, errors.Is(reads[0].Err, ztf.ErrSize))
}

// TestRealArchive reads the real packets as a folder and as one archive.
func TestRealArchive(t *testing.T) {
	files := realPackets(t)
	var entries []entry
	for _, f := range files {
		entries = append(entries, entry{filepath.Base(f), read(t, f)})
	}
	packed := filepath.Join(t.TempDir(), "ztf_public_20180819.tar.gz")
	require.NoError(t, os.WriteFile(packed, tarOf(t, true, entries...), 0o644))
	_, errs, ids := all(t, &ztf.Archive{Paths: []string{filepath.Dir(files[0])}})
	require.Empty(t, errs)
	require.Len(t, ids, 30)
	_, errs, again := all(t, &ztf.Archive{Paths: []string{packed}})
	require.Empty(t, errs)
	require.Equal(t, ids, again)
}
