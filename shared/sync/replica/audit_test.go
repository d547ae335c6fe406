// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/wire"
)

// keeper is what a server keeps of audit logs.
type keeper struct {
	logs map[ident.Incarnation]*keptLog
	own  uint64 // where its own log stands; 0: it does not tell
}

type keptLog struct {
	audit.Log
	states []audit.State // behind each entry, the start first
	bodies [][]byte
}

func newKeeper() *keeper { return &keeper{logs: map[ident.Incarnation]*keptLog{}} }

// clone is a backup.
func (k *keeper) clone() *keeper {
	c := newKeeper()
	for id, l := range k.logs {
		c.logs[id] = &keptLog{l.Log, append([]audit.State(nil), l.states...), append([][]byte(nil), l.bodies...)}
	}
	return c
}

// take answers a part as the server does.
func (k *keeper) take(device ident.Device, m *wire.Audit) *wire.AuditReceipt {
	l := k.logs[m.Log]
	if l == nil {
		log := audit.Log{Device: device, ID: m.Log}
		l = &keptLog{Log: log, states: []audit.State{log.Start()}}
		k.logs[m.Log] = l
	}
	end := func() audit.State { return l.states[len(l.states)-1] }
	receipt := func(at audit.State, fork bool) *wire.AuditReceipt {
		return &wire.AuditReceipt{Log: m.Log, Through: at.Next - 1, Chain: at.Chain, Fork: fork, Own: k.own, OwnChain: audit.Digest{byte(k.own)}}
	}
	if m.First > end().Next {
		return receipt(end(), false)
	}
	s := audit.State{Next: m.First, Chain: m.Before}
	if l.states[m.First-1] != s {
		return receipt(l.Start(), true)
	}
	agreed := s
	for _, body := range m.Bodies {
		s = l.Follow(s, body)
		switch {
		case s.Next > end().Next:
			l.states, l.bodies = append(l.states, s), append(l.bodies, body)
		case l.states[s.Next-1] != s:
			return receipt(agreed, true)
		}
	}
	return receipt(end(), false)
}

// entries returns all entries of all logs.
func (k *keeper) entries(t testing.TB) (all []audit.Entry) {
	t.Helper()
	for _, l := range k.logs {
		for _, body := range l.bodies {
			e, err := audit.Parse(body)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, e)
		}
	}
	return all
}

// whats counts the entries by what they say.
func (k *keeper) whats(t testing.TB) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, e := range k.entries(t) {
		out[e.What]++
	}
	return out
}

// mustSend sends what waits, or the first few parts of it, and returns how many
// parts there were.
func (d *device) mustSend(t testing.TB, k *keeper, most int) (parts int, err error) {
	t.Helper()
	for most == 0 || parts < most {
		part, err := d.AuditPart(ctx)
		if err != nil || part == nil {
			return parts, err
		}
		parts++
		if parts > 50 {
			t.Fatal("the audit log is sent for ever")
		}
		if err := d.AuditReceipted(ctx, k.take(ident.Device{1}, part)); err != nil {
			return parts, err
		}
	}
	return parts, nil
}

func (d *device) note(whats ...string) {
	d.t.Helper()
	for _, what := range whats {
		if err := d.Note(ctx, replica.Session{Actor: anna, Login: ident.Login{1}}, audit.Entry{Deed: audit.Read, What: what}); err != nil {
			d.t.Fatal(err)
		}
	}
}

func TestAuditTravels(t *testing.T) {
	d, k := newServer(t).newDevice(replica.Laptop, 1), newKeeper()
	if part, err := d.AuditPart(ctx); part != nil || err != nil {
		t.Errorf("an empty log: %v, %v", part, err)
	}
	d.note("a", "b")
	first := must(d.AuditPart(ctx))
	k.take(ident.Device{1}, first) // the receipt is lost
	d.note("c")
	d.reopen()
	if part, err := d.AuditPart(ctx); part != nil || err != nil {
		t.Errorf("a locked device sends entries: %v, %v", part, err)
	}
	d.unlock()
	if _, err := d.mustSend(t, k, 0); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"a": 1, "b": 1, "c": 1}, k.whats(t)); diff != "" || len(k.logs) != 1 {
		t.Errorf("%d logs (-want +got):\n%s", len(k.logs), diff)
	}
	for _, e := range k.entries(t) {
		if e.Actor != anna || e.Device != (ident.Device{1}) || e.Login.IsZero() || e.Clocks == nil || e.AtMS == 0 {
			t.Errorf("an entry lacks who, where or when: %+v", e)
		}
	}
	if part := must(d.AuditPart(ctx)); part != nil {
		t.Errorf("entries %d… wait although all have their receipt", part.First)
	}
}

