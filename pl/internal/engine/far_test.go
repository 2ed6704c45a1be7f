package engine

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A lateRemote answers its first item at the moment it is killed for not answering.
type lateRemote struct {
	item   int
	dead   bool // what was sent last is not read any more, though the pipe took it
	killed chan struct{}
}

func (r *lateRemote) Size() int { return 1 }

func (r *lateRemote) Send(items []Elem[int], _ int) (int, error) {
	select {
	case <-r.killed:
		r.dead = true
	default:
	}
	r.item = items[0].V
	return 1, nil
}

func (r *lateRemote) Receive() ([]int, []Failed, time.Duration, error) {
	if r.dead {
		return nil, nil, 0, errors.New("gone")
	}
	if r.item%2 == 0 {
		<-r.killed
	}
	return []int{r.item}, nil, 0, nil
}

func (r *lateRemote) Cancel(error)          {}
func (r *lateRemote) Kill()                 { close(r.killed) }
func (r *lateRemote) Done(int, error) error { return nil }
func (r *lateRemote) Lost() error           { <-r.killed; return errors.New("killed") }

func TestAnswerAtTheDeadlineBlamesNobody(t *testing.T) {
	r := NewRun(t.Context(), Words{
		Timeout: errors.New("timeout"), Goexit: errors.New("goexit"), Left: errors.New("left"),
		Panic: func(v any, _ []byte) error { t.Log(v); return errors.New("panic") },
		Fault: func(f Fault) error { return f.Err },
		Final: func(error) bool { return false },
	})
	launcher := Launcher{
		Name: "late", Crew: Goroutines,
		Dial: func(context.Context, Job) (any, error) { return nil, nil },
	}
	work := Work[int, int]{Attach: func(context.Context, any, Worker) (Remote[int, int], error) {
		return &lateRemote{killed: make(chan struct{})}, nil
	}}
	cfg := Config{Name: "late", Workers: 1, Window: 1, Timeout: 10 * time.Millisecond}
	source := AddSlice(r, "source", 6, func(from int, dst []Elem[int]) {
		for i := range dst {
			dst[i] = Elem[int]{V: from + i, At: At(int64(from + i))}
		}
	})
	out := AddMap(r, cfg, launcher, work, source.Connect)
	rd := NewReader(r, out.Connect)
	require.NoError(t, r.Start(func() {}))
	var got []int
	for batch := rd.Batch(); len(batch) > 0; batch = rd.Batch() {
		for _, e := range batch {
			got = append(got, e.V)
		}
	}
	require.NoError(t, r.Wait())
	require.Equal(t, []int{0, 1, 2, 3, 4, 5}, got)
	require.Zero(t, r.Stats()[1].Timeouts.Load())
	require.EqualValues(t, 3, r.Stats()[1].Restarts.Load())
}
