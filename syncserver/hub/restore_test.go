// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica/envelope"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/fleet"
	"yuexin/syncserver/hub"
	"yuexin/syncserver/store/central"
	"yuexin/syncserver/store/storetest"
)

// site is a server that can be stopped, copied and started from another
// folder, under the same address for its devices.
type site struct {
	*world
	dir string
	lag time.Duration // how far the clock has gone on since the test began
}

func openSite(t *testing.T) *site {
	s := &site{world: open(t)}
	s.start(t.TempDir())
	return s
}

// granted enrols a device and lets it fetch its grants.
func (s *site) granted() *device {
	d := s.device()
	d.sync()
	return d
}

// start serves the store in dir instead of the one served until now.
func (s *site) start(dir string) {
	s.t.Helper()
	s.dir = dir
	st, err := central.Open(s.t.Context(), central.Options{
		Dir: dir, Catalogue: s.catalogue, Access: s.access, Now: func() time.Time { return time.Now().Add(s.lag) },
	})
	s.must(err)
	h := hub.New(s.config(st))
	s.stop()
	s.st, s.hub, s.web = st, h, httptest.NewServer(h)
}

func (s *site) config(st hub.Store) hub.Config {
	return hub.Config{
		Store: st, Server: s.id.Device, Catalogue: s.catalogue.Version(),
		View: func(name string) (record.View, bool) { return s.access.View(record.Role(name)), true },
		Open: func(data []byte) ([]byte, error) { return envelope.Open(s.id.Box, data) }, Verify: fleet.Verify, Boxes: s.id,
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}
}

func (s *site) stop() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	s.must(s.hub.Close(ctx))
	s.web.Close()
	s.must(s.st.Close())
}

// copied copies the files of a folder to a new one and returns it. Keys that a
// backup holds apart are put beside the data.
func (s *site) copied(from string) string {
	s.t.Helper()
	to := s.t.TempDir()
	s.must(os.CopyFS(to, os.DirFS(from)))
	s.must(withKeys(to))
	return to
}

