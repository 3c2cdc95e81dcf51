package remedy

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

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
func Load(site fs.FS) (File, error) {
	text, err := fs.ReadFile(site, FileName)
	if errors.Is(err, fs.ErrNotExist) {
		return File{Limits: DefaultLimits()}, nil
	}
	if err != nil {
		return File{}, fmt.Errorf("read runbooks: %w", err)
	}
	return Parse(text)
}

// Parse reads a runbooks file.
func Parse(text []byte) (File, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return File{}, fmt.Errorf("%s: %w", FileName, err)
	}
	out := File{Limits: DefaultLimits()}
	if len(doc.Content) == 0 {
		return out, nil
	}
	var r reader
	top := r.fields(doc.Content[0], "", "runbooks", "limits")
	r.limits(top["limits"], &out.Limits)
	for i, n := range r.list(top["runbooks"], "runbooks") {
		out.Runbooks = append(out.Runbooks, r.runbook(n, fmt.Sprintf("runbooks[%d]", i)))
	}
	r.unique(doc.Content[0], out.Runbooks)
	if len(r.problems) > 0 {
		return File{}, errors.Join(r.problems...)
	}
	for i := range out.Runbooks {
		out.Runbooks[i].hash = out.Runbooks[i].Hash()
	}
	return out, nil
}

func (r *reader) runbook(n *yaml.Node, path string) Runbook {
	f := r.fields(n, path, "id", "faults", "causes", "steps", "atMost")
	b := Runbook{ID: r.text(f["id"], n, join(path, "id"))}
	b.Faults = r.texts(f["faults"], join(path, "faults"))
	b.Causes = r.texts(f["causes"], join(path, "causes"))
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
	r.walk(f["steps"], &b, path)
	return b
}

// walk checks that next and undo name steps, and that no step leads back to itself.
func (r *reader) walk(n *yaml.Node, b *Runbook, path string) {
	at := func(i int) (*yaml.Node, string) { return n.Content[i], fmt.Sprintf("%s.steps[%d]", path, i) }
	for i, s := range b.Steps {
		node, where := at(i)
		if s.ID != "" && b.step(s.ID) != i {
			r.fault(node, where+".id", "%q is taken", s.ID)
		}
		if s.Next != "" && b.step(s.Next) < 0 {
			r.fault(node, where+".next", "no step has the id %q", s.Next)
		}
		if s.Undo == "" {
			continue
		}
		if u := b.step(s.Undo); u >= 0 {
			b.Steps[u].Undoes = true
		} else {
			r.fault(node, where+".undo", "no step has the id %q", s.Undo)
		}
	}
	for more := true; more; { // what follows a step that undoes, undoes too
		more = false
		for _, s := range b.Steps {
			if k := b.step(s.Next); s.Undoes && k >= 0 && !b.Steps[k].Undoes {
				b.Steps[k].Undoes, more = true, true
			}
		}
	}
	for i, s := range b.Steps {
		node, where := at(i)
		k := b.step(s.Next)
		switch {
		case !s.Undoes && k >= 0 && b.Steps[k].Undoes:
			r.fault(node, where+".next", "%q undoes another step: it is never gone on to", s.Next)
		case s.Undoes && s.Interrupts():
			r.fault(node, where, "undoes another step, at once and unasked: it must be one that interrupts nothing and takes nothing away")
		case r.leadsBack(*b, i):
			r.fault(node, where, "leads back to itself by next and undo: a cycle would never end")
		}
	}
	if len(b.Steps) > 0 && b.first() == len(b.Steps) {
		r.fault(n, path+".steps", "all steps undo another: which one comes first?")
	}
}

// leadsBack says whether a step is reached from itself.
func (r *reader) leadsBack(b Runbook, from int) bool {
	seen, open := map[int]bool{}, []int{from}
	for len(open) > 0 {
		i := open[0]
		open = open[1:]
		for _, k := range []int{b.following(i), b.step(b.Steps[i].Undo)} {
			if k == from {
				return true
			}
			if k >= 0 && k < len(b.Steps) && !seen[k] {
				seen[k] = true
				open = append(open, k)
			}
		}
	}
	return false
}

// limits reads what a site says of its limits; what it leaves out stays as it is by default.
func (r *reader) limits(n *yaml.Node, l *Limits) {
	if n == nil {
		return
	}
	counts := map[string]*int{
		"atOnce": &l.AtOnce, "perRack": &l.PerRack, "perFeed": &l.PerFeed, "perHour": &l.PerHour, "stormFaults": &l.StormFaults, "sources": &l.Sources,
	}
	times := map[string]*time.Duration{"coolDown": &l.CoolDown, "stormWithin": &l.StormWithin, "fresh": &l.Fresh, "approvalFor": &l.ApprovalFor}
	known := make([]string, 0, len(counts)+len(times))
	for k := range counts {
		known = append(known, k)
	}
	for k := range times {
		known = append(known, k)
	}
	slices.Sort(known)
	for k, v := range r.fields(n, "limits", known...) {
		if c := counts[k]; c != nil {
			*c = r.count(v, n, "limits."+k)
		} else if d := times[k]; d != nil {
			*d = r.duration(v, n, "limits."+k)
		}
	}
	if l.Sources < leastSources {
		r.fault(n, "limits.sources", "%d: no machine is touched on the word of fewer than %d", l.Sources, leastSources)
	}
}

// leastSources is the fewest sources that a site may ask for.
const leastSources = 2

// A reader collects the problems of one file as it reads.
type reader struct {
	problems []error
}

func (r *reader) fault(n *yaml.Node, field, format string, args ...any) {
	r.problems = append(r.problems, Problem{FileName, n.Line, field, fmt.Sprintf(format, args...)})
}

// fields are a mapping's values by key; every key must be one of the known, and there once.
func (r *reader) fields(n *yaml.Node, path string, known ...string) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	if n.Kind != yaml.MappingNode {
		r.fault(n, orTop(path), "want a mapping with %s", strings.Join(known, ", "))
		return out
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case !slices.Contains(known, key.Value):
			r.fault(key, join(path, key.Value), "unknown field; known are %s", strings.Join(known, ", "))
		case out[key.Value] != nil:
			r.fault(key, join(path, key.Value), "there twice")
		default:
			out[key.Value] = n.Content[i+1]
		}
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
