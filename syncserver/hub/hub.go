// SPDX-License-Identifier: Apache-2.0

// Package hub is the server's end of every sync session: a thin loop around
// peer.Server for each websocket, over the central store.
//
// A session has three goroutines: one reads the socket, one writes it, one
// owns the machine; a Port does the store work. All queues are bounded. The
// store is read for a device no faster than its link takes the rows. A device
// that takes nothing at all is closed with a stated reason and catches up by
// normal sync; it can never hold up another, and the server's memory grows with
// connections, never with what they hold.
package hub

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// Limits of one connection.
const (
	// maxMessage is the largest message the hub reads: a frame at its limit
	// and the envelope around it.
	maxMessage = record.MaxFrameBytes + 8<<10
	// sendQueue is how many messages may wait for a slow device.
	sendQueue = 64
	// pageRows is how many records are read for a device at once.
	pageRows = 1000
	// writeWait bounds one write to the socket: a link that takes longer for
	// one message is dead for the device as well.
	writeWait = peer.SilenceMS * time.Millisecond
	// farewellWait bounds what is still written after the end of a session.
	farewellWait = 5 * time.Second
	// handshakeWait bounds the time to a finished handshake.
	handshakeWait = 20 * time.Second
)

// Store is what the hub needs of the central store.
type Store interface {
	store.Sync
	store.Own
	Device(ctx context.Context, id ident.Device) (store.Device, error)
	Grants(ctx context.Context, device ident.Device) ([]store.Grant, error)
	Control(ctx context.Context, device ident.Device, after uint64) ([]wire.ControlEntry, error)
	AckControl(ctx context.Context, device ident.Device, ack wire.ControlAck, now time.Time) error
	CatchUp(ctx context.Context, device ident.Device, heard wire.ControlEnd, now time.Time) (bool, error)
	Deny(ctx context.Context, device ident.Device, scope ident.Scope, now time.Time) (bool, error)
	Renew(ctx context.Context, device ident.Device, scope ident.Scope, now time.Time) (bool, error)
	Seen(ctx context.Context, device ident.Device, inc ident.Incarnation, program string, s wire.Status, now time.Time) error
	TakeAudit(ctx context.Context, log audit.Log, first uint64, before audit.Digest, bodies [][]byte) (audit.State, bool, error)
	AuditState(ctx context.Context, log audit.Log) (audit.State, error)
	Watch(ctx context.Context) <-chan ident.Scope
}

// Config is what a Hub is made of.
type Config struct {
	Store     Store
	Server    ident.Device                          // the server's own id
	Catalogue uint32                                // version it judges by, until SetRules
	View      func(name string) (record.View, bool) // the view of that name, until SetRules
	// Open returns the frame inside what a device sent: frames are sealed to
	// the server on kiosks (see replica.OpenEnvelope).
	Open func(data []byte) ([]byte, error)
	// Verify checks a device's signature under a context.
	Verify func(public []byte, context string, message, signature []byte) bool
	// Boxes makes what devices keep for the server until a backup holds it; nil:
	// they keep nothing, and what a restore loses of the server's own is lost.
	Boxes Boxes
	Now   func() time.Time
	Log   *slog.Logger
	// Metrics may be nil.
	Metrics *Metrics

	// PageRows is how many records are read for a device at once, and Queue
	// how many messages may wait for it; 0 for what suits a server.
	PageRows, Queue int
}

func (c Config) withDefaults() Config {
	if c.Metrics == nil {
		c.Metrics = NewMetrics()
	}
	if c.PageRows == 0 {
		c.PageRows = pageRows
	}
	if c.Queue == 0 {
		c.Queue = sendQueue
	}
	return c
}

func (c Config) nowMS() int64 { return c.Now().UnixMilli() }

// Hub serves the sync websocket.
type Hub struct {
	cfg      Config
	defects  defects
	upgrader websocket.Upgrader

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu       sync.Mutex // protects all fields below
	sessions map[*session]struct{}
	stalled  map[ident.Device]stall
	rules    rules
	draining bool
}

// rules are what a session goes by from its beginning to its end.
type rules struct {
	catalogue uint32
	view      func(name string) (record.View, bool)
	changes   *changes // what is kept of them was read through these views
}

