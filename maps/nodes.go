package maps

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlLine finds the line that the YAML parser names in its message.
var yamlLine = regexp.MustCompile(`line (\d+): (.*)`)

// parseYAML reads the first document of a YAML file; nil, with a problem, when there is none.
func (d *document) parseYAML(data []byte) *yaml.Node {
	var root yaml.Node
	err := yaml.Unmarshal(data, &root)
	if err == nil && len(root.Content) == 1 {
		return root.Content[0]
	}
	p := Problem{File: d.file, Message: "file is empty: fill it in"}
	if err != nil {
		p.Message = "not YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			p.Line, _ = strconv.Atoi(m[1]) // digits only; 0, no line, when out of range
			p.Message = "not YAML: " + m[2]
		}
	}
	d.problems = append(d.problems, p)
	return nil
}

// parseJSON reads a JSON file into the same kind of nodes, with lines; nil, with a problem, when it is not JSON.
// YAML's own parser is not used for it: it refuses tabs and surrogate pairs, which JSON allows.
func (d *document) parseJSON(data []byte) *yaml.Node {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	r := &jsonReader{dec: json.NewDecoder(bytes.NewReader(data))}
	r.dec.UseNumber()
	for i, c := range data {
		if c == '\n' {
			r.newlines = append(r.newlines, int64(i))
		}
	}
	n, err := r.value(0)
	if err == nil {
		if _, end := r.dec.Token(); end != io.EOF {
			err = errors.New("something follows the end of the document")
		}
	}
	if err == nil {
		return n
	}
	line := r.line(r.dec.InputOffset())
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		line = r.line(syntax.Offset)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the file ends too early")
	}
	d.problems = append(d.problems, Problem{File: d.file, Line: line, Message: "not JSON: " + err.Error()})
	return nil
}

type jsonReader struct {
	dec      *json.Decoder
	newlines []int64 // offsets
}

func (r *jsonReader) line(offset int64) int {
	return 1 + sort.Search(len(r.newlines), func(i int) bool { return r.newlines[i] >= offset })
}

func (r *jsonReader) value(depth int) (*yaml.Node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d levels", maxDepth)
	}
	token, err := r.dec.Token()
	if err != nil {
		return nil, err
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: r.line(r.dec.InputOffset())}
	switch t := token.(type) {
	case json.Delim:
		return n, r.container(n, t, depth)
	case string:
		n.Tag, n.Value = "!!str", t
	case json.Number:
		n.Tag, n.Value = "!!float", t.String()
		if _, err := t.Int64(); err == nil {
			n.Tag = "!!int"
		}
	case bool:
		n.Tag, n.Value = "!!bool", strconv.FormatBool(t)
	default:
		n.Tag = "!!null"
	}
	return n, nil
}

func (r *jsonReader) container(n *yaml.Node, open json.Delim, depth int) error {
	n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
	if open == '{' {
		n.Kind, n.Tag = yaml.MappingNode, "!!map"
	}
	for r.dec.More() {
		// In an object names and values alternate; both are values to Token.
		child, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		n.Content = append(n.Content, child)
	}
	_, err := r.dec.Token()
	return err
}
