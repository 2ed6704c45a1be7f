package ztfsim_test

import (
	"fmt"
	"hash/crc32"
	"math"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/ampel/ztf"
	"github.com/penstock/penstock/ampel/ztf/ztfsim"
)

func newSurvey(t require.TestingT, c ztfsim.Config) *ztfsim.Survey {
	s, err := ztfsim.New(c)
	require.NoError(t, err)
	return s
}

var small = ztfsim.Config{Seed: 7, Supernovae: 40, Variables: 20, Movers: 100, Artifacts: 100}

// sumOf is a checksum of everything in a packet.
func sumOf(t require.TestingT, p *ztf.Packet) uint32 {
	sum := crc32.NewIEEE()
	for _, point := range append([]*ztf.Point{p.Candidate}, p.History...) {
		_, raw, err := point.Body.MarshalBSONValue()
		require.NoError(t, err)
		_, _ = sum.Write(raw)
		fmt.Fprint(sum, point.Candid, point.JD, point.Mag)
	}
	fmt.Fprint(sum, p.ObjectID, p.Candid)
	return sum.Sum32()
}

func TestSameSeedSamePackets(t *testing.T) {
	first, second := newSurvey(t, small), newSurvey(t, small)
	var sums []uint32
	for p := range first.Packets() {
		sums = append(sums, sumOf(t, p))
	}
	require.NotEmpty(t, sums)
	for _, s := range []*ztfsim.Survey{first, second} {
		i := 0
		for p := range s.Packets() {
			require.Equal(t, sums[i], sumOf(t, p))
			i++
		}
		require.Len(t, sums, i)
	}
	other := small
	other.Seed++
	for p := range newSurvey(t, other).Packets() {
		require.NotEqual(t, sums[0], sumOf(t, p))
		break
	}
}

func TestPacketsAreAsTheSurveyMakesThem(t *testing.T) {
	s := newSurvey(t, small)
	name := regexp.MustCompile(`^ZTF20[a-z]{7}$`)
	candids := map[int64]bool{}
	earlier := map[string][]*ztf.Packet{}
	last := 0.0
	for p := range s.Packets() {
		require.Regexp(t, name, p.ObjectID)
		require.False(t, candids[p.Candid], "alert %d is there twice", p.Candid)
		candids[p.Candid] = true
		c := p.Candidate
		require.GreaterOrEqual(t, c.JD, last)
		last = c.JD
		require.Equal(t, p.Candid, c.Candid)
		require.Less(t, c.Mag, c.Limit+0.6, "a detection is above the limit")
		require.Less(t, c.MagErr, 0.218, "five sigma")

		want := map[int64]*ztf.Packet{}
		for _, e := range earlier[p.ObjectID] {
			if e.Candidate.JD >= c.JD-30 {
				want[e.Candid] = e
			}
		}
		at := c.JD - 30
		for _, h := range p.History {
			require.GreaterOrEqual(t, h.JD, at)
			require.Less(t, h.JD, c.JD)
			at = h.JD
			if h.Detection() {
				require.Contains(t, want, h.Candid, "history has what was an alert")
				require.Equal(t, want[h.Candid].Candidate.Mag, h.Mag)
				delete(want, h.Candid)
			} else {
				require.Zero(t, h.Candid)
				require.False(t, math.IsNaN(h.Limit))
			}
		}
		require.Empty(t, want, "history has all detections of 30 days")
		earlier[p.ObjectID] = append(earlier[p.ObjectID], p)
	}
}

func TestClassesLookDifferent(t *testing.T) {
	s := newSurvey(t, ztfsim.Config{Seed: 3, Supernovae: 300, Variables: 300, Movers: 1000, Artifacts: 1000})
	type sums struct {
		alerts, known, negative, star, sharp int
		objects                              map[string]int
	}
	seen := map[ztfsim.Class]*sums{}
	for p := range s.Packets() {
		class, ok := s.Class(p.ObjectID)
		require.True(t, ok)
		n := seen[class]
		if n == nil {
			n = &sums{objects: map[string]int{}}
			seen[class] = n
		}
		n.alerts++
		n.objects[p.ObjectID]++
		ss, _ := p.Candidate.Body.Get("ssdistnr").Float()
		sg, _ := p.Candidate.Body.Get("sgscore1").Float()
		if ss >= 0 {
			n.known++
		}
		if !p.Candidate.Positive {
			n.negative++
		}
		if sg > 0.5 {
			n.star++
		}
		if p.Candidate.DRB > 0.5 {
			n.sharp++
		}
	}
	part := func(n, of int) float64 { return float64(n) / float64(of) }
	require.Len(t, seen, 4)
	sn, vs, mo, ar := seen[ztfsim.Supernova], seen[ztfsim.Variable], seen[ztfsim.Mover], seen[ztfsim.Artifact]
	require.Greater(t, part(len(sn.objects), 300), 0.8, "most supernovae are seen")
	require.Greater(t, part(sn.alerts, len(sn.objects)), 8.0)
	require.Less(t, part(mo.alerts, len(mo.objects)), 1.5)
	require.InDelta(t, 0.85, part(mo.known, mo.alerts), 0.1)
	require.Zero(t, sn.known+vs.known+ar.known)
	require.InDelta(t, 0.5, part(vs.negative, vs.alerts), 0.15)
	require.Zero(t, sn.negative)
	require.Zero(t, sn.star)
	require.InDelta(t, 0.85, part(vs.star, vs.alerts), 0.1)
	require.Greater(t, part(sn.sharp, sn.alerts), 0.8)
	require.Less(t, part(ar.sharp, ar.alerts), 0.05)
}

