// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"yuexin/shared/fault"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/wire"
)

// session is one connection.
type session struct {
	client  *Client
	conn    *websocket.Conn
	machine *peer.Device
	disk    *Disk
	onState func(peer.State)

	events   chan peer.Event
	failures chan error
	send     chan []byte
	work     chan job // store work, one at a time, in order
	waiting  []job    // for the worker; owned by the loop, which never waits for it
	ctx      context.Context
	cancel   context.CancelFunc

	opened  bool
	sending bool // frames are under way: own work, or boxes that are offered back
	failed  bool // over a fault of this device
	over    bool
	end     peer.End
	done    time.Time // when it last got something done

	unreported bool        // what waits may have changed since the last report was asked for
	reports    int         // asked for and not made yet
	settled    *peer.State // to be told once the server has heard that nothing waits
}

// job is work on the replica; its event, if any, goes back to the machine.
// An error ends the session.
type job func(context.Context) (peer.Event, error)

func (c *Client) session() *session {
	return &session{
		client: c, machine: peer.NewDevice(), disk: NewDisk(c.cfg),
		events: make(chan peer.Event, 64), failures: make(chan error, 1),
		send: make(chan []byte, 64), work: make(chan job), done: time.Now(),
	}
}

// run serves one connection until it ends, and says why it did.
func (s *session) run(ctx context.Context, onState func(peer.State)) peer.End {
	s.ctx, s.cancel = context.WithCancel(ctx)
	defer s.cancel()
	s.onState = onState
	conn, err := s.dial()
	if err != nil {
		return peer.End{Fault: unreachable(err)}
	}
	s.conn = conn
	conn.SetReadLimit(maxMessage)

	var others sync.WaitGroup
	for _, part := range []func(){s.reader, s.writer, s.worker} {
		others.Add(1)
		go func() { defer others.Done(); part() }()
	}
	s.loop()
	s.cancel()
	others.Wait()
	s.finish(ctx)
	if s.end.Fault == nil && ctx.Err() == nil { // nobody here asked for the end
		s.end.Fault = fault.New(fault.Unavailable, "sync.cut")
	}
	return s.end
}

func (s *session) dial() (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(s.ctx, s.client.dialTimeout)
	defer cancel()
	dialer := s.client.dialer
	dialer.NetDialContext = s.connect
	conn, response, err := dialer.DialContext(ctx, s.client.cfg.URL, nil)
	if response != nil && response.Body != nil {
		response.Body.Close()
	}
	return conn, err
}

// connect opens the socket, and sees that it does not outlive the session by
// more than parting: neither a handshake that gets no answer nor a write that
// nobody takes hears of a context's end.
func (s *session) connect(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(s.ctx, func() {
		time.AfterFunc(parting, func() { conn.Close() })
	})
	return conn, nil
}

// parting is how long the word of leaving may take.
const parting = 200 * time.Millisecond

// unreachable tells people apart what they can mend: a server that is not
// there, and one that is not the enrolled one.
func unreachable(err error) *fault.Error {
	var network net.Error
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns), errors.As(err, &network), errors.Is(err, context.DeadlineExceeded):
		return fault.New(fault.Unavailable, "sync.no_link").WithCause(err)
	case errors.Is(err, websocket.ErrBadHandshake):
		return fault.New(fault.Unavailable, "sync.no_server").WithCause(err)
	default:
		return fault.New(fault.Unavailable, "sync.wrong_server").WithCause(err)
	}
}

func (s *session) reader() {
	defer s.cancel()
	for {
		// A read that hears nothing for twice the machine's patience means
		// that even its ticks did not end the session.
		_ = s.conn.SetReadDeadline(time.Now().Add(2 * peer.SilenceMS * time.Millisecond))
		kind, data, err := s.conn.ReadMessage()
		if err != nil || kind != websocket.BinaryMessage {
			return
		}
		m, err := wire.Decode(data)
		if errors.As(err, new(*wire.UnknownKindError)) {
			continue // a newer server's message; what matters is asked again in ours
		}
		if err != nil {
			s.client.cfg.Log.Error("a message of the server cannot be read", "err", err)
			return
		}
		s.post(peer.Received{Message: m})
	}
}

// writer owns the sending side and closes the socket.
func (s *session) writer() {
	defer s.conn.Close()
	for {
		select {
		case data := <-s.send:
			_ = s.conn.SetWriteDeadline(time.Now().Add(s.client.writeWait))
			if s.conn.WriteMessage(websocket.BinaryMessage, data) != nil {
				s.listen()
				return
			}
		case <-s.ctx.Done():
			deadline := time.Now().Add(parting)
			if !s.lastWords(deadline) {
				return
			}
			_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), deadline)
			return
		}
	}
}

// lastWords sends what was said before the end. It reports whether that went.
func (s *session) lastWords(deadline time.Time) bool {
	_ = s.conn.SetWriteDeadline(deadline)
	for {
		select {
		case data := <-s.send:
			if s.conn.WriteMessage(websocket.BinaryMessage, data) != nil {
				return false
			}
		default:
			return true
		}
	}
}

// listen ends a session in which nothing can be sent any more, once what the
// server said last was read: it may say why.
func (s *session) listen() {
	time.AfterFunc(parting, s.cancel)
	for {
		select {
		case <-s.send:
		case <-s.ctx.Done():
			return
		}
	}
}

// worker carries out store work in order. Work that was begun is finished
// even when the connection has ended: it is the device's own store.
func (s *session) worker() {
	ctx := context.WithoutCancel(s.ctx)
	for {
		select {
		case work := <-s.work:
			ev, err := work(ctx)
			if err != nil {
				s.failures <- err // the first is enough: the worker ends
				return
			}
			if ev != nil {
				s.post(ev)
			}
		case <-s.ctx.Done():
			return
		}
	}
}

