// SPDX-License-Identifier: Apache-2.0

package attach_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/transfer"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/central"
)

// TestUploadAndFetch takes a photo from one laptop to another.
func TestUploadAndFetch(t *testing.T) {
	w := open(t)
	a, b := w.device("officer"), w.device("officer")
	a.sync()
	b.sync()
	plain := photo(100_000)
	h, named := a.attach(plain)
	if err := a.files.Once(t.Context()); err != nil { // before the record: nothing to do
		t.Fatal(err)
	}
	if w.dir.Has(named.Digest) {
		t.Fatal("a photo travelled before its record")
	}
	a.sync()
	if err := a.files.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.sync()
	b.sync()
	for name, d := range map[string]*device{"author": a, "other": b} {
		if items := d.items(h); len(items) != 1 || blob.Tally(items) != 1 {
			t.Errorf("%s reads %+v", name, items)
		}
	}
	if _, err := b.open(h, named); !fault.Is(err, fault.NotFound) {
		t.Errorf("before it was fetched: %v", err)
	}
	got := b.items(h)[0].Attachment
	if err := b.files.Fetch(t.Context(), village, got, nil); err != nil {
		t.Fatal(err)
	}
	if opened, err := b.open(h, got); err != nil || !bytes.Equal(opened, plain) {
		t.Errorf("fetched %d bytes, %v", len(opened), err)
	}
	w.given(b, h, 1)
	if opened, err := w.attach.Open(named); err != nil || !bytes.Equal(opened, plain) {
		t.Errorf("the server opens %d bytes, %v", len(opened), err)
	}
}

// once uploads what waits, which must work.
func (d *device) once() {
	d.w.t.Helper()
	if err := d.files.Once(d.w.t.Context()); err != nil {
		d.w.t.Fatal(err)
	}
}

// TestRecordsPassPhotos holds a photo up in the middle: everything that people write
// meanwhile is receipted, on the same device and on others.
func TestRecordsPassPhotos(t *testing.T) {
	w := open(t)
	d := w.device("officer")
	d.sync()
	_, named := d.attach(photo(200_000))
	d.sync()
	reached, release := make(chan struct{}), make(chan struct{})
	w.front = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPatch {
			close(reached)
			<-release // the link is so slow that nothing of the photo gets through
		}
		return false
	}
	done := make(chan error, 1)
	go func() { done <- d.files.Once(t.Context()) }()
	<-reached
	for range 3 {
		h, _ := d.attach(photo(10))
		d.sync()
		if row, err := d.store.Get(t.Context(), h.ID); err != nil || row.Pending() {
			t.Fatalf("a record waits behind a photo: %v", err)
		}
	}
	if w.dir.Has(named.Digest) {
		t.Error("the photo was not held up: this test shows nothing")
	}
	close(release)
	if err := <-done; err != nil || !w.dir.Has(named.Digest) {
		t.Errorf("afterwards: %v", err)
	}
}

// TestPhotosWaitForRecords: while records are on their way not one byte of a photo is
// read from the disk.
func TestPhotosWaitForRecords(t *testing.T) {
	w := open(t)
	d := w.device("officer")
	d.sync()
	_, named := d.attach(photo(100_000))
	d.sync()
	var busy atomic.Bool
	asked := make(chan struct{}, 1<<16)
	busy.Store(true)
	d.files = d.transfer(func(c *transfer.Config) {
		c.Busy = func() bool { asked <- struct{}{}; return busy.Load() }
	})
	done := make(chan error, 1)
	go func() { done <- d.files.Once(t.Context()) }()
	for range 3 {
		<-asked
	}
	if st, _ := d.files.State(); st.Sent != 0 || !st.Sending {
		t.Errorf("while records are on their way: %+v", st)
	}
	busy.Store(false)
	if err := <-done; err != nil || !w.dir.Has(named.Digest) {
		t.Errorf("afterwards: %v", err)
	}
}

