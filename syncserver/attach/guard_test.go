// SPDX-License-Identifier: Apache-2.0

package attach_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/storetest"
)

// request is a request about a file as a device makes it.
type request struct {
	method string
	digest blob.Digest
	size   int
	body   []byte
	change func(q *blob.Request, r *http.Request) // after the headers, before the signature
	after  func(r *http.Request)                  // after the signature
}

// send sends a request and returns the status and the offset that the answer names.
func (d *device) send(q request) (status int, offset string) {
	d.w.t.Helper()
	name := blob.Path + hex.EncodeToString(q.digest[:])
	url := d.w.web.URL + name
	if q.method == http.MethodPost {
		url = d.w.web.URL + blob.Path
	}
	r, err := http.NewRequestWithContext(d.w.t.Context(), q.method, url, bytes.NewReader(q.body))
	d.w.must(err)
	r.Header.Set("Tus-Resumable", "1.0.0")
	switch q.method {
	case http.MethodPost:
		r.Header.Set("Upload-Length", fmt.Sprint(q.size))
		r.Header.Set("Upload-Metadata", "digest "+base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString(q.digest[:]))))
	case http.MethodPatch:
		r.Header.Set("Content-Type", "application/offset+octet-stream")
		r.Header.Set("Upload-Offset", "0")
	}
	signed := blob.Request{
		Device: d.id, Method: q.method, Path: name, AtMS: d.w.now().UnixMilli(),
		Offset: r.Header.Get("Upload-Offset"), Length: r.Header.Get("Upload-Length"),
	}
	if q.change != nil {
		q.change(&signed, r)
	}
	d.w.must(signed.Sign(r.Header, d.SignRequest))
	if q.after != nil {
		q.after(r)
	}
	resp, err := http.DefaultClient.Do(r)
	d.w.must(err)
	resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("Upload-Offset")
}

// stray uploads a file that no change set names.
func (d *device) stray(size int) (sealed []byte, a record.Attachment) {
	d.w.t.Helper()
	sealed, a, err := blob.Seal(readerOfRandom{}, photo(size), "image/jpeg")
	d.w.must(err)
	if status, _ := d.send(request{method: "POST", digest: a.Digest, size: len(sealed)}); status != http.StatusCreated {
		d.w.t.Fatalf("begin: %d", status)
	}
	if status, _ := d.send(request{method: "PATCH", digest: a.Digest, body: sealed}); status != http.StatusNoContent {
		d.w.t.Fatalf("upload: %d", status)
	}
	return sealed, a
}

type readerOfRandom struct{}

func (readerOfRandom) Read(p []byte) (int, error) { return copy(p, photo(max(3, len(p)))), nil }

// TestWhoIsBelieved tries requests that a device did not sign as they are.
func TestWhoIsBelieved(t *testing.T) {
	w := open(t)
	d, other := w.device("officer"), w.device("officer")
	sealed, a := d.stray(1000)
	head := request{method: "HEAD", digest: a.Digest}
	if status, offset := d.send(head); status != http.StatusOK || offset != fmt.Sprint(len(sealed)) {
		t.Fatalf("an honest request: %d, offset %s", status, offset)
	}
	for name, spoil := range map[string]func(q *request){
		"no signature":           func(q *request) { q.after = func(r *http.Request) { r.Header.Del(blob.HeaderSignature) } },
		"of another device":      func(q *request) { q.change = func(s *blob.Request, _ *http.Request) { s.Device = other.id } },
		"of an unknown device":   func(q *request) { q.change = func(s *blob.Request, _ *http.Request) { s.Device = ident.Device{9} } },
		"for another method":     func(q *request) { q.change = func(s *blob.Request, _ *http.Request) { s.Method = "GET" } },
		"for another file":       func(q *request) { q.change = func(s *blob.Request, _ *http.Request) { s.Path += "0" } },
		"from before":            func(q *request) { q.change = func(s *blob.Request, _ *http.Request) { s.AtMS -= 600_000 } },
		"from later":             func(q *request) { q.change = func(s *blob.Request, _ *http.Request) { s.AtMS += 600_000 } },
		"with another offset":    func(q *request) { q.after = func(r *http.Request) { r.Header.Set("Upload-Offset", "7") } },
		"with another time":      func(q *request) { q.after = func(r *http.Request) { r.Header.Set(blob.HeaderTime, "1") } },
		"signed for a session":   func(q *request) { q.after = func(r *http.Request) { resign(d, r) } },
		"a method there is not":  nil,
		"a file that is unknown": nil,
	} {
		q, want := head, http.StatusUnauthorized
		switch name {
		case "a method there is not":
			q.method, want = "DELETE", http.StatusMethodNotAllowed
		case "a file that is unknown":
			q.digest, want = blob.Digest{1}, http.StatusNotFound
		default:
			spoil(&q)
		}
		if status, _ := d.send(q); status != want {
			t.Errorf("%s: %d, want %d", name, status, want)
		}
	}
}

