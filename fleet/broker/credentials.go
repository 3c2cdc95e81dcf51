package broker

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/nightrounds/nightrounds/fleet/durable"
	"github.com/nightrounds/nightrounds/fleet/wire"
)

// A credential is one robot's login. The password is 32 random bytes, so a single salted SHA-256 is enough: there is
// nothing to guess that a slow hash would slow.
type credential struct {
	wire.RobotID
	ClientID string `json:"clientId"`
	Salt     []byte `json:"salt"`
	Hash     []byte `json:"hash"`
}

// listeners is the manufacturer under which listeners stand in the roster; no robot is enrolled with it.
const listeners = "nightrounds-listener"

func listener(name string) wire.RobotID {
	return wire.RobotID{Manufacturer: listeners, SerialNumber: name}
}

// A roster is credentials.json and its content, by client ID.
type roster struct {
	path string
	mu   sync.RWMutex
	byID map[string]credential
}

type rosterFile struct {
	Version int          `json:"version"`
	Robots  []credential `json:"robots"`
}

func readRoster(path string) (*roster, error) {
	r := &roster{path: path, byID: map[string]credential{}}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the robots' logins: %w", err)
	}
	var f rosterFile
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, fmt.Errorf("read the robots' logins: %s: %w; restore it from a backup, or remove it and enroll the robots again", path, err)
	}
	if f.Version != 1 {
		return nil, fmt.Errorf("read the robots' logins: %s has version %d, this program knows 1", path, f.Version)
	}
	for _, c := range f.Robots {
		if err := checkRobotID(c.RobotID); err != nil || c.ClientID != c.RobotID.ClientID() {
			return nil, fmt.Errorf("read the robots' logins: %s: robot %q with client ID %q is not one that Enroll wrote", path, c.RobotID, c.ClientID)
		}
		r.byID[c.ClientID] = c
	}
	return r, nil
}

// change runs edit on a copy, writes it, and only then lets logins see it.
func (r *roster) change(edit func(map[string]credential) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := maps.Clone(r.byID)
	if err := edit(next); err != nil {
		return err
	}
	f := rosterFile{Version: 1}
	for _, id := range slices.Sorted(maps.Keys(next)) {
		f.Robots = append(f.Robots, next[id])
	}
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	if err := durable.WriteFile(r.path, b, 0o600); err != nil {
		return err
	}
	r.byID = next
	return nil
}

func (r *roster) enroll(id wire.RobotID) (string, error) {
	if err := checkRobotID(id); err != nil {
		return "", fmt.Errorf("enroll %q: %w", id, err)
	}
	password, salt := randomPassword(), make([]byte, 16)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	c := credential{RobotID: id, ClientID: id.ClientID(), Salt: salt, Hash: hashPassword(salt, password)}
	err := r.change(func(m map[string]credential) error {
		if old, ok := m[c.ClientID]; ok && old.RobotID != id {
			return fmt.Errorf("enroll %q: its client ID %q is that of %q already; rename one of them", id, c.ClientID, old.RobotID)
		}
		m[c.ClientID] = c
		return nil
	})
	if err != nil {
		return "", err
	}
	return password, nil
}

func (r *roster) revoke(id wire.RobotID) error {
	return r.change(func(m map[string]credential) error {
		if m[id.ClientID()].RobotID == id {
			delete(m, id.ClientID())
		}
		return nil
	})
}

// login returns the robot that the user name and password belong to.
func (r *roster) login(user, password string) (wire.RobotID, bool) {
	r.mu.RLock()
	c, ok := r.byID[user]
	r.mu.RUnlock()
	// An unknown user costs the same hash, so that timing tells nothing of who is enrolled.
	same := subtle.ConstantTimeCompare(hashPassword(c.Salt, password), c.Hash) == 1
	return c.RobotID, ok && same
}

func (r *roster) list() []wire.RobotID {
	r.mu.RLock()
	defer r.mu.RUnlock()
	ids := make([]wire.RobotID, 0, len(r.byID))
	for _, k := range slices.Sorted(maps.Keys(r.byID)) {
		if id := r.byID[k].RobotID; id.Manufacturer != listeners && id.Manufacturer != wire.Panels && id.Manufacturer != wire.PortalMaker {
			ids = append(ids, id)
		}
	}
	return ids
}

func randomPassword() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

func hashPassword(salt []byte, password string) []byte {
	h := sha256.New()
	h.Write(salt)
	h.Write([]byte(password))
	return h.Sum(nil)
}

// checkRobotID refuses what would not be one plain level of a topic, or would widen a permission.
func checkRobotID(id wire.RobotID) error {
	for _, part := range []string{id.Manufacturer, id.SerialNumber} {
		if part == "" || len(part) > 64 {
			return errors.New("manufacturer and serial number have 1 to 64 bytes each")
		}
		bad := func(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune(`/+#*>$"\`, c) }
		if i := strings.IndexFunc(part, bad); i >= 0 {
			return fmt.Errorf("%q: only printable ASCII without spaces and / + # * > $ \" \\ is allowed", part)
		}
	}
	return nil
}
