// Package normals keeps what each viewpoint shows when all is in order: straightened pictures, the lights of devices
// whose type declares none, and how warm each place usually is. It is the robot's memory of commissioning; what a look
// means against it, package vision says.
//
// Normals hold for the rack as the site package described it when they were learned. When its devices change they are
// stale, and the viewpoint counts as unlearned.
package normals

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/nightrounds/nightrounds/vision"
)

const fileName = "normals.json"

// A Store is a folder with one folder a viewpoint. It has one writer.
type Store struct{ dir string }

// New opens the store in a folder, which is made when it is first needed.
func New(dir string) *Store { return &Store{dir: dir} }

// kept is a viewpoint's file.
type kept struct {
	Target  string         `json:"target"` // fingerprint of what the site package said of it
	Normals vision.Normals `json:"normals"`
}

// Of returns what a viewpoint shows in good order; nil when that was not learned yet, or for another rack than it is now.
func (s *Store) Of(viewpoint string, target vision.Target) (*vision.Normals, error) {
	k, err := s.read(viewpoint)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("normals of %s (remove %s to learn anew): %w", viewpoint, s.folder(viewpoint), err)
	}
	if k.Target != fingerprint(target) {
		return nil, nil
	}
	for i := range k.Normals.Pictures {
		k.Normals.Pictures[i].Path = filepath.Join(s.folder(viewpoint), k.Normals.Pictures[i].Path)
	}
	return &k.Normals, nil
}

// Learn keeps normals in place of those that were there; their pictures are moved in.
func (s *Store) Learn(viewpoint string, target vision.Target, n vision.Normals) error {
	if err := s.learn(viewpoint, target, n); err != nil {
		return fmt.Errorf("learn what %s shows in good order: %w", viewpoint, err)
	}
	return nil
}

func (s *Store) learn(viewpoint string, target vision.Target, n vision.Normals) error {
	if err := os.MkdirAll(s.dir, 0o750); err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(s.dir, ".new-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(fresh) }() // nothing is left of it once it has been renamed
	n.Viewpoint = viewpoint
	n.Pictures = slices.Clone(n.Pictures)
	for i, p := range n.Pictures {
		name := p.Plane + ".png"
		if err := copyFile(p.Path, filepath.Join(fresh, name)); err != nil {
			return err
		}
		n.Pictures[i].Path = name
	}
	if err := write(filepath.Join(fresh, fileName), kept{Target: fingerprint(target), Normals: n}); err != nil {
		return err
	}
	if err := os.RemoveAll(s.folder(viewpoint)); err != nil {
		return err
	}
	return os.Rename(fresh, s.folder(viewpoint))
}

// Update replaces the readings of a viewpoint that is learned and leaves its pictures.
func (s *Store) Update(viewpoint string, n vision.Normals) error {
	k, err := s.read(viewpoint)
	if err != nil {
		return fmt.Errorf("update the normals of %s: %w", viewpoint, err)
	}
	n.Viewpoint, n.Pictures = viewpoint, k.Normals.Pictures
	k.Normals = n
	path := filepath.Join(s.folder(viewpoint), fileName)
	if err := write(path+".new", k); err != nil {
		return fmt.Errorf("update the normals of %s: %w", viewpoint, err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("update the normals of %s: %w", viewpoint, err)
	}
	return nil
}

// Forget has a viewpoint learned anew at the next look; one that is not learned is none the worse.
func (s *Store) Forget(viewpoint string) error {
	if err := os.RemoveAll(s.folder(viewpoint)); err != nil {
		return fmt.Errorf("forget the normals of %s: %w", viewpoint, err)
	}
	return nil
}

func (s *Store) read(viewpoint string) (kept, error) {
	var k kept
	data, err := os.ReadFile(filepath.Join(s.folder(viewpoint), fileName))
	if err != nil {
		return k, err
	}
	return k, json.Unmarshal(data, &k)
}

// folder of a viewpoint: its name is hashed, for an id may hold what a file's name may not.
func (s *Store) folder(viewpoint string) string {
	sum := sha256.Sum256([]byte(viewpoint))
	return filepath.Join(s.dir, hex.EncodeToString(sum[:8]))
}

// fingerprint names what the site package says of a stretch of a rack.
func fingerprint(t vision.Target) string {
	data, err := json.Marshal(t)
	if err != nil {
		return "" // a number that is none: then nothing fits it
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func write(path string, k kept) error {
	data, err := json.Marshal(k)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600) //nolint:gosec // both names are of this package and of the agent
}
