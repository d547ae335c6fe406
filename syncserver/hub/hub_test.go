// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/client"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/replica/envelope"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/snapshot"
	"yuexin/syncserver/fleet"
	"yuexin/syncserver/hub"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/central"
	"yuexin/syncserver/store/storetest"
)

// world is a server with its store, in this process, and what devices need
// to reach it.
type world struct {
	t         testing.TB
	catalogue *record.Catalogue
	access    *record.Access
	snapshots *snapshot.Rule
	dir       string // of the store
	st        store.Store
	hub       *hub.Hub
	web       *httptest.Server
	id        *fleet.Identity
	n         int
	folder    func() string // makes a folder for a store
}

// village is the scope of all tests.
const village = storetest.Dasha

func open(t testing.TB) *world {
	t.Helper()
	return (&world{t: t, catalogue: storetest.Catalogue(t), access: storetest.Access(t)}).open()
}

// open opens a world with the rules and folders that are set.
func (w *world) open() *world {
	t := w.t
	t.Helper()
	if w.folder == nil {
		w.folder = t.TempDir
	}
	var err error
	w.id, err = fleet.OpenIdentity(t.TempDir(), time.Now(), rand.Reader)
	w.must(err)
	w.dir = w.folder()
	w.st, err = central.Open(t.Context(), w.central(w.dir))
	w.must(err)
	w.hub = hub.New(w.config())
	w.web = httptest.NewServer(w.hub)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		w.must(w.hub.Close(ctx))
		w.web.Close()
		w.must(w.st.Close())
	})
	return w
}

// central says how this world opens a central store.
func (w *world) central(dir string) central.Options {
	return central.Options{Dir: dir, Catalogue: w.catalogue, Access: w.access, Now: time.Now, Snapshots: w.snapshots}
}

