package complement

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

// Lookup is the configuration of SEDMSpectrumAppender, FritzReport and
// GROWTHMarshalReport: they ask a service about a stock by the first of its
// names that fits, with GET <base_url>/<name>, and put the answer into
// extra[<name of the unit>]: null if the service knows nothing, or if no name
// fits. Stock documents must be loaded.
type Lookup struct {
	Remote
	// Prefix is what the name must begin with. Default: any name.
	Prefix string `config:"prefix"`
}

// NewLookup returns the constructor of a unit.
func NewLookup(unit string) func(env *ampel.Env, c Lookup) (t3.Complementer, error) {
	return func(_ *ampel.Env, c Lookup) (t3.Complementer, error) {
		return &lookup{unit: unit, prefix: c.Prefix, service: c.HTTP()}, nil
	}
}

// NewLookupOf returns a unit that asks another service.
func NewLookupOf(unit, prefix string, service Service) t3.Complementer {
	return &lookup{unit, prefix, service}
}

type lookup struct {
	unit, prefix string
	service      Service
}

func (l *lookup) Complement(ctx context.Context, buffers []*ampel.AmpelBuffer, _ *ampel.T3Store) error {
	for _, b := range buffers {
		if b.Stock == nil {
			return fmt.Errorf("the document of stock %v is not loaded: %s needs its names", b.ID, l.unit)
		}
		answer, err := l.ask(ctx, b.Stock.Name)
		if err != nil {
			return fmt.Errorf("stock %v: %w", b.ID, err)
		}
		b.SetExtra(l.unit, answer)
	}
	return nil
}

func (l *lookup) ask(ctx context.Context, names []ampel.Label) (any, error) {
	for _, n := range names {
		if !strings.HasPrefix(n.String(), l.prefix) {
			continue
		}
		var answer any
		found, err := l.service.Get(ctx, "/"+url.PathEscape(n.String()), nil, &answer)
		if err != nil || !found {
			return nil, err
		}
		return answer, nil
	}
	return nil, nil
}
