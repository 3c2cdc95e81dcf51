package inbound

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/strict"
)

// ErrReplayed says that an alarm has been sent before, and that its sender has ended it since.
var ErrReplayed = errors.New("is a replay")

// Take is what becomes of an alarm that comes in, given those that are known by their IDs: a new one waits for a look; one that
// is sent again stays as it is; one that ends is ended. Changed says whether there is anything to keep.
func Take(known map[string]Alarm, a Alarm, now time.Time) (out Alarm, changed bool, err error) {
	had, ok := known[a.ID]
	switch {
	case !ok && newer(known, a):
		return a, false, fmt.Errorf("alarm %q of %s %w: a newer one of the same key is known", strict.Clip(a.Name), a.At.Format(time.RFC3339), ErrReplayed)
	case !ok && a.Ended():
		a.State, a.TakenAt = Withdrawn, now
		return a, true, nil
	case !ok:
		a.State, a.TakenAt = Waiting, now
		return a, true, nil
	case had.Ended() && !a.Ended():
		return had, false, fmt.Errorf("alarm %q of %s %w: its sender ended it at %s", strict.Clip(a.Name), a.At.Format(time.RFC3339), ErrReplayed, had.EndedAt.Format(time.RFC3339))
	case a.Ended() && !had.Ended():
		had.EndedAt = a.EndedAt
		return had, true, nil
	}
	return had, false, nil
}

// newer says whether an alarm of the same source and key is known that began later.
func newer(known map[string]Alarm, a Alarm) bool {
	for _, k := range known {
		if k.Source == a.Source && k.Key == a.Key && k.At.After(a.At) {
			return true
		}
	}
	return false
}

// Keep is how long an alarm that is settled is kept: as long as its sender may send it again.
const Keep = 7 * 24 * time.Hour

// Forget lists the alarms that need be kept no longer: the settled ones that are old, and, beyond most, the oldest of them.
func Forget(known map[string]Alarm, most int, now time.Time) []string {
	var settled []Alarm
	var out []string
	for _, a := range known {
		switch {
		case a.State.Open():
		case now.Sub(a.TakenAt) > Keep:
			out = append(out, a.ID)
		default:
			settled = append(settled, a)
		}
	}
	slices.SortFunc(settled, func(a, b Alarm) int { return cmp.Or(a.TakenAt.Compare(b.TakenAt), cmp.Compare(a.ID, b.ID)) })
	for len(known)-len(out) > most && len(settled) > 0 {
		out, settled = append(out, settled[0].ID), settled[1:]
	}
	slices.Sort(out)
	return out
}
