package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// entries are what the page loads, by the name that index.html gives them.
var entries = map[string]string{"src/main.tsx": "main.js", "src/style.css": "style.css"}

// asIs are sources that are served as they are.
var asIs = []string{"favicon.svg"}

// bundle builds the page from its sources in folder ui and returns its files by name. The same sources give the same
// bytes, whatever the folder. Names hold a hash of the content, but for what is asked for by its own name.
func bundle(ui string) (map[string][]byte, error) {
	ui, err := filepath.Abs(ui)
	if err != nil {
		return nil, fmt.Errorf("find the page's sources: %w", err)
	}
	points := make([]string, 0, len(entries))
	for source := range entries {
		points = append(points, filepath.Join(ui, source))
	}
	result := api.Build(api.BuildOptions{
		EntryPoints:      points,
		EntryNames:       "assets/[name]-[hash]",
		Outdir:           filepath.Join(ui, "out"), // only named: nothing is written there
		AbsWorkingDir:    ui,
		Bundle:           true,
		PreserveSymlinks: true,
		Write:            false,
		Format:           api.FormatESModule,
		Target:           api.ES2022,
		Platform:         api.PlatformBrowser,
		Charset:          api.CharsetUTF8,
		LegalComments:    api.LegalCommentsInline,
		LogLevel:         api.LogLevelSilent,

		MinifySyntax:      true,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
	})
	if len(result.Errors) > 0 {
		return nil, errors.New("build the page: " + strings.Join(api.FormatMessages(result.Errors, api.FormatMessagesOptions{}), ""))
	}
	files := map[string][]byte{}
	for _, f := range result.OutputFiles {
		name, err := filepath.Rel(filepath.Join(ui, "out"), f.Path)
		if err != nil {
			return nil, fmt.Errorf("build the page: %w", err)
		}
		files[filepath.ToSlash(name)] = f.Contents
	}
	return files, addStill(ui, files)
}

// addStill adds what esbuild does not make: index.html with the built names filled in, pictures, and the licence of
// the one library that is inside.
func addStill(ui string, files map[string][]byte) error {
	page, err := os.ReadFile(filepath.Join(ui, "src", "index.html"))
	if err != nil {
		return fmt.Errorf("read the page's frame: %w", err)
	}
	text := string(page)
	for name := range files {
		if short, ok := shortName(name); ok {
			text = strings.ReplaceAll(text, "{{"+short+"}}", "/"+name)
		}
	}
	if strings.Contains(text, "{{") {
		return fmt.Errorf("index.html names an entry that was not built: have %q", entries)
	}
	files["index.html"] = []byte(text)
	for _, name := range asIs {
		if files[name], err = os.ReadFile(filepath.Join(ui, "src", name)); err != nil {
			return fmt.Errorf("read a picture of the page: %w", err)
		}
	}
	licence, err := os.ReadFile(filepath.Join(ui, "node_modules", "preact", "LICENSE"))
	if err != nil {
		return fmt.Errorf("read preact's licence (run npm ci in fleet/web/ui): %w", err)
	}
	files["LICENSES.txt"] = append([]byte("The page holds Preact.\n\n"), licence...)
	return nil
}

// shortName is a built file's name without its hash: assets/main-ABC.js is main.js.
func shortName(name string) (string, bool) {
	base, ext := filepath.Base(name), filepath.Ext(name)
	i := strings.LastIndex(base, "-")
	if i < 0 || !strings.HasPrefix(name, "assets/") {
		return "", false
	}
	return base[:i] + ext, true
}
