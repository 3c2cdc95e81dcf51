// Package web is the operator's page: its built files, embedded, and nothing else. Its sources are in ui/; what is
// served is dist/, which go generate builds with esbuild.
package web

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed dist
var dist embed.FS

// Page serves the page.
func Page() http.Handler {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // dist is embedded: it is there
	}
	return http.FileServerFS(files)
}
