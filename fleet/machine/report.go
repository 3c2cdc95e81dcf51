package machine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nightrounds/nightrounds/fleet/cause"
)

// A Report is what a management controller says of its machine, without a vendor's words.
type Report struct {
	At           time.Time // it was read
	Manufacturer string
	Serial       string
	SKU          string // of Dell: the service tag
	AssetTag     string
	Power        string // On, Off, ...; empty when it does not say
	Health       string // OK, Warning, Critical; empty when it does not say
	Locator      string // Lit, Blinking, Off; empty when it does not say
	Parts        []Part
	Log          []Entry
}

// A Class is what a part is.
type Class string

// The classes of parts.
const (
	Fan         Class = "fan"
	Temperature Class = "temperature"
	Supply      Class = "power supply"
	Drive       Class = "drive"
)

// A Part is one part, or sensor, of a machine.
type Part struct {
	Class  Class
	Name   string
	ID     string
	Health string // OK, Warning, Critical; empty when it does not say
	State  string // Enabled, Absent, UnavailableOffline, ...
	Value  *float64
	Unit   string
	High   *float64 // the lowest of its upper thresholds
	Failed bool     // it says so itself: a drive that foretells its failure, a fan below its threshold
	Input  *bool    // of a power supply: whether it has any; nil when it does not say
}

// An Entry is one of the machine's log.
type Entry struct {
	At       time.Time // by our clock
	Severity string    // OK, Warning, Critical
	Message  string
	Origin   string // @odata.id or sensor type that it is about
	Resolved bool
}

// Mismatch says why a report is not of the machine that it was asked for; empty when it is, or when neither side has a serial
// number or asset tag to tell by.
func (r Report) Mismatch(m Redfish) string {
	same := func(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }
	switch {
	case m.Serial != "" && (r.Serial != "" || r.SKU != ""):
		if !same(m.Serial, r.Serial) && !same(m.Serial, r.SKU) {
			return fmt.Sprintf("it is the controller of serial number %q, the site has %q for %s: nothing of it is believed", cmp.Or(r.Serial, r.SKU), m.Serial, m.Device)
		}
	case m.AssetTag != "" && r.AssetTag != "":
		if !same(m.AssetTag, r.AssetTag) {
			return fmt.Sprintf("it is the controller of asset %q, the site has %q for %s: nothing of it is believed", r.AssetTag, m.AssetTag, m.Device)
		}
	}
	return ""
}

func (p Part) absent() bool {
	return p.State == "Absent" || p.State == "Disabled" || p.State == "StandbySpare"
}

func (p Part) ill() bool { return p.Failed || p.Health == "Critical" || p.Health == "Warning" }

// hot says whether a temperature has reached a threshold.
func (p Part) hot() bool {
	return p.Value != nil && p.High != nil && *p.High > 0 && *p.Value >= *p.High
}

// Read is what a report says of a machine's parts: one piece of evidence each for its fans, its temperatures, its power and its
// health, and one for each power supply and drive. What the log says since then gives the time and the words.
func (r Report) Read(m Redfish, since time.Time) []Evidence {
	v := reading{r: r, m: m, since: since}
	off := r.Power == "Off" || r.Power == "PoweringOff"
	if r.Power != "" {
		v.add("power", map[bool]cause.Symptom{true: cause.Dark}[off], "power", "power is "+strings.ToLower(r.Power), boolean(!off), "")
	}
	if !off { // fans that stand and cold parts say nothing of a machine that is off
		v.fans()
		v.temperatures()
	}
	v.supplies()
	v.drives()
	v.strays()
	if r.Health == "OK" {
		v.add("health", cause.InOrder, "health", "health is OK", 1, "")
	} else if r.Health != "" && !v.trouble { // else the part says it
		v.add("health", cause.HealthLight, "health", "health is "+r.Health, 0, "")
	}
	return v.out
}

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

type reading struct {
	r       Report
	m       Redfish
	since   time.Time
	out     []Evidence
	trouble bool
	used    map[int]bool // entries of the log
}

// add says something of a part; a log entry of the same class gives it its time and words.
func (v *reading) add(part string, s cause.Symptom, quantity, says string, value float64, unit string) {
	at := v.r.At
	if s != cause.InOrder {
		v.trouble = true
	}
	e := Evidence{Source: v.m.ID, At: at, Quantity: quantity, Value: value, Unit: unit, Says: fmt.Sprintf("the BMC of %s says %s", v.m.Device, says)}
	e.Sign = cause.Sign{Spot: cause.Spot{Thing: cause.Machine, Device: v.m.Device, Part: part}, Symptom: s, At: at, By: v.m.ID, Looks: 1, Meaning: e.Says}
	v.out = append(v.out, e)
}

// logged is the newest entry of the log since the suspicion began that tells of trouble and that fits; it is then spoken for.
func (v *reading) logged(fits func(Entry) bool) (Entry, bool) {
	best := -1
	for i, e := range v.r.Log {
		if e.Resolved || e.Severity == "OK" || e.Severity == "" || e.At.Before(v.since) || e.At.After(v.r.At.Add(time.Hour)) || v.used[i] || !fits(e) {
			continue
		}
		if best < 0 || e.At.After(v.r.Log[best].At) {
			best = i
		}
	}
	if best < 0 {
		return Entry{}, false
	}
	if v.used == nil {
		v.used = map[int]bool{}
	}
	v.used[best] = true
	return v.r.Log[best], true
}

