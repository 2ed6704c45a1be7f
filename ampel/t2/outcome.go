package t2

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
)

// outcome is what is written about one ticket.
type outcome struct {
	*work
	code  ampel.DocumentCode
	meta  ampel.MetaRecord
	body  ampel.Value
	tag   []ampel.Tag
	entry *entry // nil if the stock is not told
	fault *TicketError
	stack string
	// refused: the database did not take the result.
	refused bool
}

// TicketError is why a ticket has no result.
type TicketError struct {
	Unit  string
	Stock ampel.StockID
	Link  ampel.Link
	Code  ampel.DocumentCode // that the ticket has now
	Err   error
}

func (e *TicketError) Error() string {
	return fmt.Sprintf("ampel: t2: unit %s for stock %v, link %v: %v: %v", e.Unit, e.Stock, e.Link, e.Code, e.Err)
}

// Unwrap returns the cause.
func (e *TicketError) Unwrap() error { return e.Err }

// outcome decides what an answer means.
func (r *run) outcome(w *work, a answer) *outcome {
	o := &outcome{work: w}
	switch {
	case w.verdict != 0:
		o.code = w.verdict
		if !quiet(o.code) {
			o.fail(o.code, w.problem)
		}
		r.note(o, ampel.MetaSetCode, 0, 0)
	case a.Unbuilt:
		o.fail(ampel.CodeException, fmt.Errorf("%s %s: %s", couldNot, w.ticket.Unit, a.Failure))
		r.note(o, ampel.MetaSetCode, 0, a.Duration.Seconds())
	case a.Failure != "":
		o.fail(ampel.CodeException, errors.New(a.Failure))
		o.stack = a.Stack
		r.note(o, ampel.MetaSetCode, 0, a.Duration.Seconds())
	default:
		r.succeed(o, a)
	}
	return o
}

// quiet tells whether a code happens in the normal course of things.
func quiet(c ampel.DocumentCode) bool {
	return c == ampel.T2Pending || c == ampel.T2NoDependency || c == ampel.T2FailedDep
}

func (o *outcome) fail(code ampel.DocumentCode, err error) {
	o.code, o.body, o.tag = code, ampel.Value{}, nil
	o.fault = &TicketError{o.ticket.Unit, o.ticket.Stock, o.ticket.Link, code, err}
}

// succeed is outcome for a unit that has returned something.
func (r *run) succeed(o *outcome, a answer) {
	var x attachment
	if a.Tag != nil {
		if err := bson.Unmarshal(a.Tag, &x); err != nil { // it was encoded by encode
			o.fail(ampel.CodeInternal, err)
		}
	}
	switch {
	case o.fault != nil:
	case a.Null:
		o.fail(ampel.CodeError, errors.New("the unit returned nothing: return a body, or a UnitResult with a code"))
	case a.Coded && a.Code == ampel.CodeRunning:
		o.fail(ampel.CodeError, fmt.Errorf("the unit returned the code %v, which only workers may give", a.Code))
	case a.Code < 0 && a.Kind != 0:
		o.fail(ampel.CodeError, fmt.Errorf("the unit returned a body with the code %v, which says that there is none", a.Code))
	}
	if o.fault != nil {
		r.note(o, ampel.MetaSetCode, 0, a.Duration.Seconds())
		return
	}
	o.code, o.tag = a.Code, x.Tag
	action, journal := ampel.MetaSetCode, ampel.JournalAction(0)
	if a.Coded {
		action, journal = ampel.MetaSetUnitCode, ampel.T2SetCode
	}
	if a.Kind != 0 {
		_ = o.body.UnmarshalBSONValue(a.Kind, a.Body) // never fails
		action |= ampel.MetaAddBody
		journal |= ampel.T2AddBody
	}
	if len(x.Tag) > 0 {
		action |= ampel.MetaUnitTag
		journal |= ampel.T2AddTag
	}
	if x.Journal {
		action |= ampel.MetaExtraJournal
		journal |= ampel.T2ExtraJournal
	}
	r.note(o, action, journal, a.Duration.Seconds())
	if o.entry == nil {
		return
	}
	o.entry.Bump = true
	o.entry.Record.Action |= ampel.StockBumpUpd
	o.meta.Activity[0].Action |= ampel.MetaBumpStockUpd
	if x.Journal {
		rec := &o.entry.Record
		rec.Tag = ampel.MergeLabels(rec.Tag, x.JTag)
		if x.JCode > 0 {
			rec.Code = ampel.DocumentCode(x.JCode)
		}
		if len(x.JExtra) > 0 {
			rec.Extra, _ = ampel.NewValue(x.JExtra) // it was encoded before
		}
	}
}

