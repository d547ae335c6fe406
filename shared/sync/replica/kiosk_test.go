// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/courier"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/replica/envelope"
	"yuexin/shared/sync/replica/theft"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/sqlitedb/powerloss"
	"yuexin/shared/sync/wire"
)

func kioskAct() record.Act {
	h := recordtest.Header(recordtest.Household, 1)
	act := recordtest.Create(h, recordtest.Fields{
		"plate": record.OfText("DS-0815"), "name": record.OfText("陈秀英"), "phone": record.OfText("13800138000"),
		"people": record.OfInt(4), "income": record.OfInt(1_234_567_890_123),
	})
	act.Writes = append(act.Writes, record.Write{
		Op: record.Create, Header: recordtest.Header(recordtest.Demand, 2),
		Fields: recordtest.Fields{"amount": record.OfInt(7_777_777_777_700), "phone": record.OfText("13900139000")},
	})
	return act
}

// secrets are what a kiosk's disk may not show, key file or not.
var secrets = []record.Value{
	record.OfText("陈秀英"), record.OfText("13800138000"), record.OfText("13900139000"), record.OfText("高血压多年"),
	record.OfInt(1_234_567_890_123), record.OfInt(7_777_777_777_700),
	record.OfText("秀芳的收入"), // a draft
	record.OfText("村里的口令"), // of the staff
}

// stolenKiosk is a kiosk and what its thieves find.
type stolenKiosk struct {
	*server
	*device
}

// rob copies the disk as it is and lets a thief try.
func (k stolenKiosk) rob(when string, more ...[]byte) *theft.Loot {
	k.device.t.Helper()
	folder := filepath.Join(k.device.t.TempDir(), "disk")
	if err := os.CopyFS(folder, os.DirFS(filepath.Dir(k.path))); err != nil {
		k.device.t.Fatal(err)
	}
	loot, err := theft.Take(ctx, folder, filepath.Base(k.path), more...)
	if err != nil {
		k.device.t.Fatal(err)
	}
	k.device.t.Logf("%s: opened %v, shut %v", when, loot.Opened, loot.Shut)
	return loot
}

// safe fails if a thief with the key file finds what is not of class C1, or
// fails to find what is: then the thief is no good.
func (k stolenKiosk) safe(when string, shut ...string) {
	k.device.t.Helper()
	loot := k.rob(when)
	for _, secret := range secrets {
		if loot.Finds(secret) {
			k.device.t.Errorf("%s: the thief has %v", when, secret)
		}
	}
	if !loot.Finds(record.OfText("DS-0815")) || loot.Opened["meta.value"] == 0 || loot.Opened["outbox.sealed"] == 0 {
		k.device.t.Errorf("%s: the thief does not even get what the key file opens: %v", when, loot.Opened)
	}
	for _, column := range shut {
		if loot.Opened[column] > 0 || loot.Shut[column] == 0 {
			k.device.t.Errorf("%s: %s was opened %d times of %d", when, column, loot.Opened[column], loot.Opened[column]+loot.Shut[column])
		}
	}
}

