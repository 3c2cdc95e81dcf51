package inbound

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/strict"
	"github.com/nightrounds/nightrounds/fleet/webhook"
	site "github.com/nightrounds/nightrounds/maps"
)

// FileName is the file of a site folder that says who may send alarms and what they mean.
const FileName = "inbound.yaml"

// The kinds of source.
const (
	Alertmanager = "alertmanager"
	Redfish      = "redfish"
	Webhook      = "webhook"
)

// A Source may send alarms.
type Source struct {
	ID     string
	Kind   string
	token  string         // of alertmanager and redfish: a bearer token
	secret webhook.Secret // of webhook
	labels map[string][]string
	names  map[string]Place
	rules  []rule
	Answer *Target // where verdicts go; nil: they are asked for
}

// A Target takes verdicts.
type Target struct {
	Alertmanager string // its address
	Webhook      string // address of a signed webhook
	secret       webhook.Secret
}

// A rule says what alarms whose labels match mean.
type rule struct {
	when  map[string]string
	kinds []cause.Kind
	face  site.Face
}

type file struct {
	Sources []sourceFile `yaml:"sources" must:"true"`
}

type sourceFile struct {
	ID        string      `yaml:"id" must:"true"`
	Kind      string      `yaml:"kind" must:"true"`
	TokenEnv  string      `yaml:"token_env"`
	SecretEnv string      `yaml:"secret_env"`
	Place     []labelFile `yaml:"place"`
	Names     []nameFile  `yaml:"names"`
	Rules     []ruleFile  `yaml:"rules"`
	Answer    *answerFile `yaml:"answer"`
}

// A labelFile says that a label names something of the place.
type labelFile struct {
	Label string `yaml:"label" must:"true"`
	Is    string `yaml:"is" must:"true"`
}

// A nameFile says what somebody's name for a thing means.
type nameFile struct {
	Says   string `yaml:"says" must:"true"`
	Device string `yaml:"device"`
	Rack   string `yaml:"rack"`
	Supply string `yaml:"supply"`
}

type ruleFile struct {
	When  []matchFile `yaml:"when" must:"true"`
	Means []string    `yaml:"means" must:"true"`
	Face  string      `yaml:"face"`
}

type matchFile struct {
	Label  string `yaml:"label" must:"true"`
	Equals string `yaml:"equals" must:"true"`
}

type answerFile struct {
	Alertmanager string `yaml:"alertmanager"`
	Webhook      string `yaml:"webhook"`
	SecretEnv    string `yaml:"secret_env"`
}

// What a label can be, and the labels that are it where a source does not say.
var parts = []string{"device", "rack", "unit", "face", "part", "asset_tag", "serial", "supply"}

// Load reads who may send alarms; a folder that does not say lets nobody. Env gives environment variables.
func Load(folder fs.FS, s *site.Site, env func(string) (string, bool)) ([]*Source, error) {
	text, err := fs.ReadFile(folder, FileName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read who may send alarms: %w", err)
	}
	return Parse(text, s, env)
}

// Parse reads a file as Load does.
func Parse(text []byte, s *site.Site, env func(string) (string, bool)) ([]*Source, error) {
	var f file
	l := loader{doc: strict.Read(FileName, text, &f), index: NewIndex(s), env: env}
	var out []*Source
	if l.doc.Err() == nil {
		ids := map[string]int{}
		for i := range f.Sources {
			x := &f.Sources[i]
			if line, taken := ids[x.ID]; taken {
				l.doc.At(x).Field("id").Fail("%q is taken in line %d", strict.Clip(x.ID), line)
			}
			ids[x.ID] = l.doc.At(x).Line()
			out = append(out, l.source(x))
		}
	}
	if err := l.doc.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

type loader struct {
	doc   *strict.Document
	index *Index
	env   func(string) (string, bool)
}

// form is what an id may look like: it is a piece of a web address.
var form = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

func (l loader) source(f *sourceFile) *Source {
	at := l.doc.At(f)
	s := &Source{ID: f.ID, Kind: f.Kind, labels: map[string][]string{}, names: map[string]Place{}}
	if !form.MatchString(f.ID) {
		at.Field("id").Fail("%q is no id: use letters, digits, _ and -, at most 64", strict.Clip(f.ID))
	}
	switch f.Kind {
	case Alertmanager, Redfish:
		if f.SecretEnv != "" {
			at.Field("secret_env").Fail("%s cannot sign: say token_env, and give it the token as a bearer", f.Kind)
		}
		s.token = l.variable(at.Field("token_env"), f.TokenEnv)
		if n := len(s.token); n > 0 && n < leastToken {
			at.Field("token_env").Fail("the token in %s has %d characters: want at least %d, by chance", f.TokenEnv, n, leastToken)
		}
	case Webhook:
		if f.TokenEnv != "" {
			at.Field("token_env").Fail("a webhook is signed: say secret_env")
		}
		s.secret = l.secret(at.Field("secret_env"), f.SecretEnv)
	default:
		at.Field("kind").Fail("%q is not known: want %s, %s or %s", strict.Clip(f.Kind), Alertmanager, Redfish, Webhook)
	}
	l.place(f, s)
	for i := range f.Rules {
		s.rules = append(s.rules, l.rule(&f.Rules[i]))
	}
	if f.Answer != nil {
		s.Answer = l.answer(f.Answer)
	}
	return s
}

// leastToken is how short a bearer token may be.
const leastToken = 16

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)

