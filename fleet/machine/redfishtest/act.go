package redfishtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A pending is a power state that will be reached.
type pending struct {
	to string
	at time.Time
}

type task struct {
	id      int
	started time.Time
}

// settle lets time pass.
func (s *Service) settle() {
	if s.pending != nil && !s.o.Now().Before(s.pending.at) {
		s.power, s.pending = s.pending.to, nil
	}
}

func (s *Service) read(w http.ResponseWriter, r *http.Request) (object, bool) {
	var body object
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		s.refuse(w, http.StatusUnsupportedMediaType, "UnsupportedMediaType", "want application/json")
		return nil, false
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, 64<<10)).Decode(&body); err != nil || body == nil {
		s.refuse(w, http.StatusBadRequest, "MalformedJSON", "want a JSON object")
		return nil, false
	}
	return body, true
}

// matches checks If-Match against a document, as the vendor does.
func (s *Service) matches(w http.ResponseWriter, r *http.Request, path string) bool {
	want := r.Header.Get("If-Match")
	doc, _ := s.resource(path)
	switch tag := s.o.Vendor.tag(encode(doc)); {
	case want == "" && s.o.Vendor.MatchDemanded:
		s.refuse(w, http.StatusPreconditionRequired, "PreconditionRequired", "a change needs If-Match with the newest ETag")
		return false
	case want != "" && want != "*" && want != tag:
		s.refuse(w, http.StatusPreconditionFailed, "PreconditionFailed", "the ETag is not the newest")
		return false
	}
	return true
}

