package ampel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
)

// TimeDelta is a span of time as configurations write it: {days: -7, hours: 2}.
type TimeDelta struct {
	Weeks        float64 `config:"weeks"`
	Days         float64 `config:"days"`
	Hours        float64 `config:"hours"`
	Minutes      float64 `config:"minutes"`
	Seconds      float64 `config:"seconds"`
	Milliseconds float64 `config:"milliseconds"`
	Microseconds float64 `config:"microseconds"`
}

// Duration returns the sum.
func (d TimeDelta) Duration() time.Duration {
	hours := d.Weeks*7*24 + d.Days*24 + d.Hours
	ns := hours*float64(time.Hour) + d.Minutes*float64(time.Minute) + d.Seconds*float64(time.Second) +
		d.Milliseconds*float64(time.Millisecond) + d.Microseconds*float64(time.Microsecond)
	return time.Duration(ns)
}

// LastRun returns when the last run of a T3 process began that ended well, or
// that ended at all if success is not required. Runs that began before since do
// not count, unless since is zero. ok is false if there was none.
func (d *Database) LastRun(ctx context.Context, process string, since time.Time, success bool) (start time.Time, ok bool, err error) {
	filter := bson.D{{Key: "process", Value: process}, {Key: "tier", Value: int64(3)}}
	if success {
		filter = append(filter, bson.E{Key: "code", Value: int64(EventOK)})
	}
	if !since.IsZero() {
		filter = append(filter, bson.E{Key: "_id", Value: bson.D{{Key: "$gte", Value: FirstID(since)}}})
	}
	raw, err := d.Collection(ColNameEvent).FindOne(ctx, filter, docdb.SortBy(bson.D{{Key: "_id", Value: -1}}))
	switch {
	case errors.Is(err, docdb.ErrNotFound):
		return time.Time{}, false, nil
	case err != nil:
		return time.Time{}, false, fmt.Errorf("ampel: last run of %s: %w", process, err)
	}
	id, ok := raw.Lookup("_id").ObjectIDOK()
	if !ok {
		return time.Time{}, false, fmt.Errorf("ampel: last run of %s: the _id of the event is no object id", process)
	}
	return id.Timestamp(), true, nil
}

// FirstID returns the lowest object id of a second, to ask for documents since.
func FirstID(t time.Time) bson.ObjectID {
	id := bson.NewObjectIDFromTimestamp(t)
	for i := 4; i < len(id); i++ {
		id[i] = 0
	}
	return id
}

// AlertCount adds up metrics.count.alerts of the events that began after a time.
func (d *Database) AlertCount(ctx context.Context, after time.Time) (int64, error) {
	filter := bson.D{
		{Key: "_id", Value: bson.D{{Key: "$gt", Value: FirstID(after)}}},
		{Key: "metrics.count.alerts", Value: bson.D{{Key: "$exists", Value: true}}},
	}
	var sum int64
	for raw, err := range d.Collection(ColNameEvent).Find(ctx, filter, docdb.Fields(bson.D{{Key: "metrics", Value: 1}})) {
		if err != nil {
			return 0, fmt.Errorf("ampel: alert count: %w", err)
		}
		if n, ok := wholeNumber(raw.Lookup("metrics", "count", "alerts")); ok {
			sum += n
		}
	}
	return sum, nil
}
