package complement

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

// Cutouts is the configuration of ZTFCutoutImages: it gets the images of alerts
// with GET <base_url>/alert/<id>/cutouts, which answers with a map of
// cutoutScience, cutoutTemplate and cutoutDifference in base64. They are put
// into extra.ZTFCutoutImages: id to name to bytes; nil for an alert that the
// archive does not know. Datapoints must be loaded; stocks without detections
// get nothing.
type Cutouts struct {
	Remote
	// Eligible says for which detections: first, last, brightest or all. Default
	// last.
	Eligible string `config:"eligible"`
}

// SetDefaults sets the defaults.
func (c *Cutouts) SetDefaults() {
	c.Remote.SetDefaults()
	c.Eligible = "last"
}

// CheckConfig finds mistakes.
func (c *Cutouts) CheckConfig() error {
	if !slices.Contains([]string{"first", "last", "brightest", "all"}, c.Eligible) {
		return ampel.PathError("eligible", fmt.Errorf("%q: there are first, last, brightest and all", c.Eligible))
	}
	return c.Remote.CheckConfig()
}

// NewCutouts builds a ZTFCutoutImages.
func NewCutouts(_ *ampel.Env, c Cutouts) (t3.Complementer, error) {
	return &cutouts{c.Eligible, c.HTTP()}, nil
}

type cutouts struct {
	eligible string
	service  Service
}

// Images are the images of alerts by their ids.
type Images map[int64]map[string][]byte

func (c *cutouts) Complement(ctx context.Context, buffers []*ampel.AmpelBuffer, _ *ampel.T3Store) error {
	for _, b := range buffers {
		if b.T0 == nil {
			return fmt.Errorf("t0 of stock %v is not loaded: ZTFCutoutImages needs it", b.ID)
		}
		images := Images{}
		for _, d := range c.pick(b.T0) {
			var answer map[string][]byte
			if _, err := c.service.Get(ctx, "/alert/"+strconv.FormatInt(d.ID, 10)+"/cutouts", nil, &answer); err != nil {
				return fmt.Errorf("stock %v: %w", b.ID, err)
			}
			images[d.ID] = answer
		}
		if len(images) > 0 {
			b.SetExtra("ZTFCutoutImages", images)
		}
	}
	return nil
}

// pick returns the detections whose images are wanted.
func (c *cutouts) pick(points []ampel.DataPoint) []ampel.DataPoint {
	var out []ampel.DataPoint
	for _, d := range points {
		if d.ID > 0 {
			out = append(out, d)
		}
	}
	if len(out) == 0 || c.eligible == "all" {
		return out
	}
	key := "jd"
	if c.eligible == "brightest" {
		key = "magpsf"
	}
	slices.SortStableFunc(out, func(a, b ampel.DataPoint) int {
		x, _ := a.Body.Get(key).Float()
		y, _ := b.Body.Get(key).Float()
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	if c.eligible == "last" {
		return out[len(out)-1:]
	}
	return out[:1]
}
