package mlx90640

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// golden is the folder of Melexis' example sensor, or skips the test.
func golden(t *testing.T) string {
	t.Helper()
	data := os.Getenv("NIGHTROUNDS_DATA")
	if data == "" {
		data = "../../../../shared/data"
	}
	dir := filepath.Join(data, "thermal", "mlx90640")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the golden data are not here: %v (set NIGHTROUNDS_DATA)", err)
	}
	return dir
}

// lines are a file's lines of comma-separated numbers, without comments.
func lines(t *testing.T, path string) [][]float64 {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]float64
	for _, l := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		if strings.HasPrefix(l, "#") {
			continue
		}
		var row []float64
		for _, cell := range strings.Split(strings.TrimSuffix(strings.TrimSpace(l), ","), ",") {
			v, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			row = append(row, v)
		}
		out = append(out, row)
	}
	return out
}

// A real sensor's EEPROM and two subpages (832 words, the control register, the subpage), and what Melexis' C library
// makes of them at emissivity 0.95 with Tr = Ta - 8.
func TestEveryPixelIsThatOfTheVendorsLibrary(t *testing.T) {
	dir := golden(t)
	var ee [words]uint16
	for i, v := range lines(t, filepath.Join(dir, "EEPROM-calibration-data.csv"))[0] {
		ee[i] = uint16(v)
	}
	cal, err := parseCalibration(&ee)
	if err != nil {
		t.Fatal(err)
	}
	var f Frame
	for _, row := range lines(t, filepath.Join(dir, "raw-frame-data.csv")) {
		var ram [words]uint16
		for i := range ram {
			ram[i] = uint16(row[i])
		}
		cal.control = uint16(row[words])
		if err := cal.temperatures(&ram, int(row[words+1]), 0.95, nil, &f); err != nil {
			t.Fatal(err)
		}
		if math.Abs(f.SupplyV-3.3167) > 1e-4 || math.Abs(f.AmbientC-25.7495) > 1e-4 {
			t.Errorf("supply %.4f V, ambient %.4f °C", f.SupplyV, f.AmbientC)
		}
	}
	want := lines(t, filepath.Join(dir, "golden_melexis_c_api_em0.95.csv"))
	worst, at := 0.0, 0
	for p := range Pixels {
		if off := math.Abs(float64(f.TempC[p]) - want[p/Columns][p%Columns]); off > worst {
			worst, at = off, p
		}
	}
	t.Logf("worst pixel: %d, off by %.5f K", at, worst)
	if worst > 0.01 {
		t.Errorf("pixel %d is off by %.4f K", at, worst)
	}
}

// The datasheet's worked example (chapter 11.2.2): its EEPROM words and readings for supply and temperature.
func TestSupplyAndAmbientAreTheDatasheets(t *testing.T) {
	ee := plain()
	ee[51], ee[50], ee[49], ee[16] = 0x9D68, 0x5952, 0x2FF1, 0x4210
	ee[56] = ee[56]&0x0FFF | 0x2000
	c, err := parseCalibration(ee)
	if err != nil {
		t.Fatal(err)
	}
	c.control = 0x1901
	var ram [words]uint16
	ram[ramVdd], ram[ramVBE], ram[ramPTAT] = 0xCCC5, 0x4BF2, 0x06AF
	v := c.supply(&ram)
	if ta := c.ambient(&ram, v); math.Abs(v-3.318624) > 1e-6 || math.Abs(ta-39.184414) > 1e-5 {
		t.Errorf("supply %.6f V, ambient %.6f °C; want 3.318624, 39.184414", v, ta)
	}
}

// plain is a calibration that parses: every pixel alike.
func plain() *[words]uint16 {
	var ee [words]uint16
	ee[16], ee[17] = 0x4210, 0xFFBB
	ee[32], ee[33] = 0x7979, 0x2F44
	ee[48], ee[49], ee[50], ee[51] = 0x18EF, 0x2FF1, 0x5952, 0x9D68
	ee[56], ee[60], ee[61], ee[62], ee[63] = 0x2363, 0xF020, 0x9797, 0x9797, 0x2889
	for p := range Pixels {
		ee[64+p] = 0x08A0
	}
	return &ee
}

func TestCalibrationOfNoSensorIsRefused(t *testing.T) {
	var empty, full [words]uint16
	for i := range full {
		full[i] = 0xFFFF
	}
	dead := plain()
	for p := range 5 {
		dead[64+100*p] = 0
	}
	for name, ee := range map[string]*[words]uint16{"empty": &empty, "all ones": &full, "five dead pixels": dead} {
		if _, err := parseCalibration(ee); !errors.Is(err, ErrCalibration) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBadPixelsTakeTheirNeighboursMean(t *testing.T) {
	ee := plain()
	ee[64], ee[64+33] = 0, 0x08A1
	c, err := parseCalibration(ee)
	if err != nil {
		t.Fatal(err)
	}
	f := &Frame{}
	f.TempC[1], f.TempC[32], f.TempC[34], f.TempC[65] = 20, 30, 24, 26
	c.mend(f)
	if f.TempC[0] != 25 || f.TempC[33] != 25 {
		t.Errorf("mended to %v and %v, want 25", f.TempC[0], f.TempC[33])
	}
}

// FuzzTemperatures: whatever an EEPROM and a RAM hold, a pixel is a number or there is an error.
func FuzzTemperatures(f *testing.F) {
	ee := plain()
	seed := make([]byte, 0, 4*words)
	for _, w := range ee {
		seed = binary.BigEndian.AppendUint16(seed, w)
	}
	f.Add(seed, uint16(0x1901))
	f.Add([]byte{}, uint16(0))
	f.Fuzz(func(t *testing.T, data []byte, control uint16) {
		var ee, ram [words]uint16
		for i := 0; 2*i+1 < len(data) && i < 2*words; i++ {
			w := binary.BigEndian.Uint16(data[2*i:])
			if i < words {
				ee[i] = w
			} else {
				ram[i-words] = w
			}
		}
		c, err := parseCalibration(&ee)
		if err != nil {
			return
		}
		c.control = control
		var frame Frame
		for page := range 2 {
			if c.temperatures(&ram, page, 0.95, nil, &frame) != nil {
				return
			}
		}
		c.mend(&frame)
		for p, v := range frame.TempC {
			if !finite(float64(v)) {
				t.Fatalf("pixel %d is %v", p, v)
			}
		}
	})
}
