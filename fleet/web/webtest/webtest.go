// Package webtest drives the operator's page in a headless Chromium, for tests of the page and of the whole running
// system. A test that uses it is skipped where no Chromium is installed.
//
// It knows the page's ids and data attributes, so that tests read like what an operator does. It starts no controller.
package webtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// DefaultWait bounds how long a step waits for what it waits for; it is no measure of speed.
const DefaultWait = 60 * time.Second

// startWithin bounds how long Chromium may take to start on a busy machine.
const startWithin = 60 * time.Second

// browsers are the names under which Chromium is installed.
var browsers = []string{"chromium", "chromium-browser", "google-chrome"}

// Options say how the page is looked at.
type Options struct {
	Width, Height int // CSS pixels; 1280 x 800 when zero
	Scale         float64
	Dark          bool
	Touch         bool // a finger, not a mouse
	StillMotion   bool // prefers-reduced-motion
	Wait          time.Duration
}

// A Page is one tab with the operator's page. Its methods end the test when they fail.
type Page struct {
	t    testing.TB
	ctx  context.Context
	wait time.Duration
	url  string
}

// Open starts Chromium, opens the page at url, and waits until it shows the hall. All of it ends with the test.
func Open(t testing.TB, url string, o Options) *Page {
	t.Helper()
	program, err := find()
	if err != nil {
		t.Skip(err)
	}
	if o.Width == 0 || o.Height == 0 {
		o.Width, o.Height = 1280, 800
	}
	if o.Scale == 0 {
		o.Scale = 1
	}
	if o.Wait == 0 {
		o.Wait = DefaultWait
	}
	p := &Page{t: t, ctx: start(t, program, o), wait: o.Wait, url: strings.TrimRight(url, "/")}
	p.do("dress the tab", dress(o))
	p.Go("/")
	p.Until("the hall is shown", `document.querySelector("#coverage") && document.querySelector("#link").dataset.link === "live"`)
	return p
}

// find is the path of an installed Chromium.
func find() (string, error) {
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no Chromium is installed (looked for %s)", strings.Join(browsers, ", "))
}

// start starts the browser; the first call's context must have no deadline, for it is the browser's life.
func start(t testing.TB, program string, o Options) context.Context {
	t.Helper()
	flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.WindowSize(o.Width, o.Height),
		chromedp.WSURLReadTimeout(startWithin))
	if os.Geteuid() == 0 {
		flags = append(flags, chromedp.NoSandbox)
	}
	browser, endBrowser := chromedp.NewExecAllocator(context.Background(), flags...)
	t.Cleanup(endBrowser)
	tab, endTab := chromedp.NewContext(browser)
	t.Cleanup(endTab)
	if err := chromedp.Do(tab); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	return tab
}

// dress sets the size, the theme and the motion that the page is asked for.
func dress(o Options) chromedp.Action[chromedp.Void] {
	theme, motion := "light", "no-preference"
	if o.Dark {
		theme = "dark"
	}
	if o.StillMotion {
		motion = "reduce"
	}
	viewport := []chromedp.EmulateViewportOption{chromedp.EmulateScale(o.Scale)}
	if o.Touch {
		viewport = append(viewport, chromedp.EmulateTouch)
	}
	return chromedp.Steps(
		chromedp.EmulateViewport(int64(o.Width), int64(o.Height), viewport...),
		chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: motion},
			}})
			return err
		}),
	)
}

// Go opens a path of the page, as "/#/faults/F-0001", as if it were typed into the address.
func (p *Page) Go(path string) {
	p.t.Helper()
	p.do("open "+path, chromedp.Navigate(p.url+path))
}

// Reload loads the page again, where it is.
func (p *Page) Reload() {
	p.t.Helper()
	p.do("reload", chromedp.Reload())
}

// Click clicks the first element that a CSS selector finds, once it is there.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.do("click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// ClickAt clicks with the mouse at a place of the tab, CSS pixels.
func (p *Page) ClickAt(x, y float64) {
	p.t.Helper()
	p.do("click", chromedp.MouseClickXY(x, y))
}

// Fill types a text into a field.
func (p *Page) Fill(selector, text string) {
	p.t.Helper()
	p.do("fill "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Text is the text of the first element that a CSS selector finds, once it is there.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	return run(p, "read "+selector, chromedp.Text(chromedp.CSS(selector)))
}

// Ask evaluates a JavaScript expression in the page.
func (p *Page) Ask(expression string) string {
	p.t.Helper()
	return run(p, "ask "+expression, chromedp.Evaluate[string]("String("+expression+")"))
}

// Until waits until a JavaScript expression is true in the page.
func (p *Page) Until(what, expression string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, p.wait)
	defer cancel()
	for {
		v, err := chromedp.Run(ctx, chromedp.Evaluate[string](poll(expression), func(e *runtime.EvaluateParams) { e.AwaitPromise = new(true) }))
		var script *chromedp.ExceptionError
		switch {
		case err == nil && v == "yes":
			return
		case ctx.Err() != nil:
			p.t.Fatalf("waited %s until %s, in vain\nthe page says:\n%s", p.wait, what, p.says())
		case errors.As(err, &script):
			p.t.Fatalf("until %s: %v", what, err)
		}
	}
}

// poll is a promise that says whether the expression became true within a second; a page that is left in the meantime
// breaks it, and it is asked for again. An expression that throws is not true yet.
func poll(expression string) string {
	return `new Promise((done) => {
		const end = Date.now() + 1000;
		const look = () => {
			let yes = false;
			try { yes = ` + expression + `; } catch {}
			if (yes) done("yes");
			else if (Date.now() > end) done("not yet");
			else setTimeout(look, 25);
		};
		look();
	})`
}

// says is all that the page shows as text, for a failure's message.
func (p *Page) says() string {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
	if err != nil {
		return err.Error()
	}
	return text
}

// Screenshot writes the picture of the tab as a PNG file.
func (p *Page) Screenshot(file string) {
	p.t.Helper()
	png := run(p, "take a picture", chromedp.CaptureScreenshot())
	if err := os.WriteFile(file, png, 0o600); err != nil {
		p.t.Fatalf("keep the picture: %v", err)
	}
}

func (p *Page) do(what string, a chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	run(p, what, a)
}

func run[T any](p *Page, what string, a chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, p.wait)
	defer cancel()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		p.t.Fatalf("%s: %v\nthe page says:\n%s", what, err, p.says())
	}
	return v
}
