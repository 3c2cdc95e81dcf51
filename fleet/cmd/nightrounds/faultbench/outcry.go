package faultbench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/ticket/tickettest"
	"github.com/nightrounds/nightrounds/fleet/webhook"
	"github.com/nightrounds/nightrounds/maps"
)

// An outcry is a kind of alarm that somebody outside raises: what it means, and the incidents that make it true.
type outcry struct {
	name  string
	means []cause.Kind
	plays []func(*scene)
}

// outcries are the kinds of alarm, one for each kind of cause that a look can settle.
func outcries() []outcry {
	one := func(name string, play func(*scene), means ...cause.Kind) outcry {
		return outcry{name, means, []func(*scene){play}}
	}
	return []outcry{
		one("DriveFailed", playDrive, cause.DriveFailed), one("FanFailed", playFan, cause.FanFailed), one("PowerSupplyFailed", playSupply, cause.PSUFailed),
		one("ServerDown", playOff, cause.DeviceOff), one("ServerHot", playHot, cause.DeviceHot), one("HealthDegraded", playAlarm, cause.MachineAlarm),
		one("LinkDown", playCable, cause.CableFault), one("SwitchDown", playSwitch, cause.SwitchDown), one("OnBattery", playBattery, cause.OnBattery),
		{"CoolingUnitAlarm", []cause.Kind{cause.CoolingFailed, cause.CoolingWeak}, []func(*scene){playCooling, playWeak}},
		one("DoorOpen", playDoor, cause.DoorOpen), one("PanelMissing", playPanel, cause.PanelGone), one("HotAisleAir", playRecirculation, cause.Recirculation),
		{"LeakRope", []cause.Kind{cause.Spill, cause.LoopLeak}, []func(*scene){playLeak, playRope}},
	}
}

// playRope has liquid run out at a rack that liquid runs to, where ropes are laid: of no loop that one knows.
func playRope(s *scene) {
	_, racks := s.liquid()
	r := pick(s.rng, racks)
	s.is("spill", cause.Cause{Kind: cause.Spill, Rack: r.ID})
	s.wet[r.ID], s.touched[r.ID] = true, true
}

// A cry is one alarm: its kind and place, and whether it is so.
type cry struct {
	outcry
	at   cause.Cause // rack, device, part, unit or supply
	true bool
	key  string
	id   string // as the controller calls it
	sent time.Time
}

// placed is where an outcry's incident is in a scene in which it was played last.
func placed(s *scene) cause.Cause {
	c := s.truth[len(s.truth)-1].Cause
	if c.Kind == cause.LoopLeak { // its rope is at the wet rack
		for r := range s.wet {
			return cause.Cause{Kind: c.Kind, Rack: r}
		}
	}
	return c
}

// truthOf says whether what an outcry means is so at a place.
func (s *scene) truthOf(o outcry, at cause.Cause) bool {
	switch o.name {
	case "LeakRope":
		return s.wet[at.Rack]
	case "LinkDown":
		return s.lights[[2]string{at.Device, at.Part}] == "port-failed"
	}
	return slices.ContainsFunc(s.truth, func(t truth) bool {
		return slices.Contains(o.means, t.Kind) && t.Rack == at.Rack && t.Device == at.Device && t.Supply == at.Supply &&
			(at.Part == "" || t.Part == "" || t.Part == at.Part) && (t.Unit == at.Unit || at.Device != "")
	})
}

// besides is the share of false alarms that are about a server that has another trouble.
const besides = 0.2

// falsely is a place at which an outcry is raised without being so.
func (s *scene) falsely(o outcry) cause.Cause {
	for {
		elsewhere := newScene(s.w, s.rng)
		pick(s.rng, o.plays)(elsewhere)
		at := placed(elsewhere)
		if was := s.w.dev[at.Device]; s.chance(besides) && was != nil && len(was.Type.LEDs) > 4 { // of a server
			if d := s.w.dev[pick(s.rng, s.truth).Device]; d != nil && (at.Part == "" || hasLight(d, at.Part)) && len(d.Type.LEDs) > 4 {
				at.Rack, at.Device = d.Rack, d.ID
			}
		}
		if !s.truthOf(o, at) && !(o.name == "HotAisleAir" && s.inlets[at.Rack] > 0) {
			return at
		}
	}
}

