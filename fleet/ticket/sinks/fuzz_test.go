package sinks_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/mapping"
	"github.com/nightrounds/nightrounds/fleet/ticket/pagerduty"
	"github.com/nightrounds/nightrounds/fleet/ticket/sinks"
	"github.com/nightrounds/nightrounds/fleet/ticket/tickettest"
)

// fuzzAnswers has a system answer everything with two texts in turn. Whatever they are, the sink asks nobody else and no
// path that an answer made up, says it in good UTF-8 without credentials, and believes that the ticket is there only where
// its key was in an answer; what it hears names a ticket, and its cursor is good for the next question.
func fuzzAnswers(f *testing.F, name string, seeds ...string) {
	f.Helper()
	for _, a := range answers(name) {
		f.Add(200, a.body, a.body)
	}
	for _, s := range seeds {
		f.Add(200, s, s)
		f.Add(201, `{"id":"1","result":[],"items":[],"issues":[]}`, s)
	}
	f.Fuzz(func(t *testing.T, status int, one, two string) {
		if status < 200 || status > 599 {
			return
		}
		s := tickettest.NewSite(1)
		n := 0
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.Host, ".example") && !strings.HasSuffix(r.Host, ".pagerduty.com") || strings.Contains(r.URL.Path, "..") || strings.Contains(r.URL.Path, "//") {
				t.Errorf("asked %s%s", r.Host, r.URL.Path)
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = w.Write([]byte([]string{one, two}[n%2]))
			n++
		})
		m, err := mapping.Parse(name+".yaml", []byte(tickettest.Systems()[name].File), sinks.Kinds())
		if err != nil {
			t.Fatal(err)
		}
		s.Use(sinks.Make(m, sinks.Options{Lookup: tickettest.Lookup, HTTP: &http.Client{Transport: &tickettest.Trouble{Handler: h, Now: s.Now, Next: calm}}, Now: s.Now}), m.Rate)
		id := s.Open()
		s.Step(t.Context())
		took(t, s, name, id, one+two)
		heardWell(t, s)
	})
}

func took(t *testing.T, s *tickettest.Site, name, id, answers string) {
	t.Helper()
	d := s.Ticket(id).Sinks[s.Sink.Name()]
	if !utf8.ValidString(d.Said) || strings.Contains(d.Said, tickettest.Token) || strings.Contains(d.Said, tickettest.Routing) {
		t.Errorf("it said %q", d.Said)
	}
	want := s.Revision(id).TicketKey()
	if name == "alertmanager" {
		want = id
	}
	// A text of JSON may be written with escapes: those answers are not judged.
	if d.Done > 0 && !strings.Contains(answers, want) && !strings.Contains(answers, `\u`) {
		t.Errorf("taken, and no answer has %s in it", want)
	}
}

func heardWell(t *testing.T, s *tickettest.Site) {
	t.Helper()
	p := s.Sink.(ticket.Poller)
	cursor := ""
	for range 3 {
		heard, next, err := p.Poll(t.Context(), cursor)
		for _, h := range heard {
			if h.ID == "" || h.What == "" || h.Remote == "" && h.Key == "" {
				t.Errorf("heard %+v", h)
			}
		}
		if err == nil && next != "" && !json.Valid([]byte(next)) {
			t.Errorf("the cursor %q is none", next)
		}
		cursor = next
	}
}

const key = "nr-sample-T-0001-20261123T030000Z"

func FuzzServiceNow(f *testing.F) {
	row := `{"sys_id":"00000000000000000000000000000001","number":"INC1","state":"2","correlation_id":"` + key + `","sys_updated_on":"2026-11-23 03:00:01","sys_updated_by":"ann"}`
	fuzzAnswers(f, "servicenow", `{"result":[`+row+`]}`, `{"result":`+row+`}`,
		`{"result":[{"sys_id":"1","element_id":"00000000000000000000000000000001","value":"x","sys_created_by":"ann","sys_created_on":"2026-11-23 03:00:01"}]}`)
}

func FuzzJira(f *testing.F) {
	issue := `{"id":"10000","key":"DC-1","accountId":"a","fields":{"labels":["` + key + `"],"status":{"statusCategory":{"key":"done"}},"attachment":[{"filename":"a.png"}]}`
	fuzzAnswers(f, "jira", issue+`}`, `{"issues":[`+issue+`}]}`, `{"accountId":"a","transitions":[{"id":"1","to":{"name":"Resolved"}}]}`,
		`{"values":[{"id":"1","author":{"accountId":"b"},"created":"2026-11-23T03:00:00.000+0000","items":[{"field":"resolution","to":"1"}]}],"comments":[]}`,
		`{"comments":[{"id":"1","author":{"displayName":"ann"},"created":"2026-11-23T03:00:00.000+0000","body":{"type":"doc","content":[{"type":"paragraph","content":[{"text":"x"}]}]}}]}`)
}

