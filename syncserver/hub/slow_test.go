// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"

	"yuexin/shared/ident"
	"yuexin/shared/sync/client"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/hub"
	"yuexin/syncserver/store"
)

// listener gives connections whose writes pass through a gate first.
type listener struct {
	net.Listener
	gate func()
}

type gated struct {
	net.Conn
	gate func()
}

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &gated{c, l.gate}, err
}

func (c *gated) Write(b []byte) (int, error) {
	c.gate()
	return c.Conn.Write(b)
}

// serve runs a second hub over the world's store, and returns it with its URL.
// What it writes passes through gate.
func (w *world) serve(cfg hub.Config, gate func()) (*hub.Hub, string) {
	w.t.Helper()
	h := hub.New(cfg)
	web := httptest.NewUnstartedServer(h)
	web.Listener = listener{web.Listener, gate}
	web.Start()
	w.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = h.Close(ctx) // some tests close it themselves
		web.Close()
	})
	return h, web.URL
}

func open400(t *testing.T) (*world, *device) {
	t.Helper()
	w := open(t)
	a := w.device()
	a.sync()
	for i := range 400 {
		a.add(fmt.Sprintf("示例%d", i))
	}
	a.sync()
	return w, a
}

func (d *device) households() int {
	d.w.t.Helper()
	rows, err := d.store.List(d.w.t.Context(), record.Query{Kind: "household", Scope: village, Limit: 100_000})
	d.w.must(err)
	return len(rows)
}

func count(c prometheus.Counter) float64 {
	reg := prometheus.NewRegistry()
	reg.MustRegister(c)
	families, err := reg.Gather()
	if err != nil {
		panic(err)
	}
	return families[0].GetMetric()[0].GetCounter().GetValue()
}

// A first sync over a slow link and with a short queue takes its time, and
// arrives: the store is read no faster than the link sends.
func TestFirstSyncOverASlowLink(t *testing.T) {
	w, _ := open400(t)
	cfg := w.config()
	cfg.PageRows, cfg.Queue, cfg.Metrics = 20, 8, hub.NewMetrics()
	_, url := w.serve(cfg, func() { time.Sleep(10 * time.Millisecond) })
	b := w.device()
	if err := b.client(url).Once(t.Context()); err != nil {
		t.Error(err)
	}
	if n := b.households(); n != 400 || count(cfg.Metrics.Slow) != 0 {
		t.Errorf("%d households arrived, want 400; too slow %v times", n, count(cfg.Metrics.Slow))
	}
}

// raw opens a session of a device by hand, and subscribes to the village.
func (d *device) raw(url string) *websocket.Conn {
	d.w.t.Helper()
	conn, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(url, "http"), nil)
	d.w.must(err)
	resp.Body.Close()
	d.w.t.Cleanup(func() { conn.Close() })
	start, err := client.NewDisk(d.config(url)).Start(d.w.t.Context())
	d.w.must(err)
	hello := &wire.Hello{Min: 1, Max: 1, Device: d.id, Incarnation: start.Incarnation, Nonce: start.Nonce, Program: "agent/1"}
	d.say(conn, hello)
	challenge, ok := answer(d.w.t, conn).(*wire.Challenge)
	if !ok {
		d.w.t.Fatal("no challenge")
	}
	signature, err := d.replica.Prove(wire.ProofBytes(hello, challenge))
	d.w.must(err)
	d.say(conn, &wire.Proof{Signature: signature, Reading: reading()})
	for _, ok = answer(d.w.t, conn).(*wire.Welcome); !ok; _, ok = answer(d.w.t, conn).(*wire.Welcome) {
	}
	d.say(conn, &wire.Subscribe{Cursors: []wire.Cursor{{Scope: village, View: "officer"}}})
	return conn
}

func (d *device) say(conn *websocket.Conn, m wire.Message) {
	d.w.t.Helper()
	data, err := wire.Encode(m)
	d.w.must(err)
	d.w.must(conn.WriteMessage(websocket.BinaryMessage, data))
}

