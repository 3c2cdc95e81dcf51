package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/evidence"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/rest"
	"github.com/nightrounds/nightrounds/fleet/ticket/signed"
	"github.com/nightrounds/nightrounds/fleet/ticket/sinks"
	"github.com/nightrounds/nightrounds/fleet/webhook"
	"github.com/nightrounds/nightrounds/fleet/wire"
)

// sinks are the ticket systems of the site folder, and the one of --ticket-url.
func (s *serveCmd) sinks(folder fs.FS) ([]ticket.Sink, error) {
	out, err := sinks.Load(folder, sinks.Options{Lookup: os.LookupEnv})
	if err != nil {
		return nil, fmt.Errorf("%w: site %q:\n%w", errUsage, s.Site, err)
	}
	if s.TicketURL == "" {
		return out, nil
	}
	secret, err := webhook.ParseSecret(os.Getenv(s.TicketSecretEnv))
	if err != nil {
		return nil, fmt.Errorf("%w: environment variable %s: %w", errUsage, s.TicketSecretEnv, err)
	}
	return append(out, signed.To(s.TicketURL, secret, rest.NoRedirects(20*time.Second), time.Now)), nil
}

// sinksEvery is how often the mapping files are looked at for a change.
const sinksEvery = 10 * time.Second

// watchSinks takes up mapping files that were changed. Files that are at fault are refused, and the sinks go on as they
// were.
func (s *serveCmd) watchSinks(ctx context.Context, folder fs.FS, c *fleet.Controller, log *slog.Logger) error {
	t := time.NewTicker(sinksEvery)
	defer t.Stop()
	last := sinks.Print(folder)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
		now := sinks.Print(folder)
		if now == last {
			continue
		}
		more, err := s.sinks(folder)
		if err == nil {
			err = c.UseSinks(ctx, more)
		} else {
			last = now // it is said once
		}
		if err != nil {
			log.Error("the site's sinks stay as they were", "error", err)
			continue
		}
		last = now
		log.Info("the site's sinks were read anew", "sinks", len(more))
	}
}

// pictureOf reads pictures for ticket systems.
func pictureOf(pictures *evidence.Store) func(context.Context, string) ([]byte, error) {
	return func(ctx context.Context, sha256 string) ([]byte, error) {
		f, _, err := pictures.Open(ctx, sha256)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return io.ReadAll(io.LimitReader(f, wire.MaxPayload))
	}
}

// ticketsCmd is what people do with tickets.
type ticketsCmd struct {
	List   listTicketsCmd `cmd:"" default:"withargs" help:"List the tickets."`
	Sinks  ticketSinksCmd `cmd:"" help:"List the ticket systems: what waits for each, and what it says."`
	Test   testSinkCmd    `cmd:"" help:"Make a test ticket at a ticket system, with a picture, and close it again."`
	Dead   deadCmd        `cmd:"" help:"List what a ticket system would not take, and what it said."`
	Resend resendCmd      `cmd:"" help:"Send again what was given up."`
}

type listTicketsCmd struct{ output }

func (c *listTicketsCmd) Run(ctx context.Context) error {
	return list(ctx, c.output, "tickets", nil, "ID\tSTATE\tRACK\tUNIT\tDEVICE\tKIND\tSEVERITY\tREVISION\tDELIVERED\tTITLE", func(t ticket.Ticket) []any {
		return []any{t.ID, t.State, t.Rack, t.Unit, dash(t.Device), t.Kind, t.Severity, t.Revision, deliveredText(t), t.Title}
	})
}

type ticketSinksCmd struct{ output }

func (c *ticketSinksCmd) Run(ctx context.Context) error {
	return list(ctx, c.output, "sinks", nil, "NAME\tKIND\tWAITING\tDEAD\tSAID", func(s fleet.SinkView) []any {
		return []any{s.Name, dash(s.Kind), s.Waiting, s.Dead, dash(s.Said)}
	})
}

type testSinkCmd struct {
	server
	Sink string `arg:"" help:"Ticket system, by its file's name."`
}

func (c *testSinkCmd) Run(ctx context.Context) error {
	type outcome struct {
		Did   []string `json:"did"`
		Error string   `json:"error"`
	}
	out, err := call[outcome](ctx, c.server, "sinks/"+c.Sink+"/test", by{whoami()})
	if err != nil {
		return err
	}
	for _, did := range out.Did {
		fmt.Println(did)
	}
	if out.Error != "" {
		return errors.New(out.Error)
	}
	fmt.Println(c.Sink + " works")
	return nil
}

const deadColumns = "TICKET\tSINK\tREVISION\tSINCE\tREFUSALS\tTHERE\tSAID"

func deadRow(d ticket.Dead) []any {
	return []any{d.Ticket, d.Sink, d.Revision, d.Since.Local().Format(time.DateTime), d.Refusals, dash(d.Number), d.Said}
}

type deadCmd struct{ output }

func (c *deadCmd) Run(ctx context.Context) error {
	return list(ctx, c.output, "dead-letters", nil, deadColumns, deadRow)
}

type resendCmd struct {
	output
	Ticket string `arg:"" optional:"" help:"Ticket to send again."`
	Sink   string `help:"Only to this ticket system."`
	All    bool   `help:"Everything that was given up."`
}

func (c *resendCmd) Run(ctx context.Context) error {
	if (c.Ticket == "") == !c.All {
		return fmt.Errorf("%w: name a ticket, or --all", errUsage)
	}
	ask := map[string]string{"ticket": c.Ticket, "sink": c.Sink, "by": whoami()}
	return list(ctx, c.output, "dead-letters/resend", ask, deadColumns, deadRow)
}
