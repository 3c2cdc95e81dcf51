package quiet

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/nightrounds/nightrounds/vision"
)

// A Problem is what is wrong at one line of a file.
type Problem struct {
	File    string
	Line    int
	Field   string
	Message string
}

func (p Problem) Error() string {
	return fmt.Sprintf("%s:%d: %s: %s", p.File, p.Line, p.Field, p.Message)
}

// most is how many silences and steps a file may hold, and mostText how long it may be, in bytes.
const (
	most     = 1000
	mostText = 1 << 20
)

// Parse reads a file of rules and silences; what it says nothing of is as by default. All that is wrong is said at once.
func Parse(file string, text []byte, names Names) (Rules, []Silence, error) {
	rules := DefaultRules()
	if len(text) > mostText {
		return rules, nil, Problem{file, 1, "(top)", fmt.Sprintf("it is longer than %d bytes", mostText)}
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return rules, nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(doc.Content) == 0 {
		return rules, nil, nil
	}
	r := reader{file: file, names: names}
	top := r.fields(doc.Content[0], "", "reopen_window", "flapping", "escalation", "silences")
	r.duration(top["reopen_window"], "reopen_window", &rules.ReopenWindow)
	r.flapping(top["flapping"], &rules.Flapping)
	if n := top["escalation"]; n != nil {
		rules.Escalation = r.steps(n)
	}
	var all []Silence
	for i, n := range r.list(top["silences"], "silences") {
		s := r.silence(n, fmt.Sprintf("silences[%d]", i))
		if slices.ContainsFunc(all, func(o Silence) bool { return o.ID == s.ID }) {
			r.wrong(n, fmt.Sprintf("silences[%d].id", i), "%q is taken: give each its own", clip(s.ID))
		}
		all = append(all, s)
	}
	if len(r.problems) > 0 {
		return DefaultRules(), nil, errors.Join(r.problems...)
	}
	return rules, all, nil
}

// A reader collects the problems of one file as it reads.
type reader struct {
	file     string
	names    Names
	problems []error
}

func (r *reader) wrong(n *yaml.Node, field, format string, args ...any) {
	r.problems = append(r.problems, Problem{r.file, n.Line, field, fmt.Sprintf(format, args...)})
}

// fields are a mapping's values by key; every key must be one of the known, and come once.
func (r *reader) fields(n *yaml.Node, path string, known ...string) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	if n == nil {
		return out
	}
	if n.Kind != yaml.MappingNode {
		r.wrong(n, orTop(path), "want a mapping with %s", strings.Join(known, ", "))
		return out
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case !slices.Contains(known, key.Value):
			r.wrong(key, join(path, clip(key.Value)), "unknown field; known are %s", strings.Join(known, ", "))
		case out[key.Value] != nil:
			r.wrong(key, join(path, key.Value), "it comes twice")
		default:
			out[key.Value] = n.Content[i+1]
		}
	}
	return out
}

func (r *reader) list(n *yaml.Node, path string) []*yaml.Node {
	switch {
	case n == nil:
		return nil
	case n.Kind != yaml.SequenceNode:
		r.wrong(n, path, "want a list")
		return nil
	case len(n.Content) > most:
		r.wrong(n, path, "has %d entries: %d at most", len(n.Content), most)
		return nil
	}
	return n.Content
}

func (r *reader) texts(n *yaml.Node, path string) []string {
	var out []string
	for i, c := range r.list(n, path) {
		out = append(out, r.text(c, fmt.Sprintf("%s[%d]", path, i)))
	}
	return out
}

func (r *reader) text(n *yaml.Node, path string) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode || n.Value == "" {
		r.wrong(n, path, "want a text")
		return ""
	}
	return n.Value
}

func (r *reader) duration(n *yaml.Node, path string, into *time.Duration) {
	if n == nil {
		return
	}
	d, err := time.ParseDuration(n.Value)
	if err != nil || d <= 0 || d > longest {
		r.wrong(n, path, "want a duration above zero, a year at most, such as 90m, got %q", clip(n.Value))
		return
	}
	*into = d
}

