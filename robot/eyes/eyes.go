// Package eyes keeps the vision process alive: OpenCV aborts the whole process on a bad frame, so looks are judged in
// a child, one at a time, and a crash or a hang costs that one look.
//
// The child speaks newline-delimited JSON: one vision.LookRequest a line on its stdin, one vision.LookResult a line
// on its stdout, in order (package vision/look serves it). What it says on stderr goes to the agent's log. When the
// agent dies the child's stdin ends, and so does the child.
package eyes

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nightrounds/nightrounds/vision"
)

// maxLine bounds one result, in bytes; a rack full of lights takes about 100 KB.
const maxLine = 16 << 20

// Options say how the child is started and how long it may take; zero durations take the defaults. They are of the
// wall clock, for the child's work is.
type Options struct {
	Command []string      // the program and its arguments
	Timeout time.Duration // of one look, with the child's start; 20 s by default
	// A child that died is started again at once the first time; then after BackoffMin (100 ms by default), doubling
	// up to BackoffMax (10 s by default) until a look succeeds.
	BackoffMin, BackoffMax time.Duration
	Logger                 *slog.Logger
}

// Eyes is the supervised vision process. Looks asked for at the same time wait for each other.
type Eyes struct {
	opts Options
	log  *slog.Logger

	turn   chan struct{} // holds one token: whoever has it may use the fields below
	child  *child
	fails  int // in a row
	died   time.Time
	closed bool
	once   sync.Once
}

// ErrClosed says that Close has been called.
var ErrClosed = errors.New("eyes are closed")

// New checks the options. The child starts with the first look.
func New(o Options) (*Eyes, error) {
	if len(o.Command) == 0 || o.Command[0] == "" {
		return nil, errors.New("eyes: no command named for the vision process")
	}
	if o.Timeout < 0 || o.BackoffMin < 0 || o.BackoffMax < 0 {
		return nil, errors.New("eyes: a negative duration")
	}
	setDefault(&o.Timeout, 20*time.Second)
	setDefault(&o.BackoffMin, 100*time.Millisecond)
	setDefault(&o.BackoffMax, 10*time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	e := &Eyes{opts: o, log: o.Logger, turn: make(chan struct{}, 1)}
	e.turn <- struct{}{}
	return e, nil
}

func setDefault(d *time.Duration, v time.Duration) {
	if *d == 0 {
		*d = v
	}
}

// Look has one look judged. An error means that nothing is known of it: the child died, hung, or spoke nonsense, and
// another is started for the next look. A look that failed in good order is a result with its Error set.
func (e *Eyes) Look(ctx context.Context, req vision.LookRequest) (vision.LookResult, error) {
	ctx, cancel := context.WithTimeout(ctx, e.opts.Timeout)
	defer cancel()
	select {
	case <-e.turn:
		defer func() { e.turn <- struct{}{} }()
	case <-ctx.Done():
		return vision.LookResult{}, fmt.Errorf("look %s: wait for the look before it: %w", req.ID, ctx.Err())
	}
	if e.closed {
		return vision.LookResult{}, fmt.Errorf("look %s: %w", req.ID, ErrClosed)
	}
	line, err := json.Marshal(req)
	if err != nil { // a number that is none: no fault of the child's
		return vision.LookResult{}, fmt.Errorf("look %s: write the request: %w", req.ID, err)
	}
	res, err := e.look(ctx, req.ID, append(line, '\n'))
	if err != nil {
		e.drop(err)
		return vision.LookResult{}, fmt.Errorf("look %s: %w", req.ID, err)
	}
	e.fails = 0
	return res, nil
}

// Close ends the child and waits for it. Later looks fail.
func (e *Eyes) Close() error {
	e.once.Do(func() {
		<-e.turn
		e.closed = true
		if e.child != nil {
			e.child.end()
			e.child = nil
		}
		e.turn <- struct{}{}
	})
	return nil
}

// look has a line answered and reads the answer.
func (e *Eyes) look(ctx context.Context, id string, line []byte) (vision.LookResult, error) {
	answer, err := e.ask(ctx, line)
	if err != nil {
		return vision.LookResult{}, err
	}
	var res vision.LookResult
	if err := json.Unmarshal(answer, &res); err != nil {
		return vision.LookResult{}, fmt.Errorf("read the vision process: %w", err)
	}
	if res.ID != id {
		return vision.LookResult{}, fmt.Errorf("vision process answered look %q: out of step", res.ID)
	}
	return res, nil
}

// ask has a line answered. A child that has served before may have died since, of no fault of this look (somebody
// killed it): the line is then asked once more of a new one.
func (e *Eyes) ask(ctx context.Context, line []byte) ([]byte, error) {
	served := e.child != nil
	if err := e.ensure(ctx); err != nil {
		return nil, err
	}
	answer, err := e.child.ask(ctx, line)
	if !served || !errors.Is(err, errDied) {
		return answer, err
	}
	e.drop(err)
	if err := e.ensure(ctx); err != nil {
		return nil, err
	}
	return e.child.ask(ctx, line)
}

// ensure starts a child unless one lives, after the backoff.
func (e *Eyes) ensure(ctx context.Context) error {
	if e.child != nil && e.child.alive() {
		return nil
	}
	if e.child != nil {
		e.drop(errors.New("vision process ended between looks"))
	}
	if e.fails > 1 {
		pause := min(e.opts.BackoffMin<<min(e.fails-2, 16), e.opts.BackoffMax)
		t := time.NewTimer(time.Until(e.died.Add(pause)))
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return fmt.Errorf("wait to start the vision process again after %d failures: %w", e.fails, ctx.Err())
		}
	}
	c, err := startChild(e.opts.Command, e.log)
	if err != nil {
		return err
	}
	e.child = c
	return nil
}

// drop ends the child after a failure.
func (e *Eyes) drop(why error) {
	e.fails++
	if e.child == nil {
		return
	}
	status := e.child.end()
	e.child = nil
	e.died = time.Now()
	e.log.Warn("vision process dropped", "why", why, "exit", status, "failures", e.fails)
}

// readLines hands each line of r to out until r ends; then it closes out.
func readLines(r *bufio.Reader, out chan<- []byte, quit <-chan struct{}) {
	defer close(out)
	for {
		var line []byte
		for {
			part, err := r.ReadSlice('\n')
			line = append(line, part...)
			if err == nil {
				break
			}
			if !errors.Is(err, bufio.ErrBufferFull) || len(line) > maxLine {
				return
			}
		}
		select {
		case out <- line:
		case <-quit:
			return
		}
	}
}
