// SPDX-License-Identifier: Apache-2.0

package central_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/central"
	"yuexin/syncserver/store/storetest"
)

// auditSetup is a setup whose store holds an own log of ten entries and a
// device's of three; head is where the own log stood at seven.
func auditSetup(t *testing.T) (s storetest.Setup, head audit.Head) {
	t.Helper()
	s = storetest.NewSetup(t)
	st := mustOpen(t, s)
	ctx := t.Context()
	note := func() {
		h := record.Header{ID: ident.Record{1}, Kind: "household", Scope: storetest.Dasha, Subject: ident.Subject{2}}
		if err := st.Note(ctx, storetest.Seen(1, h, storetest.Start)); err != nil {
			t.Fatal(err)
		}
	}
	for range 7 {
		note()
	}
	at, err := st.AuditState(ctx, audit.Log{})
	if err != nil {
		t.Fatal(err)
	}
	head = audit.Head{Number: 7, Hash: at.Chain}
	log := audit.Log{Device: ident.Device{5}, ID: ident.Incarnation{6}}
	state := log.Start()
	var bodies [][]byte
	for n := range uint64(3) {
		body, err := audit.Entry{Number: n + 1, AtMS: 1, Device: log.Device, Deed: audit.Read, What: "agent.person"}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, body)
	}
	if _, _, err := st.TakeAudit(ctx, log, 1, state.Chain, bodies); err != nil {
		t.Fatal(err)
	}
	note()
	note()
	mustClose(t, st)
	return s, head
}

