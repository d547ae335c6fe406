// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"testing"
	"time"

	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/credit/points"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

// TestPoints: one cadre proposes points as often as the rules say and withdraws a slip, another approves them, and both put them
// up. The machine shows everybody the sums of the village and what is put up, and never whose points they are; whoever doubts
// one stops it until somebody has answered.
func TestPoints(t *testing.T) {
	s := stage(t)
	f := s.Flow
	if err := s.AddHousehold("陈秀英", "三组"); err != nil {
		t.Fatal(err)
	}
	if err := f.Give("clean"); fault.From(err).Key != "station.staff" {
		t.Errorf("anybody proposes points: %v", err)
	}
	enter(t, s)
	f.OpenRoll(points.Household)
	lines, _, _, err := f.Roll()
	if err != nil {
		t.Fatal(err)
	}
	f.OpenAward(lines[0].ID)
	at(t, f, flow.Award)
	for _, item := range []string{"pens", "clean"} {
		if err := f.Give(item); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Give("clean"); err != nil { // a shaking hand
		t.Fatal(err)
	}
	for item, key := range map[string]string{"pens": "points.most", "solar": "points.photo"} {
		if err := f.Give(item); fault.From(err).Key != key {
			t.Errorf("%s: %v", item, err)
		}
	}
	if err := f.TakeBack(); err != nil { // the clean yard
		t.Fatal(err)
	}
	if _, some := f.LastGiven(); some {
		t.Error("what was withdrawn can be withdrawn again")
	}
	name, have, err := f.Awarded()
	if b := have["governance"]; err != nil || name != "陈秀英" || b.Points != 0 || b.Waiting != 2 {
		t.Errorf("%s has %+v, %v", name, b, err)
	}
	f.OpenPointWork()
	work := desk(t, f)
	if len(work.Proposals) != 1 || !work.Proposals[0].Mine || work.Proposals[0].Name != "陈秀英" || work.Unlisted != 0 {
		t.Fatalf("work %+v", work)
	}
	entry := work.Proposals[0].Entry.Header.ID
	if err := f.Approve(entry); fault.From(err).Key != "points.own" {
		t.Errorf("who proposed it approves: %v", err)
	}
	f.Leave()

	s.Time = s.Time.Add(time.Minute)
	second(t, s)
	f.OpenPointWork()
	if work = desk(t, f); len(work.Proposals) != 1 || work.Proposals[0].Mine || work.Proposals[0].By != flowtest.Cadre {
		t.Fatalf("work of the second %+v", work)
	}
	if err := f.Approve(entry); err != nil {
		t.Fatal(err)
	}
	if err := f.PublishPoints(); err != nil {
		t.Fatal(err)
	}
	if err := f.PublishPoints(); fault.From(err).Key != "points.list.none" {
		t.Errorf("put up twice: %v", err)
	}
	f.Leave()

	f.OpenPoints()
	at(t, f, flow.Points)
	board := func(want int64) {
		t.Helper()
		boards, err := f.Boards()
		if err != nil || len(boards) != 2 || boards[0].Month != "2026-11" || boards[0].Sum != want || boards[1].Month != "2026-10" || boards[1].Sum != 0 {
			t.Fatalf("boards %+v, %v", boards, err)
		}
	}
	board(2)
	up, err := f.PutUp()
	if err != nil || len(up) != 1 || up[0].Name != "陈*英" || up[0].Group != "三组" {
		t.Fatalf("put up %+v, %v", up, err)
	}
	f.OpenPutUp()
	f.Doubt(up[0])
	at(t, f, flow.Doubt)
	if err := f.SayDoubt("not_done"); err != nil {
		t.Fatal(err)
	}
	at(t, f, flow.PutUp)
	board(0)

	enter(t, s)
	f.OpenPointWork()
	if work = desk(t, f); len(work.Doubted) != 1 {
		t.Fatalf("doubted %+v", work)
	}
	if err := f.AnswerDoubt(entry, points.Kept); fault.From(err).Key != "points.own" {
		t.Errorf("who proposed it keeps it: %v", err)
	}
	f.Leave()
	second(t, s)
	f.OpenPointWork()
	if err := f.AnswerDoubt(entry, points.Kept); err != nil {
		t.Fatal(err)
	}
	f.Leave()
	board(2)
	if up, err = f.PutUp(); err != nil || !up[0].Kept {
		t.Errorf("after the answer %+v, %v", up, err)
	}
	s.Time = s.Time.AddDate(0, 0, 7)
	if late, err := f.PutUp(); err != nil || len(late) != 0 {
		t.Errorf("after its days %+v, %v", late, err)
	}
	f.OpenPoints()
	f.Doubt(up[0])
	if err := f.SayDoubt("not_done"); fault.From(err).Key != "kiosk.doubt.over" {
		t.Errorf("doubted too late: %v", err)
	}

	entries, err := f.Store.List(t.Context(), record.Query{Kind: points.Kind})
	if err != nil || len(entries) != 3 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	if rows, err := f.Store.List(t.Context(), record.Query{Kind: points.Household}); err != nil || len(rows) != 0 {
		t.Errorf("the machine reads %d households: %v", len(rows), err)
	}
	if name, have, _ := f.Awarded(); name != "" || have != nil {
		t.Error("without the cadre a household is shown")
	}
}

func desk(t *testing.T, f *flow.Flow) flow.PointWork {
	t.Helper()
	at(t, f, flow.PointDesk)
	w, err := f.PointWork()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func second(t *testing.T, s *flowtest.Stage) {
	t.Helper()
	if err := s.EnterAs(flowtest.SecondPassphrase); err != nil {
		t.Fatal(err)
	}
}