// The senders.
const (
	prom = "prom" // Alertmanager
	bmcs = "bmcs" // servers, Redfish
	dcim = "dcim" // anybody who signs
)

// senders is inbound.yaml: three sources with rules for all outcries, that know some things by names of their own; two want the
// verdict told, at an address.
func senders(w *world, answers string) string {
	var names, rules, redfish strings.Builder
	for i, r := range w.racks {
		fmt.Fprintf(&names, "      - {says: \"cabinet %d\", rack: %s}\n", i+1, r.ID)
		for k, d := range r.Devices {
			fmt.Fprintf(&names, "      - {says: \"10.%d.%d.%d:9100\", device: %s}\n", i/100, i%100, k+1, d.ID)
		}
	}
	for _, o := range outcries() {
		var means []string
		for _, k := range o.means {
			means = append(means, string(k))
		}
		fmt.Fprintf(&rules, "      - {when: [{label: alertname, equals: %s}], means: [%s]}\n", o.name, strings.Join(means, ", "))
		fmt.Fprintf(&redfish, "      - {when: [{label: message_id, equals: Bench.1.0.%s}], means: [%s]}\n", o.name, strings.Join(means, ", "))
	}
	place := "    place: [{label: instance, is: device}, {label: rack, is: rack}, {label: crac, is: supply}, {label: bay, is: part}, {label: u, is: unit}, {label: tag, is: asset_tag}]\n"
	return "sources:\n" +
		"  - id: prom\n    kind: alertmanager\n    token_env: TOKEN\n" + place + "    names:\n" + names.String() + "    rules:\n" + rules.String() +
		"    answer: {alertmanager: \"" + answers + "\"}\n" +
		"  - id: bmcs\n    kind: redfish\n    token_env: TOKEN\n    rules:\n" + redfish.String() +
		"  - id: dcim\n    kind: webhook\n    secret_env: SECRET\n" + place + "    names:\n" + names.String() + "    rules:\n" + rules.String() +
		"    answer: {webhook: \"" + answers + "/said\", secret_env: SECRET}\n"
}

// labels name the place of a cry in one of the ways that senders do: by id, with a port or domain, by asset tag, by a name of
// their own; the part where the sender knows it.
func (c *cry) labels(w *world, rng *rand.Rand) map[string]string {
	l := map[string]string{"alertname": c.name, "severity": []string{"warning", "critical"}[rng.IntN(2)]}
	i := slices.IndexFunc(w.racks, func(r *maps.Rack) bool { return r.ID == c.at.Rack })
	switch {
	case c.at.Supply != "":
		l["crac"] = strings.ToUpper(c.at.Supply)
	case c.at.Device != "":
		k := slices.IndexFunc(w.racks[i].Devices, func(d *maps.Device) bool { return d.ID == c.at.Device })
		switch rng.IntN(5) {
		case 0:
			l["instance"] = c.at.Device + ".dc.example:9100"
		case 1:
			l["tag"] = w.racks[i].Devices[k].AssetTag
		case 2:
			l["instance"] = fmt.Sprintf("10.%d.%d.%d:9100", i/100, i%100, k+1)
		case 3:
			l["instance"], l["rack"] = c.at.Device, c.at.Rack
		default:
			l["instance"] = c.at.Device
		}
		if c.at.Part != "" {
			l["bay"] = c.at.Part
		}
	default:
		l["rack"] = strings.ToLower(c.at.Rack)
		if rng.IntN(2) == 0 {
			l["rack"] = fmt.Sprintf("Cabinet %d", i+1)
		}
		if c.at.Unit > 0 {
			l["u"] = strconv.Itoa(c.at.Unit)
		}
	}
	return l
}

// A letter is one message of a sender.
type letter struct {
	source string
	body   []byte
	header http.Header
}

