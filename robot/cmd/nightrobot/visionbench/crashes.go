package visionbench

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire/bench"
	"github.com/nightrounds/nightrounds/robot/eyes"
	"github.com/nightrounds/nightrounds/vision"
)

// CrashOptions say how many malformed and odd looks the eyes are given, and by which vision process.
type CrashOptions struct {
	Seed     uint64
	Looks    int
	Command  []string      // of the vision process, as nightrobot vision
	Scratch  string        // folder for films
	Timeout  time.Duration // of one look; 10 s by default
	Progress func(done, all int)
}

// Crashes is what came of them. Agent counts what would have taken the agent down: a panic in its own process. Lost
// counts looks that cost the vision process its life or its voice, after which another was started; Refused the looks
// answered with an error, Unsent those that the agent could not even write down, Read the looks with an answer.
type Crashes struct {
	Looks, Agent, Lost, Refused, Unsent, Read int
	Seconds                                   float64
	Causes                                    []string // of the first looks lost, for a person
}

// mostCauses is how many lost looks are told.
const mostCauses = 20

// RunCrashes gives odd looks to the supervised vision process one after the other, by the very code that the agent uses.
func RunCrashes(ctx context.Context, o CrashOptions) (Crashes, error) {
	var c Crashes
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	dir, err := os.MkdirTemp(o.Scratch, "odd-looks-*")
	if err != nil {
		return c, fmt.Errorf("odd looks: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	rng := rand.New(rand.NewPCG(o.Seed, 0x0dd))
	odd, err := newOddities(dir, rng)
	if err != nil {
		return c, fmt.Errorf("odd looks: %w", err)
	}
	e, err := eyes.New(eyes.Options{Command: o.Command, Timeout: o.Timeout, BackoffMin: time.Millisecond, BackoffMax: 20 * time.Millisecond})
	if err != nil {
		return c, fmt.Errorf("odd looks: %w", err)
	}
	defer func() { _ = e.Close() }()
	start := time.Now()
	for i := range o.Looks {
		if err := ctx.Err(); err != nil {
			return c, err
		}
		req, what := odd.request(i)
		c.add(lookSafely(ctx, e, req), what)
		if o.Progress != nil {
			o.Progress(i+1, o.Looks)
		}
	}
	c.Seconds = time.Since(start).Seconds()
	return c, nil
}

// An oddLook is what became of one look.
type oddLook struct {
	res      vision.LookResult
	err      error
	unsent   bool
	panicked any
}

// lookSafely looks as the agent does; a panic on the way would have been the agent's end.
func lookSafely(ctx context.Context, e *eyes.Eyes, req vision.LookRequest) (out oddLook) {
	defer func() { out.panicked = recover() }()
	_, err := json.Marshal(req)
	out.unsent = err != nil
	out.res, out.err = e.Look(ctx, req)
	return out
}

func (c *Crashes) add(l oddLook, what string) {
	c.Looks++
	switch {
	case l.panicked != nil:
		c.Agent++
		c.tell(fmt.Sprintf("%s: the agent panicked: %v", what, l.panicked))
	case l.unsent:
		c.Unsent++
	case l.err != nil:
		c.Lost++
		c.tell(fmt.Sprintf("%s: %v", what, l.err))
	case l.res.Error != "":
		c.Refused++
	default:
		c.Read++
	}
}

func (c *Crashes) tell(cause string) {
	if len(c.Causes) < mostCauses {
		c.Causes = append(c.Causes, cause)
	}
}

// row is the figure that was promised, with what else came of the looks.
func (c Crashes) row() bench.Row {
	r := bench.Row{Name: "frame.crashes", Unit: "1", Value: float64(c.Agent), N: c.Looks, Note: fmt.Sprintf(
		"%d vision processes lost and started again, %d looks refused, %d not sent, %d read, %.2f ms each",
		c.Lost, c.Refused, c.Unsent, c.Read, 1000*c.Seconds/float64(max(1, c.Looks)))}
	low, high := bench.Wilson(float64(c.Agent), float64(max(1, c.Looks)))
	r.Low, r.High = low*float64(c.Looks), high*float64(c.Looks)
	return r.AtMost(0)
}

// writeFile writes a file of the scratch folder and returns its path.
func writeFile(dir, name string, data []byte) (string, error) {
	path := filepath.Join(dir, name)
	return path, os.WriteFile(path, data, 0o600)
}
