package mapping

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A Vault reads one sink's credentials, each time anew, so that they can be changed while the controller runs. It
// remembers what it gave out, and strikes it from texts that people see.
type Vault struct {
	named  map[string]Credential
	lookup func(env string) (string, bool)

	mu    sync.Mutex
	given []string
}

// NewVault opens a mapping's credentials; lookup finds environment variables.
func NewVault(m *Mapping, lookup func(env string) (string, bool)) *Vault {
	return &Vault{named: m.Credentials, lookup: lookup}
}

// Has says whether a credential is named.
func (v *Vault) Has(name string) bool { _, ok := v.named[name]; return ok }

// maxSecret bounds a credential, in bytes.
const maxSecret = 16 << 10

// Get reads a credential.
func (v *Vault) Get(name string) (string, error) {
	c, ok := v.named[name]
	if !ok {
		return "", fmt.Errorf("credential %q is not named", name)
	}
	var text string
	if c.Env != "" {
		if text, ok = v.lookup(c.Env); !ok {
			return "", fmt.Errorf("credential %q: environment variable %s is not set", name, c.Env)
		}
	} else {
		b, err := os.ReadFile(c.File)
		if err != nil {
			return "", fmt.Errorf("credential %q: %w", name, err)
		}
		if len(b) > maxSecret {
			return "", fmt.Errorf("credential %q: file %s has %d bytes, at most %d", name, c.File, len(b), maxSecret)
		}
		text = string(b)
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", fmt.Errorf("credential %q is empty", name)
	}
	if name != User {
		v.remember(text)
	}
	return text, nil
}

// User is the credential that is no secret: it stands in texts, and may.
const User = "user"

// Basic is the value of an Authorization header of the two credentials.
func (v *Vault) Basic(user, password string) (string, error) {
	name, err := v.Get(user)
	if err != nil {
		return "", err
	}
	word, err := v.Get(password)
	if err != nil {
		return "", err
	}
	both := base64.StdEncoding.EncodeToString([]byte(name + ":" + word))
	v.remember(both)
	return "Basic " + both, nil
}

// Authorization is the value of that header: the token, after its scheme, else user and password.
func (v *Vault) Authorization(scheme string) (string, error) {
	if !v.Has("token") {
		return v.Basic(User, "password")
	}
	token, err := v.Get("token")
	return scheme + " " + token, err
}

// shortest is the length in bytes below which a secret is not struck out: a user named "nr" stands in many words.
const shortest = 6

func (v *Vault) remember(secret string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	quoted := strconv.Quote(secret)
	forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret)), quoted[1 : len(quoted)-1]}
	if b, err := json.Marshal(secret); err == nil {
		forms = append(forms, string(b[1:len(b)-1]))
	}
	for _, form := range forms {
		if len(form) >= shortest && !slices.Contains(v.given, form) {
			v.given = append(v.given, form)
		}
	}
	slices.SortFunc(v.given, func(a, b string) int { return len(b) - len(a) })
}

// Scrub strikes every credential that was given out from a text.
func (v *Vault) Scrub(text string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, secret := range v.given {
		text = strings.ReplaceAll(text, secret, "(credential)")
	}
	return text
}
