package t0

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
)

// batch is what some alerts are to leave in the database, as writes.
type batch struct {
	number     int64
	alerts     int
	accepted   map[ampel.ChannelID]int
	t0, t1, t2 []write
	fresh      []write // documents of new stocks, before tickets name them
	stocks     map[ampel.StockID]*stockChange
	order      []ampel.StockID
}

// stockChange is what the alerts of a batch change in one stock document.
type stockChange struct {
	channels ampel.Labels
	tags     []ampel.Tag
	records  []ampel.JournalRecord
}

// source is what a run says in records.
type source struct {
	process string
	run     int64
	tags    Compiler
	extra   []string
}

// size is that of the largest bulk of the batch.
func (b *batch) size() int {
	return max(len(b.t0), len(b.t1), len(b.t2), len(b.order))
}

// add turns a draft into writes.
func (b *batch) add(d *draft, s *stock, from *source, now ampel.UnixTime) {
	m := mark(d.alert.ID, d.channels)
	r := recorder{run: from.run, now: now, mark: m}
	for _, p := range d.points.list {
		tags := ampel.MergeLabels(ampel.MergeLabels(p.doc.Tag, d.alert.Tag), from.tags.T0.Tag)
		u := update{sets: adds(p.channels, tags), meta: r.record(p.channels, tags, 0)}
		u.sets = append(u.sets, bson.E{Key: "stock", Value: d.alert.Stock})
		u.insert = bson.D{{Key: "body", Value: p.doc.Body}}
		if len(p.doc.Excl) > 0 {
			u.insert = append(u.insert, bson.E{Key: "excl", Value: p.doc.Excl})
		}
		u.expiry = p.doc.Expiry
		b.t0 = append(b.t0, u.write(bson.D{{Key: "id", Value: p.key}}, m))
	}
	for _, t := range d.states.list {
		tags := ampel.MergeLabels(ampel.MergeLabels(t.doc.Tag, d.alert.Tag), from.tags.T1.Tag)
		u := update{sets: adds(t.channels, tags), insert: bson.D{{Key: "dps", Value: t.doc.DPS}}}
		id := bson.D{{Key: "stock", Value: d.alert.Stock}, {Key: "link", Value: t.key.link}}
		var action ampel.MetaAction
		if t.doc.computed {
			id = append(id, bson.E{Key: "unit", Value: t.key.unit}, bson.E{Key: "config", Value: t.key.config})
			body := []ampel.Value{}
			if !t.doc.body.IsNull() {
				body = append(body, t.doc.body)
			}
			u.insert = append(u.insert, bson.E{Key: "code", Value: t.doc.code}, bson.E{Key: "body", Value: body})
			action = ampel.MetaSetCode | ampel.MetaAddBody
		} else {
			id = append(id, bson.E{Key: "unit", Value: bson.D{{Key: "$exists", Value: false}}})
		}
		u.meta = r.record(t.channels, tags, action)
		b.t1 = append(b.t1, u.write(id, m))
	}
	tags := ampel.MergeLabels(d.alert.Tag, from.tags.T2.Tag)
	for _, t := range d.tickets.list {
		u := update{sets: adds(t.channels, tags), meta: r.record(t.channels, tags, 0)}
		u.insert = bson.D{{Key: "code", Value: ampel.CodeNew}, {Key: "body", Value: bson.A{}}}
		if t.key.col != "" {
			u.insert = append(u.insert, bson.E{Key: "col", Value: t.key.col})
		}
		b.t2 = append(b.t2, u.write(bson.D{
			{Key: "stock", Value: d.alert.Stock}, {Key: "unit", Value: t.key.unit},
			{Key: "config", Value: t.key.config}, {Key: "link", Value: t.key.link},
		}, m))
	}
	b.stock(d, s, from, now, m)
	b.alerts++
	for _, c := range d.channels {
		b.accepted[c]++
	}
}

// recorder makes the metadata of one alert. Most documents get the same, so that it
// is encoded once for them.
type recorder struct {
	run  int64
	now  ampel.UnixTime
	mark int64

	channels, tags ampel.Labels
	action         ampel.MetaAction
	last           ampel.Value
}

func (r *recorder) record(channels, tags ampel.Labels, action ampel.MetaAction) ampel.Value {
	if !r.last.IsNull() && r.action == action && slices.Equal(r.channels, channels) && slices.Equal(r.tags, tags) {
		return r.last
	}
	r.channels, r.tags, r.action = channels, tags, action
	if action |= ampel.MetaAddChannel; len(tags) > 0 {
		action |= ampel.MetaIngestTag
	}
	r.last = ampel.MustValue(ampel.MetaRecord{
		Run: r.run, TS: r.now, Channel: channels, Tag: tags, TraceID: map[string]int64{traceKey: r.mark},
		Activity: []ampel.MetaActivity{{Action: action}},
	})
	return r.last
}

// update is what a write does to a document that is made of datapoints.
type update struct {
	sets   bson.D // for $addToSet
	insert bson.D
	meta   ampel.Value
	expiry ampel.Value
}

func adds(channels, tags ampel.Labels) bson.D {
	out := bson.D{{Key: "channel", Value: each(channels)}}
	if len(tags) > 0 {
		out = append(out, bson.E{Key: "tag", Value: each(tags)})
	}
	return out
}

// each is the operand of $addToSet.
func each(l ampel.Labels) any {
	if len(l) == 1 {
		return l[0]
	}
	return bson.D{{Key: "$each", Value: []ampel.Label(l)}}
}

