package vda5050

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// A tag is what a struct field says of its JSON field: its name, whether it is required (no omitempty, no omitzero),
// and the bounds of its vda tag: nonempty, min=, max=.
type tag struct {
	name     string
	required bool
	rule     rule
}

type rule struct {
	nonempty bool
	min, max *float64
}

func tagOf(f reflect.StructField) tag {
	parts := strings.Split(f.Tag.Get("json"), ",")
	t := tag{name: parts[0], required: !slices.Contains(parts[1:], "omitempty") && !slices.Contains(parts[1:], "omitzero")}
	for r := range strings.SplitSeq(f.Tag.Get("vda"), ",") {
		key, value, _ := strings.Cut(r, "=")
		switch key {
		case "nonempty":
			t.rule.nonempty = true
		case "min":
			t.rule.min = bound(value)
		case "max":
			t.rule.max = bound(value)
		}
	}
	return t
}

// bound is the number of a vda tag; a tag that is none bounds nothing, and the test of all tags fails.
func bound(s string) *float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil
	}
	return &f
}

// check holds a JSON value against a Go type and its tags. Path is for the error alone.
func check(v any, t reflect.Type, r rule, path string) error {
	if t.Kind() == reflect.Pointer {
		return check(v, t.Elem(), r, path)
	}
	if t == reflect.TypeFor[Time]() {
		return checkTime(v, path)
	}
	switch t.Kind() {
	case reflect.Struct:
		return checkObject(v, t, path)
	case reflect.Slice:
		return checkArray(v, t, r, path)
	case reflect.String:
		return checkString(v, t, r, path)
	case reflect.Bool:
		if _, ok := v.(bool); !ok {
			return wrongType(v, "true or false", path)
		}
	case reflect.Float64:
		return checkNumber(v, r, path)
	case reflect.Uint32:
		return checkUint32(v, r, path)
	case reflect.Map:
		if _, ok := v.(map[string]any); !ok {
			return wrongType(v, "an object", path)
		}
	case reflect.Interface:
		return checkAny(v, path)
	}
	return nil
}

func checkObject(v any, t reflect.Type, path string) error {
	m, ok := v.(map[string]any)
	if !ok {
		return wrongType(v, "an object", path)
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			if err := checkObject(v, f.Type, path); err != nil {
				return err
			}
			continue
		}
		g := tagOf(f)
		x, present := m[g.name]
		if !present || x == nil {
			if g.required {
				return &FieldError{join(path, g.name), "required, but missing"}
			}
			continue
		}
		if err := check(x, f.Type, g.rule, join(path, g.name)); err != nil {
			return err
		}
	}
	return disguised(m, t, path)
}

// disguised refuses a key that differs from a field's name only in case: encoding/json would take it for the field.
func disguised(m map[string]any, t reflect.Type, path string) error {
	for i := range t.NumField() {
		name := tagOf(t.Field(i)).name
		for k := range m {
			if name != "" && k != name && strings.EqualFold(k, name) {
				return &FieldError{join(path, k), "did you mean " + name + "?"}
			}
		}
	}
	return nil
}

func checkArray(v any, t reflect.Type, r rule, path string) error {
	a, ok := v.([]any)
	if !ok {
		return wrongType(v, "an array", path)
	}
	for i, x := range a {
		if err := check(x, t.Elem(), r, fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	return nil
}

func checkString(v any, t reflect.Type, r rule, path string) error {
	s, ok := v.(string)
	if !ok {
		return wrongType(v, "a string", path)
	}
	if r.nonempty && s == "" {
		return &FieldError{path, "must not be empty"}
	}
	e, ok := reflect.Zero(t).Interface().(enumerated)
	if ok && !slices.Contains(e.values(), s) {
		return &FieldError{path, fmt.Sprintf("%.40q is none of %s", s, strings.Join(e.values(), ", "))}
	}
	return nil
}

func checkNumber(v any, r rule, path string) error {
	n, ok := v.(json.Number)
	if !ok {
		return wrongType(v, "a number", path)
	}
	f, err := n.Float64()
	if err != nil || math.IsInf(f, 0) {
		return &FieldError{path, fmt.Sprintf("%.40s is too large", n)}
	}
	return r.bounds(f, path)
}

func checkUint32(v any, r rule, path string) error {
	n, ok := v.(json.Number)
	if !ok {
		return wrongType(v, "a whole number", path)
	}
	u, err := strconv.ParseUint(n.String(), 10, 32)
	if err != nil {
		return &FieldError{path, fmt.Sprintf("%.40s is no whole number from 0 to 4294967295", n)}
	}
	return r.bounds(float64(u), path)
}

func (r rule) bounds(f float64, path string) error {
	if r.min != nil && f < *r.min {
		return &FieldError{path, fmt.Sprintf("%v is below %v", f, *r.min)}
	}
	if r.max != nil && f > *r.max {
		return &FieldError{path, fmt.Sprintf("%v is above %v", f, *r.max)}
	}
	return nil
}

func checkTime(v any, path string) error {
	s, ok := v.(string)
	if !ok {
		return wrongType(v, "a time", path)
	}
	if _, err := parseTime(s); err != nil {
		return &FieldError{path, err.Error()}
	}
	return nil
}

// checkAny looks only for numbers that a float64 cannot hold.
func checkAny(v any, path string) error {
	switch x := v.(type) {
	case json.Number:
		return checkNumber(x, rule{}, path)
	case []any:
		for i, e := range x {
			if err := checkAny(e, fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case map[string]any:
		for k, e := range x {
			if err := checkAny(e, join(path, k)); err != nil {
				return err
			}
		}
	}
	return nil
}

func wrongType(v any, want, path string) error {
	got := "null"
	switch v.(type) {
	case bool:
		got = "true or false"
	case json.Number:
		got = "a number"
	case string:
		got = "a string"
	case []any:
		got = "an array"
	case map[string]any:
		got = "an object"
	}
	return &FieldError{path, "want " + want + ", got " + got}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
