package api_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestSilencesAreAskedForAsTheSchemaSays(t *testing.T) {
	s, _, _ := serve(t)
	base := s.URL + "/api/v1/silences"
	for _, c := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"GET", "", "", http.StatusOK, `"racks":["A02"]`},
		{"GET", "", "", http.StatusOK, `"faults":["F-0001"]`},
		{"POST", "", `{"why":"filters","racks":["A02"],"from":"2026-11-28T06:00:00+01:00","forSeconds":3600,"recurs":{"start":"2026-11-02T06:00","recurrence":"FREQ=DAILY","windowSeconds":60}}`, http.StatusOK, `"id":"S-0002"`},
		{"POST", "", `{"why":"filters","racks":["A02"],"forSeconds":60}`, http.StatusConflict, "refused"},
		{"POST", "", `{"why":"filters","rack":"A02"}`, http.StatusUnprocessableEntity, "rack"},
		{"POST", "", `{"racks":["A02"]}`, http.StatusUnprocessableEntity, "why"},
		{"POST", "", `{"why":"filters","racks":["A02"],"forSeconds":-1}`, http.StatusUnprocessableEntity, "forSeconds"},
		{"POST", "/load", `{"name":"quiet.yaml","text":"silences: 1","by":"Ada"}`, http.StatusConflict, "quiet.yaml:1: silences: 1 by Ada"},
		{"POST", "/load", `{"name":"quiet.yaml","text":"` + strings.Repeat("x", 900001) + `","by":"Ada"}`, http.StatusUnprocessableEntity, "text"},
		{"POST", "/S-0009/end", `{"by":"Ada"}`, http.StatusNotFound, "S-0009"},
	} {
		res, text := ask(t, c.method, base+c.path, c.body)
		if res.StatusCode != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s %s %.80s: %d %s, want %d with %q", c.method, c.path, c.body, res.StatusCode, text, c.status, c.says)
		}
	}
}
