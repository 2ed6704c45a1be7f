package ztf_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock/penstock/ampel/ztf"
	"github.com/penstock/penstock/ampel/ztf/ztfsim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

// realPackets returns the files with real packets, or skips the test.
func realPackets(t testing.TB) []string {
	files, err := filepath.Glob("../../../shared/data/ztf/*.avro")
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("there are no real packets in ../shared/data/ztf")
	}
	return files
}

func read(t testing.TB, file string) []byte {
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	return data
}

// simulated returns packets, the first with its history.
func simulated(t testing.TB, n int) []*ztf.Packet {
	s, err := ztfsim.New(ztfsim.Config{Seed: 11, Supernovae: 10, Movers: 10, Artifacts: 10})
	require.NoError(t, err)
	var out []*ztf.Packet
	for p := range s.Packets() {
		if len(p.History) > 3 {
			out = append(out, p)
		}
		if len(out) == n {
			return out
		}
	}
	t.Fatalf("there are only %d packets", len(out))
	return nil
}

func encoded(t testing.TB, packets ...*ztf.Packet) []byte {
	data, err := ztf.Encode(packets...)
	require.NoError(t, err)
	return data
}

// decoded returns the packets and the errors of a container.
func decoded(d *ztf.Decoder, data []byte) (packets []*ztf.Packet, errs []error) {
	for p, err := range d.Decode("file.avro", data) {
		if err != nil {
			errs = append(errs, err)
		} else {
			packets = append(packets, p)
		}
	}
	return packets, errs
}
