package visionbench

import (
	"bytes"
	"context"
	_ "embed" // the Python version
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire/bench"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
)

//go:embed baseline.py
var baseline []byte

// A pythonLook is what baseline.py writes.
type pythonLook struct {
	Seconds, CPU []float64
	RSSMB        float64
	Lights       map[string]struct {
		Lit     bool
		Pattern string
		RateHz  float64
	}
}

// python finds an interpreter that has OpenCV: the system's own, as a rule, for Debian's package is of that one.
func python(ctx context.Context) (string, string) {
	for _, name := range [...]string{"python3", "/usr/bin/python3"} {
		//nolint:gosec // one of two constant names
		if exec.CommandContext(ctx, name, "-c", "import cv2, numpy; cv2.aruco").Run() == nil {
			return name, ""
		}
	}
	return "", "there is no Python with OpenCV and its aruco module (Debian: python3-opencv)"
}

// compare runs the Python version on the same burst and core, and holds the answers side by side.
func (s *Speed) compare(ctx context.Context, o SpeedOptions, req vision.LookRequest, ours vision.LookResult) error {
	name, why := python(ctx)
	if s.PythonNotRun = why; why != "" {
		return nil
	}
	dir, err := os.MkdirTemp(o.Scratch, "baseline-*")
	if err != nil {
		return fmt.Errorf("python's look: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	line, err := json.Marshal(req)
	if err != nil {
		return fmt.Errorf("python's look: %w", err)
	}
	script, request := filepath.Join(dir, "baseline.py"), filepath.Join(dir, "request.json")
	for path, data := range map[string][]byte{script: baseline, request: line} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return fmt.Errorf("python's look: %w", err)
		}
	}
	cmd := onOneCore(ctx, []string{name, script, request, strconv.Itoa(o.Repeats)})
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		s.PythonNotRun = fmt.Sprintf("it failed: %v: %s", err, bytes.TrimSpace(said.Bytes()))
		return nil
	}
	var p pythonLook
	if err := json.Unmarshal(out, &p); err != nil {
		return fmt.Errorf("read python's look: %w", err)
	}
	s.Python, s.PythonMB = &Timing{median(p.Seconds), median(p.CPU)}, p.RSSMB
	s.Speedup = s.Python.Seconds / max(s.SameWork.Seconds, 1e-6)
	for _, l := range ours.LEDs {
		their, ok := p.Lights[l.Device+"/"+l.LED]
		if !ok || l.Pattern == "unknown" {
			continue
		}
		s.Agreement.Of++
		if their.Lit == (l.Pattern != "off") {
			s.Agreement.Hits++
		}
	}
	return nil
}

// readLimit times a sum over all bytes of the burst: freshly mapped, as every look maps it, and mapped already, the best
// of three.
func readLimit(req vision.LookRequest) (fresh, mapped float64, err error) {
	b, err := burst.Open(req.FramesPath, req.Width, req.Height, len(req.Times))
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = b.Close() }()
	for pass := range 4 {
		start := time.Now()
		for i := range b.Len() {
			f, err := b.Frame(i)
			if err != nil {
				return 0, 0, err
			}
			if sumOf(f.BGR) == 1 { // keeps the sum from being left out; no burst is that dark
				return 0, 0, nil
			}
		}
		took := time.Since(start).Seconds()
		if pass == 0 {
			fresh = took
		} else if pass == 1 || took < mapped {
			mapped = took
		}
	}
	return fresh, mapped, nil
}

// sumOf adds up bytes eight at a time in four lanes, as fast as memory gives them.
func sumOf(p []byte) (sum uint64) {
	var a, b, c, d uint64
	for len(p) >= 32 {
		a += binary.LittleEndian.Uint64(p)
		b += binary.LittleEndian.Uint64(p[8:])
		c += binary.LittleEndian.Uint64(p[16:])
		d += binary.LittleEndian.Uint64(p[24:])
		p = p[32:]
	}
	for _, v := range p {
		a += uint64(v)
	}
	return a + b + c + d
}

// rows are the figures of the speed.
func (s Speed) rows(bytesRead float64) []bench.Row {
	one := func(name, unit string, v float64) bench.Row {
		return bench.Row{Name: name, Unit: unit, Value: v, Low: v, High: v, N: 1}
	}
	whole, memory := one("look.seconds", "s", s.Look.Seconds), one("look.rss_mb", "MB", s.Memory.PeakMB)
	whole.Note = fmt.Sprintf("%.2f s of processor; registering, lights and heat alone %.2f s; summing the burst's bytes alone takes %.2f s mapped anew, %.2f s mapped (%.1f GB/s)",
		s.Look.CPUSeconds, s.SameWork.Seconds, s.ReadSeconds, s.ReadMappedSeconds, bytesRead/1e9/max(s.ReadMappedSeconds, 1e-9))
	memory.Note = fmt.Sprintf("%.0f MB its own, %.0f MB pages of the burst and of libraries", s.Memory.AnonMB, s.Memory.MappedMB)
	rows := []bench.Row{whole.AtMost(1.5), memory.AtMost(400)}
	if s.SoakLooks > 0 {
		g := one("look.growth_mb", "MB", s.SoakGrowthMB)
		g.N = s.SoakLooks
		rows = append(rows, g)
	}
	speedup, agree := one("look.speedup", "1", s.Speedup), bench.Rate("look.speedup.agreement", s.Agreement.Hits, s.Agreement.Of)
	if s.Python == nil {
		speedup.NotRun, agree.NotRun = s.PythonNotRun, s.PythonNotRun
	} else {
		speedup.Note = fmt.Sprintf("Python with OpenCV %.2f s, %.2f s of processor, %.0f MB", s.Python.Seconds, s.Python.CPUSeconds, s.PythonMB)
	}
	return append(rows, speedup.AtLeast(3), agree)
}