// A device that takes nothing more is closed as soon as its queue is full;
// meanwhile another is served as ever, and afterwards it catches up.
func TestSlowSubscriber(t *testing.T) {
	w := open(t)
	a, b, slow := w.device(), w.device(), w.device()
	a.sync()
	cfg := w.config()
	cfg.Queue, cfg.Metrics = 8, hub.NewMetrics()
	shut := make(chan struct{})
	open := sync.OnceFunc(func() { close(shut) })
	defer open()
	var taken atomic.Int32
	h, url := w.serve(cfg, func() {
		if taken.Add(1) > 8 { // some messages of the handshake, and no more
			<-shut
		}
	})
	h2, good := w.serve(cfg, func() {})
	slow.raw(url)
	deadline := time.Now().Add(20 * time.Second)
	for count(cfg.Metrics.Slow) == 0 { // what it is to be told does not end
		if time.Now().After(deadline) {
			t.Fatal("the queue takes everything")
		}
		h.Nudge(slow.id)
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	one := a.add("示例陈秀英")
	for _, d := range []*device{a, b} {
		w.must(d.client(good).Once(ctx))
	}
	if got := b.text(one, "holder"); got != "示例陈秀英" {
		t.Errorf("the other device has %q", got)
	}
	open()
	w.must(slow.client(url).Once(ctx))
	if n := slow.households(); n != 1 {
		t.Errorf("it caught up with %d households, want 1", n)
	}
	if n := count(cfg.Metrics.Slow); n != 1 {
		t.Errorf("closed as too slow %v times", n)
	}
	for len(h2.Connected()) != 0 { // the hub hears of the end after the device
		if time.Now().After(deadline) {
			t.Fatalf("still connected: %v", h2.Connected())
		}
		time.Sleep(time.Millisecond)
	}
}

// clock is a clock that can be put forward.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) forward(d time.Duration) { c.ahead.Add(int64(d)) }

// A device that answers pings and confirms nothing is let go, by name.
func TestStalledDeviceIsNamed(t *testing.T) {
	w := open(t)
	d := w.device()
	d.sync()
	d.add("示例陈秀英")
	d.sync()
	cfg := w.config()
	c, out := &clock{}, &logged{}
	cfg.Now, cfg.Metrics, cfg.Log = c.now, hub.NewMetrics(), slog.New(slog.NewTextHandler(out, nil))
	h, url := w.serve(cfg, func() {})
	conn := d.raw(url)
	for {
		switch m := answer(t, conn).(type) {
		case *wire.Ping: // the first one comes after the checkpoint
			d.say(conn, &wire.Pong{Number: m.Number})
			for past := time.Duration(0); past <= peer.StallMS*time.Millisecond; past += 30 * time.Second {
				c.forward(30 * time.Second)
				d.say(conn, &wire.Ping{Number: 1}) // it lives
				time.Sleep(20 * time.Millisecond)
			}
		case *wire.Fault:
			if m.Key != peer.Stalled || m.RetryMS == 0 {
				t.Errorf("let go with %+v", m)
			}
			named := func() bool {
				return count(cfg.Metrics.Stalled) == 1 && strings.Contains(out.String(), d.id.String()) && strings.Contains(out.String(), `name="laptop 1"`)
			}
			for range 500 { // the log is written when the session has ended
				if named() {
					if since := h.Stalled()[d.id]; since.IsZero() || c.now().Sub(since) < peer.StallMS*time.Millisecond {
						t.Errorf("stalled since %v", since)
					}
					w.must(d.client(url).Once(t.Context())) // it gets something done again
					for n := 0; len(h.Stalled()) > 0; n++ { // its last word may be on its way
						if n == 500 {
							t.Fatalf("still on the list: %v", h.Stalled())
						}
						time.Sleep(10 * time.Millisecond)
					}
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
			t.Errorf("nobody is told: %s", out)
			return
		case nil:
			t.Fatal("closed without a word")
		}
	}
}

// A device that says that work waits, takes what it is given and sends nothing is let
// go, by name, and stays on the list through sessions that take and do not send.
func TestUnsentWorkIsNamed(t *testing.T) {
	w := open(t)
	d := w.device()
	d.sync()
	d.add("示例陈秀英")
	cfg := w.config()
	c, out := &clock{}, &logged{}
	cfg.Now, cfg.Metrics, cfg.Log = c.now, hub.NewMetrics(), slog.New(slog.NewTextHandler(out, nil))
	h, url := w.serve(cfg, func() {})
	confirmed := func(conn *websocket.Conn) { // takes what it is given, as an honest device
		for told, held := false, false; !told || !held; { // either may come first
			switch m := answer(t, conn).(type) {
			case *wire.Control:
				told = true
				for _, e := range m.Entries {
					d.say(conn, &wire.ControlAck{Number: e.Number})
				}
			case *wire.Checkpoint:
				held = true
				d.say(conn, &wire.Have{Scope: m.Cursor.Scope, Version: m.Cursor.Version})
			case nil:
				t.Fatal("closed without a word")
			}
		}
	}
	conn := d.raw(url)
	confirmed(conn)
	d.say(conn, &wire.Status{Waiting: 1, OldestMS: 1000})
	for over := false; !over; {
		switch m := answer(t, conn).(type) {
		case *wire.Ping: // the first one comes after the status
			d.say(conn, &wire.Pong{Number: m.Number})
			for past := time.Duration(0); past <= peer.StallMS*time.Millisecond; past += 30 * time.Second {
				c.forward(30 * time.Second)
				d.say(conn, &wire.Ping{Number: 1}) // it lives
				time.Sleep(20 * time.Millisecond)
			}
		case *wire.Fault:
			if over = true; m.Key != peer.Stalled {
				t.Errorf("let go with %+v", m)
			}
		case nil:
			t.Fatal("closed without a word")
		}
	}
	until := func(what string, ok func() bool) {
		t.Helper()
		for range 500 {
			if ok() {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Fatalf("%s: %v, %s", what, h.Stalled(), out)
	}
	until("nobody is told", func() bool {
		return count(cfg.Metrics.Stalled) == 1 && strings.Contains(out.String(), "does not send what waits") &&
			strings.Contains(out.String(), `name="laptop 1"`) && strings.Contains(out.String(), "waiting=1") && len(h.Stalled()) == 1
	})
	conn = d.raw(url)
	confirmed(conn)
	d.say(conn, &wire.Ping{Number: 2})
	for over := false; !over; { // an answer to what comes after its confirmation
		m := answer(t, conn)
		if m == nil {
			t.Fatal("closed without a word")
		}
		_, over = m.(*wire.Pong)
	}
	if since := h.Stalled()[d.id]; since.IsZero() {
		t.Error("it takes rows and sends nothing, and is off the list")
	}
	w.must(d.client(url).Once(t.Context()))
	until("still on the list", func() bool { return len(h.Stalled()) == 0 })
}

// A device that has sent everything says so before it leaves, so that nobody takes its
// work for waiting.
func TestServerHearsThatNothingWaits(t *testing.T) {
	w := open(t)
	d := w.device()
	d.sync()
	for n := range 5 {
		d.add(fmt.Sprint("示例", n))
		d.sync()
		var waiting uint64
		for range 1000 { // the server takes note of it after the device has left
			known, err := w.st.Device(t.Context(), d.id)
			w.must(err)
			if waiting = known.Status.Waiting; waiting == 0 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if waiting != 0 {
			t.Fatalf("round %d: the server believes that %d wait", n, waiting)
		}
	}
}

// logged keeps what is logged.
type logged struct {
	mu  sync.Mutex // protects buf
	buf bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// held is a store whose commits wait.
type held struct {
	hub.Store
	begun   chan struct{}
	proceed chan struct{}
}

func (s *held) Commit(ctx context.Context, sub store.Submission) ([]record.Receipt, error) {
	select {
	case s.begun <- struct{}{}:
		<-s.proceed
	default:
	}
	return s.Store.Commit(ctx, sub)
}

// A commit that is under way when the hub closes is finished: the device is
// told to come back, and finds its receipt.
func TestCloseDuringACommit(t *testing.T) {
	w := open(t)
	d := w.device()
	d.sync()
	d.add("示例陈秀英")
	cfg := w.config()
	st := &held{Store: w.st, begun: make(chan struct{}), proceed: make(chan struct{})}
	cfg.Store = st
	server, url := w.serve(cfg, func() {})
	ended := make(chan error)
	go func() { ended <- d.client(url).Once(t.Context()) }()
	<-st.begun
	closed := make(chan error)
	go func() { closed <- server.Close(t.Context()) }()
	if err := <-ended; !strings.Contains(fmt.Sprint(err), "sync.restarting") {
		t.Errorf("the device was told %v", err)
	}
	if len(d.replica.Unsent()) != 1 {
		t.Error("the device has a receipt before anything was committed")
	}
	close(st.proceed)
	w.must(<-closed)
	state, err := w.st.Scope(t.Context(), village)
	if err != nil || state.Head.Seq() != 1 {
		t.Errorf("the server stands at %v, %v", state.Head, err)
	}
	d.sync()
	if len(d.replica.Unsent()) != 0 {
		t.Error("the receipt is not there")
	}
	w.st.Verify(t.Context(), func(b store.Breach) { t.Errorf("%+v", b) })
}

// faulty is a store that panics once when it is asked what a device may hold.
type faulty struct {
	hub.Store
	broken atomic.Bool
}

func (s *faulty) Grants(ctx context.Context, device ident.Device) ([]store.Grant, error) {
	if s.broken.CompareAndSwap(true, false) {
		panic("示例陈秀英")
	}
	return s.Store.Grants(ctx, device)
}

// A defect of the server in one session ends that session only, and what is
// logged of it says where, and nothing of what it was about.
func TestDefectEndsOneSession(t *testing.T) {
	w := open(t)
	a, b := w.device(), w.device()
	cfg := w.config()
	st, out := &faulty{Store: w.st}, &logged{}
	cfg.Store, cfg.Metrics, cfg.Log = st, hub.NewMetrics(), slog.New(slog.NewTextHandler(out, nil))
	_, url := w.serve(cfg, func() {})
	w.must(a.client(url).Once(t.Context()))
	a.add("示例陈秀英")
	st.broken.Store(true)
	if err := a.client(url).Once(t.Context()); err == nil {
		t.Error("a sync whose session panicked was called done")
	}
	w.must(b.client(url).Once(t.Context()))
	if log := out.String(); count(cfg.Metrics.Panics) != 1 || !strings.Contains(log, "Grants") || strings.Contains(log, "示例") {
		t.Errorf("logged: %s", log)
	}
	w.must(a.client(url).Once(t.Context()))
}
