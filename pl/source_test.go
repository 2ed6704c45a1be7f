package pl_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

func TestSources(t *testing.T) {
	ctx := t.Context()
	for name, c := range map[string]struct {
		s    pl.Stage[int]
		want []int
	}{
		"From":           {pl.From([]int{3, 1}), []int{3, 1}},
		"From nil":       {pl.From[int](nil), nil},
		"Of":             {pl.Of(1, 2), []int{1, 2}},
		"Of nothing":     {pl.Of[int](), nil},
		"Range":          {pl.Range(3), []int{0, 1, 2}},
		"Range 0":        {pl.Range(0), nil},
		"Range negative": {pl.Range(-5), nil},
		"FromSeq":        {pl.FromSeq(slices.Values([]int{4, 5})), []int{4, 5}},
		"zero":           {pl.Stage[int]{}, nil},
		"Merge nothing":  {pl.Merge[int](), nil},
		"Concat nothing": {pl.Concat[int](), nil},
		"Concat":         {pl.Concat(pl.Of(1, 2), pl.Stage[int]{}, pl.Of(3)), []int{1, 2, 3}},
		"Then nothing":   {pl.Of(1).Then(), []int{1}},
		"Then":           {pl.Range(9).Then(pl.Take[int](4), pl.Take[int](2)), []int{0, 1}},
		"long":           {pl.Range(5000), seq(5000)},
	} {
		v, err := c.s.Collect(ctx)
		require.NoError(t, err, name)
		require.Equal(t, c.want, v, name)
		require.NoError(t, c.s.Run(ctx), name)
		require.NoError(t, c.s.Err(), name)
		require.NotEmpty(t, c.s.String(), name)
	}
}

func TestFromSeqIsStopped(t *testing.T) {
	for _, stop := range []string{"break", "error", "take", "panic"} {
		bubble(t, func(t *testing.T) {
			starts, stops := 0, 0
			s := pl.FromSeq(func(yield func(int) bool) {
				starts++
				defer func() { stops++ }()
				for i := 0; yield(i); i++ {
				}
			})
			switch stop {
			case "break":
				for range s.All(t.Context()) {
					break
				}
			case "error":
				require.Error(t, thread.Map(failing)(s).Run(t.Context()))
			case "take":
				require.NoError(t, pl.Take[int](3)(s).Run(t.Context()))
			case "panic":
				require.Error(t, pl.Tap(func(int) { panic(1) })(s).Run(t.Context()))
			}
			require.Equal(t, 1, starts)
			require.Equal(t, 1, stops)
		})
	}
}

func TestFromSeq2EndsAtTheFirstError(t *testing.T) {
	asked := 0
	s := pl.FromSeq2(func(yield func(int, error) bool) {
		for i := range 10 {
			asked++
			var err error
			if i == 3 || i == 5 {
				err = errBoom
			}
			if !yield(i, err) {
				return
			}
		}
	})
	v, err := s.Collect(t.Context())
	require.ErrorIs(t, err, errBoom)
	require.Equal(t, seq(3), v)
	require.Equal(t, 4, asked)
}

func TestFromChan(t *testing.T) {
	bubble(t, func(t *testing.T) { // until it is closed
		c := make(chan int)
		go func() {
			defer close(c)
			for i := range 5 {
				c <- i
			}
		}()
		v, err := pl.FromChan(c).Collect(t.Context())
		require.NoError(t, err)
		require.Equal(t, seq(5), v)
	})
	bubble(t, func(t *testing.T) { // until the run ends, and the rest stays there
		c := make(chan int, 100)
		for i := range 100 {
			c <- i
		}
		v, err := pl.Pipe2(pl.FromChan(c), thread.Map(id, pl.MaxSize(1)), pl.Take[int](3)).Collect(t.Context())
		require.NoError(t, err)
		require.Equal(t, seq(3), v)
		require.GreaterOrEqual(t, len(c), 100-3-6, "what was on its way is lost, the others are not")
	})
	bubble(t, func(t *testing.T) { // or until nobody wants more
		c := make(chan int, 3)
		for i := range 3 {
			c <- i
		}
		v, err := pl.Take[int](3)(pl.FromChan(c)).Collect(t.Context())
		require.NoError(t, err)
		require.Equal(t, seq(3), v)
	})
	bubble(t, func(t *testing.T) { // an idle channel does not hold up the end
		c := make(chan int)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.Equal(t, context.DeadlineExceeded, pl.FromChan(c).Run(ctx))
		for range pl.Merge(pl.Of(1), pl.FromChan(c)).All(t.Context()) {
			break
		}
	})
}

func TestGenerate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var last bool
		var ctxErr error
		s := pl.Generate(func(ctx context.Context, emit func(int) bool) error {
			for i := 0; ; i++ {
				if last = emit(i); !last {
					ctxErr = ctx.Err()
					return errors.New("nobody wants to hear this")
				}
			}
		})
		v, err := pl.Take[int](4)(s).Collect(t.Context())
		require.NoError(t, err)
		require.Equal(t, seq(4), v)
		require.False(t, last)
		require.Error(t, ctxErr)

		last, ctxErr = true, nil
		for range s.All(t.Context()) {
			break
		}
		require.False(t, last)
		require.Error(t, ctxErr)
	})
	bubble(t, func(t *testing.T) { // its context ends when a Take has all it takes
		s := pl.Generate(func(ctx context.Context, emit func(int) bool) error {
			emit(1)
			<-ctx.Done()
			return ctx.Err()
		})
		v, err := pl.Take[int](1)(s).Collect(t.Context())
		require.NoError(t, err)
		require.Equal(t, []int{1}, v)
	})
	bubble(t, func(t *testing.T) { // values before the error arrive
		s := pl.Generate(func(_ context.Context, emit func(int) bool) error {
			emit(1)
			return errBoom
		})
		v, err := pl.Map(task.Backend, pl.Fn(id))(s).Collect(t.Context())
		require.ErrorIs(t, err, errBoom)
		require.Subset(t, []int{1}, v)
	})
}
