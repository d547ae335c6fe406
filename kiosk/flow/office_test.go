// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"strings"
	"testing"
	"time"

	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

// enter lets the cadre of the stage in.
func enter(t *testing.T, s *flowtest.Stage) {
	t.Helper()
	if err := s.Enter(); err != nil {
		t.Fatal(err)
	}
	at(t, s.Flow, flow.Office)
}

// TestStaffPartIsShut: what only staff may see asks for a passphrase; going to a visitor's screen, leaving and being idle each
// shut it again.
func TestStaffPartIsShut(t *testing.T) {
	for name, away := range map[string]func(*flowtest.Stage){
		"leaving":           func(s *flowtest.Stage) { s.Flow.Leave() },
		"a visitor's page":  func(s *flowtest.Stage) { s.Flow.Open(flow.Ask) },
		"the machine's own": func(s *flowtest.Stage) { s.Flow.Open(flow.Staff) },
		"idle":              func(s *flowtest.Stage) { s.Pass(s.Flow.Mode().Patience()) },
		"a visitor's form":  func(s *flowtest.Stage) { s.Flow.Choose(flow.Demand) },
	} {
		s := stage(t)
		f := s.Flow
		s.Refuse(12)
		for _, r := range []flow.Route{flow.Reprint, flow.Returned} {
			f.Open(r)
			at(t, f, flow.Cadre)
			f.Clear()
		}
		if all, _ := f.Returned(); len(all) != 0 {
			t.Errorf("%s: refusals are shown to anybody", name)
		}
		f.OpenRoll(lending.KindDemand)
		at(t, f, flow.Cadre)
		if lines, _, _, _ := f.Roll(); lines != nil {
			t.Errorf("%s: the list is shown to anybody", name)
		}
		enter(t, s)
		f.OpenRoll(lending.KindDemand)
		at(t, f, flow.RollCall)
		if !s.Cadres.Open || f.Desk() == nil {
			t.Fatalf("%s: the cadre is not in", name)
		}
		away(s)
		if s.Cadres.Open || f.Desk() != nil {
			t.Errorf("%s: the staff's part is open", name)
		}
		f.OpenOffice()
		at(t, f, flow.Cadre)
	}
}

// TestWrongPassphraseWaits: after three wrong ones each try waits longer, and a right one then begins anew. Whoever goes away
// while theirs is tried is not in.
func TestWrongPassphraseWaits(t *testing.T) {
	s := stage(t)
	f := s.Flow
	f.OpenOffice()
	if err := f.LogIn(""); fault.From(err).Key != "kiosk.cadre.empty" {
		t.Errorf("nothing typed: %v", err)
	}
	for range 4 {
		if err := f.LogIn("猜的"); err != nil || f.Problem() == nil || f.Problem().Key != "replica.passphrase" {
			t.Fatalf("a wrong one: %v, shown %v", err, f.Problem())
		}
	}
	if err := f.LogIn(flowtest.Passphrase); fault.From(err).Key != "kiosk.proof.slow" {
		t.Errorf("the fifth at once: %v", err)
	}
	s.Time = s.Time.Add(10 * time.Second)
	enter(t, s)
	f.Leave()

	s.Cadres.Slow = true
	f.OpenOffice()
	if err := f.LogIn(flowtest.Passphrase); err != nil || !f.Entering() {
		t.Fatalf("while it is tried: %v, entering %v", err, f.Entering())
	}
	f.Leave()
	s.Cadres.Answer()
	if f.Desk() != nil || s.Cadres.Open || f.Route() != flow.Start {
		t.Errorf("who went away is in, at %s", f.Route())
	}
	s.Cadres.None = true
	if f.HasCadres() {
		t.Error("somebody can come in where nobody was added")
	}
}

