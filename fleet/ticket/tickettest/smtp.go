package tickettest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/mail"
	"strings"
	"sync"
)

// SMTP is a mail server on the loopback. Next says what happens to a mail: Lost is taken and not acknowledged, Broken is
// refused for now (451), Page for good (550), Unreached hangs up at once.
type SMTP struct {
	Addr string
	end  func()
	mu   sync.Mutex
	next func() Mishap
	got  []*mail.Message
}

// NewSMTP listens until it is closed.
func NewSMTP(next func() Mishap) (*SMTP, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start a mail server: %w", err)
	}
	s := &SMTP{Addr: l.Addr().String(), next: next}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { s.serve(c) })
		}
	})
	s.end = func() { l.Close(); all.Wait() }
	return s, nil
}

// Close ends the server when those that talk to it have ended.
func (s *SMTP) Close() { s.end() }

// Got are the mails so far.
func (s *SMTP) Got() []*mail.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got
}

func (s *SMTP) serve(c net.Conn) {
	defer c.Close()
	s.mu.Lock()
	mishap := s.next()
	s.mu.Unlock()
	if mishap == Unreached {
		return
	}
	in := bufio.NewReader(c)
	fmt.Fprint(c, "220 test ESMTP\r\n")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(strings.TrimSpace(line)); {
		case strings.HasPrefix(verb, "EHLO"):
			fmt.Fprint(c, "250 test\r\n")
		case verb == "DATA":
			if !s.data(c, in, mishap) {
				return
			}
		case verb == "QUIT":
			fmt.Fprint(c, "221 bye\r\n")
			return
		case strings.HasPrefix(verb, "RCPT") && mishap == Broken:
			fmt.Fprint(c, "451 try again later\r\n")
		case strings.HasPrefix(verb, "RCPT") && mishap == Page:
			fmt.Fprint(c, "550 no such user here\r\n")
		default:
			fmt.Fprint(c, "250 ok\r\n")
		}
	}
}

// data reads a mail and keeps it; false when the connection is to end.
func (s *SMTP) data(c net.Conn, in *bufio.Reader, mishap Mishap) bool {
	fmt.Fprint(c, "354 go on\r\n")
	var text strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
	m, err := mail.ReadMessage(strings.NewReader(text.String()))
	if err != nil {
		fmt.Fprint(c, "554 that is no mail\r\n")
		return true
	}
	s.mu.Lock()
	s.got = append(s.got, m)
	s.mu.Unlock()
	if mishap == Lost {
		return false
	}
	fmt.Fprint(c, "250 taken\r\n")
	return true
}
