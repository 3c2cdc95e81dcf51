// Package mapping reads what a site says of one ticket system: where it is, which credentials open it, what each field
// says of a fault, and how the words for severity and state translate. One YAML file a sink, in the site's folder
// sinks/; the file's name is the sink's.
//
//	kind: request-tracker
//	url: https://rt.example
//	credentials: {token: {env: RT_TOKEN}}      # or {file: /run/secrets/rt}: never the secret itself
//	settings: {queue: Datacentre, key_field: FaultKey}
//	fields:
//	  Subject: "{{.Ticket.Title}}"             # text/template over ticket.Revision, with .Severity and .State translated
//	severity: {critical: "90", warning: "50", info: "10"}
//	state: {open: open, closed: resolved}
//	attachments: true
//	rate: {count: 60, per: 1m}
//	poll: 30s
//
// What a kind of sink takes, its package declares as a Kind. A file with an unknown field, an alias, or a template that
// does not work on a ticket is refused with file and line, all its faults at once. The package knows no network.
package mapping

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// A Kind is what one kind of sink takes.
type Kind struct {
	Name string
	// Schemes are those of its addresses; the first is said when one is wrong. Many says whether it takes several.
	Schemes []string
	Many    bool
	// URL is the address when none is given; empty: one must be.
	URL string
	// Credentials are the sets of which one must be given whole: {{"token"}, {"user", "password"}}.
	Credentials [][]string
	// Optional are credentials beside the set.
	Optional []string
	Settings []Setting
	// Fields are templates by the name of the field there; Field says which others a file may set (nil: none).
	Fields map[string]string
	Field  *regexp.Regexp
	// Severity and State are the words there when the file says nothing.
	Severity map[vision.Severity]string
	State    map[ticket.State]string
	// Words are those that the system takes for a severity; empty: any.
	Words       []string
	Attachments bool // it can take pictures
	Polls       bool // it can be asked what people there did
	// Rate is how many deliveries it is given when the file says nothing; zero: ticket.DefaultRate.
	Rate ticket.Rate
}

// A Setting is one text of a kind's own.
type Setting struct {
	Name    string
	Default string
	Must    bool // it has no default and must be given
	// Like is what its text must match; nil: anything.
	Like *regexp.Regexp
}

// A Mapping is one sink's file, checked.
type Mapping struct {
	Name        string
	Kind        string
	File        string
	URLs        []string // without a slash at their end
	Credentials map[string]Credential
	Settings    map[string]string
	Severity    map[vision.Severity]string
	State       map[ticket.State]string
	Attachments bool
	Rate        ticket.Rate
	Poll        time.Duration // 0: people there are not heard
	fields      []field
}

// A Credential names where a secret is; it never holds it.
type Credential struct {
	Env  string
	File string
}

// maxFile bounds a mapping file, in bytes.
const maxFile = 256 << 10

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// Parse reads one file. All its faults are reported at once, joined.
func Parse(file string, text []byte, kinds []Kind) (*Mapping, error) {
	name := strings.TrimSuffix(file[strings.LastIndexByte(file, '/')+1:], ".yaml")
	r := &reader{file: file}
	if !namePattern.MatchString(name) {
		return nil, maps.Problems{{File: file, Line: 1, Field: "(name)", Message: "a sink's file is named by 1 to 40 small letters, digits and hyphens, and .yaml"}}
	}
	if len(text) > maxFile {
		return nil, maps.Problems{{File: file, Line: 1, Field: "(file)", Message: fmt.Sprintf("%d bytes, at most %d are read", len(text), maxFile)}}
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(doc.Content) == 0 {
		return nil, maps.Problems{{File: file, Line: 1, Field: "kind", Message: "missing: the file is empty"}}
	}
	m := r.mapping(doc.Content[0], name, kinds)
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	return m, nil
}

var keys = []string{"kind", "url", "credentials", "settings", "fields", "severity", "state", "attachments", "rate", "poll"}

func (r *reader) mapping(n *yaml.Node, name string, kinds []Kind) *Mapping {
	f := r.fields(n, "", keys)
	m := &Mapping{Name: name, File: r.file, Kind: r.text(f["kind"], n, "kind")}
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == m.Kind })
	if i < 0 {
		var known []string
		for _, k := range kinds {
			known = append(known, k.Name)
		}
		if m.Kind != "" {
			r.fault(f["kind"], "kind", "%q is unknown; known are %s", m.Kind, strings.Join(known, ", "))
		}
		return m
	}
	k := kinds[i]
	m.URLs = r.urls(f["url"], n, k)
	m.Credentials = r.credentials(f["credentials"], n, k)
	m.Settings = r.settings(f["settings"], n, k)
	m.Severity = r.severities(f["severity"], k)
	m.State = r.states(f["state"], k)
	m.fields = r.templates(f["fields"], n, k, m)
	m.Attachments = k.Attachments && r.yes(f["attachments"], "attachments", true)
	if f["attachments"] != nil && !k.Attachments {
		r.fault(f["attachments"], "attachments", "%s takes no pictures, only their addresses", k.Name)
	}
	if m.Rate = k.Rate; m.Rate.Count == 0 {
		m.Rate = ticket.DefaultRate()
	}
	if f["rate"] != nil {
		g := r.fields(f["rate"], "rate", []string{"count", "per"})
		m.Rate = ticket.Rate{Count: r.count(g["count"], f["rate"], "rate.count"), Per: r.duration(g["per"], f["rate"], "rate.per", time.Second, 24*time.Hour)}
	}
	if k.Polls {
		m.Poll = 30 * time.Second
	}
	if p := f["poll"]; p != nil {
		if !k.Polls {
			r.fault(p, "poll", "%s cannot be asked", k.Name)
		}
		m.Poll = r.duration(p, n, "poll", 5*time.Second, time.Hour)
	}
	return m
}

