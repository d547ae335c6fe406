// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

func testBlobs(t *testing.T, open Open) {
	t.Run("named, begun, arrived, noted", func(t *testing.T) { testBlobLife(t, open) })
	t.Run("named by what is refused or kept", func(t *testing.T) { testBlobRefused(t, open) })
	t.Run("strays and the quota", func(t *testing.T) { testBlobStrays(t, open) })
}

// Attachment returns an attachment whose digest begins with n.
func Attachment(n byte, size uint64) record.Attachment {
	return record.Attachment{Blob: record.Blob{Digest: [32]byte{n}, Size: size, MediaType: "image/png"}, Key: []byte{n}}
}

const plenty = 1 << 40

func begin(t *testing.T, st store.Store, d *Device, a record.Attachment) {
	t.Helper()
	err := st.BeginBlob(t.Context(), store.Blob{Digest: a.Digest, Size: int64(a.Size), Device: d.ID, Begun: Start}, plenty)
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
}

// arrivals returns the digests' first bytes, by scope.
func arrivals(t *testing.T, st store.Store) map[string]byte {
	t.Helper()
	list, err := st.Arrivals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]byte{}
	for _, a := range list {
		out[string(a.Scope)] = a.Digest[0]
	}
	return out
}

func testBlobLife(t *testing.T, open Open) {
	st := open(t, NewSetup(t)) // Verify looks for the file, which is not the store's to keep
	t.Cleanup(func() { _ = st.Close() })
	ctx := t.Context()
	d := Enrol(t, st, "officer", "officer", Dasha, Luoyu)
	a := Attachment(1, 100)
	if _, err := st.Blob(ctx, a.Digest); fault.From(err).Key != "blob.unknown" {
		t.Errorf("before it was begun: %v", err)
	}
	begin(t, st, d, a)
	begin(t, st, d, a) // goes on after a cut
	if got := arrivals(t, st); len(got) > 0 {
		t.Errorf("arrivals of what is not whole: %v", got)
	}
	if err := st.EndBlob(ctx, a.Digest, Start.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if got := arrivals(t, st); len(got) > 0 {
		t.Errorf("arrivals of what nobody names: %v", got)
	}
	h := d.Header(t, "household", Dasha)
	r := d.Put(t, st, record.Accepted, d.Own(Dasha), Create(h, Fields{"photo": a.Value(), "door": a.Value()}))
	d.Put(t, st, record.Accepted, d.Own(Luoyu), Create(d.Header(t, "household", Luoyu), Fields{"photo": a.Value()}))
	if got := arrivals(t, st); !cmp.Equal(got, map[string]byte{string(Dasha): 1, string(Luoyu): 1}) {
		t.Errorf("arrivals: %v", got)
	}
	names, err := st.BlobNames(ctx, a.Digest)
	want := store.BlobName{Header: h, Field: "door", Size: 100, Version: r.Version}
	if err != nil || len(names) != 3 || names[0] != want {
		t.Errorf("names: %+v, %v", names, err)
	}
	if err := st.NoteArrival(ctx, store.Arrival{Scope: Dasha, Digest: a.Digest}); err != nil {
		t.Fatal(err)
	}
	if got := arrivals(t, st); !cmp.Equal(got, map[string]byte{string(Luoyu): 1}) {
		t.Errorf("after one was noted: %v", got)
	}
	got, err := st.Blob(ctx, a.Digest)
	if diff := cmp.Diff(store.Blob{Digest: a.Digest, Size: 100, Device: d.ID, Begun: Start, Arrived: Start.Add(time.Second)}, got, cmp.Comparer(time.Time.Equal)); diff != "" || err != nil {
		t.Errorf("blob: %v\n%s", err, diff)
	}

	lied := a
	lied.Size = 99 // the field says another size than the file has
	lied.Digest = [32]byte{2}
	begin(t, st, d, Attachment(2, 100))
	if err := st.EndBlob(ctx, lied.Digest, Start); err != nil {
		t.Fatal(err)
	}
	d.Put(t, st, record.Accepted, d.Own(Dasha), Edit(h, Fields{"photo": lied.Value()}))
	if got := arrivals(t, st); got[string(Dasha)] != 0 {
		t.Errorf("a file of another size than was named arrived: %v", got)
	}
	if err := st.BeginBlob(ctx, store.Blob{Digest: a.Digest, Size: 99, Device: d.ID, Begun: Start}, plenty); fault.From(err).Key != "blob.size" {
		t.Errorf("begun with another size: %v", err)
	}
}

func testBlobRefused(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	d := Enrol(t, st, "officer", "officer", Dasha)
	a, b := Attachment(1, 100), Attachment(2, 100)
	h := d.Header(t, "household", Dasha)
	d.Put(t, st, record.Rejected, d.Own(Dasha), Create(h, Fields{"photo": a.Value(), "tier": Text("z")}))
	d.Put(t, st, record.Rejected, d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"photo": record.OfBytes([]byte("no attachment"))}))
	if err := st.SwitchOff(t.Context(), d.ID, true, Start); err != nil {
		t.Fatal(err)
	}
	d.Put(t, st, record.Quarantined, d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"photo": b.Value()}))
	if names, err := st.BlobNames(t.Context(), a.Digest); err != nil || len(names) > 0 {
		t.Errorf("a refused change set names %+v, %v", names, err)
	}
	names, err := st.BlobNames(t.Context(), b.Digest)
	if err != nil || len(names) != 1 || names[0].Version != 0 {
		t.Errorf("a change set that is kept names %+v, %v", names, err)
	}
	begin(t, st, d, b)
	if ok, err := st.DropBlob(t.Context(), b.Digest); ok || err != nil {
		t.Errorf("a file of a change set that is kept was dropped: %t, %v", ok, err)
	}
}

func testBlobStrays(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	ctx := t.Context()
	d, other := Enrol(t, st, "officer", "officer", Dasha), Enrol(t, st, "other", "officer", Dasha)
	send := func(d *Device, n byte, most int64) error {
		return st.BeginBlob(ctx, store.Blob{Digest: [32]byte{n}, Size: 100, Device: d.ID, Begun: Start.Add(time.Duration(n) * time.Hour)}, most)
	}
	for _, step := range []struct {
		d    *Device
		n    byte
		most int64
		key  string
	}{
		{d, 1, 200, ""}, {d, 2, 200, ""}, {d, 3, 200, "blob.quota"}, {d, 2, 200, ""}, {other, 4, 200, ""},
	} {
		err := send(step.d, step.n, step.most)
		if got := fault.From(err); err == nil && step.key != "" || err != nil && got.Key != step.key {
			t.Errorf("file %d: got %v", step.n, err)
		}
	}
	// What a change set names counts no more.
	d.Put(t, st, record.Accepted, d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"photo": Attachment(1, 100).Value()}))
	if err := send(d, 3, 200); err != nil {
		t.Errorf("after one was named: %v", err)
	}
	strays, err := st.StrayBlobs(ctx, Start.Add(3*time.Hour))
	if err != nil || !cmp.Equal(strays, [][32]byte{{2}}) {
		t.Errorf("strays: %v, %v", strays, err)
	}
	for n, want := range map[byte]bool{1: false, 2: true} {
		if got, err := st.DropBlob(ctx, [32]byte{n}); got != want || err != nil {
			t.Errorf("drop %d: %t, %v", n, got, err)
		}
	}
}
