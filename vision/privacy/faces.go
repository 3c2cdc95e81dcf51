package privacy

import (
	"image"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"gocv.io/x/gocv"
)

// faceGrow is by how much of its longer side a face is grown at every side: hair, ears and chin lie outside the
// cascades' boxes.
const faceGrow = 0.6

// How the cascades are asked. Few neighbours are enough where skin supports the face; many are enough by themselves.
const (
	frontalStep  = 1.2 // from one size to the next
	asideStep    = 1.35
	weakVotes    = 2
	sureVotes    = 6
	cascadePx    = 20   // the cascades' own window
	cascadeZoom  = 1.25 // of the smallest face, searched, over that window
	cascadeSlack = 1.1  // of the smallest face over that window
)

// cascadeDirs is where Debian and Ubuntu (package opencv-data), Fedora and hand-built OpenCVs put the cascades.
var cascadeDirs = [...]string{ //nolint:gochecknoglobals // a constant table
	"/usr/share/opencv4/haarcascades", "/usr/share/opencv/haarcascades", "/usr/local/share/opencv4/haarcascades",
}

// A found is a face in a reduced picture; sure when the cascades need no support.
type found struct {
	box  image.Rectangle
	sure bool
}

// cascades are the detectors of faces; OpenCV's are not safe for two at a time.
type cascades struct {
	mu                sync.Mutex
	frontal, aside    gocv.CascadeClassifier
	hasFace, hasAside bool
}

// loaded reads the cascades once for the process: they are 1.4 MB of XML, and never change.
var loaded = sync.OnceValue(loadCascades) //nolint:gochecknoglobals // a cache of files

// loadCascades says once when there are none: the other layers are all there is then.
func loadCascades() *cascades {
	c := &cascades{}
	c.frontal, c.hasFace = cascade("haarcascade_frontalface_alt2.xml")
	c.aside, c.hasAside = cascade("haarcascade_profileface.xml")
	if !c.hasFace || !c.hasAside {
		slog.Warn("no face cascades found: faces are hidden by colour and by change alone; install opencv-data")
	}
	return c
}

// cascade loads one file from wherever it is.
func cascade(name string) (gocv.CascadeClassifier, bool) {
	for _, dir := range cascadeDirs {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
			continue
		}
		c := gocv.NewCascadeClassifier()
		if c.Load(path) {
			return c, true
		}
		_ = c.Close()
	}
	return gocv.CascadeClassifier{}, false
}

// faces finds faces in a reduced picture. facePx is how wide a face on the face plane would be there, px: nearer ones
// look larger, so that smaller ones need not be looked for; 0 looks for all. Only what lies within is searched, px.
func faces(small picture, facePx float64, within image.Rectangle) []found {
	within = within.Intersect(image.Rect(0, 0, small.Width, small.Height))
	c := loaded()
	if !c.hasFace && !c.hasAside {
		return nil
	}
	scale := 1.0
	if facePx > cascadePx*cascadeSlack {
		scale = cascadePx * cascadeZoom / facePx
	}
	w, h := int(float64(within.Dx())*scale), int(float64(within.Dy())*scale)
	if w < cascadePx || h < cascadePx {
		return nil
	}
	grey, ok := greyOf(small, within, w, h)
	if !ok {
		return nil
	}
	defer func() { _ = grey.Close() }()
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []found
	add := func(boxes []image.Rectangle, sure, mirrored bool) {
		for _, b := range boxes {
			if mirrored {
				b.Min.X, b.Max.X = w-b.Max.X, w-b.Min.X
			}
			out = append(out, found{image.Rect(int(float64(b.Min.X)/scale), int(float64(b.Min.Y)/scale),
				int(float64(b.Max.X)/scale), int(float64(b.Max.Y)/scale)).Add(within.Min), sure})
		}
	}
	both := func(k gocv.CascadeClassifier, m gocv.Mat, step float64, mirrored bool) {
		if weak := ask(k, m, step, weakVotes); len(weak) > 0 {
			add(weak, false, mirrored)
			add(ask(k, m, step, sureVotes), true, mirrored)
		}
	}
	if c.hasFace {
		both(c.frontal, grey, frontalStep, false)
	}
	if c.hasAside {
		mirror := gocv.NewMat()
		defer func() { _ = mirror.Close() }()
		gocv.Flip(grey, &mirror, 1)
		both(c.aside, grey, asideStep, false)
		both(c.aside, mirror, asideStep, true)
	}
	return out
}

func ask(c gocv.CascadeClassifier, grey gocv.Mat, step float64, votes int) []image.Rectangle {
	return c.DetectMultiScaleWithParams(grey, step, votes, 0, image.Pt(cascadePx, cascadePx), image.Point{})
}

// greyOf is a part of a reduced picture in grey, w x h px, its contrast evened.
func greyOf(small picture, within image.Rectangle, w, h int) (gocv.Mat, bool) {
	pix := make([]byte, 0, within.Dx()*within.Dy())
	for y := within.Min.Y; y < within.Max.Y; y++ {
		for x := within.Min.X; x < within.Max.X; x++ {
			c := small.BGR[3*(y*small.Width+x):][:3]
			pix = append(pix, byte((29*int(c[0])+150*int(c[1])+77*int(c[2]))>>8))
		}
	}
	whole, err := gocv.NewMatFromBytes(within.Dy(), within.Dx(), gocv.MatTypeCV8UC1, pix)
	if err != nil {
		return gocv.Mat{}, false
	}
	defer func() { _ = whole.Close() }()
	out := gocv.NewMat()
	gocv.Resize(whole, &out, image.Pt(w, h), 0, 0, gocv.InterpolationArea)
	gocv.EqualizeHist(out, &out)
	return out, true
}