// finish carries out what had arrived when the connection broke, so that nothing of
// it is sent again. Who leaves by their own will does not wait for it.
func (s *session) finish(ctx context.Context) {
	select {
	case err := <-s.failures:
		s.give(err)
	default:
	}
	for _, work := range s.waiting {
		if s.failed || ctx.Err() != nil {
			return
		}
		if _, err := work(ctx); err != nil {
			s.give(err)
		}
	}
}

func (s *session) post(ev peer.Event) {
	select {
	case s.events <- ev:
	case <-s.ctx.Done():
	}
}

// loop owns the machine.
func (s *session) loop() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	changed := s.client.cfg.Replica.Watch(s.ctx)
	start, err := s.disk.Start(s.ctx)
	if err != nil {
		s.give(err)
		return
	}
	s.step(start)
	s.report()
	for !s.over {
		var work chan<- job
		var next job
		if len(s.waiting) > 0 {
			work, next = s.work, s.waiting[0]
		}
		select {
		case ev := <-s.events:
			s.step(ev)
			s.reported(ev)
			s.delivered()
		case work <- next:
			s.waiting = s.waiting[1:]
		case err := <-s.failures:
			s.give(err)
		case _, ok := <-changed:
			if !ok {
				s.hearOut()
				return
			}
			s.ask(peer.LoadOutbox{})
			s.report()
		case <-tick.C:
			if s.unreported {
				s.report()
			}
			s.step(peer.Tick{})
		case <-s.ctx.Done():
			s.hearOut()
			return
		}
	}
}

// report tells the server how this device stands, once the work that was asked for before
// is done.
func (s *session) report() {
	s.unreported = false
	s.reports++
	s.queue(s.disk.Report)
}

// reported says that the session has settled, if that waited for the report.
func (s *session) reported(ev peer.Event) {
	if _, ok := ev.(peer.Report); !ok {
		return
	}
	s.reports--
	if s.settled != nil && s.reports == 0 && !s.unreported {
		st := *s.settled
		s.settled = nil
		s.onState(st)
	}
}

// hearOut takes what had arrived when the connection ended: the last message may
// say why.
func (s *session) hearOut() {
	for !s.over {
		select {
		case ev := <-s.events:
			s.step(ev)
		default:
			return
		}
	}
}

// step gives the machine an event and carries out what it asks for. Time is
// the monotonic clock: a device's date may jump while it is connected.
func (s *session) step(ev peer.Event) {
	for _, eff := range s.machine.Step(s.client.cfg.Reading().MonoMS, ev) {
		s.carryOut(eff)
	}
}

func (s *session) carryOut(eff peer.Effect) {
	switch e := eff.(type) {
	case peer.Send:
		s.write(e.Message)
	case peer.End:
		s.end, s.over = e, true
	case peer.Progress:
		s.progress(e.State)
	case peer.StoreCheckpoint, peer.StorePiece:
		s.done = time.Now()
		s.ask(eff)
	case peer.StoreReceipts:
		s.done, s.unreported = time.Now(), true // on a kiosk no row changes by it
		s.ask(eff)
	case peer.NewLane, peer.Rewind, peer.StoreControl:
		s.unreported = true
		s.ask(eff)
	default:
		s.ask(eff)
	}
}

// ask queues what the machine wants of the disk.
func (s *session) ask(eff peer.Effect) {
	s.queue(func(ctx context.Context) (peer.Event, error) { return s.disk.Do(ctx, eff) })
}

// queue hands work to the worker.
func (s *session) queue(work job) { s.waiting = append(s.waiting, work) }

func (s *session) write(m wire.Message) {
	data, err := wire.Encode(m)
	if err != nil {
		s.give(err)
		return
	}
	select {
	case s.send <- data:
	case <-s.ctx.Done():
	}
}

// barred is why an open session brings nothing: the server gives a device that
// is switched off no data, but takes what it still has.
func (s *session) barred() *fault.Error {
	if s.disk.SwitchedOff() {
		return fault.New(fault.NotAllowed, "sync.switched_off")
	}
	return nil
}

// give ends the session over a fault of this device; the next one starts
// from what is durable.
func (s *session) give(err error) {
	s.client.cfg.Log.Error("sync stopped for now", fault.Attr(err))
	s.failed = true
	s.end, s.over = peer.End{Fault: fault.From(err)}, true
	s.cancel()
}

func (s *session) progress(st peer.State) {
	if st.Phase == peer.Open {
		s.opened = true
	}
	s.sending = st.Sending
	s.client.set(func(shown *State) {
		shown.Online = st.Phase == peer.Open
		shown.Sending, shown.Pulling, shown.Settled = st.Sending, st.Pulling, st.Settled
		shown.Got, shown.Of = st.Got, st.Of
		if shown.Online {
			shown.Fault = s.barred()
		}
		if st.Settled {
			shown.Since = time.Now()
		}
	})
	if s.onState == nil {
		return
	}
	s.settled = nil
	if st.Settled && (s.unreported || s.reports > 0) {
		s.settled = &st
		if s.unreported {
			s.report()
		}
		return
	}
	s.onState(st)
}

// delivered ends a session that was to end by itself once a device that is
// switched off has no more to deliver; otherwise it would wait for ever for
// data that do not come.
func (s *session) delivered() {
	bar := s.barred()
	if bar == nil {
		return
	}
	s.client.set(func(shown *State) { shown.Fault = bar })
	if s.onState != nil && !s.sending && len(s.client.cfg.Replica.Unsent()) == 0 {
		s.end, s.over = peer.End{Fault: bar}, true
	}
}
