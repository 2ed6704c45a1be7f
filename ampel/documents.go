package ampel

import (
	"math"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// UnixTime is a time in seconds. Whole seconds are stored as whole numbers.
type UnixTime float64

// At returns the UnixTime of t, with fractions of a second.
func At(t time.Time) UnixTime { return UnixTime(float64(t.UnixMicro()) / 1e6) }

// Time returns the time in UTC, to the microsecond.
func (t UnixTime) Time() time.Time { return time.UnixMicro(int64(math.Round(float64(t) * 1e6))).UTC() }

// MarshalBSONValue writes an int64 if there is no fraction, else a double.
func (t UnixTime) MarshalBSONValue() (byte, []byte, error) {
	var v any = float64(t)
	if n := int64(t); UnixTime(n) == t {
		v = n
	}
	typ, data, err := bson.MarshalValue(v)
	return byte(typ), data, err
}

// StockDocument is what is known about a stock, in collection "stock".
type StockDocument struct {
	Stock   StockID              `bson:"stock"`
	Origin  int64                `bson:"origin,omitempty"`
	Channel []ChannelID          `bson:"channel"`
	Tag     []Tag                `bson:"tag,omitempty"`
	Name    []Label              `bson:"name,omitempty"`
	Journal []JournalRecord      `bson:"journal"`
	TS      map[string]StockTime `bson:"ts,omitempty"`
	Updated UnixTime             `bson:"updated,omitempty"`
	Body    Value                `bson:"body,omitempty"`
}

// StockTime tells when a stock joined a channel and when it last changed there.
// The channel "any" stands for all of them.
type StockTime struct {
	Tied UnixTime `bson:"tied,omitempty"`
	Upd  UnixTime `bson:"upd,omitempty"`
}

// JournalRecord is one entry of the log inside a stock document.
type JournalRecord struct {
	Tier     int64            `bson:"tier"` // -1 for operations, else 0 to 3
	TS       UnixTime         `bson:"ts"`
	Process  string           `bson:"process,omitempty"`
	Run      int64            `bson:"run,omitempty"`
	Action   JournalAction    `bson:"action"`
	Unit     string           `bson:"unit,omitempty"`
	Channel  Labels           `bson:"channel,omitempty"`
	Tag      Labels           `bson:"tag,omitempty"`
	Code     DocumentCode     `bson:"code,omitempty"`
	Duration float64          `bson:"duration,omitempty"`
	TraceID  map[string]int64 `bson:"traceid,omitempty"`
	Doc      Value            `bson:"doc,omitempty"`
	Extra    Value            `bson:"extra,omitempty"`
	// More holds keys that have no field here, such as alert, link and upsert of
	// records of tier 0.
	More map[string]Value `bson:",inline"`
}

// DataPoint is a measurement, in collection "t0". By convention photometric
// points with a positive id are detections and those with a negative one are
// upper limits.
type DataPoint struct {
	ID      int64        `bson:"id"`
	Stock   []StockID    `bson:"stock"`
	Channel []ChannelID  `bson:"channel,omitempty"`
	Tag     []Tag        `bson:"tag,omitempty"`
	Origin  int64        `bson:"origin,omitempty"`
	Excl    []ChannelID  `bson:"excl,omitempty"`
	Expiry  Value        `bson:"expiry,omitempty"`
	Meta    []MetaRecord `bson:"meta,omitempty"`
	Body    Value        `bson:"body,omitempty"`
}

// T1Document is a state of a stock: a set of datapoints, in collection "t1".
type T1Document struct {
	DocID   Value        `bson:"_id,omitempty"`
	Stock   StockID      `bson:"stock"`
	Link    int64        `bson:"link"`
	DPS     []int64      `bson:"dps"`
	Channel []ChannelID  `bson:"channel"`
	Tag     []Tag        `bson:"tag,omitempty"`
	Origin  int64        `bson:"origin,omitempty"`
	Unit    string       `bson:"unit,omitempty"`
	Config  Value        `bson:"config,omitempty"`
	Code    DocumentCode `bson:"code,omitempty"`
	Meta    []MetaRecord `bson:"meta,omitempty"`
	Body    []Value      `bson:"body,omitempty"`
	Expiry  Value        `bson:"expiry,omitempty"`
}

// Columns that T2 documents are bound to. Absent means T1.
const (
	ColStock = "stock"
	ColT0    = "t0"
)

// T2Document is a ticket and the results of its unit, in collection "t2". Its
// identity is (stock, unit, config, link).
type T2Document struct {
	DocID   Value        `bson:"_id,omitempty"`
	Stock   StockID      `bson:"stock"`
	Unit    string       `bson:"unit"`
	Config  Value        `bson:"config"` // null, the number of a configuration, or the configuration
	Link    Link         `bson:"link"`
	Col     string       `bson:"col,omitempty"`
	Channel []ChannelID  `bson:"channel"`
	Tag     []Tag        `bson:"tag,omitempty"`
	Origin  int64        `bson:"origin,omitempty"`
	Code    DocumentCode `bson:"code"`
	Meta    []MetaRecord `bson:"meta,omitempty"`
	Body    []Value      `bson:"body,omitempty"`
	Expiry  Value        `bson:"expiry,omitempty"`
}

// T3Document is the result of a T3 unit, in collection "t3".
type T3Document struct {
	DocID    Value        `bson:"_id,omitempty"`
	Process  string       `bson:"process"`
	Unit     string       `bson:"unit"`
	ConfID   int64        `bson:"confid"`
	Config   Value        `bson:"config,omitempty"`
	Tag      Labels       `bson:"tag,omitempty"`
	Channel  Labels       `bson:"channel,omitempty"`
	Code     DocumentCode `bson:"code"`
	Meta     *MetaRecord  `bson:"meta"`
	Session  Value        `bson:"session,omitempty"`
	Stock    []StockID    `bson:"stock,omitempty"`
	Datetime string       `bson:"datetime,omitempty"`
	Body     Value        `bson:"body,omitempty"`
	Origin   int64        `bson:"origin,omitempty"`
}

// MetaRecord tells who changed a document.
type MetaRecord struct {
	Run        int64            `bson:"run,omitempty"`
	TS         UnixTime         `bson:"ts"`
	Tier       int64            `bson:"tier"`
	Process    string           `bson:"process,omitempty"`
	Channel    Labels           `bson:"channel,omitempty"`
	Tag        Labels           `bson:"tag,omitempty"`
	Code       *DocumentCode    `bson:"code,omitempty"`
	Duration   float64          `bson:"duration,omitempty"`
	Activity   []MetaActivity   `bson:"activity,omitempty"`
	TraceID    map[string]int64 `bson:"traceid,omitempty"`
	JobID      int64            `bson:"jobid,omitempty"`
	RetryAfter UnixTime         `bson:"retry_after,omitempty"`
	Extra      Value            `bson:"extra,omitempty"`
}

// MetaActivity is one thing that was done.
type MetaActivity struct {
	Action  MetaAction    `bson:"action"`
	Tag     Labels        `bson:"tag,omitempty"`
	Channel Labels        `bson:"channel,omitempty"`
	Excl    []ChannelID   `bson:"excl,omitempty"`
	Code    *DocumentCode `bson:"code,omitempty"`
}

// LogDocument is a line of a log, in collection "log". The time is that of its
// _id.
type LogDocument struct {
	ID      bson.ObjectID `bson:"_id,omitempty"`
	Flags   LogFlag       `bson:"f"`
	Run     int64         `bson:"r,omitempty"`
	Message string        `bson:"m,omitempty"`
	Stock   *StockID      `bson:"s,omitempty"`
	Channel Labels        `bson:"c,omitempty"`
	Unit    string        `bson:"u,omitempty"`
	Alert   int64         `bson:"a,omitempty"`
	Extra   Value         `bson:"x,omitempty"`
	Prov    int64         `bson:"p,omitempty"`
}
