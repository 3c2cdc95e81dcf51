package netbox

import (
	"errors"
	"io/fs"
	"strings"

	ours "github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/intake/claim"
)

// typeFile is a device type of NetBox's library (schema devicetype.json of netbox-community/devicetype-library); of its
// fields those that tell what a robot sees in the rails.
type typeFile struct {
	Manufacturer string  `yaml:"manufacturer" must:"true"`
	Model        string  `yaml:"model" must:"true"`
	Slug         string  `yaml:"slug" must:"true"`
	UHeight      float64 `yaml:"u_height" must:"true"`
	IsFullDepth  *bool   `yaml:"is_full_depth"`
	Airflow      string  `yaml:"airflow"`
}

// IsType reports whether a YAML file is a device type of the library.
func IsType(data []byte) bool {
	var f struct{}
	d := ours.ReadDocument("", ours.YAML, data, &f)
	return d.Has("manufacturer") && d.Has("model")
}

// ReadType reads a device type of the library.
func ReadType(fsys fs.FS, file string) *claim.Said {
	said := &claim.Said{}
	data, err := ours.ReadFile(fsys, file)
	if err != nil {
		errors.As(err, &said.Faults)
		return said
	}
	var f typeFile
	d := ours.ReadDocument(file, ours.YAML, data, &f)
	said.Warnings = d.Warnings()
	if err := d.Err(); err != nil {
		errors.As(err, &said.Faults)
		return said
	}
	at := d.At(&f)
	t := claim.Thing{
		Kind: claim.DeviceType, Key: f.Slug, Names: []string{f.Model}, At: at.Field("slug").Problem(""),
		Values: map[string]string{claim.Maker: f.Manufacturer, claim.Model: f.Model, claim.Slug: f.Slug},
	}
	t.At.Field = ""
	height, err := claim.Value(claim.UHeight, claim.Number(f.UHeight), claim.Form{})
	if err != nil {
		said.Fail(at.Field("u_height").Problem("%s", err))
	}
	t.Values[claim.UHeight] = height
	// The library's schema has full depth as the default.
	t.Values[claim.FullDepth] = "true"
	if f.IsFullDepth != nil && !*f.IsFullDepth {
		t.Values[claim.FullDepth] = "false"
	}
	if a := strings.TrimSpace(f.Airflow); a != "" {
		t.Values[claim.Airflow] = a
	}
	said.Things = []claim.Thing{t}
	return said
}
