package portal

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// HTTP drives a portal by a web service: Command takes {"open": true} by POST, State answers a JSON object by GET.
type HTTP struct {
	Client  *http.Client
	Command string // address
	State   string // address
	// Field names the member of the answer that says what the portal is, with dots into objects: "door.state". Values says
	// which of its values mean what, beside the names of the statuses themselves.
	Field  string
	Values map[string]Status
	Token  func() string // sent as a bearer; nil sends none
}

// longestAnswer bounds what is read of an answer.
const longestAnswer = 64 << 10

// Ask implements Driver.
func (h HTTP) Ask(ctx context.Context, open bool) error {
	body, err := json.Marshal(map[string]bool{"open": open})
	if err != nil {
		return err
	}
	_, err = h.call(ctx, http.MethodPost, h.Command, body)
	return err
}

// Status implements Driver.
func (h HTTP) Status(ctx context.Context) (Status, string, error) {
	answer, err := h.call(ctx, http.MethodGet, h.State, nil)
	if err != nil {
		return Unknown, "", err
	}
	return read(answer, h.Field, h.Values)
}

func (h HTTP) call(ctx context.Context, method, address string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if h.Token != nil {
		req.Header.Set("Authorization", "Bearer "+h.Token())
	}
	res, err := h.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, longestAnswer))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, address, err)
	}
	if res.StatusCode/100 != 2 {
		return nil, fmt.Errorf("%s %s: answered %s", method, address, res.Status)
	}
	return answer, nil
}

// read finds a status in a JSON document; field is empty where the document is the status, as a string or as plain text.
func read(doc []byte, field string, values map[string]Status) (Status, string, error) {
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		if field != "" {
			return Unknown, "", fmt.Errorf("no JSON: %w", err)
		}
		v = strings.TrimSpace(string(doc))
	}
	for name := range strings.SplitSeq(field, ".") {
		if field == "" {
			break
		}
		object, ok := v.(map[string]any)
		if !ok || object[name] == nil {
			return Unknown, "", fmt.Errorf("the answer has no %q of %q", name, field)
		}
		v = object[name]
	}
	said := fmt.Sprint(v)
	if s, ok := values[said]; ok {
		return s, said, nil
	}
	switch s := Status(strings.ToLower(said)); s {
	case Closed, Moving, Open, Fault:
		return s, said, nil
	}
	return Unknown, "", fmt.Errorf("%q is no status that is known: name it in values", said)
}
