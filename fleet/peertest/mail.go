package peertest

import (
	"bytes"
	"fmt"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A MailServer takes every mail and keeps it.
type MailServer struct {
	Addr   string // host:port
	folder string // a Maildir, made with the first mail
}

// NewMailServer starts one: Debian's aiosmtpd, which speaks SMTP with its extensions of today (RFC 5321).
func NewMailServer(t *testing.T) *MailServer {
	t.Helper()
	python := wanted(t, "python3-aiosmtpd", "/usr/bin/python3") // Debian's own: another python3 does not see its modules
	if _, err := os.Stat("/usr/lib/python3/dist-packages/aiosmtpd"); err != nil {
		t.Skip("no python3-aiosmtpd here (make test-peers installs it on Debian)")
	}
	m := &MailServer{Addr: fmt.Sprintf("127.0.0.1:%d", freePort(t)), folder: filepath.Join(t.TempDir(), "box")}
	start(t, nil, python, "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Mailbox", "-l", m.Addr, m.folder)
	ready(t, m.Addr, func() error {
		c, err := net.DialTimeout("tcp", m.Addr, time.Second)
		if err != nil {
			return err
		}
		return c.Close()
	})
	return m
}

// Got are the mails so far, in no order.
func (m *MailServer) Got(t *testing.T) []*mail.Message {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(m.folder, "new", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var out []*mail.Message
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		one, err := mail.ReadMessage(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("%s is no mail: %v", f, err)
		}
		out = append(out, one)
	}
	return out
}
