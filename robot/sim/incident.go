package sim

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/nightrounds/nightrounds/maps"
)

// An Incident is one thing that goes wrong at a device and stays so until it is repaired: a light that shows
// something else, a surface that runs hot, or both.
type Incident struct {
	At     time.Duration // since the world's first start
	Device string
	LED    string        // empty when no light changes
	Shows  maps.LEDState // of the light
	RiseK  float64       // of the surface over what its load makes it, K; 0 when it does not run hot
	Line   int           // of the script, for messages
}

// key names the incident over restarts.
func (i Incident) key() string { return i.Device + "/" + i.LED + "@" + i.At.String() }

// String says what happens.
func (i Incident) String() string {
	s := i.Device
	if i.LED != "" {
		s += fmt.Sprintf(": light %s turns %s %s", i.LED, i.Shows.Colour, i.Shows.Pattern)
	}
	if i.RiseK != 0 {
		s += fmt.Sprintf(": surface rises by %g K", i.RiseK)
	}
	return s
}

// What a light can show, as in maps.LEDState.
var (
	colours  = []string{"red", "amber", "green", "blue", "white"}
	patterns = []string{"off", "solid", "blink", "irregular"}
)

// mostIncidents and mostRiseK bound a script; the rise, K, to what does not melt.
const (
	mostIncidents = 10_000
	mostRiseK     = 200
)

// ParseIncidents reads a script: a list of incidents, each with
//
//	at: 40s                  # since the world's first start
//	device: A03-srv-05
//	led: disk3               # with shows
//	shows: {colour: amber, pattern: blink, rateHz: 1}
//	surface: {riseK: 28}     # K
//	until: repaired          # may be left out: nothing heals by itself
//
// Whether the site has such devices and lights is checked by New.
func ParseIncidents(text []byte) ([]Incident, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("read incidents: %w", err)
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	list := doc.Content[0]
	if list.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("read incidents: line %d: want a list of incidents", list.Line)
	}
	if len(list.Content) > mostIncidents {
		return nil, fmt.Errorf("read incidents: %d of them, at most %d are allowed", len(list.Content), mostIncidents)
	}
	var all []Incident
	seen := map[string]int{}
	for _, n := range list.Content {
		i, err := parseIncident(n)
		if err != nil {
			return nil, fmt.Errorf("read incidents: %w", err)
		}
		if line, ok := seen[i.key()]; ok {
			return nil, fmt.Errorf("read incidents: line %d: same device, light and time as in line %d", i.Line, line)
		}
		seen[i.key()] = i.Line
		all = append(all, i)
	}
	return all, nil
}

func parseIncident(n *yaml.Node) (Incident, error) {
	i := Incident{Line: n.Line, At: -1}
	err := eachField(n, func(key string, v *yaml.Node) error {
		switch key {
		case "at":
			d, err := time.ParseDuration(v.Value)
			if err != nil || d < 0 {
				return fmt.Errorf("%q is no duration from 0, as 40s", v.Value)
			}
			i.At = d
		case "device":
			i.Device = v.Value
		case "led":
			i.LED = v.Value
		case "shows":
			return parseShows(v, &i.Shows)
		case "surface":
			return parseSurface(v, &i.RiseK)
		case "until":
			if v.Value != "repaired" {
				return fmt.Errorf("%q is not repaired", v.Value)
			}
		default:
			return fmt.Errorf("no such field: want at, device, led, shows, surface or until")
		}
		return nil
	})
	if err != nil {
		return Incident{}, err
	}
	return i, i.check()
}

// check says whether the incident is whole in itself.
func (i Incident) check() error {
	complain := func(field, why string) error { return fmt.Errorf("line %d: %s: %s", i.Line, field, why) }
	switch {
	case i.At < 0:
		return complain("at", "is missing")
	case i.Device == "":
		return complain("device", "is missing")
	case i.LED == "" && i.RiseK == 0:
		return complain("led", "is missing, and surface too: nothing happens")
	case i.LED == "" && i.Shows != maps.LEDState{}:
		return complain("led", "is missing: which light shows this?")
	case i.LED != "" && i.Shows.Pattern == "":
		return complain("shows", "is missing, or its pattern")
	case i.LED != "" && i.Shows.Pattern != "off" && i.Shows.Colour == "":
		return complain("shows", "has no colour")
	case (i.Shows.Pattern == "blink") != (i.Shows.RateHz != 0):
		return complain("shows", "a rateHz goes with the pattern blink, and with no other")
	}
	return nil
}

func parseShows(n *yaml.Node, st *maps.LEDState) error {
	return eachField(n, func(key string, v *yaml.Node) (err error) {
		switch key {
		case "colour":
			st.Colour = v.Value
			return oneOf(v.Value, colours)
		case "pattern":
			st.Pattern = v.Value
			return oneOf(v.Value, patterns)
		case "rateHz":
			st.RateHz, err = number(v.Value, 0.1, 15)
			return err
		}
		return fmt.Errorf("no such field: want colour, pattern or rateHz")
	})
}

func parseSurface(n *yaml.Node, riseK *float64) error {
	return eachField(n, func(key string, v *yaml.Node) (err error) {
		if key != "riseK" {
			return fmt.Errorf("no such field: want riseK")
		}
		*riseK, err = number(v.Value, 0.1, mostRiseK)
		return err
	})
}

// eachField calls read for the fields of a mapping and puts line and field before its errors.
func eachField(n *yaml.Node, read func(key string, v *yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: want fields with values", n.Line)
	}
	var seen []string
	for k := 0; k+1 < len(n.Content); k += 2 {
		key, v := n.Content[k].Value, n.Content[k+1]
		if slices.Contains(seen, key) {
			return fmt.Errorf("line %d: %s: is here twice", n.Content[k].Line, key)
		}
		seen = append(seen, key)
		if err := read(key, v); err != nil {
			return fmt.Errorf("line %d: %s: %w", n.Content[k].Line, key, err)
		}
	}
	return nil
}

func oneOf(s string, words []string) error {
	if !slices.Contains(words, s) {
		return fmt.Errorf("%q is none of %v", s, words)
	}
	return nil
}

func number(s string, low, high float64) (float64, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || f < low || f > high {
		return 0, fmt.Errorf("%q is no number of %g to %g", s, low, high)
	}
	return f, nil
}
