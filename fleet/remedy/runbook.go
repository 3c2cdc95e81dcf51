// Package remedy repairs what can be repaired safely: runbooks say which faults, which steps, and under which guards;
// a run carries one runbook out for one fault. Its rules are pure functions of a run, what happened, and the time.
//
// It performs no step itself and decides nothing about the verification that follows.
package remedy

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// FileName is the runbooks' file in a site folder.
const FileName = "runbooks.yaml"

// A Runbook is the description of a repair.
type Runbook struct {
	ID     string
	Faults []string // the kinds of fault it repairs
	Steps  []Step
	AtMost Rate
}

// A Step is one act of a runbook: a signed webhook (Standard Webhooks) to whoever carries it out.
type Step struct {
	Name          string
	URL           string
	SecretEnv     string        // the environment variable that holds the webhook's secret
	Timeout       time.Duration // the receiver must have accepted by then
	Settle        time.Duration // from acceptance until it is worth looking again
	NeedsApproval bool          // it can interrupt service: a named person approves it first
}

// A Rate bounds how often a runbook runs in the whole site; the zero Rate is no bound.
type Rate struct {
	Count int
	Per   time.Duration
}

// A Problem is one fault of a runbooks file.
type Problem struct {
	File    string
	Line    int
	Field   string
	Message string
}

func (p Problem) Error() string {
	return fmt.Sprintf("%s:%d: %s: %s", p.File, p.Line, p.Field, p.Message)
}

// Load reads the runbooks of a site folder; a folder without any has none. All faults are reported at once, joined.
func Load(site fs.FS) ([]Runbook, error) {
	text, err := fs.ReadFile(site, FileName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read runbooks: %w", err)
	}
	return Parse(text)
}

// Parse reads a runbooks file.
func Parse(text []byte) ([]Runbook, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", FileName, err)
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	var r reader
	top := r.fields(doc.Content[0], "", "runbooks")
	var books []Runbook
	for i, n := range r.list(top["runbooks"], "runbooks") {
		books = append(books, r.runbook(n, fmt.Sprintf("runbooks[%d]", i)))
	}
	r.unique(doc.Content[0], books)
	if len(r.problems) > 0 {
		return nil, errors.Join(r.problems...)
	}
	return books, nil
}

// For is the runbook for a kind of fault: the first that names it.
func For(books []Runbook, kind string) (Runbook, bool) {
	i := slices.IndexFunc(books, func(b Runbook) bool { return slices.Contains(b.Faults, kind) })
	if i < 0 {
		return Runbook{}, false
	}
	return books[i], true
}

// A reader collects the problems of one file as it reads.
type reader struct {
	problems []error
}

func (r *reader) fault(n *yaml.Node, field, format string, args ...any) {
	r.problems = append(r.problems, Problem{FileName, n.Line, field, fmt.Sprintf(format, args...)})
}

// fields are a mapping's values by key; every key must be one of the known.
func (r *reader) fields(n *yaml.Node, path string, known ...string) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	if n.Kind != yaml.MappingNode {
		r.fault(n, orTop(path), "want a mapping with %s", strings.Join(known, ", "))
		return out
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if !slices.Contains(known, key.Value) {
			r.fault(key, join(path, key.Value), "unknown field; known are %s", strings.Join(known, ", "))
			continue
		}
		out[key.Value] = n.Content[i+1]
	}
	return out
}

func (r *reader) list(n *yaml.Node, path string) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.fault(n, path, "want a list")
		return nil
	}
	return n.Content
}

func (r *reader) runbook(n *yaml.Node, path string) Runbook {
	f := r.fields(n, path, "id", "faults", "steps", "atMost")
	b := Runbook{ID: r.text(f["id"], n, join(path, "id"))}
	for i, k := range r.list(f["faults"], join(path, "faults")) {
		b.Faults = append(b.Faults, r.text(k, n, fmt.Sprintf("%s.faults[%d]", path, i)))
	}
	for i, s := range r.list(f["steps"], join(path, "steps")) {
		b.Steps = append(b.Steps, r.step(s, fmt.Sprintf("%s.steps[%d]", path, i)))
	}
	if len(b.Faults) == 0 {
		r.fault(n, join(path, "faults"), "name at least one kind of fault: a runbook for none would be a runbook for all")
	}
	if len(b.Steps) == 0 {
		r.fault(n, join(path, "steps"), "name at least one step")
	}
	if at := f["atMost"]; at != nil {
		g := r.fields(at, join(path, "atMost"), "count", "per")
		b.AtMost = Rate{r.count(g["count"], at, path+".atMost.count"), r.duration(g["per"], at, path+".atMost.per")}
	}
	return b
}

func (r *reader) step(n *yaml.Node, path string) Step {
	f := r.fields(n, path, "name", "webhook", "timeout", "settle", "needsApproval")
	s := Step{
		Name:    r.text(f["name"], n, join(path, "name")),
		Timeout: r.duration(f["timeout"], n, join(path, "timeout")),
		Settle:  r.duration(f["settle"], n, join(path, "settle")),
	}
	if f["webhook"] == nil {
		r.fault(n, join(path, "webhook"), "missing: where the step is carried out")
		return s
	}
	w := r.fields(f["webhook"], join(path, "webhook"), "url", "secretEnv")
	s.URL = r.text(w["url"], f["webhook"], path+".webhook.url")
	s.SecretEnv = r.text(w["secretEnv"], f["webhook"], path+".webhook.secretEnv")
	if u, err := url.Parse(s.URL); s.URL != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		r.fault(w["url"], path+".webhook.url", "want an http or https address, got %q", s.URL)
	}
	if a := f["needsApproval"]; a != nil {
		if err := a.Decode(&s.NeedsApproval); err != nil {
			r.fault(a, join(path, "needsApproval"), "want true or false, got %q", a.Value)
		}
	}
	return s
}

func (r *reader) text(n, parent *yaml.Node, path string) string {
	if n == nil {
		r.fault(parent, path, "missing")
		return ""
	}
	if n.Kind != yaml.ScalarNode || n.Value == "" {
		r.fault(n, path, "want a text")
		return ""
	}
	return n.Value
}

func (r *reader) duration(n, parent *yaml.Node, path string) time.Duration {
	if n == nil {
		r.fault(parent, path, "missing: a duration such as 90s")
		return 0
	}
	d, err := time.ParseDuration(n.Value)
	if err != nil || d <= 0 {
		r.fault(n, path, "want a duration above zero such as 90s, got %q", n.Value)
	}
	return d
}

func (r *reader) count(n, parent *yaml.Node, path string) int {
	if n == nil {
		r.fault(parent, path, "missing")
		return 0
	}
	var c int
	if err := n.Decode(&c); err != nil || c < 1 {
		r.fault(n, path, "want a whole number from 1, got %q", n.Value)
	}
	return c
}

func (r *reader) unique(n *yaml.Node, books []Runbook) {
	for i, b := range books {
		if slices.ContainsFunc(books[:i], func(o Runbook) bool { return o.ID == b.ID }) {
			r.fault(n, fmt.Sprintf("runbooks[%d].id", i), "%q is taken", b.ID)
		}
	}
}

func join(path, field string) string {
	if path == "" {
		return field
	}
	return path + "." + field
}

func orTop(path string) string {
	if path == "" {
		return "(top)"
	}
	return path
}
