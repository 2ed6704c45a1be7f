package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// A progress shows one line on a terminal, with a bar and the time left, and nothing
// anywhere else. It writes between runs only, so that it costs no run anything.
type progress struct {
	w     io.Writer // nil shows nothing
	what  string
	start time.Time
}

// barCells is how long the bar is.
const barCells = 20

func newProgress(w io.Writer) *progress {
	if !terminal(w) {
		return &progress{}
	}
	return &progress{w: w}
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// begin names what follows.
func (p *progress) begin(what string) {
	p.what, p.start = what, time.Now()
}

// before fits measure.Options.Before.
func (p *progress) before(done, total int, name string) {
	if p.w == nil {
		return
	}
	full := barCells * done / max(1, total)
	bar := strings.Repeat("█", full) + strings.Repeat("░", barCells-full)
	line := fmt.Sprintf("%s  %s %d of %d  %s", p.what, bar, done, total, name)
	if rest := left(time.Since(p.start), done, total); rest >= time.Second {
		line += fmt.Sprintf("  %v left", rest.Round(time.Second))
	}
	// To the start of the line, and clear what was there.
	fmt.Fprintf(p.w, "\r\x1b[K%s", line)
}

// clear removes the line.
func (p *progress) clear() {
	if p.w != nil {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
