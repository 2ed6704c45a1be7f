package stage

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

func errAttr(err error) slog.Attr { return slog.Any("error", err) }

// craft makes the document of a result, nil if the result does not call for
// one. A journal entry that the result asks for is noted for every stock that
// the unit was given.
func (b *base) craft(ctx context.Context, o outcome) (*ampel.T3Document, error) {
	var full *t3.UnitResult
	if r, ok := o.result.(*t3.UnitResult); ok {
		full = r
	}
	body := o.result
	if full != nil {
		body = full.Body
	}
	v, err := ampel.NewValue(body)
	if err != nil {
		return nil, fmt.Errorf("the result cannot be stored: %w", err)
	}
	if full != nil && full.Adapter != "" && !v.IsEmpty() {
		if full, v, err = b.adapt(ctx, *full); err != nil {
			return nil, err
		}
	}
	if full != nil && full.Journal != nil {
		if err := b.journal(o.member).Add(o.given(), *full.Journal, ampel.T3AddDoc); err != nil {
			return nil, err
		}
	}
	wanted := !v.IsEmpty()
	if full != nil {
		wanted = !v.IsNull() || full.Code != nil
	}
	if !wanted && !b.opts.SaveStockIDs {
		return nil, nil
	}
	return b.document(ctx, o, full, v)
}

// adapt lets another unit rewrite a result.
func (b *base) adapt(ctx context.Context, r t3.UnitResult) (*t3.UnitResult, ampel.Value, error) {
	u := ampel.UnitOf[t3.ResultAdapter]{UnitModel: ampel.UnitModel{Unit: r.Adapter}}
	a, _, err := u.Build(b.env)
	if err != nil {
		return nil, ampel.Value{}, fmt.Errorf("adapter: %w", err)
	}
	r, err = a.Adapt(ctx, r)
	if err != nil {
		return nil, ampel.Value{}, fmt.Errorf("adapter %s: %w", u.Unit, err)
	}
	v, err := ampel.NewValue(r.Body)
	return &r, v, err
}

func (b *base) document(ctx context.Context, o outcome, full *t3.UnitResult, body ampel.Value) (*ampel.T3Document, error) {
	now := b.env.Time()
	doc := &ampel.T3Document{Process: b.env.Process, Unit: o.member.name, Channel: o.member.channel, Tag: b.opts.Tag, Code: ampel.CodeNotSet, Session: o.session}
	action := ampel.MetaSetCode
	if full != nil {
		doc.Tag = ampel.MergeLabels(doc.Tag, full.Tag)
		if full.Code != nil && *full.Code != 0 {
			doc.Code, action = *full.Code, ampel.MetaSetUnitCode
		}
	}
	if !body.IsEmpty() {
		doc.Body = body
		action |= ampel.MetaAddBody
	}
	if len(doc.Channel) > 0 {
		action |= ampel.MetaAddChannel
	}
	var err error
	if b.env.DB != nil {
		doc.ConfID, err = b.env.DB.SaveConfig(ctx, o.member.config)
	} else {
		doc.ConfID, err = ampel.ConfigID(o.member.config)
	}
	if err != nil {
		return nil, err
	}
	if b.opts.ResolveConfig {
		if doc.Config, err = ampel.NewValue(map[string]any(o.member.config)); err != nil {
			return nil, err
		}
	}
	if b.opts.SaveStockIDs {
		doc.Stock = o.given()
	}
	doc.Meta = &ampel.MetaRecord{
		Run: b.env.Run, TS: ampel.UnixTime(now.Unix()), Tier: 3, Duration: o.took.Seconds(),
		Activity: []ampel.MetaActivity{{Action: action}},
	}
	f, err := ampel.FormatTime(b.opts.HumanTimestampFormat)
	if err != nil {
		return nil, err
	}
	stamp := f.Format(now.UTC())
	if b.opts.HumanTimestamp {
		doc.Datetime = stamp
	}
	if len(b.opts.HumanID) > 0 {
		doc.DocID, err = ampel.NewValue(b.humanID(doc) + " " + stamp)
	}
	return doc, err
}

// humanID returns the chosen parts, each in brackets.
func (b *base) humanID(doc *ampel.T3Document) string {
	var parts []string
	for _, p := range b.opts.HumanID {
		var s string
		switch p {
		case "process":
			s = doc.Process
		case "taskindex":
			if _, index, ok := strings.Cut(doc.Process, "#"); ok {
				s = "#" + index
			} else {
				continue
			}
		case "unit":
			s = doc.Unit
		case "tag":
			for i, t := range doc.Tag {
				if i > 0 {
					s += " "
				}
				s += t.String()
			}
			if s == "" {
				continue
			}
		case "config":
			s = fmt.Sprint(doc.ConfID)
		case "run":
			s = fmt.Sprint(b.env.Run)
		}
		parts = append(parts, "["+s+"]")
	}
	return strings.Join(parts, " ")
}
