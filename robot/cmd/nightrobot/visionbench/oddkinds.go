package visionbench

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// A kind is one way for a look to be odd.
type kind struct {
	name    string
	spoil   func(o *oddities, req *vision.LookRequest)
	precise bool // leaves the film and the camera as they are, so that the look gets as far as measuring
}

// kinds lists the ways.
func kinds() []kind {
	return []kind{
		{"film", (*oddities).spoilFilm, false},
		{"size", (*oddities).spoilSize, false},
		{"path", (*oddities).spoilPath, false},
		{"times", (*oddities).spoilTimes, false},
		{"camera", (*oddities).spoilCamera, false},
		{"pose", (*oddities).spoilPose, true},
		{"rack", (*oddities).spoilRack, false},
		{"tags", (*oddities).spoilTags, false},
		{"devices", (*oddities).spoilDevices, true},
		{"lights", (*oddities).spoilLights, true},
		{"door", (*oddities).spoilDoor, true},
		{"instruments", (*oddities).spoilInstruments, true},
		{"thermal", (*oddities).spoilThermal, true},
		{"normals", (*oddities).spoilNormals, true},
		{"bracket", (*oddities).spoilBracket, true},
		{"folder", (*oddities).spoilFolder, true},
	}
}

// request is the i-th look, one to three ways odd. One in oddRegister is registered before it is found odd.
func (o *oddities) request(i int) (req vision.LookRequest, what string) {
	req = o.sound()
	req.ID = fmt.Sprint("odd-", i)
	all := kinds()
	registered := i%oddRegister == 0
	if registered {
		o.show(&req, o.films[i/oddRegister%2])
	} else { // most are small: the film decides how long a look takes
		o.show(&req, o.films[2+o.rng.IntN(len(o.films)-2)])
	}
	var names []string
	for range 1 + o.rng.IntN(3) {
		k := all[o.rng.IntN(len(all))]
		if registered && !k.precise {
			continue
		}
		k.spoil(o, &req)
		names = append(names, k.name)
	}
	return req, req.ID + " with odd " + strings.Join(names, ", ")
}

// one does one of some things.
func (o *oddities) one(of ...func()) { of[o.rng.IntN(len(of))]() }

func (o *oddities) spoilFilm(req *vision.LookRequest) {
	o.show(req, o.films[2+o.rng.IntN(len(o.films)-2)])
}

func (o *oddities) spoilSize(req *vision.LookRequest) {
	o.one(func() { req.Width = o.count() }, func() { req.Height = o.count() },
		func() { req.Width, req.Height = req.Height, req.Width },
		func() { req.Width, req.Height = req.Width*req.Height, 1 },
		func() { req.Width, req.Height = math.MaxInt/2, math.MaxInt/3 },
		func() { req.Times = req.Times[:max(0, len(req.Times)-1)] })
}

func (o *oddities) spoilPath(req *vision.LookRequest) {
	odd := []string{"", "/", o.dir, "/dev/null", "/dev/zero", "/nowhere/at/all", "\x00", "/proc/self/mem"}
	req.FramesPath = odd[o.rng.IntN(len(odd))]
}

func (o *oddities) spoilTimes(req *vision.LookRequest) {
	if len(req.Times) == 0 {
		return
	}
	i := o.rng.IntN(len(req.Times))
	o.one(func() { req.Times = nil }, func() { req.Times[i] = time.Time{} }, func() { req.Times[i] = req.Times[0] },
		func() { req.Times[i] = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) },
		func() {
			for k := range req.Times {
				req.Times[k] = req.Times[0]
			}
		},
		func() { req.Exposure, req.BracketExposure = time.Duration(o.count()), time.Duration(o.count()) },
		func() {
			for k := range req.Times {
				req.Times[k] = req.Times[0].Add(time.Duration(k*k) * 1000 * time.Hour)
			}
		})
}

func (o *oddities) spoilCamera(req *vision.LookRequest) {
	o.one(func() { req.FX = o.number() }, func() { req.FY = o.number() }, func() { req.FX, req.FY = o.number(), o.number() },
		func() { req.CX, req.CY = o.number(), o.number() }, func() { req.Dist[o.rng.IntN(5)] = o.number() })
}

