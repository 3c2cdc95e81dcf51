package fault

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire/bench"
)

// A Judgement is what a person says of a fault.
type Judgement string

// The judgements.
const (
	Right      Judgement = "right"
	WrongPlace Judgement = "wrong-place"
	WrongCause Judgement = "wrong-cause"
	FalseAlarm Judgement = "false" // nothing was at fault
)

// A Verdict is a person's judgement of a fault.
type Verdict struct {
	FaultID string    `json:"faultId"`
	Says    Judgement `json:"says"`
	By      string    `json:"by"`
	Note    string    `json:"note,omitempty"`
	At      time.Time `json:"at"`
}

// Judged is the verdict on a fault, and the fault with a line of its story.
func Judged(f Fault, says Judgement, by, note string, at time.Time) (Fault, Verdict, error) {
	if !slices.Contains([]Judgement{Right, WrongPlace, WrongCause, FalseAlarm}, says) {
		return f, Verdict{}, fmt.Errorf("judgement %q: want right, wrong-place, wrong-cause or false", says)
	}
	if by == "" {
		return f, Verdict{}, fmt.Errorf("fault %s: who judges? it needs a name", f.ID)
	}
	text := fmt.Sprintf("judged %s by %s", says, by)
	if note != "" {
		text += ": " + note
	}
	told := Noted(f, at, text)
	told.UpdatedAt = f.UpdatedAt // what is known of the hall is no newer for it
	return told, Verdict{f.ID, says, by, note, at}, nil
}

// A Precision is how often faults of one sort were judged right.
type Precision struct {
	Of         string  `json:"of"` // kind, rack, robot, device type
	Which      string  `json:"which"`
	Judged     int     `json:"judged"`
	Right      int     `json:"right"`
	WrongPlace int     `json:"wrongPlace"`
	WrongCause int     `json:"wrongCause"`
	False      int     `json:"false"`
	Unjudged   int     `json:"unjudged"` // closed or open, and nobody said anything
	Share      float64 `json:"share"`    // right of judged; 0 where none is judged
	// Low and High are its 95 % interval (Wilson).
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Precisions are those of all faults that had a ticket's chance: neither only suspected nor dismissed nor folded into
// another. DeviceType names a device's type, and is empty where there is none.
func Precisions(faults []Fault, verdicts map[string]Verdict, deviceType func(device string) string) []Precision {
	rows := map[[2]string]*Precision{}
	for _, f := range faults {
		v, judged := verdicts[f.ID]
		if !judged && (f.State == Suspected || f.State == Dismissed || f.State == Folded) {
			continue
		}
		robot := ""
		if len(f.Sightings) > 0 {
			robot = f.Sightings[0].Robot.SerialNumber
		}
		for _, key := range [][2]string{{"kind", f.Kind}, {"rack", f.Rack}, {"robot", robot}, {"device type", deviceType(f.Device)}} {
			if key[1] == "" {
				continue
			}
			if rows[key] == nil {
				rows[key] = &Precision{Of: key[0], Which: key[1]}
			}
			rows[key].count(v.Says)
		}
	}
	out := make([]Precision, 0, len(rows))
	for _, r := range rows {
		if r.Judged > 0 {
			r.Share = float64(r.Right) / float64(r.Judged)
			r.Low, r.High = bench.Wilson(float64(r.Right), float64(r.Judged))
		}
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Precision) int { return cmp.Or(cmp.Compare(a.Of, b.Of), cmp.Compare(a.Which, b.Which)) })
	return out
}

func (p *Precision) count(says Judgement) {
	switch says {
	case Right:
		p.Right++
	case WrongPlace:
		p.WrongPlace++
	case WrongCause:
		p.WrongCause++
	case FalseAlarm:
		p.False++
	default:
		p.Unjudged++
		return
	}
	p.Judged++
}
