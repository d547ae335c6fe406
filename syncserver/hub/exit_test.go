// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"sync"

	"yuexin/shared/sync/wire"
)

// exits is a listener that tells of every message of the server at the moment
// it begins to leave: before the last of its bytes is given to the socket.
type exits struct {
	net.Listener
	leaves func(wire.Message)
}

func (l *exits) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &exit{Conn: c, leaves: l.leaves}, nil
}

// exit is a connection. What leaves it is an answer to the upgrade, and then
// websocket frames (RFC 6455, section 5.2) without masks.
type exit struct {
	net.Conn
	leaves func(wire.Message)

	mu       sync.Mutex // guards all fields below
	upgraded bool
	bytes    []byte // that are no whole frame yet
	message  []byte // of the frames so far
}

func (c *exit) Write(p []byte) (int, error) {
	c.mu.Lock()
	c.bytes = append(c.bytes, p...)
	c.read()
	c.mu.Unlock()
	return c.Conn.Write(p)
}

func (c *exit) read() {
	if !c.upgraded {
		_, rest, found := bytes.Cut(c.bytes, []byte("\r\n\r\n"))
		if !found {
			return
		}
		c.upgraded, c.bytes = true, rest
	}
	for c.frame() {
	}
}

// frame takes one frame, and reports whether there was one.
func (c *exit) frame() bool {
	head, size := 2, 0
	if len(c.bytes) < 10 { // a short frame has to wait for no more than its own bytes
		if len(c.bytes) < 2 || c.bytes[1] >= 126 {
			return false
		}
	}
	switch n := c.bytes[1]; n {
	case 126:
		head, size = 4, int(binary.BigEndian.Uint16(c.bytes[2:]))
	case 127:
		head, size = 10, int(binary.BigEndian.Uint64(c.bytes[2:]))
	default:
		size = int(n)
	}
	if len(c.bytes) < head+size {
		return false
	}
	const fin, opcode, control = 0x80, 0x0f, 0x08
	first := c.bytes[0]
	if first&opcode < control {
		c.message = append(c.message, c.bytes[head:head+size]...)
		if first&fin != 0 {
			if m, err := wire.Decode(c.message); err == nil {
				c.leaves(m)
			}
			c.message = nil
		}
	}
	c.bytes = c.bytes[head+size:]
	return true
}
