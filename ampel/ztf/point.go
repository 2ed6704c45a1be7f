package ztf

import (
	"fmt"
	"math"
)

// point makes a point of a decoded record; where is the field that it came from.
func (s *schema) point(v any, where string) (*Point, error) {
	m, ok := v.(map[string]any)
	if !ok {
		if v == nil {
			return nil, fieldError(where, ErrMissing)
		}
		return nil, fieldError(where, fmt.Errorf("%w: it has to be a record, and is a %T", ErrField, v))
	}
	p, err := corePoint(m)
	if err != nil {
		return nil, prefix(where+".", err)
	}
	f := s.form.fields[where]
	if where == "prv_candidates" {
		f = f.field("")
	}
	if p.Body, err = f.document(m, nil); err != nil {
		return nil, prefix(where+".", err)
	}
	return p, nil
}

// corePoint reads the fields that have a place in Point. A point with a magnitude
// that is a number is a detection, and needs all that makes one.
func corePoint(m map[string]any) (*Point, error) {
	p := &Point{}
	var detected bool
	var err error
	if p.JD, err = need(number, m, "jd"); err != nil {
		return nil, err
	}
	band, err := need(whole, m, "fid")
	if err != nil {
		return nil, err
	}
	p.Band = Band(band)
	if p.Mag, detected, err = number(m, "magpsf"); err != nil {
		return nil, err
	}
	detected = detected && !math.IsNaN(p.Mag)
	for _, f := range []struct {
		name   string
		to     *float64
		needed bool
	}{
		{"ra", &p.RA, true},
		{"dec", &p.Dec, true},
		{"sigmapsf", &p.MagErr, true},
		{"diffmaglim", &p.Limit, false},
		{"rb", &p.RB, false},
		{"drb", &p.DRB, false},
	} {
		var found bool
		if *f.to, found, err = number(m, f.name); err != nil {
			return nil, err
		}
		if detected && f.needed && !found {
			return nil, fieldError(f.name, ErrMissing)
		}
	}
	if detected {
		if p.Candid, err = need(whole, m, "candid"); err != nil {
			return nil, err
		}
		if p.Positive, err = positive(m); err != nil {
			return nil, err
		}
	}
	if math.IsNaN(p.JD) || math.IsInf(p.JD, 0) {
		return nil, fieldError("jd", fmt.Errorf("%w: it is %v", ErrField, p.JD))
	}
	if math.IsInf(p.Mag, 0) {
		return nil, fieldError("magpsf", fmt.Errorf("%w: it is %v", ErrField, p.Mag))
	}
	return p, nil
}

// positive reads isdiffpos.
func positive(m map[string]any) (bool, error) {
	s, err := need(text, m, "isdiffpos")
	if err != nil {
		return false, err
	}
	switch s {
	case "t", "1":
		return true, nil
	case "f", "0":
		return false, nil
	}
	return false, fieldError("isdiffpos", fmt.Errorf("%w: it is %q, and not t, 1, f or 0", ErrField, s))
}
