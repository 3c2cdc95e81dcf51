// Package redfishtest is a Redfish service for tests (DMTF DSP0266), stricter than DMTF's mockup server: sessions expire and are
// few, ETags and If-Match are as a vendor has them, only reset types that are allowed are taken, a reset may answer 202 with a
// task, and the power state, the locator and the log follow what is done.
//
// Time comes from outside. What a test changes of the machine it changes with Set; what a client may do it does by HTTP.
package redfishtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const root = "/redfish/v1/"

// Options are what a service is made of. Fields left zero get what a lenient controller has.
type Options struct {
	Vendor         Vendor
	User, Password string
	Serial         string
	AssetTag       string
	SessionLasts   time.Duration // without a request; 0: 30 min
	Sessions       int           // at most; 0: 4
	Takes          time.Duration // that a reset takes; 0: it is done at once
	Skew           time.Duration // of the controller's clock against Now
	Now            func() time.Time
}

// A Service is one controller with one machine.
type Service struct {
	o  Options
	mu sync.Mutex

	sessions map[string]*session // by token
	issued   int
	tasks    []*task
	machine  Machine
	power    string
	pending  *pending
	downTo   time.Time // the controller restarts
	locator  string    // Lit, Blinking, Off
	fanMode  string
	requests []string
}

// A Machine is what a test sets of it.
type Machine struct {
	Health       string // of the whole
	Fans         []Fan
	Temperatures []Temperature
	Supplies     []Supply
	Drives       []Drive
	Log          []Entry
}

// A Fan turns; its Health follows from no reading: a test says it.
type Fan struct {
	Name   string
	RPM    float64
	Health string
}

// A Temperature is a sensor, °C.
type Temperature struct {
	Name           string
	C, MaxC, CritC float64
	Health         string
}

// A Supply is a power supply.
type Supply struct {
	Name   string
	InputV float64
	Health string
	State  string // Enabled when empty
}

// A Drive is a drive in a bay.
type Drive struct {
	Name, ID  string
	Health    string
	Predicted bool
}

// An Entry is one of the event log, by the controller's clock.
type Entry struct {
	At       time.Time
	Severity string
	Message  string
	Sensor   string // SensorType
	Repaired bool
}

// New is a service whose machine is on and in order: four fans, two temperatures, two power supplies, two drives.
func New(o Options) *Service {
	if o.SessionLasts == 0 {
		o.SessionLasts = 30 * time.Minute
	}
	if o.Sessions == 0 {
		o.Sessions = 4
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Service{o: o, sessions: map[string]*session{}, power: "On", locator: "Off", machine: Machine{Health: "OK"}}
	for i := range 4 {
		s.machine.Fans = append(s.machine.Fans, Fan{fmt.Sprintf("Fan %d", i+1), 5400, "OK"})
	}
	s.machine.Temperatures = []Temperature{{"Inlet Ambient", 22, 42, 47, "OK"}, {"CPU 1", 55, 90, 95, "OK"}}
	if len(o.Vendor.FanModes) > 0 {
		s.fanMode = o.Vendor.FanModes[len(o.Vendor.FanModes)-1]
	}
	first := 1
	if o.Vendor.Manufacturer == "Dell Inc." {
		first = 0
	}
	for i := range 2 {
		s.machine.Supplies = append(s.machine.Supplies, Supply{fmt.Sprintf("PSU %d", i+1), 230, "OK", ""})
		bay := fmt.Sprintf("Bay %d", first+i)
		s.machine.Drives = append(s.machine.Drives, Drive{bay, strings.ReplaceAll(bay, " ", "."), "OK", false})
	}
	return s
}

// Set changes the machine.
func (s *Service) Set(change func(*Machine)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.machine)
}

// Power is the machine's power state, and Locator its locator's: Lit, Blinking or Off.
func (s *Service) Power() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	return s.power
}

// Locator is the state of the machine's locator: Lit, Blinking or Off.
func (s *Service) Locator() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.locator
}

// FanMode is the mode of the fans; empty where the vendor has none.
func (s *Service) FanMode() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fanMode
}

// Open is how many sessions are open.
func (s *Service) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	return len(s.sessions)
}

// Requests are the methods and paths so far.
func (s *Service) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// ServeHTTP implements http.Handler.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.Path)
	w.Header().Set("OData-Version", "4.0")
	w.Header().Set("Cache-Control", "no-cache")
	s.settle()
	if s.o.Now().Before(s.downTo) {
		w.Header().Set("Retry-After", "5")
		s.refuse(w, http.StatusServiceUnavailable, "ServiceTemporarilyUnavailable", "the manager restarts")
		return
	}
	path, ok := strings.CutPrefix(strings.TrimSuffix(r.URL.Path, "/")+"/", root)
	if !ok {
		s.refuse(w, http.StatusNotFound, "ResourceMissingAtURI", "no such resource")
		return
	}
	path = strings.TrimSuffix(path, "/")
	if path == sessionsPath && r.Method == http.MethodPost {
		s.login(w, r)
		return
	}
	if path != "" && !s.known(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="Redfish"`)
		s.refuse(w, http.StatusUnauthorized, "NoValidSession", "no valid session or login")
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		s.get(w, r, path)
	case http.MethodPatch:
		s.patch(w, r, path)
	case http.MethodPost:
		s.act(w, r, path)
	case http.MethodDelete:
		s.logout(w, path)
	default:
		s.notAllowed(w, "GET, HEAD, PATCH, POST, DELETE")
	}
}

func (s *Service) notAllowed(w http.ResponseWriter, allowed string) {
	w.Header().Set("Allow", allowed)
	s.refuse(w, http.StatusMethodNotAllowed, "OperationNotAllowed", "not allowed here")
}

func (s *Service) get(w http.ResponseWriter, r *http.Request, path string) {
	if s.monitor(w, path) {
		return
	}
	doc, ok := s.resource(path)
	if !ok {
		s.refuse(w, http.StatusNotFound, "ResourceMissingAtURI", "no resource "+path)
		return
	}
	body := encode(doc)
	tag := s.o.Vendor.tag(body)
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	send(w, http.StatusOK, body)
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of texts and numbers
	}
	return b
}

func send(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = bytes.NewReader(body).WriteTo(w)
}

// refuse answers as DSP0266, section 8.6, has it.
func (s *Service) refuse(w http.ResponseWriter, status int, code, says string) {
	send(w, status, encode(object{"error": object{
		"code": "Base.1.12.GeneralError", "message": "A general error has occurred. See ExtendedInfo for more information.",
		"@Message.ExtendedInfo": []object{{"MessageId": "Base.1.12." + code, "Message": says, "MessageSeverity": "Critical", "Resolution": "None."}},
	}}))
}
