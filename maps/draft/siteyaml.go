package draft

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// WithAisles returns a site.yaml in which a hall has these aisles and no others. Everything else, comments too, stays as
// it is written. It fails when the hall is not written as a block, one field a line.
func WithAisles(siteYAML []byte, hall string, aisles []Aisle) ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(siteYAML, &root); err != nil {
		return nil, fmt.Errorf("write aisles of hall %q: %w", hall, err)
	}
	h := findHall(&root, hall)
	if h == nil {
		return nil, fmt.Errorf("write aisles: there is no hall %q", hall)
	}
	if h.Style&yaml.FlowStyle != 0 {
		return nil, fmt.Errorf("write aisles: line %d: hall %q is written on one line in braces: write one field a line", h.Line, hall)
	}
	lines := bytes.SplitAfter(siteYAML, []byte("\n"))
	from, to, indent := 0, 0, 0
	for i := 0; i+1 < len(h.Content); i += 2 {
		key, value := h.Content[i], h.Content[i+1]
		switch key.Value {
		case "aisles":
			from, to, indent = key.Line, lastLine(value)+1, key.Column-1
		case "graph":
			if from == 0 {
				from, to, indent = lastLine(value)+1, lastLine(value)+1, key.Column-1
			}
		}
	}
	if from == 0 {
		return nil, errors.New("write aisles: hall " + hall + " names no graph: add graph: graph.lif.json")
	}
	var b bytes.Buffer
	b.Write(bytes.Join(lines[:from-1], nil))
	if s := b.Bytes(); len(s) > 0 && s[len(s)-1] != '\n' {
		b.WriteByte('\n')
	}
	b.WriteString(aislesYAML(aisles, indent))
	b.Write(bytes.Join(lines[min(to-1, len(lines)):], nil))
	if !sameBut(siteYAML, b.Bytes(), hall, len(aisles)) {
		return nil, fmt.Errorf("write aisles: hall %q is written in a form that cannot be changed safely: write its aisles and graph as plain blocks, without anchors or text over several lines", hall)
	}
	return b.Bytes(), nil
}

// sameBut reports whether two documents say the same but for a hall's aisles, of which the second has so many.
func sameBut(before, after []byte, hall string, aisles int) bool {
	var docs [2]map[string]any
	for i, text := range [][]byte{before, after} {
		if yaml.Unmarshal(text, &docs[i]) != nil {
			return false
		}
		halls, _ := docs[i]["halls"].([]any)
		for _, h := range halls {
			m, _ := h.(map[string]any)
			if m == nil || fmt.Sprint(m["id"]) != hall {
				continue
			}
			if list, _ := m["aisles"].([]any); i == 1 && len(list) != aisles {
				return false
			}
			delete(m, "aisles")
			break
		}
	}
	return fmt.Sprint(docs[0]) == fmt.Sprint(docs[1]) // prints maps in order of their keys, and NaN as itself
}

func aislesYAML(aisles []Aisle, indent int) string {
	if len(aisles) == 0 {
		return ""
	}
	space := strings.Repeat(" ", indent)
	var b strings.Builder
	b.WriteString(space + "aisles:\n")
	for _, a := range aisles {
		names := make([]string, len(a.Nodes))
		for i, n := range a.Nodes {
			names[i] = quoted(n)
		}
		fmt.Fprintf(&b, "%s  - {id: %s, nodes: [%s]}\n", space, quoted(a.ID), strings.Join(names, ", "))
	}
	return b.String()
}

// quoted writes an id so that YAML reads it as text.
func quoted(id string) string {
	var n yaml.Node
	if yaml.Unmarshal([]byte("["+id+"]"), &n) == nil && len(n.Content) == 1 && len(n.Content[0].Content) == 1 {
		if v := n.Content[0].Content[0]; v.Kind == yaml.ScalarNode && v.ShortTag() == "!!str" && v.Value == id && v.Anchor == "" {
			return id
		}
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(id) + `"`
}

func findHall(root *yaml.Node, id string) *yaml.Node {
	if len(root.Content) == 0 {
		return nil
	}
	halls := value(root.Content[0], "halls")
	if halls == nil {
		return nil
	}
	for _, h := range halls.Content {
		if v := value(h, "id"); v != nil && v.Value == id {
			return h
		}
	}
	return nil
}

func value(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// lastLine is the last line of a node that is written as a block or within single lines.
func lastLine(n *yaml.Node) int {
	last := n.Line
	for _, c := range n.Content {
		last = max(last, lastLine(c))
	}
	return last
}
