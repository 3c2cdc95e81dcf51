// Command nightrounds is the fleet controller of a data centre's inspection robots, and the operator's command line
// to it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is the command line.
type cli struct {
	Serve  serveCmd  `cmd:"" help:"Run the controller of a site: broker, journal, patrol, tickets, page."`
	Demo   demoCmd   `cmd:"" help:"Run a controller and simulated robots in a sample hall with faults in it, and tell what happens."`
	Enroll enrollCmd `cmd:"" help:"Make a robot's login (while no controller runs on that data folder) and write it to a file."`

	Watch       watchCmd       `cmd:"" help:"Tell what happens at the site, line by line."`
	Robots      robotsCmd      `cmd:"" help:"List the robots."`
	Patrol      patrolCmd      `cmd:"" help:"List the viewpoints, most overdue first."`
	Inspect     inspectCmd     `cmd:"" help:"Ask for a look at a rack."`
	Inspections inspectionsCmd `cmd:"" help:"List the inspections; move one up, or take it back."`
	Faults      faultsCmd      `cmd:"" help:"List the faults, tell the story of one, judge one."`
	Tickets     ticketsCmd     `cmd:"" help:"List the tickets; try a ticket system; list and resend what one would not take."`
	Verify      verifyCmd      `cmd:"" help:"Say that a fault is repaired: a robot looks again."`
	Zones       zonesCmd       `cmd:"" help:"List the zones that robots keep out of, drive slowly in, or one way; add one; lift one."`
	Silences    silencesCmd    `cmd:"" help:"List the silences that hold tickets back; add one or a recurring maintenance window; load a file of them; end one."`
	Alarm       alarmCmd       `cmd:"" help:"Have robots leave the aisles on a fire or an evacuation; tell how far they are; clear it."`
	Portals     portalsCmd     `cmd:"" help:"List the doors, lifts and airlocks on robots' ways: what they are, who needs them, what was last wrong."`
	Remedy      remedyCmd      `cmd:"" help:"List the repairs; say what one would do; stop all, let them run again; decline, begin and end a person's part of one."`
	Approve     approveCmd     `cmd:"" help:"Approve a repair's waiting step."`
	Journal     journalCmd     `cmd:"" help:"Tell what a site's journal holds (while no controller runs on that data folder)."`
	Site        siteCmd        `cmd:"" help:"Work with site folders."`
	Bench       benchCmd       `cmd:"" help:"Measure what this program claims."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
}

// errUsage marks errors that are the caller's: bad input. They end the program with exit status 2.
var errUsage = errors.New("bad input")

func main() {
	var c cli
	k := kong.Must(&c, kong.Name("nightrounds"), kong.UsageOnError(),
		kong.Description("The fleet controller of a data centre's inspection robots."),
		kong.Exit(func(code int) {
			if code != 0 {
				code = 2
			}
			os.Exit(code)
		}))
	parsed, err := k.Parse(os.Args[1:])
	k.FatalIfErrorf(err)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	parsed.BindTo(ctx, (*context.Context)(nil))
	err = parsed.Run()
	stop()
	switch {
	case err == nil || errors.Is(err, context.Canceled):
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "nightrounds:", err)
		os.Exit(1)
	}
}
