// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/snapshot"
	"yuexin/syncserver/hub"
	"yuexin/syncserver/store/storetest"
)

// firstHouseholds is how many households the village of these tests has.
const firstHouseholds = 240

// pieceBytes is the most that a broken link can cost: what a piece and what comes
// around it take on the wire.
const pieceBytes = 8<<10 + 200

// handshakeBytes is the most that the server sends before the first piece of a
// session, and after the last one.
const handshakeBytes = 3 << 10

// openFirst returns a world whose village fills a snapshot of some 90 kB in chunks of
// about 11 kB.
func openFirst(t testing.TB) (*world, author) {
	t.Helper()
	rule, err := snapshot.ParseRule(strings.NewReader(`{
		"version": 1, "kinds": ["household"], "chunk_rows": 30, "least_rows": 50, "stale_percent": 50, "keep_hours": 24, "total_mb": 16}`))
	if err != nil {
		t.Fatal(err)
	}
	w := (&world{t: t, catalogue: storetest.Catalogue(t), access: storetest.Access(t), snapshots: rule}).open()
	a := author{storetest.Enrol(t, w.st, "author", "officer", village)}
	var sets []record.ChangeSet
	for i := range firstHouseholds {
		noise := make([]byte, 350)
		rand.Read(noise)
		h := a.Header(t, "household", village)
		sets = append(sets, a.Make(a.Own(village), storetest.Create(h, storetest.Fields{
			"village": storetest.Text("大沙村"), "holder": storetest.Text(fmt.Sprintf("示例%d %x", i, noise)),
		})))
	}
	a.commit(w, sets)
	return w, a
}

// cuts gives connections that break when the server has written so many bytes to one;
// 0 for connections that hold.
type cuts struct {
	net.Listener
	after atomic.Int64
}

type cutConn struct {
	net.Conn
	left int64 // below 0: never
}

func (l *cuts) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	left := l.after.Load()
	if left == 0 {
		left = -1
	}
	return &cutConn{c, left}, err
}

func (c *cutConn) Write(b []byte) (int, error) {
	if c.left < 0 {
		return c.Conn.Write(b)
	}
	n, err := c.Conn.Write(b[:min(int64(len(b)), c.left)])
	if c.left -= int64(n); c.left == 0 {
		_ = c.Conn.(*net.TCPConn).CloseWrite() // the device gets what was written, and no more
		return n, net.ErrClosed
	}
	return n, err
}

// Close lets the device read what is on its way: a socket that is closed with input
// that nobody read takes that back.
func (c *cutConn) Close() error {
	if c.left == 0 {
		_ = c.Conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		_, _ = io.Copy(io.Discard, c.Conn)
	}
	return c.Conn.Close()
}

// serveCut runs a hub whose connections break.
func (w *world) serveCut() (*hub.Metrics, *cuts, string) {
	w.t.Helper()
	cfg := w.config()
	cfg.Metrics = hub.NewMetrics()
	h := hub.New(cfg)
	web := httptest.NewUnstartedServer(h)
	l := &cuts{Listener: web.Listener}
	web.Listener = l
	web.Start()
	w.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		w.must(h.Close(ctx))
		web.Close()
	})
	return cfg.Metrics, l, web.URL
}

// once syncs and reports whether it settled.
func (d *device) once(url string) bool {
	ctx, cancel := context.WithTimeout(d.w.t.Context(), 20*time.Second)
	defer cancel()
	return d.client(url).Once(ctx) == nil
}

// A link that breaks after so many bytes, wherever that is, costs at most the piece
// that was under way, and the device gets everything.
func TestFirstSyncIsCutEverywhere(t *testing.T) {
	w, _ := openFirst(t)
	metrics, _, url := w.serveCut()
	if d := w.device(); !d.once(url) || d.households() != firstHouseholds {
		t.Fatal("a whole first sync does not settle")
	}
	whole := count(metrics.BytesOut)
	all, lost := 0, 0.0
	for at := int64(11_000); at < int64(whole); at += 6_571 {
		metrics, l, url := w.serveCut()
		l.after.Store(at)
		d := w.device()
		sessions := 1
		for ; !d.once(url); sessions++ {
			if sessions > 40 {
				t.Fatalf("cut after %d bytes it gets nowhere", at)
			}
		}
		if n := d.households(); n != firstHouseholds {
			t.Errorf("cut after %d bytes: %d households", at, n)
		}
		again := count(metrics.BytesOut) - whole
		if most := float64((sessions - 1) * (pieceBytes + handshakeBytes)); again > most {
			t.Errorf("cut after %d bytes, %d sessions: %.0f bytes were sent again, at most %.0f are lost", at, sessions, again, most)
		}
		all, lost = all+sessions-1, lost+again
		if sessions > 1 && count(metrics.Resumed) == 0 && at > 2*pieceBytes {
			t.Errorf("cut after %d bytes: nothing was resumed", at)
		}
	}
	t.Logf("%d cuts of a first sync of %.0f bytes cost %.0f bytes each, handshakes included", all, whole, lost/float64(all))
}

