package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/inbound"
	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/machine/ask"
	"github.com/nightrounds/nightrounds/fleet/machine/hands"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/wire/clock"
	"github.com/nightrounds/nightrounds/maps"
)

// outside is whom a site asks, what carries out steps there, and who may raise alarms.
type outside struct {
	asker   *ask.Asker
	hands   map[remedy.Kind]remedy.Executor
	senders []*inbound.Source
	site    *maps.Site
}

// newOutside reads machines.yaml and inbound.yaml of a site folder; credentials come from the environment.
func newOutside(folder fs.FS, site *maps.Site, tick clock.Clock, log *slog.Logger) (outside, error) {
	declared, err := machine.Load(folder, site, machine.Vault{Env: os.LookupEnv, File: os.ReadFile})
	senders, sendErr := inbound.Load(folder, site, os.LookupEnv)
	if err := errors.Join(err, sendErr); err != nil {
		return outside{}, fmt.Errorf("%w: %w", errUsage, err)
	}
	asker := ask.New(ask.Options{Declared: declared, Topology: cause.NewTopology(site, site.Viewpoints()), Now: tick.Now, Logger: log})
	return outside{asker, hands.Of(declared, tick.Now), senders, site}, nil
}

// receiver is the HTTP that alarms come in by.
func (o outside) receiver(c *fleet.Controller, log *slog.Logger) *inbound.Receiver {
	return inbound.NewReceiver(o.senders, inbound.NewIndex(o.site), c, time.Now, log) // signatures live by the wall clock
}

// overheard takes what the building says at the broker.
func (o outside) overheard(_ context.Context, topic string, payload []byte, retained bool) {
	o.asker.Hear(topic, payload, retained)
}

// A withheld site folder is one without the files that robots have no use for: they name credentials and management networks.
type withheld struct{ fs.FS }

// ReadDir implements fs.ReadDirFS.
func (w withheld) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(w.FS, name)
	var out []fs.DirEntry
	for _, e := range all {
		if name != "." || e.Name() != machine.FileName && e.Name() != inbound.FileName {
			out = append(out, e)
		}
	}
	return out, err
}
