// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"log/slog"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/station"
	"yuexin/shared/sync/record"
)

// TestCadreOnAKiosk: a cadre is let into an enrolled kiosk with a code for that machine. From the next sync on their passphrase
// opens the households of the village, which the machine itself does not show; the next cadre is let in by the first.
func TestCadreOnAKiosk(t *testing.T) {
	t.Parallel()
	s := running(t)
	d, other := s.enrol("kiosk", "hall"), s.enrol("kiosk", "elsewhere")
	d.sync()
	code := func(person string) string {
		args := []string{"enrol", "--program", "kiosk", "--device", d.status().Device, "--person", person, "--role", "cadre"}
		for _, u := range made.Units {
			args = append(args, "--village", u.Code)
		}
		var answer ticket
		s.do(&answer, args...)
		return answer.File
	}
	first, second := code("李村长"), code("王委员")
	add := func(d *device, file, fresh string, env ...string) line {
		return line{program: "kiosk", args: []string{"enrol", "--add", "--ticket", file, "--dir", d.dir}, env: append(env, "YUEXIN_ADDED_PASSPHRASE="+fresh)}
	}
	const mine, theirs = "the words of the headman", "the words of the committee"
	if _, r := add(other, first, mine).refused(t); r.Code != "not_found" {
		t.Errorf("another kiosk: %+v", r)
	}
	if out, err := add(d, first, mine).run(t); err != nil {
		t.Fatalf("the first: %v\n%s%s", err, out, stderrOf(err))
	}
	if _, r := add(d, second, theirs, "YUEXIN_PASSPHRASE=a guess of somebody").refused(t); r.Code != "unauthenticated" {
		t.Errorf("the second, with a guess: %+v", r)
	}
	if out, err := add(d, second, theirs, "YUEXIN_PASSPHRASE="+mine).run(t); err != nil {
		t.Fatalf("the second: %v\n%s%s", err, out, stderrOf(err))
	}
	if st := d.sync(); st.Refused+st.Waiting != 0 {
		t.Errorf("after the sync: %+v", st)
	}

	k, err := station.Open(t.Context(), station.Config{Dir: d.dir, Program: "kiosk", Version: "0", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	}()
	named := func(from record.Store) int {
		t.Helper()
		rows, err := from.List(t.Context(), record.Query{Kind: "household", Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, row := range rows {
			if row.Text("head_name") != "" {
				n++
			}
		}
		return n
	}
	if n := named(k.Store()); n != 0 {
		t.Errorf("the machine itself reads %d names", n)
	}
	if _, err := k.OpenStaff(t.Context(), "a guess of somebody"); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a guess: %v", err)
	}
	for passphrase, name := range map[string]string{mine: "李村长", theirs: "王委员"} {
		staff, err := k.OpenStaff(t.Context(), passphrase)
		if err != nil || staff.Name != name || staff.Session.Role != "cadre" {
			t.Fatalf("%s came in as %+v: %v", name, staff, err)
		}
		if named(staff.Store) == 0 {
			t.Errorf("%s reads no household", name)
		}
		if err := k.CloseStaff(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := named(staff.Store); n != 0 {
			t.Errorf("after %s went %d names are read", name, n)
		}
	}
}
