// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// operate runs a command on a data folder as an administrator does.
func operate[A, R any](t *testing.T, c *commands, name string, question A, do func(operator, context.Context, A) (R, error)) R {
	t.Helper()
	out, err := asOperator(t.Context(), c, name, question, do)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out
}

// deeds returns the log's commands, oldest first.
func deeds(t *testing.T, c *commands, a AuditAsk) (all []string) {
	t.Helper()
	a.Limit = 1000
	list := operate(t, c, "audit.list", a, operator.auditList)
	for i := range list {
		e := list[len(list)-1-i]
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s: %s %s", e.Deed, e.What, e.About, e.Reason)))
		if e.User == "" && e.What != "audit archive" {
			t.Errorf("%s %s by nobody", e.Deed, e.What)
		}
	}
	return all
}

// Administrators' commands are in the log before they are carried out, by whom and
// on what, and without what is secret; whether the server runs or not.
func TestCommandsAreNoted(t *testing.T) {
	dir := t.TempDir()
	c := &commands{dir: dir, sample: true, quiet: true}
	operate(t, c, "village", []string{"四会市大沙镇富溪村"}, operator.addVillages)
	operate(t, c, "villages", None{}, operator.listVillages) // shows nobody's data
	serveApp(t, openApp(t, dir, true), ServeConfig{})
	operate(t, c, "user", UserAsk{Name: "tan", Display: "谭", Role: "auditor", Password: "Guava-kiln-73"}, operator.addUser)
	if _, err := asOperator(t.Context(), c, "switch", SwitchAsk{ID: "dev_00000000000000000000000001", Off: true}, operator.switchOff); err == nil {
		t.Error("a device that is not there was switched off")
	}
	operate(t, c, "plates", PlateAsk{Village: "富溪村", Issue: true, Reason: "新村"}, operator.plates)
	got := deeds(t, c, AuditAsk{Deed: "act"})
	want := []string{
		"act syncserver village: 四会市大沙镇富溪村", "act syncserver user: tan auditor",
		"act syncserver switch: dev_00000000000000000000000001 off", "act syncserver plates: 富溪村 issue 新村",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// whole fails the test if the log is not.
func whole(t *testing.T, c *commands, heads ...string) {
	t.Helper()
	for _, b := range operate(t, c, "audit.verify", VerifyAsk{heads}, operator.auditVerify) {
		t.Errorf("breach at %s: %s", b.Where, b.What)
	}
}

// breaches returns what verify finds, and that the check of the whole store finds it
// as well.
func breaches(t *testing.T, c *commands, heads ...string) string {
	t.Helper()
	var lines []string
	for _, b := range operate(t, c, "audit.verify", VerifyAsk{heads}, operator.auditVerify) {
		lines = append(lines, b.Where+": "+b.What)
	}
	all := operate(t, c, "verify", None{}, operator.verify)
	if len(heads) == 0 && len(all) != len(lines) {
		t.Errorf("verify finds %d breaches, audit verify %d", len(all), len(lines))
	}
	return strings.Join(lines, "\n")
}

// edit runs SQL on a file of a closed store.
func edit(t *testing.T, dir, file, text string) {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(dir, "store", file))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(text); err != nil {
		t.Fatal(err)
	}
}

// The end of the log is cut off with everything in the database made to fit: the tip in
// keys.db knows better, and what it knows stays in the log. Where it was taken back as
// well, with the mark that there was one, the head that was signed knows better, also
// one that was kept elsewhere and comes back after the file of heads was removed too.
func TestTruncatedLogIsNoticed(t *testing.T) {
	two := func(dir string) (*commands, HeadView) { // entries
		c := &commands{dir: dir, sample: true, quiet: true}
		for _, village := range []string{"富溪村", "大沙居委会"} {
			operate(t, c, "village", []string{"四会市大沙镇" + village}, operator.addVillages)
		}
		head := operate(t, c, "audit.head", None{}, operator.auditHead)
		if head.Entry != 2 {
			t.Errorf("the head is at entry %d", head.Entry)
		}
		whole(t, c, head.Head)
		return c, head
	}
	dir, tipped := t.TempDir(), t.TempDir()
	c, head := two(dir)
	const cut = `
		DELETE FROM audit_entry WHERE number = 2; DELETE FROM audit_whom WHERE number = 2;
		UPDATE audit_log SET next = 2, chain = (SELECT hash FROM audit_entry WHERE number = 1)`
	withTip, _ := two(tipped)
	edit(t, tipped, "data.db", cut)
	for range 2 { // the next start does not forget it
		if got := breaches(t, withTip); !strings.Contains(got, "server: the end was cut off: entry 2 is missing; noted at") {
			t.Errorf("with the tip: %q", got)
		}
	}

	edit(t, dir, "data.db", cut+`; DELETE FROM setting WHERE name = 'audit tip'`)
	edit(t, dir, "keys.db", `DELETE FROM audit_tip`)
	if got := breaches(t, c); !strings.Contains(got, "server: the end was cut off: entry 2 is missing") {
		t.Errorf("with the file of heads: %q", got)
	}

	if err := os.Remove(filepath.Join(dir, headsName)); err != nil {
		t.Fatal(err)
	}
	app := openApp(t, dir, true)
	var missing []string
	err := app.verifyAudit(t.Context(), nil, func(b store.Breach) { missing = append(missing, b.What) })
	if err != nil || len(missing) != 1 || !strings.Contains(missing[0], "no signed head") {
		t.Errorf("without the file: %q, %v", missing, err)
	}
	mustClose(t, app) // signs the log as it is now: what an administrator of the machine can do
	if got := breaches(t, c); got != "" {
		t.Errorf("signed anew: %q", got)
	}
	if got := breaches(t, c, head.Head); !strings.Contains(got, "entry 2 is missing") {
		t.Errorf("with the head kept elsewhere: %q", got)
	}
	stranger := openApp(t, t.TempDir(), true)
	defer mustClose(t, stranger)
	if err := stranger.verifyAudit(t.Context(), []string{head.Head}, func(b store.Breach) { missing = append(missing, b.What) }); err != nil {
		t.Error(err)
	}
	if last := missing[len(missing)-1]; !strings.Contains(last, "not signed by this server") {
		t.Errorf("another server's head: %q", last)
	}
	if err := stranger.verifyAudit(t.Context(), []string{"yxaudit1.rubbish"}, nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("rubbish for a head: %v", err)
	}
}

// A backup brings log, files and heads along; restoring is in the log.
func TestBackupCarriesTheLog(t *testing.T) {
	dir, backup, other := t.TempDir(), filepath.Join(t.TempDir(), "b"), filepath.Join(t.TempDir(), "r")
	c := &commands{dir: dir, sample: true, quiet: true}
	operate(t, c, "village", []string{"四会市大沙镇富溪村"}, operator.addVillages)
	app := openApp(t, dir, true)
	if name, err := app.Store.ArchiveAudit(t.Context(), app.Now().AddDate(0, 2, 0)); name == "" || err != nil {
		t.Fatalf("archive: %q, %v", name, err)
	}
	mustClose(t, app)
	operate(t, c, "backup", BackupAsk{Dir: backup}, operator.backup)
	head := operate(t, c, "audit.head", None{}, operator.auditHead)
	if err := restore(RestoreAsk{Backup: backup, Keys: filepath.Join(backup, "keys")}, other); err != nil {
		t.Fatal(err)
	}
	r := &commands{dir: other, sample: true, quiet: true, texts: app.Texts}
	if err := verified(t.Context(), r, "restore", RestoreAsk{Backup: backup}, "server.restore.done"); err != nil {
		t.Fatal(err)
	}
	whole(t, r, head.Head)
	got := deeds(t, r, AuditAsk{Deed: "act", Cold: true})
	want := []string{"act syncserver village: 四会市大沙镇富溪村", "act syncserver backup: " + backup, "act syncserver restore: " + backup}
	if diff := cmp.Diff(want, withoutArchive(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// withoutArchive leaves out what the server itself did.
func withoutArchive(all []string) (out []string) {
	for _, a := range all {
		if !strings.Contains(a, "audit archive") {
			out = append(out, a)
		}
	}
	return out
}

// A resident asks who looked at their data: found by the number they know, and the
// question itself is in the log without it.
func TestWhoLookedAtMyData(t *testing.T) {
	dir := t.TempDir()
	c := &commands{dir: dir, sample: true, quiet: true}
	operate(t, c, "sample", SampleAsk{Town: "441284105", Villages: 1, Households: 3, Seed: 1, Password: "Guava-kiln-73"}, func(o operator, ctx context.Context, a SampleAsk) (SampleAnswer, error) {
		return o.sampleData(ctx, a, nil)
	})
	app := openApp(t, dir, true)
	households, err := app.desk().List(t.Context(), record.Query{Kind: "household"})
	if err != nil || len(households) == 0 {
		t.Fatalf("%d households, %v", len(households), err)
	}
	h := households[0]
	number := h.Text("resident_id")
	seen := audit.Entry{Deed: audit.Read, User: "li", What: "console.demand", Touched: []audit.Touch{
		{Kind: h.Header.Kind, Scope: h.Header.Scope, Subject: h.Header.Subject, Record: h.Header.ID},
	}}
	if err := app.Store.Note(t.Context(), seen); err != nil {
		t.Fatal(err)
	}
	mustClose(t, app)
	if number == "" {
		number = h.Header.ID.String()
	}
	for range 2 {
		got := operate(t, c, "audit.list", AuditAsk{Whom: number, User: "wang", Reason: "本人查询", Deed: "read"}, operator.auditList)
		if len(got) != 1 || got[0].User != "li" {
			t.Errorf("who looked: %+v", got)
		}
	}
	asked := operate(t, c, "audit.list", AuditAsk{Deed: "look_up"}, operator.auditList)
	if len(asked) != 2 || asked[0].User != "wang" || asked[0].Reason != "本人查询" || asked[0].Touched[0].Record != h.Header.ID {
		t.Errorf("the question was noted as %+v", asked)
	}
	if _, err := asOperator(t.Context(), c, "audit.list", AuditAsk{Whom: "44128419720315000X"}, operator.auditList); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody who is not there: %v", err)
	}
}
