package job

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/penstock/penstock/databay"
)

// Schedules say when a process runs: at all of their times.
type Schedules []Schedule

// Schedule is one line of a schedule:
//
//	every().minute                every().day.at('10:30')
//	every(10).minutes             every().monday
//	every(2).days                 every().wednesday.at('13:15')
//
// Units are second, minute, hour, day, week, in the plural with a number. A day
// of the week without a time is at midnight. Times are local.
type Schedule struct {
	text string
	plan databay.Schedule
}

var line = regexp.MustCompile(`^every\((\d*)\)\.([a-z]+)(?:\.at\((?:'(\d\d?):(\d\d)(?::(\d\d))?'|"(\d\d?):(\d\d)(?::(\d\d))?")\))?$`)

var spans = map[string]time.Duration{
	"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour, "week": 7 * 24 * time.Hour,
}

var weekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// ParseSchedule reads one line. Nothing in it is executed.
func ParseSchedule(text string) (Schedule, error) {
	bad := func(format string, args ...any) (Schedule, error) {
		return Schedule{}, fmt.Errorf("invalid schedule %q: %s", text, fmt.Sprintf(format, args...))
	}
	m := line.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return bad("write every().minute, every(10).minutes, every().day.at('10:30'), every().monday or every().wednesday.at('13:15')")
	}
	n := 1
	if m[1] != "" {
		var err error
		if n, err = strconv.Atoi(m[1]); err != nil || n < 1 || n > 1_000_000 {
			return bad("every(%s) is not between 1 and 1000000", m[1])
		}
	}
	unit := m[2]
	at := m[3:6]
	if at[0] == "" {
		at = m[6:9]
	}
	if day := slices.Index(weekdays, unit); day >= 0 {
		if m[1] != "" {
			return bad("a day of the week takes no number")
		}
		return daily(text, at, day)
	}
	name := unit
	if m[1] != "" {
		name = strings.TrimSuffix(unit, "s")
	}
	span, ok := spans[name]
	switch {
	case !ok || m[1] != "" && n > 1 && unit == name:
		return bad("unknown unit %s: there are second, minute, hour, day, week, in the plural with a number, and the days of the week", unit)
	case at[0] == "":
		return Schedule{text, databay.Every(time.Duration(n) * span)}, nil
	case name != "day" || n != 1:
		return bad("at is for every().day and the days of the week only")
	}
	return daily(text, at, -1)
}

// daily is a time of every day, or of one day of the week.
func daily(text string, at []string, weekday int) (Schedule, error) {
	var clock [3]int
	for i, s := range at {
		if s != "" {
			clock[i], _ = strconv.Atoi(s) // digits only
		}
	}
	if clock[0] > 23 || clock[1] > 59 || clock[2] > 59 {
		return Schedule{}, fmt.Errorf("invalid schedule %q: no such time of day", text)
	}
	day := "*"
	if weekday >= 0 {
		day = strconv.Itoa(weekday)
	}
	plan, err := databay.Cron(fmt.Sprintf("%d %d %d * * %s", clock[2], clock[1], clock[0], day))
	return Schedule{text, plan}, err
}

// Next returns the first time after t.
func (s Schedule) Next(t time.Time) time.Time { return s.plan.Next(t) }

// String returns the line.
func (s Schedule) String() string { return s.text }

// DecodeConfig reads one line or a list of lines.
func (s *Schedules) DecodeConfig(v any) error {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var out Schedules
	for _, e := range list {
		text, ok := e.(string)
		if !ok {
			return fmt.Errorf("needs a text such as every().day.at('10:30')")
		}
		x, err := ParseSchedule(text)
		if err != nil {
			return err
		}
		out = append(out, x)
	}
	*s = out
	return nil
}

// Next returns the first time after t that one of the lines names.
func (s Schedules) Next(t time.Time) time.Time {
	var first time.Time
	for _, x := range s {
		if n := x.Next(t); first.IsZero() || !n.IsZero() && n.Before(first) {
			first = n
		}
	}
	return first
}
