// Package promql asks a Prometheus server, or one that speaks its HTTP API (v1), by instant queries.
package promql

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/machine"
)

// The bounds of one question.
const (
	maxAnswer  = 1 << 20 // bytes
	maxQueries = 64
	maxSeries  = 1000
)

// A Driver asks one server.
type Driver struct {
	m    machine.Prometheus
	now  func() time.Time
	http *http.Client
}

// New checks nothing and connects to nothing. Redirects are refused: a token is not carried elsewhere.
func New(m machine.Prometheus, now func() time.Time) *Driver {
	return &Driver{m, now, &http.Client{Timeout: m.Within, CheckRedirect: func(*http.Request, []*http.Request) error {
		return errors.New("it redirects, and its token is not carried elsewhere")
	}}}
}

// ID is the source's.
func (d *Driver) ID() string { return d.m.ID }

// Ask asks what bears on a question. Evidence may come with an error: of the part of it that failed. No error holds a credential.
func (d *Driver) Ask(ctx context.Context, q machine.Question) ([]machine.Evidence, error) {
	var out []machine.Evidence
	var errs []error
	asked := 0
	for _, query := range d.m.Queries {
		if !q.Of(query.Subject) {
			continue
		}
		if asked++; asked > maxQueries {
			errs = append(errs, fmt.Errorf("only the first %d queries were asked", maxQueries))
			break
		}
		e, err := d.ask(ctx, query)
		if err != nil {
			errs = append(errs, fmt.Errorf("query %q: %w", clip(query.Query), err))
		} else {
			out = append(out, e)
		}
		if ctx.Err() != nil {
			break
		}
	}
	if err := errors.Join(errs...); err != nil {
		return out, errors.New(machine.Clean(err, d.m.Token))
	}
	return out, nil
}

func clip(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "..."
	}
	return s
}

func (d *Driver) ask(ctx context.Context, q machine.Query) (machine.Evidence, error) {
	now := d.now()
	form := url.Values{"query": {q.Query}, "time": {strconv.FormatFloat(float64(now.UnixMilli())/1000, 'f', 3, 64)}, "timeout": {"5s"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.m.Address+"/api/v1/query", strings.NewReader(form.Encode()))
	if err != nil {
		return machine.Evidence{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if token := d.m.Token.Reveal(); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := d.http.Do(req)
	if err != nil {
		return machine.Evidence{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return machine.Evidence{}, err
	}
	if len(text) > maxAnswer {
		return machine.Evidence{}, fmt.Errorf("its answer has more than %d bytes: ask for one series", maxAnswer)
	}
	samples, err := parse(text)
	if err != nil {
		return machine.Evidence{}, fmt.Errorf("%s: %w", res.Status, err)
	}
	s, ok := worst(q.Point, samples)
	if !ok {
		return machine.Evidence{}, errors.New("it has no value")
	}
	return machine.Judge(q.Point, d.m.ID, s.value, s.at, now)
}

// A sample is one value at its time.
type sample struct {
	at    time.Time
	value float64
}

// parse reads the answer to an instant query: a vector or a scalar (prometheus.io/docs/prometheus/latest/querying/api).
func parse(text []byte) ([]sample, error) {
	var a struct {
		Status, ErrorType, Error string
		Data                     struct {
			ResultType string
			Result     json.RawMessage
		}
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, errors.New("it answers no JSON")
	}
	if a.Status != "success" {
		return nil, fmt.Errorf("it says %s: %s", a.ErrorType, a.Error) // cut off once it is clean
	}
	var values [][]any
	switch a.Data.ResultType {
	case "scalar":
		var v []any
		if err := json.Unmarshal(a.Data.Result, &v); err != nil {
			return nil, errors.New("its scalar is none")
		}
		values = [][]any{v}
	case "vector":
		var all []struct{ Value []any }
		if err := json.Unmarshal(a.Data.Result, &all); err != nil {
			return nil, errors.New("its vector is none")
		}
		if len(all) > maxSeries {
			return nil, fmt.Errorf("it has %d series: ask for one", len(all))
		}
		for _, s := range all {
			values = append(values, s.Value)
		}
	default:
		return nil, fmt.Errorf("it answers a %s: ask for an instant vector or a scalar", clip(a.Data.ResultType))
	}
	return samples(values)
}

// samples are [seconds, "value"] pairs; a value that is no number is left out, as a series without one.
func samples(values [][]any) ([]sample, error) {
	var out []sample
	for _, v := range values {
		if len(v) != 2 {
			return nil, errors.New("a value of it is no pair of time and number")
		}
		seconds, isNumber := v[0].(float64)
		text, isText := v[1].(string)
		f, err := strconv.ParseFloat(text, 64)
		if !isNumber || !isText || err != nil || seconds < 0 || seconds > 1e11 {
			return nil, errors.New("a value of it is no pair of time and number")
		}
		if f-f == 0 {
			out = append(out, sample{time.UnixMilli(int64(seconds * 1000)).UTC(), f})
		}
	}
	return out, nil
}

// worst is the sample that is farthest out of order, or else nearest to it.
func worst(p machine.Point, all []sample) (sample, bool) {
	if len(all) == 0 {
		return sample{}, false
	}
	return slices.MaxFunc(all, func(a, b sample) int {
		switch x, y := badness(p, a.value), badness(p, b.value); {
		case x > y:
			return 1
		case x < y:
			return -1
		}
		return 0
	}), true
}

func badness(p machine.Point, raw float64) float64 {
	v := raw*p.Scale + p.Offset
	if len(p.Normal) > 0 {
		if slices.Contains(p.Normal, v) {
			return 0
		}
		return 1
	}
	bad := -1e300
	if p.Low != nil {
		bad = max(bad, *p.Low-v)
	}
	for _, limit := range []*float64{p.High, p.Usual} {
		if limit != nil {
			bad = max(bad, v-*limit)
		}
	}
	return bad
}
