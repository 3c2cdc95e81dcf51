package wire

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

//go:embed schema/*.schema.json
var schemas embed.FS

// Schemas are the JSON Schemas (2020-12) of our own messages, as schema/observation.schema.json.
func Schemas() embed.FS { return schemas }

// EncodeObservation checks an observation as DecodeObservation does and writes it; nil arrays become [].
func EncodeObservation(o Observation) ([]byte, error) {
	o.At = o.At.UTC()
	o.LEDs, o.Devices, o.Units = full(o.LEDs), full(o.Devices), full(o.Units)
	o.Findings, o.Evidence = full(o.Findings), full(o.Evidence)
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("encode observation: %w", err)
	}
	return encode(KindObservation, o)
}

// DecodeObservation reads what a robot sent. Unknown fields are let pass; an error names the field.
func DecodeObservation(data []byte) (Observation, error) {
	o, err := decode[Observation](KindObservation, data)
	if err != nil {
		return Observation{}, err
	}
	if err := o.check(); err != nil {
		return Observation{}, fmt.Errorf("decode observation: %w", err)
	}
	o.LEDs, o.Devices, o.Units = full(o.LEDs), full(o.Devices), full(o.Units)
	o.Findings, o.Evidence = full(o.Findings), full(o.Evidence)
	return o, nil
}

// EncodeReceipt checks a receipt as DecodeReceipt does and writes it.
func EncodeReceipt(r Receipt) ([]byte, error) {
	r.At, r.Missing = r.At.UTC(), full(r.Missing)
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("encode receipt: %w", err)
	}
	return encode(KindReceipt, r)
}

// DecodeReceipt reads what the controller sent.
func DecodeReceipt(data []byte) (Receipt, error) {
	r, err := decode[Receipt](KindReceipt, data)
	if err != nil {
		return Receipt{}, err
	}
	if err := r.check(); err != nil {
		return Receipt{}, fmt.Errorf("decode receipt: %w", err)
	}
	r.Missing = full(r.Missing)
	return r, nil
}

// EvidenceName is the content name of a picture: the last level of its topic.
func EvidenceName(picture []byte) string {
	sum := sha256.Sum256(picture)
	return hex.EncodeToString(sum[:])
}

// CheckEvidence says why a payload is not the picture that its topic names.
func CheckEvidence(sha256Hex string, picture []byte) error {
	switch {
	case len(picture) == 0:
		return fmt.Errorf("evidence %.64s: empty", sha256Hex)
	case len(picture) > MaxPayload:
		return fmt.Errorf("evidence %.64s: %d bytes, the broker takes %d", sha256Hex, len(picture), MaxPayload)
	case EvidenceName(picture) != sha256Hex:
		return fmt.Errorf("evidence %.64s: the payload's name is %s", sha256Hex, EvidenceName(picture))
	}
	return nil
}

func encode(kind string, v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", kind, err)
	}
	if len(b) > MaxPayload {
		return nil, fmt.Errorf("encode %s: %d bytes, the broker takes %d", kind, len(b), MaxPayload)
	}
	return b, nil
}

func decode[T any](kind string, data []byte) (T, error) {
	var v T
	if len(data) > MaxPayload {
		return v, fmt.Errorf("decode %s: %d bytes, the limit is %d", kind, len(data), MaxPayload)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return v, fmt.Errorf("decode %s: %w", kind, err)
	}
	return v, nil
}

