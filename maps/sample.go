package maps

import (
	"embed"
	"io/fs"
)

//go:generate go run ./sample/gen -o sample

//go:embed sample/*.yaml sample/*.pgm sample/*.json
var sampleFiles embed.FS

// Sample returns the site folder that ships inside the programs: one hall, 4 rows, 48 racks.
func Sample() fs.FS {
	sub, err := fs.Sub(sampleFiles, "sample")
	if err != nil {
		return sampleFiles // cannot happen: the name is a valid path
	}
	return sub
}
