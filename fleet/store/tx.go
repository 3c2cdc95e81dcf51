package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tidwall/buntdb"
)

// Put stores v as JSON under key ("fault/F-17"). Only inside Update.
func Put(tx *Tx, key string, v any) error {
	if tx.write == nil {
		return fmt.Errorf("put %s: inside View", key)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	if _, _, err := tx.tx.Set(key, string(b), nil); err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	tx.write.put(key, b)
	return nil
}

// Delete removes the key; a missing one is no error. Only inside Update.
func Delete(tx *Tx, key string) error {
	if tx.write == nil {
		return fmt.Errorf("delete %s: inside View", key)
	}
	_, err := tx.tx.Delete(key)
	if errors.Is(err, buntdb.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	tx.write.remove(key)
	return nil
}

// put and remove keep what stands at the end: a key is either set or deleted.
func (f *frame) put(key string, v []byte) {
	if f.Set == nil {
		f.Set = map[string]json.RawMessage{}
	}
	f.Set[key] = v
	for i, k := range f.Delete {
		if k == key {
			f.Delete = append(f.Delete[:i], f.Delete[i+1:]...)
			break
		}
	}
}

func (f *frame) remove(key string) {
	delete(f.Set, key)
	f.Delete = append(f.Delete, key)
}

// Get reads the value under key, or fails with ErrNotFound.
func Get[T any](tx *Tx, key string) (T, error) {
	var v T
	s, err := tx.tx.Get(key)
	if errors.Is(err, buntdb.ErrNotFound) {
		err = ErrNotFound
	}
	if err == nil {
		err = json.Unmarshal([]byte(s), &v)
	}
	if err != nil {
		return v, fmt.Errorf("get %s: %w", key, err)
	}
	return v, nil
}

// Scan hands the values under prefix to fn in order of their keys; more=false ends it without an error. fn must not write.
func Scan[T any](tx *Tx, prefix string, fn func(key string, v T) (more bool)) error {
	var err error
	aerr := tx.tx.AscendGreaterOrEqual("", prefix, func(key, s string) bool {
		if !strings.HasPrefix(key, prefix) {
			return false
		}
		var more bool
		more, err = decode(key, s, fn)
		return more
	})
	return errors.Join(err, aerr)
}

func decode[T any](key, s string, fn func(string, T) bool) (more bool, err error) {
	var v T
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		return false, fmt.Errorf("scan %s: %w", key, err)
	}
	return fn(key, v), nil
}
