package machine

import (
	"encoding/json"
	"errors"
	"strings"
)

// A Secret is a credential. However it is printed, logged or encoded, it does not show; Reveal is for the driver alone.
type Secret struct{ text string }

// NewSecret keeps a credential.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal is the credential itself.
func (s Secret) Reveal() string { return s.text }

// hidden is what is shown of a credential.
const hidden = "(hidden)"

// String implements fmt.Stringer.
func (s Secret) String() string { return hidden }

// GoString implements fmt.GoStringer.
func (s Secret) GoString() string { return hidden }

// MarshalJSON implements json.Marshaler.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(hidden) }

// longestError bounds what is passed on of what a machine said of its failure, in bytes.
const longestError = 300

// Clean is what an error says without any of some credentials, on one line and bounded: a machine may echo what it was sent.
func Clean(err error, secrets ...Secret) string {
	text := err.Error()
	for _, s := range secrets {
		if len(s.text) > 2 { // one as short is no secret, and would blank out words
			text = strings.ReplaceAll(text, s.text, hidden)
		}
	}
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > longestError {
		text = strings.ToValidUTF8(text[:longestError], "") + "..."
	}
	return text
}

// Cleaned is an error that says what Clean makes of another; it is still of a kind that a caller decides on, where that one is.
func Cleaned(err, kind error, secrets ...Secret) error {
	said := errors.New(Clean(err, secrets...))
	if errors.Is(err, kind) {
		return &cleaned{said, kind}
	}
	return said
}

type cleaned struct{ said, kind error }

// Error implements error.
func (c *cleaned) Error() string { return c.said.Error() }

// Unwrap is the kind.
func (c *cleaned) Unwrap() error { return c.kind }
