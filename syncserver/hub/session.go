// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/wire"
)

// session is one device's connection.
type session struct {
	hub     *Hub
	conn    *websocket.Conn
	machine *peer.Server
	port    *Port

	events chan peer.Event
	send   chan outgoing
	wake   chan struct{} // something was noted; see woken
	ctx    context.Context
	cancel context.CancelFunc
	heard  chan struct{}  // closed when nothing more can be read
	tasks  sync.WaitGroup // store work under way
	closed atomic.Bool

	why atomic.Pointer[string] // why the session ended, for the log

	done time.Time // when the device last got something done; the loop's own

	mu      sync.Mutex // protects all fields below
	follows map[ident.Scope]struct{}
	moved   map[ident.Scope]struct{}
	nudged  bool
}

// outgoing is a message for the socket, or the mark that Drain leaves behind
// the messages before it.
type outgoing struct {
	data []byte
	mark bool
}

func newSession(h *Hub, conn *websocket.Conn) *session {
	ctx, cancel := context.WithCancel(h.ctx)
	h.mu.Lock()
	now := h.rules
	h.mu.Unlock()
	cfg := h.cfg
	cfg.Catalogue, cfg.View = now.catalogue, now.view
	return &session{
		hub: h, conn: conn, machine: peer.NewServer(), port: &Port{cfg: cfg, changes: now.changes, defects: &h.defects, grown: h.Nudge},
		events: make(chan peer.Event, 32), send: make(chan outgoing, h.cfg.Queue),
		wake: make(chan struct{}, 1), ctx: ctx, cancel: cancel, heard: make(chan struct{}),
		follows: map[ident.Scope]struct{}{}, moved: map[ident.Scope]struct{}{},
	}
}

// headMoved notes that a scope has new versions, "" for any of them; it never blocks.
// The sessions that do not follow it sleep on: residents of one village keep the
// kiosks of no other busy.
func (s *session) headMoved(scope ident.Scope) {
	s.mu.Lock()
	_, follows := s.follows[scope]
	if follows = follows || scope == ""; follows {
		s.moved[scope] = struct{}{}
	}
	s.mu.Unlock()
	if follows {
		s.rouse()
	}
}

// follow notes that the device hears of a scope, before its head is read.
func (s *session) follow(scope ident.Scope) {
	s.mu.Lock()
	s.follows[scope] = struct{}{}
	s.mu.Unlock()
}

// nudge notes that the device's control log is to be read again, if this is
// its session; it never blocks.
func (s *session) nudge(device ident.Device) {
	if id, ok := s.port.device(); !ok || id != device {
		return
	}
	s.mu.Lock()
	s.nudged = true
	s.mu.Unlock()
	s.rouse()
}

func (s *session) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// woken tells the machine what was noted.
func (s *session) woken() {
	s.mu.Lock()
	moved, nudged := s.moved, s.nudged
	s.moved, s.nudged = map[ident.Scope]struct{}{}, false
	s.mu.Unlock()
	if nudged {
		s.spawn(s.port.Nudged)
	}
	for scope := range moved {
		s.step(peer.HeadMoved{Scope: scope})
	}
}

// drain ends the session politely.
func (s *session) drain() {
	s.write(&wire.Fault{Code: fault.Unavailable.Code(), Key: "sync.restarting", RetryMS: peer.RetryFirstMS, Final: true})
	s.cancel()
}

// refuse answers a connection that is not served at all.
func (s *session) refuse(f *fault.Error) {
	data, err := wire.Encode(&wire.Fault{Code: f.Kind.Code(), Key: f.Key, RetryMS: peer.RetryFirstMS, Final: true})
	if err == nil {
		_ = s.conn.SetWriteDeadline(time.Now().Add(farewellWait))
		_ = s.conn.WriteMessage(websocket.BinaryMessage, data) // the device comes back in any case
	}
	s.cancel()
	s.conn.Close()
}

