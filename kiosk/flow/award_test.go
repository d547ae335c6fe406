// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"testing"

	"yuexin/kiosk/flow"
	"yuexin/shared/credit/points"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

// TestPoints: a cadre gives a household points as often as the rules say and takes a slip back; the machine shows everybody
// the sums of the village and never whose they are.
func TestPoints(t *testing.T) {
	s := stage(t)
	f := s.Flow
	if err := s.AddHousehold("陈秀英", "三组"); err != nil {
		t.Fatal(err)
	}
	if err := f.Give("solar"); fault.From(err).Key != "station.staff" {
		t.Errorf("anybody gives points: %v", err)
	}
	enter(t, s)
	f.OpenRoll(points.Household)
	lines, _, _, err := f.Roll()
	if err != nil {
		t.Fatal(err)
	}
	f.OpenAward(lines[0].ID)
	at(t, f, flow.Award)
	for _, item := range []string{"solar", "clean"} {
		if err := f.Give(item); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Give("clean"); err != nil { // a shaking hand
		t.Fatal(err)
	}
	if err := f.Give("solar"); fault.From(err).Key != "points.most" {
		t.Errorf("more often than the rules say: %v", err)
	}
	if err := f.TakeBack(); err != nil { // the clean yard
		t.Fatal(err)
	}
	if _, some := f.LastGiven(); some {
		t.Error("what was taken back can be taken back again")
	}
	name, have, err := f.Awarded()
	if err != nil || name != "陈秀英" || len(have) != 3 {
		t.Errorf("%s has %d entries, %v", name, len(have), err)
	}
	f.Leave()
	enter(t, s) // the next time, before anything was synced
	f.OpenAward(lines[0].ID)
	if err := f.Give("solar"); fault.From(err).Key != "points.most" {
		t.Errorf("more often, in a second session: %v", err)
	}
	f.Leave()

	f.OpenPoints()
	at(t, f, flow.Points)
	boards, err := f.Boards()
	if err != nil || len(boards) != 2 || boards[0].Month != "2026-11" || boards[0].Sum != 10 || boards[1].Month != "2026-10" || boards[1].Sum != 0 {
		t.Fatalf("boards %+v, %v", boards, err)
	}
	entries, err := f.Store.List(t.Context(), record.Query{Kind: points.Kind})
	if err != nil || len(entries) != 3 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	for _, row := range entries {
		if !points.Of(row).Household.IsZero() {
			t.Error("the machine reads whose points they are")
		}
	}
	if name, have, _ := f.Awarded(); name != "" || have != nil {
		t.Error("without the cadre a household is shown")
	}
}
