package mapping_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/mapping"
	"github.com/nightrounds/nightrounds/vision"
)

var kinds = []mapping.Kind{{
	Name: "desk", Schemes: []string{"https"}, Credentials: [][]string{{"token"}, {"user", "password"}},
	Settings:    []mapping.Setting{{Name: "queue", Must: true, Like: regexp.MustCompile(`^[A-Z]+$`)}, {Name: "type", Default: "incident"}},
	Fields:      map[string]string{"title": "{{.Ticket.Title}}", "text": "{{.Fault.Cause}}\n{{.History}}"},
	Field:       regexp.MustCompile(`^u_[a-z]+$`),
	Severity:    map[vision.Severity]string{vision.Critical: "1", vision.Warning: "2", vision.Info: "3"},
	Words:       []string{"1", "2", "3"},
	Attachments: true, Polls: true,
}}

const good = `kind: desk
url: https://desk.example/
credentials: {token: {env: DESK_TOKEN}}
settings: {queue: DC}
fields:
  title: "{{.Severity}} {{.Place}}"
  u_tag: "{{.Ticket.AssetTag}}"
severity: {critical: "2"}
state: {closed: solved}
rate: {count: 5, per: 1m}
poll: 1m
`

func TestFileSaysWhatATicketSays(t *testing.T) {
	m, err := mapping.Parse("sinks/our-desk.yaml", []byte(good), kinds)
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "our-desk" || m.URLs[0] != "https://desk.example" || m.Settings["type"] != "incident" || !m.Attachments ||
		m.Rate != (ticket.Rate{Count: 5, Per: time.Minute}) || m.Poll != time.Minute || m.State[ticket.Closed] != "solved" || m.State[ticket.Open] != "open" {
		t.Fatalf("%+v", m)
	}
	f := fault.Fault{ID: "F-0001", State: fault.Ticketed, Severity: vision.Critical, Rack: "A03", Unit: 12, Device: "srv", Cause: "disk4 is amber"}
	body, _ := ticket.Of(f, ticket.Ticket{}, "")
	got, err := m.Render(ticket.Revision{Ticket: body, Fault: f})
	if err != nil || got["title"] != "2 rack A03 U12 srv" || got["text"] != "disk4 is amber" {
		t.Fatalf("%q, %v", got, err)
	}
	if _, there := got["u_tag"]; there {
		t.Error("a field that came out empty is written")
	}
}

func TestFaultsAreNamedWithFileAndLine(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown field":       {good + "colour: red\n", `sinks/d.yaml:12: colour: unknown field`},
		"unknown in settings": {strings.Replace(good, "queue: DC", "queue: DC, depth: 3", 1), `:4: settings.depth: unknown field`},
		"missing setting":     {strings.Replace(good, "settings: {queue: DC}\n", "", 1), `:1: settings.queue: missing`},
		"bad setting":         {strings.Replace(good, "queue: DC", "queue: x y", 1), `:4: settings.queue: "x y" does not look like`},
		"no such kind":        {strings.Replace(good, "kind: desk", "kind: pigeon", 1), `:1: kind: "pigeon" is unknown`},
		"template":            {strings.Replace(good, "{{.Severity}} {{.Place}}", "{{.Severity", 1), `:6: fields.title: title:1: unclosed action`},
		"no such value":       {strings.Replace(good, "{{.Place}}", "{{.Ticket.Colour}}", 1), `:6: fields.title: `},
		"value that may lack": {strings.Replace(good, "{{.Place}}", "{{index .Evidence 0}}", 1), `:6: fields.title: `},
		"template in itself":  {strings.Replace(good, "{{.Place}}", "{{template \\\"title\\\"}}", 1), `:6: fields.title: a field defines and calls no other template`},
		"endless template":    {strings.Replace(good, "{{.Place}}", "{{define \\\"a\\\"}}{{template \\\"a\\\"}}{{end}}{{template \\\"a\\\"}}", 1), `calls no other template`},
		"unknown to kind":     {strings.Replace(good, "u_tag", "tag", 1), `:7: fields.tag: desk has no such field`},
		"severity word":       {strings.Replace(good, `"2"}`, `"9"}`, 1), `:8: severity.critical: "9" is none of 1, 2, 3`},
		"same states":         {strings.Replace(good, "closed: solved", "closed: open", 1), `:9: state: open and closed are both "open"`},
		"rate":                {strings.Replace(good, "count: 5", "count: 0", 1), `:10: rate.count: want a whole number from 1`},
		"poll":                {strings.Replace(good, "poll: 1m", "poll: 1ms", 1), `:11: poll: want a duration from 5s`},
		"twice":               {good + "kind: desk\n", `already defined|:12: kind: stands here twice`},
		"cycle":               {"kind: desk\nurl: &a [*a]\ncredentials: *a\n", `aliases are not taken here|want`},
		"no credential":       {strings.Replace(good, "credentials: {token: {env: DESK_TOKEN}}\n", "", 1), `credentials: want token, or user and password`},
		"half a credential":   {strings.Replace(good, "token:", "user:", 1), `:3: credentials: want token, or user and password`},
		"empty":               {"", `:1: kind: missing`},
		"a list":              {"- kind: desk\n", `:1: (top): want a mapping`},
		"not YAML":            {"kind: [", `d.yaml`},
	} {
		_, err := mapping.Parse("sinks/d.yaml", []byte(c.text), kinds)
		if err == nil {
			t.Errorf("%s: taken", name)
			continue
		}
		found := false
		for _, want := range strings.Split(c.want, "|") {
			found = found || strings.Contains(err.Error(), want)
		}
		if !found {
			t.Errorf("%s: %v; want %s", name, err, c.want)
		}
	}
}

