package databay

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// A Schedule tells when to run transfers.
type Schedule interface {
	// Next returns the first time after t, or the zero time if there is none. The
	// planner passes the time that was planned last, so that a late transfer does not
	// move those after it.
	Next(t time.Time) time.Time
}

// Every returns a schedule with a fixed distance, which must be positive.
func Every(d time.Duration) Schedule { return every(d) }

type every time.Duration

func (d every) Next(t time.Time) time.Time { return t.Add(time.Duration(d)) }
func (d every) String() string             { return time.Duration(d).String() }

// Cron returns the schedule of a cron expression: minute, hour, day of month, month and
// day of week, optionally with seconds before them, or one of @hourly, @daily, @weekly,
// @monthly, @yearly. The expression may begin with a time zone, as in "CRON_TZ=Asia/Tokyo 0 6 * * *";
// without, it is in the local time of the planner. For a fixed distance use [Every].
func Cron(expr string) (Schedule, error) {
	bad := func(err error) (Schedule, error) {
		return nil, fmt.Errorf("databay: cron expression %q: %w", expr, err)
	}
	if strings.HasPrefix(expr, "@every") {
		return bad(fmt.Errorf("it would be rounded to seconds: use Every"))
	}
	const fields = cron.SecondOptional | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor
	var s cron.Schedule
	// The parser indexes past the end of a time zone without an expression.
	err := protect(func() (err error) {
		s, err = cron.NewParser(fields).Parse(expr)
		return err
	})
	p := &PanicError{}
	if errors.As(err, &p) {
		err = fmt.Errorf("not an expression: %v", p.Value)
	}
	if err != nil {
		return bad(err)
	}
	if s.Next(time.Now()).IsZero() {
		return bad(fmt.Errorf("there is no such time within five years"))
	}
	return cronSchedule{s, expr}, nil
}

type cronSchedule struct {
	cron.Schedule
	expr string
}

func (s cronSchedule) String() string { return "cron " + s.expr }
