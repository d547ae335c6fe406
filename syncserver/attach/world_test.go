// SPDX-License-Identifier: Apache-2.0

package attach_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/blob/blobdir"
	"yuexin/shared/sync/client"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/replica/envelope"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/transfer"
	"yuexin/syncserver/attach"
	"yuexin/syncserver/fleet"
	"yuexin/syncserver/hub"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/central"
	"yuexin/syncserver/store/storetest"
)

// village is the scope of all tests.
const village = storetest.Dasha

// world is a server with store, hub and attachments in this process, and what devices
// need to reach it.
type world struct {
	t         *testing.T
	folder    func() string
	catalogue *record.Catalogue
	access    *record.Access
	policy    *blob.Policy
	dir       *blobdir.Dir
	st        *central.Store
	hub       *hub.Hub
	attach    *attach.Service
	web       *httptest.Server
	id        *fleet.Identity
	now       func() time.Time
	front     func(w http.ResponseWriter, r *http.Request) bool // may answer instead; nil: never
	erased    bool                                              // a key was destroyed behind the store's back: its digests know nothing of that
	n         int
}

func open(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, t.TempDir)
	w.start(w.folder())
	t.Cleanup(w.stop)
	return w
}

// newWorld returns a world whose server is still to be started. Stores lie in the
// folders that folder makes.
func newWorld(t *testing.T, folder func() string) *world {
	t.Helper()
	w := &world{
		t: t, folder: folder, catalogue: storetest.Catalogue(t), access: storetest.Access(t), now: time.Now,
		policy: &blob.Policy{
			Edition: 1, MaxBytes: 1 << 20, MediaTypes: []string{"image/jpeg"}, UpRate: 1 << 30, DownRate: 1 << 30,
			CacheBytes: 1 << 20, OpenBytes: 2 << 20, UnnamedDays: 30,
		},
	}
	var err error
	w.id, err = fleet.OpenIdentity(t.TempDir(), time.Now(), rand.Reader)
	w.must(err)
	return w
}

