// SPDX-License-Identifier: Apache-2.0

package simtest

import (
	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
)

// server is the server's process in a world.
type server struct {
	world *World
	store Server
	up    bool
	io    bool // its disk fails now and then
	life  int  // grows with every crash: what an older process was about to do does not happen
	conns []*conn
}

// accept opens a connection of a device; nil if the server is down.
func (s *server) accept(n *node) *conn {
	if !s.up {
		return nil
	}
	c := &conn{world: s.world, node: n, srv: peer.NewServer(), port: s.store.Session()}
	alive := s.conns[:0]
	for _, old := range s.conns {
		if !old.upEnd {
			alive = append(alive, old)
		}
	}
	s.conns = append(alive, c)
	return c
}

// moved tells every session that a scope has new versions.
func (s *server) moved(ev peer.HeadMoved) {
	for _, c := range s.conns {
		s.world.after(s.world.between(0, 10), func() { c.serve(ev) })
	}
}

// controlMoved tells the sessions of a device that its control log grew.
func (s *server) controlMoved(device ident.Device) {
	for _, c := range s.conns {
		if c.node.account.Device == device {
			s.world.after(s.world.between(0, 10), func() { c.serve(peer.ControlMoved{Off: s.store.Off(device)}) })
		}
	}
}

// stop kills the process: what it had not made durable is gone.
func (s *server) stop() {
	s.up, s.life = false, s.life+1
	for _, c := range s.conns {
		c.upEnd = true
		s.world.after(s.world.between(5, 120), c.node.dropped(c))
	}
	s.conns = nil
	s.store.Crash()
	s.world.checkReceipts()
}

func (s *server) start() { s.up = true }
