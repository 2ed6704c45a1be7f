package page

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"

	"github.com/penstock/penstock/bench/report"
	"github.com/penstock/penstock/pl/tune"
)

// A sweepView is what the page shows of a sweep.
type sweepView struct {
	report.Sweep
	Best    string
	Busy    string // a warning, or nothing
	Law     string // how it scales, or nothing
	Figures []template.HTML
	Rows    []sweepRow
}

type sweepRow struct {
	Backend, Workers, Size, Rate, Spread, Speedup, P50, P99, InFunc, CPU, Memory, Mark string
}

func viewOf(s report.Sweep) sweepView {
	v := sweepView{Sweep: s, Best: s.Report.Best.Setting.String(), Busy: s.Report.Busy(), Law: s.Report.Scalability()}
	v.Figures = []template.HTML{
		rateChart(s.Report).figure(), speedupChart(s.Report).figure(), latencyChart(s.Report).figure(), cpuChart(s.Report).figure(),
	}
	for _, x := range s.Report.Results {
		row := sweepRow{
			x.Backend, strconv.Itoa(x.Workers), strconv.Itoa(x.MaxSize), short(x.Rate.Median), fmt.Sprintf("%.0f%%", 100*x.Rate.Noise()),
			fmt.Sprintf("%.2f", x.Speedup.Median), nanos(float64(x.Latency.P50)), nanos(float64(x.Latency.P99)), nanos(float64(x.InFunc)),
			nanos(1e9 * x.CPU), fmt.Sprintf("%.1f", float64(x.Memory.Total())/(1<<20)), "",
		}
		switch {
		case x.Setting == s.Report.Best.Setting:
			row.Mark = "recommended"
		case x.Stopped:
			row.Mark = "stopped early"
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// colors of the backends; gray is for what they are compared with.
var colors = map[string]int{"sync": 0, "thread": 1, "task": 2, "process": 3}

// curves returns a series for each backend and length of the queue but sync, and the
// numbers of workers that there are.
func curves(r tune.Report, y func(tune.Result) point) (all []series, workers []float64) {
	sizes := map[int]bool{}
	for _, x := range r.Results {
		sizes[x.MaxSize] = true
	}
	for _, x := range r.Results {
		if x.Backend == "sync" {
			continue
		}
		name := x.Backend
		if len(sizes) > 1 {
			name += fmt.Sprintf(", MaxSize %d", x.MaxSize)
		}
		i := slices.IndexFunc(all, func(s series) bool { return s.name == name })
		if i < 0 {
			color, known := colors[x.Backend]
			if !known {
				color = 4
			}
			all = append(all, series{name: name, color: color, dots: true})
			i = len(all) - 1
		}
		p := y(x)
		p.x, p.ring = float64(x.Workers), x.Setting == r.Best.Setting
		all[i].points = append(all[i].points, p)
		if !slices.Contains(workers, p.x) {
			workers = append(workers, p.x)
		}
	}
	slices.Sort(workers)
	if len(workers) == 0 {
		workers = []float64{1}
	}
	return all, workers
}

func rateChart(r tune.Report) chart {
	all, workers := curves(r, func(x tune.Result) point {
		return point{y: x.Rate.Median, low: x.Rate.Min, high: x.Rate.Max}
	})
	all = append(all, onSync(r, workers, r.Results[0].Rate.Median))
	return chart{
		title: "Throughput", x: "workers", y: "items per second", series: all,
		xTicks: workers, xLog: true, xText: whole, yText: short,
	}
}

// onSync returns the value of sync as a line, since it has no number of workers.
func onSync(r tune.Report, workers []float64, v float64) series {
	first := point{x: workers[0], y: v, ring: r.Best.Backend == "sync"}
	return series{name: "sync", dashed: true, points: []point{first, {x: workers[len(workers)-1], y: v}}}
}

// cpuChart shows what the backends add to the work.
func cpuChart(r tune.Report) chart {
	all, workers := curves(r, func(x tune.Result) point { return point{y: 1e9 * x.CPU} })
	return chart{
		title: "Processor time of an item", x: "workers", y: "all processes together", series: append(all, onSync(r, workers, 1e9*r.Results[0].CPU)),
		xTicks: workers, xLog: true, xText: whole, yText: nanos,
	}
}

// speedupChart has the ideal as well: as many times as there are workers, or processors
// if the function computes.
func speedupChart(r tune.Report) chart {
	all, workers := curves(r, func(x tune.Result) point {
		return point{y: x.Speedup.Median, low: x.Speedup.Min, high: x.Speedup.Max}
	})
	ideal := series{name: "ideal", dashed: true}
	limit := float64(r.Processors) / max(r.Best.Computing, 1e-6)
	if limit < workers[len(workers)-1] {
		ideal.name = fmt.Sprintf("ideal with %d processors", r.Processors)
	}
	steps := slices.Clone(workers)
	if limit > steps[0] && limit < steps[len(steps)-1] {
		steps = append(steps, limit)
		slices.Sort(steps)
	}
	for _, w := range steps {
		ideal.points = append(ideal.points, point{x: w, y: min(w, limit)})
	}
	return chart{
		title: "Speed-up", x: "workers", y: "times the rate of sync", series: append(all, ideal),
		xTicks: workers, xLog: true, xText: whole, yText: func(v float64) string { return short(v) + "×" },
	}
}

// latencyChart has a curve for sync and for one setting of each backend: that with as
// many workers as the recommended one, or else the next fewer.
func latencyChart(r tune.Report) chart {
	c := chart{
		title: "Latency of an item", x: "items that took no longer, in percent", y: "time on the way, queue empty",
		xTicks: []float64{0, 25, 50, 75, 100}, xText: short, yText: nanos,
	}
	chosen := map[string]tune.Result{}
	var order []string
	for _, x := range r.Results {
		before, ok := chosen[x.Backend]
		if !ok {
			order = append(order, x.Backend)
		}
		better := x.Workers <= max(r.Best.Workers, 1) && x.Workers >= before.Workers
		if !ok || better && (before.Setting != r.Best.Setting) {
			chosen[x.Backend] = x
		}
	}
	for _, name := range order {
		x := chosen[name]
		color, known := colors[name]
		if !known {
			color = 4
		}
		s := series{name: x.Setting.String(), color: color, dashed: name == "sync"}
		for i, q := range x.Latency.Quantiles {
			s.points = append(s.points, point{x: float64(i), y: max(1, float64(q))})
		}
		if len(s.points) > 0 {
			c.series = append(c.series, s)
		}
	}
	return c
}
