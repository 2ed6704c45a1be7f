package inlets

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/penstock/penstock/databay"
)

// HTTPConfig says what to get. The zero value of every field but URL is its default.
type HTTPConfig[T any] struct {
	URL    string
	Params url.Values  // added to those of URL
	Header http.Header // of every request

	// Prepare changes a request before it is sent, first pages and retries included: for
	// tokens that expire, or a position that moves.
	Prepare func(req *http.Request) error
	// Decode makes payloads of a body that is not empty. The default is [DecodeJSON].
	Decode func(body []byte) ([]T, error)
	// Next returns the URL of the next page, or "" after the last one. The default is
	// that there is one page. It is called after Decode.
	Next func(resp *http.Response, body []byte) (string, error)
	// MaxPages bounds the pages of one pull; 0 means 1000. More are an error.
	MaxPages int

	// Timeout bounds one request with its body; 0 means 30 seconds.
	Timeout time.Duration
	// Retries is how often a request is tried again after an error of the network or one
	// of the status codes 429 and 5xx. 0 means 3, negative means never.
	Retries int
	// Backoff is the wait before the first retry, which doubles with each; a longer
	// Retry-After of the server counts. 0 means 500 ms.
	Backoff time.Duration
	// MaxBody bounds the bytes of a body; 0 means 64 MiB.
	MaxBody int64

	// CACert is a PEM file of the authorities to trust, instead of those of the system.
	CACert string
	// Client is used instead of one of the inlet's own. CACert then must be empty.
	Client *http.Client
}

// A StatusError is an answer whose status is not 2xx.
type StatusError struct {
	URL    string
	Status int
	Body   string // its beginning
	wait   time.Duration
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("inlets: HTTP %s: status %d %s: %q", e.URL, e.Status, http.StatusText(e.Status), e.Body)
}

// HTTP gets a URL with every pull.
type HTTP[T any] struct {
	cfg    HTTPConfig[T]
	client *http.Client
}

// NewHTTP returns an inlet of what a URL answers, or an error for one that cannot work.
func NewHTTP[T any](cfg HTTPConfig[T]) (*HTTP[T], error) {
	u, err := url.Parse(cfg.URL)
	if err == nil && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		err = errors.New("it needs http:// or https:// and a host")
	}
	if err != nil {
		return nil, fmt.Errorf("inlets: HTTP: URL %q: %w", cfg.URL, err)
	}
	if len(cfg.Params) > 0 {
		q := u.Query()
		for k, vs := range cfg.Params {
			q[k] = append(q[k], vs...)
		}
		u.RawQuery = q.Encode()
	}
	cfg.URL = u.String()
	if cfg.Decode == nil {
		cfg.Decode = DecodeJSON[T]
	}
	set := func(v *time.Duration, def time.Duration) {
		if *v <= 0 {
			*v = def
		}
	}
	set(&cfg.Timeout, 30*time.Second)
	set(&cfg.Backoff, 500*time.Millisecond)
	switch {
	case cfg.Retries == 0:
		cfg.Retries = 3
	case cfg.Retries < 0:
		cfg.Retries = 0
	}
	if cfg.MaxBody <= 0 {
		cfg.MaxBody = 64 << 20
	}
	if cfg.MaxPages <= 0 {
		cfg.MaxPages = 1000
	}
	h := &HTTP[T]{cfg: cfg, client: cfg.Client}
	if h.client == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		h.client = &http.Client{Transport: t}
		if cfg.CACert != "" {
			pem, err := os.ReadFile(cfg.CACert)
			if err != nil {
				return nil, fmt.Errorf("inlets: HTTP: CACert: %w", err)
			}
			pool := x509.NewCertPool()
			if !pool.AppendCertsFromPEM(pem) {
				return nil, fmt.Errorf("inlets: HTTP: CACert: %s has no certificate in PEM format", cfg.CACert)
			}
			t.TLSClientConfig = &tls.Config{RootCAs: pool}
		}
	} else if cfg.CACert != "" {
		return nil, errors.New("inlets: HTTP: both Client and CACert are set: put the authorities into the client")
	}
	return h, nil
}

// String describes the inlet, without what may be secret in its parameters.
func (h *HTTP[T]) String() string {
	u, _ := url.Parse(h.cfg.URL)
	u.RawQuery, u.User = "", nil
	return "HTTP(" + u.String() + ")"
}

