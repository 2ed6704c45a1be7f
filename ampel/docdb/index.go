package docdb

import "slices"

// check names the index and finds mistakes.
func (x Index) check() (Index, error) {
	if len(x.Keys) == 0 {
		return x, bad("index", x.Name, "has no keys: name at least one field")
	}
	name := ""
	for i, k := range x.Keys {
		if _, err := splitPath("index", k); err != nil {
			return x, err
		}
		switch {
		case hasPosition(k):
			return x, bad("index", k, "a position in a list cannot be indexed: index the list")
		case slices.Contains(x.Keys[:i], k):
			return x, bad("index", k, "named twice")
		case k == "_id" && len(x.Keys) == 1:
			return x, bad("index", k, "always exists: leave it out")
		}
		if i > 0 {
			name += "_"
		}
		name += k + "_1"
	}
	if x.Name == "" {
		x.Name = name
	}
	x.Keys = slices.Clone(x.Keys)
	return x, nil
}
