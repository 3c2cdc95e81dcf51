package foresee

import (
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"time"
)

// A Gantt draws what robots do, a line each, as SVG.
type Gantt struct {
	spans []Span
	since time.Time
}

// Sizes of the drawing, in px.
const (
	ganttLeft   = 90
	ganttTop    = 46
	ganttRow    = 18
	ganttBar    = 13
	ganttWide   = 1200
	ganttLegend = 110
)

var colours = [...]string{"#d9d9d9", "#4c78a8", "#54a24b", "#f2c14e", "#b279a2", "#d62728"}

// Add takes a span. It is Options.Told.
func (g *Gantt) Add(s Span) {
	if g.since.IsZero() || s.From.Before(g.since) {
		g.since = s.From
	}
	if n := len(g.spans); n > 0 && g.spans[n-1].Robot == s.Robot && g.spans[n-1].Does == s.Does && g.spans[n-1].To.Equal(s.From) {
		g.spans[n-1].To = s.To
		return
	}
	g.spans = append(g.spans, s)
}

// WriteTo writes the drawing.
func (g *Gantt) WriteTo(w io.Writer) (int64, error) {
	var robots []string
	end := g.since
	for _, s := range g.spans {
		if !slices.Contains(robots, s.Robot) {
			robots = append(robots, s.Robot)
		}
		if s.To.After(end) {
			end = s.To
		}
	}
	slices.Sort(robots)
	x := func(t time.Time) float64 {
		return ganttLeft + ganttWide*t.Sub(g.since).Seconds()/max(1, end.Sub(g.since).Seconds())
	}
	var b strings.Builder
	high := ganttTop + ganttRow*len(robots) + 10
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">`+"\n", ganttLeft+ganttWide+20, high)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="white"/>`+"\n")
	for a := range activities {
		at := ganttLeft + ganttLegend*int(a)
		fmt.Fprintf(&b, `<rect x="%d" y="6" width="12" height="12" fill="%s"/><text x="%d" y="16">%s</text>`+"\n", at, colours[a], at+17, a)
	}
	for t := g.since.Truncate(time.Hour); !t.After(end); t = t.Add(time.Hour) {
		if t.Before(g.since) {
			continue
		}
		fmt.Fprintf(&b, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="#eeeeee"/><text x="%.1f" y="%d" text-anchor="middle" fill="#666666">%s</text>`+"\n",
			x(t), x(t), ganttTop-8, high-8, x(t), ganttTop-12, t.Format("15:04"))
	}
	for i, r := range robots {
		fmt.Fprintf(&b, `<text x="4" y="%d">%s</text>`+"\n", ganttTop+ganttRow*i+ganttBar-2, html.EscapeString(r))
	}
	for _, s := range g.spans {
		fmt.Fprintf(&b, `<rect x="%.2f" y="%d" width="%.2f" height="%d" fill="%s"/>`+"\n",
			x(s.From), ganttTop+ganttRow*slices.Index(robots, s.Robot), x(s.To)-x(s.From), ganttBar, colours[s.Does])
	}
	b.WriteString("</svg>\n")
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}
