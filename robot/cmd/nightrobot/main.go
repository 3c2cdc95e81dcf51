// Command nightrobot is the robot: its agent on a real body (run), any number of robots in a simulated hall (sim), and
// the agent's eyes on pictures from elsewhere (look).
//
// It exits with 0 when it was ended by a signal or has done its work, 1 when it failed, and 2 when it was told
// nonsense: then all faults are listed and nothing has been started.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

// cli is the command line.
type cli struct {
	Run     runCmd     `cmd:"" help:"Be the agent of a real robot."`
	Sim     simCmd     `cmd:"" help:"Simulate a hall and the robots in it; each runs the same agent."`
	Look    lookCmd    `cmd:"" help:"Show the agent's eyes pictures from elsewhere."`
	Bench   benchCmd   `cmd:"" help:"Measure what this program claims."`
	Vision  visionCmd  `cmd:"" hidden:"" help:"Judge looks: requests on stdin, results on stdout, one a line."`
	Outbox  outboxCmd  `cmd:"" help:"Tell what a robot that is stopped has seen, and what of it is still to be handed over."`
	Normals normalsCmd `cmd:"" help:"Tell which viewpoints a robot has learned, and have it learn some anew."`
	Capture captureCmd `cmd:"" hidden:"" help:"Take one burst from a camera."`
	Version versionCmd `cmd:"" help:"Say which version this is."`
	Debug   bool       `help:"Log more."`
}

// A usageError is a fault of what the program was told; the exit code is 2.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// console is where a command speaks.
type console struct {
	out io.Writer
	log *slog.Logger
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run does one command line and returns the exit code.
func run(args []string, in io.Reader, out, errs io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	var c cli
	parser, err := kong.New(&c, kong.Name("nightrobot"), kong.Writers(out, errs), kong.UsageOnError(),
		kong.Description("The robot of Nightrounds: looks at every rack, round after round."),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.BindTo(in, (*io.Reader)(nil)),
		kong.Exit(func(code int) { panic(exit(code)) }))
	if err != nil {
		_, _ = fmt.Fprintln(errs, "nightrobot:", err)
		return exitFailed
	}
	return parse(parser, &c, args, out, errs)
}

// exit is what kong ends the program with, as after --help.
type exit int

func parse(parser *kong.Kong, c *cli, args []string, out, errs io.Writer) (code int) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(exit)
			if !ok {
				panic(r)
			}
			code = int(e)
		}
	}()
	k, err := parser.Parse(args)
	if err != nil {
		_, _ = fmt.Fprintln(errs, "nightrobot:", err)
		return exitUsage
	}
	level := slog.LevelInfo
	if c.Debug {
		level = slog.LevelDebug
	}
	err = k.Run(&console{out: out, log: slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: level}))})
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		_, _ = fmt.Fprintf(errs, "nightrobot: %v\n", err)
		return exitUsage
	}
	_, _ = fmt.Fprintf(errs, "nightrobot: %v\n", err)
	return exitFailed
}

type versionCmd struct{}

// Run prints the version that the build was made from.
func (versionCmd) Run(c *console) error {
	version, commit := "unknown", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = " " + s.Value
			}
		}
	}
	_, err := fmt.Fprintf(c.out, "nightrobot %s%s\n", version, commit)
	return err
}
