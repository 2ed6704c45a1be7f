package mongotest

import (
	"os"
	"testing"

	"github.com/penstock/penstock/ampel/internal/t2test"
)

// T2Worker does with a server what it does with a folder.
func TestT2(t *testing.T) {
	skip := map[string]string{}
	if os.Getenv("MONGODB_URI") == "" {
		skip = ferretSkipsT2
	}
	t2test.Run(t, open, skip)
}

var ferretSkipsT2 = map[string]string{
	"workers side by side": "FerretDB's updates are not atomic",
}
