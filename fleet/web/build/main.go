// Program build makes the operator's page: it bundles fleet/web/ui with esbuild into fleet/web/dist, which is committed
// and embedded, so that building Nightrounds needs no Node. It needs the npm packages of ui/package-lock.json
// (npm ci in fleet/web/ui), and is run by go generate ./fleet/web.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run("ui", "dist"); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

// run builds the sources in folder ui and makes folder dist hold exactly the result.
func run(ui, dist string) error {
	files, err := bundle(ui)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(dist); err != nil {
		return fmt.Errorf("clear the last build: %w", err)
	}
	for name, content := range files {
		path := filepath.Join(dist, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // source files, for everybody
			return fmt.Errorf("make the folder of a built file: %w", err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil { //nolint:gosec // source files, for everybody
			return fmt.Errorf("write a built file: %w", err)
		}
	}
	return nil
}