// TestSupernovaIsWhatItWas compares the brightest detections with the truth.
func TestSupernovaIsWhatItWas(t *testing.T) {
	s := newSurvey(t, ztfsim.Config{Seed: 5, Supernovae: 200})
	compared := 0
	brightest := map[string]*ztf.Point{}
	for p := range s.Packets() {
		if b := brightest[p.ObjectID]; p.Candidate.Band == ztf.BandR && (b == nil || p.Candidate.Mag < b.Mag) {
			brightest[p.ObjectID] = p.Candidate
		}
	}
	for name, b := range brightest {
		o, ok := s.Object(name)
		require.True(t, ok)
		require.Equal(t, ztfsim.Supernova, o.Class)
		require.InDelta(t, o.RA, b.RA, 0.01)
		require.InDelta(t, o.Dec, b.Dec, 0.001)
		if o.PeakJD < 2459000.5+20 || o.PeakJD > 2459000.5+100 || o.PeakMag > 18.5 {
			continue // the peak may not have been seen
		}
		compared++
		require.InDelta(t, o.PeakMag, b.Mag, 0.5)
		require.InDelta(t, o.PeakJD, b.JD, 20)
	}
	require.Greater(t, compared, 10)
}

func TestForAlertsGivesAboutThatMany(t *testing.T) {
	n := 0
	for range newSurvey(t, ztfsim.ForAlerts(20_000, 1)).Packets() {
		n++
	}
	require.InEpsilon(t, 20_000, n, 0.15)
}

func TestTruth(t *testing.T) {
	s := newSurvey(t, small)
	n := map[ztfsim.Class]int{}
	for o := range s.Objects() {
		n[o.Class]++
		found, ok := s.Object(o.Name)
		require.True(t, ok)
		require.Equal(t, o, found)
	}
	require.Equal(t, map[ztfsim.Class]int{ztfsim.Supernova: 40, ztfsim.Variable: 20, ztfsim.Mover: 100, ztfsim.Artifact: 100}, n)
	_, ok := s.Object("ZTF20nothing")
	require.False(t, ok)
	_, ok = s.Class("ZTF20nothing")
	require.False(t, ok)
	require.Equal(t, "supernova variable mover artifact", fmt.Sprint(ztfsim.Supernova, ztfsim.Variable, ztfsim.Mover, ztfsim.Artifact))
}

func TestBadConfig(t *testing.T) {
	for name, c := range map[string]ztfsim.Config{
		"negative": {Supernovae: -1}, "nights": {Nights: 1e6}, "fields": {Fields: -2},
		"start": {Start: 5}, "nan": {Start: math.NaN()}, "too many": {Movers: 1e9},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ztfsim.New(c)
			require.Error(t, err)
		})
	}
}

// TestAnyConfig goes through surveys of all kinds.
func TestAnyConfig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := ztfsim.Config{
			Seed: rapid.Uint64().Draw(t, "seed"), Nights: rapid.IntRange(0, 90).Draw(t, "nights"),
			Fields: rapid.IntRange(0, 5).Draw(t, "fields"), Supernovae: rapid.IntRange(0, 5).Draw(t, "supernovae"),
			Variables: rapid.IntRange(0, 3).Draw(t, "variables"), Movers: rapid.IntRange(0, 20).Draw(t, "movers"),
			Artifacts: rapid.IntRange(0, 20).Draw(t, "artifacts"),
		}
		s := newSurvey(t, c)
		n := 0
		for p := range s.Packets() {
			require.NotEmpty(t, p.ObjectID)
			if n++; n == 50 {
				break
			}
		}
	})
}
