package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

// posterConfig is what a job file says about the unit ChatPoster.
type posterConfig struct {
	URL string `config:"url,required"` // of the chat
}

// poster posts about each stock to the rooms of its channels.
type poster struct {
	url     string
	process string
}

func registerPoster(r *ampel.Registry) {
	t3.RegisterUnit(r, "ChatPoster", t3.Snap, func(env *ampel.Env, c posterConfig) (t3.Unit[*ampel.SnapView], error) {
		if c.URL == "" {
			return nil, errors.New("url is empty")
		}
		return &poster{c.URL, env.Process}, nil
	})
}

// Process posts, and notes in the journal of the stock what it has posted.
func (p *poster) Process(ctx context.Context, views *t3.Views[*ampel.SnapView], _ *ampel.T3Store) (any, error) {
	posted := 0
	for v := range views.All() {
		for _, room := range v.Channels() {
			if p.hasPosted(v, room.String()) {
				continue
			}
			if err := p.post(ctx, room.String(), fmt.Sprint(v.Names())); err != nil {
				return nil, err
			}
			if err := views.Send(ampel.JournalAttributes{Extra: map[string]any{"room": room.String()}}); err != nil {
				return nil, err
			}
			posted++
		}
	}
	return map[string]any{"posted": posted}, nil
}

// hasPosted looks into the journal.
func (p *poster) hasPosted(v *ampel.SnapView, room string) bool {
	for range v.JournalEntries(func(r ampel.JournalRecord) bool {
		to, _ := r.Extra.Get("room").Text()
		return r.Tier == 3 && r.Process == p.process && to == room
	}) {
		return true
	}
	return false
}

func (p *poster) post(ctx context.Context, room, text string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+"/rooms/"+strings.ToLower(room), strings.NewReader(text))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		return fmt.Errorf("the chat answered %s", res.Status)
	}
	return nil
}
