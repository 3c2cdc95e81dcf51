package chips_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire/clock"
	"github.com/nightrounds/nightrounds/robot/sensors/mlx90640"
	"github.com/nightrounds/nightrounds/robot/sensors/sht4x"
	"github.com/nightrounds/nightrounds/robot/sim/chips"
)

// gradient runs from cold at the first pixel to hot at the last.
func gradient(coldC, hotC, ambientC float64) func() ([768]float64, float64) {
	return func() (px [768]float64, ta float64) {
		for p := range px {
			px[p] = coldC + (hotC-coldC)*float64(p)/767
		}
		return px, ambientC
	}
}

func sensor(t *testing.T, scene func() ([768]float64, float64), seed uint64) (*chips.Bus, *chips.MLX90640) {
	t.Helper()
	bus, chip := chips.NewBus(), chips.NewMLX90640(scene, clock.Clock{}, seed)
	bus.Attach(chips.MLX90640Addr, chip)
	return bus, chip
}

func TestDriverSeesTheSceneThroughTheArray(t *testing.T) {
	for _, c := range []struct {
		name               string
		cold, hot, ambient float64
		seed               uint64
	}{
		{"a cold aisle", 18, 60, 24, 1},
		{"a hot aisle", 25, 110, 42, 2},
		{"a freezer", -35, 20, 10, 3},
		{"past the first corner", -30, 150, 25, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				scene := gradient(c.cold, c.hot, c.ambient)
				bus, chip := sensor(t, scene, c.seed)
				chip.SetNETD(0)
				d, err := mlx90640.New(bus, nil)
				if err != nil {
					t.Fatal(err)
				}
				var f mlx90640.Frame
				if err := d.Sense(t.Context(), &f); err != nil {
					t.Fatal(err)
				}
				if math.Abs(f.AmbientC-c.ambient) > 0.03 || math.Abs(f.SupplyV-3.3) > 0.02 {
					t.Errorf("ambient %.3f °C, supply %.3f V", f.AmbientC, f.SupplyV)
				}
				want, _ := scene()
				worst, sum := 0.0, 0.0
				for p, v := range f.TempC {
					off := float64(v) - want[p]
					sum += off
					// One count is a tenth of a kelvin at 27 °C, more when it is colder.
					if k := off * math.Pow(min(want[p]+273.15, 300)/300, 3); math.Abs(k) > math.Abs(worst) {
						worst = k
					}
				}
				t.Logf("worst %.3f K, mean %.4f K", worst, sum/768)
				if math.Abs(worst) > 0.15 || math.Abs(sum/768) > 0.05 {
					t.Errorf("worst pixel off by %.3f K, mean off by %.4f K", worst, sum/768)
				}
			})
		})
	}
}

func TestArraysNoiseIsRealistic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus, _ := sensor(t, gradient(27, 27, 27), 5)
		d, err := mlx90640.New(bus, nil)
		if err != nil {
			t.Fatal(err)
		}
		var f mlx90640.Frame
		sum := 0.0
		for range 10 {
			if err := d.Sense(t.Context(), &f); err != nil {
				t.Fatal(err)
			}
			for _, v := range f.TempC {
				sum += (float64(v) - 27) * (float64(v) - 27)
			}
		}
		if sigma := math.Sqrt(sum / 7680); sigma < 0.07 || sigma > 0.2 {
			t.Errorf("noise of %.3f K, want about 0.1", sigma)
		}
	})
}

func TestSenseShowsOnlyWhatCameAfterTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		temp := 20.0
		bus, _ := sensor(t, func() ([768]float64, float64) { return gradient(temp, temp, 25)() }, 6)
		d, err := mlx90640.New(bus, nil)
		if err != nil {
			t.Fatal(err)
		}
		var f mlx90640.Frame
		if err := d.Sense(t.Context(), &f); err != nil {
			t.Fatal(err)
		}
		temp = 50
		start := time.Now()
		if err := d.Sense(t.Context(), &f); err != nil {
			t.Fatal(err)
		}
		for p, v := range f.TempC {
			if math.Abs(float64(v)-50) > 1 {
				t.Fatalf("pixel %d is %.2f °C after the scene went to 50", p, v)
			}
		}
		if took := time.Since(start); took > 800*time.Millisecond {
			t.Errorf("took %v at 4 Hz, want at most three subpages", took)
		}
	})
}

func TestArrayFaultsAreErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if _, err := mlx90640.New(chips.NewBus(), nil); !errors.Is(err, chips.ErrNACK) {
			t.Errorf("an empty bus gave %v", err)
		}
		bus, chip := sensor(t, gradient(20, 30, 25), 7)
		d, err := mlx90640.New(bus, nil)
		if err != nil {
			t.Fatal(err)
		}
		var f mlx90640.Frame
		bus.NackNext(1)
		if err := d.Sense(t.Context(), &f); !errors.Is(err, chips.ErrNACK) {
			t.Errorf("a NACK gave %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := d.Sense(ctx, &f); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an ended context gave %v", err)
		}
		chip.Stick()
		// The stuck chip may still offer what it had measured before.
		_ = d.Sense(t.Context(), &f)
		if err := d.Sense(t.Context(), &f); !errors.Is(err, mlx90640.ErrNotReady) {
			t.Errorf("a stuck sensor gave %v", err)
		}
	})
}

func TestDriverFeelsTheAir(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := chips.NewBus()
		chip := chips.NewSHT4x(func() (float64, float64) { return 24.3, 47 }, clock.Clock{}, 8)
		bus.Attach(chips.SHT4xAddr, chip)
		d, err := sht4x.New(t.Context(), bus, nil)
		if err != nil {
			t.Fatal(err)
		}
		air, err := d.Sense(t.Context())
		if err != nil || math.Abs(air.TempC-24.3) > 0.1 || math.Abs(air.RHPercent-47) > 0.2 {
			t.Errorf("felt %+v, %v", air, err)
		}
		bus.FlipNext(3)
		if _, err := d.Sense(t.Context()); !errors.Is(err, sht4x.ErrCRC) {
			t.Errorf("a flipped bit gave %v", err)
		}
		bus.NackNext(1)
		if _, err := d.Sense(t.Context()); !errors.Is(err, chips.ErrNACK) {
			t.Errorf("a NACK gave %v", err)
		}
		chip.Stick()
		if _, err := d.Sense(t.Context()); !errors.Is(err, chips.ErrNACK) {
			t.Errorf("a stuck sensor gave %v", err)
		}
	})
}

func TestAirSensorDoesNotAnswerWhileItMeasures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := chips.NewBus()
		bus.Attach(chips.SHT4xAddr, chips.NewSHT4x(func() (float64, float64) { return 20, 50 }, clock.Clock{}, 9))
		if err := bus.Tx(chips.SHT4xAddr, []byte{0xFD}, make([]byte, 6)); !errors.Is(err, chips.ErrNACK) {
			t.Errorf("measure and read in one transfer gave %v", err)
		}
	})
}
