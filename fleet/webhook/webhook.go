// Package webhook speaks Standard Webhooks 1.0.0 (github.com/standard-webhooks/standard-webhooks, spec): it signs a
// message, posts it once, and checks a signature. When to try again is its callers' affair.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Tolerance is how far a message's timestamp may be from the receiver's clock (the specification's libraries: 5 min).
const Tolerance = 5 * time.Minute

// maxReply bounds what is read of a receiver's answer, in bytes.
const maxReply = 4 << 10

// A Secret is a symmetric key of 24 to 64 bytes; its text form is "whsec_" and base64.
type Secret []byte

// ParseSecret reads a secret's text form.
func ParseSecret(text string) (Secret, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, "whsec_"))
	if err != nil {
		return nil, errors.New("webhook secret: not base64 after whsec_")
	}
	if len(key) < 24 || len(key) > 64 {
		return nil, fmt.Errorf("webhook secret: %d bytes, want 24 to 64", len(key))
	}
	return key, nil
}

// Sign is the value of webhook-signature for a message: "v1," and the base64 of HMAC-SHA256 over id.timestamp.body.
func (s Secret) Sign(id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, s)
	fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Verify checks a message's headers against its body and the receiver's time.
func (s Secret) Verify(h http.Header, body []byte, now time.Time) error {
	unix, err := strconv.ParseInt(h.Get("webhook-timestamp"), 10, 64)
	if err != nil {
		return errors.New("webhook-timestamp: not seconds since 1970")
	}
	at := time.Unix(unix, 0)
	if d := now.Sub(at).Abs(); d > Tolerance {
		return fmt.Errorf("webhook-timestamp: %s off, at most %s is allowed", d.Round(time.Second), Tolerance)
	}
	want := []byte(s.Sign(h.Get("webhook-id"), at, body))
	for got := range strings.FieldsSeq(h.Get("webhook-signature")) {
		if subtle.ConstantTimeCompare([]byte(got), want) == 1 {
			return nil
		}
	}
	return errors.New("webhook-signature: matches no signature of this secret")
}

// A StatusError is a receiver's refusal.
type StatusError struct {
	Status     int
	Reply      string        // its first bytes
	RetryAfter time.Duration // what the receiver asked for; 0 when nothing
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("receiver answered %d: %q", e.Status, e.Reply)
}

// Final says whether trying again is of no use: the receiver understood and refused.
func (e *StatusError) Final() bool {
	return e.Status >= 400 && e.Status < 500 && e.Status != http.StatusTooManyRequests && e.Status != http.StatusRequestTimeout
}

// Post sends one signed message; id stays the same over its retries. Any answer but 2xx is a *StatusError.
func Post(ctx context.Context, c *http.Client, to string, s Secret, id string, at time.Time, contentType string, body []byte) error {
	_, err := Ask(ctx, c, to, s, id, at, contentType, body)
	return err
}

// Ask is Post, and returns the first 4 KiB of what the receiver answered. Its errors name the receiver's host and no more of its
// address: the rest may hold a credential.
func Ask(ctx context.Context, c *http.Client, to string, s Secret, id string, at time.Time, contentType string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("webhook: its address is none")
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("webhook-id", id)
	req.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	req.Header.Set("webhook-signature", s.Sign(id, at, body))
	res, err := c.Do(req)
	if err != nil {
		var whole *url.Error
		if errors.As(err, &whole) {
			err = whole.Err
		}
		return nil, fmt.Errorf("webhook to %s: %w", req.URL.Host, err)
	}
	defer res.Body.Close()
	reply, err := io.ReadAll(io.LimitReader(res.Body, maxReply))
	if err != nil {
		return nil, fmt.Errorf("webhook to %s: read its answer: %w", req.URL.Host, err)
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return nil, fmt.Errorf("webhook to %s: %w", req.URL.Host, &StatusError{res.StatusCode, strings.TrimSpace(string(reply)), retryAfter(res.Header)})
	}
	return reply, nil
}

func retryAfter(h http.Header) time.Duration {
	s, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || s < 0 {
		return 0
	}
	return time.Duration(min(s, 24*3600)) * time.Second
}
