package remedy

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/strict"
	"github.com/nightrounds/nightrounds/vision"
)

// acts are what the kinds that have several acts can do.
var acts = map[Kind][]string{
	Redfish: {LocatorOn, LocatorOff, PowerCycle, ResetBMC, FanMode, ReadLog},
	Outlet:  {SwitchOn, SwitchOff, Cycle},
	Drain:   {DrainNode, UndrainNode},
}

// A stepFile is a step as it is written.
type stepFile struct {
	ID            string         `yaml:"id"`
	Name          string         `yaml:"name" must:"true"`
	Timeout       time.Duration  `yaml:"timeout" must:"true"`
	Settle        time.Duration  `yaml:"settle" must:"true"`
	NeedsApproval *bool          `yaml:"needsApproval"`
	Takes         *string        `yaml:"takes"`
	If            *conditionFile `yaml:"if"`
	Next          string         `yaml:"next"`
	Undo          string         `yaml:"undo"`

	Redfish  *redfishFile `yaml:"redfish"`
	Outlet   *outletFile  `yaml:"outlet"`
	SetPoint *pointFile   `yaml:"setpoint"`
	Webhook  *HookFile    `yaml:"webhook"`
	Drain    *drainFile   `yaml:"drain"`
	Person   *personFile  `yaml:"person"`
	Look     *lookFile    `yaml:"look"`
}

type conditionFile struct {
	Cause      *float64      `yaml:"cause"`
	Real       *float64      `yaml:"real"`
	SeenWithin time.Duration `yaml:"seenWithin"`
	Drained    bool          `yaml:"drained"`
	Severity   string        `yaml:"severity"`
}

type redfishFile struct {
	Act  string `yaml:"act" must:"true"`
	Mode string `yaml:"mode"`
}

type outletFile struct {
	Act  string `yaml:"act" must:"true"`
	Port string `yaml:"port"`
}

type pointFile struct {
	Unit    string   `yaml:"unit"`
	Value   *float64 `yaml:"value" must:"true"`
	Min     *float64 `yaml:"min" must:"true"`
	Max     *float64 `yaml:"max" must:"true"`
	MaxStep *float64 `yaml:"maxStep" must:"true"`
}

// A HookFile is whom a signed webhook goes to, as it is written.
type HookFile struct {
	URL       string `yaml:"url" must:"true"`
	SecretEnv string `yaml:"secretEnv" must:"true"`
}

type drainFile struct {
	HookFile
	Act string `yaml:"act"`
}

type personFile struct {
	Task   string        `yaml:"task" must:"true"`
	Bring  []string      `yaml:"bring"`
	Handle string        `yaml:"handle"`
	Timer  time.Duration `yaml:"timer"`
}

type lookFile struct {
	Expect string `yaml:"expect"`
}

func kinds() []string {
	return []string{string(Redfish), string(Outlet), string(SetPoint), string(Webhook), string(Drain), string(Person), string(Look)}
}

func (r reader) step(f *stepFile) Step {
	at := r.doc.At(f)
	s := Step{
		Name: f.Name, ID: f.ID, Timeout: f.Timeout, Settle: f.Settle, Next: f.Next, Undo: f.Undo,
		NeedsApproval: f.NeedsApproval != nil && *f.NeedsApproval, Line: at.Line(),
	}
	r.filled(at.Field("name"), f.Name)
	r.body(at, f, &s)
	switch {
	case s.Kind != "":
	case !slices.ContainsFunc(kinds(), func(k string) bool { return at.Field(k).Told() }):
		at.Fail("missing: how the step is carried out, one of %s", strings.Join(kinds(), ", "))
		return s
	default:
		return s
	}
	r.takes(at.Field("takes"), f.Takes, &s)
	s.If = r.condition(f.If)
	if f.NeedsApproval != nil && !s.NeedsApproval && s.Interrupts() {
		at.Field("needsApproval").Fail("this step can interrupt service: it always needs approval, leave this out")
	}
	return s
}

