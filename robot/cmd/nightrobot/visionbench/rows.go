package visionbench

// rows are the figures of a score, each name behind a prefix.
func (s *score) rows(prefix string) []Row {
	rows := s.lightRows()
	rows = append(rows,
		perThousand("fault.false_per_1000_racks", s.falseEvents, s.visits).atMost(1),
		rate("hotspot.recall", s.heat.clearFound, s.heat.clear).atLeast(0.98),
		perThousand("hotspot.false_per_1000_racks", s.heat.falseConfirmed, s.visits).atMost(1),
		perThousand("hotspot.false_first_look_per_1000_racks", s.heat.falseFirst, s.visits),
		rate("hotspot.recall_faint", s.heat.faintFound, s.heat.faint).atLeast(0.90),
		rate("hotspot.out_of_sight_rate", s.heat.outOfSight, s.heat.outOfSight+s.heat.clear+s.heat.faint),
		quantile("unit.error_median_mm", "mm", s.unit.errorsMM, 0.5).atMost(1),
		quantile("unit.error_p95_mm", "mm", s.unit.errorsMM, 0.95).atMost(5),
		quantile("unit.error_over_sigma_p95", "1", s.unit.sigmas, 0.95),
		rate("unit.wrong_device_rate", s.unit.wrong, s.unit.snapped).atMost(0),
		rate("unit.no_answer_rate", s.unit.noAnswer, s.looks).atMost(0.05),
	)
	for _, what := range []string{"door", "panel", "liquid", "light", "moved"} {
		h := s.seen[what]
		rows = append(rows, rate(what+".recall", h.hits, h.hits+h.missed).atLeast(0.95),
			rate(what+".precision", h.hits, h.hits+h.wrong).atLeast(0.95))
	}
	r := s.reading
	rows = append(rows,
		rate("gauge.within_2pct", r.gaugesRight, r.gauges).atLeast(0.98),
		rate("display.correct", r.displaysRight, r.displays).atLeast(0.995),
		rate("reading.overconfident_rate", r.overconfident, r.given).atMost(0.01),
		rate("reading.no_answer_rate", r.refused, r.readable),
		rate("privacy.missed_rate", s.privacy.missed, s.privacy.shown).atMost(0.01),
		rate("privacy.needless_rate", s.privacy.cleanHid, s.privacy.clean),
	)
	for i := range rows {
		rows[i].Name = prefix + rows[i].Name
	}
	return rows
}

func (s *score) lightRows() []Row {
	l := s.led
	rows := []Row{
		s.accuracy("led.state.accuracy").atLeast(0.995),
		rate("led.no_answer_rate", l.unanswered, l.shown),
		rate("led.out_of_sight_rate", l.outOfSight, l.outOfSight+l.shown),
		rate("led.false_fault_rate", l.falseFaults, l.read).atMost(1e-4),
		rate("led.missed_fault_rate", l.missed, l.faults).atMost(0.005),
		rate("led.missed_fault_first_look_rate", l.missedFirst, l.faults),
		quantile("led.blink.rate_error", "1", l.rateErrors, 0.5).atMost(0.01),
		rate("led.blink.accuracy", l.blinksRight, l.blinks).atLeast(0.99),
	}
	var low, high [2]int
	for i, t := range l.trust {
		k := &low
		if i == len(l.trust)-1 {
			k = &high
		}
		k[0], k[1] = k[0]+t[0], k[1]+t[1]
	}
	return append(rows, rate("led.right_at_confidence_above_0.9", high[1], high[0]), rate("led.right_at_confidence_below_0.9", low[1], low[0]))
}
