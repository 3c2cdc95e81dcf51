package simbase

import (
	"fmt"
	"math"
	"time"
)

// Battery is the battery and what draws on it. The loads add up.
type Battery struct {
	CapacityWh   float64
	StartPercent float64
	IdleW        float64 // computer, radio, sensors and the cameras' work, always
	DriveW       float64 // at full speed, in proportion to speed
	TurnW        float64 // at full turn rate
	MastW        float64 // while the mast moves
	ChargeW      float64 // into the cells up to the knee at 80 %, falling linearly to a tenth of it at 100 %
}

// DefaultBattery is that of a small aisle robot: 24 V, 20 Ah, about 10 h of rounds, 80 % charged again in two hours.
func DefaultBattery() Battery {
	return Battery{CapacityWh: 480, StartPercent: 90, IdleW: 28, DriveW: 45, TurnW: 30, MastW: 30, ChargeW: 220}
}

func (b Battery) check() error {
	for _, v := range []float64{b.IdleW, b.DriveW, b.TurnW, b.MastW, b.ChargeW} {
		if !(v >= 0) || math.IsInf(v, 0) {
			return fmt.Errorf("simulated battery: load or charge of %v W: want 0 or more", v)
		}
	}
	if !(b.CapacityWh > 0) || math.IsInf(b.CapacityWh, 0) || !(b.StartPercent >= 0 && b.StartPercent <= 100) {
		return fmt.Errorf("simulated battery: %v %% of %v Wh: want 0..100 %% of more than 0 Wh", b.StartPercent, b.CapacityWh)
	}
	return nil
}

// kneePercent is where a charger goes over from constant current to constant voltage.
const kneePercent = 80

// cells are a battery in use.
type cells struct {
	Battery
	chargeWh float64
}

func (c *cells) percent() float64 { return 100 * c.chargeWh / c.CapacityWh }

func (c *cells) empty() bool { return c.chargeWh <= 0 }

// volts is an open-circuit voltage, straight from 22.4 V empty to 29.4 V full (7 lithium cells in series).
func (c *cells) volts() float64 { return 22.4 + 7*c.percent()/100 }

// chargeW is what a charger puts in at the present charge.
func (c *cells) chargeW() float64 {
	over := max(c.percent()-kneePercent, 0) / (100 - kneePercent)
	return c.ChargeW * (1 - 0.9*over)
}

// flow moves energy for dt. The charger carries the loads, too.
func (c *cells) flow(dt time.Duration, loadW float64, charging bool) {
	w := -loadW
	if charging {
		w = c.chargeW()
	}
	c.chargeWh = min(max(c.chargeWh+w*dt.Hours(), 0), c.CapacityWh)
}
