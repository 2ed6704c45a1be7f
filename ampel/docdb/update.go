package docdb

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

// Update is a parsed update. It can be used many times and by many goroutines.
type Update struct {
	doc   bson.Raw
	steps []step
}

// step is what an update does at one path.
type step struct {
	op     string
	text   string
	path   []string
	action action
}

// action computes the new value at a path from the old one, which is missing
// if there is none. Returning the old value as it is changes nothing.
type action interface {
	apply(old raw.Value) (raw.Value, error)
}

// ParseUpdate checks an update against the dialect and compiles it. The update
// is copied. An operator with an empty document does nothing, an update of
// nothing else is an error, and so is a document without operators: docdb
// does not replace documents. Two operators on one path, or on a path and one
// below it, are in conflict. Errors are ErrDialect.
func ParseUpdate(update bson.D) (*Update, error) {
	doc, err := bson.Marshal(update)
	if err != nil || len(update) == 0 {
		return nil, bad("update", "", "needs a document of operators such as $set")
	}
	u := &Update{}
	var taken pathSet
	out, start := raw.Begin(nil)
	seen := map[string]bool{}
	for body := raw.Body(doc); len(body) > 0; {
		name, v, rest, ok := raw.Next(body)
		if !ok {
			return nil, bad("update", "", "damaged BSON")
		}
		body = rest
		op := string(name)
		switch {
		case op == "" || op[0] != '$':
			return nil, bad("update", op, "no operator: to set a field write {$set: {%s: ...}}; replacing documents is not in the dialect", op)
		case parsers[op] == nil:
			return nil, bad("update", op, "not an operator of the dialect; there are $set $setOnInsert $unset $inc $min $max $push $addToSet $pull")
		case v.T != raw.Object:
			return nil, bad("update", op, "needs a document of fields")
		case seen[op]:
			return nil, bad("update", op, "appears twice: put the fields into one document")
		}
		seen[op] = true
		if len(v.D) == 5 {
			continue // servers disagree on whether that is allowed
		}
		if err := u.operator(op, v, &taken); err != nil {
			return nil, err
		}
		out = raw.AppendElement(out, op, v)
	}
	if len(u.steps) == 0 {
		return nil, bad("update", "", "all operators are empty: nothing to do")
	}
	u.doc = raw.End(out, start)
	if slices.ContainsFunc(u.steps, func(s step) bool { a, ok := s.action.(pullAction); return ok && a.regex }) {
		u.doc = plainRegexes(u.doc)
	}
	// MongoDB makes new fields in the order of their names, whatever the order
	// in the update; documents come out the same here.
	slices.SortStableFunc(u.steps, func(a, b step) int { return slices.CompareFunc(a.path, b.path, comparePart) })
	return u, nil
}

// comparePart orders path parts: positions by number, before names.
func comparePart(a, b string) int {
	i, aok := raw.Position(a)
	j, bok := raw.Position(b)
	switch {
	case aok && bok:
		return i - j
	case aok:
		return -1
	case bok:
		return 1
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (u *Update) operator(op string, fields raw.Value, taken *pathSet) error {
	for body := fields.Body(); len(body) > 0; {
		name, v, rest, ok := raw.Next(body)
		if !ok {
			return bad("update", op, "damaged BSON")
		}
		body = rest
		text := string(name)
		path, err := splitPath("update", text)
		if err != nil {
			return err
		}
		if !taken.add(path) {
			return bad("update", text, "%s: another operator changes the same path or one above or below it: use two updates", op)
		}
		a, err := parsers[op](text, v)
		if err != nil {
			return err
		}
		u.steps = append(u.steps, step{op, text, path, a})
	}
	return nil
}

// BSON returns the update as BSON, without operators that do nothing. The
// caller must not change it.
func (u *Update) BSON() bson.Raw { return u.doc }

// Apply returns the document as the update leaves it: the same bytes if it
// changes nothing. doc itself is not changed. Errors are ErrUpdate, and then
// nothing of the update is done.
func (u *Update) Apply(doc bson.Raw) (bson.Raw, error) {
	root := tree{kind: raw.Object, fields: open(doc)}
	if err := u.run(&root, false); err != nil {
		return nil, err
	}
	out := root.bson()
	if err := sameID(doc, out); err != nil {
		return nil, err
	}
	return out, checkSize(out)
}

// run applies the steps to a document that is opened.
func (u *Update) run(root *tree, insert bool) error {
	for _, s := range u.steps {
		if s.op == "$setOnInsert" && !insert {
			continue
		}
		if err := root.change(s); err != nil {
			return err
		}
	}
	return nil
}

func sameID(before, after []byte) error {
	a, b := raw.Field(raw.Body(before), "_id"), raw.Field(raw.Body(after), "_id")
	if a.T != b.T || string(a.D) != string(b.D) {
		return &UpdateError{Path: "_id", Problem: "the _id of a document cannot change: insert a new document"}
	}
	return nil
}

func checkSize(doc []byte) error {
	if len(doc) > raw.MaxSize {
		return &UpdateError{Problem: "the document would grow beyond 16 MiB: split it"}
	}
	return nil
}
