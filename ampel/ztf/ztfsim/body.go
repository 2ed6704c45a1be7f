package ztfsim

import (
	"math"
	"math/rand/v2"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/ztf"
)

// document writes the fields of a point in the order of the schema. Numbers that
// have 32 bits there are rounded.
type document struct{ b []byte }

func (d *document) float(name string, f float64) {
	d.b = bsoncore.AppendDoubleElement(d.b, name, float64(float32(f)))
}
func (d *document) double(name string, f float64) { d.b = bsoncore.AppendDoubleElement(d.b, name, f) }
func (d *document) int(name string, n int64)      { d.b = bsoncore.AppendInt64Element(d.b, name, n) }
func (d *document) text(name, s string)           { d.b = bsoncore.AppendStringElement(d.b, name, s) }
func (d *document) null(name string)              { d.b = bsoncore.AppendNullElement(d.b, name) }

// start begins a document in a buffer that is used again.
func (r *run) start() *document {
	_, b := bsoncore.AppendDocumentStart(r.body[:0])
	return &document{b}
}

// value returns the document as it is so far.
func (d *document) value() ampel.Value {
	whole, err := bsoncore.AppendDocumentEnd(slices.Clone(d.b), 0)
	var v ampel.Value
	if err == nil {
		err = v.UnmarshalBSONValue(byte(bson.TypeEmbeddedDocument), whole)
	}
	if err != nil {
		panic("ztfsim: " + err.Error()) // it was made here
	}
	return v
}

// pid is the number of an exposure: its night and the time of day.
func (v *visit) pid() int64 {
	days := v.jd - epoch
	return (int64(days*1e5)*100+int64(v.field.number%64))*100 + 15
}

func (v *visit) rcid() int64 { return int64(v.field.number % 64) }

// opening writes what all points of an exposure have in front.
func (d *document) opening(v *visit) {
	d.double("jd", v.jd)
	d.int("fid", int64(v.band))
	d.int("pid", v.pid())
	d.float("diffmaglim", v.limit)
	d.null("pdiffimfilename")
	d.text("programpi", "none")
	d.int("programid", 1)
}

func (d *document) where(v *visit) {
	d.int("nid", int64(v.jd-epoch))
	d.int("rcid", v.rcid())
	d.int("field", int64(v.field.number))
}

// limit returns the upper limit of an exposure, the same for all histories.
func (r *run) limit(v *visit) *ztf.Point {
	if p := r.limits[v]; p != nil {
		return p
	}
	d := r.start()
	d.opening(v)
	for _, name := range []string{"candid", "isdiffpos", "tblid"} {
		d.null(name)
	}
	d.where(v)
	for _, name := range limitNulls {
		d.null(name)
	}
	d.float("magzpsci", 26)
	d.float("magzpsciunc", 1e-5)
	d.float("magzpscirms", 0.04)
	d.text("rbversion", "")
	r.body = d.b
	nan := math.NaN()
	p := &ztf.Point{
		JD: v.jd, Band: v.band, RA: nan, Dec: nan, Mag: nan, MagErr: nan,
		Limit: round(v.limit), RB: nan, DRB: nan, Body: d.value(),
	}
	r.limits[v] = p
	return p
}

var limitNulls = []string{
	"xpos", "ypos", "ra", "dec", "magpsf", "sigmapsf", "chipsf", "magap", "sigmagap", "distnr",
	"magnr", "sigmagnr", "chinr", "sharpnr", "sky", "magdiff", "fwhm", "classtar", "mindtoedge",
	"magfromlim", "seeratio", "aimage", "bimage", "aimagerat", "bimagerat", "elong", "nneg", "nbad",
	"rb", "ssdistnr", "ssmagnr", "ssnamenr", "sumrat", "magapbig", "sigmagapbig", "ranr", "decnr",
	"scorr",
}

func round(f float64) float64 { return float64(float32(f)) }

// look is how a detection appears on the picture.
type look struct {
	rb, drb, fwhm, elong, sumrat float64
	nbad, nneg                   int64
}

func (o *source) appearance(snr float64, rng *rand.Rand) look {
	if o.class == Artifact {
		rb := 0.6 * math.Sqrt(rng.Float64()*rng.Float64())
		return look{
			rb: rb, drb: rb * rb * rng.Float64(), fwhm: 1 + 6*rng.Float64(), elong: 1 + 1.5*rng.ExpFloat64(),
			sumrat: 0.3 + 0.7*rng.Float64(), nbad: rng.Int64N(5), nneg: rng.Int64N(15),
		}
	}
	doubt := 1.5 / snr * rng.ExpFloat64() // faint ones look less real
	return look{
		rb: math.Max(0, 1-0.25*rng.Float64()-doubt), drb: math.Max(0, 1-0.05*rng.Float64()-1.5*doubt),
		fwhm: 2 + 0.4*math.Abs(rng.NormFloat64()), elong: 1 + 0.15*math.Abs(rng.NormFloat64()),
		sumrat: 1 - 0.1*rng.Float64(), nneg: rng.Int64N(4),
	}
}

