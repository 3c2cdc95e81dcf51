package main_test

import (
	"errors"
	"os"
	"testing"

	"github.com/nightrounds/nightrounds/fleet/fault"
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
	if file := os.Getenv("NIGHTROUNDS_PICTURE"); file != "" {
		h.until(storyLimit, func() error { return pictured(h) })
		p.Go("/#/racks/C07")
		p.PicturesShown(4)
		p.Screenshot(file)
	}
	p.OpenRack("A03")
	p.InspectNow()
	t.Logf("A03: %s", p.WaitForInspection("done"))
	h.stop()
}

// pictured is nil while the first fault is being repaired: there is most to see then.
func pictured(h *house) error {
	all, err := get[[]fault.Fault](h, "faults")
	if err != nil {
		return err
	}
	for _, f := range all {
		if f.Rack == "C07" && (f.State == fault.Remediating || f.State == fault.Verifying) {
			return nil
		}
	}
	return errors.New("nothing is being repaired in C07")
}