// half lets a device get part of its first sync.
func (w *world) half(d *device) {
	w.t.Helper()
	_, l, url := w.serveCut()
	l.after.Store(50_000)
	if d.once(url) {
		w.t.Fatal("nothing was cut")
	}
	if n := d.households(); n == 0 || n == firstHouseholds {
		w.t.Fatalf("%d households came before the cut", n)
	}
	if st, err := d.replica.Status(w.t.Context()); err != nil || st.Got <= 0 || st.Got >= st.Total {
		w.t.Fatalf("%d of %d bytes, %v", st.Got, st.Total, err)
	}
}

// kept counts the rows of a table of the device's disk.
func (d *device) kept(table string) (n int) {
	d.w.t.Helper()
	db, err := sql.Open("sqlite3", d.path)
	d.w.must(err)
	defer db.Close()
	d.w.must(db.QueryRow("SELECT count(*) FROM " + table).Scan(&n))
	return n
}

// begun returns how many bytes of a first sync are on the device's disk.
func (d *device) begun() (got int) {
	d.w.t.Helper()
	db, err := sql.Open("sqlite3", d.path+"?_busy_timeout=10000")
	d.w.must(err)
	defer db.Close()
	d.w.must(db.QueryRow("SELECT coalesce(max(got), 0) FROM snapshots").Scan(&got))
	return got
}

// Work starts with what is there; what is written on it meets the rest as if all had
// been there.
func TestWorkStartsInTheFirstSync(t *testing.T) {
	w, a := openFirst(t)
	d := w.device()
	w.half(d)
	rows, err := d.store.List(t.Context(), record.Query{Kind: "household", Scope: village, Limit: 1})
	w.must(err)
	d.edit(rows[0].Header, "village", "富溪村")
	a.commit(w, []record.ChangeSet{a.Make(a.Own(village), storetest.Edit(rows[0].Header, storetest.Fields{"phone": storetest.Text("13800138000")}))})
	d.sync()
	if n := d.households(); n != firstHouseholds || d.text(rows[0].Header, "village") != "富溪村" || d.text(rows[0].Header, "phone") != "13800138000" {
		t.Errorf("%d households; the one that was edited shows %q and %q", n, d.text(rows[0].Header, "village"), d.text(rows[0].Header, "phone"))
	}
}

// After an erasure in the middle the device gets a new snapshot, and nothing of the old
// one again.
func TestErasureInTheFirstSync(t *testing.T) {
	w, a := openFirst(t)
	gone := a.Header(t, "household", village)
	a.commit(w, []record.ChangeSet{a.Make(a.Own(village), storetest.Create(gone, storetest.Fields{"village": storetest.Text("大沙村"), "faith": storetest.Text("示例")}))})
	d := w.device()
	w.half(d)
	a.commit(w, []record.ChangeSet{a.Make(a.Own(village), storetest.Delete(gone))}) // counts for no digest any more
	before := d.replica.Cursors()
	db, err := sql.Open("sqlite3", filepath.Join(w.dir, "keys.db"))
	w.must(err)
	_, err = db.Exec(`DELETE FROM data_key WHERE name = ?`, gone.Subject[:])
	w.must(err)
	w.must(db.Close())
	metrics, _, url := w.serveCut()
	if !d.once(url) {
		t.Fatal("does not settle")
	}
	if n := d.households(); n != firstHouseholds || d.kept("pieces") != 0 || d.kept("snapshots") != 0 {
		t.Errorf("%d households, %d pieces are left", n, d.kept("pieces"))
	}
	if count(metrics.Resumed) != 0 {
		t.Errorf("went on with %+v", before)
	}
}

