package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
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
	declared, senders, err := readOutside(folder, site, machine.Vault{Env: os.LookupEnv, File: os.ReadFile})
	if err != nil {
		return outside{}, err
	}
	asker := ask.New(ask.Options{Declared: declared, Topology: cause.NewTopology(site, site.Viewpoints()), Now: tick.Now, Logger: log})
	return outside{asker, hands.Of(declared, tick.Now), senders, site}, nil
}

// readOutside reads both files, and reports every fault of them.
func readOutside(folder fs.FS, site *maps.Site, v machine.Vault) (machine.Declared, []*inbound.Source, error) {
	declared, err := machine.Load(folder, site, v)
	senders, sendErr := inbound.Load(folder, site, v.Env)
	if err := errors.Join(err, sendErr); err != nil {
		return machine.Declared{}, nil, fmt.Errorf("%w:\n%w", errUsage, err)
	}
	return declared, senders, nil
}

// A standIn stands in for credentials that are not here: a folder is checked on machines that must not have them.
type standIn struct{ missing []string }

func (s *standIn) env(name string) (string, bool) {
	if text, ok := os.LookupEnv(name); ok && text != "" {
		return text, true
	}
	if !slices.Contains(s.missing, name) {
		s.missing = append(s.missing, name)
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32)), true
}

func (s *standIn) file(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		s.missing = append(s.missing, path)
		return []byte("user\npassword\n"), nil //nolint:nilerr // it is told as missing
	}
	return text, nil
}

// handless are the steps of runbooks for which no machine is declared at all.
func handless(books []remedy.Runbook, d machine.Declared) (out []string) {
	has := map[remedy.Kind]bool{
		remedy.Redfish:  len(d.Redfish) > 0,
		remedy.Outlet:   slices.ContainsFunc(d.SNMP, func(m machine.SNMP) bool { return len(m.Outlets) > 0 }),
		remedy.SetPoint: slices.ContainsFunc(d.Modbus, func(m machine.Modbus) bool { return m.SetPoint != nil }),
	}
	for _, b := range books {
		for _, s := range b.Steps {
			if known, touches := has[s.Kind]; touches && !known {
				out = append(out, fmt.Sprintf("%s:%d: step %q of runbook %q will be refused: %s declares nothing for %s steps", remedy.FileName, s.Line, s.Name, b.ID, machine.FileName, s.Kind))
			}
		}
	}
	return out
}

// receiver is the HTTP that alarms come in by.
func (o outside) receiver(c *fleet.Controller, log *slog.Logger) *inbound.Receiver {
	return inbound.NewReceiver(o.senders, inbound.NewIndex(o.site), c, time.Now, log) // signatures live by the wall clock
}

// overheard takes what the building says at the broker.
func (o outside) overheard(_ context.Context, topic string, payload []byte, retained bool) {
	o.asker.Hear(topic, payload, retained)
}
