package ztfsim

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"

	"github.com/penstock/penstock/ampel/ztf"
)

// epoch is 2017-01-01, from which nights are counted.
const epoch = 2457754.5

// Class is what a source is.
type Class int

// The classes of sources.
const (
	Supernova Class = iota
	Variable
	Mover
	Artifact
)

// String returns the name of the class.
func (c Class) String() string {
	return [...]string{"supernova", "variable", "mover", "artifact"}[c]
}

// Object is what is true about a source.
type Object struct {
	Name    string // as in ObjectID
	Class   Class
	RA, Dec float64 // in degrees
	PeakJD  float64 // of a supernova, in r
	PeakMag float64 // of a supernova, in r
}

// Survey is what will be seen. It may be used by many goroutines.
type Survey struct {
	conf   Config
	year   int
	visits []*visit
	fields []*field
	byName map[string]place
}

// place is which source a name belongs to, and where it is.
type place struct {
	index int
	field *field
}

// field is a part of the sky of seven degrees by seven.
type field struct {
	number  int
	ra, dec float64
	visits  []*visit
	sources []int // that may be seen several times
}

// visit is one exposure.
type visit struct {
	field *field
	at    int // which one of the field
	jd    float64
	band  ztf.Band
	limit float64 // magnitude at five sigma
	once  []int   // sources that are here only for this exposure
	noise uint64  // seed of what is the same for the whole exposure
}

// New plans a survey. Everything that is wrong with the configuration is an
// error.
func New(c Config) (*Survey, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	s := &Survey{conf: c, year: yearOf(c.Start), byName: map[string]place{}}
	s.planFields()
	s.planVisits()
	s.placeSources()
	return s, nil
}

func (s *Survey) planFields() {
	rng := s.rng(1, 0)
	for i := range s.conf.Fields {
		s.fields = append(s.fields, &field{
			number: 300 + i,
			ra:     360 * rng.Float64(),
			// Evenly over the sky north of -25 degrees, and not at the pole.
			dec: math.Asin(-0.42+1.4*rng.Float64()) * 180 / math.Pi,
		})
	}
}

// planVisits gives each field two exposures in every second night, if it is clear.
func (s *Survey) planVisits() {
	const exposure = 40.0 / 86400
	rng := s.rng(2, 0)
	for night := range s.conf.Nights {
		isClear := rng.Float64() < 0.8
		haze := 0.3 * rng.ExpFloat64() * rng.Float64()
		evening := s.conf.Start + float64(night) + 0.15
		// The moon is full every 29.5 days; the phase at the start does not matter.
		moon := 0.5 - 0.5*math.Cos(2*math.Pi*evening/29.530588)
		if !isClear {
			continue
		}
		slot := 0
		for _, band := range []ztf.Band{ztf.BandG, ztf.BandR} {
			for i, f := range s.fields {
				if (i+night)%2 != 0 {
					continue
				}
				best := 20.8
				glow := 1.3
				if band == ztf.BandR {
					best, glow = 20.6, 0.8
				}
				v := &visit{
					field: f, at: len(f.visits), band: band,
					jd:    evening + float64(slot)*exposure,
					limit: best - glow*moon*moon - haze + 0.12*rng.NormFloat64(),
					noise: rng.Uint64(),
				}
				f.visits = append(f.visits, v)
				s.visits = append(s.visits, v)
				slot++
			}
		}
	}
}

// placeSources says which sources may be seen where.
func (s *Survey) placeSources() {
	rng := s.rng(3, 0)
	index := 0
	for range s.conf.Supernovae + s.conf.Variables {
		f := s.fields[rng.IntN(len(s.fields))]
		f.sources = append(f.sources, index)
		s.byName[s.name(index)] = place{index, f}
		index++
	}
	for range s.conf.Movers + s.conf.Artifacts {
		if len(s.visits) > 0 {
			v := s.visits[rng.IntN(len(s.visits))]
			s.byName[s.name(index)] = place{index, v.field}
			v.once = append(v.once, index)
			if s.classOf(index) == Artifact && rng.Float64() < 0.1 && v.at+2 < len(v.field.visits) {
				again := v.field.visits[v.at+2] // the same column is bad again
				again.once = append(again.once, index)
			}
			if s.classOf(index) == Mover && rng.Float64() < 0.2 && v.band == ztf.BandG && v.at+1 < len(v.field.visits) {
				again := v.field.visits[v.at+1] // it hardly moves
				again.once = append(again.once, index)
			}
		}
		index++
	}
}

// rng returns a source of random numbers for one purpose.
func (s *Survey) rng(purpose, index uint64) *rand.Rand {
	return rand.New(rand.NewPCG(s.conf.Seed, purpose<<48|index))
}

func (s *Survey) classOf(index int) Class {
	c := s.conf
	for class, n := range []int{c.Supernovae, c.Variables, c.Movers} {
		if index < n {
			return Class(class)
		}
		index -= n
	}
	return Artifact
}

// name returns ZTF, the year, and seven letters, which differ for all sources.
func (s *Survey) name(index int) string {
	const all = 8031810176 // 26 to the power of 7
	// Multiplication with a number prime to it scatters them.
	n := (uint64(index)*4811204741 + 1234567890 + s.conf.Seed%all) % all
	var letters [7]byte
	for i := range letters {
		letters[6-i] = 'a' + byte(n%26)
		n /= 26
	}
	return fmt.Sprintf("ZTF%02d%s", s.year%100, letters[:])
}

// Class returns the class of the source with a name; false if there is none.
func (s *Survey) Class(name string) (Class, bool) {
	p, ok := s.byName[name]
	if !ok {
		return 0, false
	}
	return s.classOf(p.index), true
}

// Object returns what is true about the source with a name; false if there is none.
func (s *Survey) Object(name string) (Object, bool) {
	p, ok := s.byName[name]
	if !ok {
		return Object{}, false
	}
	return s.source(p.index, p.field).object(), true
}

// Objects goes through all sources, also those that are never seen.
func (s *Survey) Objects() iter.Seq[Object] {
	return func(yield func(Object) bool) {
		for _, p := range s.byName {
			if !yield(s.source(p.index, p.field).object()) {
				return
			}
		}
	}
}

func yearOf(jd float64) int { return 2017 + int((jd-epoch)/365.25) }
