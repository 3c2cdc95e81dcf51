// Package intake makes a site folder of what others have written down: route graphs as LIF 1.0 or Open-RMF's
// building.yaml, floors as ROS map_server has them, racks and devices from NetBox or from tables.
//
// Every source is read into claims: who says what, where. Claims about one thing are laid side by side; where they
// differ one is taken and the difference is told. What is taken goes into the site folder, beside what people wrote
// there: a value that somebody changed since the last import is kept. imports.yaml in the folder records which thing of
// which source became which id, so that ids stay as they are on every further import.
//
// Nothing here writes: Import returns files. With one fault there are none.
package intake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/intake/netbox"
)

// An Input is a file to import.
type Input struct {
	FS   fs.FS
	Name string // in FS; its last element is what the source is called ever after
	Path string // what it is called when two inputs have that name; Name when empty
	Hall string // the hall that all of it belongs to; empty when the file says so itself, or there is but one
}

// Options say what else to import, and how.
type Options struct {
	SiteID string         // of a folder that has no site.yaml yet
	NetBox *netbox.Server // nil: none
	Prune  bool           // take out what an import brought and none of its sources says any more
}

// A Result is what a site folder becomes.
type Result struct {
	Files  []File // that change, in the order to write them
	Report Report
}

// A File is a file of the site folder.
type File struct {
	Name string
	Data []byte
}

// Import reads all inputs and merges them into a site folder, which may be empty. The error is maps.Problems: every
// fault of every input.
func Import(ctx context.Context, into fs.FS, inputs []Input, o Options) (*Result, error) {
	m := &merger{
		report: &Report{}, into: into, options: o, racks: &things{}, devices: &things{}, types: &things{},
		weighed: map[weighing]bool{},
	}
	m.open()
	m.sources, m.faults = readAll(ctx, inputs, o, m.faults)
	library := 0
	for _, s := range m.sources {
		if s.form == typeFile {
			library++
		} else {
			m.report.Sources = append(m.report.Sources, s.summary())
		}
		m.report.Warnings = append(m.report.Warnings, s.said.Warnings...)
		m.faults = append(m.faults, s.said.Faults...)
	}
	if library > 0 {
		m.report.Sources = append(m.report.Sources, fmt.Sprintf("%d files of the NetBox device type library", library))
	}
	if len(m.faults) > 0 {
		return nil, m.faults.Sorted()
	}
	for _, step := range []func(){
		m.gatherRacks, m.settleHalls, m.gatherTypes, m.gatherDevices, m.mountDevices,
		m.writeTypes, m.writeRacks, m.writeDevices, m.writeFloors, m.writeGraphs, m.gone,
	} {
		step()
	}
	if len(m.faults) > 0 {
		return nil, m.faults.Sorted()
	}
	files, err := m.files()
	if err != nil {
		return nil, err
	}
	m.report.Missing = missing(into, files)
	m.report.Warnings = m.report.Warnings.Sorted()
	return &Result{Files: files, Report: *m.report}, nil
}

// A merger is one import under way.
type merger struct {
	report  *Report
	faults  maps.Problems
	into    fs.FS
	options Options
	sources []*source

	site   *tree
	record *record

	racks, devices, types *things
	halls                 []string            // ids of all halls there will be
	models                map[string]*model   // by slug, and by slug of maker and model
	byModel               map[string][]*model // by model alone
	mounts                map[*thing]*mount
	shelves               map[string]*shelf // by rack
	weighed               map[weighing]bool // fields whose conflicts are told
	left, halves          tally             // devices that are left out, or rounded
	out                   []File            // floors and graphs
}

func (m *merger) fail(p maps.Problem) { m.faults = append(m.faults, p) }

func (m *merger) warn(p maps.Problem) { m.report.Warnings = append(m.report.Warnings, p) }

// open reads what the site folder holds already.
func (m *merger) open() {
	var err error
	if m.record, err = readRecord(m.into); err != nil {
		m.faults = append(m.faults, problems(err)...)
	}
	if m.site, err = readTree(m.into, m.options.SiteID); err != nil {
		m.faults = append(m.faults, problems(err)...)
	}
	if m.site != nil && m.site.fresh {
		m.report.assume("a new site: time zone UTC, revisit interval 30m, and optics %s: correct them in site.yaml", freshOptics)
	}
}

// problems are the faults that an error lists.
func problems(err error) maps.Problems {
	var ps maps.Problems
	if err != nil && !errors.As(err, &ps) {
		ps = maps.Problems{{File: maps.SiteFile, Message: err.Error()}}
	}
	return ps
}

// files are all files that differ from what the folder holds.
func (m *merger) files() ([]File, error) {
	text, err := m.site.text()
	if err != nil {
		return nil, err
	}
	log, err := m.record.text()
	if err != nil {
		return nil, err
	}
	all := append(slices.Clone(m.out), File{maps.SiteFile, text}, File{RecordFile, log})
	return slices.DeleteFunc(all, func(f File) bool {
		old, err := fs.ReadFile(m.into, f.Name)
		return err == nil && string(old) == string(f.Data)
	}), nil
}

// missing is what maps.Load would say of the folder with the new files in it.
func missing(into fs.FS, files []File) maps.Problems {
	_, err := maps.Load(overlay{into, files})
	return problems(err)
}