// New starts a hub; end it with Close.
func New(cfg Config) *Hub {
	cfg = cfg.withDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	h := &Hub{
		cfg: cfg, ctx: ctx, cancel: cancel,
		rules:    rules{cfg.Catalogue, cfg.View, newChanges(cfg)},
		sessions: map[*session]struct{}{},
		stalled:  map[ident.Device]stall{},
		upgrader: websocket.Upgrader{
			ReadBufferSize: 4 << 10, WriteBufferSize: 4 << 10, WriteBufferPool: &sync.Pool{},
			HandshakeTimeout: handshakeWait,
			// Devices are no browsers and send no Origin; a page never
			// speaks to this endpoint.
			CheckOrigin: func(r *http.Request) bool { return r.Header.Get("Origin") == "" },
		},
	}
	h.wg.Add(1)
	go h.follow(cfg.Store.Watch(ctx))
	return h
}

// follow wakes the sessions when a scope's head moves.
func (h *Hub) follow(heads <-chan ident.Scope) {
	defer h.wg.Done()
	for scope := range heads {
		h.each(func(s *session) { s.headMoved(scope) })
	}
}

// Nudge tells the sessions of a device that its control log grew or that it
// was switched off or on.
func (h *Hub) Nudge(device ident.Device) {
	h.each(func(s *session) { s.nudge(device) })
}

// SetRules lets sessions that begin from now on go by another catalogue and other views.
// Those that go by older views are told to come back, which they do each at its own
// moment; under the new ones each scope is placed anew.
func (h *Hub) SetRules(catalogue uint32, view func(name string) (record.View, bool), otherViews bool) {
	h.mu.Lock()
	h.rules = rules{catalogue, view, newChanges(h.cfg)}
	h.mu.Unlock()
	if otherViews {
		h.each(func(s *session) { s.drain() })
	}
}

// Connected returns the ids of the devices with an open session.
func (h *Hub) Connected() map[ident.Device]bool {
	out := map[ident.Device]bool{}
	h.each(func(s *session) {
		if id, ok := s.port.device(); ok {
			out[id] = true
		}
	})
	return out
}

// Stalled returns the devices whose connection was ended because it got nothing
// done, and when it last did. A device is off the list once it gets something done
// again: one that did not send its work, once it sends some or none waits.
func (h *Hub) Stalled() map[ident.Device]time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make(map[ident.Device]time.Time, len(h.stalled))
	for device, one := range h.stalled {
		out[device] = one.since
	}
	return out
}

// stall is what a device does not get done.
type stall struct {
	since time.Time
	work  bool // to send its own work: that it takes the rows of others does not end this
}

// stall notes that a device gets nothing done; what is known already stays.
func (h *Hub) stall(device ident.Device, s stall) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, known := h.stalled[device]; !known {
		h.stalled[device] = s
	}
}

// progress notes that a device got something done which ends some stalls.
func (h *Hub) progress(device ident.Device, ends func(stall) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if one, known := h.stalled[device]; known && ends(one) {
		delete(h.stalled, device)
	}
}

func (h *Hub) each(do func(*session)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.sessions {
		do(s)
	}
}

// ServeHTTP upgrades the request and serves the session until it ends.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, err := h.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	conn.SetReadLimit(maxMessage)
	s := newSession(h, conn)
	if !h.add(s) {
		s.refuse(fault.New(fault.Unavailable, "sync.restarting"))
		return
	}
	defer h.remove(s)
	s.run()
}

func (h *Hub) add(s *session) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.draining || s.port.changes != h.rules.changes { // it would go by rules of before
		return false
	}
	h.sessions[s] = struct{}{}
	h.wg.Add(1)
	h.cfg.Metrics.Sessions.Inc()
	return true
}

func (h *Hub) remove(s *session) {
	h.mu.Lock()
	delete(h.sessions, s)
	h.mu.Unlock()
	h.cfg.Metrics.Sessions.Dec()
	h.wg.Done()
}

// Close tells every device to come back later, lets commits that are under
// way finish, and waits until all sessions have ended or ctx is done.
func (h *Hub) Close(ctx context.Context) error {
	h.mu.Lock()
	h.draining = true
	h.mu.Unlock()
	h.each(func(s *session) { s.drain() })
	done := make(chan struct{})
	go func() {
		h.wg.Wait()
		close(done)
	}()
	h.cancel()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		h.each(func(s *session) { s.conn.Close() })
		return errors.Join(errors.New("hub: sessions were cut off"), ctx.Err())
	}
}

func nonce() (n [32]byte) {
	rand.Read(n[:]) // never fails since Go 1.24
	return n
}
