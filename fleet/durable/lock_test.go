//go:build unix

package durable_test

import (
	"errors"
	"testing"

	"github.com/nightrounds/nightrounds/fleet/durable"
)

func TestOneProgramWorksInAFolder(t *testing.T) {
	dir := t.TempDir()
	release, err := durable.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := durable.Lock(dir); !errors.Is(err, durable.ErrLocked) {
		t.Fatalf("a second lock: %v, want ErrLocked", err)
	}
	release()
	again, err := durable.Lock(dir)
	if err != nil {
		t.Fatalf("after its release: %v", err)
	}
	again()
}
