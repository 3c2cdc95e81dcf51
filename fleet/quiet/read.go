package quiet

import (
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/strict"
	"github.com/nightrounds/nightrounds/vision"
)

// most is how many entries a list of a file may have.
const most = 1000

// A file is one of rules and silences as it is written.
type file struct {
	ReopenWindow *time.Duration `yaml:"reopen_window"`
	Flapping     *flappingFile  `yaml:"flapping"`
	Escalation   *[]stepFile    `yaml:"escalation"`
	Silences     []silenceFile  `yaml:"silences"`
}

type flappingFile struct {
	Times  *int           `yaml:"times"`
	Within *time.Duration `yaml:"within"`
	Steady *time.Duration `yaml:"steady"`
}

type stepFile struct {
	Severity string        `yaml:"severity" must:"true"`
	After    time.Duration `yaml:"after" must:"true"`
}

type silenceFile struct {
	ID         string         `yaml:"id" must:"true"`
	Why        string         `yaml:"why"`
	Site       bool           `yaml:"site"`
	Halls      []string       `yaml:"halls"`
	Rows       []string       `yaml:"rows"`
	Racks      []string       `yaml:"racks"`
	Devices    []string       `yaml:"devices"`
	Supplies   []string       `yaml:"supplies"`
	Kinds      []string       `yaml:"kinds"`
	From       string         `yaml:"from"`
	Until      string         `yaml:"until"`
	Start      *string        `yaml:"start"`
	Recurrence *string        `yaml:"recurrence"`
	Window     *time.Duration `yaml:"window"`
	Except     []string       `yaml:"except"`
}

// Parse reads a file of rules and silences; what it says nothing of is as by default. All that is wrong is said at once.
func Parse(name string, text []byte, names Names) (Rules, []Silence, error) {
	var f file
	r := reader{doc: strict.Read(name, text, &f), file: name, names: names}
	rules := DefaultRules()
	r.rules(&f, &rules)
	var all []Silence
	for i := range f.Silences {
		s, at := r.silence(&f.Silences[i]), r.doc.At(&f.Silences[i])
		if slices.ContainsFunc(all, func(o Silence) bool { return o.ID == s.ID }) {
			at.Field("id").Fail("%q is taken: give each its own", strict.Clip(s.ID))
		}
		all = append(all, s)
	}
	r.few(r.doc.At(&f).Field("silences"), len(f.Silences))
	if err := r.doc.Err(); err != nil {
		return DefaultRules(), nil, err
	}
	return rules, all, nil
}

// A reader checks what the values of one file mean.
type reader struct {
	doc   *strict.Document
	file  string
	names Names
}

func (r reader) few(at strict.Place, n int) {
	if n > most {
		at.Fail("has %d entries: %d at most", n, most)
	}
}

// within takes a length of time, a year at most.
func (r reader) within(at strict.Place, from, into *time.Duration) {
	if from == nil {
		return
	}
	if *from > longest {
		at.Fail("%s is too long: a year at most", *from)
	}
	*into = *from
}

func (r reader) rules(f *file, rules *Rules) {
	at := r.doc.At(f)
	r.within(at.Field("reopen_window"), f.ReopenWindow, &rules.ReopenWindow)
	if g := f.Flapping; g != nil {
		on := r.doc.At(g)
		if g.Times != nil {
			if rules.Flapping.Times = *g.Times; *g.Times < 2 || *g.Times > 20 {
				on.Field("times").Fail("want a whole number from 2 to 20, got %d", *g.Times)
			}
		}
		r.within(on.Field("within"), g.Within, &rules.Flapping.Within)
		r.within(on.Field("steady"), g.Steady, &rules.Flapping.Steady)
	}
	if f.Escalation == nil {
		return
	}
	r.few(at.Field("escalation"), len(*f.Escalation))
	rules.Escalation = []Step{}
	for i := range *f.Escalation {
		g := &(*f.Escalation)[i]
		on := r.doc.At(g)
		s := Step{Severity: vision.Severity(g.Severity)}
		if s.Severity != vision.Warning && s.Severity != vision.Critical && !on.Field("severity").Told() {
			on.Field("severity").Fail("%q: want warning or critical", strict.Clip(g.Severity))
		}
		r.within(on.Field("after"), &g.After, &s.After)
		rules.Escalation = append(rules.Escalation, s)
	}
}

// silence takes one and checks it; a flaw is told at the line of its field.
func (r reader) silence(f *silenceFile) Silence {
	at := r.doc.At(f)
	s := Silence{
		ID: f.ID, Why: f.Why, File: r.file,
		Target: Target{Site: f.Site, Halls: f.Halls, Rows: f.Rows, Racks: f.Racks, Devices: f.Devices, Supplies: f.Supplies, Kinds: f.Kinds},
		From:   r.moment(at.Field("from"), f.From), Until: r.moment(at.Field("until"), f.Until),
	}
	for name, list := range map[string][]string{
		"halls": f.Halls, "rows": f.Rows, "racks": f.Racks, "devices": f.Devices, "supplies": f.Supplies, "kinds": f.Kinds, "except": f.Except,
	} {
		r.few(at.Field(name), len(list))
		if slices.Contains(list, "") && !at.Field(name).Told() {
			at.Field(name).Fail("holds a text that is empty: take it out")
		}
	}
	if !idRule(s.ID) && !at.Field("id").Told() {
		at.Field("id").Fail("%q is no id: want 1 to 60 letters, digits, - and _, and not S- and a number, which are made by hand", strict.Clip(s.ID))
	}
	if f.Start != nil || f.Recurrence != nil || f.Window != nil || f.Except != nil {
		var window time.Duration
		r.within(at.Field("window"), f.Window, &window)
		s.Recurs = &Recurrence{orNone(f.Start), orNone(f.Recurrence), window.Seconds(), f.Except}
	}
	if at.Told() {
		return s // one thing at a time: what could not be read is not judged
	}
	for _, flaw := range s.Check(r.names) {
		at.Field(flaw.Field).Fail("%s", flaw.Message)
	}
	return s
}

func orNone(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// moment is a time with its zone, or one of the site's wall.
func (r reader) moment(at strict.Place, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", text, r.names.zone)
	if err != nil {
		at.Fail("%q is no time like 2026-11-02T06:00 or 2026-11-02T06:00:00+01:00", strict.Clip(text))
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
