package main

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
)

// reason says in a line why a document could not be decoded.
func reason(err error) string {
	if errors.Is(err, pl.ErrTimeout) {
		return "took too long, and was killed"
	}
	if exit, ok := errors.AsType[*process.ExitError](err); ok {
		// The error has the exit code or the signal, and the standard error says more.
		text := fmt.Sprintf("ended its process: %v", exit.Err)
		if why := complaint(exit.Stderr); why != "" {
			text += ", " + why
		}
		return text
	}
	if p, ok := errors.AsType[*pl.PanicError](err); ok {
		return fmt.Sprintf("panic: %v", p.Value)
	}
	return err.Error()
}

// What the runtime of Go prints when it gives up.
var (
	signaled = regexp.MustCompile(`(?m)^\[signal (SIG\w+: .*?)(?: code=|\])`)
	fatal    = regexp.MustCompile(`(?m)^(?:fatal error|runtime/cgo): (.*)$`)
)

// complaint finds the reason of a crash in the end of the standard error.
func complaint(stderr string) string {
	for _, r := range []*regexp.Regexp{signaled, fatal} { // the signal says more
		if found := r.FindStringSubmatch(stderr); found != nil {
			return found[1]
		}
	}
	return ""
}
