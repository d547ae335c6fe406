// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"maps"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// Window is how many frames of a lane a device may have in flight.
const Window = 4

// maxQueued bounds the frames of one session that wait for their commit; a
// device that ignores the window is closed, and comes back.
const maxQueued = 4 * Window

// maxScopes bounds the subscriptions of one device.
const maxScopes = 4096

// Server is the server's end of one session. Make one per connection.
type Server struct {
	accepted  Accepted
	hello     *wire.Hello
	challenge *wire.Challenge
	proof     *wire.Proof
	public    []byte
	off       bool
	control   uint64 // last control entry sent

	phase     Phase
	askedMS   int64
	frames    [][]byte // waiting for their commit
	judging   bool     // the first of them is under way
	following map[ident.Scope]*outScope

	beat
	out []Effect
}

// outScope is the download of one scope.
type outScope struct {
	view    string
	held    record.Version // durable on the device
	sent    record.Version // rows up to here were sent
	placing bool
	loading bool           // a LoadChanges is under way
	unheard record.Version // checkpoint sent and not confirmed; 0 if none
	moved   bool           // the head moved since the last load
}

// NewServer returns a machine that waits for Accepted.
func NewServer() *Server {
	return &Server{following: map[ident.Scope]*outScope{}}
}

// Step takes one event and returns what is to be done, in order.
func (s *Server) Step(nowMS int64, ev Event) []Effect {
	s.out = nil
	if s.phase == Closed {
		return nil
	}
	switch ev := ev.(type) {
	case Accepted:
		s.accepted = ev
		s.hear(nowMS)
	case Received:
		s.hear(nowMS)
		s.receive(nowMS, ev.Message)
	case Tick:
		s.tick(nowMS)
	case Known:
		s.known(nowMS, ev)
	case Checked:
		s.checked(nowMS, ev)
	case Committed:
		s.committed(ev)
	case ControlLoaded:
		s.controlLoaded(ev)
	case ControlMoved:
		s.controlMoved(ev)
	case Placed:
		s.placed(ev)
	case Changed:
		s.changed(ev)
	case Repaired:
		s.repaired(ev)
	case HeadMoved:
		s.headMoved(ev.Scope)
	}
	return s.out
}

func (s *Server) do(e Effect)         { s.out = append(s.out, e) }
func (s *Server) send(m wire.Message) { s.do(Send{m}) }

// fail tells the device why and closes.
func (s *Server) fail(f *fault.Error, retryMS int64) {
	s.phase = Closed
	s.send(&wire.Fault{Code: f.Kind.Code(), Key: f.Key, Args: f.Values(), RetryMS: retryMS, Final: true})
	s.do(End{Fault: f, RetryMS: retryMS})
}

func (s *Server) receive(nowMS int64, m wire.Message) {
	switch m := m.(type) {
	case *wire.Hello:
		s.greet(m)
		return
	case *wire.Proof:
		s.proved(m)
		return
	case *wire.Ping:
		s.send(&wire.Pong{Number: m.Number, TimeMS: nowMS})
		return
	case *wire.Pong:
		s.answered(nowMS, m.Number)
		return
	}
	if s.phase != Open {
		s.fail(fault.New(fault.Corrupt, "sync.unexpected"), 0)
		return
	}
	switch m := m.(type) {
	case *wire.Frame:
		s.frame(m)
	case *wire.Subscribe:
		s.subscribe(m)
	case *wire.Have:
		s.have(m)
	case *wire.Buckets:
		s.buckets(m)
	case *wire.ControlAck:
		s.do(AckControl{m})
	case *wire.Status:
		s.do(NoteStatus{*m})
	}
}

// The handshake.

func (s *Server) greet(m *wire.Hello) {
	if s.hello != nil {
		s.fail(fault.New(fault.Corrupt, "sync.unexpected"), 0)
		return
	}
	if m.Min > wire.ProtocolMax || m.Max < wire.ProtocolMin {
		s.fail(fault.New(fault.Unsupported, "sync.protocol"), 0)
		return
	}
	s.hello = m
	s.do(Lookup{m.Device})
}

func (s *Server) known(nowMS int64, ev Known) {
	if !ev.Found {
		s.fail(fault.New(fault.Unauthenticated, "sync.unknown_device"), 0)
		return
	}
	s.public, s.off = ev.Public, ev.Off
	s.challenge = &wire.Challenge{
		Protocol: min(s.hello.Max, wire.ProtocolMax),
		Server:   s.accepted.Server, Nonce: s.accepted.Nonce, TimeMS: nowMS,
	}
	s.askedMS = nowMS
	s.send(s.challenge)
}

func (s *Server) proved(m *wire.Proof) {
	if s.challenge == nil || s.proof != nil {
		s.fail(fault.New(fault.Corrupt, "sync.unexpected"), 0)
		return
	}
	s.proof = m
	s.do(Check{Public: s.public, Bytes: wire.ProofBytes(s.hello, s.challenge), Signature: m.Signature})
}