func (r *reader) urls(n, parent *yaml.Node, k Kind) []string {
	if n == nil && k.URL != "" {
		return []string{k.URL}
	}
	nodes := []*yaml.Node{n}
	if n != nil && n.Kind == yaml.SequenceNode {
		nodes = n.Content
		if !k.Many && len(nodes) != 1 {
			r.fault(n, "url", "%s has one address", k.Name)
		}
	}
	var out []string
	for _, v := range nodes {
		text := r.text(v, parent, "url")
		if text == "" {
			continue
		}
		u, err := url.Parse(text)
		switch {
		case err != nil || u.Host == "" || !slices.Contains(k.Schemes, u.Scheme):
			r.fault(v, "url", "want an address like %s://host", k.Schemes[0]) // it is not repeated: it may hold a password
		case u.User != nil || u.RawQuery != "" || u.Fragment != "":
			r.fault(v, "url", "without user, password, query or fragment: credentials are named in credentials")
		default:
			out = append(out, strings.TrimRight(text, "/"))
		}
	}
	if len(nodes) == 0 {
		r.fault(n, "url", "name at least one address")
	}
	return out
}

var envPattern = regexp.MustCompile(`^[A-Z_][A-Z0-9_]{0,63}$`)

// credentials reads where secrets are. What stands in their place is never repeated: it may be one.
func (r *reader) credentials(n, parent *yaml.Node, k Kind) map[string]Credential {
	known := slices.Concat(append(slices.Clone(k.Credentials), k.Optional)...)
	out := map[string]Credential{}
	if n != nil {
		for name, v := range r.fields(n, "credentials", known) {
			path := "credentials." + name
			f := r.fields(v, path, []string{"env", "file"})
			c := Credential{Env: r.optional(f["env"], path+".env"), File: r.optional(f["file"], path+".file")}
			switch {
			case (c.Env == "") == (c.File == ""):
				r.fault(v, path, "want {env: NAME} of an environment variable, or {file: PATH}")
			case c.Env != "" && !envPattern.MatchString(c.Env):
				r.fault(v, path, "env is the name of an environment variable (capitals, digits, _), not the secret itself")
			}
			out[name] = c
		}
	} else {
		n = parent
	}
	if len(k.Credentials) == 0 {
		return out
	}
	for _, set := range k.Credentials {
		if !slices.ContainsFunc(set, func(name string) bool { _, ok := out[name]; return !ok }) {
			return out
		}
	}
	var sets []string
	for _, set := range k.Credentials {
		sets = append(sets, strings.Join(set, " and "))
	}
	r.fault(n, "credentials", "want %s", strings.Join(sets, ", or "))
	return out
}

func (r *reader) settings(n, parent *yaml.Node, k Kind) map[string]string {
	var names []string
	for _, s := range k.Settings {
		names = append(names, s.Name)
	}
	given := map[string]*yaml.Node{}
	if n != nil {
		given = r.fields(n, "settings", names)
	} else {
		n = parent
	}
	out := map[string]string{}
	for _, s := range k.Settings {
		path := "settings." + s.Name
		v := given[s.Name]
		switch {
		case v != nil:
			out[s.Name] = r.text(v, n, path)
			if s.Like != nil && out[s.Name] != "" && !s.Like.MatchString(out[s.Name]) {
				r.fault(v, path, "%q does not look like %s", out[s.Name], s.Like)
			}
		case s.Must:
			r.fault(n, path, "missing")
		default:
			out[s.Name] = s.Default
		}
	}
	return out
}

func (r *reader) severities(n *yaml.Node, k Kind) map[vision.Severity]string {
	out := map[vision.Severity]string{vision.Info: "info", vision.Warning: "warning", vision.Critical: "critical"}
	for s, word := range k.Severity {
		out[s] = word
	}
	if n == nil {
		return out
	}
	for name, v := range r.fields(n, "severity", []string{string(vision.Info), string(vision.Warning), string(vision.Critical)}) {
		word := r.text(v, n, "severity."+name)
		if len(k.Words) > 0 && !slices.Contains(k.Words, word) {
			r.fault(v, "severity."+name, "%q is none of %s", word, strings.Join(k.Words, ", "))
		}
		out[vision.Severity(name)] = word
	}
	return out
}

func (r *reader) states(n *yaml.Node, k Kind) map[ticket.State]string {
	out := map[ticket.State]string{ticket.Open: "open", ticket.Closed: "closed"}
	for s, word := range k.State {
		out[s] = word
	}
	if n == nil {
		return out
	}
	for name, v := range r.fields(n, "state", []string{string(ticket.Open), string(ticket.Closed)}) {
		out[ticket.State(name)] = r.text(v, n, "state."+name)
	}
	if out[ticket.Open] == out[ticket.Closed] {
		r.fault(n, "state", "open and closed are both %q", out[ticket.Open])
	}
	return out
}