// A scope that is revoked, or granted in another view, while its snapshot comes, is
// purged with what was kept of that.
func TestRevokedInTheFirstSync(t *testing.T) {
	for name, view := range map[string]string{"revoked": "", "another view": "kiosk"} {
		t.Run(name, func(t *testing.T) {
			w, _ := openFirst(t)
			d := w.device()
			cfg := w.config()
			var h *hub.Hub
			var writes atomic.Int64
			revoke := sync.OnceFunc(func() {
				if view == "" {
					w.must(w.st.Revoke(t.Context(), d.id, village, time.Now()))
				} else {
					w.must(w.st.Grant(t.Context(), d.id, village, view, time.Now()))
				}
				h.Nudge(d.id)
			})
			var url string
			h, url = w.serve(cfg, func() {
				if writes.Add(1) > 8 { // some pieces
					revoke()
				}
				time.Sleep(2 * time.Millisecond)
			})
			if !d.once(url) {
				t.Fatal("does not settle")
			}
			if d.kept("pieces")+d.kept("snapshots") != 0 {
				t.Errorf("%d pieces are kept", d.kept("pieces"))
			}
			if view == "" {
				if n := d.kept("base"); n != 0 {
					t.Errorf("%d rows are kept", n)
				}
				return
			}
			rows, err := d.store.List(t.Context(), record.Query{Kind: "household", Scope: village, Limit: 1000})
			w.must(err)
			for _, row := range rows {
				if _, leaked := row.Fields["holder"]; leaked {
					t.Fatal("a kiosk's view shows a name")
				}
			}
			if len(rows) != firstHouseholds {
				t.Errorf("%d households", len(rows))
			}
		})
	}
}

// Over a slow link, with a short queue, the server holds a few pieces and no more.
func TestSnapshotOverASlowLink(t *testing.T) {
	w, _ := openFirst(t)
	cfg := w.config()
	cfg.Queue, cfg.Metrics = 8, hub.NewMetrics()
	_, url := w.serve(cfg, func() { time.Sleep(10 * time.Millisecond) })
	d := w.device()
	if !d.once(url) || d.households() != firstHouseholds || count(cfg.Metrics.Slow) != 0 {
		t.Errorf("%d households arrived; too slow %v times", d.households(), count(cfg.Metrics.Slow))
	}
}

// childDevice, in the environment, makes TestDeviceProcess a device: its replica, its
// id and the server's URL, with spaces between.
const childDevice = "YUEXIN_TEST_DEVICE"

// TestDeviceProcess is the device of TestKilledInTheFirstSync; otherwise it does nothing.
func TestDeviceProcess(t *testing.T) {
	words := strings.Fields(os.Getenv(childDevice))
	if len(words) != 3 {
		return
	}
	w := &world{t: t, catalogue: storetest.Catalogue(t), access: storetest.Access(t)}
	id, err := ident.Parse[ident.Device](words[1])
	w.must(err)
	d := &device{w: w, id: id, path: words[0]}
	d.reopen(ident.Actor{})
	_ = d.once(words[2]) // it is killed in it
}

// reopen opens the replica of a device again.
func (d *device) reopen(actor ident.Actor) {
	d.w.t.Helper()
	var err error
	d.replica, err = replica.Open(d.w.t.Context(), d.path, replica.Options{
		Clock: reading, Random: rand.Reader, Catalogue: d.w.catalogue, Access: d.w.access,
		Cost: seal.Params{Time: 1, Threads: 1, MemoryKiB: 64},
	})
	d.w.must(err)
	users, err := d.replica.Users(d.w.t.Context())
	d.w.must(err)
	_, err = d.replica.Unlock(d.w.t.Context(), users[0], "a long passphrase")
	d.w.must(err)
	d.store = d.replica.As(replica.Session{Actor: actor, Role: "officer"})
}

// A device that is killed with -9 in its first sync, again and again, has every byte that
// it had before.
func TestKilledInTheFirstSync(t *testing.T) {
	w, _ := openFirst(t)
	d := w.device()
	w.must(d.replica.Close())
	cfg := w.config()
	cfg.Metrics = hub.NewMetrics()
	_, url := w.serve(cfg, func() { time.Sleep(10 * time.Millisecond) })
	got := 0
	for round := range 4 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestDeviceProcess$")
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %s", childDevice, d.path, d.id, url))
		w.must(cmd.Start())
		for began := time.Now(); d.begun() <= got; time.Sleep(time.Millisecond) {
			if time.Since(began) > 30*time.Second {
				t.Fatalf("round %d: the device gets nothing", round)
			}
		}
		w.must(cmd.Process.Kill())
		_ = cmd.Wait() // it says that it was killed
		now := d.begun()
		if now <= got {
			t.Fatalf("round %d: %d bytes are there, %d were before", round, now, got)
		}
		got = now
	}
	d.reopen(ident.Actor{})
	w.must(d.replica.Check(t.Context()))
	if n := d.households(); n == 0 || n == firstHouseholds {
		t.Errorf("%d households are shown", n)
	}
	if got == 0 || count(cfg.Metrics.Resumed) == 0 {
		t.Errorf("%d bytes came in four rounds, resumed %v times", got, count(cfg.Metrics.Resumed))
	}
	if !d.once(url) || d.households() != firstHouseholds {
		t.Errorf("%d households in the end", d.households())
	}
}
