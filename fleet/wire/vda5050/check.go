package vda5050

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A field is what a struct field says of its JSON field: its name, whether it is required (no omitempty, no
// omitzero), and the bounds of its vda tag: nonempty, min=, max=.
type field struct {
	name     string
	goType   reflect.Type
	required bool
	rule     rule
}

type rule struct {
	nonempty bool
	min, max *float64
}

// An object is all fields of a struct, those of an embedded header among them.
type object struct {
	fields []field
	names  map[string]bool
}

// objects remembers what objectOf has read from a type's tags; it depends on the type alone.
var objects sync.Map // reflect.Type to *object

func objectOf(t reflect.Type) *object {
	if o, ok := objects.Load(t); ok {
		return o.(*object)
	}
	o := &object{names: map[string]bool{}}
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous {
			continue
		}
		g := fieldOf(f)
		o.fields = append(o.fields, g)
		o.names[g.name] = true
	}
	objects.Store(t, o)
	return o
}

func fieldOf(f reflect.StructField) field {
	parts := strings.Split(f.Tag.Get("json"), ",")
	g := field{name: parts[0], goType: f.Type,
		required: !slices.Contains(parts[1:], "omitempty") && !slices.Contains(parts[1:], "omitzero")}
	for r := range strings.SplitSeq(f.Tag.Get("vda"), ",") {
		key, value, _ := strings.Cut(r, "=")
		switch key {
		case "nonempty":
			g.rule.nonempty = true
		case "min":
			g.rule.min = bound(value)
		case "max":
			g.rule.max = bound(value)
		}
	}
	return g
}

// bound is the number of a vda tag; a tag that is none bounds nothing, and the test of all tags fails.
func bound(s string) *float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil
	}
	return &f
}

// check holds a JSON value against a Go type and its tags. The error names the field.
func check(v any, t reflect.Type, r rule) error {
	if t.Kind() == reflect.Pointer {
		return check(v, t.Elem(), r)
	}
	if t == reflect.TypeFor[Time]() {
		return checkTime(v)
	}
	switch t.Kind() {
	case reflect.Struct:
		return checkObject(v, t)
	case reflect.Slice:
		return checkArray(v, t, r)
	case reflect.String:
		return checkString(v, t, r)
	case reflect.Bool:
		if _, ok := v.(bool); !ok {
			return wrongType(v, "true or false")
		}
	case reflect.Float64:
		return checkNumber(v, r)
	case reflect.Uint32:
		return checkUint32(v, r)
	case reflect.Map:
		if _, ok := v.(map[string]any); !ok {
			return wrongType(v, "an object")
		}
	case reflect.Interface:
		return checkAny(v)
	}
	return nil
}

func checkObject(v any, t reflect.Type) error {
	m, ok := v.(map[string]any)
	if !ok {
		return wrongType(v, "an object")
	}
	o := objectOf(t)
	known := 0
	for _, f := range o.fields {
		x, present := m[f.name]
		if present {
			known++
		}
		if x == nil {
			if f.required {
				return &FieldError{f.name, "required, but missing"}
			}
			continue
		}
		if err := check(x, f.goType, f.rule); err != nil {
			return under(f.name, err)
		}
	}
	if known < len(m) {
		return o.disguised(m)
	}
	return nil
}

// disguised refuses a key that differs from a field's name only in case: encoding/json would take it for the field.
func (o *object) disguised(m map[string]any) error {
	for k := range m {
		if o.names[k] {
			continue
		}
		for name := range o.names {
			if strings.EqualFold(k, name) {
				return &FieldError{k, "did you mean " + name + "?"}
			}
		}
	}
	return nil
}

func checkArray(v any, t reflect.Type, r rule) error {
	a, ok := v.([]any)
	if !ok {
		return wrongType(v, "an array")
	}
	for i, x := range a {
		if err := check(x, t.Elem(), r); err != nil {
			return under(fmt.Sprintf("[%d]", i), err)
		}
	}
	return nil
}

func checkString(v any, t reflect.Type, r rule) error {
	s, ok := v.(string)
	if !ok {
		return wrongType(v, "a string")
	}
	if r.nonempty && s == "" {
		return &FieldError{"", "must not be empty"}
	}
	e, ok := reflect.Zero(t).Interface().(enumerated)
	if ok && !slices.Contains(e.values(), s) {
		return &FieldError{"", fmt.Sprintf("%.40q is none of %s", s, strings.Join(e.values(), ", "))}
	}
	return nil
}

func checkNumber(v any, r rule) error {
	n, ok := v.(json.Number)
	if !ok {
		return wrongType(v, "a number")
	}
	f, err := n.Float64()
	if err != nil || math.IsInf(f, 0) {
		return &FieldError{"", fmt.Sprintf("%.40s is too large", n)}
	}
	return r.bounds(f)
}

func checkUint32(v any, r rule) error {
	n, ok := v.(json.Number)
	if !ok {
		return wrongType(v, "a whole number")
	}
	u, err := strconv.ParseUint(n.String(), 10, 32)
	if err != nil {
		return &FieldError{"", fmt.Sprintf("%.40s is no whole number from 0 to 4294967295", n)}
	}
	return r.bounds(float64(u))
}

func (r rule) bounds(f float64) error {
	if r.min != nil && f < *r.min {
		return &FieldError{"", fmt.Sprintf("%v is below %v", f, *r.min)}
	}
	if r.max != nil && f > *r.max {
		return &FieldError{"", fmt.Sprintf("%v is above %v", f, *r.max)}
	}
	return nil
}

func checkTime(v any) error {
	s, ok := v.(string)
	if !ok {
		return wrongType(v, "a time")
	}
	if _, err := parseTime(s); err != nil {
		return &FieldError{"", err.Error()}
	}
	return nil
}

// checkAny looks only for numbers that a float64 cannot hold.
func checkAny(v any) error {
	switch x := v.(type) {
	case json.Number:
		return checkNumber(x, rule{})
	case []any:
		for i, e := range x {
			if err := checkAny(e); err != nil {
				return under(fmt.Sprintf("[%d]", i), err)
			}
		}
	case map[string]any:
		for k, e := range x {
			if err := checkAny(e); err != nil {
				return under(k, err)
			}
		}
	}
	return nil
}

func wrongType(v any, want string) error {
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
	return &FieldError{"", "want " + want + ", got " + got}
}

// under puts the error of a part below its whole: nodes, [2], released become nodes[2].released.
func under(part string, err error) error {
	var e *FieldError
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case e.Path == "":
		return &FieldError{part, e.Msg}
	case strings.HasPrefix(e.Path, "["):
		return &FieldError{part + e.Path, e.Msg}
	}
	return &FieldError{part + "." + e.Path, e.Msg}
}