// detect makes the points of a detection.
func (r *run) detect(v *visit, o *source, flux, noise float64) *sighting {
	rng := o.rng
	r.number++
	candid := v.pid()*1_000_000 + 10_000 + int64(r.number)
	snr := math.Abs(flux) / noise
	mag, sigma := magOf(math.Abs(flux)), 2.5/math.Ln10/snr
	positive := "t"
	if flux < 0 {
		positive = "f"
	}
	// The place is uncertain by a part of the width of the picture.
	shift := 0.9 / snr / 3600
	dec := o.dec + shift*rng.NormFloat64()
	ra := math.Mod(o.ra+shift*rng.NormFloat64()/math.Cos(o.dec*math.Pi/180)+360, 360)
	a := o.appearance(snr, rng)

	d := r.start()
	d.opening(v)
	d.int("candid", candid)
	d.text("isdiffpos", positive)
	d.int("tblid", int64(r.number))
	d.where(v)
	d.float("xpos", 3072*rng.Float64())
	d.float("ypos", 3080*rng.Float64())
	d.double("ra", ra)
	d.double("dec", dec)
	d.float("magpsf", mag)
	d.float("sigmapsf", sigma)
	d.float("chipsf", 1+rng.Float64())
	difference := 0.05 * rng.NormFloat64()
	d.float("magap", mag+difference)
	d.float("sigmagap", 1.3*sigma)
	d.float("distnr", o.host.distance)
	d.float("magnr", o.host.mag)
	d.float("sigmagnr", 0.03)
	d.float("chinr", 1)
	d.float("sharpnr", 0)
	d.float("sky", rng.NormFloat64())
	d.float("magdiff", difference)
	d.float("fwhm", a.fwhm)
	d.float("classtar", 0.9+0.1*rng.Float64())
	d.float("mindtoedge", 1500*rng.Float64())
	d.float("magfromlim", v.limit-mag-difference)
	d.float("seeratio", 1+0.2*rng.Float64())
	d.float("aimage", a.fwhm/2.355*math.Sqrt(a.elong))
	d.float("bimage", a.fwhm/2.355/math.Sqrt(a.elong))
	d.float("aimagerat", math.Sqrt(a.elong)/2.355)
	d.float("bimagerat", 1/math.Sqrt(a.elong)/2.355)
	d.float("elong", a.elong)
	d.int("nneg", a.nneg)
	d.int("nbad", a.nbad)
	d.float("rb", a.rb)
	r.solarSystem(d, o, mag)
	d.float("sumrat", a.sumrat)
	d.float("magapbig", mag+difference)
	d.float("sigmagapbig", 1.6*sigma)
	d.double("ranr", o.ra)
	d.double("decnr", o.dec)

	seen := &sighting{visit: v.at, history: &ztf.Point{}, candidate: &ztf.Point{
		Candid: candid, JD: v.jd, Band: v.band, RA: ra, Dec: dec,
		Mag: round(mag), MagErr: round(sigma), Positive: flux > 0,
		Limit: round(v.limit), RB: round(a.rb), DRB: round(a.drb),
	}}
	front := len(d.b)
	d.double("scorr", snr)
	d.float("magzpsci", 26)
	d.float("magzpsciunc", 1e-5)
	d.float("magzpscirms", 0.04)
	d.text("rbversion", "simulation")
	*seen.history = *seen.candidate
	seen.history.DRB = math.NaN()
	seen.history.Body = d.value()

	d.b = d.b[:front]
	r.closing(d, v, o, snr, a)
	seen.candidate.Body = d.value()
	r.body = d.b
	return seen
}

// solarSystem writes the nearest known object of the solar system, -999 for none.
func (r *run) solarSystem(d *document, o *source, mag float64) {
	if o.class == Mover && o.known {
		d.float("ssdistnr", math.Round(2*o.rng.Float64()))
		d.float("ssmagnr", mag+0.2*o.rng.NormFloat64())
		d.text("ssnamenr", o.name[5:])
		return
	}
	d.float("ssdistnr", -999)
	d.float("ssmagnr", -999)
	d.null("ssnamenr")
}

// closing writes what only the candidate has.
func (r *run) closing(d *document, v *visit, o *source, snr float64, a look) {
	d.float("sgmag1", o.host.mag+0.5)
	d.float("srmag1", o.host.mag)
	d.float("simag1", o.host.mag-0.2)
	d.float("szmag1", o.host.mag-0.3)
	d.float("sgscore1", o.host.star)
	d.float("distpsnr1", o.host.distance)
	d.int("ndethist", int64(o.total))
	d.int("ncovhist", int64(v.at+1))
	d.double("jdstarthist", o.first)
	d.double("jdendhist", v.jd)
	d.double("scorr", snr)
	d.int("tooflag", 0)
	d.int("objectidps1", int64(1e17+o.ra*1e12))
	d.int("nmtchps", 3)
	d.int("rfid", int64(v.field.number)*1e6)
	d.double("jdstartref", epoch+100)
	d.double("jdendref", epoch+200)
	d.int("nframesref", 15)
	d.text("rbversion", "simulation")
	d.float("magzpsci", 26)
	d.float("magzpsciunc", 1e-5)
	d.float("magzpscirms", 0.04)
	d.int("nmatches", 800)
	d.float("neargaia", o.host.gaia)
	d.float("neargaiabright", -999)
	d.float("maggaia", o.host.mag)
	d.float("maggaiabright", -999)
	d.float("exptime", 30)
	d.float("drb", a.drb)
	d.text("drbversion", "simulation")
}
