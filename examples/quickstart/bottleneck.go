package main

import (
	"fmt"
	"time"

	"github.com/penstock/penstock/pl"
)

// bottleneck says which stage held up the others, and how that shows. It is the one
// whose workers spent the largest share of the time in their function; of stages
// that are about equal in that, the one with the fullest queue in front.
func bottleneck(stages []pl.StageStats, waiting []float64, wall time.Duration) string {
	const (
		near = 0.05 // shares this close are equal
		idle = 0.5  // below this, workers wait more than they work
	)
	slowest, most, fullest := -1, 0.0, 0.0
	for i, s := range stages {
		share, fill := busyShare(s, wall), 0.0
		if waiting != nil && s.MaxSize > 0 {
			fill = min(1, waiting[i]/float64(s.MaxSize))
		}
		if share > most+near || share > most-near && fill > fullest {
			slowest, most, fullest = i, share, fill
		}
	}
	if slowest < 0 || most < idle {
		return "No stage was busy even half of the time: they waited for the files to be found."
	}
	s := stages[slowest]
	text := fmt.Sprintf("The bottleneck was %s: %s busy %.0f%% of the time", s.Name, workers(s.Workers), 100*most)
	if waiting != nil {
		text += fmt.Sprintf(", and the queue in front was %.0f%% full", 100*fullest)
	}
	return text + "."
}

// busyShare returns how much of the time the workers of a stage were in their
// function: 1 if all of them were, all of the time.
func busyShare(s pl.StageStats, wall time.Duration) float64 {
	if s.Workers == 0 || wall <= 0 {
		return 0
	}
	return s.Time.Seconds() / (float64(s.Workers) * wall.Seconds())
}

func workers(n int) string {
	if n == 1 {
		return "its worker was"
	}
	return fmt.Sprintf("its %d workers were", n)
}