// told adds trouble of a part, by the words and the time of the log where it has them.
func (v *reading) told(part string, s cause.Symptom, class Class, p Part, says string) {
	value := 0.0
	if p.Value != nil {
		value = *p.Value
	}
	entry, ok := v.logged(func(e Entry) bool { return e.speaksOf(class, p) })
	if ok {
		says += fmt.Sprintf("; its log, at %s UTC: %s", entry.At.UTC().Format("15:04"), strings.TrimSpace(entry.Message))
	}
	v.add(part, s, string(class), says, value, p.Unit)
	if ok {
		v.out[len(v.out)-1].At = entry.At
	}
}

func (v *reading) of(c Class) []Part {
	return slices.DeleteFunc(slices.Clone(v.r.Parts), func(p Part) bool { return p.Class != c || p.absent() })
}

func (v *reading) fans() {
	fans := v.of(Fan)
	if len(fans) == 0 {
		return
	}
	low := fans[0]
	for _, p := range fans {
		if p.ill() {
			v.told("fan", cause.FanLight, Fan, p, named("fan", p.Name)+" failed"+p.turns())
			return
		}
		if p.Value != nil && (low.Value == nil || *p.Value < *low.Value) {
			low = p
		}
	}
	if low.Value == nil && low.Health == "" {
		return
	}
	value := 0.0
	if low.Value != nil {
		value = *low.Value
	}
	v.add("fan", cause.InOrder, "fan", fmt.Sprintf("its fans are in order, all %d%s", len(fans), low.turns()), value, low.Unit)
}

func (p Part) turns() string {
	if p.Value == nil {
		return ""
	}
	return fmt.Sprintf(" (%s at %.0f %s)", p.Name, *p.Value, p.Unit)
}

func (v *reading) temperatures() {
	var judged []Part
	for _, p := range v.of(Temperature) {
		if p.Value != nil && (p.High != nil || p.Health != "") {
			judged = append(judged, p)
		}
	}
	if len(judged) == 0 {
		return
	}
	near := slices.MinFunc(judged, func(a, b Part) int {
		return cmp.Or(cmp.Compare(boolean(b.hot() || b.ill()), boolean(a.hot() || a.ill())), cmp.Compare(a.room(), b.room()))
	})
	says := fmt.Sprintf("%s has %.0f °C", named("temperature", near.Name), *near.Value)
	if near.High != nil {
		says += fmt.Sprintf(" (limit %.0f °C)", *near.High)
	}
	if near.hot() || near.ill() {
		v.told("temperature", cause.Hot, Temperature, near, says)
		return
	}
	v.add("temperature", cause.InOrder, "temperature", says+", the nearest of its sensors to a limit", *near.Value, "°C")
}

// room is how far a temperature is from its limit, K.
func (p Part) room() float64 {
	if p.High == nil || p.Value == nil {
		return 1e9
	}
	return *p.High - *p.Value
}

func (v *reading) supplies() {
	all := v.of(Supply)
	lights := Lights(v.m, v.r.Manufacturer, Supply, all)
	for i, p := range all {
		name := named("power supply", p.Name)
		switch {
		case p.Input != nil && !*p.Input, p.State == "UnavailableOffline" && p.Input == nil:
			v.told(lights[i], cause.InputLight, Supply, p, name+" has no input")
		case p.ill():
			v.told(lights[i], cause.PSULight, Supply, p, name+" failed")
		case p.Health == "OK":
			v.add(lights[i], cause.InOrder, "power supply", name+" is in order", 1, "")
		}
	}
}

func (v *reading) drives() {
	all := v.of(Drive)
	lights := Lights(v.m, v.r.Manufacturer, Drive, all)
	for i, p := range all {
		name := named("drive", p.Name)
		switch {
		case p.Failed && p.Health != "Critical":
			v.told(lights[i], cause.DriveLight, Drive, p, name+" foretells its failure")
		case p.ill():
			v.told(lights[i], cause.DriveLight, Drive, p, name+" failed")
		case p.Health == "OK":
			v.add(lights[i], cause.InOrder, "drive", name+" is in order", 1, "")
		}
	}
}

// strays are entries of the log about fans or power supplies where no sensor says so: a fan that failed and was taken out.
func (v *reading) strays() {
	if v.trouble || len(v.of(Fan)) > 0 {
		return
	}
	if e, ok := v.logged(func(e Entry) bool { return e.speaksOf(Fan, Part{}) }); ok {
		v.add("fan", cause.FanLight, "fan", fmt.Sprintf("in its log, at %s UTC: %s", e.At.UTC().Format("15:04"), strings.TrimSpace(e.Message)), 0, "")
		v.out[len(v.out)-1].At = e.At
	}
}

// named is a part's name with what it is, where the name does not say so.
func named(what, name string) string {
	if strings.Contains(strings.ToLower(name), what) {
		if name[0] < utf8.RuneSelf {
			return strings.ToLower(name[:1]) + name[1:]
		}
		return name
	}
	return what + " " + name
}
