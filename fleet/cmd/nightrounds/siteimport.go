package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/durable"
	"github.com/nightrounds/nightrounds/maps/intake"
	"github.com/nightrounds/nightrounds/maps/intake/netbox"
)

type siteImportCmd struct {
	Files       []string `arg:"" optional:"" name:"file" help:"Files, known by what they hold; a folder stands for all in it; HALL=FILE gives one to a hall."`
	Into        string   `required:"" help:"Site folder to fill; it is made where it does not exist." type:"path"`
	NetBox      string   `name:"netbox" help:"Address of a NetBox, version 3.3 or later, to ask for racks, devices and device types." placeholder:"URL"`
	NetBoxSite  string   `name:"netbox-site" help:"Slug of the NetBox site that is wanted; without it, all." placeholder:"SLUG"`
	NetBoxToken string   `name:"netbox-token-env" help:"Environment variable that holds the token, of version 1 or 2; it needs to view racks, devices and device types only." default:"NETBOX_TOKEN"`
	Prune       bool     `help:"Take out racks and devices that an import brought and that are no longer in any of their sources."`
	DryRun      bool     `help:"Tell what would be done, and write nothing."`
}

// Help is what the command says of itself at length.
func (*siteImportCmd) Help() string {
	return `Reads

  LIF 1.0 (VDMA)         route graphs: nodes, edges, charging stations
  building.yaml          Open-RMF traffic editor: lanes, doors, chargers, holding points; each level is a hall
  ROS map YAML           floor grids of map_server, with their PGM or PNG picture
  device type YAML       NetBox device type library, a file or a folder of it
  CSV                    racks (name, row, x, y, theta, u_height, ...), devices (name, rack, position, face,
                         device_type, ...) or device types, as measured by hand or exported from NetBox; a unit may
                         stand in the heading: "x [mm]", theta_rad
  --netbox URL           racks, devices and device types from NetBox itself. It has no place on the floor for a rack:
                         custom fields x, y, theta, row are read, or give a CSV of racks beside it

and merges them: racks are matched by name or facility id, nodes of two graphs that lie on one point become one. Where
two differ the report names both, which was taken and why. Places on the floor are taken from tables, heights and
devices from NetBox, else from what is named first. What you wrote in site.yaml by hand is kept, always.

imports.yaml in the folder records which thing became which id: keep it, and a further import changes what changed and
nothing else. With a fault anywhere, all faults are listed with file and line and nothing is written. At the end stands
what is still missing before 'nightrounds site check' passes.

  nightrounds site import --into my-site map.yaml racks.csv
  nightrounds site import --into my-site --netbox https://netbox.example --netbox-site fra1
  nightrounds site import --into my-site dh1=layout-a.lif.json dh2=layout-b.lif.json`
}

// netboxPatience is how long one page of NetBox's answer may take: large ones are slow with many custom fields.
const netboxPatience = 2 * time.Minute

func (c *siteImportCmd) Run(ctx context.Context) error {
	inputs, err := c.inputs()
	if err != nil {
		return err
	}
	o := intake.Options{SiteID: filepath.Base(c.Into), Prune: c.Prune}
	if c.NetBox != "" {
		token := os.Getenv(c.NetBoxToken)
		if token == "" {
			return fmt.Errorf("%w: environment variable %s holds no token for %s", errUsage, c.NetBoxToken, c.NetBox)
		}
		o.NetBox = &netbox.Server{URL: c.NetBox, Token: strings.TrimSpace(token), Site: c.NetBoxSite, HTTP: &http.Client{Timeout: netboxPatience}}
	}
	res, err := intake.Import(ctx, os.DirFS(c.Into), inputs, o)
	if err != nil {
		return fmt.Errorf("%w: nothing was changed in %s:\n%w", errUsage, c.Into, err)
	}
	if !c.DryRun {
		if err := write(c.Into, res.Files); err != nil {
			return err
		}
	}
	res.Report.Write(os.Stdout)
	if c.DryRun {
		fmt.Println("nothing was written: this was a dry run")
	}
	return nil
}

// write writes files in their order: site.yaml after what it names, the record last.
func write(dir string, files []intake.File) error {
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := durable.MakeDir(filepath.Dir(name)); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		if err := durable.WriteFile(name, f.Data, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

// maxInputs bounds what a folder may hold: the whole device type library has about 6,000 files.
const maxInputs = 50_000

// inputs are the files to read: those named, and those in folders named.
func (c *siteImportCmd) inputs() ([]intake.Input, error) {
	var all []intake.Input
	for _, arg := range c.Files {
		hall, file := "", arg
		if _, err := os.Stat(arg); errors.Is(err, fs.ErrNotExist) {
			if h, f, ok := strings.Cut(arg, "="); ok && h != "" {
				hall, file = h, f
			}
		}
		info, err := os.Stat(file)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errUsage, err)
		}
		if !info.IsDir() {
			all = append(all, input(file, hall))
			continue
		}
		err = filepath.WalkDir(file, func(p string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case p != file && strings.HasPrefix(d.Name(), ".") && d.IsDir():
				return filepath.SkipDir
			case d.Type().IsRegular() && importable(d.Name()):
				all = append(all, input(p, hall))
			}
			if len(all) > maxInputs {
				return fmt.Errorf("more than %d files: name fewer", maxInputs)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("%w: read folder %s: %w", errUsage, file, err)
		}
	}
	return all, nil
}

// importable reports whether a file in a folder may be one to import; a picture comes with its map.
func importable(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml", ".json", ".csv", ".lif":
		return !strings.HasPrefix(name, ".")
	}
	return false
}

func input(file, hall string) intake.Input {
	return intake.Input{
		FS: os.DirFS(filepath.Dir(file)), Name: filepath.Base(file), Path: filepath.ToSlash(filepath.Clean(file)), Hall: hall,
	}
}
