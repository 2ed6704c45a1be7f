package complement

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

// TNS is the configuration of TNSNames and TNSReports: they search a catalogue
// around the position of a stock, with
//
//	GET <base_url>?catalog=TNS&ra=..&dec=..&radius=..
//
// which answers with a list of objects that have objname. The position, in
// degrees, is in the newest good result of unit T2LightCurveSummary, which must
// be loaded. "TNS" and the name of each object are added to the names of the
// stock, if its document is loaded.
type TNS struct {
	Remote
	SearchRadius  float64 `config:"search_radius"`  // in seconds of arc; default 3
	IncludeReport bool    `config:"include_report"` // puts the objects into extra.TNSReports
}

// SetDefaults sets the defaults.
func (c *TNS) SetDefaults() {
	c.Remote.SetDefaults()
	c.SearchRadius = 3
}

// CheckConfig finds mistakes.
func (c *TNS) CheckConfig() error {
	if !(c.SearchRadius > 0) {
		return ampel.PathError("search_radius", errors.New("is not above 0"))
	}
	return c.Remote.CheckConfig()
}

// NewTNSNames builds a TNSNames.
func NewTNSNames(_ *ampel.Env, c TNS) (t3.Complementer, error) { return &tns{c, c.HTTP()}, nil }

// NewTNSReports builds a TNSReports, which includes the reports.
func NewTNSReports(_ *ampel.Env, c TNS) (t3.Complementer, error) {
	c.IncludeReport = true
	return &tns{c, c.HTTP()}, nil
}

type tns struct {
	conf    TNS
	service Service
}

const summary = "T2LightCurveSummary"

func (c *tns) Complement(ctx context.Context, buffers []*ampel.AmpelBuffer, _ *ampel.T3Store) error {
	for _, b := range buffers {
		ra, dec, err := position(b)
		if err != nil {
			return fmt.Errorf("stock %v: %w", b.ID, err)
		}
		var objects []map[string]any
		_, err = c.service.Get(ctx, "", url.Values{
			"catalog": {"TNS"}, "ra": {number(ra)}, "dec": {number(dec)}, "radius": {number(c.conf.SearchRadius)},
		}, &objects)
		if err != nil {
			return fmt.Errorf("stock %v: %w", b.ID, err)
		}
		for _, o := range objects {
			name, ok := o["objname"].(string)
			if !ok || b.Stock == nil {
				continue
			}
			if label := ampel.Name("TNS" + name); !slices.Contains(b.Stock.Name, label) {
				b.Stock.Name = append(b.Stock.Name, label)
			}
		}
		if c.conf.IncludeReport && len(objects) > 0 {
			b.SetExtra("TNSReports", objects)
		}
	}
	return nil
}

// position returns where a stock is.
func position(b *ampel.AmpelBuffer) (ra, dec float64, err error) {
	if b.T2 == nil {
		return 0, 0, errors.New("t2 is not loaded: TNSNames needs the position from " + summary)
	}
	for _, d := range slices.Backward(b.T2) {
		if d.Unit != summary || d.Code != ampel.OK || len(d.Body) == 0 {
			continue
		}
		body := d.Body[len(d.Body)-1]
		ra, raOK := body.Get("ra").Float()
		dec, decOK := body.Get("dec").Float()
		if raOK && decOK {
			return ra, dec, nil
		}
	}
	return 0, 0, errors.New("no result of " + summary + " has ra and dec")
}
