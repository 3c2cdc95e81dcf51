package faultbench

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	stdmaps "maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/journal"
	"github.com/nightrounds/nightrounds/fleet/listen"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/bench"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// The night on which tickets are timed: faults come in bursts at random times, as thickly as they would if a night of eight
// hours passed in about a minute.
const (
	lateFaults      = 500
	smallLateFaults = 12
	mostOfBurst     = 20
	meanPause       = 1200 * time.Millisecond // between two bursts
	pictureBytes    = 40 << 10
	lateWait        = 60 * time.Second // for the last ticket, after the last look
	lateSink        = "rt"
)

// stamped is a journal that notes when each record was handed to it: before it is durable.
type stamped struct {
	fleet.Journal
	mu   sync.Mutex
	recs []stamp
}

type stamp struct {
	at   time.Time
	data []byte
}

// Append implements fleet.Journal.
func (s *stamped) Append(ctx context.Context, recs ...journal.Record) (uint64, error) {
	now := time.Now()
	last, err := s.Journal.Append(ctx, recs...)
	if err != nil {
		return last, fmt.Errorf("journal of the bench: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range recs {
		s.recs = append(s.recs, stamp{now, r.Data})
	}
	return last, nil
}

// waits are, by fault, how long it took from the entry of the second look that saw it to the entry that its ticket was
// acknowledged. Seen counts the faults that two looks saw.
func (s *stamped) waits() (out map[string]time.Duration, seen int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	looks, second := map[string]int{}, map[string]time.Time{}
	out = map[string]time.Duration{}
	for _, r := range s.recs {
		var c fleet.Change
		if err := json.Unmarshal(r.data, &c); err != nil {
			return nil, 0, fmt.Errorf("read the bench's journal: %w", err)
		}
		if c.Observation != nil {
			for _, f := range c.Faults {
				if looks[f.ID]++; looks[f.ID] == 2 {
					second[f.ID] = r.at
				}
			}
		}
		for _, t := range c.Tickets {
			if _, had := out[t.FaultID]; !had && t.Delivered[lateSink] > 0 {
				out[t.FaultID] = r.at.Sub(second[t.FaultID])
			}
		}
	}
	return out, len(second), nil
}

// A shift is the bench's robots on a bad night.
type shift struct {
	w   *world
	rng *rand.Rand
	seq map[string]uint64
}

// latency times, for each fault of a bad night, how long it took from the journal's entry of the second look to that of the
// ticket system's acknowledgement, with the pictures that a robot sends.
func latency(ctx context.Context, o Options) (rows []bench.Row, misses []string, err error) {
	dir, err := os.MkdirTemp("", "nightrounds-bench-")
	if err != nil {
		return nil, nil, fmt.Errorf("tickets: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	w := oneHall(o.Seed)
	at, err := newOffice(ctx, dir, w.site)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, at.close()) }()
	n := lateFaults
	if o.Small {
		n = smallLateFaults
	}
	s := &shift{w: w, rng: rand.New(rand.NewPCG(o.Seed, 0x6c617465)), seq: map[string]uint64{}}
	broken := s.servers(n)
	began := o.Now()
	for done := 0; done < n; {
		burst := broken[done:min(n, done+1+s.rng.IntN(mostOfBurst))]
		if err := s.burst(ctx, at.c, burst); err != nil {
			return nil, nil, err
		}
		done += len(burst)
		o.Progress("tickets: bad night", done, n)
		if err := pause(ctx, time.Duration(s.rng.ExpFloat64()*float64(meanPause))); err != nil {
			return nil, nil, err
		}
	}
	return lateRows(ctx, at, n, o.Now().Sub(began))
}

// servers are some of the site's, each once, in any order.
func (s *shift) servers(n int) []*maps.Device {
	var all []*maps.Device
	for _, r := range s.w.racks {
		for _, d := range r.Devices {
			if hasLight(d, "disk1") {
				all = append(all, d)
			}
		}
	}
	s.rng.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return all[:min(n, len(all))]
}

// burst has robots see a disk of each server fail, and others of them see it again.
func (s *shift) burst(ctx context.Context, c *fleet.Controller, broken []*maps.Device) error {
	for second := range 2 {
		for i, d := range broken {
			if err := s.see(ctx, c, d, robots[(i+second)%len(robots)]); err != nil {
				return err
			}
		}
	}
	return nil
}

// see has a robot tell of a server with a failed disk, and send its two pictures.
func (s *shift) see(ctx context.Context, c *fleet.Controller, d *maps.Device, robot string) error {
	s.seq[robot]++
	id := wire.RobotID{Manufacturer: "nightrounds", SerialNumber: robot}
	r, _ := s.w.site.Rack(d.Rack)
	o := wire.Observation{
		Manufacturer: id.Manufacturer, SerialNumber: robot, Seq: s.seq[robot], At: time.Now(), OrderID: "O-1", ActionID: "a", SitePackage: strings.Repeat("0", 64),
		Hall: r.Hall, Viewpoint: r.ID + "-front", Rack: r.ID, Face: maps.Front, Registration: vision.Registration{Method: vision.MethodTags, Tags: 4, SigmaMM: 1},
		Findings: []vision.Finding{{Kind: "disk-failed", Severity: vision.Warning, Rack: r.ID, Face: maps.Front, Unit: d.Position, Device: d.ID, LED: "disk1", Meaning: "disk1 is amber", Confidence: 0.95}},
		LEDs:     []vision.LEDReading{{Device: d.ID, LED: "disk1", Colour: "amber", Pattern: "solid", Confidence: 0.95}},
	}
	var pictures [][]byte
	for _, kind := range []string{"visual", "thermal"} {
		b := append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, pictureBytes)...)
		for i := 8; i < len(b); i++ {
			b[i] = byte(s.rng.Uint32())
		}
		sum := sha256.Sum256(b)
		o.Evidence = append(o.Evidence, wire.EvidenceRef{SHA256: hex.EncodeToString(sum[:]), Kind: kind, MediaType: "image/png", Bytes: len(b)})
		pictures = append(pictures, b)
	}
	payload, err := wire.EncodeObservation(o)
	if err != nil {
		return fmt.Errorf("tickets: %w", err)
	}
	c.Hear(ctx, listen.Message{Robot: id, Kind: "observation", Payload: payload, QoS: 1})
	for i, e := range o.Evidence {
		c.Hear(ctx, listen.Message{Robot: id, Kind: wire.EvidencePrefix + e.SHA256, Payload: pictures[i], QoS: 1})
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stopped: %w", ctx.Err())
	}
}