// OnShutdown closes idle connections.
func (h *HTTP[T]) OnShutdown(context.Context) error {
	h.client.CloseIdleConnections()
	return nil
}

// Pull gets all pages. An error on any page fails the pull.
func (h *HTTP[T]) Pull(ctx context.Context, u databay.Update) ([]databay.Record[T], error) {
	slog.Info("inlets: HTTP pulls", "update", u, "inlet", h)
	var rs []databay.Record[T]
	next := h.cfg.URL
	for page := 0; next != ""; page++ {
		if page == h.cfg.MaxPages {
			return nil, fmt.Errorf("inlets: %s: more than %d pages: raise MaxPages, or check Next", h, page)
		}
		resp, body, err := h.get(ctx, next)
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(body)) == 0 {
			slog.Info("inlets: HTTP has no results", "update", u, "url", h, "params", h.cfg.Params)
		} else {
			payloads, err := h.cfg.Decode(body)
			if err != nil {
				return nil, fmt.Errorf("inlets: %s: %w", h, err)
			}
			rs = append(rs, databay.Records(payloads...)...)
		}
		next = ""
		if h.cfg.Next != nil {
			if next, err = h.cfg.Next(resp, body); err != nil {
				return nil, fmt.Errorf("inlets: %s: next page: %w", h, err)
			}
		}
	}
	return rs, nil
}

// get gets one page, with retries.
func (h *HTTP[T]) get(ctx context.Context, to string) (*http.Response, []byte, error) {
	for try := 0; ; try++ {
		resp, body, err := h.once(ctx, to)
		if err == nil {
			return resp, body, nil
		}
		wait := h.cfg.Backoff << min(try, 16)
		if status, ok := errors.AsType[*StatusError](err); ok {
			if status.Status != http.StatusTooManyRequests && status.Status < 500 {
				return nil, nil, err
			}
			wait = max(wait, status.wait)
		}
		if try >= h.cfg.Retries || ctx.Err() != nil || errors.Is(err, errBody) || errors.Is(err, errPrepare) {
			return nil, nil, err
		}
		slog.Warn("inlets: HTTP tries again", "inlet", h, "err", err, "wait", wait)
		select {
		case <-time.After(wait + rand.N(wait/4+1)):
		case <-ctx.Done():
			return nil, nil, errors.Join(context.Cause(ctx), err)
		}
	}
}

var (
	errBody    = errors.New("body is too large")
	errPrepare = errors.New("prepare")
)

func (h *HTTP[T]) once(ctx context.Context, to string) (*http.Response, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, h.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, to, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("inlets: %s: %w", h, err)
	}
	for k, vs := range h.cfg.Header {
		req.Header[http.CanonicalHeaderKey(k)] = vs
	}
	if h.cfg.Prepare != nil {
		if err := h.cfg.Prepare(req); err != nil {
			return nil, nil, fmt.Errorf("inlets: %s: %w: %w", h, errPrepare, err)
		}
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return nil, nil, fmt.Errorf("inlets: %s: %w", h, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, h.cfg.MaxBody+1))
	if err != nil {
		return nil, nil, fmt.Errorf("inlets: %s: body: %w", h, err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		e := &StatusError{URL: h.String(), Status: resp.StatusCode, Body: string(body[:min(len(body), 200)])}
		if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
			e.wait = min(time.Duration(s)*time.Second, 5*time.Minute)
		}
		return nil, nil, e
	}
	if int64(len(body)) > h.cfg.MaxBody {
		return nil, nil, fmt.Errorf("inlets: %s: %w: more than %d bytes: raise MaxBody", h, errBody, h.cfg.MaxBody)
	}
	return resp, body, nil
}

// DecodeJSON makes one payload of every element of a JSON array, and one of any other
// JSON value.
func DecodeJSON[T any](body []byte) ([]T, error) {
	var err error
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte{'['}) {
		var list []T
		if err = json.Unmarshal(body, &list); err == nil {
			return list, nil
		}
	} else {
		var one T
		if err = json.Unmarshal(body, &one); err == nil {
			return []T{one}, nil
		}
	}
	return nil, fmt.Errorf("invalid JSON: %w: the body begins with %q", err, body[:min(len(body), 200)])
}

// DecodeText makes the body one payload.
func DecodeText(body []byte) ([]string, error) { return []string{string(body)}, nil }