func (u update) write(id bson.D, m int64) write {
	doc := bson.D{
		{Key: "$setOnInsert", Value: u.insert},
		{Key: "$addToSet", Value: u.sets},
		{Key: "$push", Value: bson.D{{Key: "meta", Value: u.meta}}},
	}
	if !u.expiry.IsNull() {
		doc = append(doc, bson.E{Key: "$max", Value: bson.D{{Key: "expiry", Value: u.expiry}}})
	}
	return write{id: id, list: "meta", marks: []int64{m}, update: doc}
}

// stock adds what an alert changes in its stock.
func (b *batch) stock(d *draft, s *stock, from *source, now ampel.UnixTime, m int64) {
	c := b.stocks[d.alert.Stock]
	if c == nil {
		c = &stockChange{}
		b.stocks[d.alert.Stock] = c
		b.order = append(b.order, d.alert.Stock)
	}
	tags := ampel.MergeLabels(d.alert.Tag, from.tags.Stock.Tag)
	action := ampel.StockBumpUpd
	if len(d.points.list) > 0 {
		action |= ampel.T0AddChannel
	}
	if len(d.states.list) > 0 {
		action |= ampel.T1AddChannel
	}
	if len(d.tickets.list) > 0 {
		action |= ampel.T2AddChannel
	}
	if slices.ContainsFunc(d.channels, func(c ampel.ChannelID) bool { return !slices.Contains(s.channels, c) }) {
		action |= ampel.StockAddChannel
	}
	if len(tags) > 0 {
		action |= ampel.StockAddTag
	}
	if len(s.channels) == 0 { // also if a run that was killed has made the document, and nothing more
		insert := bson.D{{Key: "channel", Value: bson.A{}}, {Key: "journal", Value: bson.A{}}, {Key: "ts.any.tied", Value: now}}
		if len(d.alert.Name) > 0 {
			insert = append(insert, bson.E{Key: "name", Value: d.alert.Name})
			action |= ampel.StockAddName
		}
		b.fresh = append(b.fresh, write{
			id:     bson.D{{Key: "stock", Value: d.alert.Stock}},
			update: bson.D{{Key: "$setOnInsert", Value: insert}},
		})
	}
	r := ampel.JournalRecord{
		TS: now, Process: from.process, Run: from.run, Action: action, Channel: d.channels, Tag: tags,
		TraceID: map[string]int64{traceKey: m}, More: map[string]ampel.Value{"alert": ampel.MustValue(d.alert.ID)},
	}
	if len(d.links) > 0 {
		r.More["link"] = ampel.MustValue(d.links)
	}
	if d.empty {
		r.More["combine_empty"] = ampel.MustValue(true)
	}
	if extra := extraOf(d.alert, from.extra); len(extra) > 0 {
		r.Extra = ampel.MustValue(extra)
	}
	c.channels, c.tags = ampel.MergeLabels(c.channels, d.channels), ampel.MergeLabels(c.tags, tags)
	c.records = append(c.records, r)
}

func extraOf(a *Alert, keys []string) map[string]ampel.Value {
	out := map[string]ampel.Value{}
	for _, k := range keys {
		if v, ok := a.Extra[k]; ok {
			out[k] = v
		}
	}
	return out
}

// write is the update of a stock document with the records whose marks are not
// in done.
func (c *stockChange) write(id ampel.StockID, done map[int64]bool) write {
	w := write{id: bson.D{{Key: "stock", Value: id}}, list: "journal"}
	var records []ampel.JournalRecord
	var last ampel.UnixTime
	first := c.records[0].TS
	for _, r := range c.records {
		if !done[r.TraceID[traceKey]] {
			records, w.marks = append(records, r), append(w.marks, r.TraceID[traceKey])
		}
		first, last = min(first, r.TS), max(last, r.TS)
	}
	earliest := bson.D{}
	latest := bson.D{{Key: "ts.any.upd", Value: last}}
	for _, ch := range c.channels {
		earliest = append(earliest, bson.E{Key: "ts." + ch.String() + ".tied", Value: first})
		latest = append(latest, bson.E{Key: "ts." + ch.String() + ".upd", Value: last})
	}
	w.update = bson.D{
		{Key: "$addToSet", Value: adds(c.channels, c.tags)},
		{Key: "$min", Value: earliest},
		{Key: "$max", Value: latest},
		{Key: "$push", Value: bson.D{{Key: "journal", Value: bson.D{{Key: "$each", Value: records}}}}},
		{Key: "$setOnInsert", Value: bson.D{{Key: "ts.any.tied", Value: first}}},
	}
	return w
}

// write is one upsert that can be done again without doing anything twice.
type write struct {
	id     bson.D
	list   string // where the marks are: "meta", "journal", or empty
	marks  []int64
	update bson.D
}

// op is an upsert that finds the document unless it has one of the marks. If it
// has, the upsert tries to insert, and the unique index refuses that.
func (w write) op() docdb.Write {
	filter := w.id
	switch path := w.list + ".traceid." + traceKey; len(w.marks) {
	case 0:
	case 1:
		filter = append(slices.Clip(filter), bson.E{Key: path, Value: bson.D{{Key: "$ne", Value: w.marks[0]}}})
	default:
		filter = append(slices.Clip(filter), bson.E{Key: path, Value: bson.D{{Key: "$nin", Value: w.marks}}})
	}
	return docdb.UpdateOne(filter, w.update, docdb.Upsert())
}
