package raw

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The limits that MongoDB sets to a document.
const (
	MaxSize  = 16 << 20
	MaxDepth = 100
)

// Check tells what is wrong with a document that is to be stored: damaged
// bytes, a type that docdb does not store, a field name that no query could
// reach, a field that appears twice, too deep, too long.
func Check(doc []byte) error {
	if len(doc) > MaxSize {
		return fmt.Errorf("document of %d bytes: the limit is %d", len(doc), MaxSize)
	}
	return checkDoc(doc, false, 1, "")
}

// CheckValue is Check for a single value, an operand of an update.
func CheckValue(v Value, where string) error { return checkValue(v, 1, where) }

func checkDoc(doc []byte, array bool, depth int, where string) error {
	if depth > MaxDepth {
		return fmt.Errorf("%s: nested deeper than %d", where, MaxDepth)
	}
	if len(doc) < 5 || Body(doc) == nil {
		return fmt.Errorf("%s: damaged BSON", at(where))
	}
	body := Body(doc)
	all, seen := body, map[string]bool(nil)
	for i := 0; len(body) > 0; i++ {
		name, v, rest, ok := Next(body)
		if !ok {
			return fmt.Errorf("%s: damaged BSON", at(where))
		}
		if array {
			if string(name) != strconv.Itoa(i) {
				return fmt.Errorf("%s: array with the key %q where %d belongs", at(where), name, i)
			}
		} else if err := checkName(name, where); err != nil {
			return err
		} else {
			if i == manyFields {
				seen = names(all[:len(all)-len(body)])
			}
			if seen[string(name)] || seen == nil && Field(all[:len(all)-len(body)], string(name)).Is() {
				return fmt.Errorf("%s: field %q appears twice", at(where), name)
			}
			if seen != nil {
				seen[string(name)] = true
			}
		}
		// Only what is nested needs its name spelled out, for the error inside.
		inner := where
		if v.T == Object || v.T == Array || !plain(v.T) {
			inner = join(where, name)
		}
		if err := checkValue(v, depth, inner); err != nil {
			return err
		}
		body = rest
	}
	return nil
}

func checkValue(v Value, depth int, where string) error {
	switch v.T {
	case Object, Array:
		return checkDoc(v.D, v.T == Array, depth+1, where)
	case String:
		if n := int(binary.LittleEndian.Uint32(v.D)); n+4 != len(v.D) || v.D[len(v.D)-1] != 0 {
			return fmt.Errorf("%s: damaged string", at(where))
		}
		if !utf8.Valid(v.Str()) {
			return fmt.Errorf("%s: text that is not UTF-8: store it as bytes", at(where))
		}
	case Bool:
		if v.D[0] > 1 {
			return fmt.Errorf("%s: damaged boolean", at(where))
		}
	default:
		if !plain(v.T) {
			return fmt.Errorf("%s: type %s is not stored: use a double, integer, string, bytes, date, object id, boolean, null, list or document",
				at(where), bson.Type(v.T))
		}
	}
	return nil
}

func plain(t byte) bool {
	switch t {
	case Double, String, Binary, ObjectID, Bool, Date, Null, Int32, Int64:
		return true
	}
	return false
}

func checkName(name []byte, where string) error {
	if len(name) == 0 {
		return fmt.Errorf("%s: empty field name", at(where))
	}
	if name[0] == '$' {
		return fmt.Errorf("%s: field name %q starts with a dollar sign", at(where), name)
	}
	for _, c := range name {
		if c == '.' {
			return fmt.Errorf("%s: field name %q has a dot: no query can reach it", at(where), name)
		}
	}
	if !utf8.Valid(name) {
		return fmt.Errorf("%s: field name %q is not UTF-8", at(where), name)
	}
	return nil
}

// manyFields is where a set of names begins to beat looking at the fields
// before: most documents stay below and cost no allocation.
const manyFields = 32

func names(body []byte) map[string]bool {
	set := map[string]bool{}
	for {
		name, _, rest, ok := Next(body)
		if !ok {
			return set
		}
		set[string(name)] = true
		body = rest
	}
}

func at(where string) string {
	if where == "" {
		return "document"
	}
	return where
}

func join(where string, name []byte) string {
	if where == "" {
		return string(name)
	}
	return where + "." + string(name)
}
