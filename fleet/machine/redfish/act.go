package redfish

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stmcginnis/gofish/common"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/wire/clock"
)

// again is the pause between two readings of what is to change, where the controller asks for no other.
const again = time.Second

// logSince is how far back a log speaks for or against a fault.
const logSince = 24 * time.Hour

// Identify reads the serial number and the asset tag of the machine. Where people know it by its service tag, and the record
// has that, the service tag is its serial number.
func (d *Driver) Identify(ctx context.Context, _ remedy.Order) (remedy.Identity, error) {
	var id remedy.Identity
	err := d.session(ctx, func(r *reader) error {
		id = remedy.Identity{Serial: r.sys.Serial, AssetTag: r.sys.AssetTag, At: d.now()}
		if d.m.Serial != "" && strings.EqualFold(r.sys.SKU, d.m.Serial) {
			id.Serial = r.sys.SKU
		}
		return nil
	})
	if err != nil {
		return remedy.Identity{}, err
	}
	return id, nil
}

// Carry carries a step out once, in one session with the reading of who answers.
func (d *Driver) Carry(ctx context.Context, o remedy.Order) (out remedy.Outcome, err error) {
	err = d.session(ctx, func(r *reader) error {
		if why := r.report.Mismatch(d.m); why != "" || !r.sys.is(d.m) {
			return fmt.Errorf("%s: nothing is done to it: %w", cmp.Or(why, "it does not say that it is "+d.m.Device), remedy.ErrFinal)
		}
		switch o.Step.Act {
		case remedy.LocatorOn, remedy.LocatorOff:
			out.Said, err = r.locate(o.Step.Act == remedy.LocatorOn)
		case remedy.PowerCycle:
			out.Said, err = r.reset(r.sys.reset, []string{"PowerCycle", "ForceRestart"}, true)
		case remedy.ResetBMC:
			out.Said, err = r.resetManager()
		case remedy.FanMode:
			out, err = r.fans(cmp.Or(o.Restore, o.Step.Mode))
		case remedy.ReadLog:
			out, err = r.confirm(o.Target)
		default:
			err = fmt.Errorf("this controller knows no way to carry out %q: %w", o.Step.Act, remedy.ErrFinal)
		}
		return err
	})
	if err != nil {
		return remedy.Outcome{}, err
	}
	return out, nil
}

// is says whether the machine is the one that the site has at the controller: what says nothing is not.
func (s systemDoc) is(m machine.Redfish) bool {
	if m.Serial != "" {
		return strings.EqualFold(s.Serial, m.Serial) || strings.EqualFold(s.SKU, m.Serial)
	}
	return m.AssetTag != "" && strings.EqualFold(s.AssetTag, m.AssetTag)
}

// session opens one, finds the machine and does something with it. No error holds a credential.
func (d *Driver) session(ctx context.Context, do func(*reader) error) error {
	r := &reader{d: d, ctx: ctx}
	err := r.connect(ctx)
	if err == nil {
		defer r.client.Logout()
		err = r.system()
	}
	if err == nil {
		err = do(r)
	}
	if err == nil {
		return nil
	}
	return machine.Cleaned(err, remedy.ErrFinal, d.m.Password)
}

// locate puts the locator on or off where the machine has it, and reads back that it is: on the system, else on its chassis,
// as LocationIndicatorActive, else as IndicatorLED (Redfish 2020.3).
func (r *reader) locate(on bool) (string, error) {
	want, wanted := any(on), map[bool]string{true: "Blinking", false: "Off"}[on]
	for _, path := range append([]string{r.sys.path}, r.sys.chassis[:min(len(r.sys.chassis), maxChassis)]...) {
		doc, err := r.get(path)
		if err != nil {
			return "", err
		}
		key := ""
		for _, k := range []string{"LocationIndicatorActive", "IndicatorLED"} {
			if has(doc, k) && key == "" {
				key = k
			}
		}
		if key == "" {
			continue
		}
		if key == "IndicatorLED" {
			want = wanted
		}
		if err := r.patch(path, map[string]any{key: want}); err != nil {
			return "", err
		}
		if doc, err = r.get(path); err != nil {
			return "", err
		}
		is := parseSystem(doc).locator
		if lit := is != "Off" && is != ""; lit != on {
			return "", fmt.Errorf("the locator was set to %s and is %s", wanted, is)
		}
		return "its locator is " + strings.ToLower(is), nil
	}
	return "", fmt.Errorf("it has no locator: %w", remedy.ErrFinal)
}

