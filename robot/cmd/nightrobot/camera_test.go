package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// px are pixels with all three channels alike.
func px(values ...byte) []byte {
	var out []byte
	for _, v := range values {
		out = append(out, v, v, v)
	}
	return out
}

// A picture of 3 x 2: row 1 2 3 above row 4 5 6.
func TestPicturesAreTurnedClockwise(t *testing.T) {
	for degrees, want := range map[int][]byte{
		90:  px(4, 1, 5, 2, 6, 3),
		180: px(6, 5, 4, 3, 2, 1),
		270: px(3, 6, 2, 5, 1, 4),
	} {
		path := filepath.Join(t.TempDir(), "burst.bgr")
		frame := px(1, 2, 3, 4, 5, 6)
		if err := os.WriteFile(path, append(frame, frame...), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := turnFile(path, 3, 2, degrees); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, append(want, want...)) {
			t.Errorf("%d degrees: %v, %v; want %v twice", degrees, got, err, want)
		}
	}
	path := filepath.Join(t.TempDir(), "torn.bgr")
	if err := os.WriteFile(path, px(1, 2), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := turnFile(path, 3, 2, 90); err == nil {
		t.Error("half a frame was turned")
	}
}
