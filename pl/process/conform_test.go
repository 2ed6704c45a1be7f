package process_test

import (
	"testing"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/internal/conform"
	"github.com/penstock/penstock/pl/process"
)

var (
	act         = pl.Register(conform.Act)
	keep        = pl.Register(conform.Keep)
	spread      = pl.Register(conform.Spread)
	visit       = pl.RegisterEach(conform.Visit)
	tell        = pl.Register(conform.Tell)
	inc         = pl.Register(conform.Inc)
	even        = pl.Register(conform.Even)
	twice       = pl.Register(conform.Twice)
	hooked      = pl.RegisterWith(pl.OnStart(conform.Open).OnDone(conform.Close), conform.ActWith, pl.As("hooked"))
	startFails  = pl.RegisterWith(pl.OnStart(conform.OpenFails).OnDone(conform.Close), conform.ActWith, pl.As("startFails"))
	startPanics = pl.RegisterWith(pl.OnStart(conform.OpenPanics).OnDone(conform.Close), conform.ActWith, pl.As("startPanics"))
	startExits  = pl.RegisterWith(pl.OnStart(conform.OpenExits).OnDone(conform.Close), conform.ActWith, pl.As("startExits"))
	doneFails   = pl.RegisterWith(pl.OnStart(conform.Open).OnDone(conform.CloseFails), conform.ActWith, pl.As("doneFails"))
	donePanics  = pl.RegisterWith(pl.OnStart(conform.Open).OnDone(conform.ClosePanics), conform.ActWith, pl.As("donePanics"))
)

func init() { pl.RegisterError(conform.ErrBoom) }

func TestConform(t *testing.T) {
	conform.Run(t, conform.Suite{Backend: process.Backend, Eager: true, Kills: true, Funcs: conform.Funcs{
		Act: act, Keep: keep, Spread: spread, Visit: visit, Tell: tell, Inc: inc, Even: even, Twice: twice,
		Hooked: hooked, StartFails: startFails, StartPanics: startPanics, StartExits: startExits, DoneFails: doneFails, DonePanics: donePanics,
	}})
}
