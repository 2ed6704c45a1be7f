package ztf

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t0"
)

// Shape is the configuration of a ZTFShaper.
type Shape struct {
	// Tag is stored with each point. Default ZTF.
	Tag ampel.Labels `config:"tag"`
}

// SetDefaults sets the defaults.
func (c *Shape) SetDefaults() { c.Tag = ampel.Names("ZTF") }

// NewShaper builds a ZTFShaper. A point with a magnitude is a detection, and its id
// is its candid; any other one is an upper limit, see LimitID. Fields that are null
// or NaN are left out of the body, all others stay as they are. Points come in the
// order of their time, and each once.
func NewShaper(_ *ampel.Env, c Shape) (t0.Shaper, error) {
	return t0.ShaperFunc(func(_ context.Context, a *t0.Alert) ([]ampel.DataPoint, error) {
		timed := make([]timed, 0, len(a.Datapoints))
		for i, v := range a.Datapoints {
			p, err := shape(a.Stock, v, c.Tag)
			if err != nil {
				return nil, fmt.Errorf("datapoint %d: %w", i, err)
			}
			timed = append(timed, p)
		}
		return inTime(timed), nil
	}), nil
}

// timed is a point and its Julian date.
type timed struct {
	jd float64
	ampel.DataPoint
}

// inTime sorts points by their time, and leaves out what comes again.
func inTime(points []timed) []ampel.DataPoint {
	slices.SortStableFunc(points, func(a, b timed) int { return cmp.Or(cmp.Compare(a.jd, b.jd), cmp.Compare(a.ID, b.ID)) })
	out := make([]ampel.DataPoint, 0, len(points))
	for i, p := range points {
		if i == 0 || p.ID != points[i-1].ID {
			out = append(out, p.DataPoint)
		}
	}
	return out
}

func shape(stock ampel.StockID, v ampel.Value, tag []ampel.Tag) (timed, error) {
	jd, err := needs(v, "jd")
	if err != nil {
		return timed{}, err
	}
	id := int64(0)
	if isDetection(v) {
		var ok bool
		if id, ok = v.Get("candid").Int(); !ok {
			return timed{}, missing("candid")
		}
		if id <= 0 {
			return timed{}, fmt.Errorf("ztf: candid: %d is not above zero, as those of detections are", id)
		}
	} else if id, err = LimitID(stock, v); err != nil {
		return timed{}, err
	}
	body, err := compact(v)
	return timed{jd, ampel.DataPoint{ID: id, Tag: tag, Body: body}}, err
}

// LimitID returns the id of an upper limit of a stock, which is below zero and the
// same in every packet: a hash (xxHash64, without its last bit) of the stock, the
// time, the band, the quadrant of the camera and the magnitude.
//
// The limit of an exposure is the same for all that it shows. It has a document
// for each stock all the same: one for all would grow with every source of the
// field, and be written anew for each of them.
func LimitID(stock ampel.StockID, v ampel.Value) (int64, error) {
	jd, err := needs(v, "jd")
	if err != nil {
		return 0, err
	}
	mag, err := needs(v, "diffmaglim")
	if err != nil {
		return 0, err
	}
	band, _ := number(v, "fid")
	quadrant, _ := number(v, "rcid") // the oldest packets lack it
	var room [64]byte
	text := append(room[:0], stock.String()...)
	for _, f := range [...]float64{jd, band, quadrant, mag} {
		text = binary.BigEndian.AppendUint64(text, math.Float64bits(f))
	}
	return -int64(xxhash.Sum64(text)>>1) - 1, nil
}
