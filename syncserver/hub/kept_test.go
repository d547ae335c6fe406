// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"crypto/rand"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica/envelope"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/hub"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/storetest"
)

// act lets the server itself write, as its desk does.
func (s *site) act(name string, writes ...record.Write) {
	s.t.Helper()
	desk := s.st.As(storetest.Everyone())
	base, err := desk.Base(s.t.Context(), village)
	s.must(err)
	_, err = desk.Apply(s.t.Context(), record.Act{Name: name, Scope: village, Base: base, Source: record.Authoritative, Writes: writes})
	s.must(err)
}

func aHousehold() record.Header {
	id, err := ident.New[ident.Record](time.Now().UnixMilli(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return record.Header{ID: id, Kind: "household", Scope: village, Subject: ident.Subject(id)}
}

func (d *device) offers() int {
	d.w.t.Helper()
	list, err := d.replica.Offers(d.w.t.Context())
	d.w.must(err)
	return len(list)
}

// TestServersOwnWorkAfterARestore: what the server wrote itself after the backup comes
// back from the first laptop that held it, before that laptop's own work, which builds
// on it; what speaks of another laptop's lost record waits for that. What the server
// wrote since the restore is not overwritten.
func TestServersOwnWorkAfterARestore(t *testing.T) {
	for name, back := range map[string]func(s *site) (dir string){
		"told": func(s *site) string {
			backup := filepath.Join(t.TempDir(), "backup")
			s.must(s.st.Backup(t.Context(), backup))
			return s.copied(backup)
		},
		"untold": (*site).restart,
	} {
		t.Run(name, func(t *testing.T) { testOwnWork(t, back) })
	}
}

func testOwnWork(t *testing.T, back func(s *site) (dir string)) {
	s := openSite(t)
	a, b := s.granted(), s.granted()
	first := a.add("一")
	a.sync()
	s.act("desk.before", storetest.Edit(first, storetest.Fields{"faith": storetest.Text("先")}))
	a.sync()
	b.sync()
	before := back(s)
	own := aHousehold()
	s.act("desk.create", storetest.Create(own, storetest.Fields{"holder": storetest.Text("官")}))
	s.act("desk.edit", storetest.Edit(own, storetest.Fields{"phone": storetest.Text("19900000001")}))
	s.act("desk.decide", storetest.Edit(first, storetest.Fields{"faith": storetest.Text("决")}))
	second := a.add("二")
	a.sync()
	s.act("desk.last", storetest.Edit(second, storetest.Fields{"tier": storetest.Text("a")}))
	a.sync()
	b.sync()
	if a.offers()+b.offers() != 0 {
		t.Fatal("boxes wait although nothing was lost")
	}
	b.edit(own, "village", "富溪村") // offline when it happens

	s.lag += time.Hour
	s.start(before)
	s.act("desk.since", storetest.Edit(first, storetest.Fields{"faith": storetest.Text("又")}))
	b.sync()
	if row := storetest.Row(t, s.st, own.ID); row.Text("holder") != "官" || row.Text("phone") != "19900000001" || row.Text("village") != "富溪村" {
		t.Errorf("what the server made, and the laptop's word on it: %+v", row.Fields)
	}
	if tray, err := b.replica.Tray(t.Context()); err != nil || len(tray) != 0 {
		t.Errorf("in the tray: %+v, %v", tray, err)
	}
	if b.offers() == 0 {
		t.Error("the decision about a record that is not there yet does not wait")
	}
	a.sync()
	b.sync()
	a.sync()
	if a.offers()+b.offers() != 0 {
		t.Errorf("%d and %d boxes still wait", a.offers(), b.offers())
	}
	if got := storetest.Row(t, s.st, second.ID); got.Text("holder") != "二" || got.Text("tier") != "a" {
		t.Errorf("the other laptop's record, and the decision about it: %+v", got.Fields)
	}
	for _, d := range []*device{a, b} {
		row, err := d.store.Get(t.Context(), first.ID)
		s.must(err)
		if state := row.Fields["faith"]; !state.Disputed || len(state.Aside) != 1 {
			t.Errorf("two decisions that did not know of each other: %+v", state)
		}
	}
	list, err := s.st.Adopted(t.Context(), 10)
	s.must(err)
	if acts := actsOf(list, b.id, a.id); !slices.Equal(acts, []string{"desk.create", "desk.decide", "desk.edit", "desk.last"}) {
		t.Errorf("taken back: %q of %+v", acts, list)
	}
	storetest.MustVerify(t, s.st)

	s.lag += time.Hour
	s.must(s.st.Backup(t.Context(), filepath.Join(t.TempDir(), "next")))
	s.act("desk.next", storetest.Edit(own, storetest.Fields{"age": storetest.Int(1)}))
	a.sync()
	if n := a.boxes(); n != 1 {
		t.Errorf("%d boxes are kept after the next backup, want that of what came after it", n)
	}
}

func actsOf(list []store.Adopted, by ...ident.Device) (acts []string) {
	for _, one := range list {
		if slices.Contains(by, one.Device) && !one.At.IsZero() {
			acts = append(acts, one.Act)
		}
	}
	slices.Sort(acts)
	return acts
}

// boxes counts the boxes on a device: it leaves its scope's cursor, so that all wait.
func (d *device) boxes() int {
	d.w.t.Helper()
	d.w.must(d.replica.ResetScope(d.w.t.Context(), village, nil))
	return d.offers()
}

// TestForgedBox: only the server's own signature lets a device bring what the server
// is said to have written.
func TestForgedBox(t *testing.T) {
	s := openSite(t)
	d := s.granted()
	s.act("desk.real", storetest.Create(aHousehold(), storetest.Fields{"holder": storetest.Text("真")}))
	state, err := s.st.Scope(t.Context(), village)
	s.must(err)
	list, err := s.st.Own(t.Context(), village, 0, state.Head, 1<<20)
	s.must(err)
	b := list[0].Batch
	forged, err := wire.NewSalted(b.Lane, 2, b.After, b.Salts, []record.ChangeSet{forge(b.Sets[0])})
	s.must(err)
	key, err := seal.NewSign(seal.Default, rand.Reader)
	s.must(err)
	public, err := s.id.Box.Public()
	s.must(err)
	for name, sign := range map[string]func() ([]byte, error){
		"another key":     func() ([]byte, error) { return key.Sign(rand.Reader, "yuexin kept", forged.SignedBytes()) },
		"another context": func() ([]byte, error) { return s.id.Sign.Sign(rand.Reader, "yuexin frame", forged.SignedBytes()) },
		"another batch":   func() ([]byte, error) { return s.id.Sign.Sign(rand.Reader, "yuexin kept", b.SignedBytes()) },
	} {
		forged.Signature, err = sign()
		s.must(err)
		frame, err := wire.EncodeFrame(forged)
		s.must(err)
		box, err := envelope.Box(rand.Reader, public, frame)
		s.must(err)
		if answer, ok := d.brings(box).(peer.Committed); !ok || answer.Closed == nil {
			t.Errorf("with %s: answered %+v, want a closed lane", name, answer)
		}
		after, err := s.st.Scope(t.Context(), village)
		s.must(err)
		if after.Head != state.Head {
			t.Fatalf("with %s: taken as the server's own work", name)
		}
	}
	box, err := s.id.Keep(b)
	s.must(err)
	if answer, ok := d.brings(box).(peer.Committed); !ok || len(answer.Receipts) != 1 || answer.Receipts[0].Version != state.Head {
		t.Errorf("the server's own box: %+v, want the receipt of the first time", answer)
	}
}

// brings lets the device's session commit a frame.
func (d *device) brings(frame []byte) peer.Event {
	p := hub.NewPort(d.w.config())
	dev, err := d.w.st.Device(d.w.t.Context(), d.id)
	d.w.must(err)
	p.Do(d.w.t.Context(), peer.Check{Public: dev.Public})
	p.Do(d.w.t.Context(), peer.Opened{Device: d.id})
	return p.Do(d.w.t.Context(), peer.Commit{Data: frame})
}

func forge(cs record.ChangeSet) record.ChangeSet {
	cs.Link.Number = 2
	cs.Name = "desk.forged"
	h := aHousehold()
	cs.Writes = []record.Write{{Op: record.Create, Header: h, Fields: storetest.Fields{"holder": storetest.Text("假")}}}
	return cs
}
