package ztf

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

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
			p, err := shape(v, c.Tag)
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

func shape(v ampel.Value, tag []ampel.Tag) (timed, error) {
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
	} else if id, err = LimitID(v); err != nil {
		return timed{}, err
	}
	body, err := compact(v)
	return timed{jd, ampel.DataPoint{ID: id, Tag: tag, Body: body}}, err
}

// The parts of the id of an upper limit, from behind.
const (
	limitMags  = 100_000 // millimagnitudes
	limitChips = 100     // quadrants of the camera
	limitEpoch = 2457754.5
	limitDay   = 1e6
)

// LimitID returns the id of an upper limit, which is below zero and is made of the
// time in millionths of a day since 2017, the quadrant of the camera and the
// magnitude in thousandths, in decimal: the same limit has the same id in every
// packet.
func LimitID(v ampel.Value) (int64, error) {
	jd, err := needs(v, "jd")
	if err != nil {
		return 0, err
	}
	mag, err := needs(v, "diffmaglim")
	if err != nil {
		return 0, err
	}
	chip, _ := number(v, "rcid") // the oldest packets lack it
	ticks := math.Round((jd - limitEpoch) * limitDay)
	if mag < 0 || mag*1000 >= limitMags || chip < 0 || chip >= limitChips || ticks < 1 || ticks > 1e11 {
		return 0, fmt.Errorf("ztf: an upper limit of magnitude %v at %v on quadrant %v is not one of the survey", mag, jd, chip)
	}
	return -((int64(ticks)*limitChips+int64(chip))*limitMags + int64(math.Round(mag*1000))), nil
}
