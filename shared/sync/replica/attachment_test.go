// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/wire"
)

var photo = []byte("\xff\xd8\xff 蕉园路 17 号的大门")

// attach applies an act that brings a photo along.
func (d *device) attach(n int) record.Attachment {
	d.t.Helper()
	a, err := d.KeepAttachment(photo, "image/jpeg")
	if err != nil {
		d.t.Fatal(err)
	}
	d.apply(recordtest.Create(recordtest.Header(recordtest.Household, n), recordtest.Fields{"photo": a.Value()}))
	return a
}

// openFile opens a file as the photo of the first household.
func (d *device) openFile(a record.Attachment) ([]byte, error) {
	files := d.ViewerAs(replica.Session{Actor: anna, Login: ident.Login{1}, Role: recordtest.Officer}, "test", &audit.Policy{AgainMinutes: 15, Named: 9})
	return files.File(ctx, record.NamedBlob{Header: recordtest.Header(recordtest.Household, 1), Field: "photo", Attachment: a})
}

// TestOpeningAFileIsNoted: who opened which field of whose, before it is shown; what
// a screen draws again by itself is noted once, and a file that is not here is not.
func TestOpeningAFileIsNoted(t *testing.T) {
	_, d := newLaptop(t)
	k := newKeeper()
	a := must(d.KeepAttachment(photo, "image/jpeg"))
	n := record.NamedBlob{Header: recordtest.Header(recordtest.Household, 1), Field: "photo", Attachment: a}
	files := d.ViewerAs(replica.Session{Actor: anna, Login: ident.Login{1}, Role: recordtest.Officer}, "agent", &audit.Policy{AgainMinutes: 15, Named: 9})
	open := func(ctx context.Context, n record.NamedBlob) error { _, err := files.File(ctx, n); return err }
	for range 2 {
		if err := open(audit.Doing(ctx, audit.Read, "agent.attachment"), n); err != nil {
			t.Fatal(err)
		}
	}
	if err := open(audit.Doing(ctx, audit.Export, "agent fetch"), n); err != nil {
		t.Fatal(err)
	}
	absent := n
	absent.Digest = blob.Digest{9}
	if err := open(ctx, absent); !fault.Is(err, fault.NotFound) {
		t.Errorf("what is not here: %v", err)
	}
	must(d.mustSend(t, k, 0))
	var got []string
	for _, e := range k.entries(t) {
		got = append(got, fmt.Sprint(e.Deed, " ", e.What, " ", e.Actor == anna, " ", e.Touched))
	}
	touched := fmt.Sprint([]audit.Touch{{Kind: n.Header.Kind, Scope: n.Header.Scope, Subject: n.Header.Subject, Record: n.Header.ID, Fields: []record.Field{"photo"}}})
	if diff := cmp.Diff([]string{"read agent.attachment true " + touched, "export agent fetch true " + touched}, got); diff != "" {
		t.Errorf("noted (-want +got):\n%s", diff)
	}
	d.Lock() // nothing can be noted now
	if plain, err := d.openFile(a); err == nil || plain != nil {
		t.Errorf("without an entry: %d bytes, %v", len(plain), err)
	}
}

func (d *device) outgoing() (digests []blob.Digest) {
	d.t.Helper()
	for _, g := range must(d.Outgoing(ctx)) {
		digests = append(digests, g.Digest)
	}
	return digests
}

func (d *device) settle(cache int64) {
	d.t.Helper()
	if err := d.SettleAttachments(ctx, cache); err != nil {
		d.t.Fatal(err)
	}
}

// arrived lets the server note that it has a file.
func (s *server) arrived(d *device, a record.Attachment) {
	s.t.Helper()
	if err := d.SentAttachment(ctx, a.Digest, true); err != nil {
		s.t.Fatal(err)
	}
	act := blob.Arrival(recordtest.Here, a.Digest, a.Size, recordtest.StartMS)
	s.judge(&record.ChangeSet{Link: record.Link{Lane: record.Lane{Incarnation: ident.Incarnation{0xEE}, Scope: recordtest.Here}, Number: 1}, Act: act})
}

