package mapping

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/nightrounds/nightrounds/maps"
)

// A reader collects the faults of one file as it reads.
type reader struct {
	file     string
	problems maps.Problems
}

func (r *reader) fault(n *yaml.Node, field, format string, args ...any) {
	line := 1
	if n != nil {
		line = n.Line
	}
	r.problems = append(r.problems, maps.Problem{File: r.file, Line: line, Field: field, Message: fmt.Sprintf(format, args...)})
}

// fields are a mapping's values by key; every key must be known and stand there once. Aliases are refused: a file that
// refers to itself has no end.
func (r *reader) fields(n *yaml.Node, path string, known []string) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	if n.Kind != yaml.MappingNode {
		r.fault(n, top(path), "want a mapping with %s", strings.Join(known, ", "))
		return out
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := n.Content[i], n.Content[i+1]
		name := strings.TrimPrefix(path+"."+key.Value, ".")
		switch {
		case v.Kind == yaml.AliasNode || key.Kind != yaml.ScalarNode:
			r.fault(key, name, "aliases are not taken here: write it out")
		case known != nil && !slices.Contains(known, key.Value):
			r.fault(key, name, "unknown field; known are %s", strings.Join(known, ", "))
		case out[key.Value] != nil:
			r.fault(key, name, "stands here twice")
		default:
			out[key.Value] = v
		}
	}
	return out
}

func (r *reader) text(n, parent *yaml.Node, path string) string {
	if n == nil {
		r.fault(parent, path, "missing")
		return ""
	}
	if n.Kind != yaml.ScalarNode || n.Value == "" {
		r.fault(n, path, "want a text")
		return ""
	}
	return n.Value
}

func (r *reader) optional(n *yaml.Node, path string) string {
	if n == nil {
		return ""
	}
	return r.text(n, n, path)
}

func (r *reader) yes(n *yaml.Node, path string, otherwise bool) bool {
	if n == nil {
		return otherwise
	}
	var v bool
	if err := n.Decode(&v); err != nil {
		r.fault(n, path, "want true or false, got %.40q", n.Value)
	}
	return v
}

func (r *reader) count(n, parent *yaml.Node, path string) int {
	if n == nil {
		r.fault(parent, path, "missing")
		return 1
	}
	var v int
	if err := n.Decode(&v); err != nil || v < 1 || v > 10000 {
		r.fault(n, path, "want a whole number from 1 to 10000, got %.40q", n.Value)
	}
	return v
}

func (r *reader) duration(n, parent *yaml.Node, path string, least, most time.Duration) time.Duration {
	if n == nil {
		r.fault(parent, path, "missing: a duration such as 1m")
		return least
	}
	d, err := time.ParseDuration(n.Value)
	if err != nil || d < least || d > most {
		r.fault(n, path, "want a duration from %s to %s, got %.40q", least, most, n.Value)
		return least
	}
	return d
}

func top(path string) string {
	if path == "" {
		return "(top)"
	}
	return path
}