// TestStolenKiosk takes the kiosk's whole disk, key file included, and looks for
// what residents handed in and what the server sent for the staff.
func TestStolenKiosk(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Kiosk, 1, func(set *replica.Setup) {
		set.User = &replica.NewUser{Actor: bert, Name: "村干部", Passphrase: "村里的口令"}
	})
	k := stolenKiosk{s, d}
	d.grant(recordtest.Desk, recordtest.Here) // who reads all there is
	receipt, err := d.as(recordtest.Kiosk).Apply(ctx, kioskAct())
	if err != nil {
		t.Fatal(err)
	}
	if receipt.Link.Number != 1 {
		t.Errorf("number %d, want 1", receipt.Link.Number)
	}
	slip := must(d.PutDraft(ctx, []byte("秀芳的收入"), recordtest.StartMS))
	d.Lock()
	refused := kioskAct()
	refused.Name = "refused"
	refused.Writes[0].Header, refused.Writes[1].Header = recordtest.Header(recordtest.Household, 3), recordtest.Header(recordtest.Demand, 4)
	s.refuse[refused.Name] = true
	if _, err := d.as(recordtest.Kiosk).Apply(ctx, refused); err != nil {
		t.Fatal(err)
	}
	always := []string{"outbox.box", "drafts.wrapped", "drafts.sealed", "users.wrapped", "users.secret", "users.person", "users.info"}
	k.safe("handed in", always...)

	s.push(d)
	if s.rows[recordtest.ID(1)] == nil || s.rows[recordtest.ID(1)].fields["phone"].Value.Text() != "13800138000" {
		t.Error("the server did not get what was handed in")
	}
	doctor := s.newDevice(replica.Laptop, 2)
	doctor.grant(recordtest.Desk, recordtest.Here)
	s.pull(doctor, recordtest.Desk)
	illness := recordtest.Edit(recordtest.Header(recordtest.Household, 1), doctor.base(), recordtest.Fields{"illness": record.OfText("高血压多年")})
	if _, err := doctor.as(recordtest.Desk).Apply(ctx, illness); err != nil {
		t.Fatal(err)
	}
	s.push(doctor)
	s.pull(d, recordtest.Desk)
	always = append(always, "staff.box")
	k.safe("pulled", always...)

	if _, err := d.Unlock(ctx, bert, "村里的口令"); err != nil {
		t.Fatal(err)
	}
	k.safe("staff at work", always...)
	if row, err := d.as(recordtest.Desk).Get(ctx, recordtest.ID(1)); err != nil || row.Text("illness") == "" {
		t.Error("the staff does not have what the thief shall not")
	}
	if got := string(must(d.GetDraft(ctx, slip, recordtest.StartMS))); got != "秀芳的收入" {
		t.Errorf("the draft does not come back by its slip code")
	}

	loot := k.rob("with the server's key", s.box.Encode())
	if loot.Opened["outbox.box"] == 0 {
		t.Error("a thief with the server's key opens no box: this test would not notice a key that opens one")
	}
}

// The same of what a thief reads who runs the program itself on the disk.
func TestStolenKioskShowsNothing(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Kiosk, 1, func(set *replica.Setup) {
		set.User = &replica.NewUser{Actor: bert, Name: "村干部", Passphrase: "村里的口令"}
	})
	d.grant(recordtest.Officer, recordtest.Here)
	if _, err := d.as(recordtest.Kiosk).Apply(ctx, kioskAct()); err != nil {
		t.Fatal(err)
	}
	s.push(d)
	s.pull(d, recordtest.Officer)
	d.reopen()
	for _, role := range []record.Role{recordtest.Officer, recordtest.Desk, recordtest.Kiosk} {
		store := d.As(replica.Session{Actor: anna, Role: role})
		for _, kind := range []record.Kind{recordtest.Household, recordtest.Demand} {
			for _, row := range must(store.List(ctx, record.Query{Kind: kind, Deleted: true})) {
				for f := range row.Fields {
					if def, _ := d.opt.Catalogue.Field(kind, f); def.Class != record.C1 {
						t.Errorf("the key file opens %s.%s of class C%d", kind, f, def.Class)
					}
				}
				if past, err := store.History(ctx, row.Header.ID); err != nil || len(past) > 0 {
					t.Errorf("history shows %d values, %v", len(past), err)
				}
			}
		}
	}
	if row, err := d.As(replica.Session{Role: recordtest.Kiosk}).Get(ctx, recordtest.ID(1)); err != nil || row.Text("plate") != "DS-0815" {
		t.Errorf("the kiosk does not show what is C1: %v", err)
	}
}

