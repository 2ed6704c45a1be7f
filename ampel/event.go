package ampel

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// EventDocument is the record of one run, in collection "event". The time when
// the run began is that of its _id.
type EventDocument struct {
	ID       bson.ObjectID    `bson:"_id"`
	Process  string           `bson:"process"`
	Run      int64            `bson:"run"`
	Tier     *int64           `bson:"tier,omitempty"`
	Code     EventCode        `bson:"code"`
	Duration float64          `bson:"duration,omitempty"`
	JobID    int64            `bson:"jobid,omitempty"`
	Task     int64            `bson:"task,omitempty"`
	Version  string           `bson:"version,omitempty"`
	Channel  Labels           `bson:"channel,omitempty"`
	More     map[string]Value `bson:",inline"`
}

// EventOptions describe a run.
type EventOptions struct {
	Process  string
	Tier     int64
	Channel  Labels
	JobID    int64
	RaiseExc bool // errors end the run and are returned, not stored
	Hidden   bool // no event and no trouble is stored
	Now      func() time.Time
}

// Event follows one run: its number, its code and its errors. It may be used by
// many goroutines.
type Event struct {
	db      *Database // nil: nothing is stored
	opts    EventOptions
	id      bson.ObjectID
	run     int64
	start   time.Time
	mu      sync.Mutex
	code    EventCode
	decided bool
	extra   map[string]any
	codes   []DocumentCode
	errs    []error
}

// StartEvent takes a run number and stores the event as RUNNING. With a nil
// database, or Hidden, nothing is stored; the number is 0 then, or taken all
// the same if there is a database.
func StartEvent(ctx context.Context, db *Database, opts EventOptions) (*Event, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	e := &Event{db: db, opts: opts, start: opts.Now(), code: EventRunning, extra: map[string]any{}}
	e.id = bson.NewObjectIDFromTimestamp(e.start)
	if db == nil {
		return e, nil
	}
	run, err := db.NextRun(ctx)
	if err != nil {
		return nil, err
	}
	e.run = run
	if opts.Hidden {
		e.db = nil
		return e, nil
	}
	doc := EventDocument{ID: e.id, Process: opts.Process, Run: run, Code: EventRunning, JobID: opts.JobID, Channel: opts.Channel}
	if _, err := db.Collection(ColNameEvent).InsertOne(ctx, doc); err != nil {
		e.withdraw(ctx)
		return nil, fmt.Errorf("ampel: event: %w", err)
	}
	return e, nil
}

// SkipEvent stores that a run found nothing to do, as PRE_CHECK_EXIT. It takes no
// run number.
func SkipEvent(ctx context.Context, db *Database, opts EventOptions) error {
	if opts.Hidden {
		return nil
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	doc := EventDocument{
		ID: bson.NewObjectIDFromTimestamp(opts.Now()), Process: opts.Process, Tier: &opts.Tier,
		Code: EventPreCheckExit, JobID: opts.JobID, Channel: opts.Channel,
	}
	if _, err := db.Collection(ColNameEvent).InsertOne(ctx, doc); err != nil {
		return fmt.Errorf("ampel: event: %w", err)
	}
	return nil
}

// withdraw makes an exception of an event that may have been stored although its
// insertion failed: the run does not take place.
func (e *Event) withdraw(ctx context.Context) {
	_ = Finish(ctx, func(ctx context.Context) error { // the error of the insertion is the one to report
		_, err := e.db.Collection(ColNameEvent).UpdateOne(ctx,
			bson.D{{Key: "_id", Value: e.id}}, bson.D{{Key: "$set", Value: bson.D{{Key: "code", Value: EventException}}}})
		return err
	})
}

// Run returns the number of the run, 0 without a database.
func (e *Event) Run() int64 { return e.run }

// Start returns when the run began.
func (e *Event) Start() time.Time { return e.start }

// Code returns how the run stands.
func (e *Event) Code() EventCode {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.code
}

// SetCode sets how the run ends. An exception cannot be taken back.
func (e *Event) SetCode(c EventCode) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.code != EventException {
		e.code, e.decided = c, true
	}
}

// Errors returns the errors of the run so far.
func (e *Event) Errors() []error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.errs)
}

// Set adds a key to the event document.
func (e *Event) Set(key string, v any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.extra[key] = v
}

// HandleError takes note of an error: the event is an EXCEPTION, or ABORTED if
// the context was canceled. If errors are to be raised it returns err, else it
// stores a trouble document and returns nil; t may say more about the error.
// If the trouble cannot be stored, both errors are returned.
func (e *Event) HandleError(ctx context.Context, err error, t Trouble) error {
	if err == nil {
		return nil
	}
	e.mu.Lock()
	e.errs = append(e.errs, err)
	e.mu.Unlock()
	if ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx))) {
		e.SetCode(EventAborted)
		return err
	}
	e.SetCode(EventException)
	e.mu.Lock()
	if t.Code != 0 {
		e.codes = append(e.codes, t.Code)
	}
	e.mu.Unlock()
	if e.opts.RaiseExc {
		return err
	}
	if e.db == nil {
		return nil
	}
	t.Tier, t.Run, t.Process, t.Msg, t.Exception = e.opts.Tier, e.run, e.opts.Process, err.Error(), stackOf(err)
	if len(t.Channel) == 0 {
		t.Channel = e.opts.Channel
	}
	failed := Finish(ctx, func(ctx context.Context) error { return e.db.Report(ctx, t, e.opts.Now()) })
	if failed != nil {
		return errors.Join(err, failed)
	}
	return nil
}

// End stores how the run ended: OK unless something else was said. It does so
// even if ctx is canceled, see Finish, and tries twice.
func (e *Event) End(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.decided {
		e.code = EventOK
	}
	if e.db == nil {
		return nil
	}
	seconds := math.Round(e.opts.Now().Sub(e.start).Seconds()*1000) / 1000
	set := bson.M{"code": e.code, "tier": e.opts.Tier, "duration": seconds}
	if len(e.codes) > 0 {
		set["errors"] = e.codes
	}
	maps.Copy(set, e.extra)
	v, err := NewValue(set)
	if err != nil {
		return err
	}
	store := func(ctx context.Context) error {
		_, err := e.db.Collection(ColNameEvent).UpdateOne(ctx, bson.D{{Key: "_id", Value: e.id}}, bson.D{{Key: "$set", Value: v}})
		return err
	}
	if err = Finish(ctx, store); err != nil {
		err = Finish(ctx, store) // doing it twice is the same as once
	}
	if err != nil {
		e.code = EventException // though nobody can read it there
		return fmt.Errorf("ampel: event: %w", err)
	}
	return nil
}