// write has a cry be raised by one of the sources, or ended.
func (c *cry) write(source string, labels map[string]string, resolved bool, serial int) (letter, error) {
	status, ends := "firing", time.Time{}
	if resolved {
		status, ends = "resolved", c.sent.Add(time.Minute)
	}
	var m any
	header := http.Header{"Content-Type": {"application/json"}}
	switch source {
	case prom:
		m = map[string]any{"version": "4", "status": status, "receiver": "nightrounds", "truncatedAlerts": 0, "alerts": []any{map[string]any{
			"status": status, "labels": labels, "annotations": map[string]string{"summary": c.name + " of the bench"}, "startsAt": c.sent, "endsAt": ends, "fingerprint": c.key,
		}}}
	case bmcs:
		m = map[string]any{"@odata.type": "#Event.v1_4_0.Event", "Id": c.key, "Name": "Events", "Context": c.at.Device, "Events": []any{map[string]any{
			"EventId": c.key, "EventType": "Alert", "MessageId": "Bench.1.0." + c.name, "Message": c.name, "MessageSeverity": "Critical", "EventTimestamp": c.sent.Format(time.RFC3339),
		}}}
	default:
		m = map[string]any{"key": c.key, "name": c.name, "status": status, "at": c.sent, "labels": labels}
		if serial%2 == 0 {
			m = map[string]any{"specversion": "1.0", "id": c.key, "source": "/dcim", "type": "alarm", "data": m}
		}
	}
	body, err := json.Marshal(m)
	if err != nil {
		return letter{}, fmt.Errorf("write an alarm: %w", err)
	}
	header.Set("Authorization", "Bearer "+tickettest.Token)
	if source == dcim {
		text, _ := tickettest.Lookup("SECRET")
		secret, err := webhook.ParseSecret(text)
		if err != nil {
			return letter{}, fmt.Errorf("write an alarm: %w", err)
		}
		id, now := fmt.Sprintf("%s-%d", c.key, serial), time.Now()
		header.Del("Authorization")
		header.Set("Webhook-Id", id)
		header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
		header.Set("Webhook-Signature", secret.Sign(id, now, body))
	}
	return letter{source, body, header}, nil
}

// post sends a letter to where the controller takes alarms, and returns the ids of those that it took.
func (l letter) post(ctx context.Context, base string) (status int, taken []string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/api/v1/inbound/"+l.source, bytes.NewReader(l.body))
	if err != nil {
		return 0, nil, fmt.Errorf("post an alarm: %w", err)
	}
	req.Header = l.header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, fmt.Errorf("post an alarm: %w", err)
	}
	defer res.Body.Close()
	var said struct{ Taken []struct{ ID string } }
	if err := json.NewDecoder(res.Body).Decode(&said); err != nil {
		return 0, nil, fmt.Errorf("post an alarm: %w", err)
	}
	for _, t := range said.Taken {
		taken = append(taken, t.ID)
	}
	return res.StatusCode, taken, nil
}

// layOut gives the world's racks places on the floor, a node before each face, and asset tags: so that robots can be sent to it.
func layOut(w *world) error {
	w.site.Optics = maps.Optics{VerticalFOVRad: 1.5, MastMinM: 0.3, MastMaxM: 2.2, NearM: 0.5, FarM: 1.6}
	for _, h := range w.site.Halls {
		var nodes []maps.Node
		for i, row := range h.Rows {
			for k, r := range row.Racks {
				r.Pose = maps.Pose{X: 0.6 * float64(k), Y: 5 * float64(i)}
				r.Pose.ThetaRad = math.Pi / 2
				r.RevisitInterval = time.Hour
				for _, face := range []maps.Face{maps.Front, maps.Rear} {
					p := r.FacePose(face)
					sin, cos := math.Sincos(p.ThetaRad)
					nodes = append(nodes, maps.Node{ID: r.ID + "-" + string(face), X: p.X + 1.2*cos, Y: p.Y + 1.2*sin})
				}
				for _, d := range r.Devices {
					d.AssetTag = "NR-" + strings.ToUpper(d.ID)
				}
			}
		}
		g, err := maps.NewGraph(nodes, nil, nil)
		if err != nil {
			return fmt.Errorf("lay out the site: %w", err)
		}
		h.Graph = g
	}
	w.site.Index()
	if n := len(w.site.Viewpoints()); n != 2*len(w.racks) {
		return fmt.Errorf("lay out the site: %d viewpoints of %d racks", n, len(w.racks))
	}
	return nil
}
