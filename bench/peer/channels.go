package peer

import (
	"context"
	"strconv"
	"sync"

	"github.com/penstock/penstock/bench/workload"
)

// channels is what a careful programmer writes without a library: one goroutine that
// feeds a channel, workers that read it and write to the next one, and a goroutine
// per stage that closes the channel behind it.
func channels(buffer int) Contender {
	name := "channels, unbuffered"
	if buffer > 0 {
		name = "channels, " + strconv.Itoa(buffer)
	}
	return Contender{
		Name: name, Kind: Concurrent,
		Single: func(ctx context.Context, j *workload.Job) (workload.Digest, error) {
			out := chanMap(chanFrom(j.In, buffer), j.Workers, buffer, j.First.Plain)
			return chanDigest(out), nil
		},
		Triple: func(ctx context.Context, j *workload.Job) (workload.Digest, error) {
			out := chanMap(chanFrom(j.In, buffer), j.Workers, buffer, j.First.Plain)
			out = chanFilter(out, j.Workers, buffer, j.Keep.Plain)
			return chanDigest(chanMap(out, j.Workers, buffer, j.Last.Plain)), nil
		},
		InOrder: func(ctx context.Context, j *workload.Job) (workload.Digest, error) {
			return chanDigest(chanInOrder(chanFrom(j.In, buffer), j.Workers, buffer, j.First.Plain)), nil
		},
		InOrderNote: "a channel per item",
	}
}

func chanFrom(in []int, buffer int) <-chan int {
	out := make(chan int, buffer)
	go func() {
		defer close(out)
		for _, x := range in {
			out <- x
		}
	}()
	return out
}

func chanDigest(in <-chan int) workload.Digest {
	var d workload.Digest
	for v := range in {
		d.Add(v)
	}
	return d
}

func chanMap(in <-chan int, workers, buffer int, f func(int) int) <-chan int {
	out := make(chan int, buffer)
	chanWork(workers, func() {
		for x := range in {
			out <- f(x)
		}
	}, func() { close(out) })
	return out
}

func chanFilter(in <-chan int, workers, buffer int, f func(int) bool) <-chan int {
	out := make(chan int, buffer)
	chanWork(workers, func() {
		for x := range in {
			if f(x) {
				out <- x
			}
		}
	}, func() { close(out) })
	return out
}

// chanInOrder gives each item a channel for its result, and a queue of those
// channels keeps the order.
func chanInOrder(in <-chan int, workers, buffer int, f func(int) int) <-chan int {
	type task struct {
		x    int
		done chan int
	}
	tasks := make(chan task, buffer)
	queue := make(chan chan int, max(buffer, workers))
	out := make(chan int, buffer)
	chanWork(workers, func() {
		for t := range tasks {
			t.done <- f(t.x)
		}
	}, func() {})
	go func() {
		defer close(queue)
		defer close(tasks)
		for x := range in {
			t := task{x, make(chan int, 1)}
			queue <- t.done
			tasks <- t
		}
	}()
	go func() {
		defer close(out)
		for done := range queue {
			out <- <-done
		}
	}()
	return out
}

// chanWork runs work in a number of goroutines and done after the last of them.
func chanWork(workers int, work, done func()) {
	var wg sync.WaitGroup
	for range workers {
		wg.Go(work)
	}
	go func() {
		wg.Wait()
		done()
	}()
}
