package maps

import (
	"fmt"
	"io/fs"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// maxNodes bounds what one document may expand to: aliases make exponential growth possible.
const maxNodes = 4_000_000

// maxDepth bounds nesting; the deepest site.yaml has 12 levels.
const maxDepth = 64

// maxFileBytes bounds a file of a site folder; a floor of 1 km² at 5 cm has 400 MB and belongs in several halls.
const maxFileBytes = 256 << 20

// A place is a spot in a document, so that a fault found long after reading still names its line.
type place struct {
	doc  *document
	path string
	node *yaml.Node
}

// field returns the place of a mapping's value; of the mapping itself when the field is absent.
func (p place) field(name string) place {
	c := p
	c.path = join(p.path, name)
	if p.node == nil || p.node.Kind != yaml.MappingNode {
		return c
	}
	for i := 0; i+1 < len(p.node.Content); i += 2 {
		if p.node.Content[i].Value == name {
			c.node = p.node.Content[i+1]
		}
	}
	return c
}

// item returns the place of a list's item.
func (p place) item(i int) place {
	c := p
	c.path = fmt.Sprintf("%s[%d]", p.path, i)
	if p.node != nil && p.node.Kind == yaml.SequenceNode && i < len(p.node.Content) {
		c.node = p.node.Content[i]
	}
	return c
}

func (p place) problem(format string, args ...any) Problem {
	line := 0
	if p.node != nil {
		line = p.node.Line
	}
	return Problem{File: p.doc.file, Line: line, Field: p.path, Message: fmt.Sprintf(format, args...)}
}

// fail adds a problem at the place.
func (p place) fail(format string, args ...any) {
	p.doc.problems = append(p.doc.problems, p.problem(format, args...))
}

// warn adds a warning at the place.
func (p place) warn(format string, args ...any) {
	p.doc.warnings = append(p.doc.warnings, p.problem(format, args...))
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// A document decodes YAML or JSON nodes into structs, goes on after each fault, and remembers where each struct
// came from. Struct fields are matched by the tag named; a tag must:"true" makes a field mandatory. A struct may name
// fields that are known and skipped in a method skipped.
type document struct {
	file     string
	tag      string // yaml or json
	lenient  bool   // unknown fields and numbers in quotes are warnings, as LIF files in the field need
	silent   bool   // unknown fields are not told: the format has many that we do not use
	problems Problems
	warnings Problems
	places   map[any]place // by pointer to the struct that was decoded
	nodes    int
}

func newDocument(file, tag string) *document {
	return &document{file: file, tag: tag, places: map[any]place{}}
}

// at returns where a struct was read, given its pointer.
func (d *document) at(ptr any) place {
	if p, ok := d.places[ptr]; ok {
		return p
	}
	return place{doc: d}
}

// readFile reads a file of a folder, bounded.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, fmt.Errorf("%q is not a path inside the site folder: name a file beside site.yaml", name)
	}
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s is a folder, not a file", name)
	}
	if info.Size() > maxFileBytes {
		return nil, fmt.Errorf("%s has %d bytes, more than %d", name, info.Size(), maxFileBytes)
	}
	return fs.ReadFile(fsys, name)
}

// decode fills v from the node at p. It reports whether the value could be used.
func (d *document) decode(p place, v reflect.Value, depth int) bool {
	for p.node.Kind == yaml.AliasNode {
		p.node = p.node.Alias
	}
	d.nodes++
	if depth > maxDepth || d.nodes > maxNodes {
		if d.nodes <= maxNodes+1 {
			p.fail("nested too deep or too large: take out anchors that refer to themselves")
		}
		return false
	}
	if _, ok := v.Interface().(*yaml.Node); ok {
		v.Set(reflect.ValueOf(p.node))
		return true
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
	default:
		return d.scalar(p, v)
	}
}