func TestStaffCompartment(t *testing.T) {
	s := newServer(t)
	laptop := s.newDevice(replica.Laptop, 2)
	laptop.grant(recordtest.Officer, recordtest.Here)
	kiosk := s.newDevice(replica.Kiosk, 1, func(set *replica.Setup) {
		set.User = &replica.NewUser{Actor: bert, Name: "村干部", Passphrase: "村里的口令"}
	})
	kiosk.grant(recordtest.Officer, recordtest.Here)
	kiosk.Lock()
	h := recordtest.Header(recordtest.Household, 1)
	laptop.apply(recordtest.Create(h, recordtest.Fields{"plate": record.OfText("DS-1"), "name": record.OfText("陈秀英"), "phone": record.OfText("13800138000")}))
	step := func(d *device) {
		t.Helper()
		s.push(laptop)
		for _, x := range []*device{laptop, d} {
			if !s.pull(x, recordtest.Officer) {
				t.Fatal("digest does not match")
			}
		}
	}
	step(kiosk)
	laptop.apply(recordtest.Edit(h, laptop.base(), recordtest.Fields{"phone": record.OfText("13900139000")}))
	step(kiosk)
	if kiosk.row(h.ID).Text("plate") != "DS-1" || kiosk.row(h.ID).Text("name") != "" {
		t.Error("a locked kiosk shows more or less than C1")
	}
	search := record.Query{Kind: recordtest.Household, Search: "cxy"}
	if n := len(must(kiosk.as(recordtest.Officer).List(ctx, search))); n != 0 {
		t.Error("a locked kiosk finds a name")
	}
	for range 2 {
		if _, err := kiosk.Unlock(ctx, bert, "村里的口令"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(visible(laptop), visible(kiosk)); diff != "" {
			t.Errorf("the staff's list differs (-laptop +kiosk):\n%s", diff)
		}
		if n := len(must(kiosk.as(recordtest.Officer).List(ctx, search))); n != 1 {
			t.Errorf("the staff finds %d by initials, want 1", n)
		}
		laptop.apply(recordtest.Edit(h, laptop.base(), recordtest.Fields{"phone": record.OfText("13900139001")}))
		step(kiosk)
		if got := kiosk.row(h.ID).Text("phone"); got != "13900139001" {
			t.Errorf("while the staff is at work: phone %q, want the new one", got)
		}
		kiosk.Lock()
		if kiosk.row(h.ID).Text("phone") != "" {
			t.Error("the staff's fields are there after Lock")
		}
	}
	if c := kiosk.Cursors()[0]; c.Version != s.head {
		t.Errorf("cursor %v, want %v: the digest was found wrong at unlocking", c.Version, s.head)
	}
}

// TestFirstOfTheStaff: a kiosk that was set up without a compartment for staff gets one with the first of them, in whose name
// nobody can open; the next is let in by somebody who is. What was pulled before comes anew with the view of the staff.
func TestFirstOfTheStaff(t *testing.T) {
	s := newServer(t)
	laptop := s.newDevice(replica.Laptop, 2)
	laptop.grant(recordtest.Officer, recordtest.Here)
	kiosk := s.newDevice(replica.Kiosk, 1)
	kiosk.grant(recordtest.Kiosk, recordtest.Here)
	h := recordtest.Header(recordtest.Household, 1)
	laptop.apply(recordtest.Create(h, recordtest.Fields{"plate": record.OfText("DS-1"), "phone": record.OfText("13800138000")}))
	s.push(laptop)
	s.pull(kiosk, recordtest.Kiosk)
	_, person, err := kiosk.Joining(ctx, "code")
	if err != nil {
		t.Fatal(err)
	}
	n := replica.NewUser{Actor: bert, Name: "村干部", Passphrase: "村里的第一个口令", Person: person, Login: ident.Login{0xB}, Role: recordtest.Officer}
	if err := kiosk.AddUser(ctx, n); err != nil {
		t.Fatal(err)
	}
	second := replica.NewUser{Actor: anna, Name: "另一位", Passphrase: "村里的第二个口令"}
	if err := kiosk.AddUser(ctx, second); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a second one while nobody is in: %v", err)
	}
	kiosk.grant(recordtest.Officer, recordtest.Here)
	s.pull(kiosk, recordtest.Officer)
	for range 2 {
		if kiosk.row(h.ID).Text("plate") != "DS-1" || kiosk.row(h.ID).Text("phone") != "" {
			t.Error("the locked kiosk shows more or less than C1")
		}
		kiosk.reopen()
	}
	if u := must(kiosk.Unlock(ctx, bert, "村里的第一个口令")); u.Signer.Public() != must(person.Public()) || kiosk.row(h.ID).Text("phone") != "13800138000" {
		t.Errorf("who is in reads %q", kiosk.row(h.ID).Text("phone"))
	}
	if err := kiosk.AddUser(ctx, second); err != nil {
		t.Errorf("a second one: %v", err)
	}
	kiosk.Lock()
	if must(kiosk.Unlock(ctx, ident.Actor{}, "村里的第二个口令")); kiosk.row(h.ID).Text("phone") != "13800138000" {
		t.Error("the second one does not read")
	}
}

