package databay

import (
	"strconv"
	"strings"
)

// An Update identifies one transfer. All inlets and outlets of a transfer get the same.
type Update struct {
	Tags   []string // of the link
	Number int64    // of the transfer, from 0; failed transfers count
}

// String returns the tags and the number, joined by dots: "ticks.hourly.16", or "16"
// without tags.
func (u Update) String() string {
	n := strconv.FormatInt(u.Number, 10)
	if len(u.Tags) == 0 {
		return n
	}
	return strings.Join(u.Tags, ".") + "." + n
}
