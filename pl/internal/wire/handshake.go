package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// NewHello returns the Hello of this process. functions are the registered functions, each
// with its types ("main.slowAdd1 int int64"), so that a function whose types have changed
// differs too.
func NewHello(functions []string) Hello {
	sorted := slices.Sorted(slices.Values(functions))
	return Hello{
		Protocol:    Protocol,
		PID:         os.Getpid(),
		Build:       build(),
		Fingerprint: Fingerprint(sorted),
		Functions:   sorted,
	}
}

// Fingerprint returns a hash of functions, in whatever order they are, and of the Go
// version and platform, on which the meaning of encoded values depends.
func Fingerprint(functions []string) string {
	var b fields
	b = b.string(runtime.Version()).strings(slices.Sorted(slices.Values(functions)))
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Differ compares the functions of two programs: missing are those known here and not
// there, extra the opposite.
func Differ(here, there []string) (missing, extra []string) {
	return without(here, there), without(there, here)
}

// without returns the strings of a that are not in b, sorted.
func without(a, b []string) []string {
	in := make(map[string]bool, len(b))
	for _, s := range b {
		in[s] = true
	}
	var out []string
	for _, s := range a {
		if !in[s] {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

// build describes the program for people who compare two of them.
func build() string {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return runtime.Version()
	}
	var text strings.Builder
	text.WriteString(b.Path + " " + b.Main.Version + " " + b.GoVersion)
	for _, s := range b.Settings {
		if s.Key == "vcs.revision" || s.Key == "vcs.modified" && s.Value == "true" {
			text.WriteString(" " + s.Key + "=" + s.Value)
		}
	}
	return text.String()
}