// TestCutsGoOnAtTheByte cuts the link after every 30 kB, and starts the program again.
func TestCutsGoOnAtTheByte(t *testing.T) {
	w := open(t)
	d := w.device("officer")
	d.sync()
	const size, piece = 100_000, 30_000
	_, named := d.attach(photo(size))
	d.sync()
	var offsets []string
	w.front = func(rw http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPatch {
			return false
		}
		offsets = append(offsets, r.Header.Get("Upload-Offset"))
		if len(offsets) == 4 {
			return false
		}
		r.Body = io.NopCloser(io.MultiReader(io.LimitReader(r.Body, piece), iotest.ErrReader(io.ErrUnexpectedEOF)))
		w.attach.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler) // the link is cut
	}
	for cuts := 0; ; cuts++ {
		d.files = d.transfer()
		err := d.files.Once(t.Context())
		if err == nil {
			break
		}
		if cuts == 4 || fault.KindOf(err) != fault.Unavailable {
			t.Fatalf("cut %d: %v", cuts, err)
		}
	}
	if want := []string{"0", "30000", "60000", "90000"}; !cmp.Equal(offsets, want) {
		t.Errorf("uploads began at %v, want %v", offsets, want)
	}
	if !w.dir.Check(named.Digest) {
		t.Error("the photo is not at the server, whole")
	}
}

// TestDownloadGoesOn cuts a download off and goes on at the byte.
func TestDownloadGoesOn(t *testing.T) {
	w := open(t)
	a, b := w.device("officer"), w.device("officer")
	a.sync()
	plain := photo(100_000)
	h, _ := a.attach(plain)
	a.sync()
	a.once()
	b.sync()
	named := b.items(h)[0].Attachment
	var ranges []string
	w.front = func(rw http.ResponseWriter, r *http.Request) bool {
		ranges = append(ranges, r.Header.Get("Range"))
		if len(ranges) > 1 {
			return false
		}
		sealed, _ := w.dir.Read(named.Digest)
		rw.Header().Set("Content-Length", strconv.Itoa(len(sealed)))
		_, _ = rw.Write(sealed[:40_000])
		panic(http.ErrAbortHandler)
	}
	if err := b.files.Fetch(t.Context(), village, named, nil); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("cut off: %v", err)
	}
	var here []int64
	if err := b.files.Fetch(t.Context(), village, named, func(bytes int64) { here = append(here, bytes) }); err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(here) || here[0] <= 40_000 || here[len(here)-1] != int64(named.Size) {
		t.Errorf("of %d bytes were told to be here: %d", named.Size, here)
	}
	if got, err := b.open(h, named); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("opened %d bytes, %v", len(got), err)
	}
	if want := []string{"", "bytes=40000-"}; !cmp.Equal(ranges, want) {
		t.Errorf("asked for %q, want %q", ranges, want)
	}
}

// TestPause stops an upload in the middle; it goes on where it was.
func TestPause(t *testing.T) {
	w := open(t)
	d := w.device("officer")
	d.sync()
	_, named := d.attach(photo(20_000))
	d.sync()
	slow := *w.policy
	slow.UpRate = 30_000 // a first piece at once, the second after half a second
	d.files = d.transfer(func(c *transfer.Config) { c.Policy = func() *blob.Policy { return &slow } })
	ctx, stop := context.WithCancel(t.Context())
	var beside sync.WaitGroup
	beside.Go(func() { d.files.Run(ctx) })
	defer func() { stop(); beside.Wait() }()
	until := func(is func(transfer.State) bool) transfer.State {
		for st, changed := d.files.State(); ; st, changed = d.files.State() {
			if is(st) {
				return st
			}
			<-changed
		}
	}
	until(func(st transfer.State) bool { return st.Sent > 0 })
	d.files.Pause(true)
	if st := until(func(st transfer.State) bool { return !st.Sending }); !st.Paused || st.Fault != nil {
		t.Errorf("paused: %+v", st)
	}
	d.files.Pause(false)
	until(func(st transfer.State) bool { return st.Done > 0 })
	if !w.dir.Check(named.Digest) {
		t.Error("the photo is not at the server, whole")
	}
}

// TestClockIsOff: a device whose clock was never measured hears the server's time in the
// refusal, and is believed.
func TestClockIsOff(t *testing.T) {
	w := open(t)
	d := w.device("officer")
	d.sync()
	_, named := d.attach(photo(1000))
	d.sync()
	w.now = func() time.Time { return time.Now().AddDate(3, 0, 0) } // what the session measured holds no more
	d.once()
	if !w.dir.Check(named.Digest) {
		t.Error("the photo is not at the server")
	}
}

