package mapping

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/vision"
)

// A field is one field of a ticket there.
type field struct {
	name string
	body *template.Template
}

// A View is what a template sees: the revision, with the words of the other side.
type View struct {
	ticket.Revision
	Severity string
	State    string
}

// maxField bounds a field's text, in bytes.
const maxField = 64 << 10

// errTooLong ends a template that would go on.
var errTooLong = errors.New("the text grows beyond 64 KiB")

// A bounded is a text that does not grow without end.
type bounded struct{ strings.Builder }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxField {
		return 0, errTooLong
	}
	return b.Builder.Write(p)
}

// functions are what templates have beside text/template's own.
var functions = template.FuncMap{
	"upper": strings.ToUpper, "lower": strings.ToLower,
	"join": func(sep string, list []string) string { return strings.Join(list, sep) },
	"date": func(layout string, t time.Time) string { return t.UTC().Format(layout) },
}

// templates are the kind's fields with those of the file over them. Each is tried on two tickets.
func (r *reader) templates(n, parent *yaml.Node, k Kind, m *Mapping) []field {
	texts := maps.Clone(k.Fields)
	if texts == nil {
		texts = map[string]string{}
	}
	lines := map[string]*yaml.Node{}
	if n != nil {
		for name, v := range r.fields(n, "fields", nil) {
			_, known := k.Fields[name]
			if !known && (k.Field == nil || !k.Field.MatchString(name)) {
				r.fault(v, "fields."+name, "%s has no such field; known are %s", k.Name, r.fieldNames(k))
				continue
			}
			if v.Kind != yaml.ScalarNode {
				r.fault(v, "fields."+name, "want a text")
				continue
			}
			texts[name], lines[name] = v.Value, v
		}
	}
	var out []field
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		body, err := compile(name, texts[name])
		if err == nil {
			err = tryOut(body, m)
		}
		if err != nil {
			at := lines[name]
			if at == nil {
				at = parent
			}
			r.fault(at, "fields."+name, "%s", strings.TrimPrefix(err.Error(), "template: "))
			continue
		}
		out = append(out, field{name, body})
	}
	return out
}

func (r *reader) fieldNames(k Kind) string {
	names := slices.Sorted(maps.Keys(k.Fields))
	if k.Field != nil {
		names = append(names, "those like "+k.Field.String())
	}
	return strings.Join(names, ", ")
}

// compile reads a template. One that calls another, or itself, is refused: what it says must have an end.
func compile(name, text string) (*template.Template, error) {
	t, err := template.New(name).Option("missingkey=error").Funcs(functions).Parse(text)
	if err != nil {
		return nil, err
	}
	if len(t.Templates()) > 1 || t.Tree == nil && text != "" || t.Tree != nil && calls(t.Root) {
		return nil, errors.New("a field defines and calls no other template")
	}
	if t.Tree == nil { // an empty text
		return template.Must(template.New(name).Parse(" ")), nil
	}
	return t, nil
}

// calls says whether a part of a template calls another template.
func calls(n parse.Node) bool {
	inList := func(l *parse.ListNode) bool { return l != nil && slices.ContainsFunc(l.Nodes, calls) }
	switch v := n.(type) {
	case *parse.TemplateNode:
		return true
	case *parse.ListNode:
		return inList(v)
	case *parse.IfNode:
		return inList(v.List) || inList(v.ElseList)
	case *parse.RangeNode:
		return inList(v.List) || inList(v.ElseList)
	case *parse.WithNode:
		return inList(v.List) || inList(v.ElseList)
	}
	return false
}

// tryOut fills a template for a ticket that has everything and for one that has next to nothing.
func tryOut(t *template.Template, m *Mapping) error {
	at := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	picture := []wire.EvidenceRef{{SHA256: strings.Repeat("0", 64), Kind: "visual", MediaType: "image/jpeg", Bytes: 1}}
	full := fault.Fault{
		ID: "F-0001", Key: "A03/A03-srv-12/disk4/disk-failed", State: fault.Resolved, Kind: "disk-failed", Severity: vision.Critical, Hall: "hall-1",
		Rack: "A03", Face: "front", Unit: 12, Device: "A03-srv-12", LED: "disk4", Cause: "disk4 is amber", Confidence: 0.99, OpenedAt: at,
		UpdatedAt: at, ResolvedAt: &at, Symptoms: []string{"health is amber"}, Before: picture, After: picture,
		Timeline: []fault.Entry{{At: at, What: "suspected"}}, Sightings: []fault.Look{{At: at}},
	}
	for _, f := range []fault.Fault{full, {ID: "F-0002", State: fault.Ticketed, Severity: vision.Warning, Rack: "A03"}} {
		body, _ := ticket.Of(f, ticket.Ticket{}, "asset-1")
		r := ticket.Revision{Site: "sample", Ticket: body, Fault: f, Link: "https://nightrounds.example/#/faults/" + f.ID, Evidence: []string{}}
		if f.ResolvedAt != nil {
			r.Evidence = []string{"https://nightrounds.example/api/v1/evidence/0"}
		}
		if _, err := fill(t, m.view(r)); err != nil {
			return err
		}
	}
	return nil
}

func fill(t *template.Template, v View) (string, error) {
	var out bounded
	if err := t.Execute(&out, v); err != nil {
		return "", err
	}
	return out.String(), nil
}

func (m *Mapping) view(r ticket.Revision) View {
	return View{Revision: r, Severity: m.Severity[r.Ticket.Severity], State: m.State[r.Ticket.State]}
}

// Render fills the fields for a revision. A field that comes out empty is left out.
func (m *Mapping) Render(r ticket.Revision) (map[string]string, error) {
	out := map[string]string{}
	for _, f := range m.fields {
		text, err := fill(f.body, m.view(r))
		if err != nil {
			return nil, ticket.Refused("%s: fields.%s: %v", m.File, f.name, err)
		}
		if text = strings.TrimSpace(text); text != "" {
			out[f.name] = text
		}
	}
	return out, nil
}

// Check is a fault of the revision that no trying again mends, as fmt.Errorf makes it.
func (m *Mapping) Check(format string, args ...any) error {
	return ticket.Refused("%s: %s", m.File, fmt.Sprintf(format, args...))
}
