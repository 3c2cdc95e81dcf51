package fault

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/quiet"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/vision"
)

// CameBack is a fault that was over, or in order for a while, and is there again.
func CameBack(f Fault, at time.Time) Fault {
	f.Back = append(slices.Clone(f.Back), at)
	if over := len(f.Back) - mostReturns; over > 0 {
		f.Back = f.Back[over:]
	}
	f.ClearSince, f.Held, f.Level = nil, nil, 0
	return f
}

// mostReturns is how many returns are kept on a fault.
const mostReturns = 20

// Reopen is a closed fault that is there again.
func Reopen(f Fault, at time.Time, why string) Fault {
	if f.State == Resolved { // one that was dismissed was perhaps never there
		f = CameBack(f, at)
	}
	f.ResolvedAt, f.After, f.Verifications, f.Held, f.ClearSince = nil, nil, 0, nil, nil
	return to(f, Reopened, at, why)
}

// Kept is a fault that comes and goes, after a look that found it in order: it stays open until it was so for long enough.
func Kept(f Fault, o wire.Observation, steady time.Duration) Fault {
	why := fmt.Sprintf("%s found it in order, but it came back %d times of late: it stays open until it was in order for %s", lookText(o), len(f.Back), steady)
	since := o.At
	switch {
	case f.State == Verifying:
		if f.ClearSince == nil {
			f.ClearSince = &since
		}
		return to(f, Escalated, o.At, why)
	case f.ClearSince == nil:
		f.ClearSince = &since
		return note(f, o.At, why)
	}
	return f
}

// Silenced is a fault whose ticket is held back, or not any more.
func Silenced(f Fault, h *quiet.Hold, at time.Time) Fault {
	had := f.Held
	f.Held = h
	switch {
	case h == nil:
		return note(f, at, "it is no longer held back by "+had.By)
	case h.Over != nil:
		return note(f, at, h.By+" is over: a look decides whether it deserves a ticket")
	}
	return note(f, at, fmt.Sprintf("no ticket while %s holds: %s", h.By, h.Why))
}

// Raised is a fault that nobody tended for so long.
func Raised(f Fault, level int, age time.Duration, at time.Time) Fault {
	f.Level = level
	return note(f, at, fmt.Sprintf("raised for the %s time: it stands for %s", ordinal(level), age.Round(time.Minute)))
}

func ordinal(n int) string {
	switch n {
	case 1:
		return "first"
	case 2:
		return "second"
	case 3:
		return "third"
	}
	return fmt.Sprintf("%dth", n)
}

// Where is the fault's place in words: rack, unit and device, or what feeds or cools many.
func (f Fault) Where() string {
	if f.Rack != "" {
		return strings.TrimSpace(fmt.Sprintf("%s U%d %s", f.Rack, f.Unit, f.Device))
	}
	return strings.TrimSpace(f.Hall + " " + f.Best().Supply)
}

// StandsSince is since when the fault stands: since it was first seen, or came back last.
func (f Fault) StandsSince() time.Time {
	if len(f.Back) > 0 {
		return f.Back[len(f.Back)-1]
	}
	return f.OpenedAt
}

// BeganAt is when the fault began to be out of order: when it was first seen or, where it had been closed since, was there again.
func (f Fault) BeganAt() time.Time { return f.lastTo(Reopened) }

// LastSeen is when a look last saw it.
func (f Fault) LastSeen() time.Time {
	var last time.Time
	for _, s := range f.Sightings {
		if s.At.After(last) {
			last = s.At
		}
	}
	return last
}

// backK is by how much a surface must be below its limit to be in order again, K. Air and instruments are out of order beyond
// their limit by their error (vision.judgeAir, judgeInstrument), and in order again at the limit itself.
const backK = 2

// hovers says whether a look that does not tell the fault found it so near its limit that it is not in order either: what
// hovers about a limit would open and close with every look.
func (f Fault) hovers(o wire.Observation) bool {
	if len(f.Sightings) == 0 || slices.ContainsFunc(o.Findings, func(g vision.Finding) bool { return KeyOf(g) == f.Key }) {
		return false
	}
	told := f.Sightings[len(f.Sightings)-1].Finding
	switch f.Kind {
	case vision.KindInletHigh:
		return o.Air == nil || o.Air.TemperatureC > told.Reference
	case vision.KindReadingHigh, vision.KindReadingLow:
		return slices.ContainsFunc(o.Instruments, func(r vision.InstrumentReading) bool {
			return r.Instrument == f.Device && (f.Kind == vision.KindReadingHigh && r.Value > told.Reference || f.Kind == vision.KindReadingLow && r.Value < told.Reference)
		})
	case vision.KindHotDevice:
		return told.PastCritical && slices.ContainsFunc(o.Devices, func(r vision.TemperatureReading) bool {
			return r.Device == f.Device && r.P95C > told.Reference-backK
		})
	}
	return false
}