// Somebody who writes the secret itself into the file must not find it in a log.
func TestSecretsInTheFileAreRefusedAndNotRepeated(t *testing.T) {
	const secret = "hunter2-hunter2"
	for _, text := range []string{
		strings.Replace(good, "{env: DESK_TOKEN}", secret, 1),
		strings.Replace(good, "DESK_TOKEN", secret, 1),
		strings.Replace(good, "https://desk.example/", "https://robot:"+secret+"@desk.example", 1),
		strings.Replace(good, "https://desk.example/", "https://desk.example/?key="+secret, 1),
		strings.Replace(good, "https://desk.example/", "robot:"+secret+"@desk", 1),
	} {
		_, err := mapping.Parse("sinks/d.yaml", []byte(text), kinds)
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%v", err)
		}
	}
}

func TestVaultStrikesWhatItGaveOut(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from a file/1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	v := mapping.NewVault(&mapping.Mapping{Credentials: map[string]mapping.Credential{
		"user": {Env: "USER_NAME"}, "password": {File: file}, "token": {Env: "NOT_SET"},
	}}, func(env string) (string, bool) { return "robot", env == "USER_NAME" })
	both, err := v.Basic("user", "password")
	if err != nil {
		t.Fatal(err)
	}
	got := v.Scrub("robot said from a file/1, from+a+file%2F1 and " + both)
	if got != "robot said (credential), (credential) and Basic (credential)" {
		t.Error(got)
	}
	if _, err := v.Get("token"); err == nil || !strings.Contains(err.Error(), "environment variable NOT_SET is not set") {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(good)
	f.Add("kind: desk\nurl: &a [*a]\n")
	f.Add("kind: desk\nfields: {title: \"{{range .Evidence}}{{.}}{{end}}\"}\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := mapping.Parse("sinks/d.yaml", []byte(text), kinds)
		if err != nil {
			return
		}
		r := ticket.Revision{Ticket: ticket.Ticket{ID: "T-1", State: ticket.Open, Severity: vision.Info}}
		if m.URLs == nil || m.Settings["queue"] == "" || m.Severity[vision.Info] == "" {
			t.Fatalf("taken without what it must have: %+v", m)
		}
		if fields, err := m.Render(r); err == nil {
			for name, v := range fields {
				if len(v) > 64<<10 {
					t.Fatalf("%s has %d bytes", name, len(v))
				}
			}
		}
	})
}
