package maps

import (
	"slices"

	"github.com/nightrounds/nightrounds/maps/calendar"
)

// rounds reads what is looked at by the clock, once all racks are known.
func (l *loader) rounds(f *patrolFile) {
	ids := map[string]place{}
	for i := range f.Rounds {
		r := &f.Rounds[i]
		at := l.at(r)
		l.id(at.field("id"), r.ID, ids)
		round := Round{ID: r.ID, Name: r.Name, Face: Face(r.Face), Racks: l.racksOf(at, r.Rows, r.Racks)}
		if r.Face != "" && round.Face != Front && round.Face != Rear {
			at.field("face").fail("%q is no face: want front or rear, or leave it out for both", clip(r.Face))
		}
		if len(r.Rows)+len(r.Racks) == 0 {
			at.fail("names no rack: list rows or racks")
		}
		if r.Start == "" || r.Recurrence == "" || r.Window == 0 {
			continue // said by the decoder
		}
		var err error
		round.Recurrence, err = calendar.New(calendar.Spec{Rule: r.Recurrence, Start: r.Start, Window: r.Window, Except: r.Except}, l.site.Zone())
		if err != nil {
			at.field("recurrence").fail("%s", err)
		}
		l.site.Patrol.Rounds = append(l.site.Patrol.Rounds, round)
	}
	for i := range f.QuietHours {
		q := &f.QuietHours[i]
		at := l.at(q)
		quiet := QuietHours{Racks: l.racksOf(at, q.Rows, q.Racks)}
		if len(q.Rows)+len(q.Racks) == 0 {
			quiet.Racks = l.racksOf(at, l.rowIDs(), nil)
		}
		if q.From == "" || q.To == "" {
			continue
		}
		var err error
		if quiet.Hours, err = calendar.NewHours(q.From, q.To, q.Days); err != nil {
			at.field("from").fail("%s", err)
		}
		l.site.Patrol.QuietHours = append(l.site.Patrol.QuietHours, quiet)
	}
}

// racksOf lists the racks of rows, and racks by name, each once in the site's order.
func (l *loader) racksOf(at place, rows, racks []string) []string {
	var out []string
	known := map[string]bool{}
	for _, h := range l.site.Halls {
		for _, row := range h.Rows {
			known["row "+row.ID] = true
			for _, r := range row.Racks {
				known["rack "+r.ID] = true
				if slices.Contains(rows, row.ID) || slices.Contains(racks, r.ID) {
					out = append(out, r.ID)
				}
			}
		}
	}
	for i, id := range rows {
		if !known["row "+id] {
			at.field("rows").item(i).fail("row %q does not exist: correct the id", clip(id))
		}
	}
	for i, id := range racks {
		if !known["rack "+id] {
			at.field("racks").item(i).fail("rack %q does not exist: correct the id", clip(id))
		}
	}
	return out
}

func (l *loader) rowIDs() []string {
	var ids []string
	for _, h := range l.site.Halls {
		for _, row := range h.Rows {
			ids = append(ids, row.ID)
		}
	}
	return ids
}
