package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/nightrounds/nightrounds/fleet/durable"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/clock"
)

type demoCmd struct {
	Site         string  `help:"Site folder, or 'sample'." default:"sample"`
	Data         string  `help:"Folder that remembers the demo." default:".demo"`
	Robots       int     `help:"How many simulated robots." default:"3"`
	Speed        float64 `help:"How many times faster than the wall clock time runs." default:"6"`
	Incidents    string  `help:"Script of what goes wrong in the hall." default:"sample"`
	RobotProgram string  `help:"The nightrobot program; beside this one when left out." placeholder:"FILE"`
	MQTT         string  `help:"Where robots connect." default:"127.0.0.1:1883"`
	HTTP         string  `help:"Where the page is." default:"127.0.0.1:8080"`
	Technician   string  `help:"Where the simulated technician listens." default:"127.0.0.1:8090"`
	Seed         uint64  `help:"Fixes what chance does in the hall." default:"1"`
}

// Run starts the controller and the hall, starts again whichever of them dies, and tells what happens until ctx ends.
func (d *demoCmd) Run(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	if d.RobotProgram == "" {
		d.RobotProgram = filepath.Join(filepath.Dir(self), "nightrobot")
	}
	if _, err := os.Stat(d.RobotProgram); err != nil {
		return fmt.Errorf("%w: --robot-program: %w", errUsage, err)
	}
	if err := d.portsAreFree(ctx); err != nil {
		return err
	}
	site, secret, err := d.prepare()
	if err != nil {
		return err
	}
	times := &demoClock{file: filepath.Join(d.Data, "clock.json"), speed: d.Speed}
	if err := times.start(time.Now()); err != nil {
		return err
	}
	fmt.Printf("Nightrounds demo: site %q, %d robots, time runs %g times as fast; page: http://%s\n", site, d.Robots, d.Speed, d.HTTP)
	fmt.Printf("It is kept in %s (logs too); Ctrl-C ends it, a second start goes on.\n\n", d.Data)

	env := append(os.Environ(), technicianEnv+"="+secret, "NIGHTROBOT_TECHNICIAN_SECRET="+secret)
	common := []string{"--site", d.Site, "--speed", strconv.FormatFloat(d.Speed, 'g', -1, 64), "--epoch", times.epoch.Format(time.RFC3339Nano)}
	controller := &child{name: "controller", env: env, dir: d.Data, args: append([]string{self, "serve", "--data", d.path("controller"), "--mqtt", d.MQTT, "--http", d.HTTP, "--keep-pictures", "30m"}, common...)}
	hall := &child{name: "robots", env: env, dir: d.Data, args: append([]string{
		d.RobotProgram, "sim", "--data", d.path("hall"), "--robots", strconv.Itoa(d.Robots), "--broker", "mqtt://" + d.MQTT,
		"--credentials", d.path("credentials"), "--incidents", d.Incidents, "--technician", d.Technician, "--seed", strconv.FormatUint(d.Seed, 10),
	}, common...)}
	return d.tell(ctx, times, controller, hall)
}

// portsAreFree looks before anything starts: a demo whose controller cannot listen would tell another one's story.
func (d *demoCmd) portsAreFree(ctx context.Context) error {
	var taken []error
	for flag, addr := range map[string]string{"--mqtt": d.MQTT, "--http": d.HTTP, "--technician": d.Technician} {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
		if err != nil {
			taken = append(taken, fmt.Errorf("%w: %s %s: %w; does another demo run? choose another port, or end it", errUsage, flag, addr, err))
			continue
		}
		_ = l.Close()
	}
	return errors.Join(taken...)
}

// technicianEnv is where the sample's runbooks look for the technician's secret.
const technicianEnv = "NIGHTROUNDS_TECHNICIAN_SECRET"

func (d *demoCmd) path(name string) string { return filepath.Join(d.Data, name) }

// tell runs the children and tells their story. The robots stop first, so that the controller hears them leave.
func (d *demoCmd) tell(ctx context.Context, times *demoClock, controller, hall *child) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	controllerCtx, stopController := context.WithCancel(context.WithoutCancel(ctx))
	defer stopController()
	var robots, fleet sync.WaitGroup
	robots.Go(func() { end(hall.keep(ctx)) })
	fleet.Go(func() { end(controller.keep(controllerCtx)) })
	robots.Go(func() { times.keep(ctx) })
	w := watchCmd{server{"http://" + d.HTTP}, true}
	err := w.Run(ctx)
	fmt.Println("\nending: robots, then the controller")
	robots.Wait()
	stopController()
	fleet.Wait()
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	if cause := context.Cause(ctx); errors.Is(cause, errUsage) {
		err = cause
	}
	return errors.Join(err, times.save())
}

