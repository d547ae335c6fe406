// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/binary"
	"net"
	"sync"

	"yuexin/shared/sync/wire"
)

// meter counts what passes the server's socket, above TCP: all bytes each way,
// and the bytes of each kind of message with the websocket's own around it.
type meter struct {
	mu     sync.Mutex // guards all fields below
	in     int        // from devices
	out    int
	kinds  map[wire.Kind]int
	opened int // bytes of the upgrade, both ways
}

func newMeter() *meter { return &meter{kinds: map[wire.Kind]int{}} }

// passed is what a meter has counted between two readings.
type passed struct {
	in, out, opened int
	kinds           map[wire.Kind]int
}

// reset begins anew and returns what was counted.
func (m *meter) reset() passed {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := passed{m.in, m.out, m.opened, m.kinds}
	m.in, m.out, m.opened, m.kinds = 0, 0, 0, map[wire.Kind]int{}
	return p
}

// of is how many bytes messages of these kinds took.
func (p passed) of(kinds ...wire.Kind) (n int) {
	for _, k := range kinds {
		n += p.kinds[k]
	}
	return n
}

// total is all bytes in both directions.
func (p passed) total() int { return p.in + p.out }

// meteredListener is a listener whose connections are counted.
type meteredListener struct {
	net.Listener
	meter *meter
}

func (l meteredListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &meteredConn{Conn: c, up: stream{meter: l.meter}, down: stream{meter: l.meter}}, nil
}

type meteredConn struct {
	net.Conn
	up, down stream
}

func (c *meteredConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	m := c.up.meter
	m.mu.Lock()
	defer m.mu.Unlock()
	m.in += n
	c.up.take(p[:n])
	return n, err
}

func (c *meteredConn) Write(p []byte) (int, error) {
	m := c.down.meter
	m.mu.Lock()
	m.out += len(p)
	c.down.take(p)
	m.mu.Unlock()
	return c.Conn.Write(p)
}

// stream is one direction of a connection: a head of HTTP, and behind it frames
// of RFC 6455, section 5.2.
type stream struct {
	meter    *meter
	upgraded bool
	bytes    []byte // no whole frame yet
	message  []byte // the first bytes of a message whose frames have come so far
	size     int    // its bytes so far
}

func (s *stream) take(p []byte) {
	s.bytes = append(s.bytes, p...)
	if !s.upgraded {
		head, rest, found := bytes.Cut(s.bytes, []byte("\r\n\r\n"))
		if !found {
			return
		}
		s.meter.opened += len(head) + 4
		s.upgraded, s.bytes = true, rest
	}
	for s.frame() {
	}
}

// frame takes one frame and reports whether there was one.
func (s *stream) frame() bool {
	const fin, opcode, control, masked = 0x80, 0x0f, 0x08, 0x80
	if len(s.bytes) < 2 {
		return false
	}
	head, size := 2, int(s.bytes[1]&^masked)
	switch {
	case size == 126 && len(s.bytes) >= 4:
		head, size = 4, int(binary.BigEndian.Uint16(s.bytes[2:]))
	case size == 127 && len(s.bytes) >= 10:
		head, size = 10, int(binary.BigEndian.Uint64(s.bytes[2:]))
	case size >= 126:
		return false
	}
	var mask [4]byte
	if s.bytes[1]&masked != 0 {
		if len(s.bytes) < head+4 {
			return false
		}
		copy(mask[:], s.bytes[head:])
		head += 4
	}
	if len(s.bytes) < head+size {
		return false
	}
	if first := s.bytes[0]; first&opcode < control {
		for i := 0; i < size && len(s.message) < 2; i++ {
			s.message = append(s.message, s.bytes[head+i]^mask[i%4])
		}
		s.size += head + size
		if first&fin != 0 {
			s.count()
		}
	}
	s.bytes = s.bytes[head+size:]
	return true
}

// count notes a whole message: an array of its kind, below 24, and a map.
func (s *stream) count() {
	if len(s.message) == 2 {
		s.meter.kinds[wire.Kind(s.message[1])] += s.size
	}
	s.message, s.size = nil, 0
}
