package vision

// A NextLook says how a look should be repeated at once. The zero value repeats it as it was, from beside.
type NextLook struct {
	Seconds       float64 // length of the burst; 0: as usual
	ExposureShare float64 // of the first look's exposure; 0: as usual
}

// longerSeconds is the burst in which a light of 0.25 Hz shows two whole periods (FACTS.md section 5).
const longerSeconds = 8

// Again says whether a look must be repeated at once, and how: when it found something of weight, or when it could not
// tell and knows what would help.
func Again(doubts []Doubt, findings []Finding) (NextLook, bool) {
	var next NextLook
	again := false
	for _, f := range findings {
		again = again || f.Severity != Info
	}
	for _, d := range doubts {
		again = true
		switch d.Remedy {
		case LongerBurst:
			next.Seconds = longerSeconds
		case ShorterExposure:
			next.ExposureShare = 0.5
		case LongerExposure:
			if next.ExposureShare == 0 { // what clips tells nothing at all: it goes first
				next.ExposureShare = 2
			}
		}
	}
	return next, again
}
