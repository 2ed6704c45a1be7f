package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// A terminal shows one line that changes. A nil terminal shows nothing.
type terminal struct {
	w     io.Writer
	width int // of the line that is there
}

// screen returns the terminal that the program was started on, or nil if its output
// goes elsewhere.
func screen() *terminal {
	if !isTerminal(os.Stdout) || !isTerminal(os.Stderr) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	return &terminal{w: os.Stderr}
}

// isTerminal takes every device of characters for a terminal, except for the one
// that swallows them.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}

func (t *terminal) show(line string) {
	if t == nil {
		return
	}
	_, _ = fmt.Fprintf(t.w, "\r%-*s", t.width, line)
	t.width = len(line)
}

func (t *terminal) erase() {
	if t == nil {
		return
	}
	_, _ = fmt.Fprintf(t.w, "\r%s\r", strings.Repeat(" ", t.width))
	t.width = 0
}
