package claim

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// factors turn units of length into m.
var factors = map[string]float64{
	"m": 1, "mm": 0.001, "cm": 0.01, "dm": 0.1, "in": 0.0254, "inch": 0.0254, "inches": 0.0254, `"`: 0.0254,
	"ft": 0.3048, "metre": 1, "metres": 1, "meter": 1, "meters": 1,
}

// IsUnit reports whether a word is a unit that numbers of the place come in.
func IsUnit(word string) bool {
	_, length := factors[word]
	return length || isAngle(word)
}

func isAngle(word string) bool {
	switch word {
	case "deg", "degree", "degrees", "°", "rad", "radian", "radians":
		return true
	}
	return false
}

// number is a decimal and a unit that may follow it, as 600, -1.5 m, 42U, 90°.
var number = regexp.MustCompile(`^([-+]?[0-9]*[.,]?[0-9]+(?:[eE][-+]?[0-9]{1,3})?|[-+]?[0-9]+[.,])\s*([A-Za-z°"]*)$`)

// parse reads a number; a comma for the point is taken where the table's cells are not separated by commas.
func parse(text string, decimalComma bool) (v float64, unit string, err error) {
	m := number.FindStringSubmatch(text)
	if m == nil {
		return 0, "", fmt.Errorf("want a number, got %q", clip(text))
	}
	if strings.Contains(m[1], ",") && !decimalComma {
		return 0, "", fmt.Errorf("%q: write the number with a decimal point", clip(text))
	}
	v, err = strconv.ParseFloat(strings.Replace(m[1], ",", ".", 1), 64)
	if err != nil || math.Abs(v) > 1e9 {
		return 0, "", fmt.Errorf("%q is beyond all reason", clip(text))
	}
	return v, strings.ToLower(m[2]), nil
}

// A Form is how a source writes its numbers.
type Form struct {
	Unit         string // of a number that names none; empty when the source does not say
	DecimalComma bool
}

// Value brings a field's text into the form of site.yaml. An empty value without error means: nothing is said.
func Value(field, text string, f Form) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" || text == "—" || strings.EqualFold(text, "null") {
		return "", nil
	}
	switch field {
	case X, Y, Base:
		return length(text, f, false)
	case Width, Depth:
		return length(text, f, true)
	case Theta:
		return angle(text, f)
	case UHeight, Position, Start:
		return units(field, text, f)
	case Desc, FullDepth:
		return truth(text)
	case Face:
		return face(text)
	case Class:
		return strings.ToUpper(strings.TrimPrefix(strings.ToLower(text), "class ")), nil
	case Interval:
		d, err := time.ParseDuration(strings.ReplaceAll(text, " ", ""))
		if err != nil || d <= 0 {
			return "", fmt.Errorf("%q is not a duration: write as 90m or 2h30m", clip(text))
		}
		return text, nil
	case Feeds:
		return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,;/+|\t", r) }), " "), nil
	}
	return text, nil
}

// length reads m. A cabinet's outer size without a unit is mm when it is above 100; 10, 19, 21 and 23 are the width
// between the rails in inches, which says nothing of the cabinet.
func length(text string, f Form, outer bool) (string, error) {
	v, unit, err := parse(text, f.DecimalComma)
	if err != nil {
		return "", err
	}
	if unit == "" {
		unit = f.Unit
	}
	if inches := unit == "" || factors[unit] == 0.0254; outer && inches && (v == 10 || v == 19 || v == 21 || v == 23) {
		return "", nil
	}
	if unit == "" && outer && v > 100 {
		unit = "mm"
	}
	if unit == "" {
		unit = "m"
	}
	factor, ok := factors[unit]
	if !ok {
		return "", fmt.Errorf("%q is no unit of length: want m, cm, mm, in or ft", unit)
	}
	return Number(v * factor), nil
}

func angle(text string, f Form) (string, error) {
	v, unit, err := parse(text, f.DecimalComma)
	if err != nil {
		return "", err
	}
	if unit == "" {
		unit = f.Unit
	}
	switch {
	case strings.HasPrefix(unit, "rad"):
		v *= 180 / math.Pi
	case unit != "" && !isAngle(unit):
		return "", fmt.Errorf("%q is no unit of angle: want deg or rad", unit)
	}
	v = math.Mod(v, 360)
	if v < 0 {
		v += 360
	}
	return Number(v), nil
}

// units reads rack units, in halves: 42, 42U, U7, 0.5.
func units(field, text string, f Form) (string, error) {
	v, unit, err := parse(strings.TrimLeft(text, "uU "), f.DecimalComma)
	switch {
	case err != nil:
		return "", err
	case unit != "" && unit != "u" && unit != "ru" && unit != "he":
		return "", fmt.Errorf("%q: want a number of rack units", clip(text))
	case v != math.Trunc(2*v)/2:
		return "", fmt.Errorf("%s: rack units come in halves", clip(text))
	case v < 0 || v > 200 || (field == Position && v < 0.5):
		return "", fmt.Errorf("%s is no number of rack units", clip(text))
	}
	return Number(v), nil
}

func truth(text string) (string, error) {
	switch strings.ToLower(text) {
	case "true", "yes", "1", "y", "✔", "x":
		return "true", nil
	case "false", "no", "0", "n", "✘":
		return "false", nil
	}
	return "", fmt.Errorf("want true or false, got %q", clip(text))
}

func face(text string) (string, error) {
	switch strings.ToLower(text) {
	case "front", "0", "f":
		return "front", nil
	case "rear", "back", "1", "r":
		return "rear", nil
	}
	return "", fmt.Errorf("%q is no face: want front or rear", clip(text))
}

// Number writes a number as site.yaml does, to the nearest micrometre or millionth.
func Number(v float64) string {
	v = math.Round(v*1e6) / 1e6
	return strconv.FormatFloat(v+0, 'f', -1, 64)
}

// Float reads what Number wrote; ok is false when nothing is there.
func Float(text string) (v float64, ok bool) {
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil
}

func clip(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
