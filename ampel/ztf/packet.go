package ztf

import (
	"math"

	"github.com/penstock/penstock/ampel"
)

// Packet is one alert: a detection, and what was seen at its place in the 30 days
// before. Packets may share points, so nothing in them may be changed.
type Packet struct {
	Source    string   // where it came from, such as "night.tar/123.avro"; empty if it was made
	Version   string   // of the schema
	Publisher string   // who issued it
	ObjectID  string   // the name of the source in the sky, such as ZTF18abcecyc
	Candid    int64    // the number of the alert
	Candidate *Point   // the detection
	History   []*Point // earlier detections and upper limits, in the order of the packet
	Cutouts   *Cutouts // pictures; nil unless the decoder was asked for them
	// Extra is a map of the fields that have no place above.
	Extra ampel.Value
}

// Band is the number of a filter.
type Band int64

// The filters of the survey.
const (
	BandG Band = 1
	BandR Band = 2
	BandI Band = 3
)

// String returns g, r, i, or the number of another filter.
func (b Band) String() string {
	switch b {
	case BandG:
		return "g"
	case BandR:
		return "r"
	case BandI:
		return "i"
	}
	return "band " + itoa(int64(b))
}

// Point is a detection or an upper limit. Body has all its fields, those below
// again: numbers are 64 bits wide, nulls and NaNs are kept, and the order is that
// of the schema.
type Point struct {
	Candid   int64   // the number of the detection, 0 for an upper limit
	JD       float64 // Julian date of the start of the exposure, in days
	Band     Band
	RA, Dec  float64 // J2000, in degrees; NaN for an upper limit
	Mag      float64 // magnitude of the difference to the reference; NaN for an upper limit
	MagErr   float64 // its uncertainty, one sigma; NaN for an upper limit
	Positive bool    // the source was brighter than in the reference
	Limit    float64 // magnitude at five sigma of the exposure; NaN if unknown
	RB, DRB  float64 // real-bogus scores from 0 to 1; NaN if there is none
	Body     ampel.Value
}

// Detection reports whether something was seen.
func (p *Point) Detection() bool { return !math.IsNaN(p.Mag) }

// Cutouts are pictures of the place: files as the packet has them, FITS packed
// with gzip.
type Cutouts struct {
	Science, Template, Difference Cutout
}

// Cutout is one picture.
type Cutout struct {
	FileName string
	Data     []byte
}

// Points returns how many detections and upper limits there are, the candidate
// included.
func (p *Packet) Points() (detections, limits int) {
	for _, h := range p.History {
		if h.Detection() {
			detections++
		} else {
			limits++
		}
	}
	return detections + 1, limits
}