func (o *oddities) spoilPose(req *vision.LookRequest) {
	n := o.number
	if req.Pose == nil {
		return
	}
	o.one(func() { req.Pose = nil }, func() { req.Pose.X, req.Pose.Y, req.Pose.Z = n(), n(), n() },
		func() { req.Pose.YawRad, req.Pose.PitchRad = n(), n() }, func() { req.Pose.SigmaM, req.Pose.SigmaRad = n(), n() })
}

func (o *oddities) spoilRack(req *vision.LookRequest) {
	t := &req.Target
	o.one(func() { t.WidthM = o.number() }, func() { t.BaseM = o.number() }, func() { t.UHeight = o.count() },
		func() { t.FromU, t.ToU = o.count(), o.count() }, func() { t.Face = "top" }, func() { *t = vision.Target{} },
		func() { t.BlankingPanels = []int{o.count(), o.count()} }, func() { t.NumbersOnly = true },
		func() { t.BlankingPanels = make([]int, 5000) })
}

func (o *oddities) spoilTags(req *vision.LookRequest) {
	t := &req.Target
	o.one(func() { t.TagSizeM = o.number() }, func() { t.Tags = nil }, func() { t.Tags = t.Tags[:min(1, len(t.Tags))] },
		func() {
			for i := range t.Tags {
				t.Tags[i].ID = 10
			}
		},
		func() {
			for i := range t.Tags {
				t.Tags[i] = vision.TargetTag{ID: o.count(), X: o.number(), Y: o.number()}
			}
		},
		func() {
			for i := range t.Tags {
				t.Tags[i].X, t.Tags[i].Y = 0.2, 0.2
			}
		},
		func() {
			for i := range 3000 {
				t.Tags = append(t.Tags, vision.TargetTag{ID: i, X: o.rng.Float64(), Y: o.rng.Float64()})
			}
		})
}

func (o *oddities) spoilDevices(req *vision.LookRequest) {
	t := &req.Target
	n := o.number
	odd := func() vision.TargetDevice {
		return vision.TargetDevice{
			ID: "odd", Unit: o.count(), UHeight: o.count(), Min: maps.Point{X: n(), Y: n()}, Max: maps.Point{X: n(), Y: n()},
			Emissivity: n(), SurfaceMaxC: n(), RiseK: n(), LEDs: []vision.TargetLED{{X: n(), Y: n(), DiameterM: n()}},
			Materials: []vision.TargetMaterial{{Min: maps.Point{X: n(), Y: n()}, Max: maps.Point{X: n(), Y: n()}, Emissivity: n()}},
		}
	}
	many := 1
	if o.rng.IntN(50) == 0 {
		many = 1 + o.rng.IntN(3000)
	}
	o.one(func() { t.Devices = nil }, func() {
		for range many {
			t.Devices = append(t.Devices, odd())
		}
	}, func() { t.Devices = append(t.Devices, t.Devices[:min(len(t.Devices), 2000)]...) })
}

func (o *oddities) spoilLights(req *vision.LookRequest) {
	for i := range req.Target.Devices {
		d := &req.Target.Devices[i]
		o.one(func() { d.LEDs = nil }, func() {
			for k := range d.LEDs {
				d.LEDs[k].X, d.LEDs[k].Y = 0.2, 0.42
			}
		}, func() {
			for k := range d.LEDs {
				d.LEDs[k].DiameterM = o.number()
			}
		}, func() {
			for k := range d.LEDs {
				d.LEDs[k].X, d.LEDs[k].Y = o.number(), o.number()
				d.LEDs[k].Normal = []maps.LEDState{{Colour: "ultraviolet", Pattern: "sings", RateHz: o.number()}}
			}
		})
	}
}

