package workload

import "time"

// All returns the workloads, in the order in which their tables are read: what a
// hop costs, what work costs, what waiting costs, and what strains something else.
// Numbers of items are chosen so that the slowest contender takes about a second.
func All(s Spin) []Workload {
	return []Workload{
		trivial(),
		three(),
		ordered(),
		short(),
		cpu(s, "cpu1", time.Microsecond, 100_000),
		cpu(s, "cpu10", 10*time.Microsecond, 20_000),
		cpu(s, "cpu100", 100*time.Microsecond, 2_000),
		bimodal(s),
		alloc(),
		memory(),
		waiting("wait1ms", time.Millisecond, 50_000),
		stragglers(),
		sleepers(),
	}
}

// Functions returns the workloads of one stage that differ in what an item costs: those
// that a setting is looked for.
func Functions(s Spin) []Workload {
	return []Workload{
		trivial(),
		cpu(s, "cpu1", time.Microsecond, 100_000),
		cpu(s, "cpu10", 10*time.Microsecond, 20_000),
		cpu(s, "cpu100", 100*time.Microsecond, 2_000),
		waiting("wait1ms", time.Millisecond, 50_000),
		waiting("wait10ms", 10*time.Millisecond, 50_000),
		alloc(),
		bimodal(s),
		memory(),
	}
}

func trivial() Workload {
	return Workload{
		Name: "trivial", Title: "1 stage, x+1", Workers: 2, Items: 200_000,
		build: func() parts { return parts{first: addOne} },
	}
}

func three() Workload {
	return Workload{
		Name: "three", Title: "3 stages: map x+1, filter, map 2x", Shape: Triple, Workers: 2, Items: 200_000,
		build: func() parts { return parts{first: addOne, keep: notThird, last: double} },
	}
}

func ordered() Workload {
	return Workload{
		Name: "ordered", Title: "1 stage, x+1, results in order", InOrder: true, Workers: 8, Items: 200_000,
		build: func() parts { return parts{first: addOne} },
	}
}

// short measures what start and end of a run cost.
func short() Workload {
	return Workload{
		Name: "short", Title: "1 stage, x+1, whole runs of 100 items", Workers: 8, Items: 100, Repeat: 200,
		build: func() parts { return parts{first: addOne} },
	}
}

func cpu(s Spin, name string, d time.Duration, n int) Workload {
	return Workload{
		Name: name, Title: "1 stage, " + d.String() + " of CPU", Workers: 2, Items: n,
		build: func() parts { return parts{first: step(s.Busy(d))} },
	}
}

// bimodal is mostly cheap: whoever hands out many items at a time must not let the
// cheap ones wait behind an expensive one.
func bimodal(s Spin) Workload {
	cheap, dear := s.Turns(time.Microsecond), s.Turns(500*time.Microsecond)
	f := func(x int) int {
		if x%100 == 99 {
			return spin(x, dear)
		}
		return spin(x, cheap)
	}
	return Workload{
		Name: "bimodal", Title: "1 stage, 1µs of CPU, each 100th item 500µs", Workers: 2, Items: 20_000,
		build: func() parts { return parts{first: step(f)} },
	}
}

func waiting(name string, d time.Duration, n int) Workload {
	return Workload{
		Name: name, Title: "1 stage, " + d.String() + " of waiting", Workers: 1000, Items: n, Waits: true,
		build: func() parts { return pause(func(int) time.Duration { return d }) },
	}
}

// stragglers shows how far a contender lets results run ahead of a slow one.
func stragglers() Workload {
	return Workload{
		Name: "stragglers", Title: "1 stage, 1ms of waiting, each 100th item 50ms, results in order",
		InOrder: true, Workers: 64, Items: 6_000, Rounds: 3, Waits: true,
		build: func() parts {
			return pause(func(x int) time.Duration {
				if x%100 == 99 {
					return 50 * time.Millisecond
				}
				return time.Millisecond
			})
		},
	}
}

func sleepers() Workload {
	return Workload{
		Name: "sleepers", Title: "1 stage, 10,000 sleepers of 100ms", Workers: 10_000, Items: 100_000,
		Rounds: 3, Waits: true, Memory: true,
		build: func() parts { return pause(func(int) time.Duration { return 100 * time.Millisecond }) },
	}
}

// pause makes parts whose first step waits and then returns x+1.
func pause(d func(int) time.Duration) parts {
	f := func(x int) int {
		time.Sleep(d(x))
		return x + 1
	}
	return parts{first: step(f), value: addOne.Plain}
}
