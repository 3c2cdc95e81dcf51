package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/normals"
	"github.com/nightrounds/nightrounds/vision"
)

// normalsCmd tells what of a site a robot has learned, and has it forget.
type normalsCmd struct {
	Data   string   `required:"" type:"existingdir" placeholder:"DIR" help:"The data folder of one robot."`
	Site   string   `required:"" type:"existingdir" placeholder:"DIR" help:"The site folder that it works by."`
	Forget []string `placeholder:"VIEWPOINT" help:"Have these viewpoints learned anew at their next look; \"all\" forgets every one."`
}

// Run lists the racks of which a viewpoint is not learned yet, and what each learned viewpoint has beside its pictures.
func (c *normalsCmd) Run(con *console) error {
	site, err := maps.Load(os.DirFS(c.Site))
	if err != nil {
		return usageError{err}
	}
	store := normals.New(filepath.Join(c.Data, "normals"))
	if err := c.forget(store, site); err != nil {
		return err
	}
	views, learned, lights, unseen := site.Viewpoints(), 0, 0, 0
	for _, v := range views {
		target, err := vision.TargetOf(site, v)
		if err != nil {
			return err
		}
		n, err := store.Of(v.ID, target)
		if err != nil {
			return err
		}
		if n == nil {
			if _, err := fmt.Fprintf(con.out, "%-20s unlearned%s\n", v.ID, undeclared(target)); err != nil {
				return err
			}
			continue
		}
		learned++
		lights += len(n.Lights)
		unseen += len(n.Unseen)
	}
	_, err = fmt.Fprintf(con.out, "%d of %d viewpoints learned, with %d lights that no type declares; %d declared lights could not be seen\n",
		learned, len(views), lights, unseen)
	return err
}

func (c *normalsCmd) forget(store *normals.Store, site *maps.Site) error {
	for _, id := range c.Forget {
		known := id == "all"
		for _, v := range site.Viewpoints() {
			if id != "all" && id != v.ID {
				continue
			}
			known = true
			if err := store.Forget(v.ID); err != nil {
				return err
			}
		}
		if !known {
			return usageError{fmt.Errorf("--forget: the site has no viewpoint %q", id)}
		}
	}
	return nil
}

// undeclared says how many devices of a stretch have lights that only learning can tell.
func undeclared(t vision.Target) string {
	n := 0
	for _, d := range t.Devices {
		if len(d.LEDs) == 0 {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d devices without declared lights", n)
}
