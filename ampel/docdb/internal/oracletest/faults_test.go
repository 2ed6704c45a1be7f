package oracletest

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// knownMatchFault tells whether lungo is known to be wrong about a match:
//   - null and a list of documents: it does not see that one of them lacks the
//     field;
//   - a list in a document of a list: it puts such lists together into one, and
//     takes values of several documents for one list;
//   - $all of lists: a path through an empty list counts as an empty list;
//   - an empty $elemMatch: it does not match a document;
//   - $elemMatch and null: it takes null for a document that lacks the field;
//   - documents that are less or greater: it compares the names of the fields
//     before the types of their values.
func knownMatchFault(filter, doc bson.Raw) bool {
	null := anyValue(filter, func(_ string, v bson.RawValue) bool { return v.Type == bson.TypeNull })
	order := anyValue(filter, func(name string, v bson.RawValue) bool {
		return orders[name] && hasDocument(v) || name == "$elemMatch" && len(v.Value) == 5 ||
			name == "$all" && anyValue(v.Value, func(_ string, e bson.RawValue) bool { return e.Type == bson.TypeArray })
	})
	merged := named(filter, "$elemMatch") || named(filter, "$size") || named(filter, "$all")
	nullThere := anyValue(doc, func(_ string, v bson.RawValue) bool { return v.Type == bson.TypeNull })
	if (null || nullThere) && named(filter, "$elemMatch") {
		return true
	}
	return (null || merged) && anyValue(doc, listOfDocuments) || anyValue(doc, listBelowList) || order
}

// knownUpdateFault tells whether lungo is known to be wrong about an update:
//   - an empty $each: it does not look where it would go;
//   - $sort by fields: it refuses elements that are no documents, which MongoDB
//     sorts as if they had none of the fields;
//   - the order of documents, as above;
//   - several positions in a list: it goes by the order in the update, MongoDB
//     by the order of the paths.
func knownUpdateFault(update, doc bson.Raw) bool {
	positions := 0
	anyValue(update, func(name string, _ bson.RawValue) bool {
		if strings.Contains(name, ".0") || strings.Contains(name, ".1") {
			positions++
		}
		return false
	})
	return positions > 1 || anyValue(update, func(name string, v bson.RawValue) bool {
		return name == "$each" && len(v.Value) == 5 || name == "$sort" && v.Type == bson.TypeEmbeddedDocument ||
			(name == "$min" || name == "$max") && anyValue(v.Value, func(_ string, e bson.RawValue) bool { return hasDocument(e) }) ||
			orders[name] && hasDocument(v)
	}) || named(update, "$sort") && anyValue(update, func(name string, v bson.RawValue) bool { return name == "$each" && hasDocument(v) }) ||
		named(update, "$sort") && anyValue(doc, func(_ string, v bson.RawValue) bool { return hasDocument(v) })
}

var orders = map[string]bool{"$gt": true, "$gte": true, "$lt": true, "$lte": true}

func hasDocument(v bson.RawValue) bool {
	return v.Type == bson.TypeEmbeddedDocument || v.Type == bson.TypeArray && anyValue(v.Value, func(_ string, e bson.RawValue) bool { return hasDocument(e) })
}

func listBelowList(_ string, v bson.RawValue) bool {
	return v.Type == bson.TypeArray && anyValue(v.Value, func(_ string, e bson.RawValue) bool { return e.Type == bson.TypeArray })
}

func listOfDocuments(_ string, v bson.RawValue) bool {
	return v.Type == bson.TypeArray && anyValue(v.Value, func(_ string, e bson.RawValue) bool { return e.Type == bson.TypeEmbeddedDocument })
}

// anyValue tells whether test holds for a value at any depth of a document.
func anyValue(doc bson.Raw, test func(name string, v bson.RawValue) bool) bool {
	elements, err := doc.Elements()
	if err != nil {
		return false
	}
	for _, e := range elements {
		v := e.Value()
		nested := v.Type == bson.TypeEmbeddedDocument || v.Type == bson.TypeArray
		if test(e.Key(), v) || nested && anyValue(v.Value, test) {
			return true
		}
	}
	return false
}

// named tells whether a field of that name is anywhere in a document.
func named(doc bson.Raw, name string) bool {
	return anyValue(doc, func(n string, _ bson.RawValue) bool { return n == name })
}
