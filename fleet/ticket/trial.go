package ticket

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/vision"
)

// Trial is a ticket for trying a sink: it says of itself that nothing is wrong. Open first, then closed.
func Trial(site, link string, now time.Time) (opened, closed Revision, err error) {
	picture, name, err := trialPicture()
	if err != nil {
		return Revision{}, Revision{}, err
	}
	f := fault.Fault{
		ID: now.UTC().Format("F-test-20060102-150405"), State: fault.Ticketed, Kind: "test", Severity: vision.Info, Rack: "test", Unit: 1,
		Cause: "this is a test of Nightrounds: nothing is wrong, nothing is to be done", OpenedAt: now, UpdatedAt: now,
		Before: []wire.EvidenceRef{{SHA256: name, Kind: "visual", MediaType: "image/png", Bytes: len(picture)}},
	}
	f = fault.Noted(f, now, "asked for by nightrounds tickets test")
	open := func(_ context.Context, sha string) ([]byte, error) {
		if sha != name {
			return nil, fmt.Errorf("picture %s: not of this test", sha)
		}
		return picture, nil
	}
	t, _ := Of(f, Ticket{}, "")
	opened = Revision{Site: site, Ticket: t, Fault: f, Link: link, Evidence: []string{}, Picture: open}
	f = fault.Moved(f, fault.Resolved, now, "the test is over")
	f.ResolvedAt = &now
	t, _ = Of(f, t, "")
	return opened, Revision{Site: site, Ticket: t, Fault: f, Link: link, Evidence: []string{}, Picture: open}, nil
}

// Try makes a ticket at a sink, with a picture, and closes it again, and tells how that went. Nothing of it is kept here.
func Try(ctx context.Context, s Sink, site, link string, now time.Time) ([]string, error) {
	opened, closed, err := Trial(site, link, now)
	if err != nil {
		return nil, err
	}
	forget := func(context.Context, Delivery) error { return nil }
	d, err := s.Deliver(ctx, opened, Delivery{}, forget)
	if err != nil {
		return nil, fmt.Errorf("opening a test ticket: %w", err)
	}
	said := []string{"opened " + orKey(d, opened)}
	if len(d.Attached) > 0 {
		said = append(said, fmt.Sprintf("attached %d picture", len(d.Attached)))
	}
	if d, err = s.Deliver(ctx, closed, d, forget); err != nil {
		return said, fmt.Errorf("closing the test ticket %s: %w", orKey(d, opened), err)
	}
	return append(said, "closed "+orKey(d, opened)), nil
}

func orKey(d Delivery, r Revision) string {
	if d.Number != "" {
		return d.Number
	}
	return r.TicketKey()
}

// trialPicture is 64 by 64 pixels of grey stripes.
func trialPicture() (b []byte, sha256Hex string, err error) {
	img := image.NewGray(image.Rect(0, 0, 64, 64))
	for y := range 64 {
		for x := range 64 {
			img.SetGray(x, y, color.Gray{Y: uint8(128 + 127*((x+y)/8%2))})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, "", fmt.Errorf("make a test picture: %w", err)
	}
	sum := sha256.Sum256(out.Bytes())
	return out.Bytes(), hex.EncodeToString(sum[:]), nil
}