func newLaptop(t *testing.T) (*server, *device) {
	t.Helper()
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	return s, d
}

// TestAttachmentsLife follows one file from the act to the backup.
func TestAttachmentsLife(t *testing.T) {
	s, d := newLaptop(t)
	a := d.attach(1)
	is := func(when string, outgoing, waiting int, here bool) {
		t.Helper()
		d.settle(0)
		if got := d.outgoing(); len(got) != outgoing {
			t.Errorf("%s: %d files to upload, want %d", when, len(got), outgoing)
		}
		if st := must(d.Status(ctx)); st.Attachments != waiting || st.Wire().BlobsToSend != uint64(waiting) {
			t.Errorf("%s: status says %d wait, want %d", when, st.Attachments, waiting)
		}
		plain, err := d.openFile(a)
		if here && (err != nil || !bytes.Equal(plain, photo)) || !here && !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: opened %d bytes, %v", when, len(plain), err)
		}
	}
	is("before its change set was receipted", 0, 1, true)
	s.push(d)
	is("receipted", 1, 1, true)
	d.reopen()
	d.unlock()
	is("after a restart", 1, 1, true)
	if got := s.accepted[0].Blobs; len(got) != 1 || got[0] != a.Blob {
		t.Errorf("the change set names %v", got)
	}
	if err := d.SentAttachment(ctx, a.Digest, true); err != nil {
		t.Fatal(err)
	}
	is("sent, not confirmed by a pulled arrival", 1, 0, true)
	s.arrived(d, a)
	s.pull(d, recordtest.Officer)
	is("arrived", 0, 0, true) // kept: the server may be restored from an older backup
	c := d.Cursors()[0]
	rows, cp := s.delta(c, s.acc.View(recordtest.Officer))
	cp.Watermark = c.Version
	s.deliver(d, rows, cp)
	is("in the server's backup", 0, 0, false)
}

// TestRestoredServerIsAskedAgain: what was said to have arrived and is not in what
// the server now sends has to be offered again.
func TestRestoredServerIsAskedAgain(t *testing.T) {
	s, d := newLaptop(t)
	a := d.attach(1)
	s.push(d)
	s.arrived(d, a)
	s.pull(d, recordtest.Officer)
	if got := d.outgoing(); got != nil {
		t.Fatalf("to upload: %v", got)
	}
	delete(s.rows, blob.ArrivalID(recordtest.Here, a.Digest))
	if err := d.ResetScope(ctx, recordtest.Here, &wire.Reset{}); err != nil {
		t.Fatal(err)
	}
	s.push(d)
	s.pull(d, recordtest.Officer)
	if got := d.outgoing(); !cmp.Equal(got, []blob.Digest{a.Digest}) {
		t.Errorf("to upload: %v", got)
	}
}

// TestRefusedChangeSetKeepsItsFile: the file waits with its change set in the tray,
// goes with the one that corrects it, and goes away with one that is given up.
func TestRefusedChangeSetKeepsItsFile(t *testing.T) {
	s, d := newLaptop(t)
	s.refuse["household.create"] = true
	session := replica.Session{Actor: anna, Login: ident.Login{1}, Role: recordtest.Officer}
	corrected, given := d.attach(1), d.attach(2)
	name := s.refused(d)
	if got := d.outgoing(); got != nil {
		t.Fatalf("to upload: %v", got)
	}
	groups := must(d.Tray(ctx))
	if len(groups) != 2 {
		t.Fatalf("%d groups in the tray (act %s)", len(groups), name)
	}
	act := groups[0].Items[0].Set.Act
	act.Name, act.Base, act.Blobs = "household.correct", d.base(), nil
	must(d.Resubmit(ctx, session, groups[0].Items[0].Receipt.Link, act))
	if err := d.Discard(ctx, session, groups[1].Items[0].Receipt.Link); err != nil {
		t.Fatal(err)
	}
	s.push(d)
	d.settle(1 << 20)
	if got := d.outgoing(); !cmp.Equal(got, []blob.Digest{corrected.Digest}) {
		t.Errorf("to upload: %x, want %x", got, corrected.Digest)
	}
	if d.HasAttachment(given.Digest) || !d.HasAttachment(corrected.Digest) {
		t.Error("the file that was given up is here, or the corrected one is not")
	}
}

