// SPDX-License-Identifier: Apache-2.0

package central_test

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/central"
	"yuexin/syncserver/store/storetest"
)

func open(t testing.TB, s storetest.Setup) store.Store { return mustOpen(t, s) }

func mustOpen(t testing.TB, s storetest.Setup) *central.Store {
	t.Helper()
	st, err := central.Open(t.Context(), options(s))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return st
}

func options(s storetest.Setup) central.Options {
	return central.Options{Dir: s.Dir, Catalogue: s.Catalogue, Access: s.Access, Rules: s.Rules, Now: s.Now, Snapshots: s.Snapshots}
}

func TestStore(t *testing.T) { storetest.Test(t, open) }

// mustClose verifies the store and closes it.
func mustClose(t testing.TB, st *central.Store) {
	t.Helper()
	storetest.MustVerify(t, st)
	if err := st.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

// fill makes a store with some of everything: accepted, overwritten, losing,
// rejected and quarantined values of every class.
func fill(t testing.TB, st *central.Store) (record.Header, *storetest.Device) {
	t.Helper()
	d := storetest.Enrol(t, st, "officer", "officer", storetest.Dasha)
	h := d.Header(t, "household", storetest.Dasha)
	put := func(want record.Outcome, w ...record.Write) {
		t.Helper()
		d.Put(t, st, want, d.Own(storetest.Dasha), w...)
	}
	put(record.Accepted, storetest.Create(h, storetest.Fields{"village": storetest.Text("PLAIN-1"), "holder": storetest.Text("SECRET-1"), "faith": storetest.Text("SECRET-2")}))
	put(record.Accepted, storetest.Edit(h, storetest.Fields{"village": storetest.Text("PLAIN-2"), "holder": storetest.Text("SECRET-3"), "phone": storetest.Text("SECRET-4")}))
	put(record.Rejected, storetest.Edit(h, storetest.Fields{"holder": storetest.Text("SECRET-5"), "tier": storetest.Text("z")}))
	two := []record.Write{
		storetest.Create(d.Header(t, "household", storetest.Dasha), storetest.Fields{"holder": storetest.Text("SECRET-6")}),
		storetest.Create(d.Header(t, "orchard", storetest.Dasha), storetest.Fields{"trees": storetest.Text("SECRET-7")}),
	}
	put(record.Accepted, two...)
	if err := st.SwitchOff(t.Context(), d.ID, true, storetest.Start); err != nil {
		t.Fatal(err)
	}
	put(record.Quarantined, storetest.Create(d.Header(t, "household", storetest.Dasha), storetest.Fields{"holder": storetest.Text("SECRET-8")}))
	return h, d
}

func TestNothingSealedStandsInClear(t *testing.T) {
	s := storetest.NewSetup(t)
	st := mustOpen(t, s)
	fill(t, st)
	look := func(when string) {
		t.Helper()
		var all []byte
		files, err := filepath.Glob(filepath.Join(s.Dir, "*"))
		if err != nil || len(files) < 3 {
			t.Fatalf("files: %v, %v", files, err)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, data...)
		}
		if bytes.Contains(all, []byte("SECRET-")) {
			t.Errorf("%s: a value of class C2 or C3 stands in the files", when)
		}
		if !bytes.Contains(all, []byte("PLAIN-2")) {
			t.Errorf("%s: not even a value of class C1 was found: the test looks in the wrong place", when)
		}
	}
	look("open")
	mustClose(t, st)
	look("closed")
}

