package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
)

func TestAProgramThatIsToldWrongThingsEndsTheDemoAndOneThatDiesLivesAgain(t *testing.T) {
	told := &child{name: "robots", dir: t.TempDir(), args: []string{"sh", "-c", "echo 'incidents: line 1: want a list' >&2; exit 2"}}
	if err := told.keep(t.Context()); !errors.Is(err, errUsage) || !strings.Contains(err.Error(), "line 1: want a list") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*rebirth)
	defer cancel()
	dies := &child{name: "robots", dir: t.TempDir(), args: []string{"sh", "-c", "echo alive >&2; exit 1"}}
	if err := dies.keep(ctx); err != nil {
		t.Errorf("%v", err)
	}
	if log, err := os.ReadFile(dies.log()); err != nil || strings.Count(string(log), "alive") < 2 {
		t.Errorf("it lived once only: %q, %v", log, err)
	}
}
