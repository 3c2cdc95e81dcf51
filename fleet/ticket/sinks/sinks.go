// Package sinks makes the ticket sinks of a site from its mapping files, sinks/*.yaml of the site folder.
//
// A file that is at fault keeps the whole set out: Load says everything that is wrong, and who had a set goes on with it.
package sinks

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/alertmanager"
	"github.com/nightrounds/nightrounds/fleet/ticket/jira"
	"github.com/nightrounds/nightrounds/fleet/ticket/mail"
	"github.com/nightrounds/nightrounds/fleet/ticket/mapping"
	"github.com/nightrounds/nightrounds/fleet/ticket/pagerduty"
	"github.com/nightrounds/nightrounds/fleet/ticket/rest"
	"github.com/nightrounds/nightrounds/fleet/ticket/rt"
	"github.com/nightrounds/nightrounds/fleet/ticket/servicenow"
	"github.com/nightrounds/nightrounds/fleet/ticket/signed"
)

// Folder is where a site's mapping files are.
const Folder = "sinks"

// Kinds are all kinds of sink.
func Kinds() []mapping.Kind {
	return []mapping.Kind{alertmanager.Kind, jira.Kind, mail.Kind, pagerduty.Kind, rt.Kind, servicenow.Kind, signed.Kind}
}

// Options are what sinks work with.
type Options struct {
	Lookup func(env string) (string, bool) // finds an environment variable
	HTTP   *http.Client                    // follows no redirects; nil: one with a time-out of 20 s
	Now    func() time.Time                // wall clock; nil: time.Now
}

// Load makes the sinks of a site folder; a folder without any has none. All faults are reported at once, joined.
func Load(site fs.FS, o Options) ([]ticket.Sink, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.HTTP == nil {
		o.HTTP = rest.NoRedirects(20 * time.Second)
	}
	files, err := fs.Glob(site, Folder+"/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("read the site's sinks: %w", err)
	}
	var out []ticket.Sink
	var problems []error
	for _, file := range files {
		text, err := fs.ReadFile(site, file)
		if err != nil {
			problems = append(problems, fmt.Errorf("read %s: %w", file, err))
			continue
		}
		m, err := mapping.Parse(file, text, Kinds())
		if err != nil {
			problems = append(problems, err)
			continue
		}
		out = append(out, Make(m, o))
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return out, nil
}

// Print is a fingerprint of the mapping files: another one says that something in them changed.
func Print(site fs.FS) string {
	h := sha256.New()
	files, _ := fs.Glob(site, Folder+"/*.yaml") // the pattern is good
	slices.Sort(files)
	for _, file := range files {
		text, err := fs.ReadFile(site, file)
		fmt.Fprintf(h, "%s %v %q\n", path.Base(file), err, text)
	}
	return string(h.Sum(nil))
}

// Make makes the sink of a mapping.
func Make(m *mapping.Mapping, o Options) ticket.Sink {
	v := mapping.NewVault(m, o.Lookup)
	var s ticket.Sink
	switch m.Kind {
	case alertmanager.Kind.Name:
		s = alertmanager.New(m, v, o.HTTP, o.Now)
	case jira.Kind.Name:
		s = jira.New(m, v, o.HTTP, o.Now)
	case mail.Kind.Name:
		s = mail.New(m, v, o.Now)
	case pagerduty.Kind.Name:
		s = pagerduty.New(m, v, o.HTTP, o.Now)
	case rt.Kind.Name:
		s = rt.New(m, v, o.HTTP, o.Now)
	case servicenow.Kind.Name:
		s = servicenow.New(m, v, o.HTTP, o.Now)
	default:
		s = signed.New(m, v, o.HTTP, o.Now)
	}
	return &Sink{sink: s, vault: v, kind: m.Kind, rate: m.Rate}
}

// A Sink is one of the site, behind which no credential comes out: every error and every word that it heard is struck
// of them.
type Sink struct {
	sink  ticket.Sink
	vault *mapping.Vault
	kind  string
	rate  ticket.Rate
}

// Name is the mapping file's.
func (s *Sink) Name() string { return s.sink.Name() }

// Kind is the kind of system.
func (s *Sink) Kind() string { return s.kind }

// Rate is how many deliveries it is given.
func (s *Sink) Rate() ticket.Rate { return s.rate }

// Deliver carries a revision.
func (s *Sink) Deliver(ctx context.Context, r ticket.Revision, d ticket.Delivery, note ticket.Note) (ticket.Delivery, error) {
	for _, e := range r.Fault.Timeline {
		if struck := s.vault.Scrub(e.What); struck != e.What { // somebody wrote one in a comment elsewhere
			r.Fault.Timeline = slices.Clone(r.Fault.Timeline)
			for i := range r.Fault.Timeline {
				r.Fault.Timeline[i].What = s.vault.Scrub(r.Fault.Timeline[i].What)
			}
			break
		}
	}
	d, err := s.sink.Deliver(ctx, r, d, note)
	return d, s.scrub(err)
}

// scrub is the error as people may see it: what it means, and its words without credentials.
func (s *Sink) scrub(err error) error {
	if err == nil {
		return nil
	}
	why := ticket.Judged(err)
	why.Said = strings.ToValidUTF8(s.vault.Scrub(why.Said), "?")
	return &why
}

// Attaches says whether the sink waits for pictures.
func (s *Sink) Attaches() bool {
	a, ok := s.sink.(ticket.Attacher)
	return ok && a.Attaches()
}

// RepeatEvery is how often the sink must be told again; 0: never.
func (s *Sink) RepeatEvery() time.Duration {
	if r, ok := s.sink.(ticket.Repeater); ok {
		return r.RepeatEvery()
	}
	return 0
}

// Every is the pause between two questions; 0: it cannot be asked.
func (s *Sink) Every() time.Duration {
	if p, ok := s.sink.(ticket.Poller); ok {
		return p.Every()
	}
	return 0
}

// Poll asks what people did; see ticket.Poller.
func (s *Sink) Poll(ctx context.Context, cursor string) ([]ticket.Heard, string, error) {
	p, ok := s.sink.(ticket.Poller)
	if !ok {
		return nil, cursor, nil
	}
	heard, next, err := p.Poll(ctx, cursor)
	return s.struck(heard), next, s.scrub(err)
}

// Hear reads a message of the other side; see ticket.Listener.
func (s *Sink) Hear(h http.Header, body []byte, now time.Time) (string, []ticket.Heard, error) {
	l, ok := s.sink.(ticket.Listener)
	if !ok {
		return "", nil, fmt.Errorf("sink %s is told nothing over HTTP", s.Name())
	}
	id, heard, err := l.Hear(h, body, now)
	return id, s.struck(heard), s.scrub(err)
}

func (s *Sink) struck(heard []ticket.Heard) []ticket.Heard {
	for i := range heard {
		heard[i].Text, heard[i].By = s.vault.Scrub(heard[i].Text), s.vault.Scrub(heard[i].By)
	}
	return heard
}
