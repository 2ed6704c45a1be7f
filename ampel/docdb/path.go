package docdb

import (
	"strings"
)

// splitPath checks a dotted path and splits it.
func splitPath(where, path string) ([]string, error) {
	if path == "" {
		return nil, bad(where, "", "empty field name: name a field, such as a.b")
	}
	parts := strings.Split(path, ".")
	for _, p := range parts {
		switch {
		case p == "":
			return nil, bad(where, path, "path with an empty part: write a.b, without dots at the ends or twice")
		case p[0] == '$':
			return nil, bad(where, path, "%q in a path: positional operators are not in the dialect, name a position such as a.0", p)
		case strings.IndexByte(p, 0) >= 0:
			return nil, bad(where, path, "path with a zero byte")
		}
	}
	if len(parts) > maxPathParts {
		return nil, bad(where, path, "path of more than %d parts", maxPathParts)
	}
	return parts, nil
}

// maxPathParts is how deep documents may be nested: no longer path can lead
// anywhere.
const maxPathParts = 100

// pathSet tells whether paths get into each other's way: the same path twice,
// or one that lies below another.
type pathSet struct {
	leaf bool
	sub  map[string]*pathSet
}

// add puts a path into the set; ok is false if it is in conflict.
func (s *pathSet) add(path []string) (ok bool) {
	for _, p := range path {
		if s.leaf {
			return false
		}
		if s.sub == nil {
			s.sub = map[string]*pathSet{}
		}
		next := s.sub[p]
		if next == nil {
			next = &pathSet{}
			s.sub[p] = next
		}
		s = next
	}
	if s.leaf || s.sub != nil {
		return false
	}
	s.leaf = true
	return true
}
