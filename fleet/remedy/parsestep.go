package remedy

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/nightrounds/nightrounds/vision"
)

// acts are what the kinds that have several acts can do.
var acts = map[Kind][]string{
	Redfish: {LocatorOn, LocatorOff, PowerCycle, ResetBMC, FanMode, ReadLog},
	Outlet:  {SwitchOn, SwitchOff, Cycle},
	Drain:   {DrainNode, UndrainNode},
}

func kinds() []string {
	return []string{string(Redfish), string(Outlet), string(SetPoint), string(Webhook), string(Drain), string(Person), string(Look)}
}

func (r *reader) step(n *yaml.Node, path string) Step {
	f := r.fields(n, path, slices.Concat([]string{"id", "name", "timeout", "settle", "needsApproval", "takes", "if", "next", "undo"}, kinds())...)
	s := Step{
		Name: r.text(f["name"], n, join(path, "name")), ID: r.option(f["id"], join(path, "id")),
		Timeout: r.duration(f["timeout"], n, join(path, "timeout")), Settle: r.duration(f["settle"], n, join(path, "settle")),
		Next: r.option(f["next"], join(path, "next")), Undo: r.option(f["undo"], join(path, "undo")),
		NeedsApproval: r.flag(f["needsApproval"], join(path, "needsApproval")), Line: n.Line,
	}
	var body *yaml.Node
	for _, k := range kinds() {
		switch v := f[k]; {
		case v == nil:
		case body != nil:
			r.fault(v, join(path, k), "a step is of one kind, and this one is %s already", s.Kind)
		default:
			s.Kind, body = Kind(k), v
		}
	}
	if body == nil {
		r.fault(n, path, "missing: how the step is carried out, one of %s", strings.Join(kinds(), ", "))
		return s
	}
	r.body(body, &s, join(path, string(s.Kind)))
	r.takes(f["takes"], &s, join(path, "takes"))
	s.If = r.condition(f["if"], join(path, "if"))
	if a := f["needsApproval"]; a != nil && !s.NeedsApproval && s.Interrupts() {
		r.fault(a, join(path, "needsApproval"), "this step can interrupt service: it always needs approval, leave this out")
	}
	return s
}

// body reads what is special to a kind.
func (r *reader) body(n *yaml.Node, s *Step, path string) {
	switch s.Kind {
	case Redfish:
		f := r.fields(n, path, "act", "mode")
		s.Act, s.Mode = r.act(f["act"], n, s.Kind, path), r.option(f["mode"], path+".mode")
		if (s.Act == FanMode) != (s.Mode != "") {
			r.fault(n, path+".mode", "say the mode of a fan-mode step, and of no other")
		}
	case Outlet:
		f := r.fields(n, path, "act", "port")
		s.Act, s.Port = r.act(f["act"], n, s.Kind, path), r.option(f["port"], path+".port")
	case Drain:
		f := r.fields(n, path, "act", "url", "secretEnv")
		s.Act = DrainNode
		if f["act"] != nil {
			s.Act = r.act(f["act"], n, s.Kind, path)
		}
		r.address(f, n, s, path)
	case Webhook:
		r.address(r.fields(n, path, "url", "secretEnv"), n, s, path)
	case SetPoint:
		s.Point = r.point(n, path)
	case Person:
		f := r.fields(n, path, "task", "bring", "handle", "timer")
		s.Task = Task{Text: r.text(f["task"], n, path+".task"), Bring: r.texts(f["bring"], path+".bring"), Handle: r.option(f["handle"], path+".handle")}
		if t := f["timer"]; t != nil {
			s.Task.Timer = r.duration(t, n, path+".timer")
		}
	case Look:
		f := r.fields(n, path, "expect")
		if s.Expect = r.option(f["expect"], path+".expect"); !slices.Contains([]string{"", Gone, There, Locator}, s.Expect) {
			r.fault(f["expect"], path+".expect", "want gone, there or locator, got %q", s.Expect)
		}
	}
}

func (r *reader) act(n, parent *yaml.Node, k Kind, path string) string {
	act := r.text(n, parent, path+".act")
	if act != "" && !slices.Contains(acts[k], act) {
		r.fault(n, path+".act", "want one of %s, got %q", strings.Join(acts[k], ", "), act)
	}
	return act
}

