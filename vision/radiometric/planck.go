package radiometric

import (
	"errors"
	"fmt"
	"math"
)

const zeroC = 273.15 // K

// A Scene is what lies between the camera and the surface. Temperatures in °C, humidity 0..1, distance in m.
type Scene struct {
	Emissivity         float64
	DistanceM          float64
	ReflectedC         float64
	AtmosphereC        float64
	WindowC            float64
	WindowTransmission float64
	Humidity           float64
}

// A Sensor is a camera's calibration: Planck's R1, R2, B, F and O, and the atmosphere's X, alpha and beta.
type Sensor struct {
	R1, R2, B, F, O         float64
	X, A1, A2, Beta1, Beta2 float64
}

// Transmission is how much of the surface's radiation passes the air, 0..1.
func (s Sensor) Transmission(c Scene) float64 {
	ta := c.AtmosphereC
	h2o := c.Humidity * math.Exp(1.5587+6.939e-2*ta-2.7816e-4*ta*ta+6.8455e-7*ta*ta*ta)
	d, h := math.Sqrt(c.DistanceM), math.Sqrt(h2o)
	return s.X*math.Exp(-d*(s.A1+s.Beta1*h)) + (1-s.X)*math.Exp(-d*(s.A2+s.Beta2*h))
}

// Radiance is the raw value of a black body at t °C.
func (s Sensor) Radiance(t float64) float64 {
	return s.R1/(s.R2*(math.Exp(s.B/(t+zeroC))-s.F)) - s.O
}

// Celsius is the temperature of a black body that gives raw value u; NaN when there is none.
func (s Sensor) Celsius(u float64) float64 {
	x := s.R1/(s.R2*(u+s.O)) + s.F
	if !(x > 1) {
		return math.NaN()
	}
	return s.B/math.Log(x) - zeroC
}

// A conversion takes raw values of one picture to the surface's own: U = gain*S - offset.
type conversion struct {
	sensor       Sensor
	gain, offset float64
}

// conversionOf prepares the single-path formula.
func conversionOf(s Sensor, c Scene) (conversion, error) {
	if err := s.check(); err != nil {
		return conversion{}, err
	}
	if err := c.check(); err != nil {
		return conversion{}, err
	}
	e, win, tau := c.Emissivity, c.WindowTransmission, s.Transmission(c)
	if !(tau > 0.01 && tau <= 1.01) {
		return conversion{}, fmt.Errorf("transmission of the air is %g, must be within 0 to 1", tau)
	}
	return conversion{
		sensor: s,
		gain:   1 / (e * win * tau),
		offset: (1-e)/e*s.Radiance(c.ReflectedC) + (1-tau)/(e*tau)*s.Radiance(c.AtmosphereC) +
			(1-win)/(e*tau*win)*s.Radiance(c.WindowC),
	}, nil
}

// celsius is the surface's temperature for raw value v.
func (c conversion) celsius(v float64) float64 { return c.sensor.Celsius(v*c.gain - c.offset) }

func (s Sensor) check() error {
	for _, v := range []float64{s.R1, s.R2, s.B, s.F, s.O, s.X, s.A1, s.A2, s.Beta1, s.Beta2} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return errors.New("a calibration constant is not a number")
		}
	}
	if s.R1 <= 0 || s.R2 <= 0 || s.B <= 0 {
		return fmt.Errorf("calibration R1 %g, R2 %g, B %g must be positive", s.R1, s.R2, s.B)
	}
	return nil
}

func (c Scene) check() error {
	within := func(what string, v, lo, hi float64) error {
		if !(v >= lo && v <= hi) {
			return fmt.Errorf("%s %g is outside %g to %g", what, v, lo, hi)
		}
		return nil
	}
	return errors.Join(
		within("emissivity", c.Emissivity, 0.01, 1),
		within("distance in m", c.DistanceM, 0, 1e5),
		within("reflected temperature in °C", c.ReflectedC, -100, 2000),
		within("temperature of the air in °C", c.AtmosphereC, -100, 500),
		within("temperature of the window in °C", c.WindowC, -100, 2000),
		within("transmission of the window", c.WindowTransmission, 0.01, 1),
		within("humidity", c.Humidity, 0, 1),
	)
}
