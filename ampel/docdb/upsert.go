package docdb

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

// CheckUpsert tells whether the filter can start a document. Its equalities,
// at the top and below $and, become fields; two on one path are in conflict.
// What MongoDB reads as an equality in some places and not in others ($in of
// one value, $or of one branch, $all) is refused: write the equality.
func (f *Filter) CheckUpsert() error {
	if f.unsure != "" {
		return bad("filter", "", "upsert with %s: write the equality that the new document shall have", f.unsure)
	}
	var taken pathSet
	for _, s := range f.seeds {
		if !taken.add(s.path) {
			return bad("filter", s.text, "upsert: two equalities for one field, or for a field and a part of it: which shall the new document have?")
		}
	}
	return nil
}

// Upsert returns the document that an upsert inserts when nothing matched: the
// equalities of the filter, changed by the update and its $setOnInsert. It has
// an _id, made here if neither says one. Errors are ErrDialect and ErrUpdate.
func (u *Update) Upsert(f *Filter) (bson.Raw, error) {
	if err := f.CheckUpsert(); err != nil {
		return nil, err
	}
	root := tree{kind: raw.Object}
	for _, s := range f.seeds {
		if err := root.change(step{op: "$set", text: s.text, path: s.path, action: setAction{s.v}}); err != nil {
			return nil, err
		}
	}
	seeded := raw.Field(raw.Body(root.bson()), "_id")
	if err := u.run(&root, true); err != nil {
		return nil, err
	}
	doc := root.bson()
	if seeded.Is() {
		if id := raw.Field(raw.Body(doc), "_id"); id.T != seeded.T || string(id.D) != string(seeded.D) {
			return nil, &UpdateError{Path: "_id", Problem: "the filter asks for a different _id: leave it to the filter"}
		}
	}
	doc, err := withID(doc)
	if err != nil {
		return nil, err
	}
	return doc, checkSize(doc)
}

// withID returns the document with its _id in front, made if there is none.
func withID(doc []byte) (bson.Raw, error) {
	body := raw.Body(doc)
	first, id, _, _ := raw.Next(body)
	if string(first) != "_id" {
		id = raw.Field(body, "_id")
	}
	switch {
	case !id.Is():
		oid := bson.NewObjectID()
		id = raw.Value{T: raw.ObjectID, D: oid[:]}
	case id.T == raw.Array || id.T == raw.Regex:
		return nil, bad("document", "_id", "cannot be a list")
	case string(first) == "_id":
		return doc, nil
	}
	out, start := raw.Begin(make([]byte, 0, len(doc)+20))
	out = raw.AppendElement(out, "_id", id)
	for {
		name, v, rest, ok := raw.Next(body)
		if !ok {
			return raw.End(out, start), nil
		}
		if string(name) != "_id" {
			out = raw.AppendElement(out, string(name), v)
		}
		body = rest
	}
}

// Check tells whether InsertOne would take a document: the error is ErrDialect.
func Check(document any) error {
	_, err := encode(document)
	return err
}

// encode turns a value of the caller into a document that can be stored.
func encode(doc any) (bson.Raw, error) {
	b, ok := doc.(bson.Raw)
	if !ok {
		var err error
		if b, err = bson.Marshal(doc); err != nil {
			return nil, bad("document", "", "cannot be written as BSON: %v", err)
		}
	}
	if err := raw.Check(b); err != nil {
		return nil, bad("document", "", "%v", err)
	}
	return withID(b)
}
