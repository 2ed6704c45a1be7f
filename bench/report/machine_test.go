package report

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCPUModel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cpuinfo")
	require.NoError(t, os.WriteFile(path, []byte("processor\t: 0\nmodel name\t: Abacus  2 @ 1 Hz\nmodel name\t: other\n"), 0o600))
	require.Equal(t, "Abacus 2 @ 1 Hz", cpuModel(path))
	require.NoError(t, os.WriteFile(path, []byte("processor\t: 0\n"), 0o600))
	require.Empty(t, cpuModel(path))
	require.Empty(t, cpuModel(path+".absent"))
}