// TestOtherBytes: what arrives under a digest and is something else is refused, and
// comes again.
func TestOtherBytes(t *testing.T) {
	w := open(t)
	d := w.device("officer")
	d.sync()
	_, named := d.attach(photo(50_000))
	d.sync()
	spoilt := 0
	w.front = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPatch && spoilt == 0 {
			spoilt++
			r.Body = io.NopCloser(&flip{Reader: r.Body})
		}
		return false
	}
	d.once()
	if spoilt != 1 || !w.dir.Check(named.Digest) {
		t.Error("the photo is not at the server as it was sent")
	}
	if parts, err := w.dir.Parts(); err != nil || len(parts) > 0 {
		t.Errorf("left: %v, %v", parts, err)
	}
}

// flip turns one bit of the first byte.
type flip struct {
	io.Reader
	done bool
}

func (f *flip) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if n > 0 && !f.done {
		p[0] ^= 1
		f.done = true
	}
	return n, err
}

// given checks that the server noted how often it gave a device the photo of a
// household, and nobody else.
func (w *world) given(d *device, h record.Header, times int) {
	w.t.Helper()
	list, err := w.st.Audited(w.t.Context(), store.AuditQuery{Record: h.ID})
	w.must(err)
	n := 0
	for _, e := range list {
		if e.What != "attach" {
			continue
		}
		n++
		want := []audit.Touch{{Kind: h.Kind, Scope: h.Scope, Subject: h.Subject, Record: h.ID, Fields: []record.Field{"photo"}}}
		if diff := cmp.Diff(want, e.Touched); diff != "" || e.Device != d.id || e.Deed != audit.Read {
			w.t.Errorf("noted %s by %s (-want +got):\n%s", e.Deed, e.Device, diff)
		}
	}
	if n != times {
		w.t.Errorf("noted %d times that the photo was given away, want %d", n, times)
	}
}

// TestNoFileWithoutItsEntry: a server that cannot note gives nothing.
func TestNoFileWithoutItsEntry(t *testing.T) {
	w := open(t)
	a, b := w.device("officer"), w.device("officer")
	a.sync()
	h, named := a.attach(photo(1000))
	a.sync()
	a.once()
	b.sync()
	w.attach.Store = deaf{w.st}
	if err := b.files.Fetch(t.Context(), village, named, nil); err == nil || b.HasAttachment(named.Digest) {
		t.Errorf("fetched: %v", err)
	}
	w.attach.Store = w.st
	w.must(b.files.Fetch(t.Context(), village, named, nil))
	w.given(b, h, 1)
}

// deaf is a store whose audit log takes nothing.
type deaf struct{ *central.Store }

func (deaf) Note(context.Context, ...audit.Entry) error { return errors.New("the log is full") }

// TestCancelledDownloadGoesOn: whoever cancels a download has what arrived until then,
// and the next one goes on at the byte.
func TestCancelledDownloadGoesOn(t *testing.T) {
	w := open(t)
	a, b := w.device("officer"), w.device("officer")
	a.sync()
	plain := photo(100_000)
	h, _ := a.attach(plain)
	a.sync()
	a.once()
	b.sync()
	named := b.items(h)[0].Attachment
	ctx, cancel := context.WithCancel(t.Context())
	var ranges []string
	w.front = func(rw http.ResponseWriter, r *http.Request) bool {
		ranges = append(ranges, r.Header.Get("Range"))
		if len(ranges) > 1 {
			return false
		}
		sealed, _ := w.dir.Read(named.Digest)
		rw.Header().Set("Content-Length", strconv.Itoa(len(sealed)))
		_, _ = rw.Write(sealed[:40_000])
		_ = http.NewResponseController(rw).Flush()
		cancelOnce(cancel, b, named)
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
	if err := b.files.Fetch(ctx, village, named, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled: %v", err)
	}
	if b.HasAttachment(named.Digest) {
		t.Fatal("a part passes for the whole")
	}
	if err := b.files.Fetch(t.Context(), village, named, nil); err != nil {
		t.Fatal(err)
	}
	if got, err := b.open(h, named); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("opened %d bytes, %v", len(got), err)
	}
	if want := []string{"", "bytes=40000-"}; !cmp.Equal(ranges, want) {
		t.Errorf("asked for %q, want %q", ranges, want)
	}
}

// cancelOnce cancels as soon as all that was sent of a file is on the device's disk.
func cancelOnce(cancel func(), d *device, a record.Attachment) {
	for range 500 {
		p, err := d.BeginCopy(d.w.t.Context(), village, a.Digest, int64(a.Size))
		if err != nil {
			break
		}
		if n, err := p.Offset(); err != nil || n >= 40_000 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
}