// body takes what is special to a kind.
func (r reader) body(at strict.Place, f *stepFile, s *Step) {
	is := func(k Kind, there bool) bool {
		if there && s.Kind != "" {
			at.Field(string(k)).Fail("a step is of one kind, and this one is %s already", s.Kind)
			return false
		}
		if there {
			s.Kind = k
		}
		return there
	}
	if is(Redfish, f.Redfish != nil) {
		s.Act, s.Mode = f.Redfish.Act, f.Redfish.Mode
		r.act(f.Redfish, s)
		if (s.Act == FanMode) != (s.Mode != "") {
			r.doc.At(f.Redfish).Field("mode").Fail("say the mode of a fan-mode step, and of no other")
		}
	}
	if is(Outlet, f.Outlet != nil) {
		s.Act, s.Port = f.Outlet.Act, f.Outlet.Port
		r.act(f.Outlet, s)
	}
	if is(SetPoint, f.SetPoint != nil) {
		s.Point = r.point(f.SetPoint)
	}
	if is(Webhook, f.Webhook != nil) {
		r.address(r.doc.At(f.Webhook), f.Webhook, s)
	}
	if is(Drain, f.Drain != nil) {
		if s.Act = f.Drain.Act; s.Act == "" {
			s.Act = DrainNode
		}
		r.act(f.Drain, s)
		r.address(r.doc.At(f.Drain), &f.Drain.HookFile, s)
	}
	if is(Person, f.Person != nil) {
		s.Task = Task{Text: f.Person.Task, Bring: f.Person.Bring, Handle: f.Person.Handle, Timer: f.Person.Timer}
		r.filled(r.doc.At(f.Person).Field("task"), f.Person.Task)
	}
	if is(Look, f.Look != nil) {
		if s.Expect = f.Look.Expect; !slices.Contains([]string{"", Gone, There, Locator}, s.Expect) {
			r.doc.At(f.Look).Field("expect").Fail("want gone, there or locator, got %q", strict.Clip(s.Expect))
		}
	}
}

// act checks the act of a step whose body has one.
func (r reader) act(body any, s *Step) {
	if at := r.doc.At(body).Field("act"); !slices.Contains(acts[s.Kind], s.Act) && !at.Told() {
		at.Fail("want one of %s, got %q", strings.Join(acts[s.Kind], ", "), strict.Clip(s.Act))
	}
}

func (r reader) address(at strict.Place, f *HookFile, s *Step) {
	s.URL, s.SecretEnv = f.URL, f.SecretEnv
	r.filled(at.Field("secretEnv"), f.SecretEnv)
	switch u, err := url.Parse(s.URL); {
	case at.Field("url").Told():
	case err == nil && u.User != nil:
		at.Field("url").Fail("no login belongs into an address: orders are signed with the secret that secretEnv names")
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		at.Field("url").Fail("want an http or https address, got %q", strict.Clip(s.URL))
	}
}

func (r reader) point(f *pointFile) Point {
	at := r.doc.At(f)
	p := Point{Unit: f.Unit}
	if at.Told() {
		return p
	}
	p.Value, p.Min, p.Max, p.MaxStep = *f.Value, *f.Min, *f.Max, *f.MaxStep
	switch {
	case p.Min >= p.Max:
		at.Field("min").Fail("%g is not below max, %g", p.Min, p.Max)
	case p.Value < p.Min || p.Value > p.Max:
		at.Field("value").Fail("%g is outside its bounds, %g to %g", p.Value, p.Min, p.Max)
	case p.MaxStep <= 0:
		at.Field("maxStep").Fail("want the largest change at once, above zero, got %g", p.MaxStep)
	}
	return p
}

// takes takes what the step takes away; what its kind takes away anyway need not be said, nor can it be denied.
func (r reader) takes(at strict.Place, f *string, s *Step) {
	switch {
	case s.Kind == Outlet && s.Act != SwitchOn:
		s.Takes = PowerSupply
	case s.Kind == Redfish && s.Act == PowerCycle:
		s.Takes = Device
	}
	if f == nil {
		return
	}
	said := Thing(*f)
	switch {
	case !slices.Contains([]Thing{PowerSupply, Disk, UplinkPort, Device}, said):
		at.Fail("want power-supply, disk, uplink or device, got %q", strict.Clip(*f))
	case s.Takes != Nothing && s.Takes != said:
		at.Fail("this step takes away a %s: leave this out", s.Takes)
	default:
		s.Takes = said
	}
}

func (r reader) condition(f *conditionFile) Condition {
	if f == nil {
		return Condition{}
	}
	at := r.doc.At(f)
	c := Condition{Drained: f.Drained, Severity: f.Severity, SeenWithin: f.SeenWithin}
	for name, p := range map[string]struct{ from, into *float64 }{"cause": {f.Cause, &c.Cause}, "real": {f.Real, &c.Real}} {
		if p.from == nil {
			continue
		}
		if *p.into = *p.from; *p.from <= 0 || *p.from > 1 {
			at.Field(name).Fail("want a probability above 0, up to 1, got %g", *p.from)
		}
	}
	levels := []string{"", string(vision.Info), string(vision.Warning), string(vision.Critical)}
	if !slices.Contains(levels, c.Severity) {
		at.Field("severity").Fail("want %s, got %q", strings.Join(levels[1:], ", "), strict.Clip(c.Severity))
	}
	return c
}
