package maps

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
)

// meaningsTSV is what the lights of makers' products mean: facts from their manuals, each with its source. Rows that are
// not enabled were recalled without a source, or tell a pattern that no reader of ours knows yet.
//
//go:embed meanings.tsv
var meaningsTSV string

// A LightKind names a light of a product family in the table of meanings.
type LightKind struct {
	Maker, Family, LED string
}

// String is the kind as in an error.
func (k LightKind) String() string { return k.Maker + " / " + k.Family + " / " + k.LED }

// MeaningsOf returns what a kind of light shows when all is well and what else it can tell; ok is false when the table
// has no enabled row of it. Colour is relative to the maker: amber is activity at one and a fault at another.
func MeaningsOf(k LightKind) (normal []LEDState, meanings []LEDMeaning, ok bool) {
	for line := range strings.Lines(meaningsTSV) {
		c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(c) != 12 || c[11] != "yes" || c[0] != k.Maker || c[1] != k.Family || c[2] != k.LED {
			continue
		}
		ok = true
		state := LEDState{Colour: c[3], OtherColour: c[4], Pattern: c[5]}
		state.RateHz, _ = strconv.ParseFloat(c[6], 64) // empty: any rate
		if c[8] == "ok" {
			if !slices.Contains(normal, state) {
				normal = append(normal, state)
			}
			continue
		}
		if !slices.ContainsFunc(meanings, func(m LEDMeaning) bool { return m.LEDState == state }) {
			meanings = append(meanings, LEDMeaning{LEDState: state, Kind: c[7], Severity: c[8], Meaning: c[9]})
		}
	}
	return normal, slices.DeleteFunc(meanings, func(m LEDMeaning) bool { return slices.Contains(normal, m.LEDState) }), ok
}

// LightKinds lists the kinds of lights that the table has enabled rows of, in its order.
func LightKinds() []LightKind {
	var kinds []LightKind
	for line := range strings.Lines(meaningsTSV) {
		c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(c) != 12 || c[11] != "yes" {
			continue
		}
		if k := (LightKind{c[0], c[1], c[2]}); !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}