func (r *reader) flapping(n *yaml.Node, f *Flapping) {
	g := r.fields(n, "flapping", "times", "within", "steady")
	if t := g["times"]; t != nil {
		v, err := strconv.Atoi(t.Value)
		if err != nil || v < 2 || v > 20 {
			r.wrong(t, "flapping.times", "want a whole number from 2 to 20, got %q", clip(t.Value))
		}
		f.Times = v
	}
	r.duration(g["within"], "flapping.within", &f.Within)
	r.duration(g["steady"], "flapping.steady", &f.Steady)
}

func (r *reader) steps(n *yaml.Node) []Step {
	out := []Step{}
	for i, c := range r.list(n, "escalation") {
		path := fmt.Sprintf("escalation[%d]", i)
		g := r.fields(c, path, "severity", "after")
		s := Step{Severity: vision.Severity(r.text(g["severity"], path+".severity"))}
		if s.Severity != vision.Warning && s.Severity != vision.Critical {
			r.wrong(c, path+".severity", "%q: want warning or critical", clip(string(s.Severity)))
		}
		if g["after"] == nil {
			r.wrong(c, path+".after", "missing: how long such a fault may stand, as 90m")
		}
		r.duration(g["after"], path+".after", &s.After)
		out = append(out, s)
	}
	return out
}

// silence reads one and checks it; a flaw is told at the line of its field.
func (r *reader) silence(n *yaml.Node, path string) Silence {
	g := r.fields(n, path, "id", "why", "site", "halls", "rows", "racks", "devices", "supplies", "kinds", "from", "until",
		"start", "recurrence", "window", "except")
	before := len(r.problems)
	of := func(field string) []string { return r.texts(g[field], join(path, field)) }
	s := Silence{
		ID: r.text(g["id"], join(path, "id")), Why: r.text(g["why"], join(path, "why")), File: r.file,
		Target: Target{Halls: of("halls"), Rows: of("rows"), Racks: of("racks"), Devices: of("devices"), Supplies: of("supplies"), Kinds: of("kinds")},
		From:   r.moment(g["from"], join(path, "from")), Until: r.moment(g["until"], join(path, "until")),
	}
	if at := g["site"]; at != nil && at.Decode(&s.Site) != nil {
		r.wrong(at, join(path, "site"), "want true or false, got %q", clip(at.Value))
	}
	if !idRule(s.ID) {
		r.wrong(n, join(path, "id"), "%q is no id: want 1 to 60 letters, digits, - and _, and not S- and a number, which are made by hand", clip(s.ID))
	}
	if g["start"] != nil || g["recurrence"] != nil || g["window"] != nil || g["except"] != nil {
		var window time.Duration
		r.duration(g["window"], join(path, "window"), &window)
		s.Recurs = &Recurrence{r.text(g["start"], join(path, "start")), r.text(g["recurrence"], join(path, "recurrence")), window.Seconds(), of("except")}
	}
	if len(r.problems) > before {
		return s // one thing at a time: what could not be read is not judged
	}
	for _, f := range s.Check(r.names) {
		at := g[f.Field]
		if at == nil {
			at = n
		}
		r.wrong(at, join(path, f.Field), "%s", f.Message)
	}
	return s
}

// moment is a time with its zone, or one of the site's wall.
func (r *reader) moment(n *yaml.Node, path string) time.Time {
	if n == nil {
		return time.Time{}
	}
	if t, err := time.Parse(time.RFC3339, n.Value); err == nil {
		return t
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", n.Value, r.names.zone)
	if err != nil {
		r.wrong(n, path, "%q is no time like 2026-11-02T06:00 or 2026-11-02T06:00:00+01:00", clip(n.Value))
	}
	return t
}

// idRule says whether a silence of a file may have an id.
func idRule(id string) bool {
	if id == "" || len(id) > 60 || strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
		return false
	}
	number, made := strings.CutPrefix(id, "S-")
	return !made || strings.Trim(number, "0123456789") != ""
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