// TestKioskSignsAndNotes: a kiosk that has never had a link signs a receipt with the key by which the server knows it, for
// nothing but that, and what it printed waits in the audit log for the server.
func TestKioskSignsAndNotes(t *testing.T) {
	d := newServer(t).newDevice(replica.Kiosk, 1)
	message := []byte("004210007035")
	signature, err := d.SignFor("yuexin receipt", message)
	if err != nil {
		t.Fatal(err)
	}
	public := must(d.key.Public())
	if err := public.Verify("yuexin receipt", message, signature); err != nil {
		t.Errorf("the receipt's signature: %v", err)
	}
	if err := public.Verify("yuexin frame", message, signature); err == nil {
		t.Error("a receipt's signature is one of a frame")
	}
	e := audit.Entry{Deed: audit.Print, What: "kiosk.receipt", About: "004210007035 1"}
	if err := d.Note(ctx, replica.Session{Actor: bert, Login: ident.Login{1}}, e); err != nil {
		t.Fatal(err)
	}
	part := must(d.AuditPart(ctx))
	if part == nil || len(part.Bodies) != 1 {
		t.Fatalf("what waits for the server: %+v", part)
	}
	if got := must(audit.Parse(part.Bodies[0])); got.Deed != audit.Print || got.About != e.About || got.Actor != bert {
		t.Errorf("noted %+v", got)
	}
}

func TestKioskLaneClosed(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Kiosk, 1)
	d.grant(recordtest.Kiosk, recordtest.Here)
	if _, err := d.as(recordtest.Kiosk).Apply(ctx, kioskAct()); err != nil {
		t.Fatal(err)
	}
	lane := d.Unsent()[0].Lane
	if err := d.CloseLane(ctx, &wire.LaneClosed{Lane: lane, Chain: wire.LaneStart(lane), Reason: wire.CloseFork}); err != nil {
		t.Fatal(err)
	}
	if boxes := must(d.Stranded(ctx)); len(boxes) != 1 {
		t.Errorf("%d boxes to carry by hand, want 1", len(boxes))
	}
	if st := must(d.Status(ctx)).Wire(); st.Waiting != 1 || st.Stranded != 1 {
		t.Errorf("the server is told %+v", st)
	}
	if st := must(d.Status(ctx)); st.Stranded != 1 || st.Waiting != 0 {
		t.Errorf("status %+v, want one stranded", st)
	}
	act := kioskAct()
	act.Writes[0].Header, act.Writes[1].Header = recordtest.Header(recordtest.Household, 3), recordtest.Header(recordtest.Demand, 4)
	if _, err := d.as(recordtest.Kiosk).Apply(ctx, act); err != nil {
		t.Fatal(err)
	}
	s.push(d)
	if s.rows[recordtest.ID(3)] == nil {
		t.Error("the kiosk does not go on in a new lane")
	}
}