// withKeys puts the keys that a backup holds apart beside the data.
func withKeys(dir string) error {
	for _, name := range []string{central.KeyFile, central.MasterFile} {
		err := os.Rename(filepath.Join(dir, "keys", name), filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// check wants every device settled with all households, the server without a
// breach, and as many versions as change sets were accepted.
func (s *site) check(sets int, texts map[record.Header]string, devices ...*device) {
	s.t.Helper()
	for range 2 { // what the last one pushed reaches the first
		for _, d := range devices {
			d.sync()
		}
	}
	storetest.MustVerify(s.t, s.st)
	state, err := s.st.Scope(s.t.Context(), village)
	s.must(err)
	if state.Head.Seq() != uint64(sets) {
		s.t.Errorf("the scope stands at %s after %d change sets", state.Head, sets)
	}
	for h, want := range texts {
		if got := storetest.Row(s.t, s.st, h.ID).Text("holder"); got != want {
			s.t.Errorf("the server has %q, want %q", got, want)
		}
		for i, d := range devices {
			if got := d.text(h, "holder"); got != want {
				s.t.Errorf("device %d has %q, want %q", i, got, want)
			}
		}
	}
	for i, d := range devices {
		if u := d.replica.Unsent(); len(u) != 0 {
			s.t.Errorf("device %d has unsent work %+v", i, u)
		}
		for _, c := range d.replica.Cursors() {
			if c.Scope == village && (c.Version != state.Head || c.LogHash != state.LogHash) {
				s.t.Errorf("device %d stands at %s, the server at %s", i, c.Version, state.Head)
			}
		}
	}
}

// TestSameBackupTwice restores one backup, works, and restores it again.
func TestSameBackupTwice(t *testing.T) {
	s := openSite(t)
	a, b := s.granted(), s.granted()
	first := a.add("一")
	a.sync()
	b.sync()
	backup := t.TempDir()
	s.must(s.st.Backup(t.Context(), backup))
	texts := map[record.Header]string{first: "一，改"}
	a.edit(first, "holder", "一，改")
	texts[a.add("二")] = "二"
	a.sync()
	b.sync()

	s.lag += time.Hour
	s.start(s.copied(backup))
	a.sync() // in the first epoch after a restore
	texts[a.add("三")] = "三"
	texts[b.add("四")] = "四"
	s.check(5, texts, a, b)

	s.lag += time.Hour
	s.start(s.copied(backup))
	texts[b.add("五")] = "五"
	s.check(6, texts, b, a)
	state, err := s.st.Scope(t.Context(), village)
	s.must(err)
	if state.Lineage[0].From != record.At(record.FirstEpoch, 1) {
		t.Errorf("lineage %+v", state.Lineage)
	}
}

// TestSameEpochTwice restores one backup twice so soon that the clock gives the same
// epoch: a device that was given versions by the first server lets the second one
// know that these are not its own.
func TestSameEpochTwice(t *testing.T) {
	s := openSite(t)
	a := s.granted()
	backup := t.TempDir()
	s.must(s.st.Backup(t.Context(), backup))
	first := a.add("一") // in the first epoch, which both lose
	a.sync()
	s.start(s.copied(backup))
	a.sync()
	a.edit(first, "holder", "一，改")
	a.sync()
	was, err := s.st.Scope(t.Context(), village)
	s.must(err)

	s.start(s.copied(backup))
	s.check(2, map[record.Header]string{first: "一，改"}, a)
	state, err := s.st.Scope(t.Context(), village)
	s.must(err)
	if state.Head.Epoch() <= was.Head.Epoch() {
		t.Errorf("epoch %d, and a lost one was %d", state.Head.Epoch(), was.Head.Epoch())
	}
}

// TestPlainCopy restores a folder that was copied while the server was down,
// without the mark of a backup: nobody says that it is a copy. The first device
// to come has not seen what was lost, so that versions are given twice.
func TestPlainCopy(t *testing.T) {
	s := openSite(t)
	a, b := s.granted(), s.granted()
	first := a.add("一")
	a.sync()
	b.sync()
	before := s.restart()
	lost := a.add("二")
	a.sync()
	a.edit(first, "faith", "甲") // offline when it happens, and having seen 1.2
	a.edit(first, "holder", "一，改")
	s.start(before)

	b.edit(first, "faith", "乙") // 1.2 once more
	third := b.add("三")
	b.sync()
	s.check(6, map[record.Header]string{first: "一，改", lost: "二", third: "三"}, a, b)
	if state := storetest.Row(t, s.st, first.ID).Fields["faith"]; !state.Disputed {
		t.Errorf("two values that did not know of each other: one was removed unseen")
	}
	state, err := s.st.Scope(t.Context(), village)
	s.must(err)
	if n := len(state.Lineage); n != 1 || state.Lineage[0].From != record.At(record.FirstEpoch, 1) {
		t.Errorf("lineage %+v, want one fork after 1.1", state.Lineage)
	}
}

// restart copies the stopped store, goes on with another copy, and returns the
// first: what it was until now.
func (s *site) restart() (before string) {
	dir := s.dir
	s.start(s.t.TempDir()) // something else, so that the files are closed
	before = s.copied(dir)
	s.start(s.copied(dir))
	return before
}

// TestOrdersAfterARestore: what an administrator decides after a restore reaches a
// device whose control log is longer than the restored one, whether the server
// was told of the restore or not.
func TestOrdersAfterARestore(t *testing.T) {
	for name, back := range map[string]func(s *site) (dir string){
		"told": func(s *site) string {
			backup := filepath.Join(t.TempDir(), "backup")
			s.must(s.st.Backup(t.Context(), backup))
			return s.copied(backup)
		},
		"untold": (*site).restart,
	} {
		t.Run(name, func(t *testing.T) {
			s := openSite(t)
			revoked, off := s.granted(), s.granted()
			revoked.add("一")
			revoked.sync()
			off.sync()
			before := back(s)
			for _, d := range []*device{revoked, off} {
				for range 3 { // orders that the restored server knows nothing of
					s.must(s.st.SwitchOff(t.Context(), d.id, true, time.Now()))
					s.must(s.st.SwitchOff(t.Context(), d.id, false, time.Now()))
				}
				d.sync()
			}
			s.start(before)
			s.must(s.st.Revoke(t.Context(), revoked.id, village, time.Now()))
			s.must(s.st.SwitchOff(t.Context(), off.id, true, time.Now()))
			revoked.sync()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if err := off.client(s.web.URL).Once(ctx); !fault.Is(err, fault.NotAllowed) {
				t.Errorf("a device that is switched off: %v", err)
			}
			for _, c := range revoked.replica.Cursors() {
				if c.Scope == village {
					t.Error("the device still holds the village it was revoked")
				}
			}
			if is, err := off.replica.SwitchedOff(t.Context()); err != nil || !is {
				t.Errorf("the device is switched off: %t, %v", is, err)
			}
			storetest.MustVerify(t, s.st)
		})
	}
}

// TestWorkOfAForgottenGrant: a grant, and what was done by it, came after the
// backup. The restored server tells the device to purge the village, but asks it
// for the receipted work first, and keeps it for an administrator to judge.
func TestWorkOfAForgottenGrant(t *testing.T) {
	s := openSite(t)
	d := s.granted()
	s.must(s.st.Revoke(t.Context(), d.id, village, time.Now()))
	d.sync()
	before := s.restart()
	s.must(s.st.Grant(t.Context(), d.id, village, "officer", time.Now()))
	d.sync()
	h := d.add("一")
	d.sync()
	s.start(before)
	d.sync()
	for _, c := range d.replica.Cursors() {
		if c.Scope == village {
			t.Error("the device holds a village that the server knows no grant of")
		}
	}
	kept, err := s.st.Quarantine(t.Context())
	s.must(err)
	if len(kept) != 1 || kept[0].Device != d.id || kept[0].Link.Lane.Scope != h.Scope {
		t.Errorf("kept for the administrator: %+v, want the one change set", kept)
	}
	if u := d.replica.Unsent(); len(u) != 0 {
		t.Errorf("still unsent: %+v", u)
	}
	storetest.MustVerify(t, s.st)
}

// TestForgottenReceipts is a device that was receipted and cut off before it
// pulled anything: its cursor is good after the restore, its lane is not.
func TestForgottenReceipts(t *testing.T) {
	s := openSite(t)
	a, b := s.granted(), s.granted()
	first := a.add("一")
	a.sync()
	b.sync()
	before := s.restart()
	second := a.add("二")
	a.receipted()
	s.start(before)
	third := b.add("三")
	b.sync()
	s.check(3, map[record.Header]string{first: "一", second: "二", third: "三"}, a, b)
}

// receipted pushes what waits and takes the receipts, and nothing else.
func (d *device) receipted() {
	t := d.w.t
	t.Helper()
	batch := d.arrived()
	list, err := d.w.st.Receipts(t.Context(), batch.Lane, batch.First, batch.Last())
	d.w.must(err)
	_, err = d.replica.ApplyReceipts(t.Context(), &wire.Receipts{
		Lane: batch.Lane, Ranges: peer.Pack(list), Through: batch.Last(), Chain: batch.After, Epoch: record.FirstEpoch,
	})
	d.w.must(err)
	if n := len(d.replica.Unsent()); n != 0 {
		t.Fatalf("%d lanes wait after their receipts", n)
	}
}

// TestFalseWitness is a granted device that claims versions nobody gave, again
// and again: a server that only seems to have forgotten goes on as before.
func TestFalseWitness(t *testing.T) {
	s := openSite(t)
	a := s.granted()
	first := a.add("一")
	a.sync()
	for n := range uint64(5) {
		state, err := s.st.Scope(t.Context(), village)
		s.must(err)
		_, err = s.st.Parted(t.Context(), village, state.Head, record.At(state.Lineage.Epoch(), 900+n))
		s.must(err)
	}
	state, err := s.st.Scope(t.Context(), village)
	s.must(err)
	if len(state.Lineage) != 1 {
		t.Errorf("lineage %+v grows without a write", state.Lineage)
	}
	a.edit(first, "holder", "一，改")
	s.check(2, map[record.Header]string{first: "一，改"}, a)
}
