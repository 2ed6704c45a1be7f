package mongotest

import (
	"os"
	"testing"

	"github.com/penstock/penstock/ampel/t0/t0test"
)

func TestT0(t *testing.T) {
	o := t0test.Options{}
	if os.Getenv("MONGODB_URI") == "" {
		const missing = "FerretDB takes missing fields as different, so that its unique indexes refuse nothing"
		o = t0test.Options{Many: 60, Skip: map[string]string{
			"a kill before the journal":             missing,
			"a kill before the tickets":             missing,
			"a kill in the middle of bulks":         missing,
			"error_max":                             "FerretDB takes more than a minute for some hundred alerts",
			"two processes take the same alerts in": "FerretDB's updates are not atomic",
		}}
	}
	t0test.Run(t, open, o)
}