func (r *reader) address(f map[string]*yaml.Node, n *yaml.Node, s *Step, path string) {
	s.URL = r.text(f["url"], n, path+".url")
	s.SecretEnv = r.text(f["secretEnv"], n, path+".secretEnv")
	if u, err := url.Parse(s.URL); s.URL != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		r.fault(f["url"], path+".url", "want an http or https address, got %q", s.URL)
	}
}

func (r *reader) point(n *yaml.Node, path string) Point {
	f := r.fields(n, path, "unit", "value", "min", "max", "maxStep")
	p := Point{
		Unit: r.option(f["unit"], path+".unit"), Value: r.number(f["value"], n, path+".value"),
		Min: r.number(f["min"], n, path+".min"), Max: r.number(f["max"], n, path+".max"), MaxStep: r.number(f["maxStep"], n, path+".maxStep"),
	}
	switch {
	case f["value"] == nil || f["min"] == nil || f["max"] == nil || f["maxStep"] == nil: // told already
	case p.Min >= p.Max:
		r.fault(f["min"], path+".min", "%g is not below max, %g", p.Min, p.Max)
	case p.Value < p.Min || p.Value > p.Max:
		r.fault(f["value"], path+".value", "%g is outside its bounds, %g to %g", p.Value, p.Min, p.Max)
	case p.MaxStep <= 0:
		r.fault(f["maxStep"], path+".maxStep", "want the largest change at once, above zero, got %g", p.MaxStep)
	}
	return p
}

// takes reads what the step takes away; what its kind takes away anyway need not be said, nor can it be denied.
func (r *reader) takes(n *yaml.Node, s *Step, path string) {
	switch {
	case s.Kind == Outlet && s.Act != SwitchOn:
		s.Takes = PowerSupply
	case s.Kind == Redfish && s.Act == PowerCycle:
		s.Takes = Device
	}
	if n == nil {
		return
	}
	said := Thing(r.text(n, n, path))
	switch {
	case !slices.Contains([]Thing{PowerSupply, Disk, UplinkPort, Device}, said):
		r.fault(n, path, "want power-supply, disk, uplink or device, got %q", said)
	case s.Takes != Nothing && s.Takes != said:
		r.fault(n, path, "this step takes away a %s: leave this out", s.Takes)
	default:
		s.Takes = said
	}
}

func (r *reader) condition(n *yaml.Node, path string) Condition {
	if n == nil {
		return Condition{}
	}
	f := r.fields(n, path, "cause", "real", "seenWithin", "drained", "severity")
	c := Condition{Drained: r.flag(f["drained"], path+".drained"), Severity: r.option(f["severity"], path+".severity")}
	for name, into := range map[string]*float64{"cause": &c.Cause, "real": &c.Real} {
		if v := f[name]; v != nil {
			if *into = r.number(v, n, join(path, name)); *into <= 0 || *into > 1 {
				r.fault(v, join(path, name), "want a probability above 0, up to 1, got %q", v.Value)
			}
		}
	}
	if v := f["seenWithin"]; v != nil {
		c.SeenWithin = r.duration(v, n, path+".seenWithin")
	}
	levels := []string{"", string(vision.Info), string(vision.Warning), string(vision.Critical)}
	if !slices.Contains(levels, c.Severity) {
		r.fault(f["severity"], path+".severity", "want %s, got %q", strings.Join(levels[1:], ", "), c.Severity)
	}
	return c
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

// option is a text that may be left out.
func (r *reader) option(n *yaml.Node, path string) string {
	if n == nil {
		return ""
	}
	return r.text(n, n, path)
}

func (r *reader) texts(n *yaml.Node, path string) []string {
	var out []string
	for i, k := range r.list(n, path) {
		out = append(out, r.text(k, n, fmt.Sprintf("%s[%d]", path, i)))
	}
	return out
}

func (r *reader) flag(n *yaml.Node, path string) (b bool) {
	if n == nil {
		return false
	}
	if err := n.Decode(&b); err != nil {
		r.fault(n, path, "want true or false, got %q", n.Value)
	}
	return b
}

func (r *reader) number(n, parent *yaml.Node, path string) float64 {
	if n == nil {
		r.fault(parent, path, "missing: a number")
		return 0
	}
	var v float64
	if err := n.Decode(&v); err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		r.fault(n, path, "want a number, got %q", n.Value)
		return 0
	}
	return v
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
