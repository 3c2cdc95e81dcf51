// Package strict reads small YAML files of a site folder into structs and says of each fault its file, line and field: unknown
// and repeated fields, missing ones, and values of another type are faults. What a value means its caller checks, with At.
package strict

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/nightrounds/nightrounds/maps"
)

// The bounds of one file: its length in bytes, how deep it nests, and what its aliases may expand to.
const (
	maxBytes = 8 << 20
	maxDepth = 24
	maxNodes = 500_000
)

// A Document is one file as it was read, with the faults found so far.
type Document struct {
	file     string
	problems maps.Problems
	places   map[any]Place
	nodes    int
}

// Read decodes a file into a pointer to a struct: its fields are matched by the tag yaml, a tag must:"true" makes one
// mandatory; those of a struct that is embedded count as its own. It goes on after each fault; Err tells all of them. An
// empty file leaves the struct as it is.
func Read(file string, text []byte, into any) *Document {
	d := &Document{file: file, places: map[any]Place{}}
	if len(text) > maxBytes {
		d.add(0, "", "has %d bytes, at most %d are read", len(text), maxBytes)
		return d
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		d.add(0, "", "no YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
		return d
	}
	if len(root.Content) == 0 {
		return d
	}
	d.decode(Place{d, "", root.Content[0]}, reflect.ValueOf(into).Elem(), 0)
	return d
}

// Err is all faults, by line; nil when there is none.
func (d *Document) Err() error {
	if len(d.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(d.problems, func(a, b maps.Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Field, b.Field))
	})
	return slices.Compact(d.problems)
}

// At is where a struct was read, by its pointer.
func (d *Document) At(ptr any) Place {
	if p, ok := d.places[ptr]; ok {
		return p
	}
	return Place{doc: d}
}

func (d *Document) add(line int, field, format string, args ...any) {
	d.problems = append(d.problems, maps.Problem{File: d.file, Line: line, Field: field, Message: fmt.Sprintf(format, args...)})
}

// A Place is a spot of a document.
type Place struct {
	doc  *Document
	path string
	node *yaml.Node
}

// Field is the place of a mapping's value; of the mapping when it has none such.
func (p Place) Field(name string) Place {
	out := Place{p.doc, name, p.node}
	if p.path != "" {
		out.path = p.path + "." + name
	}
	if p.node == nil || p.node.Kind != yaml.MappingNode {
		return out
	}
	for i := 0; i+1 < len(p.node.Content); i += 2 {
		if p.node.Content[i].Value == name {
			out.node = p.node.Content[i+1]
		}
	}
	return out
}

// Fail adds a fault at the place.
func (p Place) Fail(format string, args ...any) {
	line := 0
	if p.node != nil {
		line = p.node.Line
	}
	p.doc.add(line, p.path, format, args...)
}

