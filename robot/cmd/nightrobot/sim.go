package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nightrounds/nightrounds/fleet/wire/clock"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/link"
	"github.com/nightrounds/nightrounds/robot/sim"
	"github.com/nightrounds/nightrounds/robot/sim/sample"
)

// shipped is the name of what ships inside the binary: the site, and the incidents in it.
const shipped = "sample"

// simCmd simulates a hall.
type simCmd struct {
	Robots           int     `default:"3" help:"How many robots."`
	Site             string  `default:"sample" help:"Site folder, or \"sample\"."`
	Broker           string  `default:"mqtt://127.0.0.1:1883" help:"MQTT broker."`
	Credentials      string  `required:"" placeholder:"DIR" help:"Folder with a file <client ID>.password for each robot; may fill later."`
	Data             string  `default:"sim-data" help:"Folder that remembers the hall and the robots."`
	Speed            float64 `default:"1" help:"How much faster than the wall clock; needs --epoch."`
	Epoch            string  `placeholder:"RFC3339" help:"When the simulated clock agreed with the wall clock; the same for all programs."`
	Incidents        string  `placeholder:"FILE" help:"Script of what goes wrong, or \"sample\"."`
	Technician       string  `default:"127.0.0.1:8090" help:"Where the simulated technician listens."`
	TechnicianSecret string  `env:"NIGHTROBOT_TECHNICIAN_SECRET" placeholder:"whsec_..." help:"Secret of the technician's webhook; without one there is no technician."`
	Seed             uint64  `default:"1" help:"Fixes all that chance does in the hall."`
	Manufacturer     string  `default:"nightrounds" help:"Of the robots."`
}

// simPlan is a simCmd that has been checked and read: what is to be built.
type simPlan struct {
	cmd       simCmd
	site      *maps.Site
	pack      []byte
	incidents []sim.Incident
	clock     clock.Clock
}

// Run simulates until ctx ends.
func (c *simCmd) Run(ctx context.Context, con *console) error {
	plan, err := c.plan()
	if err != nil {
		return usageError{err}
	}
	world, err := sim.New(sim.Options{
		Site: plan.site, Incidents: plan.incidents, Clock: plan.clock, Seed: c.Seed, Dir: filepath.Join(c.Data, "world"), Logger: con.log,
	})
	if err != nil {
		return err
	}
	// The hall outlives the robots in it, so that each robot can stop its wheels and say goodbye.
	hallCtx, close := context.WithCancel(context.WithoutCancel(ctx))
	defer close()
	hall, hallCtx := errgroup.WithContext(hallCtx)
	robots, robotsCtx := errgroup.WithContext(ctx)
	stopRobots := context.AfterFunc(hallCtx, func() { robots.Go(func() error { return context.Cause(hallCtx) }) })
	defer stopRobots()
	if err := plan.people(hallCtx, robotsCtx, hall, robots, world, con.log); err != nil {
		close()
		return errors.Join(err, hall.Wait())
	}
	hall.Go(func() error { return world.Run(hallCtx) })
	err = robots.Wait()
	stopRobots()
	close()
	return errors.Join(tidy(err), tidy(hall.Wait()))
}

// tidy takes the end that was asked for as a good one.
func tidy(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// people puts the robots and the technician into the hall.
func (p *simPlan) people(hallCtx, robotsCtx context.Context, hall, robots *errgroup.Group, world *sim.World, log *slog.Logger) error {
	for n := range p.cmd.Robots {
		r, err := p.robot(hallCtx, world, n, log)
		if err != nil {
			return err
		}
		hall.Go(func() error { return r.runBody(hallCtx) })
		robots.Go(func() error { return r.runAgent(robotsCtx) })
	}
	if p.cmd.TechnicianSecret == "" {
		log.Warn("no technician in the hall: set --technician-secret")
		return nil
	}
	handler, err := world.TechnicianHandler(p.cmd.TechnicianSecret)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", p.cmd.Technician)
	if err != nil {
		return fmt.Errorf("the technician cannot listen: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	hall.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("technician: %w", err)
		}
		return nil
	})
	hall.Go(func() error {
		<-hallCtx.Done()
		return server.Close()
	})
	log.Info("technician waits for orders", "url", "http://"+listener.Addr().String()+"/technician")
	return nil
}

