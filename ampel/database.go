package ampel

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
)

// Names of the collections.
const (
	ColNameStock   = "stock"
	ColNameT0      = "t0"
	ColNameT1      = "t1"
	ColNameT2      = "t2"
	ColNameT3      = "t3"
	ColNameLog     = "log"
	ColNameEvent   = "event"
	ColNameTrouble = "trouble"
	ColNameConf    = "conf"
	ColNameCounter = "counter"
)

// indexes are those that the tiers search by. The unique ones are the identities
// of documents, so that two processes cannot both insert one.
var indexes = map[string][]docdb.Index{
	ColNameStock:   {{Keys: []string{"stock"}, Unique: true}},
	ColNameT0:      {{Keys: []string{"id"}, Unique: true}, {Keys: []string{"stock"}, Sparse: true}},
	ColNameT1:      {{Keys: []string{"stock", "link", "unit", "config"}, Unique: true}, {Keys: []string{"channel"}}, {Keys: []string{"code"}, Sparse: true}},
	ColNameT2:      {{Keys: []string{"stock", "link", "unit", "config"}, Unique: true}, {Keys: []string{"channel"}}, {Keys: []string{"code"}}, {Keys: []string{"meta.ts"}}, {Keys: []string{"claim.ts"}, Sparse: true}},
	ColNameT3:      {{Keys: []string{"process"}}, {Keys: []string{"meta.ts"}}},
	ColNameLog:     {{Keys: []string{"r"}}, {Keys: []string{"s"}, Sparse: true}, {Keys: []string{"c"}, Sparse: true}},
	ColNameEvent:   {{Keys: []string{"process"}}},
	ColNameTrouble: {{Keys: []string{"run"}}},
}

// Database is where the documents of all tiers live. It may be used by many
// goroutines.
type Database struct {
	db      *docdb.DB
	mu      sync.Mutex
	configs map[int64]Value
}

// NewDatabase takes a database that is open and makes the indexes that it lacks.
// Closing it stays with the caller.
func NewDatabase(ctx context.Context, db *docdb.DB) (*Database, error) {
	for _, name := range slices.Sorted(maps.Keys(indexes)) {
		if err := db.Collection(name).EnsureIndexes(ctx, indexes[name]...); err != nil {
			return nil, fmt.Errorf("ampel: database: indexes of %s: %w", name, err)
		}
	}
	return &Database{db: db, configs: map[int64]Value{}}, nil
}

// Collection returns a collection by name.
func (d *Database) Collection(name string) *docdb.Collection { return d.db.Collection(name) }

// WriteTogether does bulks of several collections, see docdb.DB.
func (d *Database) WriteTogether(ctx context.Context, bulks ...*docdb.Bulk) (done int, err error) {
	return d.db.WriteTogether(ctx, bulks...)
}

// NextRun takes the next number of a run: 1, 2, 3, each once.
func (d *Database) NextRun(ctx context.Context) (int64, error) {
	raw, err := d.Collection(ColNameCounter).FindOneAndUpdate(ctx,
		bson.D{{Key: "_id", Value: "current_run_id"}},
		bson.D{{Key: "$inc", Value: bson.D{{Key: "value", Value: int64(1)}}}},
		docdb.Upsert(), docdb.After())
	if err != nil {
		return 0, fmt.Errorf("ampel: run number: %w", err)
	}
	n, ok := wholeNumber(raw.Lookup("value"))
	if !ok {
		return 0, errors.New("ampel: run number: the counter current_run_id holds no number: set its value")
	}
	return n, nil
}

