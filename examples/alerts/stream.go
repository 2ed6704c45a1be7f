package main

import (
	"archive/tar"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t0"
	"github.com/penstock/penstock/ampel/ztf"
	"github.com/penstock/penstock/ampel/ztf/ztfsim"
	"github.com/penstock/penstock/pl"
)

// supplierUnit is the name of the supplier in the job.
const supplierUnit = "AlertStream"

// stream is where the alerts come from: packets, or a simulated survey.
type stream struct {
	source   t0.AlertSupplier
	survey   *ztfsim.Survey // nil for real alerts
	what     string         // in words
	about    int            // how many alerts there are, 0 if nobody knows
	taken    atomic.Int64
	broken   atomic.Int64 // packets
	troubles atomic.Int64 // errors of the tiers, those of broken packets included
	first    atomic.Pointer[error]
	alerts   map[string]*sightings // of each source that is simulated
}

func openStream(o options) (*stream, error) {
	if o.alerts != "" {
		if o.write != "" {
			return nil, errors.New("-write is for simulated packets: leave out -alerts")
		}
		a := &ztf.Archive{Paths: []string{o.alerts}}
		if _, err := a.Packets(); err != nil {
			return nil, err
		}
		return &stream{source: a, what: "Alerts of ZTF from " + o.alerts}, nil
	}
	if o.n < 1 {
		return nil, fmt.Errorf("-n %d: has to be at least 1", o.n)
	}
	survey, err := ztfsim.New(ztfsim.ForAlerts(o.n, o.seed))
	if err != nil {
		return nil, err
	}
	return &stream{
		source: survey, survey: survey, about: o.n, alerts: map[string]*sightings{},
		what: fmt.Sprintf("A simulated survey of 120 nights, seed %d", o.seed),
	}, nil
}

// supplier builds the supplier, which counts what goes through.
func (s *stream) supplier(*ampel.Env, struct{}) (t0.AlertSupplier, error) {
	return t0.SupplierFunc(func(ctx context.Context) (pl.Stage[t0.Delivery], error) {
		deliveries, err := s.source.Alerts(ctx)
		if err != nil {
			return deliveries, err
		}
		return pl.Tap(s.look)(deliveries), nil
	}), nil
}

func (s *stream) look(d t0.Delivery) {
	s.taken.Add(1)
	if d.Err != nil {
		s.broken.Add(1)
		s.first.CompareAndSwap(nil, &d.Err)
		return
	}
	if s.alerts == nil {
		return
	}
	jd, _ := d.Alert.Datapoints[0].Get("jd").Float()
	name := d.Alert.Name[0].String()
	if s.alerts[name] == nil {
		s.alerts[name] = &sightings{first: jd}
	}
	s.alerts[name].n++
	s.alerts[name].last = jd
}

// troubled says how many packets are broken, and what is wrong with the first.
func (s *stream) troubled() string {
	n := s.broken.Load()
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %s packets are broken, such as\n          %v", commas(n), *s.first.Load())
}

// write writes the simulated packets as the survey archives them: a tar file of
// containers.
func (s *stream) write(ctx context.Context, file string, out io.Writer) (err error) {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
		if err != nil {
			os.Remove(file)
		}
	}()
	buffer := bufio.NewWriterSize(f, 1<<20)
	archive := tar.NewWriter(buffer)
	n := int64(0)
	for p := range s.survey.Packets() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		data, err := ztf.Encode(p)
		if err != nil {
			return err
		}
		header := &tar.Header{
			Name: fmt.Sprintf("%d.avro", p.Candid), Size: int64(len(data)), Mode: 0o644,
			ModTime: time.Unix(int64((p.Candidate.JD-2440587.5)*86400), 0), Typeflag: tar.TypeReg,
		}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := archive.Write(data); err != nil {
			return err
		}
		n++
	}
	if err := errors.Join(archive.Close(), buffer.Flush()); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s packets are in %s\n", commas(n), file)
	return nil
}
