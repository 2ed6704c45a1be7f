package ampel

import (
	"fmt"
	"slices"
	"sync"
)

// T3Store holds what the units of one run share: the results of earlier units,
// information about the session, and a map for messages among units. All methods
// may be used by many goroutines. The zero T3Store is ready to use.
type T3Store struct {
	mu      sync.RWMutex
	views   []*T3DocView
	session map[string]any
	extra   map[string]any
}

// AddView appends a result.
func (s *T3Store) AddView(v *T3DocView) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.views = append(s.views, v)
}

// AddSessionInfo merges info into the session; later values win. Values must be
// such as NewValue takes.
func (s *T3Store) AddSessionInfo(info map[string]any) error {
	for k, v := range info {
		w, err := NewValue(v)
		if err != nil {
			return fmt.Errorf("session %s: %w", k, err)
		}
		s.mu.Lock()
		if s.session == nil {
			s.session = map[string]any{}
		}
		s.session[k] = w
		s.mu.Unlock()
	}
	return nil
}

// Session returns a value of the session, and whether there is one.
func (s *T3Store) Session(key string) (Value, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v, ok := s.session[key].(Value)
	return v, ok
}

// SessionInfo returns the whole session as a map, null if it is empty.
func (s *T3Store) SessionInfo() Value {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.session) == 0 {
		return Value{}
	}
	v, err := NewValue(s.session)
	if err != nil { // each of them was encoded before
		return Value{}
	}
	return v
}

// Units returns the names of the units that have results, each once, in order.
func (s *T3Store) Units() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []string
	for _, v := range s.views {
		if !slices.Contains(out, v.Unit()) {
			out = append(out, v.Unit())
		}
	}
	return out
}

// Contains reports whether all of units have results.
func (s *T3Store) Contains(units ...string) bool {
	have := s.Units()
	for _, u := range units {
		if !slices.Contains(have, u) {
			return false
		}
	}
	return true
}

// T3Query asks for results. The zero T3Query asks for all.
type T3Query struct {
	Units   []string       // of one of these units
	Configs []int64        // with one of these configurations
	Codes   []DocumentCode // with one of these codes
}

func (q T3Query) matches(v *T3DocView) bool {
	return (len(q.Units) == 0 || slices.Contains(q.Units, v.Unit())) &&
		(len(q.Configs) == 0 || slices.Contains(q.Configs, v.ConfID())) &&
		(len(q.Codes) == 0 || slices.Contains(q.Codes, v.Code()))
}

// Views returns the results that q asks for, oldest first.
func (s *T3Store) Views(q T3Query) []*T3DocView {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []*T3DocView
	for _, v := range s.views {
		if q.matches(v) {
			out = append(out, v)
		}
	}
	return out
}

// View returns the first result that q asks for, nil if there is none.
func (s *T3Store) View(q T3Query) *T3DocView {
	if vs := s.Views(q); len(vs) > 0 {
		return vs[0]
	}
	return nil
}

// MandatoryView is View, but no result is an error.
func (s *T3Store) MandatoryView(q T3Query) (*T3DocView, error) {
	if v := s.View(q); v != nil {
		return v, nil
	}
	return nil, fmt.Errorf("ampel: t3 store: results of %v are required: run these units before, with propagate", q.Units)
}

// Extra returns a message of another unit.
func (s *T3Store) Extra(key string) (any, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v, ok := s.extra[key]
	return v, ok
}

// SetExtra leaves a message for other units.
func (s *T3Store) SetExtra(key string, v any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.extra == nil {
		s.extra = map[string]any{}
	}
	s.extra[key] = v
}