// prepare makes the robots' logins and the technician's secret, once.
func (d *demoCmd) prepare() (site, secret string, err error) {
	s := serveCmd{Site: d.Site}
	_, place, _, err := s.site()
	if err != nil {
		return "", "", err
	}
	for i := range d.Robots {
		id := wire.RobotID{Manufacturer: "nightrounds", SerialNumber: fmt.Sprintf("NR-%02d", i+1)}
		if _, err := os.Stat(filepath.Join(d.path("credentials"), id.ClientID()+".password")); err == nil {
			continue
		}
		if _, err := enrollRobot(d.path("controller"), place.ID, id, d.path("credentials")); err != nil {
			return "", "", err
		}
	}
	file := d.path("technician.secret")
	if b, err := os.ReadFile(file); err == nil {
		return place.ID, string(b), nil
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return "", "", fmt.Errorf("make the technician's secret: %w", err)
	}
	secret = "whsec_" + base64.StdEncoding.EncodeToString(key)
	if err := durable.WriteFile(file, []byte(secret), 0o600); err != nil {
		return "", "", fmt.Errorf("keep the technician's secret: %w", err)
	}
	return place.ID, secret, nil
}

// A child is a program that is started again when it dies.
type child struct {
	name string
	args []string
	env  []string
	dir  string // of its log
}

// The patience with a child: between its death and its next life, and between asking it to end and ending it.
const (
	rebirth  = time.Second
	farewell = 10 * time.Second
)

// badInput is the status with which our programs end when what they were told is wrong: the next life would end as this one.
const badInput = 2

// keep runs the child until ctx ends, then asks it to end and waits. It fails when the child ends at once, for what it was
// told is wrong: its log says what.
func (c *child) keep(ctx context.Context) error {
	for ctx.Err() == nil {
		began := time.Now()
		err := c.live(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was asked to end
		}
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.ExitCode() == badInput && time.Since(began) < rebirth {
			return fmt.Errorf("%w: %s ended at once: %s", errUsage, c.name, c.lastWords())
		}
		fmt.Printf("-- %s died (%v); starting it again (log: %s)\n", c.name, err, c.log())
		select {
		case <-ctx.Done():
		case <-time.After(rebirth):
		}
	}
	return nil
}

// lastWords is the last line of the child's log.
func (c *child) lastWords() string {
	b, err := os.ReadFile(c.log())
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return lines[len(lines)-1]
}

func (c *child) log() string { return filepath.Join(c.dir, c.name+".log") }

func (c *child) live(ctx context.Context) error {
	log, err := os.OpenFile(c.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("start %s: %w", c.name, err)
	}
	defer log.Close()
	cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...) //nolint:gosec // our own programs, with flags of this one
	cmd.Env, cmd.Stdout, cmd.Stderr = c.env, log, log
	cmd.SysProcAttr = apart()
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = farewell
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", c.name, err)
	}
	pid := filepath.Join(c.dir, c.name+".pid")
	if err := os.WriteFile(pid, []byte(strconv.Itoa(cmd.Process.Pid)), 0o600); err != nil {
		return fmt.Errorf("start %s: %w", c.name, err)
	}
	defer os.Remove(pid) //nolint:errcheck // it may be gone
	return cmd.Wait()
}

// A demoClock lets the demo's time go on where it stood: between two runs no time passes in the hall.
type demoClock struct {
	file  string
	speed float64
	epoch time.Time
}

// start chooses the epoch so that time goes on from the saved moment, or from now when there is none.
func (c *demoClock) start(now time.Time) error {
	at := now
	if b, err := os.ReadFile(c.file); err == nil {
		var saved time.Time
		if err := json.Unmarshal(b, &saved); err != nil {
			return fmt.Errorf("%w: %s: %w; remove it to start anew", errUsage, c.file, err)
		}
		if saved.After(now) {
			at = saved
		}
	}
	c.epoch = now
	if c.speed > 1 {
		// now's time is epoch + (now-epoch)*speed; solved for the epoch
		c.epoch = now.Add(-time.Duration(float64(at.Sub(now)) / (c.speed - 1)))
	}
	return nil
}

// keep saves the time every second of the wall.
func (c *demoClock) keep(ctx context.Context) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			_ = c.save() // the next second tries again
		}
	}
}

func (c *demoClock) save() error {
	b, err := json.Marshal(clock.Clock{Epoch: c.epoch, Speed: c.speed}.Now())
	if err != nil {
		return fmt.Errorf("save the demo's time: %w", err)
	}
	if err := durable.WriteFile(c.file, b, 0o600); err != nil {
		return fmt.Errorf("save the demo's time: %w", err)
	}
	return nil
}
