package firmware

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.bug.st/serial"
)

const reopenAfter = time.Second

// opener is how an endpoint is opened, or why it cannot be one.
func opener(endpoint string) (func() (io.ReadWriteCloser, error), error) {
	kind, rest, _ := strings.Cut(endpoint, ":")
	switch kind {
	case "udp":
		if _, err := net.ResolveUDPAddr("udp", rest); err != nil {
			return nil, fmt.Errorf("endpoint %q: %w", endpoint, err)
		}
		return func() (io.ReadWriteCloser, error) { return net.Dial("udp", rest) }, nil
	case "serial":
		i := strings.LastIndexByte(rest, ':')
		if i <= 0 {
			return nil, fmt.Errorf("endpoint %q: want serial:DEVICE:BAUD", endpoint)
		}
		baud, err := strconv.Atoi(rest[i+1:])
		if err != nil || baud <= 0 {
			return nil, fmt.Errorf("endpoint %q: baud rate %q is no positive number", endpoint, rest[i+1:])
		}
		return func() (io.ReadWriteCloser, error) { return openSerial(rest[:i], baud) }, nil
	}
	return nil, fmt.Errorf("endpoint %q: want udp:HOST:PORT or serial:DEVICE:BAUD", endpoint)
}

// openSerial leaves DTR and RTS off: raising them resets boards of the Arduino kind.
func openSerial(device string, baud int) (io.ReadWriteCloser, error) {
	return serial.Open(device, &serial.Mode{BaudRate: baud, InitialStatusBits: &serial.ModemOutputBits{}})
}

// A line is a connection that opens itself again. Its Write never fails and its Read only once it is closed: gomavlib
// stops writing for good after one failed write, without a word, and reads a dead device in a busy loop.
type line struct {
	open  func() (io.ReadWriteCloser, error)
	pause func() time.Duration // wall time between attempts
	log   *slog.Logger

	mu     sync.Mutex
	conn   io.ReadWriteCloser // nil while there is none
	closed chan struct{}
	once   sync.Once
}

func newLine(open func() (io.ReadWriteCloser, error), pause func() time.Duration, log *slog.Logger) *line {
	return &line{open: open, pause: pause, log: log, closed: make(chan struct{})}
}

// Read implements io.Reader.
func (l *line) Read(p []byte) (int, error) {
	for {
		conn, err := l.connection()
		if err == nil {
			var n int
			if n, err = conn.Read(p); err == nil {
				return n, nil
			}
		}
		l.drop(conn)
		select {
		case <-l.closed:
			return 0, io.EOF
		default:
			l.log.Debug("line to the base is down", "error", err)
		}
		t := time.NewTimer(l.pause())
		select {
		case <-l.closed:
			t.Stop()
			return 0, io.EOF
		case <-t.C:
		}
	}
}

// Write implements io.Writer. What cannot be sent is lost, as on any datagram line.
func (l *line) Write(p []byte) (int, error) {
	l.mu.Lock()
	conn := l.conn
	l.mu.Unlock()
	if conn != nil {
		if _, err := conn.Write(p); err != nil {
			l.log.Debug("line to the base lost a frame", "error", err)
		}
	}
	return len(p), nil
}

// Close implements io.Closer.
func (l *line) Close() error {
	l.once.Do(func() { close(l.closed) })
	l.mu.Lock()
	conn := l.conn
	l.mu.Unlock()
	l.drop(conn)
	return nil
}

func (l *line) connection() (io.ReadWriteCloser, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.closed:
		return nil, io.EOF
	default:
	}
	if l.conn != nil {
		return l.conn, nil
	}
	conn, err := l.open()
	if err != nil {
		return nil, err
	}
	l.conn = conn
	return conn, nil
}

func (l *line) drop(conn io.ReadWriteCloser) {
	if conn == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == conn {
		l.conn = nil
		if err := conn.Close(); err != nil {
			l.log.Debug("close the line to the base", "error", err)
		}
	}
}
