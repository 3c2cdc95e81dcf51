package visionbench

import "github.com/nightrounds/nightrounds/fleet/wire/bench"

// rows are the figures of a score, each name behind a prefix.
func (s *score) rows(prefix string) []bench.Row {
	rows := s.lightRows()
	rows = append(rows,
		bench.PerThousand("fault.false_per_1000_racks", s.falseEvents, s.visits).AtMost(1),
		bench.Rate("hotspot.recall", s.heat.clearFound, s.heat.clear).AtLeast(0.98),
		bench.PerThousand("hotspot.false_per_1000_racks", s.heat.falseConfirmed, s.visits).AtMost(1),
		bench.PerThousand("hotspot.false_first_look_per_1000_racks", s.heat.falseFirst, s.visits),
		bench.Rate("hotspot.recall_faint", s.heat.faintFound, s.heat.faint).AtLeast(0.90),
		bench.Rate("hotspot.out_of_sight_rate", s.heat.outOfSight, s.heat.outOfSight+s.heat.clear+s.heat.faint),
		bench.Quantile("unit.error_median_mm", "mm", s.unit.errorsMM, 0.5).AtMost(1),
		bench.Quantile("unit.error_p95_mm", "mm", s.unit.errorsMM, 0.95).AtMost(5),
		bench.Quantile("unit.error_over_sigma_p95", "1", s.unit.sigmas, 0.95),
		bench.Rate("unit.wrong_device_rate", s.unit.wrong, s.unit.snapped).AtMost(0),
		bench.Rate("unit.no_answer_rate", s.unit.noAnswer, s.looks).AtMost(0.05),
	)
	for _, what := range []string{"door", "panel", "liquid", "light", "moved"} {
		h := s.seen[what]
		rows = append(rows, bench.Rate(what+".recall", h.hits, h.hits+h.missed).AtLeast(0.95),
			bench.Rate(what+".precision", h.hits, h.hits+h.wrong).AtLeast(0.95))
	}
	r := s.reading
	rows = append(rows,
		bench.Rate("gauge.within_2pct", r.gaugesRight, r.gauges).AtLeast(0.98),
		bench.Rate("display.correct", r.displaysRight, r.displays).AtLeast(0.995),
		bench.Rate("reading.overconfident_rate", r.overconfident, r.given).AtMost(0.01),
		bench.Rate("reading.no_answer_rate", r.refused, r.readable),
		bench.Rate("privacy.missed_rate", s.privacy.missed, s.privacy.shown).AtMost(0.01),
		bench.Rate("privacy.needless_rate", s.privacy.cleanHid, s.privacy.clean),
	)
	for i := range rows {
		rows[i].Name = prefix + rows[i].Name
	}
	return rows
}

func (s *score) lightRows() []bench.Row {
	l := s.led
	rows := []bench.Row{
		s.accuracy("led.state.accuracy").AtLeast(0.995),
		bench.Rate("led.no_answer_rate", l.unanswered, l.shown),
		bench.Rate("led.out_of_sight_rate", l.outOfSight, l.outOfSight+l.shown),
		bench.Rate("led.false_fault_rate", l.falseFaults, l.read).AtMost(1e-4),
		bench.Rate("led.missed_fault_rate", l.missed, l.faults).AtMost(0.005),
		bench.Rate("led.missed_fault_first_look_rate", l.missedFirst, l.faults),
		bench.Quantile("led.blink.rate_error", "1", l.rateErrors, 0.5).AtMost(0.01),
		bench.Rate("led.blink.accuracy", l.blinksRight, l.blinks).AtLeast(0.99),
	}
	var low, high [2]int
	for i, t := range l.trust {
		k := &low
		if i == len(l.trust)-1 {
			k = &high
		}
		k[0], k[1] = k[0]+t[0], k[1]+t[1]
	}
	return append(rows, bench.Rate("led.right_at_confidence_above_0.9", high[1], high[0]), bench.Rate("led.right_at_confidence_below_0.9", low[1], low[0]))
}
