package tickettest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Alertmanager is one of version 0.25: known by labels, ended by time. It accepts the good alerts of a bad batch.
type Alertmanager struct {
	Now    func() time.Time
	Alerts map[string]*Alert // by fingerprint
}

// An Alert is what it holds; Fired counts how often it began to fire.
type Alert struct {
	Labels      map[string]string
	Annotations map[string]string
	Ends        time.Time
	Fired       int
}

var labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

func fingerprint(labels map[string]string) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		out = append(out, k+"="+labels[k])
	}
	return strings.Join(out, ",")
}

// Firing are the alerts with a label.
func (a *Alertmanager) Firing(name, value string) []*Alert {
	var out []*Alert
	for _, k := range slices.Sorted(maps.Keys(a.Alerts)) {
		if one := a.Alerts[k]; one.Labels[name] == value && one.Ends.After(a.Now()) {
			out = append(out, one)
		}
	}
	return out
}

// ServeHTTP is API v2.
func (a *Alertmanager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/api/v2/alerts" {
		http.NotFound(w, r)
		return
	}
	if r.Method == http.MethodGet {
		out := []map[string]any{}
		for _, one := range a.Alerts {
			if one.Ends.After(a.Now()) && matches(one, r.URL.Query()["filter"]) {
				out = append(out, map[string]any{"labels": one.Labels, "status": map[string]any{"state": "active", "silencedBy": []string{}}})
			}
		}
		say(w, 200, out)
		return
	}
	if r.Header.Get("Content-Type") != "application/json" {
		say(w, 415, map[string]any{"code": 415, "message": "unsupported media type"})
		return
	}
	var in []struct {
		Labels, Annotations map[string]string
		StartsAt, EndsAt    time.Time
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		say(w, 400, map[string]any{"code": 400, "message": err.Error()})
		return
	}
	bad := ""
	for _, one := range in {
		if len(one.Labels) == 0 {
			bad = "at least one label pair required"
		}
		for name := range one.Labels {
			if !labelName.MatchString(name) {
				bad = fmt.Sprintf("invalid label set: invalid name %q", name)
			}
		}
		if !one.EndsAt.IsZero() && one.EndsAt.Before(one.StartsAt) {
			bad = "start time must be before end time"
		}
		if bad == "" {
			a.take(one.Labels, one.Annotations, one.EndsAt)
		}
	}
	if bad != "" {
		say(w, 400, bad)
	}
}

func (a *Alertmanager) take(labels, annotations map[string]string, ends time.Time) {
	if ends.IsZero() {
		ends = a.Now().Add(5 * time.Minute)
	}
	if a.Alerts == nil {
		a.Alerts = map[string]*Alert{}
	}
	had := a.Alerts[fingerprint(labels)]
	if had == nil {
		had = &Alert{Labels: labels}
		a.Alerts[fingerprint(labels)] = had
	}
	if ends.After(a.Now()) && !had.Ends.After(a.Now()) {
		had.Fired++
	}
	had.Annotations, had.Ends = annotations, ends
}

func matches(one *Alert, filters []string) bool {
	for _, f := range filters {
		name, value, _ := strings.Cut(f, "=")
		if strings.HasSuffix(name, "!") {
			continue
		}
		if one.Labels[name] != strings.Trim(value, `"`) {
			return false
		}
	}
	return true
}
