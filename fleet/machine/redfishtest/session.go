package redfishtest

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const sessionsPath = "SessionService/Sessions"

type session struct {
	id   int
	used time.Time
}

// expire forgets sessions that were not used for too long.
func (s *Service) expire() {
	for token, x := range s.sessions {
		if s.o.Now().Sub(x.used) >= s.o.SessionLasts {
			delete(s.sessions, token)
		}
	}
}

func (s *Service) right(user, password string) bool {
	return subtle.ConstantTimeCompare([]byte(user+"\x00"+password), []byte(s.o.User+"\x00"+s.o.Password)) == 1
}

// known says whether a request has a session that lives, or a login.
func (s *Service) known(r *http.Request) bool {
	s.expire()
	if token := r.Header.Get("X-Auth-Token"); token != "" {
		x, ok := s.sessions[token]
		if ok {
			x.used = s.o.Now()
		}
		return ok
	}
	user, password, ok := r.BasicAuth()
	return ok && s.right(user, password)
}

func (s *Service) login(w http.ResponseWriter, r *http.Request) {
	var who struct{ UserName, Password string }
	if err := json.NewDecoder(io.LimitReader(r.Body, 4096)).Decode(&who); err != nil {
		s.refuse(w, http.StatusBadRequest, "MalformedJSON", err.Error())
		return
	}
	s.expire()
	switch {
	case !s.right(who.UserName, who.Password): // a controller may echo what it was sent
		s.refuse(w, http.StatusUnauthorized, "NoValidSession", fmt.Sprintf("user %q with password %q is not known", who.UserName, who.Password))
		return
	case len(s.sessions) >= s.o.Sessions:
		s.refuse(w, http.StatusServiceUnavailable, "SessionLimitExceeded", "too many sessions are open")
		return
	}
	s.issued++
	token := fmt.Sprintf("token-%d-%d", s.issued, s.o.Now().UnixNano())
	s.sessions[token] = &session{s.issued, s.o.Now()}
	at := s.o.Vendor.id(fmt.Sprintf("%s/%d", sessionsPath, s.issued))
	w.Header().Set("X-Auth-Token", token)
	w.Header().Set("Location", at)
	send(w, http.StatusCreated, encode(object{
		"@odata.id": at, "@odata.type": "#Session.v1_3_0.Session", "Id": strconv.Itoa(s.issued), "Name": "User Session", "UserName": who.UserName,
	}))
}

func (s *Service) logout(w http.ResponseWriter, path string) {
	id, ok := strings.CutPrefix(path, sessionsPath+"/")
	if !ok {
		s.notAllowed(w, "GET, HEAD")
		return
	}
	for token, x := range s.sessions {
		if strconv.Itoa(x.id) == id {
			delete(s.sessions, token)
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	s.refuse(w, http.StatusNotFound, "ResourceMissingAtURI", "no session "+id)
}
