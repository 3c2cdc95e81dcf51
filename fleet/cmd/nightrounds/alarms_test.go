package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/alarm"
)

func TestClearEndsTheAlarmsThatItNamesAndNoOthers(t *testing.T) {
	held := []fleet.AlarmView{
		{Alarm: alarm.Alarm{ID: "A-0001", Kind: alarm.Fire}}, {Alarm: alarm.Alarm{ID: "A-0002", Kind: alarm.Fire, Hall: "hall-1"}},
		{Alarm: alarm.Alarm{ID: "A-0003", Kind: alarm.Evacuation, Hall: "hall-1"}},
	}
	var cleared []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			if err := json.NewEncoder(w).Encode(held); err != nil {
				t.Error(err)
			}
			return
		}
		var who by
		if err := json.NewDecoder(r.Body).Decode(&who); err != nil || who.By != "Ada" {
			t.Errorf("cleared by %q, %v", who.By, err)
		}
		cleared = append(cleared, strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/api/v1/alarms/"), "/clear"))
		_, _ = w.Write([]byte("{}"))
	}))
	defer s.Close()
	for _, c := range []struct {
		hall string
		kind alarm.Kind
		want []string
	}{
		{"", "", []string{"A-0001", "A-0002", "A-0003"}}, {"hall-1", "", []string{"A-0002", "A-0003"}}, {"hall-1", alarm.Fire, []string{"A-0002"}},
		{"", alarm.Evacuation, []string{"A-0003"}},
	} {
		cleared = nil
		cmd := clearAlarmCmd{server: server{Server: s.URL}, Hall: c.hall, Kind: c.kind, By: "Ada"}
		if err := cmd.Run(t.Context()); err != nil || !slices.Equal(cleared, c.want) {
			t.Errorf("hall %q, kind %q: cleared %v (%v), want %v", c.hall, c.kind, cleared, err, c.want)
		}
	}
	cmd := clearAlarmCmd{server: server{Server: s.URL}, Hall: "hall-2", By: "Ada"}
	if err := cmd.Run(t.Context()); !errors.Is(err, errUsage) {
		t.Errorf("nothing to clear: %v", err)
	}
}
