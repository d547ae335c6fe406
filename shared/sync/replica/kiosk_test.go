// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/wire"
)

func kioskAct() record.Act {
	h := recordtest.Header(recordtest.Household, 1)
	act := recordtest.Create(h, recordtest.Fields{
		"plate": record.OfText("DS-0815"), "name": record.OfText("陈秀英"), "phone": record.OfText("13800138000"),
		"people": record.OfInt(4),
	})
	act.Writes = append(act.Writes, record.Write{
		Op: record.Create, Header: recordtest.Header(recordtest.Demand, 2),
		Fields: recordtest.Fields{"amount": record.OfInt(77_777_700), "phone": record.OfText("13900139000")},
	})
	return act
}

// secrets are what a kiosk's disk may not show.
var secrets = []string{"陈秀英", "13800138000", "13900139000", "秀芳的收入"}

// TestStolenKiosk takes the kiosk's whole disk, key file included, and looks for
// what residents handed in and what the server sent for the staff.
func TestStolenKiosk(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Kiosk, 1, func(set *replica.Setup) {
		set.User = &replica.NewUser{Actor: bert, Name: "村干部", Passphrase: "村里的口令"}
	})
	d.grant(recordtest.Officer, recordtest.Here)
	receipt, err := d.as(recordtest.Kiosk).Apply(ctx, kioskAct())
	if err != nil {
		t.Fatal(err)
	}
	if receipt.Link.Number != 1 {
		t.Errorf("number %d, want 1", receipt.Link.Number)
	}
	slip := must(d.PutDraft(ctx, []byte("秀芳的收入"), recordtest.StartMS))
	d.Lock()

	check := func(when string, path string, opt replica.Options) {
		t.Helper()
		all := disk(t, filepath.Dir(path))
		for _, text := range secrets {
			if bytes.Contains(all, []byte(text)) {
				t.Errorf("%s: the disk shows a secret in the clear", when)
			}
		}
		thief, err := replica.Open(ctx, path, opt) // opens with the key file alone
		if err != nil {
			t.Fatal(err)
		}
		defer thief.Close()
		for _, role := range []record.Role{recordtest.Officer, recordtest.Desk, recordtest.Kiosk} {
			store := thief.As(replica.Session{Actor: anna, Role: role})
			for _, kind := range []record.Kind{recordtest.Household, recordtest.Demand} {
				for _, row := range must(store.List(ctx, record.Query{Kind: kind, Deleted: true})) {
					for f := range row.Fields {
						if def, _ := opt.Catalogue.Field(kind, f); def.Class != record.C1 {
							t.Errorf("%s: the key file opens %s.%s of class C%d", when, kind, f, def.Class)
						}
					}
					if past, err := store.History(ctx, row.Header.ID); err != nil || len(past) > 0 {
						t.Errorf("%s: history shows %d values, %v", when, len(past), err)
					}
				}
			}
		}
		if row, err := thief.As(replica.Session{Role: recordtest.Kiosk}).Get(ctx, recordtest.ID(1)); err != nil || row.Text("plate") != "DS-0815" {
			t.Errorf("%s: the kiosk does not show what is C1: %v", when, err)
		}
		key := must(seal.ParseKey(must(os.ReadFile(path + ".key"))))
		for _, u := range thief.Unsent() {
			frame := must(thief.NextFrame(ctx, u.Lane, u.First, 1, record.MaxFrameBytes))
			if _, err := key.Open(nil, frame.Data[1:], nil); err == nil {
				t.Errorf("%s: the key file opens a box", when)
			}
			if _, err := wire.DecodeFrame(frame.Data[1:]); err == nil || frame.Data[0] != 1 {
				t.Errorf("%s: a frame lies in the clear", when)
			}
		}
	}
	copied := func() (string, replica.Options) {
		dir := t.TempDir()
		if err := os.CopyFS(filepath.Join(dir, "disk"), os.DirFS(filepath.Dir(d.path))); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, "disk", filepath.Base(d.path)), d.opt
	}

	path, opt := copied()
	check("handed in", path, opt)

	s.push(d)
	if s.rows[recordtest.ID(1)] == nil || s.rows[recordtest.ID(1)].fields["phone"].Value.Text() != "13800138000" {
		t.Error("the server did not get what was handed in")
	}
	s.pull(d, recordtest.Officer)
	path, opt = copied()
	check("pulled", path, opt)

	if _, err := d.Unlock(ctx, bert, "村里的口令"); err != nil {
		t.Fatal(err)
	}
	path, opt = copied()
	check("staff at work", path, opt)
	if got := string(must(d.GetDraft(ctx, slip, recordtest.StartMS))); got != "秀芳的收入" {
		t.Errorf("the draft does not come back by its slip code")
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
