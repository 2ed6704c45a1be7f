package main

import (
	"bytes"
	_ "embed" // the page
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"strings"
)

//go:embed page.html
var pageText string

// page is what the report shows. It needs nothing but itself: no script, no font, no
// picture from elsewhere.
type page struct {
	Source     string // what the alerts are
	Tiers      []tally
	Quality    string // how right it is, if that is known
	Candidates []*candidate
}

// tally is what one tier did.
type tally struct {
	Count string
	What  string
}

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"plot":    plot,
	"degrees": func(f float64) string { return fmt.Sprintf("%.4f°", f) },
	"signed":  func(f float64) string { return strings.Replace(fmt.Sprintf("%+.4f°", f), "-", "−", 1) },
	"pm":      plusMinus,
	"mjd":     func(m measured) string { return plusMinus(measured{m.Value - jdToMJD, m.Error}, 1) },
}).Parse(pageText))

// plusMinus writes a number with its uncertainty.
func plusMinus(m any, digits int) string {
	var v measured
	switch m := m.(type) {
	case measured:
		v = m
	case *measured:
		v = *m
	}
	out := fmt.Sprintf("%.*f", digits, v.Value)
	if v.Error > 0 {
		out += fmt.Sprintf(" ± %.*f", digits, v.Error)
	}
	return strings.ReplaceAll(out, "-", "−")
}

// write writes the page to a file, all of it or nothing.
func (p *page) write(file string) error {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		return fmt.Errorf("the page: %w", err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(file), ".alerts-*.html")
	if err != nil {
		return err
	}
	_, err = temporary.Write(b.Bytes())
	if e := temporary.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Chmod(temporary.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(temporary.Name(), file)
	}
	if err != nil {
		os.Remove(temporary.Name())
	}
	return err
}
