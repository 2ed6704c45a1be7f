package t2

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/pl"
)

// job is a unit to run and all that it needs, as documents: it can go to another
// process. Exported fields are what encoding/gob sends.
type job struct {
	ID      int64              // which one of its run
	Unit    string             // its name
	Config  []byte             // a document, nil for none; without dependencies
	Input   [][]byte           // the document of the ticket's link, of a state also its points
	Results [][]byte           // T2 documents of the dependencies
	Configs map[int64][]byte   // what Results name by number
	Verdict ampel.DocumentCode // if it is not zero there is nothing to run
}

// answer is what became of a job.
type answer struct {
	ID       int64
	Verdict  ampel.DocumentCode // that of the job
	Coded    bool               // the unit said which code
	Code     ampel.DocumentCode
	Kind     byte   // type of the body, 0 for none
	Body     []byte // encoded
	Tag      []byte // a document with the tags and the journal of a UnitResult, or nil
	Null     bool   // the unit returned nothing
	Failure  string // the unit failed, if it is not empty
	Unbuilt  bool   // it could not even be built
	Stack    string // of a panic
	Duration time.Duration
}

// attachment is what Tag of an answer holds.
type attachment struct {
	Tag     []ampel.Tag    `bson:"t,omitempty"`
	Journal bool           `bson:"j"`
	JTag    ampel.Labels   `bson:"jt,omitempty"`
	JCode   int64          `bson:"jc,omitempty"`
	JExtra  map[string]any `bson:"je,omitempty"`
}

// perform runs a job. Each worker has a bench with units of its own.
var perform = pl.RegisterWith(
	pl.OnStart(func(context.Context, pl.Worker) (bench, error) { return bench{}, nil }),
	performJob, pl.As("ampel/t2.perform"))

// bench are the units of one worker: by name and configuration.
type bench map[string]map[string]unit

func performJob(ctx context.Context, b bench, t job) (answer, error) {
	if t.Verdict != 0 {
		return answer{ID: t.ID, Verdict: t.Verdict}, nil
	}
	begun := time.Now()
	a := b.answer(ctx, t)
	if err := ctx.Err(); err != nil && a.Failure != "" {
		return answer{}, err // whoever ended it knows why
	}
	a.ID, a.Duration = t.ID, time.Since(begun)
	return a, nil
}

func (b bench) answer(ctx context.Context, t job) (a answer) {
	u, err := b.unit(t)
	if err != nil {
		return answer{Failure: err.Error(), Unbuilt: true}
	}
	defer func() {
		if v := recover(); v != nil {
			delete(b, t.Unit) // who knows what state it is in
			a = answer{Failure: fmt.Sprintf("the unit panicked: %v", v), Stack: string(debug.Stack())}
		}
	}()
	var results []*ampel.T2DocView
	for _, raw := range t.Results {
		var d ampel.T2Document
		if err := bson.Unmarshal(raw, &d); err != nil {
			return answer{Failure: fmt.Sprintf("a result cannot be read: %v", err)}
		}
		d.Channel = nil // a result is the same for all
		v, err := ampel.NewT2DocView(d, configs(t.Configs))
		if err != nil {
			return answer{Failure: err.Error()}
		}
		results = append(results, v)
	}
	result, err := u.run(ctx, t.Input, results)
	if err != nil {
		return answer{Failure: err.Error()}
	}
	a, err = encode(result)
	if err != nil {
		return answer{Failure: fmt.Sprintf("the result cannot be stored: %v", err)}
	}
	return a
}

// unit returns the unit of a job; it is built once.
func (b bench) unit(t job) (unit, error) {
	if u := b[t.Unit][string(t.Config)]; u != nil {
		return u, nil
	}
	conf, err := configOf(t.Config)
	if err != nil {
		return nil, err
	}
	u, _, err := ampel.UnitOf[unit]{UnitModel: ampel.UnitModel{Unit: t.Unit, Config: conf}}.Build(&ampel.Env{Units: units})
	if err != nil {
		return nil, err
	}
	if b[t.Unit] == nil {
		b[t.Unit] = map[string]unit{}
	}
	b[t.Unit][string(t.Config)] = u
	return u, nil
}

func configOf(raw []byte) (ampel.Config, error) {
	if raw == nil {
		return nil, nil
	}
	var v ampel.Value
	err := v.UnmarshalBSONValue(byte(bson.TypeEmbeddedDocument), raw)
	conf, _ := v.Any().(map[string]any)
	return conf, err
}

// encode turns the result of a unit into an answer.
func encode(result any) (answer, error) {
	r, ok := result.(*UnitResult)
	if v, value := result.(UnitResult); value {
		r, ok = &v, true
	}
	if ok && r == nil || !ok && result == nil {
		return answer{Null: true}, nil
	}
	if !ok {
		r = &UnitResult{Body: result}
	}
	var a answer
	if r.Code != nil { // gob does not tell a pointer to zero from none
		a.Coded, a.Code = true, *r.Code
	}
	if len(r.Tag) > 0 || r.Journal != nil {
		x := attachment{Tag: r.Tag}
		if j := r.Journal; j != nil {
			x.Journal, x.JTag, x.JCode, x.JExtra = true, j.Tag, int64(j.Code), j.Extra
		}
		var err error
		if a.Tag, err = bson.Marshal(x); err != nil {
			return answer{}, err
		}
	}
	v, err := ampel.NewValue(r.Body)
	if err != nil {
		return answer{}, err
	}
	if v.IsNull() {
		a.Null = !ok
		return a, nil
	}
	a.Kind, a.Body, err = v.MarshalBSONValue()
	return a, err
}

// configs are those that came with a job.
type configs map[int64][]byte

// Config finds one; null if nobody knows it.
func (c configs) Config(id int64) (v ampel.Value, err error) {
	if raw, ok := c[id]; ok {
		err = v.UnmarshalBSONValue(byte(bson.TypeEmbeddedDocument), raw)
	}
	return v, err
}