// TestAuditAfterARestore: a server that was restored gets again what it lost.
func TestAuditAfterARestore(t *testing.T) {
	d, k := newServer(t).newDevice(replica.Laptop, 1), newKeeper()
	d.note("a", "b")
	must(d.mustSend(t, k, 0))
	backup := k.clone()
	d.note("c", "d")
	must(d.mustSend(t, k, 0))
	d.note("e")
	must(d.mustSend(t, backup, 0))
	want := map[string]int{"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}
	if diff := cmp.Diff(want, backup.whats(t)); diff != "" || len(backup.logs) != 1 {
		t.Errorf("%d logs (-want +got):\n%s", len(backup.logs), diff)
	}

	d.note("f")
	empty := newKeeper() // nothing is left of the log: the device has all of it
	must(d.mustSend(t, empty, 0))
	want["f"] = 1
	if diff := cmp.Diff(want, empty.whats(t)); diff != "" {
		t.Errorf("on an empty server (-want +got):\n%s", diff)
	}
}

// TestAuditOfACopiedDisk: two copies write different entries under one number; both
// arrive, each in a log of its own.
func TestAuditOfACopiedDisk(t *testing.T) {
	s := newServer(t)
	d, k := s.newDevice(replica.Laptop, 1), newKeeper()
	d.note("a", "b")
	must(d.mustSend(t, k, 0))
	d.note("both")
	twin := d.copied(t)
	d.note("original")
	twin.note("copy")
	must(d.mustSend(t, k, 0))
	must(twin.mustSend(t, k, 0))
	got := k.whats(t)
	for _, what := range []string{"a", "b", "both", "original", "copy"} {
		if got[what] == 0 {
			t.Errorf("%q is lost: %v", what, got)
		}
	}
	if len(k.logs) != 2 {
		t.Errorf("%d logs, want one for each copy", len(k.logs))
	}
}

// copied returns a device on a copy of this one's disk; both are open and unlocked.
func (d *device) copied(t testing.TB) *device {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	twin := *d
	twin.path = d.path + ".copy"
	if err := os.WriteFile(twin.path, must(os.ReadFile(d.path)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, one := range []*device{d, &twin} {
		one.Replica = must(replica.Open(ctx, one.path, one.opt))
		one.unlock()
		t.Cleanup(func() { one.Close() })
	}
	return &twin
}

// TestAuditOfACopyAfterARestore: what a server took of one copy, and lost in a restore,
// comes again though the other copy has written under the same numbers since, and
// though nothing new is noted.
func TestAuditOfACopyAfterARestore(t *testing.T) {
	s := newServer(t)
	d, k := s.newDevice(replica.Laptop, 1), newKeeper()
	d.note("a", "b")
	must(d.mustSend(t, k, 0))
	twin, backup := d.copied(t), k.clone()
	twin.note("copy")
	must(twin.mustSend(t, k, 0))
	d.note("original")
	must(d.mustSend(t, backup, 0))

	end := must(twin.AuditEnd(ctx))
	if end.Through != 3 {
		t.Fatalf("the copy says that %d entries are receipted", end.Through)
	}
	answer := backup.take(ident.Device{1}, &wire.Audit{Log: end.Log, First: end.Through + 1, Before: end.Chain})
	if !answer.Fork {
		t.Fatal("the server sees no fork")
	}
	if err := twin.AuditReceipted(ctx, answer); err != nil {
		t.Fatal(err)
	}
	must(twin.mustSend(t, backup, 0))
	if got := backup.whats(t); got["copy"] != 1 || got["original"] != 1 || len(backup.logs) != 2 {
		t.Errorf("%d logs with %v", len(backup.logs), got)
	}
}

// TestAuditIsBounded: what the server has is dropped but for the newest, and what it
// has not is kept.
func TestAuditIsBounded(t *testing.T) {
	d, k := newServer(t).newDevice(replica.Laptop, 1), newKeeper()
	session := replica.Session{Actor: anna}
	entries := make([]audit.Entry, 1000)
	for round := range 6 {
		for i := range entries {
			entries[i] = audit.Entry{Deed: audit.Read, What: fmt.Sprint(round, i)}
		}
		if err := d.Note(ctx, session, entries...); err != nil {
			t.Fatal(err)
		}
	}
	before := must(d.mustSend(t, k, 0))
	if before != 30 {
		t.Errorf("%d parts for 6000 entries", before)
	}
	d.note("last")
	part := must(d.AuditPart(ctx))
	if part.First != 6001 {
		t.Errorf("the next entry is %d", part.First)
	}
	restored := newKeeper() // it lost more than is kept: what is here comes as a new log
	must(d.mustSend(t, restored, 0))
	if got := len(restored.entries(t)); got != 5002 {
		t.Errorf("a server that lost everything has %d entries", got)
	}
}

// TestReadingIsNotedBeforeItIsShown reads as the programs do.
func TestReadingIsNotedBeforeItIsShown(t *testing.T) {
	d, k := newServer(t).newDevice(replica.Laptop, 1), newKeeper()
	d.grant(recordtest.Officer, recordtest.Here)
	h := recordtest.Header(recordtest.Household, 1)
	d.apply(recordtest.Create(h, recordtest.Fields{"plate": record.OfText("A"), "phone": record.OfText("13800000000")}))
	policy := &audit.Policy{Edition: 1, AgainMinutes: 15, Named: 50, HotMonths: 1}
	st := d.WatchedAs(replica.Session{Actor: anna, Login: ident.Login{1}, Role: recordtest.Officer}, "agent", policy, nil)
	for range 3 { // a screen that draws itself anew
		must(st.Get(ctx, h.ID))
	}
	must(st.List(ctx, record.Query{Kind: recordtest.Household, Where: []record.Term{{Field: "phone", Value: record.OfText("13800000000")}}}))
	if body := must(os.ReadFile(d.path + "-wal")); bytes.Contains(body, []byte(`"deed"`)) {
		t.Error("entries stand in clear on the disk")
	}
	must(d.mustSend(t, k, 0))
	var deeds []audit.Deed
	for _, e := range k.entries(t) {
		deeds = append(deeds, e.Deed)
		if e.What != "agent" || len(e.Touched) != 1 || e.Touched[0].Record != h.ID || e.Touched[0].Subject != h.Subject {
			t.Errorf("noted %+v", e)
		}
	}
	if diff := cmp.Diff([]audit.Deed{audit.Read, audit.LookUp}, deeds); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	d.Lock()
	if _, err := st.Get(ctx, h.ID); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a locked device: %v", err)
	}
}

// cutDisk runs SQL on the file of a closed device and opens it again.
func (d *device) cutDisk(t testing.TB, text string) {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	db := must(sql.Open("sqlite3", d.path))
	must(db.Exec(text))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	d.Replica = must(replica.Open(ctx, d.path, d.opt))
	d.unlock()
}

// TestCutDeviceLogIsMissed cuts entries off the device's log before they are sent, or
// damages them: the log says so, nothing else is lost, and what is read afterwards
// arrives.
func TestCutDeviceLogIsMissed(t *testing.T) {
	for _, tc := range []struct {
		name, sql string
		missing   uint64         // Through of the entry that says so
		want      map[string]int // what arrives all the same
	}{
		{"nothing", `SELECT 1`, 0, map[string]int{"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1}},
		{"the last", `DELETE FROM audit WHERE number = 5`, 5, map[string]int{"a": 1, "b": 1, "c": 1, "d": 1, "f": 1}},
		{"all that was not sent", `DELETE FROM audit WHERE number > 2`, 5, map[string]int{"a": 1, "b": 1, "f": 1}},
		{"more than that", `DELETE FROM audit WHERE number > 1`, 5, map[string]int{"a": 1, "b": 1, "f": 1}},
		{"everything", `DELETE FROM audit`, 5, map[string]int{"a": 1, "b": 1, "f": 1}},
		{"one in the middle", `DELETE FROM audit WHERE number = 4`, 4, map[string]int{"a": 1, "b": 1, "c": 1, "e": 1, "f": 1}},
		{"one damaged", `UPDATE audit SET sealed = zeroblob(length(sealed)) WHERE number = 3`, 3, map[string]int{"a": 1, "b": 1, "d": 1, "e": 1, "f": 1}},
		{"the tip changed", `UPDATE meta SET value = zeroblob(length(value)) WHERE name = 'audit.tip'`, 0, map[string]int{"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1, "audit": 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, k := newServer(t).newDevice(replica.Laptop, 1), newKeeper()
			d.note("a", "b")
			must(d.mustSend(t, k, 0))
			d.note("c", "d", "e")
			d.cutDisk(t, tc.sql)
			d.note("f")
			must(d.mustSend(t, k, 0))
			got := k.whats(t)
			var missing uint64
			for _, e := range k.entries(t) {
				if e.Deed == audit.Missing {
					missing = max(missing, e.Through)
				}
			}
			if tc.name != "the tip changed" {
				delete(got, "audit")
			}
			if missing != tc.missing {
				t.Errorf("noted as missing up to %d, want %d", missing, tc.missing)
			}
			for what, n := range tc.want {
				if got[what] < n {
					t.Errorf("%q did not arrive: %v", what, got)
				}
			}
			if part := must(d.AuditPart(ctx)); part != nil {
				t.Errorf("entries wait for ever: %+v", part)
			}
		})
	}
}

// TestDeviceRemembersTheServersHead: where the server says that its own log stands is in
// the log of the device: now and then, and at once where it is less than before.
func TestDeviceRemembersTheServersHead(t *testing.T) {
	d, k := newServer(t).newDevice(replica.Laptop, 1), newKeeper()
	told := func() (all []uint64) {
		d.note("x")
		must(d.mustSend(t, k, 0))
		for _, e := range k.entries(t) {
			if e.Deed == audit.Told {
				if e.Hash[0] != byte(e.Through) || e.Device != (ident.Device{1}) || e.AtMS == 0 {
					t.Errorf("told %+v", e)
				}
				all = append(all, e.Through)
			}
		}
		return all
	}
	is := func(when string, want ...uint64) {
		t.Helper()
		if diff := cmp.Diff(want, told()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	is("by a server that does not tell")
	k.own = 7
	is("the first time", 7)
	k.own = 9
	is("soon after", 7)
	d.clock.AheadMS += 11 * 60_000
	is("later", 7, 9)
	k.own = 8
	is("less than before", 7, 9, 8)
}