// refused pushes what waits and is refused, and returns the name of its act.
func (s *server) refused(d *device) string {
	s.t.Helper()
	for _, u := range d.Unsent() {
		f := must(d.NextFrame(ctx, u.Lane, u.First, 1, record.MaxFrameBytes))
		batch := must(wire.DecodeFrame(f.Data[1:]))
		s.refuse[batch.Sets[0].Name] = true
	}
	s.push(d)
	for name := range s.refuse {
		return name
	}
	return ""
}

// TestRevocationPurgesFiles: what the server has goes with the scope, what it does
// not have stays sealed until it was handed over.
func TestRevocationPurgesFiles(t *testing.T) {
	s, d := newLaptop(t)
	sent, unsent := d.attach(1), d.attach(2)
	s.push(d)
	s.arrived(d, sent)
	s.pull(d, recordtest.Officer)

	other := must(d.KeepAttachment(photo, "image/jpeg")) // a copy of somebody else's
	sealed := must(io.ReadAll(must(d.OpenSealed(other.Digest))))
	if lost, err := d.SweepAttachments(ctx); lost > 0 || err != nil || d.HasAttachment(other.Digest) {
		t.Fatalf("a file that no act names is still here, or %d are gone: %v", lost, err)
	}
	fetch := func() error {
		p, err := d.BeginCopy(ctx, recordtest.Here, other.Digest, int64(len(sealed)))
		if err != nil {
			return err
		}
		if at := must(p.Offset()); at == 0 {
			must(p.Append(0, bytes.NewReader(sealed)))
		}
		return d.FinishCopy(ctx, p)
	}
	if err := fetch(); err != nil || !d.HasAttachment(other.Digest) {
		t.Fatalf("downloaded: %v", err)
	}
	late := must(d.BeginCopy(ctx, recordtest.Here, blob.Digest{9}, 10)) // under way when the revocation comes

	n := must(d.Control(ctx)).Number + 1
	acks, err := d.ApplyControl(ctx, []wire.ControlEntry{{Number: n, Op: wire.ControlRevoke, Scope: recordtest.Here}})
	if err != nil || len(acks) != 1 || acks[0].Signature == nil {
		t.Fatalf("%v, %v", acks, err)
	}
	for name, a := range map[string]record.Attachment{"the server has": sent, "downloaded": other} {
		if d.HasAttachment(a.Digest) {
			t.Errorf("the file that was %s is still here", name)
		}
	}
	if err := d.FinishCopy(ctx, late); !fault.Is(err, fault.NotAllowed) {
		t.Errorf("a download under way: %v", err)
	}
	if err := fetch(); !fault.Is(err, fault.NotAllowed) {
		t.Errorf("a download afterwards: %v", err)
	}
	if got := d.outgoing(); !cmp.Equal(got, []blob.Digest{unsent.Digest}) {
		t.Errorf("to upload: %v", got)
	}
	if err := d.SentAttachment(ctx, unsent.Digest, true); err != nil {
		t.Fatal(err)
	}
	d.settle(1 << 20)
	files, err := os.ReadDir(d.path + ".blobs")
	if err != nil || len(files) > 0 {
		t.Errorf("after everything was handed over: %v, %v", files, err)
	}
}

// TestLostFileIsCounted: a file that somebody deleted from the disk is told of once and
// holds up nothing.
func TestLostFileIsCounted(t *testing.T) {
	s, d := newLaptop(t)
	a, b := d.attach(1), d.attach(2)
	s.push(d)
	if err := os.Remove(filepath.Join(d.path+".blobs", fmt.Sprintf("%x", a.Digest))); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} {
		if lost := must(d.SweepAttachments(ctx)); lost != want {
			t.Errorf("%d files are gone, want %d", lost, want)
		}
	}
	if got := d.outgoing(); !cmp.Equal(got, []blob.Digest{b.Digest}) {
		t.Errorf("to upload: %x", got)
	}
}

