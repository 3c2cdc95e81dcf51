package machine

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/strict"
	"github.com/nightrounds/nightrounds/maps"
)

// FileName is the machines' file in a site folder.
const FileName = "machines.yaml"

// within is how long a source has for a question where the site does not say.
const within = 10 * time.Second

// Vault is where credentials come from: environment variables, and files of the controller's machine.
type Vault struct {
	Env  func(name string) (string, bool)
	File func(path string) ([]byte, error)
}

// Load reads the machines of a site folder; a folder without any has none. All faults are told at once.
func Load(folder fs.FS, site *maps.Site, v Vault) (Declared, error) {
	text, err := fs.ReadFile(folder, FileName)
	if errors.Is(err, fs.ErrNotExist) {
		return Declared{}, nil
	}
	if err != nil {
		return Declared{}, fmt.Errorf("read machines: %w", err)
	}
	return Parse(text, site, v)
}

// Parse reads a machines file.
func Parse(text []byte, site *maps.Site, v Vault) (Declared, error) {
	var f file
	l := &loader{doc: strict.Read(FileName, text, &f), names: namesOf(site), vault: v, ids: map[string]int{}}
	if l.doc.Err() == nil { // what a half-read file means is not worth saying
		l.all(&f)
	}
	if err := l.doc.Err(); err != nil {
		return Declared{}, err
	}
	return l.out, nil
}

type loader struct {
	doc   *strict.Document
	names names
	vault Vault
	ids   map[string]int // source: its line
	out   Declared
}

func (l *loader) all(f *file) {
	for i := range f.Redfish {
		l.redfish(&f.Redfish[i])
	}
	for i := range f.SNMP {
		l.snmp(&f.SNMP[i])
	}
	for i := range f.Modbus {
		l.modbus(&f.Modbus[i])
	}
	for i := range f.Prometheus {
		l.prometheus(&f.Prometheus[i])
	}
	for i := range f.MQTT {
		l.mqtt(&f.MQTT[i])
	}
}

// form is what an id may look like: it is told as the one who said something.
var form = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$`)

func (l *loader) source(f *SourceFile) Source {
	at := l.doc.At(f)
	if !form.MatchString(f.ID) {
		at.Field("id").Fail("%q is no id: use letters, digits and . _ : -, at most 64", strict.Clip(f.ID))
	}
	if line, taken := l.ids[f.ID]; taken {
		at.Field("id").Fail("%q is taken in line %d: give each source its own", f.ID, line)
	}
	l.ids[f.ID] = at.Line()
	if f.Within > time.Minute {
		at.Field("within").Fail("%s is too long: a suspicion cannot wait longer than 1m", f.Within)
	}
	s := Source{ID: f.ID, Within: f.Within}
	if s.Within == 0 {
		s.Within = within
	}
	return s
}

// variable is what the name of an environment variable looks like.
var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)

// env is the credential in an environment variable.
func (l *loader) env(at strict.Place, name string) Secret {
	if !variable.MatchString(name) {
		at.Fail("want the name of an environment variable that holds the credential, not the credential itself")
		return Secret{}
	}
	text, ok := l.vault.Env(name)
	if !ok || text == "" {
		at.Fail("the environment variable %s is not set: set it for the controller", name)
	}
	return NewSecret(text)
}

func (l *loader) login(f *loginFile) (user string, password Secret) {
	at := l.doc.At(f)
	byEnv := f.UserEnv != "" || f.PasswordEnv != ""
	switch {
	case byEnv == (f.File != ""):
		at.Fail("say either user_env and password_env, or file")
	case byEnv:
		user = l.env(at.Field("user_env"), f.UserEnv).Reveal()
		password = l.env(at.Field("password_env"), f.PasswordEnv)
	default:
		text, err := l.vault.File(f.File)
		if err != nil {
			at.Field("file").Fail("cannot be read: %s", err)
			return "", Secret{}
		}
		first, rest, _ := strings.Cut(string(text), "\n")
		second, _, _ := strings.Cut(rest, "\n")
		user, password = strings.TrimSpace(first), NewSecret(strings.TrimRight(second, "\r"))
		if user == "" || password.Reveal() == "" {
			at.Field("file").Fail("want the user on its first line and the password on its second")
		}
	}
	return user, password
}

// web checks the address of a web service. It may hold no login: it is told in errors.
func web(at strict.Place, text string, schemes ...string) string {
	u, err := url.Parse(text)
	if strings.Contains(text, "@") { // also where it cannot be parsed: it is not to be quoted
		at.Fail("holds a login: put it where login or token_env says")
		return ""
	}
	ok := false
	for _, s := range schemes {
		ok = ok || err == nil && u.Scheme == s
	}
	if !ok || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.Hostname() == "" {
		at.Fail("%q is no address: want %s://host, with a port and a path if need be", strict.Clip(text), strings.Join(schemes, ":// or "))
		return ""
	}
	return strings.TrimRight(text, "/")
}

// host checks host:port.
func host(at strict.Place, text, want string) {
	h, port, err := net.SplitHostPort(text)
	n, bad := strconv.Atoi(port)
	if err != nil || h == "" || bad != nil || n < 1 || n > 65535 || strings.ContainsAny(h, "/@ ") {
		at.Fail("%q is no address: want %s", strict.Clip(text), want)
	}
}

// between checks a number, and brings it into its range.
func between(at strict.Place, n, low, high int) int {
	if n < low || n > high {
		at.Fail("%d is out of range: want %d to %d", n, low, high)
	}
	return min(max(n, low), high)
}

func oneOf(at strict.Place, text string, all ...string) {
	for _, s := range all {
		if text == s {
			return
		}
	}
	at.Fail("%q is not known: want one of %s", strict.Clip(text), strings.Join(all, ", "))
}
