package engine

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
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

func (r *lateRemote) Receive() (Answer[int], error) {
	if r.dead {
		return Answer[int]{}, errors.New("gone")
	}
	if r.item%2 == 0 {
		<-r.killed
	}
	return Answer[int]{Values: []int{r.item}}, nil
}

func (r *lateRemote) Recall()               {}
func (r *lateRemote) Cancel(error)          {}
func (r *lateRemote) Kill()                 { close(r.killed) }
func (r *lateRemote) Done(int, error) error { return nil }
func (r *lateRemote) Lost() error           { <-r.killed; return errors.New("killed") }

// runFar runs a stage of n items on remotes.
func runFar(t *testing.T, cfg Config, n int, remote func() Remote[int, int]) ([]int, *Stats, error) {
	r := NewRun(t.Context(), Words{
		Timeout: errors.New("timeout"), Goexit: errors.New("goexit"), Left: errors.New("left"),
		Panic: func(v any, _ []byte) error { t.Log(v); return errors.New("panic") },
		Fault: func(f Fault) error { return f.Err },
		Final: func(error) bool { return false },
	})
	launcher := Launcher{
		Name: "far", Crew: Goroutines,
		Dial: func(context.Context, Job) (any, error) { return nil, nil },
	}
	work := Work[int, int]{Attach: func(context.Context, any, Worker) (Remote[int, int], error) { return remote(), nil }}
	source := AddSlice(r, "source", n, func(from int, dst []Elem[int]) {
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
	err := r.Wait()
	return got, r.Stats()[1], err
}

func TestAnswerAtTheDeadlineBlamesNobody(t *testing.T) {
	cfg := Config{Name: "late", Workers: 1, Window: 1, Timeout: 10 * time.Millisecond}
	got, stats, err := runFar(t, cfg, 6, func() Remote[int, int] { return &lateRemote{killed: make(chan struct{})} })
	require.NoError(t, err)
	require.Equal(t, []int{0, 1, 2, 3, 4, 5}, got)
	require.Zero(t, stats.Timeouts.Load())
	require.EqualValues(t, 3, stats.Restarts.Load())
}

// A greedyRemote answers what it has been sent, or, if it is the first one, answers
// nothing and gives back more than it has.
type greedyRemote struct {
	lateRemote
	first bool
	has   chan struct{} // closed when the first one has been sent something
	asked chan struct{}
	n     int
}

func (r *greedyRemote) Size() int { return 4 }

func (r *greedyRemote) Send(items []Elem[int], _ int) (int, error) {
	if r.first && r.n == 0 {
		close(r.has)
	}
	r.n += len(items)
	return len(items), nil
}

func (r *greedyRemote) Receive() (Answer[int], error) {
	if r.first {
		<-r.asked
		return Answer[int]{Returned: true, Back: 1000}, nil
	}
	<-r.has // the others leave it some
	n := r.n
	r.n = 0
	return Answer[int]{Values: make([]int, n)}, nil
}

func (r *greedyRemote) Recall() { close(r.asked) }

func TestWorkerThatGivesBackMoreThanItHasIsKilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var remotes atomic.Int32
		has := make(chan struct{})
		got, stats, err := runFar(t, Config{Name: "greedy", Workers: 2, Window: 1, Size: Size{Max: 100}}, 40, func() Remote[int, int] {
			return &greedyRemote{
				lateRemote: lateRemote{killed: make(chan struct{})},
				first:      remotes.Add(1) == 1, has: has, asked: make(chan struct{}),
			}
		})
		require.NoError(t, err)
		require.Len(t, got, 40, "what it had is done again")
		require.EqualValues(t, 1, stats.Restarts.Load())
		require.EqualValues(t, 3, remotes.Load())
	})
}
