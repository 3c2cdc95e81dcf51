package redfish

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nightrounds/nightrounds/fleet/machine"
)

// system finds the machine among the controller's: the one whose serial number or asset tag the site has, or the only one.
func (r *reader) system() error {
	all, err := r.client.Service.Systems()
	if err != nil {
		return fmt.Errorf("find the system: %w", err)
	}
	m := r.d.m
	var found []systemDoc
	for _, s := range all {
		doc := parseSystem(s.RawData)
		if len(all) == 1 || m.Serial != "" && (strings.EqualFold(doc.Serial, m.Serial) || strings.EqualFold(doc.SKU, m.Serial)) ||
			m.AssetTag != "" && strings.EqualFold(doc.AssetTag, m.AssetTag) {
			found = append(found, doc)
		}
	}
	if len(found) != 1 {
		return fmt.Errorf("it has %d systems, of which %d are %s by serial number or asset tag: nothing is believed", len(all), len(found), m.Device)
	}
	r.sys = found[0]
	r.report = r.sys.report()
	return nil
}

// sense reads the sensors of the system's chassis.
func (r *reader) sense(want Sections) ([]machine.Part, error) {
	var out []machine.Part
	var errs []error
	for _, path := range r.sys.chassis[:min(len(r.sys.chassis), maxChassis)] {
		text, err := r.get(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		c := parseChassis(text)
		if want.Sensors {
			switch {
			case c.thermal != "":
				out = r.into(out, &errs, c.thermal, parseThermal)
			default:
				out = r.each(out, &errs, c.fans(r, &errs), parseFan)
				out = r.each(out, &errs, c.sensors, parseSensor)
			}
		}
		if want.Power {
			switch {
			case c.power != "":
				out = r.into(out, &errs, c.power, parsePower)
			default:
				out = r.each(out, &errs, c.supplies(r, &errs), parseSupply)
			}
		}
	}
	return out, errors.Join(errs...)
}

// into adds the parts of one document.
func (r *reader) into(out []machine.Part, errs *[]error, path string, parse func([]byte) []machine.Part) []machine.Part {
	text, err := r.get(path)
	if err != nil {
		*errs = append(*errs, err)
		return out
	}
	return append(out, parse(text)...)
}

// each adds the part of each member of a collection.
func (r *reader) each(out []machine.Part, errs *[]error, collection string, parse func([]byte) []machine.Part) []machine.Part {
	if collection == "" {
		return out
	}
	text, err := r.get(collection)
	if err != nil {
		*errs = append(*errs, err)
		return out
	}
	members, links, _ := parseCollection(text)
	for _, m := range members {
		out = append(out, parse(m)...)
	}
	for _, path := range links[:min(len(links), maxMembers)] {
		if r.ctx.Err() != nil {
			break
		}
		out = r.into(out, errs, path, parse)
	}
	return out
}

// fans and supplies are the collections in a chassis's subsystems.
func (c chassisDoc) fans(r *reader, errs *[]error) string {
	return r.linkIn(c.thermalSubsystem, "Fans", errs)
}

func (c chassisDoc) supplies(r *reader, errs *[]error) string {
	return r.linkIn(c.powerSubsystem, "PowerSupplies", errs)
}

func (r *reader) linkIn(path, name string, errs *[]error) string {
	if path == "" {
		return ""
	}
	text, err := r.get(path)
	if err != nil {
		*errs = append(*errs, err)
		return ""
	}
	return linkOf(text, name)
}

// drives reads the drives of the system's storage.
func (r *reader) drives() ([]machine.Part, error) {
	if r.sys.storage == "" {
		return nil, nil
	}
	text, err := r.get(r.sys.storage)
	if err != nil {
		return nil, err
	}
	var errs []error
	var out []machine.Part
	_, controllers, _ := parseCollection(text)
	for _, path := range controllers[:min(len(controllers), maxMembers)] {
		text, err := r.get(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, drive := range linksOf(text, "Drives") {
			if len(out) < maxDrives && r.ctx.Err() == nil {
				out = r.into(out, &errs, drive, parseDrive)
			}
		}
	}
	return out, errors.Join(errs...)
}

// How much of a log is read: services, pages of one, and entries that have to be asked for one by one.
const (
	maxLogs    = 2
	maxPages   = 4
	maxSingles = 12
)

// log reads the newest of the event logs of the system and its manager, with the times turned to our clock.
func (r *reader) log() ([]machine.Entry, error) {
	var services []string
	var errs []error
	collections := []string{r.sys.logs}
	ahead := r.clock(&collections, &errs)
	for _, c := range collections {
		if c == "" {
			continue
		}
		text, err := r.get(c)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		_, links, _ := parseCollection(text)
		services = append(services, links...)
	}
	var out []machine.Entry
	for _, path := range eventLogs(services) {
		text, err := r.get(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if entries := linkOf(text, "Entries"); entries != "" {
			out = append(out, r.entries(entries, &errs)...)
		}
	}
	for i := range out {
		out[i].At = out[i].At.Add(-ahead)
	}
	return out, errors.Join(errs...)
}

// entries are those of one log.
func (r *reader) entries(path string, errs *[]error) []machine.Entry {
	var out []machine.Entry
	for page := 0; path != "" && page < maxPages && r.ctx.Err() == nil; page++ {
		text, err := r.get(path)
		if err != nil {
			*errs = append(*errs, err)
			return out
		}
		members, links, next := parseCollection(text)
		for _, m := range members {
			out = append(out, parseEntry(m)...)
		}
		for _, l := range ends(links, maxSingles) {
			text, err := r.get(l)
			if err != nil {
				*errs = append(*errs, err)
				break
			}
			out = append(out, parseEntry(text)...)
		}
		path = next
	}
	return out
}

// ends are the first and the last of some links: logs begin with the oldest or with the newest.
func ends(links []string, n int) []string {
	if len(links) <= n {
		return links
	}
	return append(append([]string{}, links[:n/2]...), links[len(links)-n/2:]...)
}

// eventLogs are the logs in which machines note their failures; where none is called so, the first ones.
func eventLogs(all []string) []string {
	var out []string
	for _, path := range all {
		name := strings.ToLower(strings.TrimSuffix(path, "/"))
		name = name[strings.LastIndex(name, "/")+1:]
		for _, known := range []string{"sel", "iml", "event", "eventlog", "log1", "platformlog", "activelog", "standardlog"} {
			if name == known {
				out = append(out, path)
			}
		}
	}
	if len(out) == 0 {
		out = all
	}
	return out[:min(len(out), maxLogs)]
}
