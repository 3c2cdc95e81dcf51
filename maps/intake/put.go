package intake

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/nightrounds/nightrounds/maps"
)

// A slot is a thing in site.yaml into which an import writes.
type slot struct {
	node  *yaml.Node
	rec   *recorded
	what  string // as "rack A01"
	fresh bool   // this import made it
}

// put writes a field. What a person wrote is kept: a value that is not what the last import wrote is a person's.
func (m *merger) put(s slot, name, want, source string) {
	have, there := value(s.node, name)
	last, wrote := s.rec.Wrote[name]
	if s.rec.Wrote == nil {
		s.rec.Wrote = map[string]string{}
	}
	s.rec.Wrote[name] = want
	switch {
	case there && same(name, have, want) || have == want && there:
	case !there && wrote && last == want:
		// A person took it out, and the source says nothing new.
	case !there || wrote && have == last:
		m.site.set(s.node, name, scalar(name, want))
		if !s.fresh && there {
			m.report.did("changed %s: %s from %s to %s, as %s says", s.what, name, have, want, source)
		} else if !s.fresh {
			m.report.did("changed %s: %s is now %s, as %s says", s.what, name, want, source)
		}
	default:
		why := "it was written by hand"
		if wrote {
			why = "it was changed by hand after an import"
		}
		line := 0
		if f := field(s.node, name); f != nil {
			line = f.Line
		}
		m.report.Conflicts = append(m.report.Conflicts, Conflict{
			Thing: s.what, Field: name, Why: why,
			Taken: Saying{where(maps.Problem{File: maps.SiteFile, Line: line}), have}, Other: Saying{source, want},
		})
	}
}

// putChoice writes what is picked of a field, under the name that site.yaml has for it.
func (m *merger) putChoice(s slot, t *thing, name string) bool {
	c, ok := m.pick(t, name)
	if ok {
		m.put(s, name, c.value, where(c.from.At))
	}
	return ok
}

// assume writes a value that nobody says, where there is none. It reports whether it did.
func (m *merger) assume(s slot, name, want string) bool {
	if _, there := value(s.node, name); there {
		return false
	}
	if last, wrote := s.rec.Wrote[name]; wrote && last == want {
		return false
	}
	if s.rec.Wrote == nil {
		s.rec.Wrote = map[string]string{}
	}
	s.rec.Wrote[name] = want
	m.site.set(s.node, name, scalar(name, want))
	return true
}

// tally counts what is said in one line for many things.
type tally struct {
	order []string
	count map[string]int
	first map[string]string
}

func (t *tally) add(line, thing string) {
	if t.count == nil {
		t.count, t.first = map[string]int{}, map[string]string{}
	}
	if t.count[line]++; t.count[line] == 1 {
		t.order = append(t.order, line)
		t.first[line] = thing
	}
}

// each gives a line for each kind, with how many things and the first of them.
func (t *tally) each(say func(format string, args ...any)) {
	for _, line := range t.order {
		if n := t.count[line]; n > 1 {
			say("%s: %d, the first of them %s", line, n, t.first[line])
		} else {
			say("%s: %s", line, t.first[line])
		}
	}
}

// origin is a thing and who first tells of it.
func (t *thing) origin() string {
	v := t.voices[0]
	return fmt.Sprintf("%s (%s)", v.Name(), where(v.At))
}
