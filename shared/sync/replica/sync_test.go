// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/wire"
)

// visible returns what a device shows of every household, values only.
func visible(d *device) map[ident.Record]map[record.Field]string {
	d.t.Helper()
	out := map[ident.Record]map[record.Field]string{}
	rows := must(d.as(recordtest.Officer).List(ctx, record.Query{Kind: recordtest.Household, Deleted: true, Limit: 1000}))
	for _, row := range rows {
		fields := map[record.Field]string{}
		for f, s := range row.Fields {
			fields[f] = string(s.Value.AppendCanonical(nil))
			if s.Disputed {
				fields[f] += "?"
			}
			if s.Pending {
				fields[f] += "…"
			}
		}
		out[row.Header.ID] = fields
	}
	return out
}

func TestTwoDevicesConverge(t *testing.T) {
	s := newServer(t)
	a, b := s.newDevice(replica.Laptop, 1), s.newDevice(replica.Laptop, 2)
	for _, d := range []*device{a, b} {
		d.grant(recordtest.Officer, recordtest.Here)
	}
	h := recordtest.Header(recordtest.Household, 1)
	a.apply(recordtest.Create(h, recordtest.Fields{"people": record.OfInt(3), "phone": record.OfText("13800000000"), "income": record.OfInt(10)}))
	s.push(a)
	if !s.pull(a, recordtest.Officer) || !s.pull(b, recordtest.Officer) {
		t.Fatal("digest does not match after the first pull")
	}

	a.apply(recordtest.Edit(h, a.base(), recordtest.Fields{"phone": record.OfText("13900000001"), "income": record.OfInt(20)}))
	a.apply(recordtest.Edit(h, a.base(), recordtest.Fields{"income": record.OfInt(21)}))
	b.clock.AheadMS = 60_000
	b.apply(recordtest.Edit(h, b.base(), recordtest.Fields{"people": record.OfInt(5), "income": record.OfInt(30)}))
	b.apply(recordtest.Create(recordtest.Header(recordtest.Household, 2), recordtest.Fields{"plate": record.OfText("DS-2")}))
	s.push(a)
	s.push(b)
	for range 2 {
		for _, d := range []*device{a, b} {
			if !s.pull(d, recordtest.Officer) {
				t.Fatal("digest does not match")
			}
		}
	}
	if diff := cmp.Diff(visible(a), visible(b)); diff != "" {
		t.Errorf("devices differ (-a +b):\n%s", diff)
	}
	row := a.row(h.ID)
	if row.Text("phone") != "13900000001" || row.Int("people") != 5 {
		t.Errorf("phone %q people %d, want both edits", row.Text("phone"), row.Int("people"))
	}
	if f := row.Fields["income"]; !f.Disputed || f.Value.Int() != 21 || len(f.Aside) != 1 {
		t.Errorf("income: disputed %v, %d, %d aside, want 21 with 30 aside", f.Disputed, f.Value.Int(), len(f.Aside))
	}
	if st := must(a.Status(ctx)); st.Waiting != 0 {
		t.Errorf("%d waiting after sync, want 0", st.Waiting)
	}
	a.reopen()
	a.unlock()
	if diff := cmp.Diff(visible(b), visible(a)); diff != "" {
		t.Errorf("after reopening (-b +a):\n%s", diff)
	}
}

// TestEditAfterReceipt: an edit that saw a pending value is no dispute, whether the
// value's row arrives before or after it.
func TestEditAfterReceipt(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	h := recordtest.Header(recordtest.Household, 1)
	d.apply(recordtest.Create(h, recordtest.Fields{"income": record.OfInt(1)}))
	base := d.base()
	s.push(d)
	d.apply(recordtest.Edit(h, base, recordtest.Fields{"income": record.OfInt(2)}))
	check := func(when string, pending bool) {
		t.Helper()
		f := d.row(h.ID).Fields["income"]
		if f.Disputed || f.Value.Int() != 2 || f.Pending != pending {
			t.Errorf("%s: disputed %v, %d, pending %v, want settled at 2, pending %v", when, f.Disputed, f.Value.Int(), f.Pending, pending)
		}
	}
	check("receipted", true)
	s.pull(d, recordtest.Officer)
	check("pulled", true)
	d.reopen()
	d.unlock()
	check("reopened", true)
	s.push(d)
	check("second receipted", false)
	s.pull(d, recordtest.Officer)
	check("second pulled", false)
}

