package maps

import (
	"io/fs"
	"reflect"

	"go.yaml.in/yaml/v3"
)

// A Format is how a Document is written.
type Format string

// The formats of documents; the name is also the struct tag that names a field.
const (
	YAML Format = "yaml"
	JSON Format = "json"
)

// A Document is a YAML or JSON file from outside, decoded into a struct. It goes on after each fault and remembers the
// line and path of every struct. Fields that the struct does not name are passed over; a number in quotes is a warning.
type Document struct {
	d    *document
	root *yaml.Node
}

// ReadFile reads a file of a folder, bounded in size. The error says what to do.
func ReadFile(fsys fs.FS, name string) ([]byte, error) {
	data, err := readFile(fsys, name)
	if err != nil {
		return nil, Problems{{File: name, Message: missing(err)}}
	}
	return data, nil
}

// ReadDocument decodes data into the struct that into points to. What is wrong is in Err.
func ReadDocument(name string, f Format, data []byte, into any) *Document {
	d := newDocument(name, string(f))
	d.lenient, d.silent = true, true
	doc := &Document{d: d}
	if f == JSON {
		doc.root = d.parseJSON(data)
	} else {
		doc.root = d.parseYAML(data)
	}
	if doc.root != nil {
		d.decode(place{doc: d, node: doc.root}, reflect.ValueOf(into).Elem(), 0)
	}
	return doc
}

// Err is nil when nothing is wrong, else all Problems.
func (d *Document) Err() error { return d.d.problems.err() }

// Warnings are what is doubtful but no fault.
func (d *Document) Warnings() Problems { return d.d.warnings.sorted() }

// At returns where a struct was read, given its pointer.
func (d *Document) At(ptr any) Place { return Place{d.d.at(ptr)} }

// Has reports whether the document's top is a mapping with that field.
func (d *Document) Has(field string) bool {
	if d.root == nil {
		return false
	}
	return d.Top().p.field(field).node != d.root
}

// Top is the whole document.
func (d *Document) Top() Place { return Place{place{doc: d.d, node: d.root}} }

// A Place is a spot in a Document.
type Place struct{ p place }

// Field returns the place of a mapping's value; of the mapping itself when the field is absent.
func (p Place) Field(name string) Place { return Place{p.p.field(name)} }

// Item returns the place of a list's item.
func (p Place) Item(i int) Place { return Place{p.p.item(i)} }

// Node returns what is written at the place; nil when nothing is.
func (p Place) Node() *yaml.Node { return p.p.node }

// Decode fills the struct that into points to from what is written at the place. It reports whether it could.
func (p Place) Decode(into any) bool {
	return p.p.node != nil && p.p.doc.decode(p.p, reflect.ValueOf(into).Elem(), 0)
}

// Problem says something about the place.
func (p Place) Problem(format string, args ...any) Problem { return p.p.problem(format, args...) }

// Fail notes a fault at the place.
func (p Place) Fail(format string, args ...any) { p.p.fail(format, args...) }

// Warn notes something doubtful at the place.
func (p Place) Warn(format string, args ...any) { p.p.warn(format, args...) }

// Sorted orders problems by file, line and field and drops what was said twice.
func (ps Problems) Sorted() Problems { return ps.sorted() }
