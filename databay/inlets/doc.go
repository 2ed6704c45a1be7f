// Package inlets has ready-made inlets for package databay: files as a whole, by line,
// as CSV or as JSON lines, HTTP, random numbers and nothing.
//
// The inlets that read a file by parts, [Lines], [CSV] and [JSONLines], remember how far
// their records have come. They move on when the link says that a transfer has
// succeeded, and read the same part again when it has failed. With a State file they
// also go on there after the program was started again:
//
//	in := inlets.NewCSV(inlets.FileConfig{Path: "ticks.csv", State: "ticks.pos", Max: 1000})
//
// The end of a file is no record and no error; what is appended later is read then. A
// crash between a transfer and the note of it in the State file brings those records
// again, which is why an outlet should know its records by a key.
//
// Files are UTF-8, with or without a byte order mark, or Latin-1 if told. UTF-16 and
// bytes that are not text in the encoding are errors that name the place.
package inlets