// has says whether a document has a key that is not null: one that is not there is not written.
func has(doc []byte, key string) bool {
	var fields map[string]json.RawMessage
	return json.Unmarshal(doc, &fields) == nil && len(fields[key]) > 0 && string(fields[key]) != "null"
}

// patch changes a resource by its newest ETag. Some controllers demand it, some refuse their own: those get the change without.
func (r *reader) patch(path string, change any) error {
	res, err := r.client.Get(path)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	tag := res.Header.Get("ETag")
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	headers := map[string]string{}
	if tag != "" {
		headers["If-Match"] = tag
	}
	res, err = r.client.PatchWithHeaders(path, change, headers)
	if tag != "" && code(err) == http.StatusPreconditionFailed {
		res, err = r.client.PatchWithHeaders(path, change, nil)
	}
	if err != nil {
		return settled(fmt.Errorf("change %s: %w", path, err))
	}
	return res.Body.Close()
}

// code is the status of a refused request; 0 when there was no answer.
func code(err error) int {
	var refused *common.Error
	if errors.As(err, &refused) {
		return refused.HTTPReturnedStatusCode
	}
	return 0
}

// settled marks a refusal that trying again does not help: 4xx, but for those that pass.
func settled(err error) error {
	if c := code(err); c/100 == 4 && !slices.Contains([]int{http.StatusUnauthorized, http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests}, c) {
		return fmt.Errorf("%w: %w", err, remedy.ErrFinal)
	}
	return err
}

// An action is what a resource says of one of its actions.
type action struct {
	target  string
	allowed []string
	info    string // where what is allowed stands, when it does not stand beside it
}

func parseAction(doc []byte, name string) action {
	var d struct{ Actions map[string]json.RawMessage }
	_ = json.Unmarshal(doc, &d)
	var a struct {
		Target  word       `json:"target"`
		Allowed list[word] `json:"ResetType@Redfish.AllowableValues"`
		Info    word       `json:"@Redfish.ActionInfo"`
	}
	_ = json.Unmarshal(d.Actions[name], &a)
	out := action{}
	if t := string(a.Target); strings.HasPrefix(t, "/redfish/") {
		out.target = t
	}
	if t := string(a.Info); strings.HasPrefix(t, "/redfish/") {
		out.info = t
	}
	for _, w := range a.Allowed {
		out.allowed = append(out.allowed, string(w))
	}
	return out
}

// parseInfo is what an ActionInfo allows as ResetType.
func parseInfo(doc []byte) []string {
	var d struct {
		Parameters list[struct {
			Name            word
			AllowableValues list[word]
		}]
	}
	_ = json.Unmarshal(doc, &d)
	var out []string
	for _, p := range d.Parameters {
		for _, w := range p.AllowableValues {
			if p.Name == "ResetType" {
				out = append(out, string(w))
			}
		}
	}
	return out
}

// reset has an action reset in the first of some ways that it allows, and waits until its task is done and, where that is
// wanted, the machine is on. A way that the controller does not list is not tried.
func (r *reader) reset(a action, ways []string, untilOn bool) (string, error) {
	if a.target == "" {
		return "", fmt.Errorf("it has no such action: %w", remedy.ErrFinal)
	}
	if len(a.allowed) == 0 && a.info != "" {
		doc, err := r.get(a.info)
		if err != nil {
			return "", err
		}
		a.allowed = parseInfo(doc)
	}
	i := slices.IndexFunc(ways, func(w string) bool { return slices.Contains(a.allowed, w) })
	if i < 0 {
		return "", fmt.Errorf("it allows none of %s but %s: %w", strings.Join(ways, ", "), cmp.Or(strings.Join(a.allowed, ", "), "nothing that it lists"), remedy.ErrFinal)
	}
	res, err := r.client.PostWithHeaders(a.target, map[string]any{"ResetType": ways[i]}, nil)
	if err != nil {
		return "", settled(fmt.Errorf("%s: %w", ways[i], err))
	}
	_ = res.Body.Close()
	if monitor := res.Header.Get("Location"); res.StatusCode == http.StatusAccepted && monitor != "" {
		if err := r.follow(monitor, res.Header.Get("Retry-After")); err != nil {
			return "", fmt.Errorf("%s was taken on: %w", ways[i], err)
		}
	}
	if untilOn {
		err = r.untilOn()
	}
	return ways[i] + " was carried out", err
}

