package main

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl/tune"
)

func TestTunePrintsARecommendation(t *testing.T) {
	var out, line bytes.Buffer
	err := tuneParsing(t.Context(), ".", &terminal{w: &line}, &out, tune.Rounds(2), tune.Budget(6*time.Second))
	require.NoError(t, err)
	require.Regexp(t, `\.parse: \d+ samples`, out.String())
	for _, b := range backends {
		require.Regexp(t, `(?m)^ +`+b.String()+` +\d`, out.String())
	}
	require.Regexp(t, `(?m)^Use (sync|thread|task|process)`, out.String())
	require.Contains(t, line.String(), "process with")
}

func TestTuneNeedsValidFiles(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "broken.go"), "package p\nfunc {")
	cmd, out, errs := program(t, "-tune", "-dir", root)
	require.Error(t, cmd.Run())
	require.Empty(t, out.String())
	require.Contains(t, errs.String(), "no valid Go file")
}

func TestSamplesAreFromAllOverTheTree(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"a/1.go", "b/2.go", "c/d/3.go", "c/broken.go"} {
		text := "package p\n"
		if filepath.Base(name) == "broken.go" {
			text = "func"
		}
		write(t, filepath.Join(root, name), text)
	}
	files, err := sampleFiles(t.Context(), root)
	require.NoError(t, err)
	var names []string
	for _, f := range files {
		name, err := filepath.Rel(root, f.Name)
		require.NoError(t, err)
		names = append(names, filepath.ToSlash(name))
	}
	require.Equal(t, []string{"a/1.go", "b/2.go", "c/d/3.go"}, names)
}
