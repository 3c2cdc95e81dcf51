package intake

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/intake/claim"
)

// A voice is one source's claim about a thing.
type voice struct {
	*claim.Thing
	source *source
}

// A thing is what all sources that know of it say.
type thing struct {
	kind   claim.Kind
	id     string // ours
	voices []voice
	hall   string
}

// things are all of a kind, found by the names that people use.
type things struct {
	all    []*thing
	byName map[string][]*thing
	byKey  map[[2]string]*thing // source, key
}

// fold brings a name to what is compared.
func fold(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// add takes a voice into a thing; nil makes a new one.
func (ts *things) add(t *thing, v voice) *thing {
	if t == nil {
		t = &thing{kind: v.Kind}
		ts.all = append(ts.all, t)
	}
	if ts.byName == nil {
		ts.byName, ts.byKey = map[string][]*thing{}, map[[2]string]*thing{}
	}
	t.voices = append(t.voices, v)
	ts.byKey[[2]string{v.source.name, v.Key}] = t
	for _, n := range v.Names {
		if f := fold(n); !slices.Contains(ts.byName[f], t) {
			ts.byName[f] = append(ts.byName[f], t)
		}
	}
	return t
}

// named finds what is called so. Of several those in that hall are meant, where a hall is told.
func (ts *things) named(name, hall string) []*thing {
	found := ts.byName[fold(name)]
	if len(found) > 1 && hall != "" {
		if there := slices.DeleteFunc(slices.Clone(found), func(t *thing) bool { return !t.saysHall(hall) }); len(there) > 0 {
			return there
		}
	}
	return found
}

func (t *thing) saysHall(hall string) bool {
	return slices.ContainsFunc(t.voices, func(v voice) bool { return fold(v.Values[claim.Hall]) == fold(hall) })
}

func (t *thing) heard(s *source) bool {
	return slices.ContainsFunc(t.voices, func(v voice) bool { return v.source == s })
}

// at is where the thing was first told of.
func (t *thing) problem(field, format string, args ...any) maps.Problem {
	return t.voices[0].Problem(field, fmt.Sprintf(format, args...))
}

// A choice is the value that is taken of a field, and whose it is.
type choice struct {
	value string
	from  voice
}

// onFloor are the fields that a table of racks knows best: somebody measured them.
var onFloor = []string{claim.Hall, claim.Row, claim.X, claim.Y, claim.Theta, claim.Base, claim.Class, claim.Interval, claim.Feeds}

// rank orders voices by how well they know a field, the best first, and says why that is.
func rank(field string, s *source) (place int, why string) {
	table := s.form == tableFile
	if slices.Contains(onFloor, field) {
		if table {
			return 0, "a table tells what somebody measured on the floor"
		}
		return 1, ""
	}
	switch s.form {
	case fromServer, typeFile:
		return 0, "NetBox keeps the account of racks and devices"
	}
	return 1, ""
}

// pick takes the best voice's value of a field; conflicts with other voices go into the report, once.
func (m *merger) pick(t *thing, field string) (choice, bool) {
	told := t.told(field)
	if len(told) == 0 {
		return choice{}, false
	}
	best := told[0]
	for _, other := range told[1:] {
		if m.weighed[weighing{t, field}] || same(field, best.Values[field], other.Values[field]) {
			continue
		}
		m.differ(t, field, best, best.Values[field], other, other.Values[field])
	}
	m.weighed[weighing{t, field}] = true
	return choice{best.Values[field], best}, true
}

// differ tells a conflict of two voices, of which the first is believed.
func (m *merger) differ(t *thing, field string, best voice, taken string, other voice, left string) {
	pb, why := rank(field, best.source)
	if po, _ := rank(field, other.source); po == pb {
		why = "it was named first"
	}
	m.report.Conflicts = append(m.report.Conflicts, Conflict{
		Thing: fmt.Sprintf("%s %s", strings.ReplaceAll(string(t.kind), "_", " "), cmp.Or(t.id, best.Name())), Field: field,
		Taken: Saying{where(best.At), taken}, Other: Saying{where(other.At), left}, Why: why,
	})
}

// A weighing is one field of one thing.
type weighing struct {
	thing *thing
	field string
}

// told are the voices that say something of a field, the best first.
func (t *thing) told(field string) []voice {
	var told []voice
	for _, v := range t.voices {
		if v.Values[field] != "" {
			told = append(told, v)
		}
	}
	slices.SortStableFunc(told, func(a, b voice) int {
		pa, _ := rank(field, a.source)
		pb, _ := rank(field, b.source)
		return cmp.Or(cmp.Compare(pa, pb), cmp.Compare(a.source.order, b.source.order))
	})
	return told
}

// where is a place in a source, without a message.
func where(p maps.Problem) string {
	p.Message = ""
	return strings.TrimSuffix(p.String(), ": ")
}

// tolerances are how far numbers may lie apart and still say the same: 5 mm on a floor, half a degree.
var tolerances = map[string]float64{
	claim.X: 0.005, claim.Y: 0.005, claim.Width: 0.005, claim.Depth: 0.005, claim.Base: 0.005, claim.Theta: 0.5,
	claim.UHeight: 1e-9, claim.Position: 1e-9, claim.Start: 1e-9,
}

// same reports whether two values of a field say the same.
func same(field, a, b string) bool {
	if a == b {
		return true
	}
	x, ok1 := claim.Float(a)
	y, ok2 := claim.Float(b)
	if d, numeric := tolerances[field]; numeric && ok1 && ok2 {
		if field == claim.Theta {
			return math.Abs(math.Remainder(x-y, 360)) <= d
		}
		return math.Abs(x-y) <= d
	}
	switch field {
	case claim.Hall, claim.Row, claim.Maker, claim.Model, claim.Type, claim.Slug:
		return slug(a) == slug(b)
	}
	return false
}

// slug brings a name to lower case letters, digits and dashes, as NetBox's slugs are.
func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
}

// ident turns a name into an id: letters, digits and . _ : -, at most 100, the first a letter or digit.
func ident(name string) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(name) {
		plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		switch {
		case plain || b.Len() > 0 && strings.ContainsRune("._:-", r):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= 100 {
			break
		}
	}
	return strings.TrimRight(b.String(), "-")
}
