package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/nightrounds/nightrounds/fleet/broker"
	"github.com/nightrounds/nightrounds/fleet/durable"
	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/maps"
)

type enrollCmd struct {
	Robot      string `arg:"" help:"The robot as manufacturer/serial, the name of a listener or a panel, or a portal's id."`
	ListenOnly bool   `help:"Make a login that hears all that crosses the broker and can say nothing: to look for a fault."`
	AlarmPanel bool   `help:"Make a login that may raise and clear alarms and nothing else: for what stands between the building's fire panel and MQTT."`
	Portal     bool   `help:"Make the login of a door's, lift's or airlock's control (mqtt in site.yaml)."`
	Building   bool   `help:"Make a login that may say what the building's sensors read (mqtt in machines.yaml) and nothing else."`
	Site       string `help:"Site folder, or 'sample'." default:"sample"`
	Data       string `help:"The controller's data folder." default:"nightrounds-data"`
	Out        string `help:"Folder that receives {client id}.password." default:"."`
}

func (c *enrollCmd) Run() error {
	manufacturer, serial, ok := strings.Cut(c.Robot, "/")
	kinds := 0
	for _, chosen := range []bool{c.ListenOnly, c.AlarmPanel, c.Portal, c.Building} {
		if chosen {
			kinds++
		}
	}
	if kinds > 1 {
		return fmt.Errorf("%w: choose one of --listen-only, --alarm-panel, --portal and --building", errUsage)
	}
	if !ok && kinds == 0 {
		return fmt.Errorf("%w: robot %q: want manufacturer/serial", errUsage, c.Robot)
	}
	s := serveCmd{Site: c.Site}
	_, site, _, err := s.site()
	if err != nil {
		return err
	}
	var file string
	if c.Portal && !hasPortal(site, c.Robot) {
		return fmt.Errorf("%w: site %s has no portal %q that is asked by mqtt", errUsage, site.ID, c.Robot)
	}
	switch {
	case c.AlarmPanel:
		file, err = enroll(c.Data, site.ID, wire.Panel(c.Robot).ClientID(), c.Out, func(b *broker.Broker) (string, error) {
			return b.EnrollPanel(c.Robot)
		})
	case c.Building:
		file, err = enrollRobot(c.Data, site.ID, wire.Building(c.Robot), c.Out)
	case c.Portal:
		file, err = enrollRobot(c.Data, site.ID, wire.Portal(c.Robot), c.Out)
	case c.ListenOnly:
		file, err = enroll(c.Data, site.ID, broker.ListenerID(c.Robot), c.Out, func(b *broker.Broker) (string, error) {
			return b.EnrollListener(c.Robot)
		})
	default:
		file, err = enrollRobot(c.Data, site.ID, wire.RobotID{Manufacturer: manufacturer, SerialNumber: serial}, c.Out)
	}
	if err == nil {
		fmt.Println(file)
	}
	return err
}

func hasPortal(site *maps.Site, id string) bool {
	for _, h := range site.Halls {
		if slices.ContainsFunc(h.Portals, func(p maps.Portal) bool { return p.ID == id && p.MQTT != nil }) {
			return true
		}
	}
	return false
}

func enrollRobot(data, site string, id wire.RobotID, out string) (file string, err error) {
	return enroll(data, site, id.ClientID(), out, func(b *broker.Broker) (string, error) { return b.Enroll(id) })
}

// enroll makes a login and writes its password to a file that only this user reads.
func enroll(data, site, clientID, out string, login func(*broker.Broker) (string, error)) (file string, err error) {
	release, err := durable.Lock(data)
	if err != nil {
		return "", fmt.Errorf("enroll %s: %w", clientID, err)
	}
	defer release()
	b, err := broker.New(broker.Options{Dir: data, Site: site})
	if err != nil {
		return "", err
	}
	password, err := login(b)
	if err != nil {
		return "", err
	}
	file = filepath.Join(out, clientID+".password")
	if err := durable.MakeDir(out); err != nil {
		return "", fmt.Errorf("keep the password of %s: %w", clientID, err)
	}
	if err := durable.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep the password of %s: %w", clientID, err)
	}
	return file, nil
}

type siteCmd struct {
	Check  siteCheckCmd  `cmd:"" help:"Check a site folder: every fault with file, line and field."`
	Copy   siteCopyCmd   `cmd:"" help:"Write the sample site into a folder, to start one's own from."`
	Import siteImportCmd `cmd:"" help:"Make or renew a site folder from route graphs, floor maps, NetBox and tables."`
	Draft  siteDraftCmd  `cmd:"" help:"Make the route graphs of a site folder from its floors and rows."`
	Draw   siteDrawCmd   `cmd:"" help:"Draw a site's halls, a ROS map or a LIF file as SVG or PNG."`
	Export siteExportCmd `cmd:"" help:"Write a site as LIF or GeoJSON, for other programs."`
	Plan   sitePlanCmd   `cmd:"" help:"Foretell how robots keep the intervals: how late, how many it takes, what they do with their time."`
	Drift  siteDriftCmd  `cmd:"" help:"Compare what the robots found with the record, and propose changes for NetBox."`
}

type siteCheckCmd struct {
	Dir string `arg:"" help:"Site folder, or 'sample'."`
}

func (c *siteCheckCmd) Run() error {
	s := serveCmd{Site: c.Dir}
	folder, site, books, err := s.site()
	if err != nil {
		return err
	}
	var here standIn
	declared, senders, err := readOutside(folder, site, machine.Vault{Env: here.env, File: here.file})
	if err != nil {
		return err
	}
	for _, w := range site.Warnings {
		fmt.Println("warning:", w)
	}
	for _, w := range handless(books.Runbooks, declared) {
		fmt.Println("warning:", w)
	}
	for _, name := range here.missing {
		fmt.Println("note: the controller needs", name, "for its credentials, and it is not here")
	}
	devices := 0
	for _, r := range site.Racks() {
		devices += len(r.Devices)
	}
	fmt.Printf("site %q is in order: %d halls, %d racks, %d devices of %d types, %d viewpoints, %d runbooks, %d sources to ask, %d senders of alarms\n",
		site.ID, len(site.Halls), len(site.Racks()), devices, len(site.DeviceTypes), len(site.Viewpoints()), len(books.Runbooks), declared.Count(), len(senders))
	return nil
}

type siteCopyCmd struct {
	Dir string `arg:"" help:"Folder to make; it must not exist."`
}

func (c *siteCopyCmd) Run() error {
	if _, err := os.Stat(c.Dir); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s exists", errUsage, c.Dir)
	}
	return os.CopyFS(c.Dir, maps.Sample())
}

type versionCmd struct{}

func (*versionCmd) Run() error {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	_, err := fmt.Println("nightrounds", version)
	return err
}
