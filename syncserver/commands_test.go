// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"io"
	"os"
	"testing"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/desk"
	"yuexin/syncserver/store"
)

// cli runs one command line on a data folder and returns what it prints.
func cli(t *testing.T, dir string, args ...string) (code int, out string) {
	t.Helper()
	stdout, stderr := os.Stdout, os.Stderr
	defer func() { os.Stdout, os.Stderr = stdout, stderr }()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout, os.Stderr = w, w
	printed := make(chan string)
	go func() {
		data, _ := io.ReadAll(r) // a pipe of our own
		printed <- string(data)
	}()
	code = run(t.Context(), append(args, "--dir", dir, "--json", "--quiet"))
	w.Close()
	return code, <-printed
}

// mustCLI runs a command line that has to succeed, and reads its answer.
func mustCLI(t *testing.T, into any, dir string, args ...string) {
	t.Helper()
	code, out := cli(t, dir, args...)
	if code != 0 {
		t.Fatalf("%v: exit code %d: %s", args, code, out)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal([]byte(out), into); err != nil {
		t.Fatalf("%v: %v: %s", args, err, out)
	}
}

// refusedCLI runs a command line that has to fail, and returns what kind of
// fault in which field.
func refusedCLI(t *testing.T, dir string, args ...string) string {
	t.Helper()
	code, out := cli(t, dir, args...)
	var answer struct {
		Error struct{ Code, Field string }
	}
	if err := json.Unmarshal([]byte(out), &answer); code == 0 || err != nil {
		t.Errorf("%v: exit code %d: %s", args, code, out)
	}
	return answer.Error.Code + " " + answer.Error.Field
}

func userOf(t *testing.T, dir, name string) store.User {
	t.Helper()
	app := openApp(t, dir, false)
	defer mustClose(t, app)
	u, err := app.Store.User(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// A reviewer without a bank sees no demand at all, so there is none.
func TestReviewerHasABank(t *testing.T) {
	t.Setenv(passwordVariable, "correct-horse-battery-2026")
	dir := t.TempDir()
	var bank OrgView
	mustCLI(t, &bank, dir, "org", "add", "四会农商银行", "--short", "四会农商")

	if got := refusedCLI(t, dir, "user", "add", "li", "--role", "reviewer"); got != "invalid org" {
		t.Errorf("a reviewer without a bank: %s", got)
	}
	if got := refusedCLI(t, dir, "user", "add", "li", "--role", "reviewer", "--org", "别家银行"); got != "not_found org" {
		t.Errorf("a bank that does not exist: %s", got)
	}
	for _, role := range []string{"desk", "kiosk", "resident", "king"} {
		if got := refusedCLI(t, dir, "user", "add", "li", "--role", role, "--org", bank.ID); got != "invalid role" {
			t.Errorf("a console user with the role %s: %s", role, got)
		}
	}
	for name, org := range map[string]string{"li": "四会农商银行", "wu": "四会农商", "he": bank.ID} {
		mustCLI(t, nil, dir, "user", "add", name, "--role", "reviewer", "--org", org)
		if u := userOf(t, dir, name); u.Org.String() != bank.ID || u.Login.Role != "reviewer" {
			t.Errorf("--org %s made a %s of %s", org, u.Login.Role, u.Org)
		}
	}
	mustCLI(t, nil, dir, "user", "add", "admin", "--role", "admin")
}

// A device never has the authority of the server.
func TestDeviceRoles(t *testing.T) {
	dir := t.TempDir()
	serveApp(t, openApp(t, dir, true), ServeConfig{})
	c := &commands{dir: dir, sample: true, quiet: true}
	for _, role := range []string{"desk", "resident", "admin", "reviewer", "analyst", "king"} {
		_, err := asOperator(t.Context(), c, "enrol", EnrolAsk{Program: "agent", Name: "L", Person: "陈", Role: role}, operator.enrol)
		if fault.From(err).Key != "fleet.invite.device_role" {
			t.Errorf("a device with the role %s: %v", role, err)
		}
	}
}

// A kiosk stands in the directory, so that what it registered has a name, but
// is offered to nobody as an officer; a person is.
func TestKioskIsNoOfficer(t *testing.T) {
	dir := t.TempDir()
	s := serveApp(t, openApp(t, dir, true), ServeConfig{})
	c := &commands{dir: dir, sample: true, quiet: true}
	if _, err := asOperator(t.Context(), c, "village", []string{"四会市大沙镇富溪村"}, operator.addVillages); err != nil {
		t.Fatal(err)
	}
	for program, role := range map[string]string{"kiosk": "kiosk", "agent": "officer"} {
		ask := EnrolAsk{Program: program, Name: "N", Person: "示例" + program, Role: role, Villages: []string{"富溪村"}}
		if _, err := asOperator(t.Context(), c, "enrol", ask, operator.enrol); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := s.desk().List(t.Context(), record.Query{Kind: desk.KindStaff})
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d in the directory, %v", len(rows), err)
	}
	for _, row := range rows {
		if got, want := row.Bool("active"), row.Text("name") == "示例agent"; got != want {
			t.Errorf("%s can be in charge: %v", row.Text("name"), got)
		}
	}
}

// The list of devices says since when what waits on one has waited.
func TestDeviceListSaysSinceWhen(t *testing.T) {
	b := openBench(t, 1)
	b.laptop("示例电脑", b.villages(1)...)
	all, err := b.app.Store.Devices(t.Context())
	b.must(err)
	seen := time.Date(2026, 11, 20, 12, 0, 0, 0, time.Local)
	list := func(st wire.Status) DeviceView {
		t.Helper()
		b.must(b.app.Store.Seen(t.Context(), all[0].ID, ident.Incarnation{1}, "agent/1", st, seen))
		views, err := b.operator().devices(t.Context(), None{})
		b.must(err)
		return views[0]
	}
	if v := list(wire.Status{Waiting: 3, OldestMS: (26 * time.Hour).Milliseconds()}); v.Waiting != 3 || v.Oldest != "2026-11-19 10:00" {
		t.Errorf("got %+v", v)
	}
	if line := deviceLine(list(wire.Status{Waiting: 3, OldestMS: (26 * time.Hour).Milliseconds()})); len(line) != len(deviceHead) || line[6] != "2026-11-19 10:00" || deviceHead[6] != "OLDEST" {
		t.Errorf("printed %q under %q", line, deviceHead)
	}
	if v := list(wire.Status{}); v.Oldest != "" {
		t.Errorf("nothing waits, since %q", v.Oldest)
	}
}
