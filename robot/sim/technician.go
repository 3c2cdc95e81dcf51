package sim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/maps"
)

const (
	mostOrder     = 20 << 10        // bytes: Standard Webhooks' advice for a payload
	signTolerance = 5 * time.Minute // Standard Webhooks' libraries allow as much
)

// An order asks the technician to repair a device.
type order struct {
	FaultID string `json:"faultId"`
	Site    string `json:"site"`
	Rack    string `json:"rack"`
	Unit    int    `json:"unit"`
	Device  string `json:"device"`
	Kind    string `json:"kind"`
	Step    string `json:"step"`
}

// TechnicianHandler serves POST /technician: a person who is told by a webhook to repair a device, and has done so
// Options.RepairTime later. The secret is of Standard Webhooks 1.0.0 ("whsec_" and base64). It answers 202 to an
// order, also to one that came before, 401 to a bad signature, 404 for a device that the site does not have.
func (w *World) TechnicianHandler(secret string) (http.Handler, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) < 24 || len(key) > 64 {
		return nil, errors.New("the technician's secret: want whsec_ and the base64 of 24 to 64 bytes")
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /technician", func(rw http.ResponseWriter, r *http.Request) { w.serveOrder(rw, r, key) })
	return mux, nil
}

func (w *World) serveOrder(rw http.ResponseWriter, r *http.Request, key []byte) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, mostOrder))
	if err != nil {
		http.Error(rw, fmt.Sprintf("read the order (at most %d bytes): %v", mostOrder, err), http.StatusRequestEntityTooLarge)
		return
	}
	if err := verify(key, r.Header, body, w.opt.Clock.Now(), time.Now()); err != nil {
		w.log.Warn("technician turned an order down", "why", err)
		http.Error(rw, err.Error(), http.StatusUnauthorized)
		return
	}
	var o order
	if err := json.Unmarshal(body, &o); err != nil {
		http.Error(rw, "read the order: "+err.Error(), http.StatusBadRequest)
		return
	}
	d := w.meant(o)
	if d == nil {
		http.Error(rw, fmt.Sprintf("the site has no device %q, and none in rack %q at unit %d", o.Device, o.Rack, o.Unit), http.StatusNotFound)
		return
	}
	if err := w.send(r.Header.Get("webhook-id"), d.ID, o); err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	rw.WriteHeader(http.StatusAccepted)
}

// send notes the technician's visit; an order that came before is not noted again. It is durable when send returns.
func (w *World) send(id, device string, o order) error {
	w.mu.Lock()
	again := w.memory.visited(id)
	if !again {
		w.memory.order(visit{ID: id, Device: device, Due: w.age(w.opt.Clock.Now()) + w.opt.RepairTime})
	}
	w.mu.Unlock()
	if again {
		return nil
	}
	w.log.Info("technician goes", "device", device, "fault", o.FaultID, "kind", o.Kind, "step", o.Step, "done in", w.opt.RepairTime)
	return w.save()
}

// meant is the device of an order: by its ID, or by its place when the order names none.
func (w *World) meant(o order) *maps.Device {
	if o.Device != "" {
		return w.devices[o.Device]
	}
	for _, d := range w.devices {
		if d.Rack == o.Rack && o.Unit >= d.Position && o.Unit < d.Position+d.Type.UHeight {
			return d
		}
	}
	return nil
}

// verify checks a message's signature and that its timestamp is near one of the times: a sender that lives in the
// simulation signs with the simulated time, any other with the wall's.
func verify(key []byte, h http.Header, body []byte, times ...time.Time) error {
	unix, err := strconv.ParseInt(h.Get("webhook-timestamp"), 10, 64)
	if err != nil {
		return errors.New("webhook-timestamp: want seconds since 1970")
	}
	id := h.Get("webhook-id")
	if id == "" {
		return errors.New("webhook-id: is missing")
	}
	off := time.Duration(1<<63 - 1)
	for _, t := range times {
		off = min(off, t.Sub(time.Unix(unix, 0)).Abs())
	}
	if off > signTolerance {
		return fmt.Errorf("webhook-timestamp: %s off, at most %s is allowed", off.Round(time.Second), signTolerance)
	}
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s.%d.", id, unix) // a hash never fails
	_, _ = mac.Write(body)
	want := mac.Sum(nil)
	for _, sig := range strings.Fields(h.Get("webhook-signature")) {
		got, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(sig, "v1,"))
		if err == nil && strings.HasPrefix(sig, "v1,") && hmac.Equal(got, want) {
			return nil
		}
	}
	return errors.New("webhook-signature: none is right for this secret")
}

// shortHash names things by content, for people to tell apart.
func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}
