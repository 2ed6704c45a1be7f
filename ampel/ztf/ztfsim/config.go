package ztfsim

import (
	"errors"
	"fmt"
)

// Config says what is in the sky and how long it is looked at.
type Config struct {
	Seed   uint64
	Start  float64 // Julian date of the first evening; 2459000.5, in May 2020, if zero
	Nights int     // 120 if zero
	Fields int     // how many parts of the sky; one for 100 sources if zero

	Supernovae int
	Variables  int
	Movers     int
	Artifacts  int
}

// What one source of a class gives on average in 120 nights, measured with 2000 of
// each.
const (
	alertsPerSupernova = 19.1
	alertsPerVariable  = 23.4
	alertsPerMover     = 1.03
	alertsPerArtifact  = 0.76
)

// ForAlerts returns a Config that gives about n alerts in 120 nights, a few per cent
// more or less if n is large: of ten, three are of supernovae, four of variable stars,
// two of moving objects, and one of an artifact.
func ForAlerts(n int, seed uint64) Config {
	part := func(share, each float64) int { return int(share*float64(n)/each) + 1 }
	return Config{
		Seed:       seed,
		Supernovae: part(0.3, alertsPerSupernova),
		Variables:  part(0.4, alertsPerVariable),
		Movers:     part(0.2, alertsPerMover),
		Artifacts:  part(0.1, alertsPerArtifact),
	}
}

// The most that a Config may ask for.
const (
	maxNights  = 3650
	maxFields  = 1000
	maxSources = 10_000_000
)

func (c *Config) complete() error {
	var errs []error
	for _, n := range []struct {
		name  string
		value int
		most  int
	}{
		{"Nights", c.Nights, maxNights},
		{"Fields", c.Fields, maxFields},
		{"Supernovae", c.Supernovae, maxSources},
		{"Variables", c.Variables, maxSources},
		{"Movers", c.Movers, maxSources},
		{"Artifacts", c.Artifacts, maxSources},
	} {
		if n.value < 0 || n.value > n.most {
			errs = append(errs, fmt.Errorf("ztfsim: %s: %d: has to be from 0 to %d", n.name, n.value, n.most))
		}
	}
	if c.Start == 0 {
		c.Start = 2459000.5
	}
	// Before the survey began, its numbers of nights are negative.
	if !(c.Start >= epoch+1 && c.Start < epoch+9000) {
		errs = append(errs, fmt.Errorf("ztfsim: Start: %v: has to be a Julian date from %v to %v", c.Start, epoch+1, epoch+9000))
	}
	if c.Nights == 0 {
		c.Nights = 120
	}
	if c.Fields == 0 {
		c.Fields = min(1+(c.Supernovae+c.Variables+(c.Movers+c.Artifacts)/10)/100, maxFields)
	}
	return errors.Join(errs...)
}