// note makes the metadata, and the journal record of what will not be tried again.
func (r *run) note(o *outcome, action ampel.MetaAction, journal ampel.JournalAction, seconds float64) {
	now := ampel.At(r.env.Time())
	seconds = math.Round(seconds*1000) / 1000
	code := o.code
	activity := ampel.MetaActivity{Action: action, Tag: ampel.Labels(o.tag)}
	o.meta = ampel.MetaRecord{
		Run: r.event.Run(), TS: now, Tier: 2, Process: r.conf.Name, Tag: r.conf.MTag, Code: &code,
		Duration: seconds, Activity: []ampel.MetaActivity{activity}, JobID: r.conf.JobSig,
	}
	if b := r.conf.BackoffOnRetry; b != nil && slices.Contains(b.Codes, code) {
		o.meta.RetryAfter = now + ampel.UnixTime(math.Ceil(b.seconds(o.ticket.tries())))
	}
	if code < 0 && slices.Contains(r.conf.CodeMatch, code) {
		return
	}
	rec := ampel.JournalRecord{
		Tier: 2, TS: now, Process: r.conf.Name, Run: r.event.Run(), Action: journal, Unit: o.ticket.Unit,
		Tag: r.conf.JTag, Duration: seconds, TraceID: map[string]int64{traceClaim: o.claim.ID},
	}
	_ = rec.Doc.UnmarshalBSONValue(byte(o.ticket.ID.Type), o.ticket.ID.Value) // never fails
	if code != ampel.OK {
		rec.Code = code
		rec.Action |= ampel.T2SetCode
	}
	o.entry = &entry{Record: rec}
}

// traceClaim is the key of a journal record that tells it from all others.
const traceClaim = "claim"

// update is the outcome as an update of the ticket.
func (o *outcome) update() bson.D {
	push := bson.D{{Key: "meta", Value: o.meta}}
	if !o.body.IsNull() {
		push = append(push, bson.E{Key: "body", Value: o.body})
	}
	set := bson.D{{Key: "code", Value: o.code}}
	up := bson.D{{Key: "$push", Value: push}}
	if o.entry != nil {
		set = append(set, bson.E{Key: "claim.entry", Value: o.entry})
	} else {
		up = append(up, bson.E{Key: "$unset", Value: bson.D{{Key: "claim", Value: ""}}})
	}
	if len(o.tag) > 0 {
		up = append(up, bson.E{Key: "$addToSet", Value: bson.D{{Key: "tag", Value: bson.D{{Key: "$each", Value: o.tag}}}}})
	}
	return append(up, bson.E{Key: "$set", Value: set})
}

// trouble is the outcome as a trouble document.
func (r *run) trouble(o *outcome) ampel.Trouble {
	t := ampel.Trouble{
		Datetime: r.env.Time().UTC().Format("02/01/2006 15:04:05"), Tier: 2, Run: r.event.Run(), Process: r.conf.Name,
		Unit: o.ticket.Unit, Code: o.code, Channel: o.ticket.Channel, Msg: o.fault.Err.Error(),
		Extra: map[string]any{"stock": o.ticket.Stock, "link": o.ticket.Link, "doc": o.ticket.ID},
	}
	if o.stack != "" {
		t.Exception = strings.Split(strings.TrimSpace(o.stack), "\n")
	}
	return t
}
