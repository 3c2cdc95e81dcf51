package robot

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/vision"
)

// noise is a picture that no codec makes small.
func noise(t *testing.T, w, h int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(1, 2))
	for y := range h {
		for x := range w {
			img.Set(x, y, color.RGBA{uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32()), 255})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestAPictureIsMadeToFitOneMessage(t *testing.T) {
	const limit = 20_000
	content, err := shrink(noise(t, 200, 300), limit)
	if err != nil {
		t.Fatal(err)
	}
	cfg, kind, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil || len(content) > limit || kind != "jpeg" || cfg.Width*3 != cfg.Height*2 {
		t.Errorf("%d bytes, %s of %d x %d, %v", len(content), kind, cfg.Width, cfg.Height, err)
	}
}

func TestWhatIsNoPictureCannotBeMadeToFit(t *testing.T) {
	for name, content := range map[string][]byte{"empty": nil, "one byte": {0xff}, "text": []byte("no picture at all")} {
		if _, err := shrink(content, 10); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := shrink(noise(t, 20, 20), 10); err == nil {
		t.Error("10 bytes were enough")
	}
}

func TestGatherNamesPicturesAndGoesWithoutTheBrokenOnes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "visual.jpg")
	content := []byte("small enough as it is")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	refs, pictures, faults := gather([]vision.EvidenceFile{
		{Path: path, Kind: "visual", MediaType: "image/jpeg"}, {Path: path + "-gone", Kind: "thermal"},
	}, wire.MaxPayload)
	if len(refs) != 1 || len(faults) != 1 || refs[0].SHA256 != wire.EvidenceName(content) || refs[0].Bytes != len(content) ||
		!bytes.Equal(pictures[refs[0].SHA256], content) {
		t.Errorf("%+v, %d pictures, %v", refs, len(pictures), faults)
	}
}
