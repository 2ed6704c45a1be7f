package main

import (
	"context"
	"errors"
	"fmt"
	"go/build"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// findTree returns the folder to walk: dir, or the source of Go if dir is empty.
func findTree(ctx context.Context, dir string) (string, error) {
	if dir == "" {
		goroot, err := findGo(ctx)
		if err != nil {
			return "", err
		}
		dir = filepath.Join(goroot, "src")
	}
	// A walk does not follow links, so that the root must not be one.
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", fmt.Errorf("cannot count in %s: %w: name a folder with -dir", dir, err)
	}
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return "", fmt.Errorf("%s is not a folder: name one with -dir", dir)
	}
	return root, nil
}

// findGo asks the go command where Go is, and where there is none, the toolchain
// that built this program.
func findGo(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if goroot := strings.TrimSpace(string(out)); err == nil && goroot != "" {
		return goroot, nil
	}
	if build.Default.GOROOT != "" {
		return build.Default.GOROOT, nil
	}
	return "", errors.New("cannot find the source of Go: name another folder with -dir")
}

// A tree is a folder of Go files.
type tree struct {
	root  string
	skips *skips
}

// walk is the source of the pipeline: it emits the names of the files.
func (t tree) walk(_ context.Context, emit func(string) bool) error {
	return filepath.WalkDir(t.root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil: // a folder that cannot be listed
			t.skips.note(err)
		case d.Type().IsRegular() && filepath.Ext(name) == ".go":
			if !emit(name) { // the run has ended
				return fs.SkipAll
			}
		}
		return nil
	})
}

// A File is the text of a file. Its fields are exported, and those of [Counts], so
// that both can be sent to other processes.
type File struct {
	Name string
	Text []byte
}

func read(_ context.Context, name string) (File, error) {
	text, err := os.ReadFile(name)
	return File{Name: name, Text: text}, err
}
