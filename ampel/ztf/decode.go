package ztf

import (
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
)

// The versions of the schema that are known: what they have in common is all that
// is needed.
const (
	oldestVersion = 1.8
	newestVersion = 3.3
)

const cutoutPrefix = "cutout"

// Decoder reads packets. The zero value is ready; many goroutines may use one. It
// remembers up to 64 schemas, and shares them between containers: a packet then
// takes tenths of a millisecond, and the first one a few milliseconds.
type Decoder struct {
	// Cutouts keeps the pictures, which are stepped over otherwise. It must not
	// change once something was decoded.
	Cutouts bool

	schemas schemas
}

// Decode returns the packets of a container that is called source in errors. An
// error, always a *PacketError, is about one packet or a damaged part; the loop
// goes on with what can still be read.
//
// Whatever data are, it neither panics nor takes more memory than some 100 MiB, or
// a multiple of the data's size if that is more.
func (d *Decoder) Decode(source string, data []byte) iter.Seq2[*Packet, error] {
	return func(yield func(*Packet, error) bool) {
		record := 0
		fail := func(record int, err error) bool { return yield(nil, asPacketError(err, source, record)) }
		c, err := openContainer(data)
		if err != nil {
			fail(0, err)
			return
		}
		s, err := d.schemas.get(c.schema, d.Cutouts)
		if err != nil {
			fail(0, err)
			return
		}
		for {
			b, good, err := c.next()
			if err == io.EOF {
				return
			}
			if err != nil {
				if !fail(0, err) || !good {
					return
				}
				continue
			}
			for range b.count {
				record++
				var v any
				rest, err := s.decode.Decode(b.data, &v)
				if err != nil {
					// Where the next packet of the block begins is not known.
					if !fail(record, fmt.Errorf("%w: %w", ErrContainer, err)) {
						return
					}
					break
				}
				b.data = rest
				p, err := s.packet(v)
				if err != nil {
					if !fail(record, err) {
						return
					}
					continue
				}
				p.Source = source
				if !yield(p, nil) {
					return
				}
			}
		}
	}
}

// packet makes a packet of a decoded record.
func (s *schema) packet(v any) (*Packet, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fieldError("", fmt.Errorf("%w: it is a %T", ErrSchema, v))
	}
	p := &Packet{}
	var err error
	if p.Version, err = need(text, m, "schemavsn"); err != nil {
		return nil, err
	}
	if err := checkVersion(p.Version); err != nil {
		return nil, err
	}
	if p.ObjectID, err = need(text, m, "objectId"); err != nil {
		return nil, err
	}
	if p.Candid, err = need(whole, m, "candid"); err != nil {
		return nil, err
	}
	if p.Publisher, _, err = text(m, "publisher"); err != nil {
		return nil, err
	}
	if p.Candidate, err = s.point(m["candidate"], "candidate"); err != nil {
		return nil, err
	}
	if !p.Candidate.Detection() {
		return nil, fieldError("candidate.magpsf", ErrMissing)
	}
	if err := s.history(p, m["prv_candidates"]); err != nil {
		return nil, err
	}
	if p.Cutouts, err = cutouts(m); err != nil {
		return nil, err
	}
	p.Extra, err = s.form.document(m, func(name string) bool {
		switch name {
		case "schemavsn", "publisher", "objectId", "candid", "candidate", "prv_candidates":
			return true
		}
		return strings.HasPrefix(name, cutoutPrefix)
	})
	return p, err
}

func (s *schema) history(p *Packet, v any) error {
	if v == nil {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		return fieldError("prv_candidates", fmt.Errorf("%w: it has to be a list, and is a %T", ErrField, v))
	}
	p.History = make([]*Point, len(list))
	for i, e := range list {
		var err error
		if p.History[i], err = s.point(e, "prv_candidates"); err != nil {
			return prefix("["+strconv.Itoa(i)+"]", err)
		}
	}
	return nil
}

// cutouts reads the pictures, nil if there are none.
func cutouts(m map[string]any) (*Cutouts, error) {
	c := &Cutouts{}
	some := false
	for name, to := range map[string]*Cutout{"Science": &c.Science, "Template": &c.Template, "Difference": &c.Difference} {
		field, ok := m[cutoutPrefix+name].(map[string]any)
		if !ok {
			continue
		}
		var err error
		if to.FileName, _, err = text(field, "fileName"); err != nil {
			return nil, prefix(cutoutPrefix+name+".", err)
		}
		to.Data, _ = field["stampData"].([]byte)
		some = true
	}
	if !some {
		return nil, nil
	}
	return c, nil
}

func checkVersion(s string) error {
	if v, err := strconv.ParseFloat(s, 64); err == nil && v >= oldestVersion && v <= newestVersion {
		return nil
	}
	return fieldError("schemavsn", fmt.Errorf("%w %q: it has to be one from %v to %v", ErrVersion, s, oldestVersion, newestVersion))
}
