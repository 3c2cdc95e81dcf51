package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	firmware "github.com/nightrounds/nightrounds/firmware-bridge"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/robot"
	"github.com/nightrounds/nightrounds/robot/eyes"
	"github.com/nightrounds/nightrounds/robot/link"
	"github.com/nightrounds/nightrounds/robot/outbox"
	"github.com/nightrounds/nightrounds/robot/sensors/mlx90640"
	"github.com/nightrounds/nightrounds/robot/sensors/sht4x"
	"github.com/nightrounds/nightrounds/robot/sim"
)

// A simRobot is one robot of the simulation: a body that is not there, and an agent that does not know.
type simRobot struct {
	body   *sim.Body
	base   *firmware.Base
	link   *link.Link
	agent  *robot.Agent
	eyes   *eyes.Eyes
	outbox *outbox.Outbox
}

// robot builds the n-th robot, from 0; nothing runs yet.
func (p *simPlan) robot(ctx context.Context, world *sim.World, n int, log *slog.Logger) (*simRobot, error) {
	id := p.id(n)
	hall := p.site.Halls[0]
	body, err := world.AddRobot(sim.BodyOptions{Serial: id.SerialNumber, Hall: hall.ID, Dock: hall.Graph.Docks()[n].ID})
	if err != nil {
		return nil, err
	}
	r := &simRobot{body: body}
	if err := r.build(ctx, p, id, log); err != nil {
		return nil, errors.Join(fmt.Errorf("robot %s: %w", id, err), r.close())
	}
	return r, nil
}

// id is the n-th robot's, from 0.
func (p *simPlan) id(n int) wire.RobotID {
	return wire.RobotID{Manufacturer: p.cmd.Manufacturer, SerialNumber: fmt.Sprintf("NR-%02d", n+1)}
}

func (p *simPlan) linkOptions(id wire.RobotID, log *slog.Logger) link.Options {
	if log != nil {
		log = log.With("robot", id.SerialNumber)
	}
	return link.Options{
		Broker: p.cmd.Broker, Site: p.site.ID, Robot: id, Clock: p.clock, Logger: log,
		Password: passwordFile(filepath.Join(p.cmd.Credentials, id.ClientID()+".password")),
	}
}

func (r *simRobot) build(ctx context.Context, p *simPlan, id wire.RobotID, log *slog.Logger) error {
	dir := filepath.Join(p.cmd.Data, id.SerialNumber)
	parts := robot.Options{ID: id, Dir: dir, Clock: p.clock, Camera: r.body.Camera(), Package: p.pack, Logger: log}
	if hall, pose, docked := r.body.StartPose(); docked {
		parts.Start = &robot.Start{Hall: hall, Pose: pose}
	}
	array, err := mlx90640.New(r.body.Bus(), &mlx90640.Opts{Clock: p.clock, RateHz: 8})
	if err != nil {
		return err
	}
	air, err := sht4x.New(ctx, r.body.Bus(), &sht4x.Opts{Clock: p.clock})
	if err != nil {
		return err
	}
	parts.Thermal, parts.Air = robot.ThermalArray{Dev: array}, robot.AirProbe{Dev: air}
	r.base, err = firmware.New(firmware.Options{Endpoint: r.body.BaseEndpoint(), Clock: p.clock, Logger: log.With("base", id.SerialNumber)})
	if err != nil {
		return err
	}
	if r.link, err = link.New(p.linkOptions(id, log)); err != nil {
		return err
	}
	if r.eyes, err = newEyes(log); err != nil {
		return err
	}
	if r.outbox, err = outbox.Open(outbox.Options{Dir: filepath.Join(dir, "outbox"), Logger: log}); err != nil {
		return err
	}
	parts.Base, parts.Link, parts.Eyes, parts.Outbox = r.base, r.link, r.eyes, r.outbox
	r.agent, err = robot.New(parts)
	return err
}

func newEyes(log *slog.Logger) (*eyes.Eyes, error) {
	command, err := visionCommand()
	if err != nil {
		return nil, err
	}
	return eyes.New(eyes.Options{Command: command, Logger: log})
}

// runBody moves the body and speaks with its base, until ctx ends.
func (r *simRobot) runBody(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return r.body.Run(ctx) })
	group.Go(func() error { return r.base.Run(ctx) })
	return tidy(group.Wait())
}

// runAgent runs the agent and its link until ctx ends; then it closes what the robot holds open.
func (r *simRobot) runAgent(ctx context.Context) error {
	return errors.Join(runAgent(ctx, r.agent, r.link), r.close())
}

// runAgent runs an agent and its link until ctx ends.
func runAgent(ctx context.Context, agent *robot.Agent, l *link.Link) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return agent.Run(ctx) })
	group.Go(func() error { return l.Run(ctx) })
	return tidy(group.Wait())
}

func (r *simRobot) close() error {
	var errs []error
	if r.eyes != nil {
		errs = append(errs, r.eyes.Close())
	}
	if r.outbox != nil {
		errs = append(errs, r.outbox.Close())
	}
	return errors.Join(errs...)
}
