package peer

import (
	"context"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"

	"github.com/penstock/penstock/bench/workload"
)

// penstock returns the backends that run functions of this process, each with the
// short form of its package where it has one. A backend that needs registered
// functions gets a file of its own.
func penstock() []Contender {
	return []Contender{onThreads(), onTasks(), inSync()}
}

func onThreads() Contender {
	return Contender{
		Name: "penstock thread", Kind: Penstock,
		Single: func(ctx context.Context, j *workload.Job) (workload.Digest, error) {
			return stageDigest(ctx, thread.Map(j.First.Ctx, pl.Workers(j.Workers))(pl.From(j.In)))
		},
		Triple: func(ctx context.Context, j *workload.Job) (workload.Digest, error) {
			return stageDigest(ctx, pl.Pipe3(pl.From(j.In),
				thread.Map(j.First.Ctx, pl.Workers(j.Workers)),
				thread.Filter(j.Keep.Ctx, pl.Workers(j.Workers)),
				thread.Map(j.Last.Ctx, pl.Workers(j.Workers))))
		},
		InOrder: func(ctx context.Context, j *workload.Job) (workload.Digest, error) {
			return stageDigest(ctx, thread.Map(j.First.Ctx, pl.Workers(j.Workers), pl.InOrder())(pl.From(j.In)))
		},
	}
}

func onTasks() Contender {
	return Contender{
		Name: "penstock task", Kind: Penstock,
		Single: func(ctx context.Context, j *workload.Job) (workload.Digest, error) {
			return stageDigest(ctx, task.Map(j.First.Ctx, pl.Workers(j.Workers))(pl.From(j.In)))
		},
		Triple: func(ctx context.Context, j *workload.Job) (workload.Digest, error) {
			return stageDigest(ctx, pl.Pipe3(pl.From(j.In),
				task.Map(j.First.Ctx, pl.Workers(j.Workers)),
				task.Filter(j.Keep.Ctx, pl.Workers(j.Workers)),
				task.Map(j.Last.Ctx, pl.Workers(j.Workers))))
		},
		InOrder: func(ctx context.Context, j *workload.Job) (workload.Digest, error) {
			return stageDigest(ctx, task.Map(j.First.Ctx, pl.Workers(j.Workers), pl.InOrder())(pl.From(j.In)))
		},
	}
}

func inSync() Contender {
	one := func(ctx context.Context, j *workload.Job) (workload.Digest, error) {
		return stageDigest(ctx, pl.Map(pl.Sync, pl.Fn(j.First.Ctx))(pl.From(j.In)))
	}
	return Contender{
		Name: "penstock sync", Kind: Penstock, OneByOne: true,
		Single: one, InOrder: one,
		Triple: func(ctx context.Context, j *workload.Job) (workload.Digest, error) {
			return stageDigest(ctx, pl.Pipe3(pl.From(j.In),
				pl.Map(pl.Sync, pl.Fn(j.First.Ctx)),
				pl.Filter(pl.Sync, pl.Fn(j.Keep.Ctx)),
				pl.Map(pl.Sync, pl.Fn(j.Last.Ctx))))
		},
		Note: "no concurrency",
	}
}

func stageDigest(ctx context.Context, s pl.Stage[int]) (workload.Digest, error) {
	var d workload.Digest
	for v, err := range s.All(ctx) {
		if err != nil {
			return d, err
		}
		d.Add(v)
	}
	return d, nil
}
