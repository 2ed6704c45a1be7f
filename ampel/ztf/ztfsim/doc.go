// Package ztfsim simulates a survey of the sky, and gives its alerts as packets in
// the form of ZTF's.
//
//	survey, err := ztfsim.New(ztfsim.Config{Seed: 1, Supernovae: 40, Variables: 10, Movers: 200, Artifacts: 200})
//	...
//	for p := range survey.Packets() {
//		class, _ := survey.Class(p.ObjectID) // what it really is
//		...
//	}
//
// What a survey gives depends on its Config only: the same seed gives the same
// packets in the same order. On another processor architecture numbers may differ in
// their last digit.
//
// # What is simulated
//
// A camera comes back to each field every second night, if it is clear, and exposes it
// in g and in r. How deep it sees depends on the moon and on chance. Sources are
//
//   - supernovae, which rise and fall as the function of Bazin et al. 2009, A&A 499,
//     653 does, sooner and faster in g than in r;
//   - variable stars with a period, fainter than in the reference as often as brighter,
//     of which the catalog takes a few for galaxies;
//   - moving objects, seen once or twice at a place, most of them known;
//   - artifacts: what is not in the sky, with low scores and odd shapes.
//
// Flux is measured with the noise of the exposure, of the source and of the
// calibration. What comes out above five sigma is an alert, with the detections and
// upper limits of the 30 days before it as its history.
//
// It makes about 100,000 alerts per second, one after the other. A point is made once,
// and shared by the packets that have it in their history; those of the last 30 days
// are kept: 250 MB in a stream of 300,000 alerts of 108,000 sources.
package ztfsim
