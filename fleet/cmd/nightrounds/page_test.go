package main_test

import (
	"os"
	"testing"

	"github.com/nightrounds/nightrounds/fleet/web/webtest"
)

// TestOperatorSendsARobotFromThePage drives the running system as an operator does: sees a robot move, asks for a look
// at a rack, and sees what the robot found there. NIGHTROUNDS_PICTURE=FILE keeps the page as a picture.
func TestOperatorSendsARobotFromThePage(t *testing.T) {
	h := newHouse(t, incidents)
	h.start()
	h.until(storyLimit, func() error {
		_, err := get[any](h, "robots")
		return err
	})
	p := webtest.Open(t, "http://"+h.http, webtest.Options{Dark: true, Wait: storyLimit})
	t.Logf("%s moves", p.WaitForMove())
	p.OpenRack("A03")
	p.InspectNow()
	t.Logf("A03: %s", p.WaitForInspection("done"))
	if file := os.Getenv("NIGHTROUNDS_PICTURE"); file != "" {
		h.until(storyLimit, func() error { return pictured(h) })
		p.Go("/#/racks/A02")
		p.PicturesShown(2)
		p.Screenshot(file)
	}
	h.stop()
}

// pictured is nil once the hall has enough to show.
func pictured(h *house) error {
	robots, err := get[[]struct{ Observations int }](h, "robots")
	if err != nil {
		return err
	}
	n := 0
	for _, r := range robots {
		n += r.Observations
	}
	if n < 150 {
		return os.ErrNotExist
	}
	return nil
}
