package main

import (
	"testing"
	"time"
)

func TestZonesAreWrittenAsPeopleWriteThem(t *testing.T) {
	got, err := corners("1.5,2 8,4.5")
	if err != nil || len(got) != 4 || got[1].X != 8 || got[1].Y != 2 || got[3].X != 1.5 || got[3].Y != 4.5 {
		t.Errorf("two corners of a rectangle: %v (%v)", got, err)
	}
	if got, err := corners("0,0 1,0 1,1"); err != nil || len(got) != 3 {
		t.Errorf("three corners: %v (%v)", got, err)
	}
	for _, bad := range []string{"1", "1;2", "a,b"} {
		if _, err := corners(bad); err == nil {
			t.Errorf("%q is taken for corners", bad)
		}
	}
	now := time.Date(2026, 11, 27, 13, 0, 0, 0, time.UTC)
	for until, want := range map[string]time.Time{
		"14:00": now.Add(time.Hour), "12:30": now.Add(23*time.Hour + 30*time.Minute), "": {},
		"2026-12-01T06:00": time.Date(2026, 12, 1, 6, 0, 0, 0, time.UTC),
	} {
		if got, err := ending(until, now); err != nil || !got.Equal(want) {
			t.Errorf("%q ends at %s (%v), want %s", until, got, err, want)
		}
	}
	if _, err := ending("soon", now); err == nil {
		t.Error("soon is taken for a time")
	}
}
