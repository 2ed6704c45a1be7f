package t2

import (
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
)

// ticket is what a worker reads of a T2 document.
type ticket struct {
	ID      bson.RawValue      `bson:"_id"`
	Stock   ampel.StockID      `bson:"stock"`
	Unit    string             `bson:"unit"`
	Config  ampel.Value        `bson:"config"`
	Link    ampel.Link         `bson:"link"`
	Col     string             `bson:"col"`
	Channel []ampel.ChannelID  `bson:"channel"`
	Code    ampel.DocumentCode `bson:"code"`
	Meta    []trial            `bson:"meta"`
	Claim   *claim             `bson:"claim"`
}

// trial is what counts of a metadata record.
type trial struct {
	Tier       int64          `bson:"tier"`
	TS         ampel.UnixTime `bson:"ts"`
	RetryAfter ampel.UnixTime `bson:"retry_after"`
}

// ticketFields leaves out the results, which may be large.
var ticketFields = bson.D{
	{Key: "stock", Value: 1}, {Key: "unit", Value: 1}, {Key: "config", Value: 1}, {Key: "link", Value: 1},
	{Key: "col", Value: 1}, {Key: "channel", Value: 1}, {Key: "code", Value: 1}, {Key: "claim", Value: 1},
	{Key: "meta.tier", Value: 1}, {Key: "meta.ts", Value: 1}, {Key: "meta.retry_after", Value: 1},
}

// claim is the field of a T2 document that says whose it is: from the moment when a
// worker takes the ticket to the one when the journal of its stock knows the result.
type claim struct {
	ID    int64              `bson:"id"`    // of this claim
	Owner int64              `bson:"owner"` // of all claims of a run
	TS    ampel.UnixTime     `bson:"ts"`    // the last sign of life
	Run   int64              `bson:"run"`
	Host  string             `bson:"host"`
	PID   int                `bson:"pid"`
	Code  ampel.DocumentCode `bson:"code"`            // what the ticket goes back to if it is not run
	Lost  int                `bson:"lost,omitempty"`  // how many claims were lost before
	Entry *entry             `bson:"entry,omitempty"` // set with the result
}

// entry is what the stock has to be told about a result.
type entry struct {
	Record ampel.JournalRecord `bson:"record"`
	Bump   bool                `bson:"bump"` // there is something new to see
}

func (t *ticket) kind() ampel.T2Type {
	switch t.Col {
	case ampel.ColStock:
		return ampel.T2Stock
	case ampel.ColT0:
		return ampel.T2Point
	}
	return ampel.T2State
}

// tries is how often the ticket was tried, as far as somebody lived to tell of it.
func (t *ticket) tries() int {
	n := 0
	for _, m := range t.Meta {
		if m.Tier == 2 {
			n++
		}
	}
	return n
}

// key is the identity as a key of maps.
func (t *ticket) key() string { return string(t.ID.Type) + string(t.ID.Value) }

// free tells whether the ticket may be taken.
func (c *Worker) free(t *ticket, now time.Time) bool {
	if t.Claim != nil || !slices.Contains(c.CodeMatch, t.Code) {
		return false
	}
	if len(t.Meta) == 0 {
		return true
	}
	last := t.Meta[len(t.Meta)-1]
	at := ampel.At(now)
	return last.RetryAfter <= at && (c.MinDocAge == 0 || last.TS < at-ampel.UnixTime(c.MinDocAge))
}

// abandoned tells whether whoever took the ticket is gone, and it was not run.
func (c *Worker) abandoned(t *ticket, now time.Time) bool {
	return t.Claim != nil && t.Claim.Entry == nil && t.Code == ampel.CodeRunning && c.stale(t.Claim, now)
}

func (c *Worker) stale(l *claim, now time.Time) bool {
	return l.TS < ampel.At(now.Add(-c.StaleAfter))
}
