package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/mattn/go-isatty"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/job"
)

type runCmd struct {
	dbFlag
	Job      string `arg:"" help:"The job file, YAML or JSON."`
	Schedule bool   `help:"Run the processes on their schedules until interrupted, instead of once."`
	Check    bool   `help:"Only look for mistakes in the job file."`
	Verbose  bool   `short:"v" help:"Log what happens."`
}

// Run runs a job. The status is that of its worst run.
func (c *runCmd) Run(ctx context.Context, a *App) error {
	j, err := job.Read(c.Job)
	if err != nil {
		return err
	}
	if err := j.Check(a.Units); err != nil {
		return err
	}
	if c.Check {
		fmt.Fprintf(a.Stdout, "%s: %d processes, no mistakes\n", c.Job, len(j.Processes))
		return nil
	}
	db, closeDB, err := a.database(ctx, c.DB, true)
	if err != nil {
		return err
	}
	others := &shelf{app: a, open: map[string]opened{}}
	env := &ampel.Env{Units: a.Units, DB: db, Log: a.logger(c.Verbose), Open: others.get, Progress: &ampel.Progress{}}
	worst := ExitOK
	var mu sync.Mutex
	tell := func(p job.Process, r ampel.Report) {
		mu.Lock()
		defer mu.Unlock()
		worst = max(worst, exitCode(r.Code))
		fmt.Fprintf(a.Stdout, "%s: run %d: %s, %d documents\n", p.Name, r.Run, r.Code, r.Docs)
		for _, err := range r.Errors {
			fmt.Fprintf(a.Stderr, "ampel: %s: run %d: %v\n", p.Name, r.Run, err)
		}
	}
	stop := a.watch(env.Progress)
	if c.Schedule {
		err = j.Serve(ctx, env, tell)
	} else {
		err = j.Run(ctx, env, tell)
	}
	stop()
	err = errors.Join(err, others.close(), closeDB())
	switch {
	case ctx.Err() != nil && c.Schedule && worst == ExitOK:
		return nil // asked to end, and so it did
	case ctx.Err() != nil:
		return &exitError{code: ExitAborted}
	case err != nil:
		return &exitError{max(worst, ExitException), err}
	case worst != ExitOK:
		return &exitError{code: worst}
	}
	return nil
}

func exitCode(c ampel.EventCode) int {
	switch c {
	case ampel.EventOK, ampel.EventPreCheckExit:
		return ExitOK
	case ampel.EventAborted:
		return ExitAborted
	}
	return ExitException
}

// watch shows the progress on a terminal, ten times per second, until the
// function that it returns is called.
func (a *App) watch(p *ampel.Progress) (stop func()) {
	f, ok := a.Stderr.(*os.File)
	if !ok || !isatty.IsTerminal(f.Fd()) {
		return func() {}
	}
	return show(f, p, 100*time.Millisecond)
}

func show(w io.Writer, p *ampel.Progress, every time.Duration) (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		var last string
		for {
			select {
			case <-done:
				if last != "" {
					fmt.Fprint(w, "\r\033[K")
				}
				return
			case <-tick.C:
			}
			total := p.Total.Load()
			if total == 0 {
				continue
			}
			if line := fmt.Sprintf("\r%d of %d stocks\033[K", p.Done.Load(), total); line != last {
				fmt.Fprint(w, line)
				last = line
			}
		}
	})
	return sync.OnceFunc(func() { close(done); wg.Wait() })
}

// shelf keeps the other databases that units ask for.
type shelf struct {
	app  *App
	mu   sync.Mutex
	open map[string]opened
}

type opened struct {
	db    *ampel.Database
	close func() error
}

func (s *shelf) get(ctx context.Context, name string) (*ampel.Database, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, ok := s.open[name]; ok {
		return o.db, nil
	}
	db, closeDB, err := s.app.database(ctx, name, false)
	if err != nil {
		return nil, err
	}
	s.open[name] = opened{db, closeDB}
	return db, nil
}

func (s *shelf) close() error {
	var errs []error
	for _, o := range s.open {
		errs = append(errs, o.close())
	}
	return errors.Join(errs...)
}
