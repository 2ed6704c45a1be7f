package complement

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/penstock/penstock/ampel"
)

// Service answers questions about the outside world. HTTP is the one that
// comes with the package; tests and other programmes bring their own.
type Service interface {
	// Get returns the answer to path and query, decoded from JSON into what into
	// points to. found is false if the service knows nothing about it.
	Get(ctx context.Context, path string, query url.Values, into any) (found bool, err error)
}

// Remote is the part of a configuration that says where a service is.
type Remote struct {
	// BaseURL is put in front of paths: http://host:port/api.
	BaseURL string `config:"base_url,required"`
	// Timeout is for one try. Default 10s.
	Timeout time.Duration `config:"timeout"`
	// Retries is how often a request is tried again when the service is busy
	// (408, 429, 502, 503, 504) or cannot be reached. Default 3.
	Retries int `config:"retries"`
	// Wait is the pause before the first retry; it doubles. Default 500ms.
	Wait time.Duration `config:"wait"`
}

// SetDefaults sets the defaults.
func (r *Remote) SetDefaults() {
	r.Timeout, r.Retries, r.Wait = 10*time.Second, 3, 500*time.Millisecond
}

// CheckConfig finds mistakes.
func (r *Remote) CheckConfig() error {
	u, err := url.Parse(r.BaseURL)
	switch {
	case err != nil:
		return ampel.PathError("base_url", err)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return ampel.PathError("base_url", fmt.Errorf("%q is no http address", r.BaseURL))
	case r.Timeout <= 0:
		return ampel.PathError("timeout", errors.New("is not above 0"))
	case r.Retries < 0 || r.Retries > 20:
		return ampel.PathError("retries", fmt.Errorf("%d is not between 0 and 20", r.Retries))
	case r.Wait < 0:
		return ampel.PathError("wait", errors.New("is negative"))
	}
	return nil
}

// HTTP returns the service.
func (r Remote) HTTP() Service { return &client{r, &http.Client{Timeout: r.Timeout}} }

type client struct {
	Remote
	http *http.Client
}

// maxAnswer bounds what is read of one answer.
const maxAnswer = 64 << 20

// errBusy asks for another try.
var errBusy = errors.New("the service is busy")

func (c *client) Get(ctx context.Context, path string, query url.Values, into any) (bool, error) {
	address := c.BaseURL + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	wait := c.Wait
	for try := 0; ; try++ {
		found, err := c.once(ctx, address, into)
		if err == nil || ctx.Err() != nil || try == c.Retries || !retryable(err) {
			return found, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
		wait *= 2
	}
}

// retryable: the service is busy, or could not be reached.
func retryable(err error) bool {
	var net *url.Error
	return errors.Is(err, errBusy) || errors.As(err, &net)
}

func (c *client) once(ctx context.Context, address string, into any) (bool, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return false, err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
		body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
		if err != nil {
			return false, err
		}
		if len(body) > maxAnswer {
			return false, fmt.Errorf("%s: the answer is longer than %d bytes", address, maxAnswer)
		}
		if err := json.Unmarshal(body, into); err != nil {
			return false, fmt.Errorf("%s: the answer is no JSON of the expected kind: %w", address, err)
		}
		return true, nil
	case http.StatusNotFound:
		return false, nil
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return false, fmt.Errorf("%s: status %s: %w", address, res.Status, errBusy)
	}
	return false, fmt.Errorf("%s: status %s", address, res.Status)
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