// checked opens the session. The offset of the device's clock is measured
// from the moment the challenge was sent, so the round trip counts once.
func (s *Server) checked(nowMS int64, ev Checked) {
	if !ev.Valid {
		s.fail(fault.New(fault.Unauthenticated, "sync.proof"), 0)
		return
	}
	s.phase = Open
	s.control = s.proof.Control
	trip := min(max(s.proof.RoundTripMS, 0), max(nowMS-s.askedMS, 0))
	s.do(Opened{
		Device: s.hello.Device, Incarnation: s.hello.Incarnation, Program: s.hello.Program,
		Offset: hlc.Measure(s.proof.Reading, s.challenge.TimeMS, trip),
	})
	s.send(&wire.Welcome{TimeMS: nowMS, Catalogue: s.accepted.Catalogue, Window: Window})
	s.do(LoadControl{After: s.control})
}

// Uploads.

func (s *Server) frame(m *wire.Frame) {
	if len(s.frames) >= maxQueued {
		s.fail(fault.New(fault.RateLimited, "sync.window"), RetryFirstMS)
		return
	}
	s.frames = append(s.frames, m.Data)
	s.judge()
}

func (s *Server) committed(ev Committed) {
	if s.judging {
		s.judging, s.frames = false, s.frames[1:]
	}
	switch {
	case ev.Fault != nil:
		s.fail(ev.Fault, ev.RetryMS)
		return
	case ev.Gap != nil:
		s.send(ev.Gap)
	case ev.Closed != nil:
		s.send(ev.Closed)
	case len(ev.Receipts) > 0:
		s.send(&wire.Receipts{
			Lane: ev.Lane, Ranges: Pack(ev.Receipts), Chain: ev.Chain, Epoch: ev.Epoch,
			Through: ev.Receipts[len(ev.Receipts)-1].Link.Number,
		})
	}
	s.judge()
}

// Control.

func (s *Server) controlLoaded(ev ControlLoaded) {
	for _, e := range ev.Entries {
		s.control = max(s.control, e.Number)
		if e.Op == wire.ControlRevoke {
			delete(s.following, e.Scope)
		}
	}
	s.judge()
	s.send(&wire.Control{Entries: ev.Entries})
}

func (s *Server) controlMoved(ev ControlMoved) {
	s.off = ev.Off
	if s.off {
		clear(s.following)
		s.judge()
	}
	if s.phase == Open {
		s.do(LoadControl{After: s.control})
	}
}

// Downloads.

func (s *Server) subscribe(m *wire.Subscribe) {
	if s.off {
		return // a device that is switched off delivers, and gets nothing
	}
	if len(s.following)+len(m.Cursors) > maxScopes {
		s.fail(fault.New(fault.TooLarge, "sync.scopes"), 0)
		return
	}
	for _, c := range m.Cursors {
		s.following[c.Scope] = &outScope{view: c.View, placing: true}
		s.do(Place{c})
	}
}

func (s *Server) placed(ev Placed) {
	defer s.judge()
	o := s.following[ev.Cursor.Scope]
	if o == nil || !o.placing {
		return
	}
	if !ev.Granted {
		delete(s.following, ev.Cursor.Scope)
		return
	}
	o.placing = false
	for _, expect := range ev.Expect {
		s.send(expect)
	}
	if ev.Reset != nil {
		delete(s.following, ev.Cursor.Scope)
		s.send(ev.Reset)
		return
	}
	o.held, o.sent, o.moved = ev.From, ev.From, true
	s.pull(ev.Cursor.Scope, o)
}

// pull loads what changed, unless a load or an unconfirmed checkpoint is
// under way: a slow device gets fewer and larger steps, never a queue.
func (s *Server) pull(scope ident.Scope, o *outScope) {
	if o.placing || o.loading || o.unheard != 0 || !o.moved {
		return
	}
	o.loading, o.moved = true, false
	s.do(LoadChanges{Scope: scope, View: o.view, Since: o.held, After: o.sent})
}

func (s *Server) changed(ev Changed) {
	o := s.following[ev.Scope]
	if o == nil || !o.loading {
		return
	}
	o.loading = false
	if ev.Fault != nil {
		s.fail(ev.Fault, RetryFirstMS)
		return
	}
	for _, rows := range ev.Rows {
		s.send(rows)
	}
	o.sent = max(o.sent, ev.To)
	if ev.Checkpoint == nil {
		o.moved = true
		s.pull(ev.Scope, o)
		return
	}
	o.unheard = ev.Checkpoint.Cursor.Version
	s.send(ev.Checkpoint)
}

func (s *Server) have(m *wire.Have) {
	o := s.following[m.Scope]
	if o == nil || o.unheard == 0 || m.Version < o.unheard {
		return
	}
	o.held, o.unheard = o.unheard, 0
	s.do(Confirmed{Scope: m.Scope, Version: m.Version})
	s.pull(m.Scope, o)
}

func (s *Server) headMoved(scope ident.Scope) {
	if scope != "" {
		if o := s.following[scope]; o != nil {
			o.moved = true
			s.pull(scope, o)
		}
		return
	}
	for _, name := range slices.Sorted(maps.Keys(s.following)) {
		o := s.following[name]
		o.moved = true
		s.pull(name, o)
	}
}

func (s *Server) tick(nowMS int64) {
	switch s.due(nowMS) {
	case beatPing:
		s.send(&wire.Ping{Number: s.pings})
	case beatDead:
		s.phase = Closed
		s.do(End{Fault: fault.New(fault.Unavailable, "sync.silent")})
	}
}
