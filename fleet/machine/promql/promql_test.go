package promql

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/machine"
)

var night = time.Unix(1435781451, 781_000_000).UTC()

func ptr[T any](v T) *T { return &v }

// The answers of prometheus.io/docs/prometheus/latest/querying/api, "Instant queries", with values that fit the question, and
// of its section "Format overview" for errors.
const (
	documented = `{"status":"success","data":{"resultType":"vector","result":[
		{"metric":{"__name__":"up","job":"prometheus","instance":"localhost:9090"},"value":[1435781451.781,"71.5"]},
		{"metric":{"__name__":"up","job":"node","instance":"localhost:9100"},"value":[1435781451.781,"91"]}]}}`
	scalar  = `{"status":"success","data":{"resultType":"scalar","result":[1435781451.781,"NaN"]}}`
	refused = `{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:1: parse error: no expression found for sesame-opens"}`
)

func TestDocumentedAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		status       int
		answer, want string
		value        float64
	}{
		"a vector":   {200, documented, "", 91},
		"no series":  {200, `{"status":"success","data":{"resultType":"vector","result":[]}}`, "it has no value", 0},
		"no number":  {200, scalar, "it has no value", 0},
		"a refusal":  {400, refused, "bad_data: invalid parameter", 0},
		"a matrix":   {200, `{"status":"success","data":{"resultType":"matrix","result":[]}}`, "it answers a matrix", 0},
		"HTML":       {502, "<html>Bad Gateway</html>", "502 Bad Gateway: it answers no JSON", 0},
		"a redirect": {302, "", "it redirects", 0},
		"endless":    {200, strings.Repeat("x", maxAnswer+10), "has more than", 0},
	} {
		var token, query string
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			token, query = r.Header.Get("Authorization"), r.FormValue("query")
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.answer))
		}))
		m := machine.Prometheus{Source: machine.Source{ID: "prom", Within: time.Second}, Address: s.URL, Token: machine.NewSecret("sesame-opens"), Queries: []machine.Query{
			{Point: machine.Point{Subject: machine.Subject{Device: "d"}, Quantity: "temperature", Unit: "°C", Scale: 1, High: ptr(85.0)}, Query: "max(x)"},
			{Point: machine.Point{Subject: machine.Subject{Device: "other"}, Quantity: "temperature", Scale: 1, High: ptr(85.0)}, Query: "y"},
		}}
		all, err := New(m, func() time.Time { return night }).Ask(t.Context(), machine.Question{Devices: []string{"d"}})
		if c.want == "" && (err != nil || len(all) != 1 || all[0].Value != c.value || all[0].Sign.Symptom != cause.Hot || !all[0].At.Equal(night)) {
			t.Errorf("%s: %+v, %v", name, all, err)
		}
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "sesame") || len(all) > 0) {
			t.Errorf("%s: %+v, %v, want %q", name, all, err, c.want)
		}
		if token != "Bearer sesame-opens" || query != "max(x)" {
			t.Errorf("%s: token %q, query %q", name, token, query)
		}
		s.Close()
	}
}

func FuzzAnswer(f *testing.F) {
	for _, text := range []string{documented, scalar, refused, `{"status":"success","data":{"resultType":"vector","result":[{"value":[1e300,"1"]}]}}`} {
		f.Add([]byte(text))
	}
	p := machine.Point{Subject: machine.Subject{Device: "d"}, Quantity: "temperature", Scale: 1, Low: ptr(0.0), High: ptr(85.0)}
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := parse(text)
		s, ok := worst(p, all)
		if err != nil && len(all) > 0 || ok && (s.value != s.value || s.at.Year() > 9999) {
			t.Errorf("%v, %v", all, err)
		}
	})
}
