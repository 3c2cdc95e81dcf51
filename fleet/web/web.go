// Package web is the operator's page: its built files, embedded, and how they are served. Its sources are in ui/
// (TypeScript and Preact); what is served is dist/, which go generate builds with esbuild. The page speaks to fleet/api
// and needs nothing from elsewhere.
//
// It holds no state and asks the controller nothing itself.
package web

import (
	"embed"
	"io/fs"
	"net/http"
	"strings"
)

//go:generate go run ./build

//go:embed dist
var dist embed.FS

// Page serves the page. Built files carry a hash of their content in their name, so a browser may keep them for ever;
// everything else it must ask for again each time.
func Page() http.Handler {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // dist is embedded: it is there
	}
	serve := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/") && r.URL.Path != "/" {
			http.NotFound(w, r) // no listings of folders
			return
		}
		if _, err := fs.Stat(files, strings.TrimPrefix(r.URL.Path, "/")); strings.HasPrefix(r.URL.Path, "/assets/") && err == nil {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			w.Header().Set("Cache-Control", "no-cache")
		}
		serve.ServeHTTP(w, r)
	})
}