// TestCollectedByStaff: what a cadre fills in for somebody is handed in under the cadre's role, shows in the village list, and
// leads back to the staff's part; after a pause it is the person's own.
func TestCollectedByStaff(t *testing.T) {
	s := stage(t)
	f := s.Flow
	enter(t, s)
	collect := func() {
		t.Helper()
		f.Collect(flow.Demand)
		scan(t, s, door)
		f.AcceptPlace()
		fill(t, f, wanted)
	}
	source := func() record.Source {
		t.Helper()
		rows, err := s.Desk.List(t.Context(), record.Query{Kind: lending.KindDemand, Newest: true, Limit: 1})
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d demands, %v", len(rows), err)
		}
		return rows[0].Fields["asked"].Winner.Source
	}
	collect()
	if f.Collector() != flowtest.Cadre {
		t.Errorf("collected by %q", f.Collector())
	}
	if err := f.HandIn(); err != nil {
		t.Fatal(err)
	}
	if got := source(); got != s.World.Book.Access.Source("cadre") {
		t.Errorf("source %v, want the cadre's", got)
	}
	f.Clear()
	at(t, f, flow.Office)
	f.OpenRoll(lending.KindDemand)
	lines, page, pages, err := f.Roll()
	if err != nil || page != 1 || pages != 1 || len(lines) != 1 {
		t.Fatalf("list %+v, page %d of %d, %v", lines, page, pages, err)
	}
	if got := strings.Join(lines[0].About, " "); lines[0].Name != wanted["applicant_name"] || !strings.Contains(got, "5万元") || lines[0].Status == "" {
		t.Errorf("line %+v", lines[0])
	}
	f.Back()

	s.Time = s.Time.Add(time.Minute) // a receipt of its own minute
	collect()
	s.Pass(s.Flow.Mode().Patience())
	at(t, f, flow.Idle)
	if s.Cadres.Open {
		t.Error("the staff's part stays open while nobody is there")
	}
	f.Continue()
	at(t, f, flow.Review)
	if err := f.HandIn(); err != nil {
		t.Fatal(err)
	}
	if got := source(); got != s.World.Book.Access.Source(flow.Role) {
		t.Errorf("after the pause: source %v, want the person's own", got)
	}
	f.Clear()
	at(t, f, flow.Start)
}

// TestRollTurnsPages: a list longer than a screen is turned, and does not go past its ends.
func TestRollTurnsPages(t *testing.T) {
	s := stage(t)
	f := s.Flow
	for range 8 {
		if err := s.AddHousehold("陈秀英", "三组"); err != nil {
			t.Fatal(err)
		}
	}
	enter(t, s)
	f.OpenRoll("household")
	f.TurnRoll(-1)
	first, page, pages, err := f.Roll()
	if err != nil || page != 1 || pages != 2 || len(first) != 6 || first[0].Name != "陈秀英" {
		t.Fatalf("page %d of %d with %d lines, %v", page, pages, len(first), err)
	}
	f.TurnRoll(1)
	f.TurnRoll(1)
	if last, page, _, err := f.Roll(); err != nil || page != 2 || len(last) != 2 {
		t.Errorf("last page %d with %d lines, %v", page, len(last), err)
	}
}

// TestRefusalIsSettledByStaff: a refusal is settled while somebody of the staff is in, and only then.
func TestRefusalIsSettledByStaff(t *testing.T) {
	s := stage(t)
	f := s.Flow
	s.Refuse(12)
	enter(t, s)
	f.Open(flow.Returned)
	all, err := f.Returned()
	if err != nil || len(all) != 1 {
		t.Fatalf("%d refusals, %v", len(all), err)
	}
	f.OpenSettle(all[0])
	at(t, f, flow.Settle)
	s.Pass(s.Flow.Mode().Patience())
	if err := f.Settle("kiosk.settle.told"); err != nil || len(s.Tray.Why) != 0 {
		t.Errorf("settled while nobody is in: %v, %v", s.Tray.Why, err)
	}
	enter(t, s)
	f.OpenSettle(all[0])
	if err := f.Settle("kiosk.settle.told"); err != nil || s.Tray.Why[12] == "" {
		t.Errorf("settled: %v, %v", s.Tray.Why, err)
	}
}

// TestLateAnswerLetsNobodyIn: a cadre types their passphrase and goes away before it is answered; the next person types
// anything. The answer to the first lets nobody in, and what it opened is shut.
func TestLateAnswerLetsNobodyIn(t *testing.T) {
	s := stage(t)
	s.Cadres.Slow = true
	if err := s.Enter(); err != nil || !s.Flow.Entering() {
		t.Fatalf("entering: %v", err)
	}
	s.Flow.Leave()
	s.Flow.OpenOffice()
	if err := s.Flow.LogIn("anything"); err != nil {
		t.Fatal(err)
	}
	s.Cadres.Answer() // to the cadre
	if s.Flow.Desk() != nil || s.Cadres.Open {
		t.Fatal("whoever stands there is in by the passphrase of somebody else")
	}
	s.Cadres.Answer()
	at(t, s.Flow, flow.Cadre)
	if !fault.Is(s.Flow.Problem(), fault.Unauthenticated) {
		t.Errorf("told %v", s.Flow.Problem())
	}
}