func TestReceiptsAndCheckpointsAreIdempotent(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	for n := 1; n <= 5; n++ {
		d.apply(recordtest.Create(recordtest.Header(recordtest.Household, n), recordtest.Fields{"people": record.OfInt(int64(n))}))
	}
	lane := d.Unsent()[0].Lane
	f := must(d.NextFrame(ctx, lane, 1, 100, record.MaxFrameBytes))
	receipts := s.commit(d, f.Data)
	for range 2 {
		if _, err := d.ApplyReceipts(ctx, receipts); err != nil {
			t.Fatal(err)
		}
	}
	forged := *receipts
	forged.Chain[0] ^= 1
	if _, err := d.ApplyReceipts(ctx, &forged); !fault.Is(err, fault.Corrupt) {
		t.Errorf("receipts with another digest: %v, want corrupt", err)
	}
	c := d.Cursors()[0]
	rows, cp := s.delta(c, s.acc.View(recordtest.Officer))
	s.deliver(d, rows, cp)
	before := visible(d)
	if !s.deliver(d, rows, cp) {
		t.Error("the second time the digest does not match")
	}
	if diff := cmp.Diff(before, visible(d)); diff != "" {
		t.Errorf("the second time changed (-before +after):\n%s", diff)
	}
}

func TestDigestMismatch(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	h := recordtest.Header(recordtest.Household, 1)
	d.apply(recordtest.Create(h, recordtest.Fields{"people": record.OfInt(1)}))
	s.push(d)
	s.pull(d, recordtest.Officer)
	d.apply(recordtest.Edit(h, d.base(), recordtest.Fields{"people": record.OfInt(2)}))
	s.push(d)

	rows, cp := s.delta(d.Cursors()[0], s.acc.View(recordtest.Officer))
	cp.Digest[0] ^= 1
	before := d.Cursors()[0]
	if s.deliver(d, rows, cp) {
		t.Error("a wrong digest is called intact")
	}
	if diff := cmp.Diff(before, d.Cursors()[0]); diff != "" {
		t.Error("the cursor moved although the digest does not match")
	}
	if err := d.ResetScope(ctx, recordtest.Here, nil); err != nil {
		t.Fatal(err)
	}
	if d.row(h.ID).Int("people") != 2 {
		t.Error("rows are not readable until the scope is pulled again")
	}
	if b := d.base(); b.Version != before.Version {
		t.Errorf("base = %v after the cursor was forgotten, want what the rows show", b)
	}
	if !s.pull(d, recordtest.Officer) {
		t.Error("pulled again, the digest does not match")
	}
}

func TestFullPullReplaces(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	for n := 1; n <= 3; n++ {
		d.apply(recordtest.Create(recordtest.Header(recordtest.Household, n), recordtest.Fields{"people": record.OfInt(1)}))
	}
	s.push(d)
	s.pull(d, recordtest.Officer)
	delete(s.rows, recordtest.ID(2))
	if err := d.ResetScope(ctx, recordtest.Here, nil); err != nil {
		t.Fatal(err)
	}
	d.apply(recordtest.Edit(recordtest.Header(recordtest.Household, 3), d.base(), recordtest.Fields{"dogs": record.OfInt(9)}))
	if !s.pull(d, recordtest.Officer) {
		t.Fatal("digest does not match")
	}
	for range 2 {
		if n := len(visible(d)); n != 2 {
			t.Errorf("%d households, want 2", n)
		}
		if d.row(recordtest.ID(3)).Int("dogs") != 9 {
			t.Error("waiting work is not shown after a full pull")
		}
		d.reopen()
		d.unlock()
	}
}

func TestDeletedRecordsLeaveTheDigest(t *testing.T) {
	s := newServer(t)
	a, b := s.newDevice(replica.Laptop, 1), s.newDevice(replica.Laptop, 2)
	a.grant(recordtest.Officer, recordtest.Here)
	h := recordtest.Header(recordtest.Household, 1)
	a.apply(recordtest.Create(h, recordtest.Fields{"people": record.OfInt(1)}))
	s.push(a)
	s.pull(a, recordtest.Officer)
	a.apply(recordtest.Delete(h, a.base()))
	s.push(a)
	if !s.pull(a, recordtest.Officer) {
		t.Error("with a deleted record the digest does not match")
	}
	b.grant(recordtest.Officer, recordtest.Here)
	if !s.pull(b, recordtest.Officer) {
		t.Error("on a new device the digest does not match")
	}
	if !a.row(h.ID).Deleted() {
		t.Error("the record is not deleted")
	}
}