// Told says whether a fault of the place, or of a part of it, was found already: what is left of such a value means nothing.
func (p Place) Told() bool {
	return slices.ContainsFunc(p.doc.problems, func(o maps.Problem) bool {
		rest, below := strings.CutPrefix(o.Field, p.path)
		return below && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

// Line is the place's line, from 1; 0 where it has none.
func (p Place) Line() int {
	if p.node == nil {
		return 0
	}
	return p.node.Line
}

func (d *Document) decode(p Place, v reflect.Value, depth int) bool {
	for p.node.Kind == yaml.AliasNode {
		p.node = p.node.Alias
	}
	d.nodes++
	if depth > maxDepth || d.nodes > maxNodes {
		if d.nodes <= maxNodes+1 {
			p.Fail("nested too deep, or too much of it: take out anchors that refer to themselves")
		}
		return false
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		if !d.decode(p, v.Elem(), depth+1) {
			v.SetZero()
			return false
		}
		return true
	case reflect.Struct:
		return d.mapping(p, v, depth)
	case reflect.Slice:
		return d.list(p, v, depth)
	}
	return d.scalar(p, v)
}

func (d *Document) mapping(p Place, v reflect.Value, depth int) bool {
	if p.node.Kind != yaml.MappingNode {
		p.Fail("want a mapping of fields, got %s", kind(p.node))
		return false
	}
	d.places[v.Addr().Interface()] = p
	for i := range v.NumField() {
		if v.Type().Field(i).Anonymous {
			d.places[v.Field(i).Addr().Interface()] = p
		}
	}
	fields, required := fieldsOf(v.Type())
	seen := map[string]bool{}
	for i := 0; i+1 < len(p.node.Content); i += 2 {
		key, value := p.node.Content[i], p.node.Content[i+1]
		at := p.Field(key.Value)
		at.node = key
		index, known := fields[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode:
			at.Fail("a field's name must be plain text")
			continue
		case seen[key.Value]:
			at.Fail("stands twice: keep one")
			continue
		case !known:
			at.Fail("unknown field: known are %s", strings.Join(names(fields), ", "))
			continue
		}
		if value.Kind == yaml.ScalarNode && value.ShortTag() == "!!null" {
			continue
		}
		seen[key.Value] = true
		d.decode(Place{d, at.path, value}, v.FieldByIndex(index), depth+1)
	}
	for _, name := range required {
		if !seen[name] {
			p.Field(name).Fail("is missing: add it")
		}
	}
	return true
}

func fieldsOf(t reflect.Type) (fields map[string][]int, required []string) {
	fields = map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		name := f.Tag.Get("yaml")
		if name == "" {
			continue
		}
		fields[name] = f.Index
		if f.Tag.Get("must") == "true" {
			required = append(required, name)
		}
	}
	return fields, required
}

func names(fields map[string][]int) []string {
	var out []string
	for name := range fields {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func (d *Document) list(p Place, v reflect.Value, depth int) bool {
	if p.node.Kind != yaml.SequenceNode {
		p.Fail("want a list, got %s", kind(p.node))
		return false
	}
	n := len(p.node.Content)
	v.Set(reflect.MakeSlice(v.Type(), n, n)) // at its full length first: places are kept by address
	for i, item := range p.node.Content {
		d.decode(Place{d, fmt.Sprintf("%s[%d]", p.path, i), item}, v.Index(i), depth+1)
	}
	return true
}

func (d *Document) scalar(p Place, v reflect.Value) bool {
	if p.node.Kind != yaml.ScalarNode {
		p.Fail("want %s, got %s", wanted(v), kind(p.node))
		return false
	}
	text, tag := p.node.Value, p.node.ShortTag()
	if _, ok := v.Interface().(time.Duration); ok {
		length, err := time.ParseDuration(text)
		if err != nil || length <= 0 {
			p.Fail("%q is no length of time: write as 90s or 2m", Clip(text))
			return false
		}
		v.SetInt(int64(length))
		return true
	}
	switch v.Kind() {
	case reflect.String:
		if tag == "!!str" || tag == "!!int" || tag == "!!float" || tag == "!!timestamp" { // names are often digits only
			v.SetString(text)
			return true
		}
	case reflect.Bool:
		if tag == "!!bool" {
			v.SetBool(strings.EqualFold(text, "true"))
			return true
		}
	case reflect.Int:
		if n, err := strconv.ParseInt(text, 0, 32); err == nil && tag == "!!int" {
			v.SetInt(n)
			return true
		}
	case reflect.Float64:
		if f, err := strconv.ParseFloat(text, 64); err == nil && (tag == "!!float" || tag == "!!int") && f-f == 0 && f < 1e15 && f > -1e15 {
			v.SetFloat(f)
			return true
		}
	}
	p.Fail("want %s, got %q", wanted(v), Clip(text))
	return false
}

func wanted(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Int64:
		return "a length of time, as 90s"
	}
	return "text"
}

func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		return strconv.Quote(Clip(n.Value))
	}
	return "nothing"
}

// Clip is the beginning of a text that somebody else wrote, short enough for an error.
func Clip(text string) string {
	const most = 60
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "..."
	}
	return text
}
