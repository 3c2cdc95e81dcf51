package visionbench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire/bench"
	"github.com/nightrounds/nightrounds/vision"
)

// SpeedOptions say what is looked at, and by whom.
type SpeedOptions struct {
	Request vision.LookRequest // its burst is a file, on a file system in memory
	Command []string           // of the vision process, as nightrobot vision
	Repeats int                // looks that are timed, after one that is not; 5 by default
	Soak    int                // looks over which memory must not grow; 0 leaves that out
	Scratch string
}

// Timing is what one look takes on one core: medians of the repeats.
type Timing struct {
	Seconds, CPUSeconds float64
}

// Memory is of the vision process, MB of 2^20 bytes. Peak counts mapped pages of the burst as well, which the kernel can
// take back at any time: Anon is what the process itself holds, Mapped what it has mapped.
type Memory struct {
	PeakMB, AnonMB, MappedMB float64
}

// Speed is how fast a look is.
type Speed struct {
	Look     Timing // the request as it is
	SameWork Timing // of it what the Python version does: registering, lights, temperatures
	Memory   Memory
	// SoakGrowthMB is by how much Anon grew from the tenth part of the soak to its end.
	SoakLooks    int
	SoakGrowthMB float64
	// ReadSeconds is how long a plain sum over all bytes of the burst takes on one core, in the burst mapped anew, as a
	// look maps it, and mapped already: nothing that reads every pixel is faster.
	ReadSeconds, ReadMappedSeconds float64

	Python       *Timing // nil when it was not run
	PythonMB     float64
	PythonNotRun string
	Speedup      float64 // Python's time over ours, same work
	Agreement    Share   // of lights that both say to be lit or both to be off
}

// A Share is hits among so many.
type Share struct{ Hits, Of int }

// RunSpeed times looks at one burst on one core, then the same work in Python, one after the other.
func RunSpeed(ctx context.Context, o SpeedOptions) (Speed, error) {
	var s Speed
	if o.Repeats < 1 {
		o.Repeats = 5
	}
	same := o.Request
	same.EvidenceDir, same.Normals, same.Learn, same.Target.Instruments = "", nil, false, nil
	c, err := startPinned(ctx, o.Command)
	if err != nil {
		return s, fmt.Errorf("speed of looks: %w", err)
	}
	defer c.end()
	var res vision.LookResult
	if s.SameWork, res, err = c.repeat(same, o.Repeats); err != nil {
		return s, fmt.Errorf("speed of looks: %w", err)
	}
	if s.Look, _, err = c.repeat(o.Request, o.Repeats); err != nil {
		return s, fmt.Errorf("speed of looks: %w", err)
	}
	if s.Memory, err = memoryOf(c.pid()); err != nil {
		return s, fmt.Errorf("speed of looks: %w", err)
	}
	if err := s.soak(c, o); err != nil {
		return s, fmt.Errorf("speed of looks: %w", err)
	}
	if s.ReadSeconds, s.ReadMappedSeconds, err = readLimit(same); err != nil {
		return s, fmt.Errorf("speed of looks: %w", err)
	}
	return s, s.compare(ctx, o, same, res)
}

// soak looks many times and says by how much the process grew.
func (s *Speed) soak(c *pinned, o SpeedOptions) error {
	var early float64
	for i := range o.Soak {
		if _, err := c.look(o.Request); err != nil {
			return err
		}
		if i == o.Soak/10 || i == o.Soak-1 {
			m, err := memoryOf(c.pid())
			if err != nil {
				return err
			}
			if early == 0 {
				early = m.AnonMB
			}
			s.SoakLooks, s.SoakGrowthMB = i+1, m.AnonMB-early
		}
	}
	return nil
}

// A pinned is a vision process on one core.
type pinned struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// onOneCore is a command bound to the machine's first core that this process may use, where taskset is installed.
func onOneCore(ctx context.Context, command []string) *exec.Cmd {
	if path, err := exec.LookPath("taskset"); err == nil {
		command = append([]string{path, "-c", "0"}, command...)
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // the program itself, or Python
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "OPENCV_FOR_THREADS_NUM=1", "OMP_NUM_THREADS=1")
	return cmd
}

func startPinned(ctx context.Context, command []string) (*pinned, error) {
	if len(command) == 0 {
		return nil, errors.New("no command named for the vision process")
	}
	p := &pinned{cmd: onOneCore(ctx, command)}
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReaderSize(out, 1<<20)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", command[0], err)
	}
	return p, nil
}

func (p *pinned) pid() int { return p.cmd.Process.Pid }

func (p *pinned) end() {
	_ = p.in.Close()
	_ = p.cmd.Process.Kill() // it has nothing to save
	_ = p.cmd.Wait()
}

// look has one look judged.
func (p *pinned) look(req vision.LookRequest) (vision.LookResult, error) {
	var res vision.LookResult
	line, err := json.Marshal(req)
	if err != nil {
		return res, fmt.Errorf("write the request: %w", err)
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return res, fmt.Errorf("ask the vision process: %w", err)
	}
	answer, err := p.out.ReadBytes('\n')
	if err != nil {
		return res, fmt.Errorf("hear the vision process: %w", err)
	}
	if err := json.Unmarshal(answer, &res); err != nil {
		return res, fmt.Errorf("read the vision process: %w", err)
	}
	if res.Error != "" {
		return res, fmt.Errorf("look %s: %s", req.ID, res.Error)
	}
	return res, nil
}

// repeat looks once to warm up, then n times against the clock.
func (p *pinned) repeat(req vision.LookRequest, n int) (t Timing, res vision.LookResult, err error) {
	if res, err = p.look(req); err != nil {
		return t, res, err
	}
	var wall, cpu []float64
	for range n {
		before, err := cpuOf(p.pid())
		if err != nil {
			return t, res, err
		}
		start := time.Now()
		if res, err = p.look(req); err != nil {
			return t, res, err
		}
		wall = append(wall, time.Since(start).Seconds())
		after, err := cpuOf(p.pid())
		if err != nil {
			return t, res, err
		}
		cpu = append(cpu, after-before)
	}
	return Timing{median(wall), median(cpu)}, res, nil
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	return bench.At(slices.Sorted(slices.Values(v)), 0.5)
}

// cpuOf is the processor time of a process, s: fields 14 and 15 of proc(5)'s stat, in hundredths.
func cpuOf(pid int) (float64, error) {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0, fmt.Errorf("processor time: %w", err)
	}
	fields := bytes.Fields(data[bytes.LastIndexByte(data, ')')+1:])
	if len(fields) < 13 {
		return 0, fmt.Errorf("processor time: /proc/%d/stat has %d fields", pid, len(fields))
	}
	sum := 0.0
	for _, f := range fields[11:13] {
		ticks, err := strconv.ParseFloat(string(f), 64)
		if err != nil {
			return 0, fmt.Errorf("processor time: %w", err)
		}
		sum += ticks / 100
	}
	return sum, nil
}

// memoryOf reads proc(5)'s status of a process.
func memoryOf(pid int) (Memory, error) {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return Memory{}, fmt.Errorf("memory: %w", err)
	}
	var m Memory
	for line := range bytes.Lines(data) {
		f := bytes.Fields(line)
		if len(f) < 2 {
			continue
		}
		kB, err := strconv.ParseFloat(string(f[1]), 64)
		if err != nil {
			continue
		}
		switch string(f[0]) {
		case "VmHWM:":
			m.PeakMB = kB / 1024
		case "RssAnon:":
			m.AnonMB = kB / 1024
		case "RssFile:", "RssShmem:":
			m.MappedMB += kB / 1024
		}
	}
	return m, nil
}
