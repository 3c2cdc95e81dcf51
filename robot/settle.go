package robot

import (
	"fmt"
	"time"

	"github.com/nightrounds/nightrounds/vision"
)

// unsettledFor is for how long a doubt that a second look did not settle is left alone: what hides a light for good, as
// a cable does, must not cost a second look on every round.
const unsettledFor = 12 * time.Hour

// settle says whether a look must be repeated at once, and is the shot that would settle what it left open: from another
// height and angle, longer or of other exposure where that is what the doubt asks for.
func (a *Agent) settle(s shot, first sight) (shot, bool) {
	next, needed := vision.Again(a.freshDoubts(s, first.doubts), first.findings)
	if !needed {
		return shot{}, false
	}
	var found []vision.Finding
	for _, f := range first.findings {
		if f.Severity != vision.Info {
			found = append(found, f)
		}
	}
	again := s.moved(a.theSite().site.Optics, found)
	again.secondOf = first.place
	again.length = time.Duration(next.Seconds * float64(time.Second))
	share := next.ExposureShare
	if share == 0 {
		share = 0.5 // a reflection changes with the exposure, a fault does not
	}
	again.exposure = time.Duration(share * float64(first.exposure))
	return again, true
}

// freshDoubts are the doubts of a viewpoint that no second look was spent on lately. It notes them as tried.
func (a *Agent) freshDoubts(s shot, doubts []vision.Doubt) []vision.Doubt {
	now := a.clock.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	var fresh []vision.Doubt
	for _, d := range doubts {
		key := fmt.Sprintf("%s/%s/%s/%s/%d", s.view.ID, d.Remedy, d.Device, d.LED, d.Unit)
		if tried, ok := a.tried[key]; ok && now.Sub(tried) < unsettledFor {
			continue
		}
		a.tried[key] = now
		fresh = append(fresh, d)
	}
	return fresh
}

// because is the first reason for a second look.
func because(first sight) string {
	for _, f := range first.findings {
		if f.Severity != vision.Info {
			return f.Meaning
		}
	}
	if len(first.doubts) > 0 {
		return first.doubts[0].Reason
	}
	return ""
}
