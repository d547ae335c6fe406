// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/client"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/wire"
)

// hang is a way in which a network does not break but stands still.
type hang int

const (
	healthy   hang = iota
	noAnswer       // the dial is accepted, and that is all
	noWord         // the websocket opens, and that is all
	goneQuiet      // the session opens; then the server hears and says nothing
	deaf           // the session opens; then nobody reads what the device writes
	brusque        // no hang: the server says why and closes, while the device writes
	weary          // no hang: the server says that nothing gets done, and closes
)

var hangs = map[string]hang{"no answer": noAnswer, "no word": noWord, "gone quiet": goneQuiet, "deaf": deaf}

// outbox is a device's store of which only the outbox counts.
type outbox struct {
	client.Replica // of which nothing else is called

	waiting atomic.Bool   // a great deal is to be sent
	loaded  atomic.Uint64 // frames
}

// big fills a frame; a window of them fills every buffer on the way.
var big = bytes.Repeat([]byte{7}, record.MaxFrameBytes)

func (o *outbox) Unsent() []peer.Unsent {
	if !o.waiting.Load() {
		return nil
	}
	return []peer.Unsent{{Lane: record.Lane{Scope: "unit:village"}, First: 1, Last: 1000}}
}

func (o *outbox) NextFrame(_ context.Context, _ record.Lane, from uint64, _, _ int) (*replica.Frame, error) {
	o.loaded.Add(1)
	return &replica.Frame{To: from, Data: big}, nil
}

func (o *outbox) Aside(context.Context) ([]peer.Unsent, error)      { return nil, nil }
func (o *outbox) Outbox() []peer.Unsent                             { return o.Unsent() }
func (o *outbox) Watch(context.Context) <-chan ident.Record         { return make(chan ident.Record) }
func (o *outbox) Status(context.Context) (replica.Status, error)    { return replica.Status{}, nil }
func (o *outbox) Control(context.Context) (wire.ControlEnd, error)  { return wire.ControlEnd{}, nil }
func (o *outbox) AuditEnd(context.Context) (wire.TrailEnd, error)   { return wire.TrailEnd{}, nil }
func (o *outbox) Purges(context.Context) ([]wire.ControlAck, error) { return nil, nil }
func (o *outbox) SwitchedOff(context.Context) (bool, error)         { return false, nil }
func (o *outbox) AuditPart(context.Context) (*wire.Audit, error)    { return nil, nil }
func (o *outbox) Cursors() []wire.Cursor                            { return nil }
func (o *outbox) Incarnation() ident.Incarnation                    { return ident.Incarnation{1} }
func (o *outbox) Offers(context.Context) ([]peer.Offer, error)      { return nil, nil }
func (o *outbox) SetOffset(context.Context, int64, int64) error     { return nil }
func (o *outbox) Prove([]byte) ([]byte, error)                      { return make([]byte, 64), nil }
func (o *outbox) ApplyControl(context.Context, []wire.ControlEntry) ([]wire.ControlAck, error) {
	return nil, nil
}

// stage is a server whose connections hang, one after the other, in the ways
// given; the last of these goes on for ever.
type stage struct {
	t     *testing.T
	ways  []hang
	count atomic.Int32
	store outbox
	url   string
	hangs chan struct{} // a connection has begun to
	end   chan struct{} // closed when the test ends
}

func newStage(t *testing.T, ways ...hang) *stage {
	t.Helper()
	s := &stage{t: t, ways: ways, hangs: make(chan struct{}, 99), end: make(chan struct{})}
	web := httptest.NewServer(s)
	s.url = "ws" + strings.TrimPrefix(web.URL, "http")
	t.Cleanup(func() { close(s.end); web.CloseClientConnections(); web.Close() })
	return s
}

func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	way := s.ways[min(int(s.count.Add(1)), len(s.ways))-1]
	s.store.waiting.Store(way == deaf || way == brusque)
	if way == noAnswer {
		s.stand(nil)
		return
	}
	upgrader := websocket.Upgrader{ReadBufferSize: 4 << 10}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		s.t.Error(err)
		return
	}
	defer conn.Close()
	if way == noWord || !s.welcome(conn) {
		s.stand(conn)
		return
	}
	switch way {
	case goneQuiet:
		s.stand(conn)
	case deaf:
		s.stand(nil)
	case brusque:
		if _, _, err := conn.ReadMessage(); err == nil {
			s.say(conn, &wire.Fault{Code: fault.Exhausted.Code(), Key: "store.full", Final: true})
		}
	case weary:
		s.say(conn, &wire.Fault{Code: fault.Unavailable.Code(), Key: peer.Stalled, Final: true})
	case healthy:
		s.answer(conn)
	}
}

// stand hangs: it says nothing, and reads if there is a connection to read.
func (s *stage) stand(conn *websocket.Conn) {
	s.hangs <- struct{}{}
	for conn != nil {
		if _, _, err := conn.ReadMessage(); err != nil {
			return
		}
	}
	<-s.end
}

