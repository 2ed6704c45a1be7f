// Crashproof decodes documents from strangers with a decoder that cannot be trusted:
// some documents make it write where it must not, some let it grow for ever or never
// end, and some end its process. The good ones come out all the same, and the program
// prints a list of the others, with what became of each.
//
//	go run ./examples/crashproof
//	go run ./examples/crashproof -workers 4 -v
//
// Read pipeline.go first: it is what the program is about. The decoder in decoder.go
// stands for one that you cannot mend: somebody else's, or in C.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"text/tabwriter"
	"time"

	"github.com/penstock/penstock/pl/process"
)

func main() {
	process.Init() // a worker process goes no further

	workers := flag.Int("workers", 2, "decode with this many `workers`")
	verbose := flag.Bool("v", false, "show what the workers print when they crash")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // the second Ctrl-C does not wait for anything

	output := io.Discard
	if *verbose {
		output = os.Stderr
	}
	if err := run(ctx, *workers, output, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "crashproof:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, workers int, output, w io.Writer) error {
	r, err := decodeAll(ctx, job{docs: documents(), workers: workers, timeout: 1500 * time.Millisecond, output: output})
	if err != nil {
		return err
	}
	return r.print(w)
}

// print writes the report.
func (r *result) print(w io.Writer) error {
	fmt.Fprintf(w, "Decoded %d of %d documents, %d pixels, in %v.\n", len(r.pictures), r.stats.In, r.pixels(), r.wall.Round(time.Millisecond))
	fmt.Fprintf(w, "%d worker processes crashed, were killed or had done their share, and were replaced.\n", r.stats.Restarts)
	if !canConfine {
		fmt.Fprintln(w, "Those that make the decoder grow for ever are left out: here, nothing would stop it in time.")
	}
	fmt.Fprintf(w, "\nThese %d cannot be decoded:\n", len(r.refused))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, x := range r.refused {
		fmt.Fprintf(t, "  %s\t%s\n", x.Name, x.Reason)
	}
	return t.Flush()
}