// run serves the session until it ends.
func (s *session) run() {
	// A write that is stuck when the session ends is not waited for much longer.
	stop := context.AfterFunc(s.ctx, func() {
		_ = s.conn.NetConn().SetWriteDeadline(time.Now().Add(farewellWait))
	})
	defer stop()
	var io sync.WaitGroup
	io.Add(2)
	go func() { defer io.Done(); s.contained(s.reader) }()
	go func() { defer io.Done(); s.contained(s.writer) }()
	s.contained(s.loop)
	s.cancel()
	s.tasks.Wait()
	io.Wait()
	s.log()
}

func (s *session) reader() {
	defer close(s.heard)
	defer s.cancel()
	_ = s.conn.SetReadDeadline(time.Now().Add(handshakeWait))
	for {
		kind, data, err := s.conn.ReadMessage()
		if err != nil {
			return
		}
		if s.ctx.Err() != nil {
			continue // until the device hangs up
		}
		if kind != websocket.BinaryMessage {
			s.describe("not a binary message")
			s.cancel()
			continue
		}
		m, err := wire.Decode(data)
		if errors.As(err, new(*wire.UnknownKindError)) {
			continue // a newer program's message; what matters is asked again in ours
		}
		if err != nil {
			s.describe("a message cannot be read")
			s.write(&wire.Fault{Code: fault.Corrupt.Code(), Key: "sync.message", Final: true})
			s.cancel()
			continue
		}
		if s.port.opened.Load() != nil {
			_ = s.conn.SetReadDeadline(time.Now().Add(2 * peer.SilenceMS * time.Millisecond))
		}
		s.hub.cfg.Metrics.BytesIn.Add(float64(len(data)))
		s.post(peer.Received{Message: m})
	}
}

// writer owns the socket's sending side and closes it.
func (s *session) writer() {
	defer s.conn.Close()
	for {
		select {
		case out := <-s.send:
			if out.mark {
				s.post(peer.Drained{})
			} else if !s.writeUntil(out.data, time.Now().Add(writeWait)) {
				s.cancel()
				return
			}
		case <-s.ctx.Done():
			s.farewell()
			return
		}
	}
}

// farewell writes what was queued before the end and lets the device hang up: a
// socket that is closed while more arrives takes back what it said last, and
// that is the reason.
func (s *session) farewell() {
	deadline := time.Now().Add(farewellWait)
	if !s.lastWords(deadline) {
		return
	}
	select {
	case <-s.heard:
	case <-time.After(time.Until(deadline)):
	}
}

// lastWords reports whether the device was told everything, and that this was all.
func (s *session) lastWords(deadline time.Time) bool {
	for {
		select {
		case out := <-s.send:
			if !out.mark && !s.writeUntil(out.data, deadline) {
				return false
			}
		default:
			normal := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
			return s.conn.WriteControl(websocket.CloseMessage, normal, deadline) == nil
		}
	}
}

func (s *session) writeUntil(data []byte, deadline time.Time) bool {
	_ = s.conn.SetWriteDeadline(deadline)
	s.hub.cfg.Metrics.BytesOut.Add(float64(len(data)))
	return s.conn.WriteMessage(websocket.BinaryMessage, data) == nil
}

// write queues a message; a device that lets the queue fill is closed and
// catches up when it comes back.
func (s *session) write(m wire.Message) {
	data, err := wire.Encode(m)
	if err != nil {
		s.hub.cfg.Log.Error("message cannot be encoded", "err", err)
		s.cancel()
		return
	}
	s.hand(outgoing{data: data})
}

// hand puts something into the writer's queue; it never blocks.
func (s *session) hand(out outgoing) {
	select {
	case s.send <- out:
	default:
		if s.ctx.Err() == nil {
			s.describe("too slow")
			s.hub.cfg.Metrics.Slow.Inc()
		}
		s.cancel()
	}
}

// post hands an event to the loop, or drops it when the session is over.
func (s *session) post(ev peer.Event) {
	select {
	case s.events <- ev:
	case <-s.ctx.Done():
	}
}

