package netbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Bounds of what is read: NetBox gives at most 1,000 objects a page.
const (
	pageSize  = 500
	maxAnswer = 64 << 20 // bytes of one page
	maxThings = 1_000_000
)

// A Server is one NetBox.
type Server struct {
	URL   string // as https://netbox.example, with a path where it has one
	Token string // v1 (40 hex digits) or v2 (nbt_key.secret)
	Site  string // slug of the site whose racks are wanted; empty for all
	HTTP  *http.Client
}

// base checks the address and returns that of the API.
func (s Server) base() (*url.URL, error) {
	u, err := url.Parse(s.URL)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("%q is no address of a NetBox: want https://host, with the token in the environment", s.URL)
	}
	u.RawQuery, u.Fragment = "", ""
	u.Path = strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/api") + "/api/"
	return u, nil
}

// authorization is the header for a token: v2 tokens have a prefix, v1 tokens have none.
func authorization(token string) string {
	if strings.HasPrefix(token, "nbt_") {
		return "Bearer " + token
	}
	return "Token " + token
}

// all reads every page of a list, each object into one() with its path.
func (s Server) all(ctx context.Context, list string, query url.Values, one func(path string, object json.RawMessage) error) error {
	base, err := s.base()
	if err != nil {
		return err
	}
	for offset := 0; ; {
		q := url.Values{"limit": {strconv.Itoa(pageSize)}, "offset": {strconv.Itoa(offset)}, "ordering": {"id"}}
		for k, v := range query {
			q[k] = v
		}
		u := base.JoinPath(list)
		u.Path += "/"
		u.RawQuery = q.Encode()
		page, err := s.page(ctx, u, list)
		if err != nil {
			return err
		}
		for i, object := range page.Results {
			if err := one(fmt.Sprintf("%s[%d]", list, offset+i), object); err != nil {
				return err
			}
		}
		offset += len(page.Results)
		// The address of the next page is not followed: behind a proxy it often names another host or scheme.
		if page.Next == nil || len(page.Results) == 0 {
			return nil
		}
		if offset >= maxThings {
			return fmt.Errorf("%s: more than %d objects: name one site", list, maxThings)
		}
	}
}

type page struct {
	Next    *string           `json:"next"`
	Results []json.RawMessage `json:"results"`
}

func (s Server) page(ctx context.Context, u *url.URL, list string) (*page, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if s.Token != "" {
		req.Header.Set("Authorization", authorization(s.Token))
	}
	client := *s.HTTP
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be reached: %w", list, errors.Unwrap(err))
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: the answer broke off: %w: try again", list, err)
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("%s: the answer is larger than %d bytes", list, maxAnswer)
	case res.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s: %s", list, refusal(res, body))
	case !version(res.Header.Get("API-Version")):
		return nil, fmt.Errorf("%s: API version %s is older than 3.3, which counts positions otherwise: export CSV instead",
			list, res.Header.Get("API-Version"))
	}
	var p page
	if err := json.Unmarshal(body, &p); err != nil || p.Results == nil {
		return nil, fmt.Errorf("%s: the answer is no list of NetBox's API: check the address", list)
	}
	return &p, nil
}

// version reports whether an API version is 3.3 or later; one that is not told is let pass.
func version(v string) bool {
	major, rest, _ := strings.Cut(v, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, err1 := strconv.Atoi(major)
	b, err2 := strconv.Atoi(minor)
	return err1 != nil || err2 != nil || a > 3 || (a == 3 && b >= 3)
}

// refusal says in a line why NetBox did not answer, and what to do.
func refusal(res *http.Response, body []byte) string {
	var said struct {
		Detail flexible `json:"detail"`
	}
	_ = json.Unmarshal(body, &said) // an answer that is not JSON has no detail
	detail := strings.Join(strings.Fields(string(said.Detail)), " ")
	if detail != "" {
		detail = " (" + detail + ")"
	}
	switch res.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Sprintf("refused with status %d%s: check that the token is valid, and that it may view racks, devices and device types", res.StatusCode, detail)
	case http.StatusNotFound:
		return "not found (status 404): check the address"
	case http.StatusBadRequest:
		return "refused with status 400" + detail + ": check the site's slug"
	}
	if res.StatusCode/100 == 3 {
		return fmt.Sprintf("leads elsewhere (status %d to %s): give that address", res.StatusCode, res.Header.Get("Location"))
	}
	return fmt.Sprintf("failed with status %d%s: try again", res.StatusCode, detail)
}