// breaches opens the store and returns what is wrong with its audit logs.
func breaches(t *testing.T, s storetest.Setup, heads ...audit.Head) (all []string) {
	t.Helper()
	st := mustOpen(t, s)
	defer st.Close()
	err := st.VerifyAudit(context.Background(), heads, func(b store.Breach) { all = append(all, b.Where+": "+b.What) })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestAuditTampering changes the database file as somebody does who has it and the
// SQLite shell, and sees each change named.
func TestAuditTampering(t *testing.T) {
	base, head := auditSetup(t)
	for _, tc := range []struct {
		name, sql string
		want      string // begins the first breach
	}{
		{"an entry changed", `UPDATE audit_entry SET body = CAST(replace(CAST(body AS TEXT), 'console.demand', 'console.nothin') AS BLOB) WHERE lid = 1 AND number = 4`, "server: entry 4 was changed"},
		{"a reader exchanged", `UPDATE audit_entry SET actor = x'09000000000000000000000000000000' WHERE lid = 1 AND number = 4`, "server: entry 4 was changed"},
		{"a hash changed", `UPDATE audit_entry SET hash = zeroblob(32) WHERE lid = 1 AND number = 4`, "server: entry 4 was changed"},
		{"a hash cut short", `UPDATE audit_entry SET hash = x'00' WHERE lid = 1 AND number = 4`, "server: entry 4 was changed"},
		{"an entry dropped", `DELETE FROM audit_entry WHERE lid = 1 AND number = 4`, "server: entry 4 was removed"},
		{"an entry dropped and the gap closed", `DELETE FROM audit_entry WHERE lid = 1 AND number = 4; UPDATE audit_entry SET number = number - 1 WHERE lid = 1 AND number > 4`, "server: entry 4 was removed"},
		{
			"two entries swapped",
			`UPDATE audit_entry SET number = 99 WHERE lid = 1 AND number = 4; UPDATE audit_entry SET number = 4 WHERE lid = 1 AND number = 6; UPDATE audit_entry SET number = 6 WHERE lid = 1 AND number = 99`,
			"server: entry 4 was re-ordered: its place holds entry 6",
		},
		{
			"an entry inserted",
			`UPDATE audit_entry SET number = -number - 1 WHERE lid = 1 AND number >= 4; UPDATE audit_entry SET number = -number WHERE lid = 1 AND number < 0;
			INSERT INTO audit_entry SELECT lid, 4, at, actor, user, CAST(replace(CAST(body AS TEXT), '"n":3', '"n":4') AS BLOB), hash, proof FROM audit_entry WHERE lid = 1 AND number = 3`,
			"server: entry 4 was inserted",
		},
		{"one added at the end", `INSERT INTO audit_entry SELECT lid, 11, at, actor, user, CAST(replace(CAST(body AS TEXT), '"n":3', '"n":11') AS BLOB), hash, proof FROM audit_entry WHERE lid = 1 AND number = 3`, "server: entry 11 was inserted"},
		{"the end cut off", `DELETE FROM audit_entry WHERE lid = 1 AND number > 5`, "server: the end was cut off: entries 6 to 10 are missing"},
		{
			"the end cut off, and the log told so",
			`DELETE FROM audit_entry WHERE lid = 1 AND number > 5; DELETE FROM audit_whom WHERE number > 5; UPDATE audit_log SET next = 6, chain = (SELECT hash FROM audit_entry WHERE lid = 1 AND number = 5) WHERE lid = 1`,
			"server: the end was cut off: entries 6 to 10 are missing",
		},
		{
			"the last entry alone cut off, and the log told so",
			`DELETE FROM audit_entry WHERE lid = 1 AND number = 10; DELETE FROM audit_whom WHERE number = 10; UPDATE audit_log SET next = 10, chain = (SELECT hash FROM audit_entry WHERE lid = 1 AND number = 9) WHERE lid = 1`,
			"server: the end was cut off: entry 10 is missing",
		},
		{
			"the end of a device's log cut off, and the log told so",
			`DELETE FROM audit_entry WHERE lid = 2 AND number > 1; UPDATE audit_log SET next = 2, chain = (SELECT hash FROM audit_entry WHERE lid = 2 AND number = 1) WHERE lid = 2`,
			"dev_05000000000000000000000000 inc_06000000000000000000000000: the end was cut off: entries 2 to 3 are missing",
		},
		{"a device's log removed", `DELETE FROM audit_entry WHERE lid = 2; DELETE FROM audit_log WHERE lid = 2`, "dev_05000000000000000000000000 inc_06000000000000000000000000: the whole log was removed"},
		{"who was seen taken out of the index", `DELETE FROM audit_whom WHERE number = 2`, "index: the index of whose data was seen"},
		{"everything removed", `DELETE FROM audit_whom; DELETE FROM audit_entry; DELETE FROM audit_log`, "server: the end was cut off: entries 1 to 10 are missing"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := storetest.NewSetup(t)
			if err := os.CopyFS(s.Dir, os.DirFS(base.Dir)); err != nil {
				t.Fatal(err)
			}
			edit(t, s, tc.sql)
			got := breaches(t, s)
			if len(got) == 0 || !strings.HasPrefix(got[0], tc.want) {
				t.Errorf("got %q, want it to begin with %q", got, tc.want)
			}
			if again := breaches(t, s, head); !slices.ContainsFunc(again, func(b string) bool { return strings.HasPrefix(b, tc.want) }) {
				t.Errorf("checked once more, with a head: %q", again)
			}
		})
	}
}

