package drift

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// A NetBox is one installation's REST API.
type NetBox struct {
	URL    string // as https://netbox.example.org
	Token  string
	Client *http.Client
}

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 4 << 20

// A device is what is read of NetBox's; Position may be in half units, and is null for what is in no rack.
type device struct {
	ID       int      `json:"id"`
	Name     string   `json:"name"`
	Position *float64 `json:"position"`
}

// Send makes one change, if the record still says what the change was proposed against. It returns the record's id.
func (n NetBox) Send(ctx context.Context, c Change) (id int, err error) {
	d, err := n.find(ctx, c)
	if err != nil {
		return 0, fmt.Errorf("send change of %s: %w", c.Device, err)
	}
	switch {
	case d.Position == nil || *d.Position != float64(c.Was):
		return 0, fmt.Errorf("send change of %s: NetBox has it %s, the site at U%d: the site's copy is old: import it anew", c.Device, place(d), c.Was)
	case len(body(c)) == 0:
		return 0, fmt.Errorf("send change of %s: nothing is to be changed", c.Device)
	}
	var after device
	if err := n.ask(ctx, http.MethodPatch, fmt.Sprintf("/api/dcim/devices/%d/", d.ID), body(c), &after); err != nil {
		return 0, fmt.Errorf("send change of %s: %w", c.Device, err)
	}
	return d.ID, nil
}

func place(d device) string {
	if d.Position == nil {
		return "in no place"
	}
	return fmt.Sprintf("at U%g", *d.Position)
}

// find reads the record of a change's device: by id, by asset tag or by name.
func (n NetBox) find(ctx context.Context, c Change) (d device, err error) {
	if c.NetBoxID > 0 {
		return d, n.ask(ctx, http.MethodGet, fmt.Sprintf("/api/dcim/devices/%d/", c.NetBoxID), nil, &d)
	}
	var lookups []url.Values
	if c.AssetTag != "" {
		lookups = append(lookups, url.Values{"asset_tag": {c.AssetTag}})
	}
	lookups = append(lookups, url.Values{"name": {c.Device}})
	for _, q := range lookups {
		var found struct {
			Results []device `json:"results"`
		}
		if err := n.ask(ctx, http.MethodGet, "/api/dcim/devices/?"+q.Encode(), nil, &found); err != nil {
			return d, err
		}
		switch len(found.Results) {
		case 0:
			continue
		case 1:
			return found.Results[0], nil
		}
		return d, fmt.Errorf("%d records answer to %s", len(found.Results), q.Encode())
	}
	return d, errors.New("no record has its name or asset tag")
}

func (n NetBox) ask(ctx context.Context, method, path string, in, out any) error {
	var send io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		send = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(n.URL, "/")+path, send)
	if err != nil {
		return fmt.Errorf("NetBox at %s: %w", n.URL, err)
	}
	req.Header.Set("Authorization", "Token "+n.Token)
	req.Header.Set("Accept", "application/json")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := n.Client.Do(req)
	if err != nil {
		return fmt.Errorf("ask NetBox: %w", err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read NetBox's answer: %w", err)
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("NetBox: %s: %.300s", res.Status, b)
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("read NetBox's answer: %w", err)
	}
	return nil
}
