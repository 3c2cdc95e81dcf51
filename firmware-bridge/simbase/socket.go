package simbase

import (
	"net"
	"net/netip"
	"sync/atomic"
)

// A socket answers whoever spoke last. Its Write never fails: what cannot be sent is lost, as on any datagram line.
type socket struct {
	conn *net.UDPConn
	peer atomic.Pointer[netip.AddrPort]
}

// Read implements io.Reader.
func (s *socket) Read(p []byte) (int, error) {
	n, from, err := s.conn.ReadFromUDPAddrPort(p)
	if err == nil {
		s.peer.Store(&from)
	}
	return n, err
}

// Write implements io.Writer.
func (s *socket) Write(p []byte) (int, error) {
	if peer := s.peer.Load(); peer != nil {
		_, _ = s.conn.WriteToUDPAddrPort(p, *peer)
	}
	return len(p), nil
}

// Close implements io.Closer.
func (s *socket) Close() error { return s.conn.Close() }
