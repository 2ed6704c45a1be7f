package job

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/penstock/penstock/ampel"
)

// Job is a list of processes, which run one after the other, or each on its
// schedule. A job file is one of
//
//	name: ..., task: [...]          several processes
//	template: PeriodicSummaryT3     one, by its template
//	processor: {unit, config}       one, in its envelope
//	process_name: ..., supply: ...  one, bare: the configuration of a T3Processor
//
// and each of the tasks is again one of the last three, or a plain {unit, config}.
type Job struct {
	Name      string
	Processes []Process
}

// Process is the envelope of a processor.
type Process struct {
	Name     string    `config:"name,required"`
	Version  string    `config:"version"`
	Active   bool      `config:"active"` // default true
	Tier     int       `config:"tier"`
	Schedule Schedules `config:"schedule"`
	// Channel is that of the process, for documents and logs.
	Channel ampel.Labels `config:"channel"`
	// Isolate is read and has no effect: processes do not share state.
	Isolate bool `config:"isolate"`
	// Multiplier can only be 1.
	Multiplier int                        `config:"multiplier"`
	Processor  ampel.UnitOf[ampel.Runner] `config:"processor,required"`

	bare bool // the job file is the configuration of the processor
}

// at puts the place of the processor in front of the path of an error.
func (p Process) at(err error) error {
	var c *ampel.ConfigError
	if p.bare && errors.As(err, &c) {
		err = &ampel.ConfigError{Path: strings.TrimPrefix(c.Path, "config."), Problem: c.Problem}
	} else {
		err = ampel.PathError("processor", err)
	}
	return fmt.Errorf("process %s: %w", p.Name, err)
}

// CheckConfig finds mistakes.
func (p *Process) CheckConfig() error {
	if p.Multiplier != 1 {
		return ampel.PathError("multiplier", fmt.Errorf("%d: a process runs once at a time, so only 1 is possible", p.Multiplier))
	}
	return nil
}

func (j *Job) decode(v any) error {
	m, ok := v.(map[string]any)
	if !ok {
		return &ampel.ConfigError{Problem: errors.New("a job is a map")}
	}
	tasks, several := m["task"]
	if !several {
		p, err := one(m)
		if err != nil {
			return err
		}
		j.Name, j.Processes = p.Name, []Process{p}
		return nil
	}
	var head struct {
		Name string `config:"name"`
		Task []any  `config:"task,required"`
	}
	if _, list := tasks.([]any); !list {
		m["task"] = []any{tasks}
	}
	if err := ampel.Decode(v, &head); err != nil {
		return err
	}
	if len(head.Task) == 0 {
		return ampel.PathError("task", errors.New("is empty: name one process at least"))
	}
	j.Name = head.Name
	for i, t := range head.Task {
		at := fmt.Sprintf("task[%d]", i)
		m, ok := t.(map[string]any)
		if !ok {
			return ampel.PathError(at, errors.New("needs a map"))
		}
		if m["unit"] != nil { // a processor without an envelope
			m = map[string]any{"name": fmt.Sprintf("%s#%d", head.Name, i), "processor": m}
		}
		p, err := one(m)
		if err != nil {
			return ampel.PathError(at, err)
		}
		j.Processes = append(j.Processes, p)
	}
	return nil
}

// one reads one process in any of its forms.
func one(m map[string]any) (Process, error) {
	switch {
	case m["template"] != nil:
		var t PeriodicSummary
		if err := ampel.Decode(m, &t); err != nil {
			return Process{}, err
		}
		return t.process()
	case m["processor"] != nil:
		p := Process{Active: true, Multiplier: 1, Tier: 3}
		err := ampel.Decode(m, &p)
		if err == nil && p.Processor.Unit == "T3Processor" {
			p.Processor.Config = named(p.Processor.Config, p.Name)
		}
		return p, err
	case m["directives"] != nil || m["stage"] != nil || m["execute"] != nil:
		name, _ := m["process_name"].(string)
		if name == "" {
			return Process{}, ampel.PathError("process_name", errors.New("is missing"))
		}
		p := Process{Name: name, Active: true, Multiplier: 1, Tier: 3, bare: true}
		p.Processor.Unit, p.Processor.Config = "T3Processor", m
		return p, nil
	}
	return Process{}, &ampel.ConfigError{Problem: errors.New("is no process: there is none of template, processor, directives, execute and stage")}
}

// named gives a processor the name of its process, unless it has one.
func named(c ampel.Config, name string) ampel.Config {
	if c["process_name"] != nil {
		return c
	}
	out := ampel.Config{"process_name": name}
	for k, v := range c {
		out[k] = v
	}
	return out
}

// Check finds mistakes in all processes before anything runs.
func (j *Job) Check(r *ampel.Registry) error {
	var errs []error
	for _, p := range j.Processes {
		if err := p.Processor.Check(r); err != nil {
			errs = append(errs, p.at(err))
		}
	}
	return errors.Join(errs...)
}

// build makes the processors of those that are active.
func (j *Job) build(env *ampel.Env) ([]built, error) {
	var out []built
	var errs []error
	for _, p := range j.Processes {
		if !p.Active {
			continue
		}
		e := *env
		e.Process, e.Channel = p.Name, p.Channel
		r, _, err := p.Processor.Build(&e)
		if err != nil {
			errs = append(errs, p.at(err))
		}
		out = append(out, built{p, r})
	}
	return out, errors.Join(errs...)
}

type built struct {
	Process
	runner ampel.Runner
}

// Run runs the processes one after the other, and tells about each. A process
// that fails does not keep those after it from running, unless its errors are
// raised. Schedules do not matter here.
func (j *Job) Run(ctx context.Context, env *ampel.Env, tell func(Process, ampel.Report)) error {
	all, err := j.build(env)
	if err != nil {
		return err
	}
	for _, p := range all {
		r, err := p.runner.Run(ctx)
		tell(p.Process, r)
		if err != nil {
			return fmt.Errorf("process %s: %w", p.Name, err)
		}
	}
	return nil
}
