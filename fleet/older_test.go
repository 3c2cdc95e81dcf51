package fleet_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/journal"
)

// TestJournalOfAControllerBeforeRepairsIsGoneOnWith: testdata/older-*.jsonl are journals that a controller wrote which knew no
// causes, no silences and no guards. Whenever it was ended, this one goes on where it stood: nothing delivered or done twice.
func TestJournalOfAControllerBeforeRepairsIsGoneOnWith(t *testing.T) {
	files, err := filepath.Glob("testdata/older-*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no journals: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		for n := 1; n <= len(lines); n++ {
			goneOnWith(t, file, lines[:n])
		}
	}
}

func goneOnWith(t *testing.T, file string, lines []string) {
	t.Helper()
	d := newDesk(t)
	for _, line := range lines {
		var r journal.Record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		d.epoch = r.At.Add(time.Second)
		if _, err := d.journal.Append(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	all := strings.Join(lines, "\n")
	d.open(":memory:", swapRunbook)
	d.until("it leads", func() bool { _, err := d.c.Faults(t.Context()); return err == nil })
	known := strings.Contains(all, `"state":"ticketed"`)
	d.until("what was due is delivered", func() bool {
		tickets, err := d.c.Tickets(t.Context())
		return err == nil && (!known || len(tickets) == 1 && tickets[0].Delivered["webhook"] == tickets[0].Revision)
	})
	d.stop()
	d.mu.Lock()
	defer d.mu.Unlock()
	if strings.Contains(all, `"delivered":{"webhook":1}`) && strings.Contains(strings.Join(d.tickets, " "), "T-0001.1") {
		t.Errorf("%s, %d records: delivered again: %q", file, len(lines), d.tickets)
	}
	if strings.Contains(all, "taken on") && len(d.steps) > 0 {
		t.Errorf("%s, %d records: done again: %q", file, len(lines), d.steps)
	}
}
