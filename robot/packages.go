package robot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"

	"github.com/nightrounds/nightrounds/maps"
)

// maxPackage bounds a site package that is fetched, in bytes.
const maxPackage = 64 << 20

var packageName = regexp.MustCompile(`^[0-9a-f]{64}$`)

// packages keeps site packages in a folder, each a zip named by its SHA-256.
type packages struct{ dir string }

// A place is a site package, opened: what the robot knows of where it works. A nil place knows nothing.
type place struct {
	name string // of the package
	site *maps.Site
}

var errNoSite = errors.New("the robot has no site package: send downloadMap and enableMap")

// add keeps a package and returns its name.
func (p packages) add(content []byte) (string, error) {
	name := maps.PackageName(content)
	if _, err := unpack(name, content); err != nil {
		return "", err
	}
	if err := os.MkdirAll(p.dir, 0o750); err != nil {
		return "", fmt.Errorf("keep site package: %w", err)
	}
	if err := replaceFile(p.path(name), content, true); err != nil {
		return "", fmt.Errorf("keep site package: %w", err)
	}
	return name, nil
}

// open reads a package that is kept.
func (p packages) open(name string) (*place, error) {
	if !packageName.MatchString(name) {
		return nil, fmt.Errorf("site package %.80q: want a SHA-256 in lower-case hex", name)
	}
	content, err := os.ReadFile(p.path(name))
	if err != nil {
		return nil, fmt.Errorf("open site package: %w", err)
	}
	if maps.PackageName(content) != name {
		return nil, fmt.Errorf("site package %s is damaged on disk: delete the map and download it again", name)
	}
	return unpack(name, content)
}

// fetch downloads the package of that name, unless it is kept already.
func (p packages) fetch(ctx context.Context, client *http.Client, link, name string) (*place, error) {
	if !packageName.MatchString(name) {
		return nil, fmt.Errorf("mapVersion %.80q: want the package's SHA-256 in lower-case hex", name)
	}
	if kept, err := p.open(name); err == nil {
		return kept, nil
	}
	content, err := get(ctx, client, link)
	if err != nil {
		return nil, fmt.Errorf("download site package: %w", err)
	}
	if got := maps.PackageName(content); got != name {
		return nil, fmt.Errorf("download site package: what came has SHA-256 %s, not %s", got, name)
	}
	if _, err := p.add(content); err != nil {
		return nil, err
	}
	return p.open(name)
}

func (p packages) path(name string) string { return filepath.Join(p.dir, name+".zip") }

func get(ctx context.Context, client *http.Client, link string) ([]byte, error) {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("mapDownloadLink %.200q: want an http or https URL", link)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", link, resp.Status)
	}
	content, err := io.ReadAll(io.LimitReader(resp.Body, maxPackage+1))
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", link, err)
	}
	if len(content) > maxPackage {
		return nil, fmt.Errorf("GET %s: larger than %d bytes", link, maxPackage)
	}
	return content, nil
}

func unpack(name string, content []byte) (*place, error) {
	folder, err := maps.Unpack(content)
	if err != nil {
		return nil, fmt.Errorf("unpack site package %s: %w", name, err)
	}
	site, err := maps.Load(folder)
	if err != nil {
		return nil, fmt.Errorf("read site package %s: %w", name, err)
	}
	return &place{name: name, site: site}, nil
}

// viewpoint is a viewpoint and the rack that is seen from it.
func (p *place) viewpoint(id string) (maps.Viewpoint, *maps.Rack, error) {
	if p == nil {
		return maps.Viewpoint{}, nil, errNoSite
	}
	v, ok := p.site.Viewpoint(id)
	if !ok {
		return maps.Viewpoint{}, nil, fmt.Errorf("no viewpoint %.80q in site package %s", id, p.name)
	}
	r, ok := p.site.Rack(v.Rack)
	if !ok {
		return maps.Viewpoint{}, nil, fmt.Errorf("viewpoint %s looks at no rack of site package %s", id, p.name)
	}
	return v, r, nil
}

func (p *place) hall(id string) *maps.Hall {
	if p == nil {
		return nil
	}
	h, _ := p.site.Hall(id)
	return h
}

// needHall says when a hall is not in the package.
func (p *place) needHall(id string) error {
	if p == nil {
		return errNoSite
	}
	if p.hall(id) == nil {
		return fmt.Errorf("no hall %.80q in site package %s", id, p.name)
	}
	return nil
}

// anyHall names the first hall; empty without a package.
func (p *place) anyHall() string {
	if p == nil || len(p.site.Halls) == 0 {
		return ""
	}
	return p.site.Halls[0].ID
}

// docks are the nodes of a hall where robots charge.
func (p *place) docks(hall string) []maps.Node {
	h := p.hall(hall)
	if h == nil || h.Graph == nil {
		return nil
	}
	var out []maps.Node
	for _, d := range h.Graph.Docks() {
		if n, ok := h.Graph.Node(d.Node); ok {
			out = append(out, n)
		}
	}
	return out
}

func (a *Agent) theSite() *place {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.site
}

func (a *Agent) setSite(p *place) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.site = p
}
