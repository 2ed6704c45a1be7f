package conform

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// journalVar names the file that functions and hooks write to. It is in the
// environment so that worker processes have it too.
const journalVar = "PENSTOCK_CONFORM_JOURNAL"

// A journal is what functions and hooks did, a line for each.
type journal struct{ path string }

func newJournal(t *testing.T) journal {
	j := journal{filepath.Join(t.TempDir(), "journal")}
	t.Setenv(journalVar, j.path)
	return j
}

// note adds a line to the journal of the test that is running.
func note(format string, args ...any) {
	path := os.Getenv(journalVar)
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return // the test is over: a late function
	}
	_, _ = fmt.Fprintf(f, format+"\n", args...) // a test that misses the line fails
	_ = f.Close()
}

// lines returns the fields of all lines that begin with a word.
func (j journal) lines(word string) [][]string {
	data, err := os.ReadFile(j.path)
	if err != nil {
		return nil
	}
	var found [][]string
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) > 0 && f[0] == word {
			found = append(found, f[1:])
		}
	}
	return found
}

func (j journal) count(word string) int { return len(j.lines(word)) }