func (o *oddities) spoilDoor(req *vision.LookRequest) {
	d := &maps.Door{Face: "side", Kind: "curtain", Hinge: "top", GapM: o.number(), NormallyOpen: o.rng.IntN(2) == 0}
	o.one(func() { req.Target.Door = nil }, func() { req.Target.Door = d },
		func() { d.Kind, d.Hinge = maps.SolidDoor, "right"; req.Target.Door = d },
		func() { d.Kind, d.Hinge = maps.GlassDoor, "left"; req.Target.Door = d })
}

func (o *oddities) spoilInstruments(req *vision.LookRequest) {
	n := o.number
	kinds := [...]string{maps.Gauge, maps.Display, "", "thermometer"}
	low := n()
	in := maps.Instrument{
		ID: "odd", Kind: kinds[o.rng.IntN(len(kinds))], X: n(), Y: n(), DiameterM: n(), Min: n(), Max: n(), MinDeg: n(), MaxDeg: n(),
		WidthM: n(), HeightM: n(), Digits: o.count(), Decimals: o.count(), Low: &low,
	}
	if o.rng.IntN(2) == 0 { // at least it is in sight
		in.X, in.Y = 0.2, 0.6
	}
	o.one(func() { req.Target.Instruments = nil }, func() { req.Target.Instruments = []maps.Instrument{in} },
		func() { req.Target.Instruments = append(req.Target.Instruments, in) })
}

func (o *oddities) spoilThermal(req *vision.LookRequest) {
	t := req.Thermal
	if t == nil {
		return
	}
	o.one(func() { req.Thermal = nil }, func() { t.C = nil }, func() { t.C = t.C[:len(t.C)/2] }, func() { t.Width, t.Height = o.count(), o.count() },
		func() { t.HFOVRad, t.VFOVRad = o.number(), o.number() }, func() { t.OffsetRightM, t.OffsetUpM = o.number(), o.number() },
		func() { t.Emissivity = o.number() },
		func() {
			for i := range t.C {
				t.C[i] = float32(o.number())
			}
		},
		func() { t.C = append(t.C, float32(math.NaN())) },
		func() {
			req.Air = &vision.Air{TemperatureC: o.number(), HumidityPercent: o.number(), DewPointC: o.number()}
		})
}

func (o *oddities) spoilNormals(req *vision.LookRequest) {
	n := o.number
	out := &vision.Normals{Viewpoint: strings.Repeat("v", o.rng.IntN(9))}
	for range o.rng.IntN(4) {
		p := vision.NormalPicture{Plane: "face", Path: o.pictures[o.rng.IntN(len(o.pictures))], LeftM: -0.05, TopM: 1.2, ScaleM: 0.01}
		if o.rng.IntN(2) == 0 {
			p.Path = o.pictures[0]
		}
		o.one(func() {}, func() { p.Plane = "floor" }, func() { p.Plane = "ceiling" }, func() { p.ScaleM = n() }, func() { p.LeftM, p.TopM = n(), n() })
		out.Pictures = append(out.Pictures, p)
	}
	for range o.rng.IntN(5) {
		out.Lights = append(out.Lights, vision.NormalLight{Device: "srv", X: n(), Y: n(), DiameterM: n(), States: []maps.LEDState{{Pattern: "?"}}})
	}
	out.Heat = []vision.NormalHeat{{Unit: o.count(), OverK: make([]float64, o.rng.IntN(100))}}
	req.Normals, req.Learn = out, o.rng.IntN(4) == 0
}

func (o *oddities) spoilBracket(req *vision.LookRequest) {
	paths := [...]string{"/nowhere", o.dir, o.films[0].path, "", o.films[6].path}
	req.BracketPath = paths[o.rng.IntN(len(paths))]
	req.Exposure, req.BracketExposure = time.Duration(o.count()), time.Duration(o.count())
}

func (o *oddities) spoilFolder(req *vision.LookRequest) {
	odd := [...]string{"", "/nowhere/at/all", "/dev/null", o.films[0].path, strings.Repeat("y", 4000), "relative"}
	req.EvidenceDir, req.Learn = odd[o.rng.IntN(len(odd))], o.rng.IntN(2) == 0
}
