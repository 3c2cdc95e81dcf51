package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"
	"periph.io/x/conn/v3/i2c/i2creg"
	"periph.io/x/conn/v3/spi/spireg"
	"periph.io/x/host/v3"

	firmware "github.com/nightrounds/nightrounds/firmware-bridge"
	"github.com/nightrounds/nightrounds/robot"
	"github.com/nightrounds/nightrounds/robot/eyes"
	"github.com/nightrounds/nightrounds/robot/link"
	"github.com/nightrounds/nightrounds/robot/outbox"
	"github.com/nightrounds/nightrounds/robot/sensors/lepton"
	"github.com/nightrounds/nightrounds/robot/sensors/mlx90640"
	"github.com/nightrounds/nightrounds/robot/sensors/sht4x"
)

// runCmd is the agent of a real robot.
type runCmd struct {
	Config string `required:"" placeholder:"FILE" help:"The robot's configuration, YAML."`
}

// Run runs the agent until ctx ends.
func (c *runCmd) Run(ctx context.Context, con *console) (err error) {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return usageError{err}
	}
	parts := robot.Options{
		ID: cfg.id(), Dir: cfg.Data, Start: cfg.start(), Burst: cfg.Camera.burst(), Logger: con.log,
	}
	if cfg.Package != "" {
		if _, parts.Package, err = readSite(cfg.Package); err != nil {
			return usageError{err}
		}
	}
	base, err := firmware.New(firmware.Options{Endpoint: cfg.Base, Logger: con.log})
	if err != nil {
		return usageError{err}
	}
	l, err := link.New(link.Options{
		Broker: cfg.Broker, Site: cfg.Site, Robot: cfg.id(), Password: passwordFile(cfg.PasswordFile), Logger: con.log,
	})
	if err != nil {
		return usageError{err}
	}
	camera, err := openCamera(cfg.Camera)
	if err != nil {
		return err
	}
	closeBus, err := sense(ctx, cfg, &parts, con.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeBus()) }()
	parts.Base, parts.Link, parts.Camera = base, l, camera
	return work(ctx, parts, base, l)
}

// sense opens the sensors of the I2C bus, and the Lepton's SPI port. A sensor that does not answer is done without: looks
// are poorer then.
func sense(ctx context.Context, cfg *config, parts *robot.Options, log *slog.Logger) (closeBus func() error, err error) {
	if _, err := host.Init(); err != nil {
		return nil, fmt.Errorf("find the robot's buses: %w", err)
	}
	bus, err := i2creg.Open(cfg.I2C)
	if err != nil {
		return nil, fmt.Errorf("open I2C bus %q: %w", cfg.I2C, err)
	}
	closeBus = bus.Close
	switch cfg.Thermal {
	case thermalNone:
	case thermalLepton:
		port, err := spireg.Open(cfg.SPI)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open SPI port %q: %w", cfg.SPI, err), bus.Close())
		}
		closeBus = func() error { return errors.Join(port.Close(), bus.Close()) }
		if camera, err := lepton.New(ctx, port, bus, nil); err != nil {
			log.Error("no thermal camera: looking without temperatures", "why", err)
		} else {
			parts.Thermal = robot.LeptonArray{Dev: camera}
		}
	default:
		if array, err := mlx90640.New(bus, nil); err != nil {
			log.Error("no thermal array: looking without temperatures", "why", err)
		} else {
			parts.Thermal = robot.ThermalArray{Dev: array}
		}
	}
	if probe, err := sht4x.New(ctx, bus, nil); err != nil {
		log.Error("no air sensor: looking without the air's temperature", "why", err)
	} else {
		parts.Air = robot.AirProbe{Dev: probe}
	}
	return closeBus, nil
}

// work runs the agent, and its base until the agent has stopped it.
func work(ctx context.Context, parts robot.Options, base *firmware.Base, l *link.Link) (err error) {
	command, err := visionCommand()
	if err != nil {
		return err
	}
	e, err := eyes.New(eyes.Options{Command: command, Logger: parts.Logger})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	box, err := outbox.Open(outbox.Options{Dir: filepath.Join(parts.Dir, "outbox"), Logger: parts.Logger})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	parts.Eyes, parts.Outbox = e, box
	agent, err := robot.New(parts)
	if err != nil {
		return err
	}
	baseCtx, stopBase := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBase()
	legs, legsCtx := errgroup.WithContext(baseCtx)
	legs.Go(func() error { return base.Run(legsCtx) })
	agentCtx, stopAgent := context.WithCancel(ctx)
	defer stopAgent()
	context.AfterFunc(legsCtx, stopAgent) // a base that cannot run ends the agent
	err = runAgent(agentCtx, agent, l)
	stopBase()
	return errors.Join(err, tidy(legs.Wait()))
}

// readable says why a file cannot be read.
func readable(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return f.Close()
}
