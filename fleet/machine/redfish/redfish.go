// Package redfish asks a server's management controller what it knows, by Redfish (DMTF DSP0266): sensors, power supplies,
// drives, power state, locator and event log; and carries out steps of runbooks there: the locator, a reset of the machine or of
// the controller. Asking changes nothing.
//
// The library gofish opens the session and finds the system; what it does not bound is bounded here: time, length of answers,
// redirects, and how much of a log is read. Documents are read tolerantly, for controllers give numbers as texts and leave
// out what the schema demands.
package redfish

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/stmcginnis/gofish"
	"golang.org/x/sync/errgroup"

	"github.com/nightrounds/nightrounds/fleet/machine"
)

// The bounds of one question.
const (
	maxAnswer   = 4 << 20 // bytes of one document
	oneRequest  = 5 * time.Second
	atOnce      = 2 // requests: controllers are slow machines
	maxChassis  = 3 // of one system
	maxDrives   = 32
	leaveWithin = 3 * time.Second // for logging out
)

// A Driver asks one controller.
type Driver struct {
	m    machine.Redfish
	now  func() time.Time
	http *http.Transport
}

// New checks nothing and connects to nothing.
func New(m machine.Redfish, now func() time.Time) *Driver {
	t := &http.Transport{
		MaxConnsPerHost: atOnce, TLSHandshakeTimeout: oneRequest, ResponseHeaderTimeout: oneRequest, IdleConnTimeout: time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
	if m.Pin != "" {
		t.TLSClientConfig = &tls.Config{
			InsecureSkipVerify: true, //nolint:gosec // the pin stands in for the chain, for resumed sessions too
			MinVersion:         tls.VersionTLS12, VerifyConnection: func(s tls.ConnectionState) error { return pinned(s, m.Pin) },
		}
	}
	return &Driver{m: m, now: now, http: t}
}

// pinned checks the certificate that a controller shows against its fingerprint.
func pinned(s tls.ConnectionState, pin string) error {
	if len(s.PeerCertificates) == 0 {
		return errors.New("it shows no certificate")
	}
	sum := sha256.Sum256(s.PeerCertificates[0].Raw)
	if got := hex.EncodeToString(sum[:]); got != pin {
		return fmt.Errorf("its certificate is %s, not the one that machines.yaml has in certificate_sha256", got)
	}
	return nil
}

// ID is the source's.
func (d *Driver) ID() string { return d.m.ID }

// Ask asks what bears on a question. Evidence may come with an error: of the part of it that failed. No error holds a credential.
func (d *Driver) Ask(ctx context.Context, q machine.Question) ([]machine.Evidence, error) {
	report, err := d.Report(ctx, wanted(q))
	if err != nil {
		err = errors.New(machine.Clean(err, d.m.Password))
	}
	if report.At.IsZero() {
		return nil, err
	}
	if why := report.Mismatch(d.m); why != "" {
		return nil, errors.New(why)
	}
	return report.Read(d.m, q.Since), err
}

// Report reads the sections that are wanted. A report that was begun comes with the error of what could not be read.
func (d *Driver) Report(ctx context.Context, want Sections) (machine.Report, error) {
	r := &reader{d: d, ctx: ctx}
	if err := r.connect(ctx); err != nil {
		return machine.Report{}, err
	}
	defer r.client.Logout()
	if err := r.system(); err != nil {
		return machine.Report{}, err
	}
	r.report.At = d.now()
	return r.report, errors.Join(r.sections(want)...)
}

// A reader reads one report.
type reader struct {
	d      *Driver
	ctx    context.Context
	client *gofish.APIClient
	sys    systemDoc
	report machine.Report
}

// connect opens a session. The library holds one context for all its calls; that of the question is put into each request by
// the transport, but into the last one, which gives the session back whatever became of the question.
func (r *reader) connect(ctx context.Context) error {
	client := &http.Client{
		Timeout:   oneRequest,
		Transport: &bounded{r.d.http, ctx},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return errors.New("it redirects, and its token is not carried elsewhere")
		},
	}
	c, err := gofish.ConnectContext(context.WithoutCancel(ctx), gofish.ClientConfig{
		Endpoint: r.d.m.Address, Username: r.d.m.User, Password: r.d.m.Password.Reveal(), BasicAuth: r.d.m.Basic,
		HTTPClient: client, MaxConcurrentRequests: atOnce,
	})
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	r.client = c
	return nil
}

// bounded is a transport that ends requests with a question and cuts answers off.
type bounded struct {
	next http.RoundTripper
	ctx  context.Context
}

// RoundTrip implements http.RoundTripper.
func (b *bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	leaving := req.Method == http.MethodDelete
	ctx, cancel := context.WithTimeout(req.Context(), leaveWithin)
	stop := func() bool { return true }
	if !leaving {
		cancel()
		ctx, cancel = context.WithCancel(req.Context())
		stop = context.AfterFunc(b.ctx, cancel) //nolint:contextcheck // the question's context ends a request of the client's
	}
	end := func() { stop(); cancel() }
	res, err := b.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		end()
		if !leaving && b.ctx.Err() != nil {
			return nil, b.ctx.Err()
		}
		return nil, err
	}
	res.Body = &cut{io.LimitReader(res.Body, maxAnswer), res.Body, end}
	return res, nil
}

// A cut is a body of which no more than a limit is read.
type cut struct {
	io.Reader
	body io.Closer
	end  func()
}

// Close implements io.Closer.
func (c *cut) Close() error {
	defer c.end()
	return c.body.Close()
}

// get reads one document.
func (r *reader) get(path string) ([]byte, error) {
	if path == "" || path[0] != '/' {
		return nil, fmt.Errorf("%q is no path of a resource", path)
	}
	res, err := r.client.Get(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return text, nil
}

// sections reads what is wanted, two at a time, and returns what went wrong.
func (r *reader) sections(want Sections) []error {
	var g errgroup.Group
	g.SetLimit(atOnce)
	errs := make([]error, 3)
	var sensed, drives []machine.Part
	var log []machine.Entry
	if want.Sensors || want.Power {
		g.Go(func() error { sensed, errs[0] = r.sense(want); return nil })
	}
	if want.Drives {
		g.Go(func() error { drives, errs[1] = r.drives(); return nil })
	}
	if want.Log {
		g.Go(func() error { log, errs[2] = r.log(); return nil })
	}
	_ = g.Wait() // errors are kept apart
	r.report.Parts = slices.Concat(sensed, drives)
	r.report.Log = log
	return errs
}