// A scope is pulled from its beginning, and a record that this device works on is
// deleted there. Of the deletion nothing comes. Who goes on says that they have seen
// what they had seen before, so that both stand, and the record comes back whole.
func TestEditOfWhatIsNotHeld(t *testing.T) {
	s := newServer(t)
	a, b := s.newDevice(replica.Laptop, 1), s.newDevice(replica.Laptop, 2)
	h := recordtest.Header(recordtest.Household, 1)
	a.grant(recordtest.Officer, recordtest.Here)
	b.grant(recordtest.Officer, recordtest.Here)
	a.apply(recordtest.Create(h, recordtest.Fields{"people": record.OfInt(1), "dogs": record.OfInt(1)}))
	s.push(a)
	s.pull(a, recordtest.Officer)
	s.pull(b, recordtest.Officer)
	seen := b.base()
	b.apply(recordtest.Edit(h, seen, recordtest.Fields{"people": record.OfInt(2)}))
	a.apply(recordtest.Delete(h, a.base()))
	s.push(a)
	if err := b.ResetScope(ctx, recordtest.Here, nil); err != nil {
		t.Fatal(err)
	}
	if !s.pull(b, recordtest.Officer) {
		t.Fatal("the digest does not match")
	}
	for range 2 {
		b.apply(recordtest.Edit(h, b.base(), recordtest.Fields{"people": record.OfInt(3)}))
		b.reopen()
		b.unlock()
	}
	s.push(b)
	sets := s.accepted[len(s.accepted)-3:]
	for i, cs := range sets {
		if cs.Base.Version != seen.Version || cs.Base.Number != uint64(i) {
			t.Errorf("edit %d says it has seen %s and own work up to %d, want %s and %d", i, cs.Base.Version, cs.Base.Number, seen.Version, i)
		}
	}
	if !s.pull(b, recordtest.Officer) {
		t.Error("the digest does not match after the edits")
	}
	if row := b.row(h.ID); !row.Fields[record.Deleted].Disputed || row.Int("people") != 3 || row.Int("dogs") != 1 {
		t.Errorf("it shows %+v, want all of the record and a dispute about its deletion", row.Fields)
	}
}

func TestWatermarkFreesPayloads(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	h := recordtest.Header(recordtest.Household, 1)
	d.apply(recordtest.Create(h, recordtest.Fields{"phone": record.OfText("13800000000")}))
	d.apply(recordtest.Edit(h, d.base(), recordtest.Fields{"phone": record.OfText("13800000001")}))
	s.push(d)
	s.pull(d, recordtest.Officer)
	if past := must(d.as(recordtest.Officer).History(ctx, h.ID)); len(past) != 1 || past[0].Value.Text() != "13800000000" {
		t.Errorf("%d former values before the backup, want the one this device sent", len(past))
	}
	rows, cp := s.delta(d.Cursors()[0], s.acc.View(recordtest.Officer))
	cp.Watermark = s.head
	s.deliver(d, rows, cp)
	if past := must(d.as(recordtest.Officer).History(ctx, h.ID)); len(past) != 0 {
		t.Error("payloads are kept after the watermark passed them")
	}
	d.apply(recordtest.Edit(h, d.base(), recordtest.Fields{"phone": record.OfText("13800000002")}))
	d.reopen()
	d.unlock()
	if err := d.Verify(ctx); err != nil {
		t.Errorf("verify: %v", err)
	}
	s.push(d)
	if !s.pull(d, recordtest.Officer) || d.row(h.ID).Text("phone") != "13800000002" {
		t.Error("the lane does not go on after payloads were freed")
	}
}

func TestFramesRecutProveTheSame(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	for n := 1; n <= 20; n++ {
		d.apply(recordtest.Create(recordtest.Header(recordtest.Household, n), recordtest.Fields{"name": record.OfText("陈秀英")}))
	}
	lane := d.Unsent()[0].Lane
	s.commit(d, must(d.NextFrame(ctx, lane, 1, 7, record.MaxFrameBytes)).Data)
	s.commit(d, must(d.NextFrame(ctx, lane, 8, 7, record.MaxFrameBytes)).Data)
	d.reopen()
	d.unlock()
	s.commit(d, must(d.NextFrame(ctx, lane, 1, 100, record.MaxFrameBytes)).Data)
	if s.next[lane] != 21 {
		t.Errorf("the server has up to %d, want 20", s.next[lane]-1)
	}
	if small := must(d.NextFrame(ctx, lane, 1, 100, 500)); small.To >= 20 || len(small.Data) > 500 {
		t.Errorf("frame to %d with %d bytes, want less than all in 500 bytes", small.To, len(small.Data))
	}
	if f := must(d.NextFrame(ctx, lane, 21, 100, record.MaxFrameBytes)); f != nil {
		t.Error("a frame beyond what waits")
	}
}

