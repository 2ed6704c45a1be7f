// Package report holds what was measured and writes it for people and programs.
//
// A [Report] says where and when it was measured ([Machine]), with which versions of
// the libraries ([Versions]), and holds one [Table] per workload or a list of
// targets. [Report.WriteText] writes it for a terminal, [Report.WriteCSV] one line
// per row, and encoding/json all of it.
package report
