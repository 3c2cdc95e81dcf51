// Package heat pictures a rack's face as a radiometric thermal camera does: what the surfaces have, how they emit and
// reflect, and what a small uncooled sensor makes of it.
//
// It is the truth's side of a bench: it knows surfaces and physics, and nothing of who reads the picture.
//
// Where the figures come from:
//   - Lepton 3.5 datasheet (FLIR 500-0659-00-09): 160 x 120 pixels, 57° across the 160, NETD below 50 mK, ±5 K or 5 % as
//     delivered and ±2 K after a gain calibration in the field; the shutter's flat field correction leaves a fixed pattern.
//   - MLX90640 datasheet (3901090640 rev. 12): 32 x 24 pixels, the BAB type 55° x 35°, NETD 0.1 K at 1 Hz, up to 4 bad
//     pixels, two sub-pages read like a chess board, ±1 to ±2 K absolute.
//   - FACTS.md section 4: emissivity outweighs all else (0.95 to 0.60 adds 14.6 K), bare metal has 0.03 to 0.3, cameras
//     are ±2 K absolute but repeat to hundredths, reflections move with the viewpoint, ASHRAE inlet ranges, and NETA's
//     steps between similar parts (1-3 K possible, 4-15 K probable).
package heat

import (
	"math/rand/v2"

	"github.com/nightrounds/nightrounds/maps"
)

// A Scene is a rack face and the air before it. Lengths are in m of the face frame (X right, Y up, Z out of the face),
// angles in rad: yaw to the right, pitch up, roll with the picture's right hanging down; temperatures in °C.
type Scene struct {
	Rack *maps.Rack
	Face maps.Face
	// The visual camera; the thermal one sits beside it, by the result's offsets.
	CameraX, CameraY, CameraZ float64
	YawRad, PitchRad, RollRad float64
	InletC                    float64            // of the day on which the face was commissioned, at the rack's foot
	HotK                      map[string]float64 // devices above what is usual for them, by id, K
	Hard                      bool               // bare metal that nobody declared, worse sensors, stray warm things
	Commission                bool               // the day of commissioning: no drift of the inlet, nothing warm about
	Moved                     map[string]int     // devices that stand at another unit than recorded
	Missing                   []string           // devices that are gone
	MissingPanels             []int              // units whose blanking panel is gone: hot air comes back there
	Door                      string             // closed, ajar or open; empty without a door
	DoorDeg                   float64            // how far open
	WetFloor                  bool               // liquid at the foot cools as it dries
	Visit                     uint64             // looks of one visit share its air and loads; 0: this look stands alone
	Warm                      *Source            // something warm about; nil leaves it to chance, in 4 of 100 looks
}

// A Source is something warm in the aisle that glossy fronts mirror: a lamp, a person, a heater.
type Source struct {
	X, Y, Z float64 // face frame, m
	SizeM   float64 // its radius
	RiseK   float64 // what a glossy front shows of it, K
}

// A Result is a thermal picture, upright: Height rows of Width temperatures, °C, for an emissivity of 0.95.
type Result struct {
	Width, Height int
	C             []float32
	// The camera is a pinhole with these fields of view. It sits to the right of the visual camera and above it by the
	// offsets, seen from behind, m.
	HFOVRad, VFOVRad, OffsetRightM, OffsetUpM float64
	// What the air sensor says, before a front or behind a rear.
	AirC, HumidityPercent float64
	// Warm is what fronts mirrored; nil when nothing. A second look soon after has the same.
	Warm *Source
}

// Picture takes one thermal picture. What belongs to a device, a rack or a sensor is the same in every picture of it;
// rng makes what differs between looks.
func Picture(rng *rand.Rand, s Scene) Result {
	look := newLook(rng, &s)
	sensor := sensorOf(s.Rack)
	view := newView(&s, &sensor)
	field := newField(&s, &look, view)
	radiance := view.render(&s, &look, field)
	r := Result{
		Width: sensor.width, Height: sensor.height,
		HFOVRad: sensor.hfovRad, VFOVRad: sensor.vfovRad, OffsetRightM: sensor.rightM, OffsetUpM: sensor.upM,
		AirC:            look.airC + 0.2*rng.NormFloat64(),
		HumidityPercent: min(80, max(20, 45-1.5*(look.airC-22)+4*rng.NormFloat64())),
		Warm:            look.warm,
	}
	r.C = sensor.read(rng, radiance, &look, s.Hard)
	return r
}

// A look is what chance decides for one picture.
type look struct {
	airC      float64 // at the rack's foot
	aisleC    float64 // what surfaces opposite have
	gradientK float64 // from the rack's foot to its top
	warm      *Source
	loads     uint64 // seeds the small changes of load
}

// newLook draws the air, the loads and what is about. The inlet drifts by 1-3 K between days, as the cooling does.
func newLook(rng *rand.Rand, s *Scene) look {
	day := rng
	if s.Visit != 0 {
		day = rand.New(rand.NewPCG(s.Visit, 41))
	}
	l := look{airC: s.InletC, loads: day.Uint64(), gradientK: 1 + 2*share(s.Rack.ID, "gradient")}
	drift, chance := day.NormFloat64(), rng.Float64()
	found := Source{
		X: s.CameraX + 1.6*(rng.Float64()-0.5), Y: s.CameraY + 0.8*(rng.Float64()-0.5), Z: s.CameraZ + 0.2 + rng.Float64(),
		SizeM: 0.06 + 0.15*rng.Float64(), RiseK: 3 + 5*rng.Float64(),
	}
	if !s.Commission {
		l.airC += max(-3, min(3, 1.1*drift))
		l.warm = s.Warm
		if l.warm == nil && chance < 0.04 {
			l.warm = &found
		}
	}
	l.aisleC = l.airC + 1
	if s.Face == maps.Rear {
		l.gradientK *= 0.6
		l.airC += 6 // the hot aisle mixes what all racks blow out
		l.aisleC = l.airC + 2
	}
	return l
}
