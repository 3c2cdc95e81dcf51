package machine

import (
	"regexp"
	"strconv"
	"strings"
)

// numbered finds the number of a part in what vendors call it: "Disk.Bay.3:Enclosure.Internal.0-1:RAID.Slot.3-1" (Dell),
// "Bay 3" (HPE), "HDD 3" (Supermicro), "PSU.Slot.2", "PS2 Status".
var numbered = map[Class]*regexp.Regexp{
	Drive:  regexp.MustCompile(`(?i)(?:bay|disk|drive|hdd|ssd|nvme|slot)[ ._#:-]*(\d{1,3})`),
	Supply: regexp.MustCompile(`(?i)(?:psu|power ?supply|ps|bay|slot)[ ._#:-]*(?:slot[ ._-]*)?(\d{1,3})`),
	Fan:    regexp.MustCompile(`(?i)fan[ ._#:-]*(?:embedded[ ._-]*)?(\d{1,3})`),
}

// prefixes are what device types call the lights of a class.
var prefixes = map[Class][]string{Drive: {"disk", "drive", "hdd", "ssd"}, Supply: {"psu", "ps", "power-supply"}}

// number is a part's number; -1 when its names have none.
func (p Part) number(c Class) int {
	re := numbered[c]
	if re == nil {
		return -1
	}
	for _, text := range []string{p.Name, p.ID} {
		if m := re.FindStringSubmatch(text); m != nil {
			if n, err := strconv.Atoi(m[1]); err == nil {
				return n
			}
		}
	}
	return -1
}

// Lights are the lights that stand for some parts of one class, in their order: as machines.yaml has it, or else the one of the
// same number. Dell counts bays from 0, as does whoever has a bay 0; lights that begin with 1 are one ahead of them. A part
// without a light keeps its own name.
func Lights(m Redfish, manufacturer string, c Class, parts []Part) []string {
	zero := c == Drive && strings.HasPrefix(strings.ToLower(manufacturer), "dell")
	for _, p := range parts {
		zero = zero || p.number(c) == 0
	}
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = p.Name
		n := p.number(c)
		if zero && !has(m.Lights, c, 0) {
			n++
		}
		if light, ok := lightOf(m.Lights, c, n); ok && p.number(c) >= 0 {
			out[i] = light
		}
		for _, name := range []string{p.ID, p.Name} {
			if light, ok := m.Parts[name]; ok {
				out[i] = light
			}
		}
	}
	return out
}

func has(lights []string, c Class, n int) bool {
	_, ok := lightOf(lights, c, n)
	return ok
}

// lightOf is the light of a class and number; ok is false when there is none, or more than one.
func lightOf(lights []string, c Class, n int) (light string, ok bool) {
	for _, l := range lights {
		for _, prefix := range prefixes[c] {
			rest, cut := strings.CutPrefix(strings.ToLower(l), prefix)
			if k, err := strconv.Atoi(strings.TrimLeft(rest, "-_ .")); cut && err == nil && k == n {
				if ok && light != l {
					return "", false
				}
				light, ok = l, true
			}
		}
	}
	return light, ok
}

// speaksOf says whether a log entry is about a part of a class.
func (e Entry) speaksOf(c Class, p Part) bool {
	text := strings.ToLower(e.Message + " " + e.Origin)
	words := map[Class][]string{
		Fan: {"fan"}, Temperature: {"temperature", "thermal", "overheat"}, Supply: {"power supply", "psu", "ps redundancy", "power input"}, Drive: {"drive", "disk"},
	}[c]
	about := false
	for _, w := range words {
		about = about || strings.Contains(text, w)
	}
	if !about {
		return false
	}
	n := p.number(c)
	if n < 0 {
		return true
	}
	if k := (Part{Name: e.Message, ID: e.Origin}).number(c); k >= 0 {
		return k == n
	}
	return true
}