// start serves the store of a folder.
func (w *world) start(home string) {
	w.t.Helper()
	w.dir = blobdir.New(filepath.Join(home, central.BlobFolder))
	var err error
	w.st, err = central.Open(w.t.Context(), central.Options{Dir: home, Catalogue: w.catalogue, Access: w.access, Now: time.Now})
	w.must(err)
	view := func(name string) (record.View, bool) { return w.access.View(record.Role(name)), true }
	w.hub = hub.New(hub.Config{
		Store: w.st, Server: w.id.Device, Catalogue: w.catalogue.Version(), View: view,
		Open:   func(data []byte) ([]byte, error) { return envelope.Open(w.id.Box, data) },
		Verify: fleet.Verify, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	w.attach, err = attach.New(attach.Config{
		Store: w.st, Dir: w.dir, Desk: w.st.As(storetest.Everyone()), Policy: func() *blob.Policy { return w.policy }, Catalogue: func() *record.Catalogue { return w.catalogue }, View: view,
		Verify: fleet.Verify, Now: func() time.Time { return w.now() }, Log: slog.New(slog.NewTextHandler(w.t.Output(), nil)),
	})
	w.must(err)
	mux := http.NewServeMux()
	mux.Handle("/v1/sync", w.hub)
	mux.HandleFunc(blob.Path, func(rw http.ResponseWriter, r *http.Request) {
		if w.front == nil || !w.front(rw, r) {
			w.attach.ServeHTTP(rw, r)
		}
	})
	w.web = httptest.NewServer(mux)
}

// stop ends the server; its store has to verify.
func (w *world) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	w.must(w.hub.Close(ctx))
	w.web.CloseClientConnections()
	w.web.Close()
	if !w.erased {
		storetest.MustVerify(w.t, w.st)
	}
	w.must(w.st.Close())
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// device is an enrolled laptop with its replica, in this process.
type device struct {
	*replica.Replica
	w       *world
	id      ident.Device
	path    string // of its replica
	session replica.Session
	store   record.Store
	records *client.Client
	files   *transfer.Client
}

func (w *world) device(role record.Role) *device {
	w.t.Helper()
	w.n++
	key, err := seal.NewSign(seal.Default, rand.Reader)
	w.must(err)
	public, err := key.Public()
	w.must(err)
	code, actor := sha256.Sum256([]byte{byte(w.n)}), ident.Actor{byte(w.n + 1)}
	w.must(w.st.AddEnrolment(w.t.Context(), store.Enrolment{
		CodeHash: code, Name: fmt.Sprint("laptop ", w.n), Program: "agent", Actor: actor, Display: "示例", Role: role,
		Scopes: []ident.Scope{village}, Expires: time.Now().Add(time.Hour),
	}))
	e, err := w.st.Redeem(w.t.Context(), code, store.NewDevice{Public: public.Encode(), Incarnation: ident.Incarnation{byte(w.n)}, Program: "agent/1"}, time.Now())
	w.must(err)
	server, err := w.id.Box.Public()
	w.must(err)
	d := &device{w: w, id: e.Device, path: filepath.Join(w.folder(), "replica.db"), session: replica.Session{Actor: actor, Login: e.Login.ID, Role: role}}
	d.Replica, err = replica.Create(w.t.Context(), d.path, replica.Setup{
		Identity: replica.Identity{Profile: replica.Laptop, Device: e.Device, ShortID: e.ShortID, Name: e.Name},
		Key:      key, ServerBox: server, User: &replica.NewUser{Actor: actor, Name: "示例", Passphrase: passphrase},
	}, w.options())
	w.must(err)
	w.t.Cleanup(func() { w.must(d.Close()) })
	d.connect()
	return d
}

const passphrase = "a long passphrase"

func (w *world) options() replica.Options {
	return replica.Options{
		Clock: reading, Random: rand.Reader, Catalogue: w.catalogue, Access: w.access,
		Cost: seal.Params{Time: 1, Threads: 1, MemoryKiB: 64},
	}
}

// connect makes the clients of the device's replica.
func (d *device) connect() {
	d.store = d.As(d.session)
	d.records = client.New(client.Config{
		URL: "ws" + strings.TrimPrefix(d.w.web.URL, "http") + "/v1/sync", Replica: d.Replica, Device: d.id, Program: "agent/1",
		Reading: reading, Random: mathrand.Float64, Nonce: nonce, Log: slog.New(slog.DiscardHandler),
	})
	d.files = d.transfer()
}

// transfer returns a new client, as after a restart of the program.
func (d *device) transfer(change ...func(*transfer.Config)) *transfer.Client {
	cfg := transfer.Config{
		URL: d.w.web.URL, Replica: d.Replica, Device: d.id, Policy: func() *blob.Policy { return d.w.policy }, Random: mathrand.Float64,
		Log: slog.New(slog.NewTextHandler(d.w.t.Output(), nil)),
	}
	for _, f := range change {
		f(&cfg)
	}
	return transfer.New(cfg)
}

var started = time.Now()

func reading() hlc.Reading {
	return hlc.Reading{WallMS: time.Now().UnixMilli(), BootID: [16]byte{1}, MonoMS: time.Since(started).Milliseconds()}
}

func nonce() (n [32]byte) {
	_, _ = rand.Read(n[:]) // never fails
	return n
}

// sync lets records settle.
func (d *device) sync() {
	d.w.t.Helper()
	ctx, cancel := context.WithTimeout(d.w.t.Context(), 20*time.Second)
	defer cancel()
	d.w.must(d.records.Once(ctx))
}

// photo returns a JPEG of some size.
func photo(size int) []byte {
	b := make([]byte, size)
	_, _ = rand.Read(b) // never fails
	copy(b, "\xff\xd8\xff")
	return b
}

// attach applies an act that creates a household with a photo.
func (d *device) attach(plain []byte) (record.Header, record.Attachment) {
	d.w.t.Helper()
	a, err := d.KeepAttachment(plain, "image/jpeg")
	d.w.must(err)
	var h record.Header
	h.Kind, h.Scope = "household", village
	h.ID, err = ident.New[ident.Record](time.Now().UnixMilli(), rand.Reader)
	d.w.must(err)
	h.Subject, err = ident.New[ident.Subject](time.Now().UnixMilli(), rand.Reader)
	d.w.must(err)
	d.apply(record.Write{Op: record.Create, Header: h, Fields: storetest.Fields{"photo": a.Value()}})
	return h, a
}

func (d *device) apply(w record.Write) {
	d.w.t.Helper()
	base, err := d.store.Base(d.w.t.Context(), village)
	d.w.must(err)
	_, err = d.store.Apply(d.w.t.Context(), record.Act{Name: "household.put", Scope: village, Base: base, Writes: []record.Write{w}})
	d.w.must(err)
}

// open opens the photo of a household.
func (d *device) open(h record.Header, a record.Attachment) ([]byte, error) {
	files := d.ViewerAs(replica.Session{Actor: ident.Actor{9}, Role: "officer"}, "agent", &audit.Policy{Named: 9})
	return files.File(d.w.t.Context(), record.NamedBlob{Header: h, Field: "photo", Attachment: a})
}

// items returns how the attachments of a record stand as the device reads it.
func (d *device) items(h record.Header) []blob.Item {
	d.w.t.Helper()
	row, err := d.store.Get(d.w.t.Context(), h.ID)
	d.w.must(err)
	items, err := blob.Items(d.w.t.Context(), d.store, d.w.catalogue, row)
	d.w.must(err)
	return items
}
