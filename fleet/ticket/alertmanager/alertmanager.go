// Package alertmanager shows tickets as alerts of Prometheus Alertmanager, API v2, tested against a real 0.25.0
// (https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml).
//
// An alert is known by its labels alone, so these hold what never changes of a fault (fault_id, kind, site, rack, u,
// device) and no reading; all else is an annotation. An alert without a new post ends by itself: what stands is posted
// again every two minutes, with an end an hour ahead, so that a restart on either side ends nothing. Should a label change
// after all, the alert under the old ones is ended. Of a batch with one bad alert the good ones are accepted and the
// answer is 400: each post holds one. A pair of Alertmanagers gossips, but alerts go to each: url may be a list.
//
// A silence that somebody puts on an alert is heard. A fault that was over before it could be shown leaves nothing there.
package alertmanager

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/mapping"
	"github.com/nightrounds/nightrounds/fleet/ticket/rest"
)

// Kind is what a mapping file of this sink may say; the fields are annotations.
var Kind = mapping.Kind{
	Name: "alertmanager", Schemes: []string{"http", "https"}, Many: true, Optional: []string{"user", "password"},
	Fields: map[string]string{
		"summary": "{{.Ticket.Title}}", "description": "{{.Fault.Cause}}\n{{.Place}}{{with .Ticket.AssetTag}}, asset {{.}}{{end}}",
		"severity": "{{.Severity}}", "pictures": "{{join \" \" .Evidence}}",
	},
	Field: regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]{0,99}$`),
	Polls: true,
	Rate:  ticket.Rate{Count: 1200, Per: time.Minute}, // what stands is said again, in a storm hundreds of alerts
}

// The times of an alert: how often what stands is posted again, and how far ahead its end is then.
const (
	again = 2 * time.Minute
	ahead = time.Hour
)

// A Sink shows tickets at one Alertmanager, or at each of a cluster.
type Sink struct {
	m    *mapping.Mapping
	each []*rest.Client
	now  func() time.Time
}

// New makes a sink of a mapping.
func New(m *mapping.Mapping, v *mapping.Vault, client *http.Client, now func() time.Time) *Sink {
	s := &Sink{m: m, now: now}
	for _, base := range m.URLs {
		c := &rest.Client{Base: base + "/api/v2", HTTP: client, Now: now, Strike: v.Scrub}
		if v.Has(mapping.User) {
			c.Sign = func(r *http.Request) error {
				basic, err := v.Basic("user", "password")
				r.Header.Set("Authorization", basic)
				return err
			}
		}
		s.each = append(s.each, c)
	}
	return s
}

// Name is the mapping file's.
func (s *Sink) Name() string { return s.m.Name }

// RepeatEvery is how often what stands is posted again.
func (*Sink) RepeatEvery() time.Duration { return again }

// Every is the pause between two questions for silences.
func (s *Sink) Every() time.Duration { return s.m.Poll }

// An alert is one element of a post.
type alert struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations,omitempty"`
	StartsAt     *time.Time        `json:"startsAt,omitempty"`
	EndsAt       *time.Time        `json:"endsAt,omitempty"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

// Labels are what an alert is known by.
func Labels(r ticket.Revision) map[string]string {
	out := map[string]string{"fault_id": r.Fault.ID, "kind": r.Ticket.Kind, "site": r.Site, "rack": r.Ticket.Rack, "device": r.Ticket.Device}
	if r.Ticket.Unit > 0 {
		out["u"] = strconv.Itoa(r.Ticket.Unit)
	}
	maps.DeleteFunc(out, func(_, v string) bool { return v == "" })
	return out
}

// Deliver posts the alert, or its end, and asks whether it is so. The Remote of a delivery is the labels.
func (s *Sink) Deliver(ctx context.Context, r ticket.Revision, d ticket.Delivery, note ticket.Note) (ticket.Delivery, error) {
	labels := Labels(r)
	name, err := json.Marshal(labels)
	if err != nil {
		return d, fmt.Errorf("ticket %s: %w", r.Ticket.ID, err)
	}
	if d.Remote == "" && r.Ticket.State == ticket.Closed {
		return ticket.Took(d, r.Ticket.Revision), nil
	}
	if d.Remote != string(name) {
		if err := s.end(ctx, d.Remote); err != nil {
			return d, err
		}
		d.Remote, d.Begun = string(name), r.Ticket.Revision
		if err := note(ctx, d); err != nil {
			return d, err
		}
	}
	a := alert{Labels: labels, GeneratorURL: r.Link}
	now := s.now().UTC()
	if a.Annotations, err = s.m.Render(r); err != nil {
		return d, err
	}
	end := now
	if r.Ticket.State == ticket.Open {
		began := r.Ticket.OpenedAt.UTC()
		if began.After(now) { // a simulation that runs ahead of the wall clock
			began = now
		}
		a.StartsAt, end = &began, now.Add(ahead)
	}
	a.EndsAt = &end
	if err := s.post(ctx, a); err != nil {
		return d, err
	}
	if err := s.confirm(ctx, r); err != nil {
		return d, err
	}
	d.Told = len(r.Fault.Timeline)
	return ticket.Took(d, r.Ticket.Revision), nil
}

// end ends the alert under labels that a fault no longer has.
func (s *Sink) end(ctx context.Context, remote string) error {
	if remote == "" {
		return nil
	}
	var labels map[string]string
	if err := json.Unmarshal([]byte(remote), &labels); err != nil {
		return nil //nolint:nilerr // not our writing: the alert ends by itself within the hour
	}
	now := s.now().UTC()
	return s.post(ctx, alert{Labels: labels, EndsAt: &now})
}

// post hands one alert to every Alertmanager; one that takes it tells the others.
func (s *Sink) post(ctx context.Context, a alert) error {
	var failed []error
	for _, c := range s.each {
		if _, err := c.Ask(ctx, rest.Request{Method: http.MethodPost, Path: "/alerts", JSON: []alert{a}}); err != nil {
			failed = append(failed, err)
		}
	}
	if len(failed) < len(s.each) {
		return nil
	}
	return errors.Join(failed...)
}

// A shown is an alert as Alertmanager shows it.
type shown struct {
	Labels map[string]string `json:"labels"`
	Status struct {
		SilencedBy []string `json:"silencedBy"`
	} `json:"status"`
}

// ask asks one Alertmanager after another until one answers.
func (s *Sink) ask(ctx context.Context, path string, query url.Values, into any, there func() bool) error {
	var failed []error
	for _, c := range s.each {
		_, err := c.Ask(ctx, rest.Request{Method: http.MethodGet, Path: path, Query: query, Into: into, Lacks: rest.Without("alerts or silence", there)})
		if err == nil {
			return nil
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

func (s *Sink) confirm(ctx context.Context, r ticket.Revision) error {
	var found *[]shown // null is no list of alerts
	filter := []string{"fault_id=" + strconv.Quote(r.Fault.ID), "site=" + strconv.Quote(r.Site)}
	if err := s.ask(ctx, "/alerts", url.Values{"filter": filter}, &found, func() bool { return found != nil }); err != nil {
		return err
	}
	want := Labels(r)
	has := slices.ContainsFunc(*found, func(a shown) bool { return maps.Equal(a.Labels, want) })
	if has != (r.Ticket.State == ticket.Open) {
		return &ticket.Refusal{Said: "Alertmanager took the alert and does not show it as " + string(r.Ticket.State), RetryAfter: 5 * time.Second, Later: true}
	}
	return nil
}

// Poll finds the silences that somebody put on our alerts. The cursor is those that are known.
func (s *Sink) Poll(ctx context.Context, cursor string) (heard []ticket.Heard, next string, err error) {
	known := map[string]bool{}
	if json.Unmarshal([]byte(cursor), &known) != nil {
		known = map[string]bool{}
	}
	var found *[]shown
	if err := s.ask(ctx, "/alerts", url.Values{"filter": {`fault_id!=""`}, "silenced": {"true"}}, &found, func() bool { return found != nil }); err != nil {
		return nil, cursor, err
	}
	now := map[string]bool{}
	for _, a := range *found {
		for _, id := range a.Status.SilencedBy {
			key := a.Labels["site"] + "/" + a.Labels["fault_id"]
			now[key+" "+id] = true
			if known[key+" "+id] {
				continue
			}
			h, err := s.silence(ctx, id)
			if err != nil {
				return nil, cursor, err
			}
			h.ID, h.Key = key+" "+id, key
			heard = append(heard, h)
		}
	}
	b, err := json.Marshal(now)
	return heard, string(b), err
}

var silenceID = regexp.MustCompile(`^[0-9a-f-]{36}$`)

func (s *Sink) silence(ctx context.Context, id string) (ticket.Heard, error) {
	if !silenceID.MatchString(id) {
		return ticket.Heard{}, ticket.Refused("silence id %.60q is none", id)
	}
	var one struct {
		By      string    `json:"createdBy"`
		Comment string    `json:"comment"`
		From    time.Time `json:"startsAt"`
		Until   time.Time `json:"endsAt"`
	}
	err := s.ask(ctx, "/silence/"+id, nil, &one, func() bool { return !one.Until.IsZero() })
	text := fmt.Sprintf("silenced until %s: %s", one.Until.UTC().Format(time.DateTime), one.Comment)
	return ticket.Heard{What: ticket.HeardTaken, By: one.By, Text: text, At: one.From}, err
}