// welcome opens the session.
func (s *stage) welcome(conn *websocket.Conn) bool {
	if _, _, err := conn.ReadMessage(); err != nil { // Hello
		return false
	}
	if !s.say(conn, &wire.Challenge{Protocol: wire.ProtocolMax}) {
		return false
	}
	if _, _, err := conn.ReadMessage(); err != nil { // Proof
		return false
	}
	return s.say(conn, &wire.Welcome{Window: 64}) && s.say(conn, &wire.Control{})
}

func (s *stage) say(conn *websocket.Conn, m wire.Message) bool {
	data, err := wire.Encode(m)
	if err != nil {
		s.t.Error(err)
	}
	return conn.WriteMessage(websocket.BinaryMessage, data) == nil
}

// answer goes on as a server whose devices have nothing new.
func (s *stage) answer(conn *websocket.Conn) {
	for {
		_, data, err := conn.ReadMessage()
		if err != nil {
			return
		}
		if m, err := wire.Decode(data); err == nil {
			if ping, ok := m.(*wire.Ping); ok {
				s.say(conn, &wire.Pong{Number: ping.Number})
			}
		}
	}
}

// client returns a client for which time runs fast: a minute of silence is
// over in half a second.
func (s *stage) client() *client.Client { return s.logging(slog.New(slog.DiscardHandler)) }

func (s *stage) logging(log *slog.Logger) *client.Client {
	begun := time.Now()
	return client.New(client.Config{
		URL: s.url, Replica: &s.store, Device: ident.Device{1}, Program: "agent/1", Log: log,
		Reading: func() hlc.Reading { return hlc.Reading{MonoMS: 120 * time.Since(begun).Milliseconds()} },
		Random:  func() float64 { return 0 },
		Nonce:   func() [32]byte { return [32]byte{} },
	})
}

// hurried is a client that waits less for handshakes and writes, too.
func (s *stage) hurried() *client.Client {
	c := s.client()
	c.Hurry(300*time.Millisecond, 300*time.Millisecond)
	return c
}

// soon bounds what does not hang, generously: a busy machine is no hang.
const soon = 15 * time.Second

// within fails unless f returns before d is over.
func within(t *testing.T, d time.Duration, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(d):
		t.Fatalf("hangs: %s", what)
	}
}

// Whatever stands still, Run gives up the connection and makes another one.
func TestRunGoesOn(t *testing.T) {
	t.Parallel()
	for name, way := range hangs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, way, healthy)
			c := s.hurried()
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() { defer close(ended); c.Run(ctx) }()
			within(t, soon, "a session after it", func() {
				for s.count.Load() < 2 || !settled(c) {
					_, changed := c.State()
					select {
					case <-changed:
					case <-time.After(10 * time.Millisecond):
					}
				}
			})
			stop()
			within(t, soon, "the end of Run", func() { <-ended })
		})
	}
}

func settled(c *client.Client) bool {
	st, _ := c.State()
	return st.Online && st.Settled
}

// Once says that it did not get through, and does so in good time.
func TestOnceIsBounded(t *testing.T) {
	t.Parallel()
	for name, way := range hangs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newStage(t, way).hurried()
			within(t, soon, "Once", func() {
				err := c.Once(t.Context())
				if want := way != goneQuiet; (err != nil) != want { // nothing was to be said there
					t.Errorf("error %v, want one: %t", err, want)
				}
			})
		})
	}
}

// The server's last word is heard, though the device was writing and could not
// go on: people are told the reason and not that the link broke.
func TestHearsTheReason(t *testing.T) {
	t.Parallel()
	s := newStage(t, brusque)
	c := s.hurried()
	for range 50 {
		within(t, soon, "Once", func() {
			if err := c.Once(t.Context()); fault.From(err).Key != "store.full" {
				t.Errorf("%v, want the server's reason", err)
			}
		})
	}
}

// A session that ended because nothing got done is in the device's log, with its name
// and since when.
func TestStallIsLogged(t *testing.T) {
	t.Parallel()
	s := newStage(t, weary, healthy)
	var out bytes.Buffer
	c := s.logging(slog.New(slog.NewTextHandler(&out, nil)))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); c.Run(ctx) }()
	within(t, soon, "a session after it", func() {
		for s.count.Load() < 2 {
			time.Sleep(10 * time.Millisecond)
		}
	})
	stop()
	within(t, soon, "the end of Run", func() { <-ended })
	if said := out.String(); !strings.Contains(said, "nothing that waits gets done") || !strings.Contains(said, "device=dev_") || !strings.Contains(said, "since=") {
		t.Errorf("logged: %s", said)
	}
}

// Who closes the program does not wait for a network, with all the patience
// that the client has in the field.
func TestClosesAtOnce(t *testing.T) {
	t.Parallel()
	for name, way := range hangs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, way)
			c := s.client()
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() { defer close(ended); c.Run(ctx) }()
			within(t, soon, "the connection", func() { <-s.hangs })
			if way == deaf {
				within(t, soon, "a write", s.stuck)
			}
			stop()
			within(t, 2*time.Second, "the end of Run", func() { <-ended })
		})
	}
}

// stuck returns when frames are no longer loaded: all buffers are full, and a
// write waits.
func (s *stage) stuck() {
	for last := uint64(0); ; time.Sleep(200 * time.Millisecond) {
		now := s.store.loaded.Load()
		if now > 0 && now == last {
			return
		}
		last = now
	}
}
