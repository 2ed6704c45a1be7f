package ampel

import "slices"

// TransientView is a SnapView with light curves.
type TransientView struct {
	*SnapView
	curves []LightCurve
}

// LightCurve is the photometry of one state of a stock.
type LightCurve struct {
	Link   int64 // of the state
	points []DataPoint
}

// NewLightCurve returns the light curve of datapoints. They are not copied.
func NewLightCurve(link int64, points []DataPoint) LightCurve { return LightCurve{link, points} }

// Photopoints returns copies of the detections, in the order of the state.
func (c LightCurve) Photopoints() []DataPoint {
	return c.pick(func(d DataPoint) bool { return d.ID > 0 })
}

// Upperlimits returns copies of the upper limits, in the order of the state.
func (c LightCurve) Upperlimits() []DataPoint {
	return c.pick(func(d DataPoint) bool { return d.ID < 0 })
}

func (c LightCurve) pick(keep func(DataPoint) bool) []DataPoint {
	var out []DataPoint
	for _, d := range c.points {
		if keep(d) {
			out = append(out, d.Clone())
		}
	}
	return out
}

// NewTransientView is NewSnapView with light curves: one for each state, made of
// the datapoints that are loaded and that the state lists. Without datapoints or
// without states there are none.
func NewTransientView(b *AmpelBuffer, configs Configs) (*TransientView, error) {
	snap, err := NewSnapView(b, configs)
	if err != nil {
		return nil, err
	}
	v := &TransientView{SnapView: snap}
	if len(b.T0) == 0 || len(b.T1) == 0 {
		return v, nil
	}
	byID := make(map[int64]DataPoint, len(snap.b.T0))
	for _, d := range snap.b.T0 {
		byID[d.ID] = d
	}
	for _, state := range snap.b.T1 {
		c := LightCurve{Link: state.Link}
		for _, id := range state.DPS {
			if d, ok := byID[id]; ok {
				c.points = append(c.points, d)
			}
		}
		v.curves = append(v.curves, c)
	}
	return v, nil
}

// LightCurves returns one light curve per state, nil if datapoints or states
// are not loaded.
func (v *TransientView) LightCurves() []LightCurve { return slices.Clone(v.curves) }

// Photopoints returns copies of all detections that are loaded.
func (v *TransientView) Photopoints() []DataPoint {
	return LightCurve{points: v.b.T0}.Photopoints()
}

// Upperlimits returns copies of all upper limits that are loaded.
func (v *TransientView) Upperlimits() []DataPoint {
	return LightCurve{points: v.b.T0}.Upperlimits()
}
