package machine

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/strict"
	site "github.com/nightrounds/nightrounds/maps"
)

// defaultMaxAge is how old a reading may be that came by itself, where the site does not say.
const defaultMaxAge = 10 * time.Minute

// blank is a placeholder of a query: $device, $rack, $serial, $asset_tag.
var blank = regexp.MustCompile(`\$[A-Za-z_]+`)

// queries are the queries that one entry stands for: itself, or one for each device or rack of the site.
func (l *loader) queries(f *queryFile) []Query {
	at := l.doc.At(f)
	if f.Query == "" || len(f.Query) > 4096 {
		at.Field("query").Fail("want a query of at most 4096 characters")
		return nil
	}
	if f.Each == "" {
		if b := blank.FindString(f.Query); b != "" {
			at.Field("query").Fail("%s is only filled in with each: device or each: rack", b)
		}
		return []Query{{l.point(&f.PointFile), f.Query}}
	}
	oneOf(at.Field("each"), f.Each, "device", "rack")
	if f.Device+f.Rack+f.Supply != "" {
		at.Field("each").Fail("is about each %s: leave device, rack and supply out", f.Each)
		return nil
	}
	if blank.FindString(f.Query) == "" {
		at.Field("query").Fail("asks the same for each %s: put $%s into it", f.Each, f.Each)
		return nil
	}
	return l.each(at, f)
}

func (l *loader) each(at strict.Place, f *queryFile) []Query {
	var out []Query
	if f.Each == "rack" {
		for _, id := range slices.Sorted(maps.Keys(l.names.racks)) {
			out = append(out, l.filled(at, f, Subject{Rack: id}, map[string]string{"$rack": id}))
		}
	}
	if f.Each == "device" {
		for _, id := range slices.Sorted(maps.Keys(l.names.devices)) {
			d := l.names.devices[id]
			if blanks, ok := blanksOf(d, f.Query); ok {
				out = append(out, l.filled(at, f, Subject{Device: id}, blanks))
			}
		}
	}
	return out
}

// blanksOf are what stands for a device's placeholders; ok is false when the device lacks one that the query uses.
func blanksOf(d *site.Device, query string) (map[string]string, bool) {
	all := map[string]string{"$device": d.ID, "$rack": d.Rack, "$serial": d.Serial, "$asset_tag": d.AssetTag}
	for _, b := range blank.FindAllString(query, -1) {
		if v, known := all[b]; known && v == "" {
			return nil, false
		}
	}
	return all, true
}

// filled is the query of one subject. What is filled in is quoted as a string of PromQL is.
func (l *loader) filled(at strict.Place, f *queryFile, s Subject, blanks map[string]string) Query {
	text := blank.ReplaceAllStringFunc(f.Query, func(b string) string {
		v, ok := blanks[b]
		if !ok {
			at.Field("query").Fail("%s is not known: want one of %s", b, strings.Join(slices.Sorted(maps.Keys(blanks)), ", "))
		}
		return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v)
	})
	return Query{l.pointOf(at, &f.PointFile, s), text}
}