// TestAuditCutWhileItRuns cuts the end off behind the back of a running server: the
// check names it, and what the server writes next does not cover it up.
func TestAuditCutWhileItRuns(t *testing.T) {
	s, _ := auditSetup(t)
	st := mustOpen(t, s)
	ctx := t.Context()
	check := func() (all []string) {
		t.Helper()
		if err := st.VerifyAudit(ctx, nil, func(b store.Breach) { all = append(all, b.What) }); err != nil {
			t.Fatal(err)
		}
		return all
	}
	if got := check(); got != nil {
		t.Fatalf("a good log: %q", got)
	}
	edit(t, s, `DELETE FROM audit_entry WHERE lid = 1 AND number > 8; DELETE FROM audit_whom WHERE number > 8; UPDATE audit_log SET next = 9, chain = (SELECT hash FROM audit_entry WHERE lid = 1 AND number = 8) WHERE lid = 1`)
	want := "the end was cut off: entries 9 to 10 are missing"
	if got := check(); len(got) == 0 || got[0] != want {
		t.Errorf("at once: %q", got)
	}
	for range 3 { // beyond where the log once stood
		if err := st.Note(ctx, audit.Entry{Deed: audit.Login, User: "li"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if got := breaches(t, s); len(got) != 1 || !strings.HasPrefix(got[0], "server: "+want) {
		t.Errorf("afterwards: %q", got)
	}
}

// TestAuditTip is what becomes of the tip: a server that was killed between the commit
// and it has lost nothing, a tip that was taken away or forged is named, a copy of both
// files from before is shown by a signed head alone, and a backup fits its own keys.
func TestAuditTip(t *testing.T) {
	base, _ := auditSetup(t)
	again := func(t *testing.T) storetest.Setup {
		s := storetest.NewSetup(t)
		if err := os.CopyFS(s.Dir, os.DirFS(base.Dir)); err != nil {
			t.Fatal(err)
		}
		return s
	}
	noted := func(t *testing.T, s storetest.Setup) audit.Head {
		st := mustOpen(t, s)
		if err := st.Note(t.Context(), audit.Entry{Deed: audit.Login, User: "li"}); err != nil {
			t.Fatal(err)
		}
		at, err := st.AuditState(t.Context(), audit.Log{})
		if err != nil {
			t.Fatal(err)
		}
		mustClose(t, st)
		return audit.Head{Number: at.Next - 1, Hash: at.Chain}
	}
	replace := func(t *testing.T, from, to storetest.Setup, name string) {
		data, err := os.ReadFile(filepath.Join(from.Dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to.Dir, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Run("killed before the tip", func(t *testing.T) {
		s := again(t)
		noted(t, s)
		replace(t, base, s, central.KeyFile)
		if got := breaches(t, s); got != nil {
			t.Errorf("got %q", got)
		}
	})
	for name, sql := range map[string]string{"taken away": `DELETE FROM audit_tip`, "forged": `UPDATE audit_tip SET number = 3`} {
		t.Run(name, func(t *testing.T) {
			s := again(t)
			editFile(t, s, central.KeyFile, sql)
			if got := breaches(t, s); len(got) != 1 || got[0] != "server: where the log stood before entry 11 is not known: what says so was removed or changed" {
				t.Errorf("got %q", got)
			}
		})
	}
	t.Run("older data", func(t *testing.T) {
		s := again(t)
		noted(t, s)
		replace(t, base, s, central.DataFile)
		if got := breaches(t, s); len(got) != 1 || !strings.HasPrefix(got[0], "server: the end was cut off: entry 11 is missing") {
			t.Errorf("got %q", got)
		}
	})
	t.Run("older data and keys", func(t *testing.T) {
		s := again(t)
		head := noted(t, s)
		replace(t, base, s, central.DataFile)
		replace(t, base, s, central.KeyFile)
		if got := breaches(t, s); got != nil {
			t.Errorf("without a head: %q", got)
		}
		if got := breaches(t, s, head); len(got) != 1 || !strings.HasPrefix(got[0], "server: the end was cut off: entry 11 is missing") {
			t.Errorf("with a head: %q", got)
		}
	})
	t.Run("older data, and somebody answers for it", func(t *testing.T) {
		s := again(t)
		noted(t, s)
		replace(t, base, s, central.DataFile)
		st := mustOpen(t, s)
		if err := st.Note(t.Context(), audit.Entry{Deed: audit.Act, What: audit.WhatRestore, User: "root"}); err != nil {
			t.Fatal(err)
		}
		mustClose(t, st)
		if got := breaches(t, s); got != nil {
			t.Errorf("got %q", got)
		}
	})
	t.Run("a backup", func(t *testing.T) {
		s, to := again(t), storetest.NewSetup(t)
		st := mustOpen(t, s)
		if err := st.Backup(t.Context(), filepath.Join(to.Dir, "b")); err != nil {
			t.Fatal(err)
		}
		mustClose(t, st)
		for from, name := range map[string]string{"b/data.db": central.DataFile, "b/keys/keys.db": central.KeyFile, "b/keys/master.key": central.MasterFile} {
			if err := os.Rename(filepath.Join(to.Dir, from), filepath.Join(to.Dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		noted(t, s) // the original goes on
		if got := breaches(t, to); got != nil {
			t.Errorf("got %q", got)
		}
		editFile(t, to, central.DataFile, `DELETE FROM audit_entry WHERE lid = 1 AND number = 10`)
		if got := breaches(t, to); len(got) == 0 {
			t.Error("what is cut off a backup is not missed")
		}
	})
}

// edit runs SQL on the data file.
func edit(t *testing.T, s storetest.Setup, text string) { editFile(t, s, central.DataFile, text) }

func editFile(t *testing.T, s storetest.Setup, name, text string) {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(s.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("PRAGMA foreign_keys = OFF; " + text); err != nil {
		t.Fatal(err)
	}
}

// TestAuditArchive moves months into a file: queries and checks go on to see them,
// and what is done to the file is named.
func TestAuditArchive(t *testing.T) {
	ctx := t.Context()
	s := storetest.NewSetup(t)
	now := time.Date(2026, 3, 5, 8, 0, 0, 0, time.UTC)
	s.Now = func() time.Time { return now }
	st := mustOpen(t, s)
	h := record.Header{ID: ident.Record{1}, Kind: "household", Scope: storetest.Dasha, Subject: ident.Subject{2}}
	for _, at := range []string{"2025-12-01", "2025-12-31", "2026-01-01", "2026-03-01"} {
		when, _ := time.Parse(time.DateOnly, at)
		if err := st.Note(ctx, storetest.Seen(1, h, when)); err != nil {
			t.Fatal(err)
		}
	}
	name, err := st.ArchiveAudit(ctx, time.Date(2026, 1, 17, 0, 0, 0, 0, time.UTC))
	if err != nil || name != "before-2026-01.jsonl" {
		t.Fatalf("archive: %q, %v", name, err)
	}
	if again, err := st.ArchiveAudit(ctx, now.AddDate(0, -2, 0)); err != nil || again != "" {
		t.Errorf("archived again: %q, %v", again, err)
	}
	if next, err := st.ArchiveAudit(ctx, time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)); err != nil || next != "before-2026-02.jsonl" {
		t.Errorf("the next month: %q, %v", next, err)
	}
	q := store.AuditQuery{Record: h.ID}
	if got := storetest.Numbers(t, st, q); fmt.Sprint(got) != "[4]" {
		t.Errorf("in the database: %v", got)
	}
	q.Cold = true
	if got := storetest.Numbers(t, st, q); fmt.Sprint(got) != "[4 3 2 1]" {
		t.Errorf("with the files: %v", got)
	}
	mustClose(t, st)

	path := filepath.Join(s.Dir, central.AuditFolder, name)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(good, []byte("\n"))
	for _, tc := range []struct {
		name string
		data []byte
		want string
	}{
		{"untouched", good, ""},
		{"an entry changed", bytes.Replace(good, []byte("console.demand"), []byte("console.nothin"), 1), "server: entry 1 was changed"},
		{"a line removed", lines[0], "server: entry 2 was removed"},
		{"lines swapped", bytes.Join([][]byte{lines[1], lines[0]}, nil), before},
		{"rubbish", []byte("rubbish\n"), "server: entries 1 to 2 were removed"},
		{"no file", nil, "cannot be read"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if tc.data != nil {
				if err := os.WriteFile(path, tc.data, 0o600); err != nil {
					t.Fatal(err)
				}
			} else {
				defer os.WriteFile(path, good, 0o600)
			}
			got := strings.Join(breaches(t, s), "\n")
			if (tc.want == "") != (got == "") || !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

const before = "before-2026-01.jsonl: the file is not the one that was written"

// TestDevicesKeepTheServersHeads: a server whose log was cut together with everything
// that lies beside it is contradicted by the log of a device that was told more, once
// the device sends that log again; a backup that somebody restored is not.
func TestDevicesKeepTheServersHeads(t *testing.T) {
	ctx := t.Context()
	s, _ := auditSetup(t)
	old := storetest.NewSetup(t)
	if err := os.CopyFS(old.Dir, os.DirFS(s.Dir)); err != nil {
		t.Fatal(err)
	}
	st := mustOpen(t, s)
	for range 2 {
		if err := st.Note(ctx, audit.Entry{Deed: audit.Login, User: "li"}); err != nil {
			t.Fatal(err)
		}
	}
	own, err := st.AuditState(ctx, audit.Log{})
	if err != nil {
		t.Fatal(err)
	}
	mustClose(t, st)
	log := audit.Log{Device: ident.Device{5}, ID: ident.Incarnation{7}}
	send := func(s storetest.Setup, entries ...audit.Entry) {
		t.Helper()
		st := mustOpen(t, s)
		var bodies [][]byte
		for i, e := range entries {
			e.Number, e.Device = uint64(i+1), log.Device
			body, err := e.Encode()
			if err != nil {
				t.Fatal(err)
			}
			bodies = append(bodies, body)
		}
		if _, fork, err := st.TakeAudit(ctx, log, 1, log.Start().Chain, bodies); err != nil || fork {
			t.Fatal(fork, err)
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
	}
	at := storetest.Start.UnixMilli()
	told := audit.Entry{Deed: audit.Told, AtMS: at, Through: own.Next - 1, Hash: own.Chain[:]}

	send(s, told)
	if got := breaches(t, s); got != nil {
		t.Errorf("the log as it was: %q", got)
	}
	send(old, told) // it becomes as long again: by the receipt of these entries
	const who = "dev_05000000000000000000000000 inc_07000000000000000000000000 was told of"
	if got := breaches(t, old); len(got) != 1 || !strings.HasPrefix(got[0], "server: the end was cut off: entry 12 is missing; "+who+" them at ") {
		t.Errorf("put back: %q", got)
	}
	st = mustOpen(t, old)
	if err := st.Note(ctx, audit.Entry{Deed: audit.Login, User: "li"}); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if got := breaches(t, old); len(got) != 1 || !strings.HasPrefix(got[0], "server: the entries up to 12 are not those that "+who+" at ") {
		t.Errorf("put back and gone on: %q", got)
	}

	restored := storetest.NewSetup(t)
	base, _ := auditSetup(t)
	if err := os.CopyFS(restored.Dir, os.DirFS(base.Dir)); err != nil {
		t.Fatal(err)
	}
	st = mustOpen(t, restored)
	if err := st.Note(ctx, audit.Entry{Deed: audit.Act, What: audit.WhatRestore, AtMS: at + 1, User: "root"}); err != nil {
		t.Fatal(err)
	}
	mustClose(t, st)
	send(restored, told)
	if got := breaches(t, restored); got != nil {
		t.Errorf("restored by somebody: %q", got)
	}
	late := told
	late.AtMS = at + 2
	send2 := audit.Entry{Deed: audit.Missing, About: "inc_x", Through: 4}
	log.ID = ident.Incarnation{8}
	send(restored, late, send2)
	got := breaches(t, restored)
	if len(got) != 2 || !strings.Contains(got[0], "was told of") || !strings.Contains(got[1], "entries up to 4 of its log inc_x were removed or damaged before they were sent") {
		t.Errorf("told after that, and a device whose own log had a hole: %q", got)
	}
}
