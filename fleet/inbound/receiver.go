package inbound

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/nightrounds/nightrounds/fleet/webhook"
)

// A Taker keeps alarms and sends robots to look. It answers with the alarm as it is kept; ErrReplayed refuses it; any other error
// means that its sender must say it again.
type Taker interface {
	TakeAlarm(ctx context.Context, a Alarm) (Alarm, error)
}

// Why alarms are refused, as they are counted.
const (
	Taken       = "taken"
	Unknown     = "unknown-source"
	TooLong     = "too-long"
	Unsigned    = "unsigned"
	Replayed    = "replayed"
	Malformed   = "malformed"
	Unmappable  = "unmappable"
	Unavailable = "unavailable"
)

// A Receiver is the HTTP that alarms come in by: POST, to an address that ends with the source's id. Each refusal is counted,
// logged and said to the sender.
type Receiver struct {
	sources map[string]*Source
	index   *Index
	taker   Taker
	now     func() time.Time
	log     *slog.Logger

	mu     sync.Mutex
	seen   map[string]time.Time // signed messages that were taken, by source and id
	counts map[string]int       // by source and outcome
}

// takeWithin bounds how long the Taker may take.
const takeWithin = 10 * time.Second

// mostSeen bounds how many messages are remembered within the tolerance of their signatures.
const mostSeen = 100_000

// NewReceiver takes alarms of some sources.
func NewReceiver(sources []*Source, index *Index, t Taker, now func() time.Time, log *slog.Logger) *Receiver {
	r := &Receiver{sources: map[string]*Source{}, index: index, taker: t, now: now, log: log, seen: map[string]time.Time{}, counts: map[string]int{}}
	for _, s := range sources {
		r.sources[s.ID] = s
	}
	return r
}

// Counts are how often what became of messages and alarms, by "source/outcome".
func (r *Receiver) Counts() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.counts)
}

func (r *Receiver) count(source, outcome string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[source+"/"+outcome]++
}

// An answer is what a sender is told.
type answer struct {
	Taken   []taken   `json:"taken"`
	Refused []refused `json:"refused"`
}

type taken struct {
	ID    string `json:"id"`
	Key   string `json:"key"`
	State State  `json:"state"`
	Place Place  `json:"place"`
}

type refused struct {
	Key string `json:"key,omitempty"`
	Why string `json:"why"`
}

// ServeHTTP implements http.Handler. The source is the path's value "source", or what follows its last slash.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	id := req.PathValue("source")
	if id == "" {
		id = req.URL.Path[strings.LastIndex(req.URL.Path, "/")+1:]
	}
	s, ok := r.sources[id]
	if !ok {
		r.refuse(w, req, "?", Unknown, http.StatusNotFound, "no source of alarms of this name is declared: name it in "+FileName)
		return
	}
	if req.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		r.refuse(w, req, id, Malformed, http.StatusMethodNotAllowed, "want a POST")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody))
	if err != nil {
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			r.refuse(w, req, id, TooLong, http.StatusRequestEntityTooLarge, fmt.Sprintf("the message has more than %d bytes", maxBody))
			return
		}
		r.refuse(w, req, id, Malformed, http.StatusBadRequest, "the message broke off")
		return
	}
	if why := s.admits(req.Header, body, r.now()); why != "" {
		w.Header().Set("WWW-Authenticate", "Bearer")
		r.refuse(w, req, id, Unsigned, http.StatusUnauthorized, why)
		return
	}
	if r.again(s, req.Header) {
		r.refuse(w, req, id, Replayed, http.StatusConflict, "a message of this webhook-id was taken before: give each its own, and send one again only if it was not answered with success")
		return
	}
	all, err := s.parse(body)
	if err != nil {
		r.refuse(w, req, id, Malformed, http.StatusUnprocessableEntity, err.Error())
		return
	}
	r.take(w, req, s, all)
}

func (s *Source) parse(body []byte) ([]Alarm, error) {
	switch s.Kind {
	case Alertmanager:
		return ParseAlertmanager(body)
	case Redfish:
		return ParseRedfish(body)
	}
	return ParseGeneric(body)
}

// admits says why a message is not let in; empty when it is.
func (s *Source) admits(h http.Header, body []byte, now time.Time) string {
	if s.Kind == Webhook {
		if h.Get("webhook-id") == "" {
			return "webhook-id is missing"
		}
		if err := s.secret.Verify(h, body, now); err != nil {
			return err.Error()
		}
		return ""
	}
	token, ok := strings.CutPrefix(h.Get("Authorization"), "Bearer ")
	if !ok {
		return "want the source's token: Authorization: Bearer ..."
	}
	if s.token == "" || subtle.ConstantTimeCompare([]byte(token), []byte(s.token)) != 1 {
		return "the token is not the source's"
	}
	return ""
}

// again says whether a signed message was taken before, within the time in which its signature holds.
func (r *Receiver) again(s *Source, h http.Header) bool {
	if s.Kind != Webhook {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	at, ok := r.seen[s.ID+"\x00"+h.Get("webhook-id")]
	return ok && r.now().Sub(at) <= 2*webhook.Tolerance
}

// remember notes that a signed message was taken.
func (r *Receiver) remember(s *Source, h http.Header) {
	if s.Kind != Webhook {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if len(r.seen) >= mostSeen {
		maps.DeleteFunc(r.seen, func(_ string, at time.Time) bool { return now.Sub(at) > 2*webhook.Tolerance })
	}
	r.seen[s.ID+"\x00"+h.Get("webhook-id")] = now
}

// take hands alarms on, one by one: one that cannot be mapped holds up no other.
func (r *Receiver) take(w http.ResponseWriter, req *http.Request, s *Source, all []Alarm) {
	ctx, cancel := context.WithTimeout(req.Context(), takeWithin)
	defer cancel()
	said := answer{Taken: []taken{}, Refused: []refused{}}
	status := http.StatusOK
	for _, a := range all {
		mapped, err := r.index.Map(s, a)
		if err == nil {
			mapped, err = r.taker.TakeAlarm(ctx, mapped)
		}
		outcome := Taken
		switch {
		case err == nil:
			said.Taken = append(said.Taken, taken{mapped.ID, a.Key, mapped.State, mapped.Place})
		case errors.Is(err, ErrUnmappable):
			outcome, status = Unmappable, max(status, http.StatusUnprocessableEntity)
		case errors.Is(err, ErrReplayed):
			outcome, status = Replayed, max(status, http.StatusConflict)
		default:
			outcome, status = Unavailable, http.StatusServiceUnavailable
			r.log.Error("an alarm from outside was not taken; its sender must say it again", "source", s.ID, "alarm", a.Name, "error", err)
			err = errors.New("this controller cannot take it now; send it again in a moment")
		}
		r.count(s.ID, outcome)
		if err != nil {
			said.Refused = append(said.Refused, refused{a.Key, err.Error()})
			r.log.Warn("alarm from outside refused", "source", s.ID, "alarm", a.Name, "why", err)
		}
	}
	if status != http.StatusServiceUnavailable {
		r.remember(s, req.Header)
	}
	reply(w, status, said)
}

func (r *Receiver) refuse(w http.ResponseWriter, req *http.Request, source, outcome string, status int, why string) {
	r.count(source, outcome)
	r.log.Warn("message from outside refused", "source", source, "from", req.RemoteAddr, "why", why)
	reply(w, status, answer{Taken: []taken{}, Refused: []refused{{Why: why}}})
}

func reply(w http.ResponseWriter, status int, said answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(said) // a sender that has gone hears nothing
}