// config is what this world's hubs and ports are made of.
func (w *world) config() hub.Config {
	return hub.Config{
		Store: w.st, Server: w.id.Device, Catalogue: w.catalogue.Version(),
		View: func(name string) (record.View, bool) { return w.access.View(record.Role(name)), true },
		Open: func(data []byte) ([]byte, error) { return envelope.Open(w.id.Box, data) }, Verify: fleet.Verify, Boxes: w.id,
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// device is an enrolled laptop with its replica, in this process.
type device struct {
	w       *world
	id      ident.Device
	path    string // of its replica
	session replica.Session
	replica *replica.Replica
	at      string // of its replica; set for kiosks
	store   record.Store
}

// replicaFile is the replica in a device's folder, passphrase opens it.
const (
	replicaFile = "replica.db"
	passphrase  = "a long passphrase"
)

func (w *world) device() *device {
	w.t.Helper()
	w.n++
	key, err := seal.NewSign(seal.Default, rand.Reader)
	w.must(err)
	public, err := key.Public()
	w.must(err)
	code := sha256.Sum256([]byte{byte(w.n)})
	actor := ident.Actor{byte(w.n + 1)}
	w.must(w.st.AddEnrolment(w.t.Context(), store.Enrolment{
		CodeHash: code, Name: fmt.Sprint("laptop ", w.n), Program: "agent", Actor: actor, Display: "示例", Role: "officer",
		Scopes: []ident.Scope{ident.Ref, village}, Expires: time.Now().Add(time.Hour),
	}))
	e, err := w.st.Redeem(w.t.Context(), code, store.NewDevice{Public: public.Encode(), Incarnation: ident.Incarnation{1}, Program: "agent/1"}, time.Now())
	w.must(err)
	server, err := w.id.Box.Public()
	w.must(err)
	d := &device{w: w, id: e.Device, path: filepath.Join(w.folder(), replicaFile), session: replica.Session{Actor: actor, Login: e.Login.ID, Role: "officer"}}
	d.replica, err = replica.Create(w.t.Context(), d.path, replica.Setup{
		Identity: replica.Identity{Profile: replica.Laptop, Device: e.Device, ShortID: e.ShortID, Name: e.Name, Server: w.web.URL},
		Key:      key, ServerBox: server, User: &replica.NewUser{Actor: actor, Name: "示例", Passphrase: passphrase},
	}, w.options())
	w.must(err)
	w.t.Cleanup(func() { w.must(d.replica.Close()) })
	d.store = d.replica.As(d.session)
	return d
}

// options says how this world opens replicas.
func (w *world) options() replica.Options {
	return replica.Options{
		Clock: reading, Random: rand.Reader, Catalogue: w.catalogue, Access: w.access,
		Cost: seal.Params{Time: 1, Threads: 1, MemoryKiB: 64},
	}
}

var started = time.Now()

func reading() hlc.Reading {
	return hlc.Reading{WallMS: time.Now().UnixMilli(), BootID: [16]byte{1}, MonoMS: time.Since(started).Milliseconds()}
}

// client returns a client of the device that dials url.
func (d *device) client(url string) *client.Client { return client.New(d.config(url)) }

func (d *device) config(url string) client.Config {
	return client.Config{
		URL: "ws" + strings.TrimPrefix(url, "http"), Replica: d.replica, Device: d.id, Program: "agent/1",
		Reading: reading, Random: mathrand.Float64, Log: slog.New(slog.DiscardHandler),
		Nonce: func() (n [32]byte) { rand.Read(n[:]); return n },
	}
}

// sync settles the device over a good link.
func (d *device) sync() {
	d.w.t.Helper()
	ctx, cancel := context.WithTimeout(d.w.t.Context(), 20*time.Second)
	defer cancel()
	c := d.client(d.w.web.URL)
	if err := c.Once(ctx); err != nil {
		d.w.t.Fatal(err)
	}
	if st, _ := c.State(); st.Since.IsZero() { // it may have heard more since, before it left
		d.w.t.Fatalf("synced without settling: %+v", st)
	}
}

// add registers a household and returns its header.
func (d *device) add(name string) record.Header {
	d.w.t.Helper()
	id, err := ident.New[ident.Record](time.Now().UnixMilli(), rand.Reader)
	d.w.must(err)
	h := record.Header{ID: id, Kind: "household", Scope: village, Subject: ident.Subject(id)}
	d.write(record.Write{Op: record.Create, Header: h, Fields: map[record.Field]record.Value{"holder": record.OfText(name)}})
	return h
}

func (d *device) edit(h record.Header, field record.Field, text string) {
	d.w.t.Helper()
	d.write(record.Write{Op: record.Edit, Header: h, Fields: map[record.Field]record.Value{field: record.OfText(text)}})
}

func (d *device) write(w record.Write) {
	d.w.t.Helper()
	base, err := d.store.Base(d.w.t.Context(), w.Header.Scope)
	d.w.must(err)
	_, err = d.store.Apply(d.w.t.Context(), record.Act{
		Name: "test", Scope: w.Header.Scope, Base: base, Source: record.Officer, Writes: []record.Write{w},
	})
	d.w.must(err)
}

func (d *device) text(h record.Header, field record.Field) string {
	d.w.t.Helper()
	row, err := d.store.Get(d.w.t.Context(), h.ID)
	d.w.must(err)
	return row.Text(field)
}

// Two laptops offline change different fields and the same field of one
// household; both end with the same state, and nothing waits.
func TestTwoDevicesConverge(t *testing.T) {
	w := open(t)
	a, b := w.device(), w.device()
	a.sync()
	h := a.add("示例陈秀英")
	a.sync()
	b.sync()
	a.edit(h, "phone", "19900000001")
	b.edit(h, "village", "富溪村一组12号")
	a.edit(h, "holder", "A")
	b.edit(h, "holder", "B")
	a.sync()
	b.sync()
	a.sync()
	for field, want := range map[record.Field]string{"phone": "19900000001", "village": "富溪村一组12号", "holder": b.text(h, "holder")} {
		if got := a.text(h, field); got != want || b.text(h, field) != want {
			t.Errorf("%s: %q on one device and %q on the other, want %q", field, got, b.text(h, field), want)
		}
	}
	for _, d := range []*device{a, b} {
		if n := len(d.replica.Unsent()); n != 0 {
			t.Errorf("%d lanes still wait", n)
		}
	}
	w.st.Verify(t.Context(), func(b store.Breach) { t.Errorf("%+v", b) })
}

// While both are connected, what one writes reaches the other by itself.
func TestLive(t *testing.T) {
	w := open(t)
	a, b := w.device(), w.device()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	for _, d := range []*device{a, b} {
		running.Add(1)
		go func() { defer running.Done(); d.client(w.web.URL).Run(ctx) }()
	}
	changed := b.replica.Watch(ctx)
	waitFor(t, changed, func() bool { return len(a.replica.Cursors()) == 2 && len(b.replica.Cursors()) == 2 })
	h := a.add("示例陈秀英")
	waitFor(t, changed, func() bool {
		row, err := b.store.Get(ctx, h.ID)
		return err == nil && row.Text("holder") == "示例陈秀英"
	})
}

// waitFor waits until cond holds, looking again after every change and now
// and then.
func waitFor(t testing.TB, changed <-chan ident.Record, cond func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for !cond() {
		select {
		case <-changed:
		case <-look.C:
		case <-deadline:
			t.Fatal("it did not come to pass")
		}
	}
}

// cutter is a link that breaks after a number of bytes.
type cutter struct {
	net.Listener
	to   string
	left func() int
}

func (c *cutter) serve() {
	for {
		in, err := c.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", c.to)
		if err != nil {
			in.Close()
			continue
		}
		left := c.left()
		var once sync.Once
		cut := func() { once.Do(func() { in.Close(); out.Close() }) }
		for _, ends := range [][2]net.Conn{{in, out}, {out, in}} {
			go func() { defer cut(); pass(ends[1], ends[0], left) }()
		}
	}
}

// pass copies at most n bytes.
func pass(to, from net.Conn, n int) {
	buf := make([]byte, 512)
	for n > 0 {
		got, err := from.Read(buf[:min(len(buf), n)])
		if got > 0 {
			if _, err := to.Write(buf[:got]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
		n -= got
	}
}

// A link that breaks at any byte loses nothing and doubles nothing: what was
// cut is sent again, and the server knows what it has.
func TestCutAtAnyByte(t *testing.T) {
	w := open(t)
	a, b := w.device(), w.device()
	a.sync()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := mathrand.New(mathrand.NewPCG(seed, 0))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	cuts := mathrand.New(mathrand.NewPCG(seed, 1)) // the link's own: it runs beside the test
	link := &cutter{Listener: l, to: strings.TrimPrefix(w.web.URL, "http://"), left: func() int { return 300 + cuts.IntN(9000) }}
	go link.serve()
	defer l.Close()

	var made []record.Header
	for round := range 30 {
		for range 5 {
			made = append(made, a.add(fmt.Sprintf("示例%d", len(made))))
		}
		a.edit(made[random.IntN(len(made))], "holder", fmt.Sprint("round ", round))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		err := a.client("http://" + l.Addr().String()).Once(ctx)
		cancel()
		switch waiting := len(a.replica.Unsent()); {
		case err == nil && waiting > 0:
			t.Fatalf("round %d: a sync that left %d lanes waiting was called done", round, waiting)
		case err != nil && !fault.Is(err, fault.Unavailable) && !fault.Is(err, fault.Canceled):
			t.Fatalf("round %d: %v, want a link that broke", round, err) // most of these are cut
		}
	}
	a.sync()
	b.sync()
	rows, err := b.store.List(t.Context(), record.Query{Kind: "household", Scope: village, Limit: 1000})
	w.must(err)
	if len(rows) != len(made) {
		t.Errorf("%d households arrived, %d were made", len(rows), len(made))
	}
	for _, h := range made {
		if got, want := b.text(h, "holder"), a.text(h, "holder"); got != want {
			t.Errorf("remark %q arrived as %q", want, got)
		}
	}
	w.st.Verify(t.Context(), func(b store.Breach) { t.Errorf("%+v", b) })
}

// A server that closes the link in the middle, without a word, is not a sync
// that is done.
func TestCutIsNotDone(t *testing.T) {
	w := open(t)
	d := w.device()
	web := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		conn, err := new(websocket.Upgrader).Upgrade(rw, r, nil)
		if err != nil {
			return
		}
		_, _, _ = conn.ReadMessage() // the Hello
		conn.Close()
	}))
	defer web.Close()
	err := d.client(web.URL).Once(t.Context())
	if f := fault.From(err); f == nil || f.Kind != fault.Unavailable || f.Key != "sync.cut" {
		t.Errorf("got %v, want fault.Unavailable sync.cut", err)
	}
}

// A device that is switched off delivers what it has, which is kept and not
// applied, and gets nothing.
func TestSwitchedOff(t *testing.T) {
	w := open(t)
	a, b := w.device(), w.device()
	a.sync()
	b.sync()
	late := a.add("示例迟到")
	w.must(w.st.SwitchOff(t.Context(), a.id, true, time.Now()))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	_ = a.client(w.web.URL).Once(ctx) // never settles: it is sent no checkpoint
	kept, err := w.st.Quarantine(t.Context())
	w.must(err)
	if len(kept) != 1 || kept[0].Device != a.id {
		t.Errorf("kept for an administrator: %+v", kept)
	}
	b.sync()
	if _, err := b.store.Get(t.Context(), late.ID); err == nil {
		t.Error("the work of a device that is switched off was applied")
	}
}