// follow waits for the end of a task by its monitor (DSP0266, section 13). Where that is named with a host, its path at this
// controller is asked: no answer leads to another machine.
func (r *reader) follow(monitor, after string) error {
	if u, err := url.Parse(monitor); err == nil && u.Host != "" {
		monitor = u.RequestURI()
	}
	if !strings.HasPrefix(monitor, "/redfish/") {
		return fmt.Errorf("its task is at %q, which is no path of a resource", monitor)
	}
	for {
		if err := r.pause(after); err != nil {
			return err
		}
		res, err := r.client.Get(monitor)
		if err != nil {
			return fmt.Errorf("its task: %w", err)
		}
		text, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode == http.StatusAccepted {
			after = res.Header.Get("Retry-After")
			continue
		}
		var t struct{ TaskState word }
		if _ = json.Unmarshal(text, &t); t.TaskState != "" && t.TaskState != "Completed" {
			return fmt.Errorf("its task is %s", t.TaskState)
		}
		return nil
	}
}

// untilOn waits until the machine says that it is on.
func (r *reader) untilOn() error {
	for {
		doc, err := r.get(r.sys.path)
		is := parseSystem(doc).Power
		if err == nil && is == "On" {
			return nil
		}
		if ended := r.pause(""); ended != nil {
			return fmt.Errorf("the machine is %q and not on: %w", is, errors.Join(ended, err))
		}
	}
}

// pause waits as long as an answer's Retry-After says, in seconds, unless the time of the step is over before.
func (r *reader) pause(after string) error {
	wait := again
	if n, err := strconv.Atoi(after); err == nil && n >= 0 {
		wait = min(time.Duration(n)*time.Second, 30*time.Second)
	}
	return (clock.Clock{}).Sleep(r.ctx, wait)
}

// resetManager restarts the controller itself. It ends its sessions and answers nothing for a while: that is what settle is for.
func (r *reader) resetManager() (string, error) {
	if len(r.sys.managers) == 0 {
		return "", fmt.Errorf("it says of no manager: %w", remedy.ErrFinal)
	}
	doc, err := r.get(r.sys.managers[0])
	if err != nil {
		return "", err
	}
	return r.reset(parseAction(doc, "#Manager.Reset"), []string{"GracefulRestart", "ForceRestart"}, false)
}

// confirm reads sensors and log for or against a fault at a part of the machine. What says nothing of that part denies nothing.
func (r *reader) confirm(t remedy.Target) (remedy.Outcome, error) {
	r.report.At = r.d.now()
	if err := errors.Join(r.sections(Sections{Sensors: true, Power: true, Drives: true, Log: true})...); err != nil {
		return remedy.Outcome{}, err
	}
	var good, bad []string
	for _, e := range r.report.Read(r.d.m, r.report.At.Add(-logSince)) {
		switch {
		case e.Sign.Thing != cause.Machine || t.Part != "" && e.Sign.Part != t.Part:
		case e.Sign.Symptom == cause.InOrder:
			good = append(good, e.Says)
		default:
			bad = append(bad, e.Says)
		}
	}
	switch {
	case len(bad) > 0:
		return remedy.Outcome{Said: "the machine says so too: " + bad[0]}, nil
	case len(good) > 0:
		return remedy.Outcome{Denied: "the machine itself says otherwise: " + good[0]}, nil
	}
	return remedy.Outcome{Said: "the machine says nothing of it"}, nil
}
