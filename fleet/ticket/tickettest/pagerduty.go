package tickettest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// PagerDuty is an account: Events API v2 and, of the REST API, the incidents. It answers 202 to a resolve that it drops,
// and takes a trigger of a resolved key for a new incident.
type PagerDuty struct {
	Now        func() time.Time
	RoutingKey string
	Token      string
	Incidents  []*Incident
}

// An Incident is one of the account.
type Incident struct {
	ID, Key, Status, Summary, Severity string
	Alerts                             int // triggers that it took
	Images                             []string
}

// Of are the incidents of a key, oldest first.
func (p *PagerDuty) Of(key string) []*Incident {
	var out []*Incident
	for _, i := range p.Incidents {
		if i.Key == key {
			out = append(out, i)
		}
	}
	return out
}

// ServeHTTP is both APIs.
func (p *PagerDuty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/v2/enqueue" && r.Method == http.MethodPost:
		p.enqueue(w, r)
	case r.URL.Path == "/incidents" && r.Method == http.MethodGet:
		if r.Header.Get("Authorization") != "Token token="+p.Token {
			say(w, 401, map[string]any{"error": map[string]any{"message": "Unauthorized", "code": 2006}})
			return
		}
		out := []map[string]string{}
		for _, i := range slices.Backward(p.Of(r.URL.Query().Get("incident_key"))) {
			out = append(out, map[string]string{"id": i.ID, "incident_key": i.Key, "status": i.Status})
		}
		say(w, 200, map[string]any{"incidents": out})
	default:
		http.NotFound(w, r)
	}
}

func (p *PagerDuty) enqueue(w http.ResponseWriter, r *http.Request) {
	refuse := func(why string) {
		say(w, 400, map[string]any{"status": "invalid event", "message": "Event object is invalid", "errors": []string{why}})
	}
	var in struct {
		RoutingKey string `json:"routing_key"`
		Action     string `json:"event_action"`
		DedupKey   string `json:"dedup_key"`
		Payload    *struct {
			Summary  string `json:"summary"`
			Source   string `json:"source"`
			Severity string `json:"severity"`
		} `json:"payload"`
		Images []struct {
			Src string `json:"src"`
		} `json:"images"`
	}
	body := http.MaxBytesReader(w, r.Body, 512<<10)
	if err := json.NewDecoder(body).Decode(&in); err != nil {
		refuse("body is not JSON, or above 512 KB")
		return
	}
	severities := []string{"critical", "error", "warning", "info"}
	switch {
	case in.RoutingKey != p.RoutingKey || len(in.RoutingKey) != 32:
		refuse("'routing_key' is invalid: " + in.RoutingKey) // real ones repeat what they were sent, too
	case len(in.DedupKey) > 255 || in.DedupKey == "":
		refuse("'dedup_key' is missing or too long")
	case in.Action == "resolve":
		if of := p.Of(in.DedupKey); len(of) > 0 && of[len(of)-1].Status != "resolved" {
			of[len(of)-1].Status = "resolved"
		}
		say(w, 202, map[string]string{"status": "success", "message": "Event processed", "dedup_key": in.DedupKey})
	case in.Action != "trigger":
		refuse("'event_action' is invalid")
	case in.Payload == nil || in.Payload.Summary == "" || len(in.Payload.Summary) > 1024 || in.Payload.Source == "" || !slices.Contains(severities, in.Payload.Severity):
		refuse("'payload' is invalid")
	default:
		i := p.open(in.DedupKey)
		i.Summary, i.Severity, i.Alerts = in.Payload.Summary, in.Payload.Severity, i.Alerts+1
		for _, img := range in.Images {
			i.Images = append(i.Images, img.Src)
		}
		say(w, 202, map[string]string{"status": "success", "message": "Event processed", "dedup_key": in.DedupKey})
	}
}

func (p *PagerDuty) open(key string) *Incident {
	if of := p.Of(key); len(of) > 0 && of[len(of)-1].Status != "resolved" {
		return of[len(of)-1]
	}
	i := &Incident{ID: fmt.Sprintf("PINC%04d", len(p.Incidents)+1), Key: key, Status: "triggered"}
	p.Incidents = append(p.Incidents, i)
	return i
}
