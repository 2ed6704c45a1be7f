package databay_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/databay"
)

func TestCron(t *testing.T) {
	for _, good := range []string{"* * * * *", "*/5 0 * * * *", "@hourly", "CRON_TZ=Asia/Tokyo 0 6 * * *", "0 0 29 2 *"} {
		_, err := databay.Cron(good)
		require.NoError(t, err, good)
	}
	for _, bad := range []string{"", "*", "61 * * * *", "@every 50ms", "TZ=", "TZ=0", "CRON_TZ=UTC", "TZ=Nowhere/Land * * * * *", "0 0 31 2 *", "@never"} {
		_, err := databay.Cron(bad)
		require.ErrorContains(t, err, fmt.Sprintf("%q", bad))
	}
}

func FuzzCron(f *testing.F) {
	for _, s := range []string{"* * * * *", "@daily", "TZ=", "CRON_TZ=UTC 1-5/2 * * jan sun"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		s, err := databay.Cron(expr)
		if err == nil && !s.Next(time.Unix(0, 0)).After(time.Unix(0, 0)) {
			t.Fatal("not after")
		}
	})
}