func TestRevoke(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here, recordtest.There)
	h := recordtest.Header(recordtest.Household, 1)
	d.apply(recordtest.Create(h, recordtest.Fields{"people": record.OfInt(1)}))
	s.push(d)
	s.pull(d, recordtest.Officer)
	d.apply(recordtest.Edit(h, d.base(), recordtest.Fields{"people": record.OfInt(2)}))

	entry := wire.ControlEntry{Number: must(d.Control(ctx)).Number + 1, Op: wire.ControlRevoke, Scope: recordtest.Here}
	acks, err := d.ApplyControl(ctx, []wire.ControlEntry{entry})
	if err != nil {
		t.Fatal(err)
	}
	if len(acks) != 1 || must(d.key.Public()).Verify("yuexin purge", wire.PurgeBytes(d.Identity().Device, entry), acks[0].Signature) != nil {
		t.Error("the purge is not confirmed by the device's signature")
	}
	for range 2 {
		if _, err := d.as(recordtest.Officer).Get(ctx, h.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("after revocation: %v, want not found", err)
		}
		if u := d.Unsent(); len(u) != 1 || u[0].First != 2 || u[0].Last != 2 {
			t.Errorf("unsent = %v, want number 2", u)
		}
		d.reopen()
		d.unlock()
	}
	again, err := d.ApplyControl(ctx, []wire.ControlEntry{entry})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(acks, again); diff != "" {
		t.Errorf("the same entry again (-first +second):\n%s", diff)
	}
	if diff := cmp.Diff(acks, must(d.Purges(ctx))); diff != "" {
		t.Errorf("purges (-want +got):\n%s", diff)
	}
	if s.push(d) != 1 {
		t.Error("work done before the revocation is not sent")
	}
}

// TestViewChanges: a scope granted in another view is emptied at once and pulled
// anew; what waits stays visible.
func TestViewChanges(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	h := recordtest.Header(recordtest.Household, 1)
	d.apply(recordtest.Create(h, recordtest.Fields{"phone": record.OfText("13800138000"), "people": record.OfInt(1)}))
	s.push(d)
	other := s.newDevice(replica.Laptop, 2)
	other.grant(recordtest.Officer, recordtest.Here)
	s.pull(other, recordtest.Officer)
	other.apply(recordtest.Edit(h, other.base(), recordtest.Fields{"people": record.OfInt(7)}))

	other.grant(recordtest.Analyst, recordtest.Here)
	if _, there := other.row(h.ID).Fields["phone"]; there || other.row(h.ID).Int("people") != 7 {
		t.Error("the wider view's fields are still here, or waiting work is not")
	}
	if !s.pull(other, recordtest.Analyst) {
		t.Error("digest of the narrower view does not match")
	}
	if row := other.row(h.ID); row.Text("phone") != "" || row.Int("people") != 7 {
		t.Error("the narrower view holds a field of class C2, or lost what waits")
	}
}

func TestControlEntries(t *testing.T) {
	d := newServer(t).newDevice(replica.Laptop, 1)
	login := ident.Login{9}
	entries := []wire.ControlEntry{
		{Number: 1, Op: wire.ControlLogin, Login: login, Actor: anna, Role: recordtest.Officer},
		{Number: 2, Op: wire.ControlKey, Name: "frames", Key: []byte{1, 2}},
		{Number: 3, Op: wire.ControlLogout, Login: login},
		{Number: 4, Op: wire.ControlSwitchOff},
	}
	acks := must(d.ApplyControl(ctx, entries))
	if len(acks) != 4 || acks[3].Number != 4 {
		t.Errorf("acks = %v, want 1 to 4", acks)
	}
	want := []replica.Login{{ID: login, Actor: anna, Role: recordtest.Officer, Void: true}}
	if diff := cmp.Diff(want, must(d.Logins(ctx))); diff != "" {
		t.Errorf("logins (-want +got):\n%s", diff)
	}
	if !must(d.SwitchedOff(ctx)) || string(must(d.ServerKey(ctx, "frames"))) != "\x01\x02" {
		t.Error("switch-off or server key is not kept")
	}
	_, err := d.ApplyControl(ctx, []wire.ControlEntry{{Number: 5, Op: 99}})
	if !fault.Is(err, fault.Unsupported) || must(d.Control(ctx)).Number != 4 {
		t.Errorf("unknown operation: %v at %d, want unsupported and 4", err, must(d.Control(ctx)))
	}
}