func (d *document) mapping(p place, v reflect.Value, depth int) bool {
	if p.node.Kind != yaml.MappingNode {
		p.fail("want a mapping of fields, got %s", kindName(p.node))
		return false
	}
	d.places[v.Addr().Interface()] = p
	fields, required := d.fieldsOf(v.Type())
	seen := map[string]bool{}
	for i := 0; i+1 < len(p.node.Content); i += 2 {
		key := p.node.Content[i]
		name := key.Value
		at := place{doc: d, path: join(p.path, name), node: p.node.Content[i+1]}
		onKey := place{doc: d, path: at.path, node: key}
		index, known := fields[name]
		switch {
		case key.Kind != yaml.ScalarNode:
			place{doc: d, path: p.path, node: key}.fail("a field's name must be plain text")
		case seen[name]:
			onKey.fail("field stands twice: keep one")
		case !known && d.silent:
		case !known && d.lenient:
			onKey.warn("field is not known and not used")
		case !known:
			onKey.fail("unknown field: did you mean one of %s?", strings.Join(names(fields), ", "))
		case index >= 0 && !isNull(at.node):
			d.decode(at, v.Field(index), depth+1)
		}
		if !isNull(at.node) {
			seen[name] = true
		}
	}
	for _, name := range required {
		if !seen[name] {
			p.field(name).fail("field is missing: add it")
		}
	}
	return true
}

// fieldsOf maps the names of a struct's fields to their indices, -1 for names that are known and skipped.
func (d *document) fieldsOf(t reflect.Type) (fields map[string]int, required []string) {
	fields = map[string]int{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get(d.tag), ",")
		if name == "" || name == "-" {
			continue
		}
		fields[name] = i
		if t.Field(i).Tag.Get("must") == "true" {
			required = append(required, name)
		}
	}
	if s, ok := reflect.New(t).Interface().(interface{ skipped() []string }); ok {
		for _, name := range s.skipped() {
			fields[name] = -1
		}
	}
	return fields, required
}

func names(fields map[string]int) []string {
	var out []string
	for name, index := range fields {
		if index >= 0 {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func (d *document) list(p place, v reflect.Value, depth int) bool {
	if p.node.Kind != yaml.SequenceNode {
		p.fail("want a list, got %s", kindName(p.node))
		return false
	}
	n := len(p.node.Content)
	// Made at full length first: places are kept by the address of each item.
	items := reflect.MakeSlice(v.Type(), n, n)
	v.Set(items)
	for i := range n {
		d.decode(p.item(i), items.Index(i), depth+1)
	}
	return true
}

func (d *document) scalar(p place, v reflect.Value) bool {
	if p.node.Kind != yaml.ScalarNode {
		p.fail("want %s, got %s", wanted(v), kindName(p.node))
		return false
	}
	text, tag := p.node.Value, p.node.ShortTag()
	if _, ok := v.Interface().(time.Duration); ok {
		dur, err := time.ParseDuration(text)
		if err != nil {
			p.fail("%q is not a duration: write as 90m or 2h30m", text)
			return false
		}
		v.SetInt(int64(dur))
		return true
	}
	if d.lenient && tag == "!!str" && (v.Kind() == reflect.Float64 || v.Kind() == reflect.Int) {
		p.warn("number stands in quotes")
		tag = "!!float"
	}
	switch v.Kind() {
	case reflect.String:
		// A number is taken as it is written: serial numbers and names are often digits only.
		if tag == "!!str" || tag == "!!int" || tag == "!!float" || tag == "!!timestamp" {
			v.SetString(text)
			return true
		}
	case reflect.Bool:
		if tag == "!!bool" {
			v.SetBool(strings.EqualFold(text, "true"))
			return true
		}
	case reflect.Int:
		if n, err := strconv.ParseInt(text, 0, 32); err == nil && tag != "!!str" {
			v.SetInt(n)
			return true
		}
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err == nil && tag != "!!str" && !math.IsNaN(f) && math.Abs(f) <= 1e12 {
			v.SetFloat(f)
			return true
		}
	}
	p.fail("want %s, got %q", wanted(v), clip(text))
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
	default:
		return "text"
	}
}

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		return fmt.Sprintf("%q", clip(n.Value))
	default:
		return "nothing"
	}
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

func clip(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
