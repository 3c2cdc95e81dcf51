package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nightrounds/nightrounds/maps"
)

// freshOptics are those of the sample site.
const freshOptics = "{vertical_fov_deg: 55, mast_min_m: 0.4, mast_max_m: 1.8, near_m: 0.6, far_m: 1.6}"

// A tree is site.yaml as written, comments and order kept, so that only what an import brings changes in it.
type tree struct {
	doc   yaml.Node
	root  *yaml.Node
	raw   []byte
	dirty bool
	fresh bool // there was none
}

// readTree reads a folder's site.yaml; a folder without one gets one that begins empty.
func readTree(into fs.FS, id string) (*tree, error) {
	data, err := fs.ReadFile(into, maps.SiteFile)
	t := &tree{raw: data}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.fresh, t.dirty = true, true
		if id = ident(id); id == "" {
			id = "site"
		}
		id = strings.NewReplacer(".", "-", ":", "-").Replace(id[:min(len(id), 64)])
		t.raw = fmt.Appendf(nil, "# Begun by nightrounds site import. Complete and correct it: further imports keep what you write.\n"+
			"id: %q\nname: %q\ntime_zone: UTC # of the place: an IANA name, as Europe/Berlin\n"+
			"optics: %s # assumed: what your robots' cameras see\npatrol: {revisit_interval: 30m} # assumed\n"+
			"rack_types: []\ndevice_types: []\nhalls: []\n", id, id, freshOptics)
	case err != nil:
		return nil, maps.Problems{{File: maps.SiteFile, Message: "cannot be read: " + err.Error()}}
	}
	// The document reader is asked first: its faults name lines, and it stops what would expand without end.
	var top struct{}
	if d := maps.ReadDocument(maps.SiteFile, maps.YAML, t.raw, &top); d.Err() != nil {
		return nil, d.Err()
	}
	if err := yaml.Unmarshal(t.raw, &t.doc); err != nil {
		return nil, maps.Problems{{File: maps.SiteFile, Message: "not YAML: " + err.Error()}}
	}
	t.root = t.doc.Content[0]
	return t, t.check()
}

// check refuses a site.yaml into which nothing can be put.
func (t *tree) check() error {
	var ps maps.Problems
	list := func(parent *yaml.Node, path, key string) []*yaml.Node {
		n := field(parent, key)
		if n != nil && n.Kind != yaml.SequenceNode && n.ShortTag() != "!!null" {
			ps = append(ps, maps.Problem{File: maps.SiteFile, Line: n.Line, Field: path + key, Message: "want a list: correct it before an import"})
			return nil
		}
		all := items(parent, key)
		for i, item := range all {
			if item.Kind != yaml.MappingNode {
				ps = append(ps, maps.Problem{File: maps.SiteFile, Line: item.Line, Field: fmt.Sprintf("%s%s[%d]", path, key, i), Message: "want fields by name: correct it before an import"})
				return nil
			}
		}
		return all
	}
	list(t.root, "", "rack_types")
	list(t.root, "", "device_types")
	for i, h := range list(t.root, "", "halls") {
		hall := fmt.Sprintf("halls[%d].", i)
		list(h, hall, "feeds")
		list(h, hall, "aisles")
		for k, row := range list(h, hall, "rows") {
			at := fmt.Sprintf("%srows[%d].", hall, k)
			for j, r := range list(row, at, "racks") {
				list(r, fmt.Sprintf("%sracks[%d].", at, j), "devices")
			}
		}
	}
	if len(ps) > 0 {
		return ps
	}
	return nil
}

// eachRack visits every rack with its hall and row.
func (t *tree) eachRack(visit func(hall, row, rack *yaml.Node)) {
	for _, h := range items(t.root, "halls") {
		for _, row := range items(h, "rows") {
			for _, r := range items(row, "racks") {
				visit(h, row, r)
			}
		}
	}
}

// text is the file; as it was when nothing changed in it.
func (t *tree) text() ([]byte, error) {
	if !t.dirty {
		return t.raw, nil
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(&t.doc); err != nil {
		return nil, fmt.Errorf("write %s: %w", maps.SiteFile, err)
	}
	return b.Bytes(), e.Close()
}

// solid follows an alias.
func solid(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// field is the value of a mapping; nil when absent.
func field(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return solid(n.Content[i+1])
		}
	}
	return nil
}

// items are the members of a list in a mapping.
func items(n *yaml.Node, key string) []*yaml.Node {
	l := field(n, key)
	if l == nil || l.Kind != yaml.SequenceNode {
		return nil
	}
	out := make([]*yaml.Node, len(l.Content))
	for i, c := range l.Content {
		out[i] = solid(c)
	}
	return out
}

// value is the text of a field, that of a list of texts with blanks between; ok is false when the field is absent.
func value(n *yaml.Node, key string) (text string, ok bool) {
	f := field(n, key)
	switch {
	case f == nil || f.ShortTag() == "!!null":
		return "", false
	case f.Kind == yaml.SequenceNode:
		var words []string
		for _, c := range f.Content {
			words = append(words, c.Value)
		}
		return strings.Join(words, " "), true
	}
	return f.Value, true
}

// byID finds the member of a list whose id field has a value.
func byID(list []*yaml.Node, key, id string) *yaml.Node {
	for _, n := range list {
		if v, _ := value(n, key); v == id {
			return n
		}
	}
	return nil
}

// set puts a field into a mapping.
func (t *tree) set(n *yaml.Node, key string, v *yaml.Node) {
	t.dirty = true
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			v.LineComment, v.FootComment = n.Content[i+1].LineComment, n.Content[i+1].FootComment
			n.Content[i+1] = v
			return
		}
	}
	n.Content = append(n.Content, text(key), v)
}

// add puts a member at the end of a list in a mapping, which is made where it is absent.
func (t *tree) add(n *yaml.Node, key string, member *yaml.Node) {
	l := field(n, key)
	if l == nil || l.Kind != yaml.SequenceNode {
		l = &yaml.Node{Kind: yaml.SequenceNode}
		t.set(n, key, l)
	}
	if member.Kind == yaml.MappingNode && len(l.Content) == 0 {
		l.Style &^= yaml.FlowStyle
	}
	t.dirty = true
	l.Content = append(l.Content, member)
}

// remove takes a member out of a list in a mapping.
func (t *tree) remove(n *yaml.Node, key string, member *yaml.Node) {
	l := field(n, key)
	for i, c := range l.Content {
		if solid(c) == member {
			l.Content = append(l.Content[:i:i], l.Content[i+1:]...)
			t.dirty = true
			return
		}
	}
}

// text is a text as a node; one that reads like a number comes in quotes.
func text(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

// numbers and truths are the fields that are no texts; lists are lists of texts.
var (
	numbers = map[string]bool{"x": true, "y": true, "theta_deg": true, "u_height": true, "width_m": true, "depth_m": true, "base_m": true, "position": true}
	truths  = map[string]bool{"is_full_depth": true}
	lists   = map[string]bool{"feeds": true, "nodes": true}
)

// scalar is a field's value as a node.
func scalar(name, v string) *yaml.Node {
	switch {
	case numbers[name]:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: v}
	case truths[name]:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: v}
	case lists[name]:
		l := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, w := range strings.Fields(v) {
			l.Content = append(l.Content, text(w))
		}
		return l
	}
	return text(v)
}

// mapping makes a mapping of fields, given by name and value in turns; flow puts it on one line.
func mapping(style yaml.Style, fields ...string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: style}
	for i := 0; i+1 < len(fields); i += 2 {
		n.Content = append(n.Content, text(fields[i]), scalar(fields[i], fields[i+1]))
	}
	return n
}