// lateRows wait until all tickets are there, and are the quantiles of how long each took. One that never came counts as
// having taken as long as was waited.
func lateRows(ctx context.Context, at *office, n int, took time.Duration) ([]bench.Row, []string, error) {
	var waits map[string]time.Duration
	for end := time.Now().Add(lateWait); ; {
		var err error
		if waits, _, err = at.journal.waits(); err != nil {
			return nil, nil, err
		}
		if len(waits) >= n || time.Now().After(end) {
			break
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return nil, nil, err
		}
	}
	var all []float64
	var misses []string
	for _, id := range slices.Sorted(stdmaps.Keys(waits)) {
		all = append(all, waits[id].Seconds())
		if waits[id] > time.Second && len(misses) < keptMisses {
			misses = append(misses, fmt.Sprintf("ticket of %s took %s", id, waits[id].Round(time.Millisecond)))
		}
	}
	for range n - len(all) {
		all = append(all, lateWait.Seconds())
	}
	row := bench.Quantile("ticket.latency_p99_s", "s", all, 0.99).AtMost(1)
	row.Note = fmt.Sprintf("%d of %d faults ticketed in %.0f s of bursts of up to %d", len(waits), n, took.Seconds(), mostOfBurst)
	half := bench.Quantile("ticket.latency_p50_s", "s", all, 0.5)
	worst := slices.Max(all)
	most := bench.Row{Name: "ticket.latency_max_s", Unit: "s", Value: worst, Low: worst, High: math.Max(worst, row.High), N: n}
	return []bench.Row{row, half, most}, misses, nil
}
