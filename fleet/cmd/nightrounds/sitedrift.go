package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/drift"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/wire"
)

type siteDriftCmd struct {
	server
	Dir           string  `arg:"" help:"Site folder of the controller, or 'sample'."`
	Out           string  `help:"Where to write: OUT.json, and OUT-position.csv and OUT-status.csv for NetBox's bulk import." default:"drift"`
	Devices       string  `help:"Devices as NetBox exports them as CSV (all data): what the CSV files take the ids from." type:"existingfile"`
	MinConfidence float64 `help:"Propose nothing that was seen with less confidence." default:"0.8"`
	Send          bool    `help:"Send the changes to NetBox. Without it files are written, and nothing else."`
	NetBoxURL     string  `name:"netbox-url" help:"As https://netbox.example.org." env:"NETBOX_URL"`
	NetBoxToken   string  `name:"netbox-token" hidden:"" env:"NETBOX_TOKEN"`
}

func (c *siteDriftCmd) Run(ctx context.Context) error {
	if c.Send && (c.NetBoxURL == "" || c.NetBoxToken == "") {
		return fmt.Errorf("%w: --send needs NETBOX_URL and NETBOX_TOKEN in the environment", errUsage)
	}
	p, err := c.propose(ctx)
	if err != nil {
		return err
	}
	if c.Devices != "" {
		if err := c.match(p.Changes); err != nil {
			return err
		}
	}
	if err := c.write(p); err != nil {
		return err
	}
	for _, n := range p.Left {
		fmt.Println("left out:", n)
	}
	for _, u := range p.Unrecorded {
		fmt.Printf("not in the record: rack %s %s U%d: %s\n", u.Rack, u.Face, u.Unit, u.What)
	}
	for _, change := range p.Changes {
		fmt.Printf("proposed: %s (rack %s): %s\n", change.Device, change.Rack, change.Why)
	}
	if !c.Send {
		return nil
	}
	return c.send(ctx, p.Changes)
}

// propose asks the controller what the robots found, and compares.
func (c *siteDriftCmd) propose(ctx context.Context) (drift.Proposal, error) {
	s := serveCmd{Site: c.Dir}
	_, site, _, err := s.site()
	if err != nil {
		return drift.Proposal{}, err
	}
	faults, err := call[[]fault.Fault](ctx, c.server, "faults", nil)
	if err != nil {
		return drift.Proposal{}, err
	}
	looks := map[string][]wire.Observation{}
	for _, f := range faults {
		if _, known := looks[f.Rack]; known || !f.State.Open() {
			continue
		}
		if _, ok := site.Rack(f.Rack); !ok {
			return drift.Proposal{}, fmt.Errorf("%w: the controller has a fault in rack %q, which %s does not have: name the controller's own site folder", errUsage, f.Rack, c.Dir)
		}
		view, err := call[fleet.RackView](ctx, c.server, "racks/"+f.Rack, nil)
		if err != nil {
			return drift.Proposal{}, err
		}
		looks[f.Rack] = view.Looks
	}
	return drift.Propose(site, faults, looks, drift.Options{MinConfidence: c.MinConfidence}), nil
}

func (c *siteDriftCmd) match(changes []drift.Change) error {
	f, err := os.Open(c.Devices)
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	defer f.Close()
	records, err := drift.ReadRecords(f)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", errUsage, c.Devices, err)
	}
	for _, u := range drift.Match(changes, records) {
		fmt.Println("without an id:", u)
	}
	return nil
}

// write writes the proposal's files.
func (c *siteDriftCmd) write(p drift.Proposal) error {
	document := struct {
		drift.Proposal
		Requests []drift.Patch `json:"requests"`
	}{p, drift.Patches(p.Changes)}
	err := save(c.Out+".json", func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(document)
	})
	if err != nil || c.Devices == "" {
		return err // without ids a bulk import would take each row for a new device
	}
	if err := save(c.Out+"-position.csv", func(w io.Writer) error { _, err := drift.Positions(w, p.Changes); return err }); err != nil {
		return err
	}
	return save(c.Out+"-status.csv", func(w io.Writer) error { _, err := drift.Statuses(w, p.Changes); return err })
}

// sendPatience is how long NetBox may take for one answer.
const sendPatience = 30 * time.Second

func (c *siteDriftCmd) send(ctx context.Context, changes []drift.Change) error {
	n := drift.NetBox{URL: c.NetBoxURL, Token: c.NetBoxToken, Client: &http.Client{Timeout: sendPatience}}
	failed := 0
	for _, change := range changes {
		id, err := n.Send(ctx, change)
		if err != nil {
			failed++
			fmt.Fprintln(os.Stderr, err)
			continue
		}
		fmt.Printf("sent: %s is device %d\n", change.Device, id)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d changes were not sent", failed, len(changes))
	}
	return nil
}