// SaveConfig stores a configuration under its ConfigID, unless it is there, also
// if ctx is canceled: see Finish.
func (d *Database) SaveConfig(ctx context.Context, config Config) (int64, error) {
	id, err := ConfigID(config)
	if err != nil {
		return 0, err
	}
	d.mu.Lock()
	_, known := d.configs[id]
	d.mu.Unlock()
	if known {
		return id, nil
	}
	v, err := NewValue(map[string]any(config))
	if err != nil {
		return 0, err
	}
	filter := bson.D{{Key: "_id", Value: id}}
	set := bson.D{}
	for k, e := range v.Fields() {
		set = append(set, bson.E{Key: k, Value: e})
	}
	err = Finish(ctx, func(ctx context.Context) (err error) {
		if len(set) == 0 {
			_, err = d.Collection(ColNameConf).InsertOne(ctx, filter)
		} else {
			_, err = d.Collection(ColNameConf).UpdateOne(ctx, filter, bson.D{{Key: "$setOnInsert", Value: set}}, docdb.Upsert())
		}
		return err
	})
	if err != nil && !errors.Is(err, docdb.ErrDuplicateKey) {
		return 0, fmt.Errorf("ampel: save config %d: %w", id, err)
	}
	d.mu.Lock()
	d.configs[id] = v
	d.mu.Unlock()
	return id, nil
}

// Config returns the configuration with a number. What was read once is kept.
func (d *Database) Config(id int64) (Value, error) {
	d.mu.Lock()
	v, ok := d.configs[id]
	d.mu.Unlock()
	if ok {
		return v, nil
	}
	raw, err := d.Collection(ColNameConf).FindOne(context.Background(), bson.D{{Key: "_id", Value: id}})
	if err != nil {
		return Value{}, fmt.Errorf("config %d: %w", id, err)
	}
	elements, err := raw.Elements()
	if err != nil {
		return Value{}, fmt.Errorf("config %d: %w", id, err)
	}
	doc := bson.D{}
	for _, e := range elements {
		if e.Key() != "_id" {
			doc = append(doc, bson.E{Key: e.Key(), Value: e.Value()})
		}
	}
	if v, err = NewValue(doc); err != nil {
		return Value{}, err
	}
	d.mu.Lock()
	d.configs[id] = v
	d.mu.Unlock()
	return v, nil
}

// Trouble is what is stored about an error that did not end the program.
type Trouble struct {
	Datetime  string         `bson:"datetime"` // dd/mm/yyyy HH:MM:SS, UTC
	Tier      int64          `bson:"tier"`
	Run       int64          `bson:"run,omitempty"`
	Process   string         `bson:"process"`
	Unit      string         `bson:"unit,omitempty"`
	Code      DocumentCode   `bson:"code,omitempty"`
	Channel   Labels         `bson:"channel,omitempty"`
	Msg       string         `bson:"msg"`
	Exception []string       `bson:"exception,omitempty"` // the stack of a panic
	Extra     map[string]any `bson:",inline"`
}

// maxTrouble is how long a message of a trouble is stored, in bytes.
const maxTrouble = 64 << 10

// Report stores t. Its message may be anything, also very long; of Extra what
// cannot be stored is left out, and told in the message.
func (d *Database) Report(ctx context.Context, t Trouble, now time.Time) error {
	t.Msg = shortened(t.Msg, maxTrouble)
	for i := range t.Exception {
		t.Exception[i] = shortened(t.Exception[i], maxTrouble)
	}
	if err := docdb.Check(bson.M(t.Extra)); err != nil {
		t.Msg, t.Extra = t.Msg+" (what else was known cannot be stored: "+shortened(err.Error(), maxTrouble)+")", nil
	}
	if t.Datetime == "" {
		t.Datetime = now.UTC().Format("02/01/2006 15:04:05")
	}
	if _, err := d.Collection(ColNameTrouble).InsertOne(ctx, t); err != nil {
		return fmt.Errorf("ampel: trouble could not be stored: %w", err)
	}
	return nil
}

// PanicError is a panic of a unit or another part that was plugged in.
type PanicError struct {
	Where string
	Value any
	Stack []byte
}

// NewPanicError makes one of a recovered value. Call it where the panic was
// recovered, so that the stack is the right one.
func NewPanicError(where string, v any) *PanicError {
	return &PanicError{where, v, debug.Stack()}
}

func (e *PanicError) Error() string { return fmt.Sprintf("%s panicked: %v", e.Where, e.Value) }

// Unwrap returns the value of the panic if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// stackOf returns the stack of a panic, line by line.
func stackOf(err error) []string {
	var p *PanicError
	if !errors.As(err, &p) {
		return nil
	}
	return strings.Split(strings.TrimSpace(string(p.Stack)), "\n")
}