// carried is a kiosk with two acts that were stranded, and a server's answers about
// them.
func carried(t *testing.T) (d *device, asks []peer.Unsent, answer func(given ...record.Receipt)) {
	s := newServer(t)
	d = s.newDevice(replica.Kiosk, 1)
	d.grant(recordtest.Kiosk, recordtest.Here)
	for n := range 2 {
		act := kioskAct()
		act.Writes[0].Header, act.Writes[1].Header = recordtest.Header(recordtest.Household, 3+2*n), recordtest.Header(recordtest.Demand, 4+2*n)
		if _, err := d.as(recordtest.Kiosk).Apply(ctx, act); err != nil {
			t.Fatal(err)
		}
	}
	lane := d.Unsent()[0].Lane
	if err := d.CloseLane(ctx, &wire.LaneClosed{Lane: lane, Chain: wire.LaneStart(lane), Reason: wire.CloseFork}); err != nil {
		t.Fatal(err)
	}
	asks = must(d.Aside(ctx))
	var opened []*wire.Batch
	for _, box := range must(d.Stranded(ctx)) {
		opened = append(opened, must(wire.DecodeFrame(must(envelope.Open(s.box, box)))))
	}
	taken := must(courier.Reissue(opened))
	if want := []peer.Unsent{{Lane: taken[0].Lane, First: 1, Last: 2}}; len(taken) != 1 || !slices.Equal(asks, want) {
		t.Fatalf("asks about %+v, and the server has it as %+v", asks, want)
	}
	return d, asks, func(given ...record.Receipt) {
		t.Helper()
		m := &wire.Receipts{Lane: asks[0].Lane, Asked: true}
		for i := range given {
			given[i].Link = record.Link{Lane: m.Lane, Number: uint64(i) + 1}
			m.Ranges, m.Through, m.Chain, m.Epoch = peer.Pack(given), uint64(i)+1, wire.Digest{1}, 1
		}
		if reopened, err := d.ApplyReceipts(ctx, m); reopened || err != nil {
			t.Fatalf("%v, %v", reopened, err)
		}
	}
}

var (
	kept   = record.Receipt{Outcome: record.Quarantined, Reason: "sync.quarantine.carried"}
	passed = record.Receipt{Outcome: record.Accepted, Version: record.At(1, 1), Decided: true}
	back   = record.Receipt{Outcome: record.Rejected, Reason: "sync.reject.quarantine", Args: map[string]string{"why": "重复"}, Decided: true}
)

// TestCarriedRefusalIsDismissed: what a kiosk carried and the server refused leaves the tray when staff put it aside; the
// device goes on to ask about it, and a server that has lost it makes it count again.
func TestCarriedRefusalIsDismissed(t *testing.T) {
	d, asks, answer := carried(t)
	who := replica.Session{Actor: anna, Login: ident.Login{1}, Role: recordtest.Kiosk}
	answer(kept, back)
	link := must(d.Tray(ctx))[0].Items[0].Receipt.Link
	if err := d.Dismiss(ctx, who, record.Link{Lane: link.Lane, Number: 1}, "重复"); !fault.Is(err, fault.NotFound) {
		t.Errorf("what waits for an administrator: %v", err)
	}
	if err := d.Dismiss(ctx, who, link, "重复登记，已核对"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if st := must(d.Status(ctx)); st != (replica.Status{Quarantined: 1, Dismissed: 1}) || len(must(d.Tray(ctx))) != 0 {
			t.Errorf("status %+v", st)
		}
		if again := must(d.Aside(ctx)); !slices.Equal(again, asks) {
			t.Errorf("the device asks about %+v", again)
		}
		d.reopen()
		answer(kept, back) // as every session does
	}
	answer() // restored from a backup
	if st := must(d.Status(ctx)); st != (replica.Status{Stranded: 2}) {
		t.Errorf("after a restore: %+v", st)
	}
}

