package ampel

import (
	"fmt"
	"strings"
	"time"
)

// strftime directives and what they are in a layout of package time.
var directives = map[byte]string{
	'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'H': "15", 'I': "03", 'M': "04", 'S': "05",
	'f': "000000", 'p': "PM", 'b': "Jan", 'B': "January", 'a': "Mon", 'A': "Monday",
	'j': "002", 'z': "-0700", 'Z': "MST", '%': "%",
}

// TimeFormat is a layout of strftime: %Y %y %m %d %H %I %M %S %f %p %b %B %a %A
// %j %z %Z %%.
type TimeFormat struct{ parts []timePart }

type timePart struct {
	layout string
	plain  bool
}

// FormatTime reads a layout of strftime. A directive that is not known is an
// error.
func FormatTime(layout string) (TimeFormat, error) {
	var f TimeFormat
	for layout != "" {
		before, after, found := strings.Cut(layout, "%")
		if before != "" {
			f.parts = append(f.parts, timePart{before, true})
		}
		if !found {
			break
		}
		if after == "" || directives[after[0]] == "" {
			return f, fmt.Errorf("%q: unknown directive %%%.1s", layout, after)
		}
		f.parts = append(f.parts, timePart{directives[after[0]], after[0] == '%'})
		layout = after[1:]
	}
	return f, nil
}

// Format returns t as text.
func (f TimeFormat) Format(t time.Time) string {
	var b strings.Builder
	for _, p := range f.parts {
		switch {
		case p.plain:
			b.WriteString(p.layout)
		case p.layout == "000000":
			fmt.Fprintf(&b, "%06d", t.Nanosecond()/1000)
		default:
			b.WriteString(t.Format(p.layout))
		}
	}
	return b.String()
}

// Parse reads a text as UTC unless it names a zone.
func (f TimeFormat) Parse(text string) (time.Time, error) {
	var b strings.Builder
	for i, p := range f.parts {
		if p.layout == "000000" && i > 0 && f.parts[i-1].plain && strings.HasSuffix(f.parts[i-1].layout, ".") {
			b.WriteString("999999") // package time reads a fraction of any length after a point
			continue
		}
		b.WriteString(p.layout)
	}
	return time.Parse(b.String(), text)
}
