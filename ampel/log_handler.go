package ampel

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
)

// Bounds of one line, in bytes.
const (
	maxLogMessage = 8 << 10
	maxLogExtra   = 16 << 10
)

// logHandler makes LogDocuments of records.
type logHandler struct {
	log    *RunLog
	next   slog.Handler
	doc    LogDocument // with the attributes so far
	extra  map[string]any
	groups []string
}

// Enabled implements slog.Handler.
func (h *logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.log.level || h.next.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= h.log.level {
		c := h.clone()
		r.Attrs(func(a slog.Attr) bool { c.add(a); return true })
		h.log.take(c.document(r))
	}
	if !h.next.Enabled(ctx, r.Level) {
		return nil
	}
	return h.next.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := h.clone()
	for _, a := range attrs {
		c.add(a)
	}
	c.next = h.next.WithAttrs(attrs)
	return c
}

// WithGroup implements slog.Handler.
func (h *logHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	c := h.clone()
	c.groups = append(slices.Clip(c.groups), name)
	c.next = h.next.WithGroup(name)
	return c
}

func (h *logHandler) clone() *logHandler {
	c := *h
	c.extra = copied(h.extra)
	return &c
}

func copied(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		if inner, ok := v.(map[string]any); ok {
			v = copied(inner)
		}
		out[k] = v
	}
	return out
}

// add puts an attribute into its field, or into extra.
func (h *logHandler) add(a slog.Attr) {
	v := a.Value.Resolve()
	if len(h.groups) == 0 && h.field(a.Key, v) || a.Equal(slog.Attr{}) {
		return
	}
	into := h.extra
	for _, g := range h.groups {
		into = below(into, g)
	}
	put(into, a.Key, v)
}

// field sets a field of the document, if an attribute has one.
func (h *logHandler) field(key string, v slog.Value) bool {
	switch key {
	case "run", "process":
		return true
	case "unit":
		h.doc.Unit = shortened(v.String(), maxLogMessage)
		return true
	case "alert":
		if v.Kind() == slog.KindInt64 {
			h.doc.Alert = v.Int64()
			return true
		}
	case "stock":
		if id, ok := v.Any().(StockID); ok {
			h.doc.Stock = &id
			return true
		}
		var id StockID
		if id.DecodeConfig(v.Any()) == nil {
			h.doc.Stock = &id
			return true
		}
	case "channel":
		switch x := v.Any().(type) {
		case Labels:
			h.doc.Channel = x
			return true
		case Label:
			h.doc.Channel = Labels{x}
			return true
		}
		var l Labels
		if l.DecodeConfig(v.Any()) == nil {
			h.doc.Channel = l
			return true
		}
	}
	return false
}

func below(m map[string]any, key string) map[string]any {
	key = fieldName(key)
	if inner, ok := m[key].(map[string]any); ok {
		return inner
	}
	inner := map[string]any{}
	m[key] = inner
	return inner
}

// fieldName makes a name that fields of documents may have.
func fieldName(s string) string {
	s = strings.NewReplacer(".", "_", "$", "_", "\x00", "_").Replace(strings.ToValidUTF8(s, "\uFFFD"))
	if s == "" {
		return "_"
	}
	return s
}

// put sets a key to something that a document can hold.
func put(into map[string]any, key string, v slog.Value) {
	if v.Kind() != slog.KindGroup {
		key = fieldName(key)
	}
	switch v.Kind() {
	case slog.KindGroup:
		if key != "" {
			into = below(into, key)
		}
		for _, a := range v.Group() {
			put(into, a.Key, a.Value.Resolve())
		}
	case slog.KindInt64, slog.KindFloat64, slog.KindBool:
		into[key] = v.Any()
	case slog.KindString:
		into[key] = shortened(v.String(), maxLogExtra)
	case slog.KindAny:
		into[key] = storable(v.Any())
	default:
		into[key] = v.String()
	}
}

// storable turns anything into something that can be stored. A value that panics
// when it is asked for its text says so, as package slog does it.
func storable(v any) (out any) {
	defer func() {
		if p := recover(); p != nil {
			out = fmt.Sprintf("!PANIC: %v", p)
		}
	}()
	switch v := v.(type) {
	case error:
		return shortened(v.Error(), maxLogExtra)
	case fmt.Stringer:
		return shortened(v.String(), maxLogExtra)
	}
	if w, err := NewValue(v); err == nil && docdb.Check(bson.D{{Key: "v", Value: w}}) == nil {
		return w
	}
	return shortened(fmt.Sprintf("%+v", v), maxLogExtra)
}

// document makes a document of a record whose attributes were added.
func (h *logHandler) document(r slog.Record) LogDocument {
	d := h.doc
	at := r.Time
	if at.IsZero() {
		at = time.Now()
	}
	d.ID = bson.NewObjectIDFromTimestamp(at)
	d.Flags = h.flags(r.Level)
	d.Message = shortened(r.Message, maxLogMessage)
	if len(h.extra) == 0 {
		return d
	}
	v, err := NewValue(h.extra)
	switch {
	case err != nil:
		v = MustValue(map[string]any{"unstorable": shortened(fmt.Sprint(h.extra), maxLogExtra)})
	case len(v.raw) > maxLogExtra:
		v = MustValue(map[string]any{"shortened": shortened(v.String(), maxLogExtra)})
	}
	d.Extra = v
	return d
}

func (h *logHandler) flags(level slog.Level) LogFlag {
	f := LogDebug
	switch {
	case level >= slog.LevelError:
		f = LogError
	case level >= slog.LevelWarn:
		f = LogWarning
	case level >= slog.LevelInfo:
		f = LogInfo
	}
	from := LogCore
	if h.doc.Unit != "" {
		from = LogUnit
	}
	return f | from | LogT0<<h.log.tier
}

func shortened(s string, n int) string {
	if len(s) > n {
		s = s[:n] + "… (shortened)"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
