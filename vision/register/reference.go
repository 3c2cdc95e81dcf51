package register

import (
	"fmt"

	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// ToReference finds the camera's pose from the straightened picture of the face that was taken at commissioning.
func ToReference(f burst.Frame, ref ortho.Picture, _ vision.Target, _ Camera) (Fit, error) {
	return Fit{}, fmt.Errorf("%w: %d x %d px are not compared with the reference of %d x %d px", ErrCannotTell, f.Width, f.Height, ref.Width, ref.Height)
}