// full is s, or an empty slice for nil.
func full[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func (r Receipt) check() error {
	if err := checkTime("at", r.At); err != nil {
		return err
	}
	for i, m := range r.Missing {
		if !isSHA256(m) {
			return fmt.Errorf("missing[%d]: %.70q is no SHA-256 in lower-case hex", i, m)
		}
	}
	return nil
}

func (o Observation) check() error {
	if err := (RobotID{o.Manufacturer, o.SerialNumber}).Check(); err != nil {
		return err
	}
	if o.Seq == 0 {
		return fmt.Errorf("seq: required, counts from 1")
	}
	if err := checkTime("at", o.At); err != nil {
		return err
	}
	for _, f := range []struct{ name, value string }{{"hall", o.Hall}, {"viewpoint", o.Viewpoint}, {"rack", o.Rack}} {
		if f.value == "" {
			return fmt.Errorf("%s: required, but empty", f.name)
		}
	}
	if err := checkFace("face", o.Face); err != nil {
		return err
	}
	if o.SecondLookOf >= o.Seq {
		return fmt.Errorf("secondLookOf: %d is not before seq %d", o.SecondLookOf, o.Seq)
	}
	if o.Failed != "" && len(o.LEDs)+len(o.Devices)+len(o.Units)+len(o.Findings) > 0 {
		return fmt.Errorf("failed: %.80q, but there are readings or findings", o.Failed)
	}
	return o.checkReadings()
}

func (o Observation) checkReadings() error {
	if o.Registration.Tags < 0 || o.Registration.SigmaMM < 0 {
		return fmt.Errorf("registration: tags and sigmaMm must not be negative")
	}
	for i, l := range o.LEDs {
		if err := checkLED(l); err != nil {
			return fmt.Errorf("leds[%d].%w", i, err)
		}
	}
	for name, readings := range map[string][]vision.TemperatureReading{"devices": o.Devices, "units": o.Units} {
		for i, t := range readings {
			if t.Unit < 0 || t.Pixels < 0 {
				return fmt.Errorf("%s[%d]: unit and pixels must not be negative", name, i)
			}
		}
	}
	for i, f := range o.Findings {
		if err := checkFinding(f); err != nil {
			return fmt.Errorf("findings[%d].%w", i, err)
		}
	}
	for i, e := range o.Evidence {
		if err := e.check(); err != nil {
			return fmt.Errorf("evidence[%d].%w", i, err)
		}
	}
	return nil
}

func checkLED(l vision.LEDReading) error {
	switch {
	case l.Device == "" || l.LED == "":
		return fmt.Errorf("device and led: required")
	case !slices.Contains([]string{"off", "solid", "blink", "irregular", "unknown"}, l.Pattern):
		return fmt.Errorf("pattern: %.40q is none of off, solid, blink, irregular, unknown", l.Pattern)
	case !share(l.Confidence):
		return fmt.Errorf("confidence: %v is not in 0..1", l.Confidence)
	case !share(l.Duty):
		return fmt.Errorf("duty: %v is not in 0..1", l.Duty)
	case l.RateHz < 0:
		return fmt.Errorf("rateHz: %v is negative", l.RateHz)
	}
	return nil
}

func checkFinding(f vision.Finding) error {
	switch {
	case f.Kind == "" || f.Rack == "":
		return fmt.Errorf("kind and rack: required")
	case f.Severity != vision.Info && f.Severity != vision.Warning && f.Severity != vision.Critical:
		return fmt.Errorf("severity: %.40q is none of info, warning, critical", f.Severity)
	case f.Unit < 0:
		return fmt.Errorf("unit: %d is negative", f.Unit)
	case !share(f.Confidence):
		return fmt.Errorf("confidence: %v is not in 0..1", f.Confidence)
	}
	return checkFace("face", f.Face)
}

func (e EvidenceRef) check() error {
	switch {
	case !isSHA256(e.SHA256):
		return fmt.Errorf("sha256: %.70q is no SHA-256 in lower-case hex", e.SHA256)
	case e.Kind != "visual" && e.Kind != "thermal":
		return fmt.Errorf("kind: %.40q is neither visual nor thermal", e.Kind)
	case e.MediaType != "image/jpeg" && e.MediaType != "image/png":
		return fmt.Errorf("mediaType: %.40q is neither image/jpeg nor image/png", e.MediaType)
	case e.Bytes < 1 || e.Bytes > MaxPayload:
		return fmt.Errorf("bytes: %d is not in 1..%d", e.Bytes, MaxPayload)
	}
	return nil
}

func checkFace(name string, f maps.Face) error {
	if f != maps.Front && f != maps.Rear {
		return fmt.Errorf("%s: %.40q is neither front nor rear", name, f)
	}
	return nil
}

// checkTime refuses the zero time, which is what a missing field decodes to.
func checkTime(name string, t time.Time) error {
	if y := t.UTC().Year(); t.IsZero() || y < 0 || y > 9999 {
		return fmt.Errorf("%s: required, a time as 2026-11-23T03:12:00.000Z", name)
	}
	return nil
}

func share(f float64) bool { return !math.IsNaN(f) && f >= 0 && f <= 1 }

func isSHA256(s string) bool {
	if len(s) != 64 {
		return false
	}
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