// TestCarried: what was stranded counts until the server says that it has it, then as
// what the server says of it; a server that has lost it makes it count again.
func TestCarried(t *testing.T) {
	d, asks, answer := carried(t)
	stands := func(want replica.Status, boxes int) {
		t.Helper()
		if st, n := must(d.Status(ctx)), len(must(d.Stranded(ctx))); st != want || n != boxes {
			t.Errorf("status %+v with %d boxes, want %+v with %d", st, n, want, boxes)
		}
		if again := must(d.Aside(ctx)); !slices.Equal(again, asks) {
			t.Errorf("no backup holds it, and the device asks about %+v", again)
		}
	}
	stands(replica.Status{Stranded: 2}, 2)
	answer()
	stands(replica.Status{Stranded: 2}, 2)
	answer(kept)
	stands(replica.Status{Stranded: 1, Quarantined: 1}, 2) // runs are carried whole
	answer(kept, back)
	stands(replica.Status{Quarantined: 1, Refused: 1}, 0)
	if tray := must(d.Tray(ctx)); len(tray) != 1 || tray[0].Items[0].Receipt.Args["why"] != "重复" || tray[0].Items[0].Receipt.Link.Number != 2 {
		t.Errorf("tray %+v", tray)
	}
	d.reopen()
	stands(replica.Status{Quarantined: 1, Refused: 1}, 0)
	answer() // restored from a backup
	stands(replica.Status{Stranded: 2}, 2)
	answer(passed, kept)
	stands(replica.Status{Quarantined: 1}, 0)
	if _, err := d.ApplyReceipts(ctx, &wire.Receipts{
		Lane: asks[0].Lane, Asked: true, Through: 3, Ranges: []wire.ReceiptRange{{From: 3, To: 3, Outcome: record.Accepted, Version: record.At(1, 9)}},
	}); !fault.Is(err, fault.Corrupt) {
		t.Errorf("a receipt for what was never made: %v", err)
	}
}

// TestCarriedIsFreed: boxes go once a backup of the server holds all that was
// stranded in their lane, and nobody asks about them.
func TestCarriedIsFreed(t *testing.T) {
	d, asks, answer := carried(t)
	backup := func() {
		t.Helper()
		c := d.Cursors()[0]
		c.Version = record.At(1, 2)
		if _, err := d.ApplyCheckpoint(ctx, nil, &wire.Checkpoint{Cursor: c, Watermark: c.Version}); err != nil {
			t.Fatal(err)
		}
	}
	answer(passed, kept)
	backup()
	if again := must(d.Aside(ctx)); !slices.Equal(again, asks) {
		t.Errorf("asks about %+v, want all of it while some is undecided", again)
	}
	later := passed
	later.Version = record.At(1, 2)
	answer(passed, later)
	backup()
	if again := must(d.Aside(ctx)); len(again) != 0 {
		t.Errorf("asks about %+v", again)
	}
	if st := must(d.Status(ctx)); st != (replica.Status{}) {
		t.Errorf("status %+v", st)
	}
}

func TestKioskNeedsKeyFile(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Kiosk, 1)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(d.path+".key", d.path+".gone"); err != nil {
		t.Fatal(err)
	}
	if _, err := replica.Open(ctx, d.path, d.opt); !fault.Is(err, fault.NotFound) {
		t.Errorf("without the key file: %v, want not found", err)
	}
	other := must(seal.NewKey(seal.Default, rand.Reader))
	if err := os.WriteFile(d.path+".key", other.Encode(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := replica.Open(ctx, d.path, d.opt); !fault.Is(err, fault.Corrupt) {
		t.Errorf("with another key file: %v, want corrupt", err)
	}
}

// TestKioskAfterALossOfPower: a kiosk that was set up opens, its key file included,
// whatever of the writes without an fsync is gone.
func TestKioskAfterALossOfPower(t *testing.T) {
	root := filepath.Dir(t.TempDir())
	disk := powerloss.Watch(t, root, powerloss.Sound)
	d := newServer(t).newDevice(replica.Kiosk, 1)
	end := disk.Len()
	for at := end; at > 0; at-- {
		image := filepath.Join(t.TempDir(), "image")
		if err := disk.Image(image, filepath.Base(filepath.Dir(d.path)), at, powerloss.AllLost()); err != nil {
			t.Fatal(err)
		}
		r, err := replica.Open(ctx, filepath.Join(image, filepath.Base(d.path)), d.opt)
		if err == nil {
			err = r.Close()
		} else if at < end && !fault.Is(err, fault.Corrupt) {
			return // it was not set up yet: whoever did it begins again
		}
		if err != nil {
			t.Fatalf("power lost after event %d of %d: %v", at, end, err)
		}
	}
}
