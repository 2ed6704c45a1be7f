package ztf

import "math"

// The north pole of the Galaxy, in degrees, J2000: the Hipparcos catalogue
// (ESA SP-1200, 1997), volume 1, section 1.5.3.
const (
	poleRA  = 192.85948
	poleDec = 27.12825
)

// galacticLatitude returns the height above the plane of the Galaxy of a place in
// the sky; all in degrees.
func galacticLatitude(ra, dec float64) float64 {
	const rad = math.Pi / 180
	s := math.Sin(dec*rad)*math.Sin(poleDec*rad) + math.Cos(dec*rad)*math.Cos(poleDec*rad)*math.Cos((ra-poleRA)*rad)
	return math.Asin(min(max(s, -1), 1)) / rad
}