func TestKeyFilesAreTheirOwnersOnly(t *testing.T) {
	s := storetest.NewSetup(t)
	mustClose(t, mustOpen(t, s))
	for _, name := range []string{central.KeyFile, central.MasterFile} {
		info, err := os.Stat(filepath.Join(s.Dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: got %v, %v, want mode 0600", name, info, err)
		}
	}
}

func TestOpenRefusesDataWithoutItsKeys(t *testing.T) {
	for file, key := range map[string]string{central.KeyFile: "sync.store.key_file", central.MasterFile: "sync.store.master_key"} {
		t.Run(file, func(t *testing.T) {
			s := storetest.NewSetup(t)
			mustClose(t, mustOpen(t, s))
			if err := os.Rename(filepath.Join(s.Dir, file), filepath.Join(s.Dir, "elsewhere")); err != nil {
				t.Fatal(err)
			}
			_, err := central.Open(t.Context(), options(s))
			if !fault.Is(err, fault.NotFound) || fault.From(err).Key != key {
				t.Fatalf("got %v, want not found, %s", err, key)
			}
			if err := os.Rename(filepath.Join(s.Dir, "elsewhere"), filepath.Join(s.Dir, file)); err != nil {
				t.Fatal(err)
			}
			mustClose(t, mustOpen(t, s))
		})
	}
}

// Two processes would number versions twice; the second one is told what to do.
func TestOpenRefusesASecondProcess(t *testing.T) {
	s := storetest.NewSetup(t)
	st := mustOpen(t, s)
	if _, err := central.Open(t.Context(), options(s)); !fault.Is(err, fault.Conflict) || fault.From(err).Key != "sync.store.busy" {
		t.Errorf("a second one: %v", err)
	}
	mustClose(t, st)
	mustClose(t, mustOpen(t, s))
}

func TestBackup(t *testing.T) {
	s, copied := storetest.NewSetup(t), storetest.NewSetup(t)
	st := mustOpen(t, s)
	h, _ := fill(t, st)
	if err := st.Backup(t.Context(), copied.Dir); err != nil {
		t.Fatal(err)
	}
	if err := st.Backup(t.Context(), copied.Dir); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second backup in the folder: got %v, want conflict", err)
	}
	state, err := st.Scope(t.Context(), storetest.Dasha)
	if err != nil || state.Watermark != state.Head || state.Head == 0 {
		t.Errorf("watermark: got %s of %s, %v", state.Watermark, state.Head, err)
	}
	mustClose(t, st)

	// The data alone opens nothing; with the keys it is the whole store.
	if _, err := central.Open(t.Context(), options(copied)); err == nil {
		t.Fatal("the data opened without its keys")
	}
	for _, name := range []string{central.KeyFile, central.MasterFile} {
		if err := os.Rename(filepath.Join(copied.Dir, "keys", name), filepath.Join(copied.Dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	st = mustOpen(t, copied)
	if got := storetest.Row(t, st, h.ID).Text("holder"); got != "SECRET-3" {
		t.Errorf("holder in the copy: got %q", got)
	}
	state, err = st.Scope(t.Context(), storetest.Dasha)
	if want := (record.Fork{Epoch: startEpoch, From: state.Head}); err != nil || len(state.Lineage) != 1 || state.Lineage[0] != want {
		t.Errorf("the copy goes on with lineage %v, %v, want a new epoch", state.Lineage, err)
	}
	mustClose(t, st)
	st = mustOpen(t, copied)
	if state, err = st.Scope(t.Context(), storetest.Dasha); err != nil || len(state.Lineage) != 1 {
		t.Errorf("opened again: lineage %v, %v, want no further epoch", state.Lineage, err)
	}
	mustClose(t, st)
}

// startEpoch is the epoch that begins when the suite's clock stands still: 63 days
// and 8.5 hours in steps of 256 seconds.
const startEpoch = 21382

// TestNewEpoch restores a backup: what came after it is lost at the server,
// and a base that had seen it has seen nothing newer than the backup.
func TestNewEpoch(t *testing.T) {
	st := mustOpen(t, storetest.NewSetup(t))
	defer mustClose(t, st)
	d := storetest.Enrol(t, st, "officer", "officer", storetest.Dasha)
	h := d.Header(t, "household", storetest.Dasha)
	d.Put(t, st, record.Accepted, d.Own(storetest.Dasha), storetest.Create(h, storetest.Fields{"faith": storetest.Text("x")}))
	own, err := st.As(storetest.Everyone()).Apply(t.Context(), record.Act{Name: "x", Scope: "org:one", Writes: []record.Write{
		storetest.Create(d.Header(t, "household", "org:one"), storetest.Fields{"mu": storetest.Int(1)}),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.NewEpoch(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := d.Put(t, st, record.Accepted, d.Own(storetest.Dasha), storetest.Edit(h, storetest.Fields{"faith": storetest.Text("y")}))
	if r.Version != record.At(startEpoch, 2) {
		t.Errorf("first version of the epoch: got %s, want %d.2", r.Version, startEpoch)
	}
	other := storetest.Enrol(t, st, "other", "officer", storetest.Dasha)
	lost := record.Base{Version: record.At(1, 9)}
	other.Put(t, st, record.InReview, lost, storetest.Edit(h, storetest.Fields{"faith": storetest.Text("z")}))

	state, err := st.Scope(t.Context(), storetest.Dasha)
	if err != nil || len(state.Lineage) != 1 || state.Lineage[0] != (record.Fork{Epoch: startEpoch, From: record.At(1, 1)}) {
		t.Errorf("lineage: got %+v, %v", state.Lineage, err)
	}
	if _, ok, err := st.LogHash(t.Context(), storetest.Dasha, record.At(1, 2)); ok || err != nil {
		t.Errorf("log hash of a lost version: got %v, %v", ok, err)
	}
	next, err := st.As(storetest.Everyone()).Apply(t.Context(), record.Act{Name: "x", Scope: "org:one", Writes: []record.Write{
		storetest.Create(d.Header(t, "household", "org:one"), storetest.Fields{"mu": storetest.Int(1)}),
	}})
	if err != nil || next.Link.Lane == own.Link.Lane || next.Link.Number != 1 {
		t.Errorf("the server's lane in the new epoch: got %+v, %v", next.Link, err)
	}
	fresh, err := st.As(storetest.Everyone()).Apply(t.Context(), record.Act{Name: "x", Scope: "org:two", Writes: []record.Write{
		storetest.Create(d.Header(t, "household", "org:two"), storetest.Fields{"mu": storetest.Int(1)}),
	}})
	if err != nil || fresh.Version != record.At(startEpoch, 1) {
		t.Errorf("a scope made in the epoch: got %s, %v, want %d.1", fresh.Version, err, startEpoch)
	}
}

// After a restore each device is told once more what holds for it, also where the
// restored log is as long as what the device has applied: its entries may be others.
func TestNewEpochTellsDevices(t *testing.T) {
	st := mustOpen(t, storetest.NewSetup(t))
	defer mustClose(t, st)
	d := storetest.Enrol(t, st, "officer", "officer", storetest.Dasha)
	if err := st.NewEpoch(t.Context()); err != nil {
		t.Fatal(err)
	}
	fresh := storetest.Enrol(t, st, "fresh", "officer", storetest.Dasha)
	for _, tt := range []struct {
		device ident.Device
		want   bool
	}{{d.ID, true}, {d.ID, false}, {fresh.ID, false}} {
		if got, err := st.CatchUp(t.Context(), tt.device, wire.ControlEnd{Number: 2}, storetest.Start); err != nil || got != tt.want {
			t.Errorf("%v: got %t, %v, want %t", tt.device, got, err, tt.want)
		}
	}
}

func TestVerifyNamesWhatIsWrong(t *testing.T) {
	tests := []struct{ rule, damage string }{
		{"chain", `UPDATE lane SET chain = zeroblob(32)`},
		{"chain", `UPDATE frame SET commitments = zeroblob(32) WHERE first = 2`},
		{"chain", `DELETE FROM frame WHERE first = 2`},
		{"content", `UPDATE frame SET contents = CAST(substr(contents, 1, length(contents) - 1) || x'00' AS BLOB) WHERE first = 1`},
		{"content", `UPDATE frame SET contents = x'' WHERE first = 1`},
		{"receipt", `DELETE FROM receipt WHERE first = 3`},
		{"receipt", `UPDATE receipt SET version = 0 WHERE first = 1`},
		{"log", `UPDATE scope SET log_hash = zeroblob(32)`},
		{"log", `DELETE FROM log WHERE version = 1099511627778`},
		{"log", `UPDATE receipt SET version = 9 WHERE first = 2`},
		{"record", `UPDATE record SET version = version + 1`},
		{"record", `UPDATE record SET clear = x'ff' WHERE kind = 'household'`},
		{"record", `UPDATE record SET sealed = zeroblob(60) WHERE kind = 'household'`},
		{"index", `DELETE FROM index_blind`},
		{"index", `INSERT INTO index_clear SELECT sid, kind, field, x'00', record FROM index_clear LIMIT 1`},
		{"digest", `UPDATE digest SET live = live + 1`},
		{"digest", `DELETE FROM digest`},
		{"history", `UPDATE history SET record = zeroblob(16)`},
		{"history", `UPDATE history SET sealed = zeroblob(60)`},
		{"history", `DELETE FROM history`},
		{"history", `UPDATE history SET clear = x'' WHERE length(clear) > 0`},
		{"history", `INSERT INTO history SELECT sid, record, replaced_by + 1, clear, sealed FROM history`},
		{"history", `INSERT INTO history SELECT sid, id, 0, clear, x'' FROM record WHERE kind = 'household' AND version & 0xFFFFFFFFFF = 2`},
		{"aside", `DELETE FROM quarantine`},
		{"aside", `UPDATE quarantine SET number = 2`},
		{"aside", `UPDATE quarantine SET reason = 'sync.quarantine.login'`},
		{"aside", `DELETE FROM refused`},
		{"aside", `UPDATE refused SET root = 1`},
		{"aside", `INSERT INTO refused SELECT lid, 1, record, 1 FROM refused`},
		{"aside", `UPDATE receipt SET outcome = (SELECT outcome FROM receipt WHERE first = 5) WHERE first = 3`},
		{"people", `UPDATE login SET role = 'desk'`},
		{"people", `UPDATE login SET actor = zeroblob(16)`},
		{"people", `UPDATE login SET everywhere = 1`},
		{"people", `DELETE FROM login_scope; DELETE FROM login`},
		{"people", `INSERT INTO login SELECT x'0123456789abcdef0123456789abcdef', actor, device, 'desk', everywhere, off, person FROM login`},
		{"people", `INSERT INTO login_scope SELECT id, 'unit:elsewhere' FROM login`},
		{"people", `UPDATE device_grant SET view = 'desk'`},
		{"people", `DELETE FROM device_grant`},
		{"people", `DELETE FROM control WHERE number = 1`},
		{"people", `UPDATE device SET off = 1; DELETE FROM control WHERE number = (SELECT max(number) FROM control)`},
		{"file", `INSERT INTO receipt VALUES (99, 1, 1, 1, 1, '')`},
	}
	for _, tt := range tests {
		t.Run(tt.damage, func(t *testing.T) {
			s := storetest.NewSetup(t)
			st := mustOpen(t, s)
			fill(t, st)
			mustClose(t, st)
			db, err := sql.Open("sqlite3", filepath.Join(s.Dir, central.DataFile))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(tt.damage); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			st = mustOpen(t, s)
			var got []store.Breach
			if err := st.Verify(t.Context(), func(b store.Breach) { got = append(got, b) }); err != nil {
				t.Errorf("verify: %v", err)
			}
			if err := st.Close(); err != nil {
				t.Fatal(err)
			}
			for _, b := range got {
				if b.Rule == tt.rule {
					return
				}
			}
			t.Errorf("got %+v, want a breach of %s", got, tt.rule)
		})
	}
}

// TestKeyService hands in a key service that counts: every
// subject has a key of its own, and data keys are all it is ever shown.
func TestKeyService(t *testing.T) {
	s := storetest.NewSetup(t)
	file, err := central.FileKey(filepath.Join(t.TempDir(), "master"), bytes.NewReader(bytes.Repeat([]byte("0123456789"), 100)), true)
	if err != nil {
		t.Fatal(err)
	}
	keys := &countingKeys{KeyService: file, wrapped: make(map[string]int)}
	o := options(s)
	o.Keys = keys
	st, err := central.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	h, _ := fill(t, st)
	mustClose(t, st)
	if n := keys.wrapped[string(h.Subject[:])]; n != 1 {
		t.Errorf("the subject's key was wrapped %d times, want once", n)
	}
	if n := keys.wrapped["scope:"+string(storetest.Dasha)]; n != 0 {
		t.Errorf("the scope's key was wrapped %d times, want never: all of this is about people", n)
	}
	if _, err := os.Stat(filepath.Join(s.Dir, central.MasterFile)); !os.IsNotExist(err) {
		t.Errorf("a master key was written though a key service was handed in: %v", err)
	}
}

// TestWritingFails lets the key of one subject fail: of the three change sets
// of a batch the one about it is quarantined, sealed under the scope's key, and
// the others are taken.
func TestWritingFails(t *testing.T) {
	s := storetest.NewSetup(t)
	file, err := central.FileKey(filepath.Join(t.TempDir(), "master"), rand.Reader, true)
	if err != nil {
		t.Fatal(err)
	}
	keys := &countingKeys{KeyService: file, wrapped: make(map[string]int)}
	o := options(s)
	o.Keys = keys
	st, err := central.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	d := storetest.Enrol(t, st, "officer", "officer", storetest.Dasha)
	var sets []record.ChangeSet
	for range 3 {
		sets = append(sets, d.Make(d.Own(storetest.Dasha), storetest.Create(d.Header(t, "household", storetest.Dasha), storetest.Fields{
			"village": storetest.Text("大沙"), "holder": storetest.Text("示例"),
		})))
	}
	bad := sets[1].Writes[0].Header.Subject
	keys.refuses = string(bad[:])
	got := d.Send(t, st, sets...)
	for i, want := range []record.Outcome{record.Accepted, record.Quarantined, record.Accepted} {
		if got[i].Outcome != want {
			t.Errorf("number %d: got %s %s, want %s", i+1, got[i].Outcome, got[i].Reason, want)
		}
	}
	if got[2].Version != record.At(1, 2) {
		t.Errorf("version of number 3: got %s, want 1.2", got[2].Version)
	}
	mustClose(t, st)
}

type countingKeys struct {
	central.KeyService
	wrapped map[string]int
	refuses string
}

func (k *countingKeys) Wrap(plain, context []byte) ([]byte, error) {
	k.wrapped[string(context)]++
	if k.refuses == string(context) {
		return nil, errors.New("the key service refuses")
	}
	return k.KeyService.Wrap(plain, context)
}

// TestReadsWhileWriting reads with more readers than there are connections.
func TestReadsWhileWriting(t *testing.T) {
	st := mustOpen(t, storetest.NewSetup(t))
	defer mustClose(t, st)
	h, _ := fill(t, st)
	errs := make(chan error)
	for range 32 {
		go func() {
			_, err := st.As(storetest.Everyone()).Get(t.Context(), h.ID)
			errs <- err
		}()
	}
	for i := range 20 {
		if err := st.SetSetting(t.Context(), "n", []byte{byte(i)}); err != nil {
			t.Error(err)
		}
	}
	for range 32 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if _, err := st.Device(t.Context(), ident.Device{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("unknown device: got %v", err)
	}
}
