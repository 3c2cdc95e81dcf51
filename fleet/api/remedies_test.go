package api_test

import (
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/fleet/fault"
)

func TestRemediesAreStoppedPlannedAndJudgedOverHTTP(t *testing.T) {
	s, c, _ := serve(t)
	for _, q := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"GET", "/api/v1/remedies/stop", "", 200, `"on":false`},
		{"POST", "/api/v1/remedies/stop", `{"by":"ann","why":"chiller test"}`, 200, `"why":"chiller test"`},
		{"POST", "/api/v1/remedies/stop", `{"by":""}`, 422, "by"},
		{"GET", "/api/v1/remedies/stop", "", 200, `"on":true`},
		{"POST", "/api/v1/remedies/go", `{"by":"ann"}`, 200, `"on":false`},
		{"POST", "/api/v1/remedies/R-1/approve", `{"by":"ann","evidence":"abc"}`, 409, "is done"},
		{"POST", "/api/v1/remedies/R-1/decline", `{"by":"ann","why":"not tonight"}`, 200, `"state":"failed"`},
		{"POST", "/api/v1/remedies/R-1/opened", `{"by":"tom"}`, 200, `"state":"acting"`},
		{"POST", "/api/v1/remedies/R-1/done", `{"by":"tom"}`, 200, `"state":"settling"`},
		{"POST", "/api/v1/remedies/reread", `{"by":"ann"}`, 409, "runbooks.yaml:7: runbooks[0].colour"},
		{"GET", "/api/v1/faults/F-0001/reports", "", 200, `"says":"fan 3 failed at 02:58"`},
		{"GET", "/api/v1/faults/F-0009/reports", "", 404, "F-0009"},
		{"GET", "/api/v1/faults/F-0001/plan", "", 200, `"guard":"redundancy"`},
		{"POST", "/api/v1/faults/F-0001/judge", `{"by":"ann","says":"wrong-cause","note":"the backplane"}`, 200, `"says":"wrong-cause"`},
		{"POST", "/api/v1/faults/F-0001/judge", `{"by":"ann","says":"perhaps"}`, 422, "wrong-place"},
		{"GET", "/api/v1/faults/precision", "", 200, `"right":3`},
	} {
		res, body := ask(t, q.method, s.URL+q.path, q.body)
		if res.StatusCode != q.status || !strings.Contains(body, q.says) {
			t.Errorf("%s %s %s: %d %s; want %d with %q", q.method, q.path, q.body, res.StatusCode, body, q.status, q.says)
		}
	}
	if want := (fault.Verdict{FaultID: "F-0001", Says: fault.WrongCause, By: "ann", Note: "the backplane"}); c.verdict != want {
		t.Errorf("judged %+v", c.verdict)
	}
}

func TestAnotherOriginStopsNothing(t *testing.T) {
	s, c, _ := serve(t)
	if res, _ := ask(t, "POST", s.URL+"/api/v1/remedies/stop", `{"by":"ann"}`, "Sec-Fetch-Site", "cross-site"); res.StatusCode != 403 || c.stop.On {
		t.Errorf("%d, stop %+v: a foreign page stopped the remedies", res.StatusCode, c.stop)
	}
}