// resign puts a signature of the same device for another purpose on a request.
func resign(d *device, r *http.Request) {
	signature, err := d.Prove([]byte("x"))
	d.w.must(err)
	r.Header.Set(blob.HeaderSignature, base64.RawURLEncoding.EncodeToString(signature))
}

// TestWhoMayFetch: the bytes go to devices whose view holds a field that names them,
// and to nobody else, who is told no more than of a file that there is not.
func TestWhoMayFetch(t *testing.T) {
	w := open(t)
	d := w.device("officer")
	d.sync()
	h, named := d.attach(photo(1000))
	d.sync()
	d.once()
	_, stray := d.stray(1000)
	kept := d.quarantined(t)
	get := func(who *device, a record.Attachment) int {
		status, _ := who.send(request{method: "GET", digest: a.Digest})
		return status
	}
	analyst, kiosk := w.device("analyst"), w.device("kiosk")
	off, revoked := w.device("officer"), w.device("officer")
	w.must(w.st.SwitchOff(t.Context(), off.id, true, time.Now()))
	w.must(w.st.Revoke(t.Context(), revoked.id, village, time.Now()))
	for name, tt := range map[string]struct {
		who  *device
		a    record.Attachment
		want int
	}{
		"author":        {d, named, http.StatusOK},
		"analyst":       {analyst, named, http.StatusNotFound},
		"kiosk":         {kiosk, named, http.StatusNotFound},
		"switched off":  {off, named, http.StatusNotFound},
		"revoked":       {revoked, named, http.StatusNotFound},
		"stray":         {d, stray, http.StatusNotFound},
		"kept aside":    {d, kept, http.StatusNotFound},
		"there is none": {d, record.Attachment{}, http.StatusNotFound},
	} {
		if got := get(tt.who, tt.a); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
	// What a newer value replaced is still named by the history.
	d.apply(record.Write{Op: record.Edit, Header: h, Fields: storetest.Fields{"photo": {}}})
	d.sync()
	if got := get(d, named); got != http.StatusOK {
		t.Errorf("of a value that was replaced: %d", got)
	}
}

// quarantined lets a device that is switched off hand in a record with a photo. Its file
// is taken, so that an administrator finds all of it.
func (w *device) quarantined(t *testing.T) record.Attachment {
	t.Helper()
	d := w.w.device("officer")
	d.sync()
	h, a := d.attach(photo(1000))
	w.w.must(w.w.st.SwitchOff(t.Context(), d.id, true, time.Now()))
	_ = d.records.Once(t.Context()) // delivers, and says that the device is off
	d.once()
	if !w.w.dir.Check(a.Digest) {
		t.Errorf("the photo of a record that is kept aside (%s) was not taken", h.ID)
	}
	if names, err := w.w.st.BlobNames(t.Context(), a.Digest); err != nil || len(names) != 1 || names[0].Version != 0 {
		t.Errorf("it is named by %+v, %v", names, err)
	}
	return a
}

// TestSizesAndQuota: what is too large or too much is refused before its first byte.
func TestSizesAndQuota(t *testing.T) {
	w := open(t)
	d := w.device("officer")
	begin := func(n byte, size int) int {
		status, _ := d.send(request{method: "POST", digest: blob.Digest{n}, size: size})
		return status
	}
	for _, tt := range []struct {
		name string
		n    byte
		size int
		want int
	}{
		{"too large", 1, int(w.policy.MaxSealed()) + 1, http.StatusRequestEntityTooLarge},
		{"empty", 1, 0, http.StatusBadRequest},
		{"good", 1, 1 << 20, http.StatusCreated},
		{"again", 1, 1 << 20, http.StatusCreated},
		{"of another size", 1, 1<<20 - 1, http.StatusConflict},
		{"a second", 2, 1 << 20, http.StatusCreated},
		{"more than a device may have open", 3, 1, http.StatusInsufficientStorage},
	} {
		if got := begin(tt.n, tt.size); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
	status, _ := d.send(request{method: "POST", digest: blob.Digest{4}, size: 10, change: func(_ *blob.Request, r *http.Request) {
		r.Header.Set("Upload-Metadata", "digest "+base64.StdEncoding.EncodeToString([]byte("../../data.db")))
	}})
	if status != http.StatusUnauthorized {
		t.Errorf("a name that leads out of the folder: %d", status)
	}
}

// run lets the service work until its heads are closed; it has looked at everything
// once before it hears of that.
func (w *world) run() {
	w.t.Helper()
	heads := make(chan ident.Scope)
	close(heads)
	w.attach.Run(w.t.Context(), heads, func(time.Duration) <-chan time.Time { return nil })
}

// TestStrays: a file that nobody names is kept for a while, and then forgotten; one that
// a change set named in time arrives.
func TestStrays(t *testing.T) {
	w := open(t)
	d := w.device("officer")
	d.sync()
	_, late := d.stray(1000)
	_, never := d.stray(1000)
	days := func(n int) { w.now = func() time.Time { return time.Now().AddDate(0, 0, n) } }
	days(29)
	w.run()
	if !w.dir.Has(late.Digest) || !w.dir.Has(never.Digest) {
		t.Fatal("a stray is gone before its time")
	}
	h := record.Header{ID: ident.Record{7}, Kind: "household", Scope: village, Subject: ident.Subject{7}}
	d.apply(record.Write{Op: record.Create, Header: h, Fields: storetest.Fields{"photo": late.Value()}})
	d.sync()
	days(31)
	w.run()
	if w.dir.Has(never.Digest) || !w.dir.Has(late.Digest) {
		t.Error("after a month: the stray is here, or what was named is not")
	}
	d.sync()
	if got := d.items(h); blob.Tally(got) != 1 {
		t.Errorf("what was named after it came: %+v", got)
	}
	if _, err := w.st.Blob(t.Context(), never.Digest); !fault.Is(err, fault.NotFound) {
		t.Errorf("the store still knows the stray: %v", err)
	}
}

// TestKilledBetweenSteps puts the folder and the store where a killed server leaves them.
func TestKilledBetweenSteps(t *testing.T) {
	w := open(t)
	d := w.device("officer")
	d.sync()
	h, a := d.attach(photo(1000))
	d.sync()
	f, err := d.OpenSealed(a.Digest)
	w.must(err)
	defer f.Close()

	// All bytes were written, and nobody has checked them.
	w.must(w.st.BeginBlob(t.Context(), store.Blob{Digest: a.Digest, Size: int64(a.Size), Device: d.id, Begun: time.Now()}, 1<<40))
	p, err := w.dir.Begin(a.Digest, int64(a.Size))
	w.must(err)
	if _, err := p.Append(0, f); err != nil {
		t.Fatal(err)
	}
	if status, offset := d.send(request{method: "HEAD", digest: a.Digest}); status != http.StatusOK || offset != fmt.Sprint(a.Size) || !w.dir.Has(a.Digest) {
		t.Errorf("all bytes, unchecked: %d, offset %s", status, offset)
	}

	// The file is whole, and the store does not know: neither of it nor that it arrived.
	h2, b := d.attach(photo(1000))
	d.sync()
	g, err := d.OpenSealed(b.Digest)
	w.must(err)
	defer g.Close()
	p, err = w.dir.Begin(b.Digest, int64(b.Size))
	w.must(err)
	if _, err := p.Append(0, g); err != nil {
		t.Fatal(err)
	}
	w.must(p.Finish())
	w.must(os.WriteFile(filepath.Join(w.dir.Path(), strings.Repeat("0", 64)+".new"), nil, 0o600))
	w.run()
	w.run() // an arrival that is noted is not noted twice
	d.sync()
	for name, header := range map[string]record.Header{"unchecked": h, "unknown": h2} {
		if got := d.items(header); blob.Tally(got) != 1 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	rows, err := w.st.As(storetest.Everyone()).List(context.Background(), record.Query{Kind: blob.KindArrival})
	if err != nil || len(rows) != 2 {
		t.Errorf("%d arrivals of two files, %v", len(rows), err)
	}
	if files, _ := filepath.Glob(filepath.Join(w.dir.Path(), "*")); len(files) != 2 {
		t.Errorf("the folder has %v", files)
	}
}

// TestArrivalWasWritten: the store forgot that the arrival is a record already.
func TestArrivalWasWritten(t *testing.T) {
	w := open(t)
	d := w.device("officer")
	d.sync()
	_, a := d.attach(photo(1000))
	d.sync()
	at := time.Now()
	if _, err := w.st.As(storetest.Everyone()).Apply(t.Context(), blob.Arrival(village, a.Digest, a.Size, at.UnixMilli())); err != nil {
		t.Fatal(err)
	}
	d.once()
	if list, err := w.st.Arrivals(t.Context()); err != nil || len(list) > 0 {
		t.Errorf("still to be noted: %+v, %v", list, err)
	}
}