// patch changes the locator of the system, or the mode of the fans: nothing else can be written.
func (s *Service) patch(w http.ResponseWriter, r *http.Request, path string) {
	property, set := s.o.Vendor.LED, s.setLocator
	switch {
	case path == "Systems/"+s.o.Vendor.System:
	case path == s.fanPath() && s.fanMode != "":
		property, set = "Mode", s.setFans
	default:
		s.notAllowed(w, "GET, HEAD")
		return
	}
	body, ok := s.read(w, r)
	if !ok || !s.matches(w, r, path) {
		return
	}
	for name, value := range body {
		if name != property {
			s.refuse(w, http.StatusBadRequest, "PropertyUnknown", fmt.Sprintf("the property %s is not known or cannot be written", name))
			return
		}
		if !set(value) {
			s.refuse(w, http.StatusBadRequest, "PropertyValueNotInList", fmt.Sprintf("%v is no value of %s", value, name))
			return
		}
	}
	if s.o.Vendor.SuccessBody {
		send(w, http.StatusOK, encode(object{"error": object{
			"code": "iLO.0.10.ExtendedInfo", "message": "See @Message.ExtendedInfo for more information.",
			"@Message.ExtendedInfo": []object{{"MessageId": "Base.1.4.Success"}},
		}}))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Service) setLocator(value any) bool {
	state, ok := lit(value)
	if ok {
		s.locator = state
	}
	return ok
}

func (s *Service) setFans(value any) bool {
	mode, ok := value.(string)
	if ok = ok && slices.Contains(s.o.Vendor.FanModes, mode); ok {
		s.fanMode = mode
	}
	return ok
}

func lit(value any) (string, bool) {
	switch v := value.(type) {
	case bool:
		return map[bool]string{true: "Blinking", false: "Off"}[v], true
	case string:
		return v, v == "Lit" || v == "Blinking" || v == "Off"
	}
	return "", false
}

func (s *Service) act(w http.ResponseWriter, r *http.Request, path string) {
	system, manager := "Systems/"+s.o.Vendor.System, "Managers/"+s.o.Vendor.Manager
	allowed := s.o.Vendor.Resets
	switch path {
	case system + "/Actions/ComputerSystem.Reset":
	case manager + "/Actions/Manager.Reset":
		allowed = []string{"GracefulRestart"}
	default:
		s.notAllowed(w, "GET, HEAD")
		return
	}
	body, ok := s.read(w, r)
	if !ok {
		return
	}
	if s.o.Vendor.NoMatchOnActions && r.Header.Get("If-Match") != "" {
		s.refuse(w, http.StatusPreconditionFailed, "PreconditionFailed", "an action takes no If-Match")
		return
	}
	kind, _ := body["ResetType"].(string)
	if len(body) != 1 || !slices.Contains(allowed, kind) {
		s.refuse(w, http.StatusBadRequest, "ActionParameterNotSupported", fmt.Sprintf("ResetType %q is none of %v", kind, allowed))
		return
	}
	if path == manager+"/Actions/Manager.Reset" {
		s.downTo, s.sessions = s.o.Now().Add(s.o.Takes), map[string]*session{}
		w.WriteHeader(http.StatusNoContent)
		return
	}
	s.reset(w, r, kind)
}

// reset takes a reset of the machine on; one that would change nothing, or comes while another is carried out, is a conflict.
func (s *Service) reset(w http.ResponseWriter, r *http.Request, kind string) {
	off := kind == "ForceOff" || kind == "GracefulShutdown" || kind == "PushPowerButton" && s.power == "On"
	on := kind == "On" || kind == "ForceOn" || kind == "PushPowerButton" && s.power == "Off"
	if s.pending != nil || on && s.power == "On" || off && s.power == "Off" || !on && !off && s.power != "On" {
		s.refuse(w, http.StatusConflict, "ResourceInStandby", fmt.Sprintf("the machine is %s: %s does nothing", s.power, kind))
		return
	}
	s.machine.Log = append(s.machine.Log, Entry{At: s.now(), Severity: "OK", Message: "The machine was reset: " + kind + ".", Sensor: "System Event"})
	if kind != "Nmi" {
		s.power = map[bool]string{true: "PoweringOff", false: "PoweringOn"}[off]
		s.pending = &pending{map[bool]string{true: "Off", false: "On"}[off], s.o.Now().Add(s.o.Takes)}
		s.settle()
	}
	if !s.o.Vendor.Tasks {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	t := &task{len(s.tasks) + 1, s.o.Now()}
	s.tasks = append(s.tasks, t)
	at := s.o.Vendor.id(fmt.Sprintf("TaskService/TaskMonitors/%d", t.id))
	if s.o.Vendor.WholeLocation {
		at = "http://" + r.Host + at
	}
	w.Header().Set("Location", at)
	w.Header().Set("Retry-After", "1")
	doc, _ := s.taskDoc(fmt.Sprintf("TaskService/Tasks/%d", t.id))
	send(w, http.StatusAccepted, encode(doc))
}

func (s *Service) taskAt(path, prefix string) (*task, bool) {
	i, ok := indexIn(path, prefix, len(s.tasks)+1)
	if !ok || i < 1 {
		return nil, false
	}
	return s.tasks[i-1], true
}

func (s *Service) done(t *task) bool { return s.o.Now().Sub(t.started) >= s.o.Takes }

func (s *Service) taskDoc(path string) (object, bool) {
	if path == "TaskService" {
		return s.of(path, "TaskService.v1_2_0.TaskService", "TaskService", "Tasks", object{"Tasks": s.ref("TaskService/Tasks")}), true
	}
	t, ok := s.taskAt(path, "TaskService/Tasks/")
	if !ok {
		return nil, false
	}
	state, health := "Running", "OK"
	if s.done(t) {
		state = "Completed"
	}
	return s.of(path, "Task.v1_5_0.Task", strconv.Itoa(t.id), "Reset", object{
		"TaskState": state, "TaskStatus": health, "StartTime": t.started.UTC().Format(time.RFC3339),
		"TaskMonitor": s.o.Vendor.id(fmt.Sprintf("TaskService/TaskMonitors/%d", t.id)),
	}), true
}

// monitor answers at a task's monitor: 202 while it runs, then what the request itself would have answered.
func (s *Service) monitor(w http.ResponseWriter, path string) bool {
	t, ok := s.taskAt(path, "TaskService/TaskMonitors/")
	if !ok {
		return false
	}
	if s.done(t) {
		w.WriteHeader(http.StatusNoContent)
		return true
	}
	w.Header().Set("Retry-After", "1")
	doc, _ := s.taskDoc(fmt.Sprintf("TaskService/Tasks/%d", t.id))
	send(w, http.StatusAccepted, encode(doc))
	return true
}