// spawn runs store work beside the loop and posts its result.
func (s *session) spawn(work func(ctx context.Context) peer.Event) {
	s.tasks.Add(1)
	go func() {
		defer s.tasks.Done()
		if ev := s.guarded(work); ev != nil {
			s.post(ev)
		}
	}()
}

// loop owns the machine.
func (s *session) loop() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	s.step(peer.Accepted{Server: s.hub.cfg.Server, Nonce: nonce(), Catalogue: s.port.cfg.Catalogue})
	for !s.closed.Load() {
		select {
		case ev := <-s.events:
			s.step(ev)
		case <-s.wake:
			s.woken()
		case <-tick.C:
			s.step(peer.Tick{})
		case <-s.ctx.Done():
			s.hearOut()
			return
		}
	}
}

// hearOut takes what the device said of itself before it left: that nothing waits.
func (s *session) hearOut() {
	for {
		select {
		case ev := <-s.events:
			if m, ok := ev.(peer.Received); ok {
				if _, ok := m.Message.(*wire.Status); ok {
					s.step(ev)
				}
			}
		default:
			return
		}
	}
}

func (s *session) step(ev peer.Event) {
	for _, eff := range s.machine.Step(s.hub.cfg.nowMS(), ev) {
		s.carryOut(eff)
	}
}

// carryOut does what the machine asks for. Store work runs beside the loop.
func (s *session) carryOut(eff peer.Effect) {
	switch e := eff.(type) {
	case peer.Send:
		s.write(e.Message)
	case peer.End:
		s.ended(e.Fault)
		s.closed.Store(true)
	case peer.Drain:
		s.hand(outgoing{mark: true})
	case peer.Place:
		s.follow(e.Cursor.Scope)
		s.ask(eff)
	case peer.Commit:
		s.progressed(func(stall) bool { return true })
		s.ask(eff)
	case peer.Confirmed:
		s.progressed(func(of stall) bool { return !of.work })
		s.ask(eff)
	case peer.NoteStatus:
		if device, _ := s.port.device(); e.Status.Waiting <= e.Status.Stranded {
			s.hub.progress(device, func(of stall) bool { return of.work })
		}
		s.ask(eff)
	case peer.Opened:
		s.done = s.hub.cfg.Now()
		s.port.open(e) // now: what follows in this step needs it
		_ = s.conn.SetReadDeadline(time.Now().Add(2 * peer.SilenceMS * time.Millisecond))
		s.ask(eff)
	default:
		s.ask(eff)
	}
}

// ended notes why the machine gave the session up.
func (s *session) ended(f *fault.Error) {
	if f == nil {
		return
	}
	s.describe(f.Key)
	if f.Key == peer.Stalled {
		device, _ := s.port.device()
		s.hub.cfg.Metrics.Stalled.Inc()
		waiting, work := f.Values()[peer.Waiting]
		s.hub.stall(device, stall{since: s.done, work: work})
		what := "a device answers pings and confirms nothing"
		if work {
			what = "a device answers pings and does not send what waits on it"
		}
		s.hub.cfg.Log.Warn(what, "device", device.String(), "name", s.port.name(), "since", s.done, "waiting", waiting)
	}
}

// progressed notes that the device delivered something, or took it, which ends some
// stalls.
func (s *session) progressed(ends func(stall) bool) {
	device, _ := s.port.device()
	s.done = s.hub.cfg.Now()
	s.hub.progress(device, ends)
}

func (s *session) ask(eff peer.Effect) {
	s.spawn(func(ctx context.Context) peer.Event { return s.port.Do(ctx, eff) })
}

// describe notes why the session ends; the first reason stays.
func (s *session) describe(why string) { s.why.CompareAndSwap(nil, &why) }

func (s *session) log() {
	device, known := s.port.device()
	why := s.why.Load()
	if !known && why == nil {
		return
	}
	if why == nil {
		closed := "the device closed it"
		why = &closed
	}
	s.hub.cfg.Log.Info("session ended", slog.String("device", device.String()), slog.String("why", *why))
}
