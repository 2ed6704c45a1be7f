package main

import (
	"bytes"
	"context"
	"go/ast"
	"go/parser"
	"go/token"

	"github.com/penstock/penstock/pl"
)

// Counts say what there is in a file, or in many.
type Counts struct {
	Files    int
	Lines    int
	Comments int            // each // line, and each /* */ block
	Names    map[string]int // how often each identifier is used
}

// parsing is the function of the parse stage. It is registered, so that it can run in
// worker processes too; a package variable exists in those as well.
var parsing = pl.Register(parse)

// parse counts what is in one file. It fails if the file is not valid Go.
func parse(_ context.Context, f File) (Counts, error) {
	syntax, err := parser.ParseFile(token.NewFileSet(), f.Name, f.Text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return Counts{}, err
	}
	c := Counts{Files: 1, Lines: lines(f.Text), Names: map[string]int{}}
	for _, group := range syntax.Comments {
		c.Comments += len(group.List)
	}
	ast.Inspect(syntax, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			c.Names[id.Name]++
		}
		return true
	})
	return c, nil
}

// lines counts the last line even if nothing ends it.
func lines(text []byte) int {
	n := bytes.Count(text, []byte("\n"))
	if len(text) > 0 && text[len(text)-1] != '\n' {
		n++
	}
	return n
}