func FuzzRequestTracker(f *testing.F) {
	one := `{"id":1,"type":"ticket","Status":"open","CustomFields":[{"name":"FaultKey","values":["` + key + `"]}],"Creator":{"id":"nightrounds"}}`
	fuzzAnswers(f, "rt", one, `{"items":[`+one+`]}`,
		`{"items":[{"id":"7","Type":"Comment","type":"transaction","Creator":{"id":"ann"},"ObjectId":"1","ObjectType":"RT::Ticket","Created":"2026-11-23T03:00:00Z"}]}`)
}

func FuzzPagerDuty(f *testing.F) {
	fuzzAnswers(f, "pagerduty", `{"status":"success","message":"Event processed","dedup_key":"`+key+`"}`,
		`{"status":"success","dedup_key":"`+key+`","incidents":[{"id":"P1","incident_key":"`+key+`","status":"triggered"}]}`)
}

func FuzzAlertmanager(f *testing.F) {
	fuzzAnswers(f, "alertmanager", `[]`,
		`[{"labels":{"fault_id":"F-0001","site":"sample","kind":"disk-failed","rack":"A01","u":"2","device":"srv-1"},"status":{"silencedBy":["00000000-0000-0000-0000-000000000000"]}}]`)
}

// FuzzPagerDutyWebhook reads messages that are signed well and say anything: what is heard names a ticket, and one whose
// signature is another's is never read.
func FuzzPagerDutyWebhook(f *testing.F) {
	const secret = "webhook-secret-0123456789"
	file := "kind: pagerduty\ncredentials: {routing_key: {env: ROUTING}, webhook_secret: {env: HOOK}}\n"
	f.Add(`{"event":{"id":"1","event_type":"incident.resolved","occurred_at":"2026-11-23T03:00:00Z","agent":{"type":"user_reference","summary":"ann"},"data":{"id":"P1","incident_key":"` + key + `"}}}`)
	f.Add(`{"event":{"id":"2","event_type":"incident.annotated","occurred_at":"2026-11-23T03:00:00Z","agent":{"type":"user_reference"},"data":{"content":"x","incident":{"id":"P1"}}}}`)
	f.Add(`{"event":null}`)
	f.Fuzz(func(t *testing.T, body string) {
		s := tickettest.NewSite(1)
		m, err := mapping.Parse("pd.yaml", []byte(file), sinks.Kinds())
		if err != nil {
			t.Fatal(err)
		}
		l := sinks.Make(m, sinks.Options{Now: s.Now, Lookup: func(env string) (string, bool) {
			return map[string]string{"ROUTING": tickettest.Routing, "HOOK": secret}[env], true
		}}).(ticket.Listener)
		from := http.Header{}
		from.Set(pagerduty.Signature, pagerduty.Sign(secret, []byte(body)))
		id, heard, err := l.Hear(from, []byte(body), s.At)
		if err != nil && strings.Contains(err.Error(), "matches no signature") {
			t.Fatal(err)
		}
		if err == nil && id == "" {
			t.Error("taken without an id: it could be played again")
		}
		for _, h := range heard {
			if h.What == "" || h.Remote == "" && h.Key == "" {
				t.Errorf("heard %+v", h)
			}
		}
		from.Set(pagerduty.Signature, pagerduty.Sign("another", []byte(body)))
		if _, _, err := l.Hear(from, []byte(body), s.At); err == nil {
			t.Error("a message of somebody else was read")
		}
	})
}

// FuzzMappingFiles reads files of every kind: one that is taken makes a sink, which never says the file's secrets for
// there are none in it; one that is not is refused with its name.
func FuzzMappingFiles(f *testing.F) {
	for _, b := range tickettest.Systems() {
		f.Add(b.File)
	}
	f.Add("kind: e-mail\nurl: smtp://mail.example\nsettings: {from: a@b.example, to: \"c@d.example, e@f.example\", tls: must}\n")
	f.Add("kind: webhook\nurl: https://x.example\ncredentials: {secret: {file: /run/secrets/x}}\nrate: {count: 1, per: 1s}\n")
	f.Add("kind: jira\nurl: [https://a.example]\nfields: {labels: \"{{range .Evidence}}x {{end}}\"}\n")
	f.Fuzz(func(t *testing.T, text string) {
		made, err := sinks.Load(fstest.MapFS{"sinks/one.yaml": {Data: []byte(text)}}, sinks.Options{Lookup: tickettest.Lookup, Now: time.Now})
		switch {
		case err != nil && !strings.Contains(err.Error(), "one.yaml"):
			t.Errorf("refused without the file's name: %v", err)
		case err == nil && (len(made) != 1 || made[0].Name() != "one"):
			t.Errorf("made %d sinks", len(made))
		}
	})
}
