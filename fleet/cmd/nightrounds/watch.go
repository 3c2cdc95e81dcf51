package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/patrol"
)

type watchCmd struct {
	server
	patient bool // a controller that is still starting is no news
}

// Run tells until ctx ends; a controller that goes away is waited for.
func (c *watchCmd) Run(ctx context.Context) error {
	t := &storyteller{lost: c.patient, out: func(line string) { fmt.Println(line) }}
	for ctx.Err() == nil {
		err := t.follow(ctx, c.server)
		if ctx.Err() == nil && !t.lost {
			t.lost = true
			t.out("-- " + t.lostText() + " (" + err.Error() + "); trying again")
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return ctx.Err()
}

// A storyteller turns live events into lines for people.
type storyteller struct {
	out      func(string)
	after    uint64
	lost     bool // said that the controller does not answer
	met      bool // the controller has answered
	robots   []fleet.RobotView
	looked   int
	coverage patrol.Coverage
	summary  time.Time // of the last summary line, site time
}

func (t *storyteller) lostText() string {
	if !t.met {
		return "no controller there yet"
	}
	return "connection to the controller lost"
}

// maxEvent bounds one event, in bytes.
const maxEvent = 4 << 20

// follow reads the live events until the connection ends; it never returns nil.
func (t *storyteller) follow(ctx context.Context, s server) error {
	url := strings.TrimRight(s.Server, "/") + "/api/v1/events"
	if t.after > 0 {
		url += "?after=" + strconv.FormatUint(t.after, 10)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("follow %s: %w", url, err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("follow events: %w", err)
	}
	defer res.Body.Close()
	t.lost, t.met = false, true
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, maxEvent)
	kind := ""
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "id":
			if id, err := strconv.ParseUint(value, 10, 64); err == nil {
				t.after = id
			}
		case "event":
			kind = value
		case "data":
			t.hear(kind, []byte(value))
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("follow events: %w", err)
	}
	return fmt.Errorf("follow events: %w", io.EOF)
}

// summaryEvery is how often the floor is summed up, in site time.
const summaryEvery = time.Minute

func (t *storyteller) hear(kind string, data []byte) {
	switch kind {
	case "story":
		var l fleet.Line
		if json.Unmarshal(data, &l) == nil {
			t.out(l.At.Format(time.TimeOnly) + "  " + l.Text)
		}
	case "robots":
		if json.Unmarshal(data, &t.robots) != nil {
			t.robots = nil
		}
	case "coverage":
		var c struct {
			At     time.Time `json:"at"`
			Looked int       `json:"looked"`
			patrol.Coverage
		}
		if json.Unmarshal(data, &c) != nil || c.At.Sub(t.summary) < summaryEvery {
			return
		}
		t.summary, t.looked, t.coverage = c.At, c.Looked, c.Coverage
		t.out(t.summaryLine(c.At))
	}
}

func (t *storyteller) summaryLine(at time.Time) string {
	var robots []string
	for _, r := range t.robots {
		_, serial, _ := strings.Cut(r.ID, "/")
		text := fmt.Sprintf("%s %s", serial, r.State)
		if r.Rack != "" {
			text += " " + r.Rack
		}
		robots = append(robots, fmt.Sprintf("%s %.0f %%", text, 100*r.Battery))
	}
	late := "none late"
	if n := t.coverage.Viewpoints - t.coverage.Within; n > 0 {
		late = fmt.Sprintf("%d late", n)
	}
	return fmt.Sprintf("%s  == %d of %d viewpoints looked at, %s, the oldest at %.0f %% of its interval | %s",
		at.Format(time.TimeOnly), t.looked, t.coverage.Viewpoints, late, 100*t.coverage.Worst, strings.Join(robots, " | "))
}

func sortByRatio(views []fleet.ViewpointView) {
	slices.SortStableFunc(views, func(a, b fleet.ViewpointView) int {
		switch {
		case a.Ratio > b.Ratio:
			return -1
		case a.Ratio < b.Ratio:
			return 1
		}
		return 0
	})
}