// plan checks all that the command was told, and lists all faults.
func (c *simCmd) plan() (*simPlan, error) {
	p := &simPlan{cmd: *c}
	var faults []error
	fault := func(err error) {
		if err != nil {
			faults = append(faults, err)
		}
	}
	if c.Robots < 1 || c.Robots > 100 {
		fault(fmt.Errorf("--robots %d: want 1 to 100", c.Robots))
	}
	var err error
	p.clock, err = simClock(c.Speed, c.Epoch)
	fault(err)
	p.site, p.pack, err = readSite(c.Site)
	fault(err)
	if p.site != nil {
		fault(docksFor(p.site, c.Robots))
	}
	p.incidents, err = readIncidents(c.Incidents)
	fault(err)
	if _, _, err := net.SplitHostPort(c.Technician); err != nil {
		fault(fmt.Errorf("--technician: %w", err))
	}
	fault(checkSecret(c.TechnicianSecret))
	if p.site != nil && c.Robots > 0 {
		_, err := link.New(p.linkOptions(p.id(0), nil))
		fault(err)
	}
	return p, errors.Join(faults...)
}

// checkSecret says what is wrong with a secret of Standard Webhooks; none at all is none of a fault.
func checkSecret(secret string) error {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if secret != "" && (err != nil || len(key) < 24 || len(key) > 64) {
		return errors.New("--technician-secret: want whsec_ and the base64 of 24 to 64 bytes")
	}
	return nil
}

// simClock is the clock of all programs of a simulation.
func simClock(speed float64, epoch string) (clock.Clock, error) {
	if !(speed >= 0.1 && speed <= 100) {
		return clock.Clock{}, fmt.Errorf("--speed %v: want 0.1 to 100", speed)
	}
	if epoch == "" {
		if speed != 1 {
			return clock.Clock{}, errors.New("--speed needs --epoch: without it the programs' clocks disagree")
		}
		return clock.Clock{}, nil
	}
	at, err := time.Parse(time.RFC3339, epoch)
	if err != nil {
		return clock.Clock{}, fmt.Errorf("--epoch: %w", err)
	}
	return clock.Clock{Epoch: at, Speed: speed}, nil
}

// readSite reads a site folder, or the sample, and packs it for the robots.
func readSite(name string) (*maps.Site, []byte, error) {
	folder := maps.Sample()
	if name != shipped {
		folder = os.DirFS(name)
	}
	site, err := maps.Load(folder)
	if err != nil {
		return nil, nil, fmt.Errorf("--site %s:\n%w", name, err)
	}
	pack, _, err := maps.Pack(folder)
	if err != nil {
		return nil, nil, fmt.Errorf("--site %s: %w", name, err)
	}
	return site, pack, nil
}

func docksFor(site *maps.Site, robots int) error {
	if len(site.Halls) == 0 || site.Halls[0].Graph == nil {
		return errors.New("--site: its first hall has no route graph")
	}
	if n := len(site.Halls[0].Graph.Docks()); n < robots {
		return fmt.Errorf("--robots %d: hall %s has only %d docks to start from", robots, site.Halls[0].ID, n)
	}
	return nil
}

func readIncidents(name string) ([]sim.Incident, error) {
	switch name {
	case "":
		return nil, nil
	case shipped:
		return sim.ParseIncidents(sample.Incidents())
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("--incidents: %w", err)
	}
	list, err := sim.ParseIncidents(text)
	if err != nil {
		return nil, fmt.Errorf("--incidents %s: %w", name, err)
	}
	return list, nil
}

// passwordFile reads a robot's password anew at each login, so that it may be made, or changed, while the robot runs.
func passwordFile(path string) func() (string, error) {
	return func() (string, error) {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		password := strings.TrimSpace(string(content))
		if password == "" {
			return "", fmt.Errorf("%s is empty", path)
		}
		return password, nil
	}
}