func (l loader) variable(at strict.Place, name string) string {
	if !variable.MatchString(name) {
		at.Fail("want the name of an environment variable that holds the credential, not the credential itself")
		return ""
	}
	text, ok := l.env(name)
	if !ok || text == "" {
		at.Fail("the environment variable %s is not set: set it for the controller", name)
	}
	return text
}

func (l loader) secret(at strict.Place, name string) webhook.Secret {
	text := l.variable(at, name)
	if text == "" {
		return nil
	}
	s, err := webhook.ParseSecret(text)
	if err != nil {
		at.Fail("in %s: %s", name, err)
	}
	return s
}

func (l loader) place(f *sourceFile, s *Source) {
	for i := range f.Place {
		p := &f.Place[i]
		if !slices.Contains(parts, p.Is) {
			l.doc.At(p).Field("is").Fail("%q is nothing of a place: want one of %s", strict.Clip(p.Is), strings.Join(parts, ", "))
		}
		s.labels[p.Is] = append(s.labels[p.Is], p.Label)
	}
	if len(f.Place) == 0 {
		for _, name := range parts {
			s.labels[name] = []string{name}
		}
		if f.Kind == Redfish {
			s.labels["device"] = []string{"context"}
		}
	}
	for i := range f.Names {
		n := &f.Names[i]
		at := l.doc.At(n)
		p, err := l.index.named(n.Device, n.Rack, n.Supply)
		if err != nil {
			at.Fail("%s", err)
		}
		if _, twice := s.names[strings.ToLower(n.Says)]; twice {
			at.Field("says").Fail("%q stands twice", strict.Clip(n.Says))
		}
		s.names[strings.ToLower(n.Says)] = p
	}
}

func (l loader) rule(f *ruleFile) rule {
	at := l.doc.At(f)
	r := rule{when: map[string]string{}, face: site.Face(f.Face)}
	if f.Face != "" && r.face != site.Front && r.face != site.Rear {
		at.Field("face").Fail("%q is no face: want front or rear", strict.Clip(f.Face))
	}
	if len(f.When) == 0 || len(f.Means) == 0 {
		at.Fail("wants at least one label in when and one cause in means: a rule for none would be one for all")
	}
	for _, m := range f.When {
		r.when[m.Label] = m.Equals
	}
	for _, k := range f.Means {
		if !slices.Contains(claimable, cause.Kind(k)) {
			at.Field("means").Fail("%q is no cause that an alarm can mean: want one of %s", strict.Clip(k), joined(claimable))
		}
		r.kinds = append(r.kinds, cause.Kind(k))
	}
	return r
}

func joined(kinds []cause.Kind) string {
	var out []string
	for _, k := range kinds {
		out = append(out, string(k))
	}
	return strings.Join(out, ", ")
}

func (l loader) answer(f *answerFile) *Target {
	at := l.doc.At(f)
	if (f.Alertmanager == "") == (f.Webhook == "") {
		at.Fail("say one of alertmanager or webhook")
		return nil
	}
	t := &Target{Alertmanager: strings.TrimRight(f.Alertmanager, "/"), Webhook: f.Webhook}
	for name, text := range map[string]string{"alertmanager": f.Alertmanager, "webhook": f.Webhook} {
		u, err := url.Parse(text)
		switch {
		case text == "":
		case strings.Contains(text, "@"):
			at.Field(name).Fail("holds a login")
		case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
			at.Field(name).Fail("%q is no web address", strict.Clip(text))
		}
	}
	if f.Webhook != "" {
		t.secret = l.secret(at.Field("secret_env"), f.SecretEnv)
	} else if f.SecretEnv != "" {
		at.Field("secret_env").Fail("only a webhook is signed")
	}
	return t
}

// kinds are what an alarm means by the first rule that matches, and the face to look at.
func (s *Source) kinds(labels map[string]string) ([]cause.Kind, site.Face) {
	for _, r := range s.rules {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(r.when)), func(name string) bool { return labels[name] != r.when[name] }) {
			return r.kinds, r.face
		}
	}
	return nil, ""
}
