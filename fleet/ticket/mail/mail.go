// Package mail sends tickets as e-mail over SMTP (RFC 5321), tested against the mail server of fleet/ticket/tickettest and
// against a real one (fleet/peertest): one mail a revision, with its pictures, all of one ticket in one thread.
//
// A mail cannot be looked for, and is not sent twice knowingly: each has a Message-ID made of the ticket's key and its
// revision, the same over all tries, by which mail systems drop the second. They carry Auto-Submitted (RFC 3834), so
// that no holiday answer comes back. A fault that was over before its first mail is one mail that says so. A mail waits up
// to a minute for pictures that are still on their way.
package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/mapping"
)

var addresses = regexp.MustCompile(`^[^\s@,;<>"]+@[^\s@,;<>"]+(, *[^\s@,;<>"]+@[^\s@,;<>"]+)*$`)

// Kind is what a mapping file of this sink may say. An address of smtp:// takes TLS where the server has it (settings.tls
// must: or not at all), one of smtps:// speaks it from the start.
var Kind = mapping.Kind{
	Name: "e-mail", Schemes: []string{"smtp", "smtps"}, Optional: []string{"user", "password"},
	Settings: []mapping.Setting{
		{Name: "from", Must: true, Like: regexp.MustCompile(`^[^\s@,;<>"]+@[^\s@,;<>"]+$`)},
		{Name: "to", Must: true, Like: addresses},
		{Name: "tls", Default: "may", Like: regexp.MustCompile(`^(may|must|never)$`)},
	},
	Fields: map[string]string{
		"Subject": "[{{.Ticket.ID}}] {{upper .State}} {{.Ticket.Title}}",
		"Body": "{{.Fault.Cause}}\n\nPlace: {{.Place}}{{with .Ticket.AssetTag}}, asset {{.}}{{end}}\nSeverity: {{.Severity}}\n" +
			"State: {{.State}}\n{{range .Fault.Symptoms}}Symptom: {{.}}\n{{end}}Page: {{.Link}}\n{{range .Evidence}}Picture: {{.}}\n{{end}}\n{{.History}}",
	},
	Attachments: true,
}

// The times of a mail: how long one try may take, and how long it waits for pictures.
const (
	within   = 20 * time.Second
	pictures = time.Minute
)

// A Sink sends mails to one list of people.
type Sink struct {
	m    *mapping.Mapping
	v    *mapping.Vault
	now  func() time.Time
	host string
	port int
	ssl  bool
}

// New makes a sink of a mapping.
func New(m *mapping.Mapping, v *mapping.Vault, now func() time.Time) *Sink {
	s := &Sink{m: m, v: v, now: now, port: 25}
	if u, err := url.Parse(m.URLs[0]); err == nil {
		s.host, s.ssl = u.Hostname(), u.Scheme == "smtps"
		if s.ssl {
			s.port = 465
		}
		if p, err := strconv.Atoi(u.Port()); err == nil {
			s.port = p
		}
	}
	return s
}

// Name is the mapping file's.
func (s *Sink) Name() string { return s.m.Name }

// Deliver sends the revision's mail.
func (s *Sink) Deliver(ctx context.Context, r ticket.Revision, d ticket.Delivery, note ticket.Note) (ticket.Delivery, error) {
	files, missing := s.files(ctx, r)
	if missing && d.Begun < r.Ticket.Revision {
		d.Begun, d.BegunAt = r.Ticket.Revision, s.now()
		if err := note(ctx, d); err != nil {
			return d, err
		}
	}
	if missing && s.now().Sub(d.BegunAt) < pictures {
		return d, &ticket.Refusal{Said: "pictures are on their way", RetryAfter: 5 * time.Second, Later: true}
	}
	m, err := s.compose(r, files)
	if err != nil {
		return d, err
	}
	c, err := s.client()
	if err != nil {
		return d, err
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if err := c.DialAndSendWithContext(ctx, m); err != nil {
		return d, judged(err)
	}
	d.Told = len(r.Fault.Timeline)
	return ticket.Took(d, r.Ticket.Revision), nil
}

// judged is a server's answer: 5xx is final (RFC 5321, 4.2.1), all else worth another try.
func judged(err error) error {
	why := &ticket.Refusal{Said: "mail: " + err.Error()}
	var sent *gomail.SendError
	var proto *textproto.Error
	switch {
	case errors.As(err, &sent):
		why.Status = sent.ErrorCode()
	case errors.As(err, &proto):
		why.Status = proto.Code
	}
	why.Final = why.Status >= 500
	return why
}

type file struct {
	name, mediaType string
	content         []byte
}

// files are the pictures that are here; missing says whether one is not.
func (s *Sink) files(ctx context.Context, r ticket.Revision) (out []file, missing bool) {
	if !s.m.Attachments || r.Picture == nil {
		return nil, false
	}
	for _, e := range slices.Concat(r.Ticket.Before, r.Ticket.After) {
		b, err := r.Picture(ctx, e.SHA256)
		if err != nil {
			missing = true
			continue
		}
		out = append(out, file{ticket.FileName(r.Ticket, e), e.MediaType, b})
	}
	return out, missing
}

func (s *Sink) compose(r ticket.Revision, files []file) (*gomail.Msg, error) {
	fields, err := s.m.Render(r)
	if err != nil {
		return nil, err
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	to := strings.Split(strings.ReplaceAll(s.m.Settings["to"], " ", ""), ",")
	if err := errors.Join(m.From(s.m.Settings["from"]), m.To(to...)); err != nil {
		return nil, s.m.Check("settings: %v", err)
	}
	_, domain, _ := strings.Cut(s.m.Settings["from"], "@")
	thread := r.TicketKey() + "@" + domain
	m.SetMessageIDWithValue(fmt.Sprintf("%s.%d@%s", r.TicketKey(), r.Ticket.Revision, domain))
	m.SetGenHeader(gomail.HeaderInReplyTo, "<"+thread+">")
	m.SetGenHeader(gomail.HeaderReferences, "<"+thread+">")
	m.SetGenHeader(gomail.Header("Auto-Submitted"), "auto-generated")
	m.SetDateWithValue(s.now())
	m.Subject(strings.Join(strings.Fields(fields["Subject"]), " ")) // no line break ends a header
	m.SetBodyString(gomail.TypeTextPlain, fields["Body"])
	for _, f := range files {
		if err := m.AttachReader(f.name, bytes.NewReader(f.content), gomail.WithFileContentType(gomail.ContentType(f.mediaType))); err != nil {
			return nil, fmt.Errorf("attach %s: %w", f.name, err)
		}
	}
	return m, nil
}

func (s *Sink) client() (*gomail.Client, error) {
	policy := map[string]gomail.TLSPolicy{"may": gomail.TLSOpportunistic, "must": gomail.TLSMandatory, "never": gomail.NoTLS}[s.m.Settings["tls"]]
	if s.ssl {
		policy = gomail.NoTLS // of STARTTLS: the connection is TLS already
	}
	options := []gomail.Option{
		gomail.WithPort(s.port), gomail.WithTimeout(within), gomail.WithTLSPolicy(policy),
		gomail.WithTLSConfig(&tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12}),
	}
	if s.ssl {
		options = append(options, gomail.WithSSL())
	}
	if s.v.Has(mapping.User) {
		user, err := s.v.Get(mapping.User)
		if err != nil {
			return nil, err
		}
		password, err := s.v.Get("password")
		if err != nil {
			return nil, err
		}
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(user), gomail.WithPassword(password))
	}
	c, err := gomail.NewClient(s.host, options...)
	if err != nil {
		return nil, s.m.Check("%v", err)
	}
	return c, nil
}
