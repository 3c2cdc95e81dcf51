package redfish

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/machine"
)

// maxMembers bounds what is taken of one list.
const maxMembers = 64

// A number is one, or a text that is one; anything else is none.
type number struct{ v *float64 }

// UnmarshalJSON implements json.Unmarshaler and fails on nothing.
func (n *number) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `" `)
	if f, err := strconv.ParseFloat(text, 64); err == nil && f-f == 0 {
		n.v = &f
	}
	return nil
}

// A word is a text; anything else is none.
type word string

// UnmarshalJSON implements json.Unmarshaler and fails on nothing.
func (w *word) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*w = word(clip(s))
	}
	return nil
}

// clip bounds a text of a machine.
func clip(s string) string {
	const most = 200
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}

// A yes is true or false; anything else is none.
type yes struct{ v *bool }

// UnmarshalJSON implements json.Unmarshaler and fails on nothing.
func (y *yes) UnmarshalJSON(b []byte) error {
	if s := string(b); s == "true" || s == "false" {
		v := s == "true"
		y.v = &v
	}
	return nil
}

// A list is one; anything else is an empty one.
type list[T any] []T

// UnmarshalJSON implements json.Unmarshaler and fails on nothing.
func (l *list[T]) UnmarshalJSON(b []byte) error {
	var raw []json.RawMessage
	_ = json.Unmarshal(b, &raw) // of no list nothing is taken
	for _, item := range raw {
		var v T
		if len(*l) < 8*maxMembers && json.Unmarshal(item, &v) == nil {
			*l = append(*l, v)
		}
	}
	return nil
}

// A link is a reference to a resource, below the service's root.
type link string

// UnmarshalJSON implements json.Unmarshaler and fails on nothing.
func (l *link) UnmarshalJSON(b []byte) error {
	var ref struct {
		ID word `json:"@odata.id"`
	}
	if json.Unmarshal(b, &ref) == nil && strings.HasPrefix(string(ref.ID), "/redfish/") {
		*l = link(ref.ID)
	}
	return nil
}

// A state is a Redfish Status.
type state struct {
	Health, State word
}

// UnmarshalJSON implements json.Unmarshaler and fails on nothing.
func (s *state) UnmarshalJSON(b []byte) error {
	type plain state
	_ = json.Unmarshal(b, (*plain)(s))
	return nil
}

type systemDoc struct {
	Manufacturer, Serial, SKU, AssetTag, Power, Health, locator string
	chassis, managers                                           []string
	storage, logs                                               string
	path                                                        string // of the resource itself
	reset                                                       action
}

func parseSystem(text []byte) systemDoc {
	var d struct {
		Manufacturer, SerialNumber, SKU, AssetTag, PowerState, IndicatorLED word
		LocationIndicatorActive                                             yes
		Status                                                              state
		Storage, LogServices                                                link
		ID                                                                  word `json:"@odata.id"`
		Links                                                               struct{ Chassis, ManagedBy list[link] }
	}
	_ = json.Unmarshal(text, &d)
	out := systemDoc{
		Manufacturer: string(d.Manufacturer), Serial: string(d.SerialNumber), SKU: string(d.SKU), AssetTag: string(d.AssetTag), Power: string(d.PowerState),
		Health: string(d.Status.Health), locator: string(d.IndicatorLED), storage: string(d.Storage), logs: string(d.LogServices),
	}
	if strings.HasPrefix(string(d.ID), "/redfish/") {
		out.path = string(d.ID)
	}
	out.reset = parseAction(text, "#ComputerSystem.Reset")
	if a := d.LocationIndicatorActive.v; a != nil && out.locator == "" {
		out.locator = map[bool]string{true: "Blinking", false: "Off"}[*a]
	}
	for _, l := range d.Links.Chassis {
		out.chassis = append(out.chassis, string(l))
	}
	for _, l := range d.Links.ManagedBy {
		out.managers = append(out.managers, string(l))
	}
	return out
}

func (s systemDoc) report() machine.Report {
	return machine.Report{
		Manufacturer: s.Manufacturer, Serial: s.Serial, SKU: s.SKU, AssetTag: s.AssetTag, Power: s.Power, Health: s.Health, Locator: s.locator,
	}
}

type chassisDoc struct {
	thermal, power, thermalSubsystem, powerSubsystem, sensors string
}

func parseChassis(text []byte) chassisDoc {
	var d struct{ Thermal, Power, ThermalSubsystem, PowerSubsystem, Sensors link }
	_ = json.Unmarshal(text, &d)
	return chassisDoc{string(d.Thermal), string(d.Power), string(d.ThermalSubsystem), string(d.PowerSubsystem), string(d.Sensors)}
}

// parseCollection are the members of a collection: whole, or by their links; and the next page.
func parseCollection(text []byte) (members []json.RawMessage, links []string, next string) {
	var d struct {
		Members list[json.RawMessage]
		Next    word `json:"Members@odata.nextLink"`
	}
	_ = json.Unmarshal(text, &d)
	for _, m := range d.Members {
		var fields map[string]json.RawMessage
		if json.Unmarshal(m, &fields) != nil {
			continue
		}
		if len(fields) > 1 {
			members = append(members, m)
			continue
		}
		var l link
		if json.Unmarshal(m, &l) == nil && l != "" {
			links = append(links, string(l))
		}
	}
	if strings.HasPrefix(string(d.Next), "/redfish/") {
		next = string(d.Next)
	}
	return members, links, next
}

// linkOf is the link of a name in a document, and linksOf the list of them.
func linkOf(text []byte, name string) string {
	var fields map[string]json.RawMessage
	var l link
	if json.Unmarshal(text, &fields) == nil && fields[name] != nil {
		_ = json.Unmarshal(fields[name], &l)
	}
	return string(l)
}

func linksOf(text []byte, name string) []string {
	var fields map[string]json.RawMessage
	var all list[link]
	if json.Unmarshal(text, &fields) == nil && fields[name] != nil {
		_ = json.Unmarshal(fields[name], &all)
	}
	var out []string
	for _, l := range all {
		if l != "" {
			out = append(out, string(l))
		}
	}
	return out
}

// parseEntry is an entry of a log; none when it has no time or says nothing.
func parseEntry(text []byte) []machine.Entry {
	var d struct {
		Created, EventTimestamp, Severity, Message, SensorType word
		Resolved                                               yes
		Links                                                  struct{ OriginOfCondition link }
	}
	_ = json.Unmarshal(text, &d)
	at, err := time.Parse(time.RFC3339, string(d.Created))
	if err != nil {
		if at, err = time.Parse(time.RFC3339, string(d.EventTimestamp)); err != nil {
			return nil
		}
	}
	if d.Message == "" {
		return nil
	}
	return []machine.Entry{{
		At: at.UTC(), Severity: string(d.Severity), Message: string(d.Message), Origin: strings.TrimSpace(string(d.SensorType) + " " + string(d.Links.OriginOfCondition)),
		Resolved: d.Resolved.v != nil && *d.Resolved.v,
	}}
}
