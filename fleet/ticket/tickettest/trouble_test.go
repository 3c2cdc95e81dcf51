package tickettest_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/ticket/tickettest"
)

func TestALateRequestIsCarriedOutAtItsOwnTime(t *testing.T) {
	now := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	begun := now
	mishaps := []tickettest.Mishap{tickettest.Late, tickettest.None}
	trouble := &tickettest.Trouble{Now: func() time.Time { return now }, Next: func() tickettest.Mishap {
		m := mishaps[0]
		mishaps = mishaps[1:]
		return m
	}}
	var served []time.Duration // since the beginning
	trouble.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served = append(served, trouble.Served().Sub(begun)) })
	ask := func() error {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://system.example/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := trouble.RoundTrip(req)
		if err == nil {
			res.Body.Close()
		}
		return err
	}
	if err := ask(); err == nil {
		t.Error("a late answer came at once")
	}
	now = now.Add(10 * time.Minute)
	if err := ask(); err != nil {
		t.Error(err)
	}
	if want := []time.Duration{tickettest.LateBy, 10 * time.Minute}; !slices.Equal(served, want) {
		t.Errorf("carried out after %v, want %v", served, want)
	}
}
