package cli

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel"
)

type screen struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// Progress is drawn ten times per second at most, only when it has changed, and
// is gone at the end.
func TestShow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s screen
		p := &ampel.Progress{}
		stop := show(&s, p, 100*time.Millisecond)
		time.Sleep(time.Second)
		require.Empty(t, s.text.String(), "nothing is known yet")
		p.Total.Store(1000)
		for range 1000 {
			p.Done.Add(1)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		stop()
		stop()
		require.LessOrEqual(t, strings.Count(s.text.String(), "of 1000 stocks"), 12)
		require.Contains(t, s.text.String(), "1000 of 1000 stocks")
		require.True(t, strings.HasSuffix(s.text.String(), "\r\033[K"))
	})
}