// TestCacheKeepsWhatWasUsedLast fills the cache over its size.
func TestCacheKeepsWhatWasUsedLast(t *testing.T) {
	_, d := newLaptop(t)
	var all []record.Attachment
	var size int64
	for range 3 {
		a := must(d.KeepAttachment(photo, "image/jpeg"))
		must(d.BeginCopy(ctx, recordtest.Here, a.Digest, int64(a.Size)))
		all, size = append(all, a), int64(a.Size)
		d.clock.AheadMS += 1000
	}
	must(d.openFile(all[0]))
	d.settle(2 * size)
	for i, want := range []bool{true, false, true} {
		if d.HasAttachment(all[i].Digest) != want {
			t.Errorf("file %d: here is %t", i, !want)
		}
	}
}

// TestCarriedFileFollows: the file of an act that was stranded goes over the network
// once the server has the act, which somebody carried there.
func TestCarriedFileFollows(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Kiosk, 1)
	d.grant(recordtest.Kiosk, recordtest.Here)
	a := must(d.KeepAttachment(photo, "image/jpeg"))
	act := kioskAct()
	act.Writes[0].Fields["photo"] = a.Value()
	must(d.as(recordtest.Kiosk).Apply(ctx, act))
	lane := d.Unsent()[0].Lane
	if err := d.CloseLane(ctx, &wire.LaneClosed{Lane: lane, Chain: wire.LaneStart(lane), Reason: wire.CloseFork}); err != nil {
		t.Fatal(err)
	}
	ask := must(d.Aside(ctx))[0]
	for _, tc := range []struct {
		receipt record.Receipt
		files   int
	}{{record.Receipt{}, 0}, {kept, 1}, {passed, 1}, {back, 0}} {
		if tc.receipt.Outcome != record.Pending {
			tc.receipt.Link = record.Link{Lane: ask.Lane, Number: 1}
			m := &wire.Receipts{Lane: ask.Lane, Asked: true, Ranges: peer.Pack([]record.Receipt{tc.receipt}), Through: 1}
			must(d.ApplyReceipts(ctx, m))
		}
		if out := must(d.Outgoing(ctx)); len(out) != tc.files || tc.files == 1 && out[0].Digest != a.Digest {
			t.Errorf("%v: %+v to upload, want %d", tc.receipt.Outcome, out, tc.files)
		}
	}
}

// TestKioskCannotOpenWhatItTook: the key left with the act, and the whole disk with
// the key file does not have it.
func TestKioskCannotOpenWhatItTook(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Kiosk, 1)
	d.grant(recordtest.Kiosk, recordtest.Here)
	a := must(d.KeepAttachment(photo, "image/jpeg"))
	act := kioskAct()
	act.Writes[0].Fields["photo"] = a.Value()
	must(d.as(recordtest.Kiosk).Apply(ctx, act))

	k := stolenKiosk{s, d}
	if loot := k.rob("with a signature"); loot.Finds(a.Value()) || loot.Finds(record.OfBytes(a.Key)) {
		t.Error("the disk has the key of a file")
	}
	err := filepath.WalkDir(filepath.Dir(d.path), func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, photo[4:]) || bytes.Contains(data, a.Key[2:]) {
			t.Errorf("%s shows the file or its key", e.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	s.push(d)
	if got := d.outgoing(); !cmp.Equal(got, []blob.Digest{a.Digest}) {
		t.Fatalf("to upload: %v", got)
	}
	sealed := must(io.ReadAll(must(d.OpenSealed(a.Digest))))
	named := s.cat.Blobs(s.accepted[0].Writes)
	if len(named) != 1 {
		t.Fatalf("the server learnt of %d files", len(named))
	}
	if plain, err := blob.Open(named[0].Attachment, sealed); err != nil || !bytes.Equal(plain, photo) {
		t.Errorf("the server opens %d bytes, %v", len(plain), err)
	}
}
