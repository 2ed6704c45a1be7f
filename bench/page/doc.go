// Package page writes a report as one HTML page with charts: to look at, and to put into
// a pull request. The page needs nothing from anywhere else, and is readable on light
// and dark screens.
//
// The charts are SVG of this package's own, since they take their colors from the page.
package page
