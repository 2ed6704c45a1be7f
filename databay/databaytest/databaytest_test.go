package databaytest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/databay"
	"github.com/penstock/penstock/databay/databaytest"
)

// inlet can be wrong in several ways.
type inlet struct {
	wrong  string
	n      int
	starts int
}

func (in *inlet) OnStart(context.Context) error {
	if in.starts++; in.starts == 2 && in.wrong == "does not start again" {
		return errors.New("started before")
	}
	return nil
}

func (in *inlet) Pull(context.Context, databay.Update) ([]databay.Record[*int], error) {
	in.n++
	switch in.wrong {
	case "fails":
		return nil, errors.New("broken")
	case "nothing":
		return nil, nil
	case "nil payload":
		return databay.Records[*int](nil), nil
	}
	return databay.Records(&in.n), nil
}

func (in *inlet) Commit(context.Context, databay.Update) error { return nil }

func (in *inlet) Rollback(context.Context, databay.Update) error {
	if in.wrong != "forgets" {
		in.n--
	}
	return nil
}

// numbers has payloads that can be compared.
type numbers struct{ inlet }

func (in *numbers) Pull(context.Context, databay.Update) ([]databay.Record[int], error) {
	in.n++
	return databay.Records(in.n), nil
}

type outlet struct{ wrong string }

func (o *outlet) Push(_ context.Context, rs []databay.Record[int], _ databay.Update) error {
	switch {
	case o.wrong == "no empty batch" && len(rs) == 0:
		return errors.New("empty")
	case o.wrong == "changes" && len(rs) > 0:
		rs[0].Payload++
	case o.wrong == "needs metadata" && len(rs) > 0 && rs[0].Text("k", "") == "":
		return errors.New("no metadata")
	}
	return nil
}

func TestSuites(t *testing.T) {
	if wrong, ok := os.LookupEnv("DATABAYTEST_WRONG"); ok {
		switch wrong {
		case "no empty batch", "changes", "needs metadata", "unverified":
			databaytest.Outlet(t, func(*testing.T) databay.Outlet[int] { return &outlet{wrong} }, []int{1, 2}, func(t *testing.T, _ databay.Outlet[int]) {
				if wrong == "unverified" {
					t.Error("not there")
				}
			})
		case "forgets":
			databaytest.Inlet(t, func(*testing.T) databay.Inlet[int] { return &numbers{inlet{wrong: wrong}} })
		default:
			databaytest.Inlet(t, func(*testing.T) databay.Inlet[*int] { return &inlet{wrong: wrong} })
		}
		return
	}
	databaytest.Inlet(t, func(*testing.T) databay.Inlet[int] { return &numbers{} })
	databaytest.Outlet(t, func(*testing.T) databay.Outlet[int] { return &outlet{} }, []int{1, 2}, nil)
	for _, wrong := range []string{"fails", "nothing", "nil payload", "does not start again", "forgets", "no empty batch", "changes", "needs metadata", "unverified"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestSuites$")
		cmd.Env = append(os.Environ(), "DATABAYTEST_WRONG="+wrong)
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit, "%s: the suite finds nothing wrong", wrong)
		require.Contains(t, string(out), "FAIL", wrong)
	}
}
