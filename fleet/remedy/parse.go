package remedy

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/strict"
)

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
	var f file
	r := reader{strict.Read(FileName, text, &f)}
	out := File{Limits: DefaultLimits()}
	r.limits(f.Limits, &out.Limits)
	for i := range f.Runbooks {
		b := r.runbook(&f.Runbooks[i])
		if slices.ContainsFunc(out.Runbooks, func(o Runbook) bool { return o.ID == b.ID }) {
			r.doc.At(&f.Runbooks[i]).Field("id").Fail("%q is taken", strict.Clip(b.ID))
		}
		out.Runbooks = append(out.Runbooks, b)
	}
	if err := r.doc.Err(); err != nil {
		return File{}, err
	}
	for i := range out.Runbooks {
		out.Runbooks[i].hash = out.Runbooks[i].Hash()
	}
	return out, nil
}

// A file is a runbooks file as it is written.
type file struct {
	Runbooks []bookFile  `yaml:"runbooks"`
	Limits   *limitsFile `yaml:"limits"`
}

type bookFile struct {
	ID     string     `yaml:"id" must:"true"`
	Faults []string   `yaml:"faults"`
	Causes []string   `yaml:"causes"`
	Steps  []stepFile `yaml:"steps"`
	AtMost *rateFile  `yaml:"atMost"`
}

type rateFile struct {
	Count int           `yaml:"count" must:"true"`
	Per   time.Duration `yaml:"per" must:"true"`
}

type limitsFile struct {
	AtOnce      *int           `yaml:"atOnce"`
	PerRack     *int           `yaml:"perRack"`
	PerFeed     *int           `yaml:"perFeed"`
	PerHour     *int           `yaml:"perHour"`
	StormFaults *int           `yaml:"stormFaults"`
	Sources     *int           `yaml:"sources"`
	CoolDown    *time.Duration `yaml:"coolDown"`
	StormWithin *time.Duration `yaml:"stormWithin"`
	Fresh       *time.Duration `yaml:"fresh"`
	ApprovalFor *time.Duration `yaml:"approvalFor"`
}

// A reader checks what the values of one file mean, and tells all that is wrong at once.
type reader struct{ doc *strict.Document }

func (r reader) runbook(f *bookFile) Runbook {
	at := r.doc.At(f)
	b := Runbook{ID: f.ID, Faults: f.Faults, Causes: f.Causes}
	r.filled(at.Field("id"), f.ID)
	for name, all := range map[string][]string{"faults": f.Faults, "causes": f.Causes} {
		if slices.Contains(all, "") {
			r.filled(at.Field(name), "")
		}
	}
	for i := range f.Steps {
		b.Steps = append(b.Steps, r.step(&f.Steps[i]))
	}
	if faults := at.Field("faults"); len(f.Faults) == 0 && !faults.Told() {
		faults.Fail("name at least one kind of fault: a runbook for none would be a runbook for all")
	}
	if steps := at.Field("steps"); len(f.Steps) == 0 && !steps.Told() {
		steps.Fail("name at least one step")
	}
	if f.AtMost != nil {
		b.AtMost = Rate{f.AtMost.Count, f.AtMost.Per}
		r.counted(r.doc.At(f.AtMost).Field("count"), f.AtMost.Count)
	}
	r.walk(f, &b)
	return b
}

// filled tells of a text that is empty.
func (r reader) filled(at strict.Place, text string) {
	if text == "" && !at.Told() {
		at.Fail("want a text")
	}
}

// counted tells of a number that counts nothing.
func (r reader) counted(at strict.Place, n int) {
	if n < 1 && !at.Told() {
		at.Fail("want a whole number from 1, got %d", n)
	}
}

// walk checks that next and undo name steps, and that no step leads back to itself.
func (r reader) walk(f *bookFile, b *Runbook) {
	at := func(i int) strict.Place { return r.doc.At(&f.Steps[i]) }
	for i, s := range b.Steps {
		if s.ID != "" && b.step(s.ID) != i {
			at(i).Field("id").Fail("%q is taken", strict.Clip(s.ID))
		}
		if s.Next != "" && b.step(s.Next) < 0 {
			at(i).Field("next").Fail("no step has the id %q", strict.Clip(s.Next))
		}
		if s.Undo == "" {
			continue
		}
		if u := b.step(s.Undo); u >= 0 {
			b.Steps[u].Undoes = true
		} else {
			at(i).Field("undo").Fail("no step has the id %q", strict.Clip(s.Undo))
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
		k := b.step(s.Next)
		switch {
		case !s.Undoes && k >= 0 && b.Steps[k].Undoes:
			at(i).Field("next").Fail("%q undoes another step: it is never gone on to", strict.Clip(s.Next))
		case s.Undoes && s.Interrupts():
			at(i).Fail("undoes another step, at once and unasked: it must be one that interrupts nothing and takes nothing away")
		case r.leadsBack(*b, i):
			at(i).Fail("leads back to itself by next and undo: a cycle would never end")
		}
	}
	if len(b.Steps) > 0 && b.first() == len(b.Steps) {
		r.doc.At(f).Field("steps").Fail("all steps undo another: which one comes first?")
	}
}

// leadsBack says whether a step is reached from itself.
func (r reader) leadsBack(b Runbook, from int) bool {
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

// limits takes what a site says of its limits; what it leaves out stays as it is by default.
func (r reader) limits(f *limitsFile, l *Limits) {
	if f == nil {
		return
	}
	at := r.doc.At(f)
	for name, c := range map[string]struct{ from, into *int }{
		"atOnce": {f.AtOnce, &l.AtOnce}, "perRack": {f.PerRack, &l.PerRack}, "perFeed": {f.PerFeed, &l.PerFeed}, "perHour": {f.PerHour, &l.PerHour},
		"stormFaults": {f.StormFaults, &l.StormFaults}, "sources": {f.Sources, &l.Sources},
	} {
		if c.from != nil {
			*c.into = *c.from
			r.counted(at.Field(name), *c.from)
		}
	}
	for from, into := range map[*time.Duration]*time.Duration{
		f.CoolDown: &l.CoolDown, f.StormWithin: &l.StormWithin, f.Fresh: &l.Fresh, f.ApprovalFor: &l.ApprovalFor,
	} {
		if from != nil {
			*into = *from
		}
	}
	if sources := at.Field("sources"); l.Sources < leastSources && !sources.Told() {
		sources.Fail("%d: no machine is touched on the word of fewer than %d", l.Sources, leastSources)
	}
}

// leastSources is the fewest sources that a site may ask for.
const leastSources = 2
