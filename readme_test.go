package penstock_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl/process"
)

func TestMain(m *testing.M) {
	process.Init() // the examples have stages in worker processes
	os.Exit(m.Run())
}

// TestReadmeIsTheExamples keeps the code and the output in README.md equal to those of
// the examples, which are compiled and run.
func TestReadmeIsTheExamples(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	source, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	examples := trimmed(string(source))

	blocks := regexp.MustCompile("(?ms)^```(go|text)\n(.*?)^```$").FindAllStringSubmatch(string(readme), -1)
	require.NotEmpty(t, blocks)
	for _, b := range blocks {
		language, lines := b[1], trimmed(b[2])
		if language == "text" {
			for i, l := range lines {
				lines[i] = "// " + l
			}
			if len(lines) == 1 {
				lines[0] = strings.Replace(lines[0], "//", "// Output:", 1)
			}
		}
		if i := slices.Index(lines, "func main() {"); i >= 0 { // a whole program
			for _, l := range lines[:i] {
				require.True(t, strings.HasPrefix(l, "package ") || slices.Contains(examples, l), "no example has %s", l)
			}
			lines = lines[i+1 : len(lines)-1]
		}
		require.True(t, contains(examples, lines), "no example is or prints\n%s", b[2])
	}
}

// trimmed returns the lines of s that are not empty, without indentation.
func trimmed(s string) []string {
	var lines []string
	for l := range strings.Lines(s) {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	return lines
}

// contains reports whether part is somewhere in all, in one piece.
func contains(all, part []string) bool {
	for i := 0; i+len(part) <= len(all); i++ {
		if slices.Equal(all[i:i+len(part)], part) {
			return true
		}
	}
	return false
}

// TestReadmeLinksLeadSomewhere covers the links to files of this repository.
func TestReadmeLinksLeadSomewhere(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	prose := regexp.MustCompile("(?s)```.*?```|`[^`]*`").ReplaceAllString(string(readme), "")
	links := regexp.MustCompile(`\]\(([^):]+)\)`).FindAllStringSubmatch(prose, -1)
	require.NotEmpty(t, links)
	for _, l := range links {
		_, err := os.Stat(l[1])
		require.NoError(t, err)
	}
}
