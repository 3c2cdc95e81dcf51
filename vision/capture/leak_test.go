//go:build matprofile

package capture_test

import (
	"path/filepath"
	"testing"

	"gocv.io/x/gocv"

	"github.com/nightrounds/nightrounds/vision/capture"
)

// TestEveryMatIsClosed runs with -tags matprofile: OpenCV's memory has no finalizers.
func TestEveryMatIsClosed(t *testing.T) {
	v := video(t)
	before := gocv.MatProfile.Count()
	for range 3 {
		if _, err := capture.Take(t.Context(), capture.Options{Source: v}, filepath.Join(t.TempDir(), "b.raw"), 10, 0); err != nil {
			t.Fatal(err)
		}
	}
	if n := gocv.MatProfile.Count(); n != before {
		t.Errorf("%d Mats are still open", n-before)
	}
}
