// SPDX-License-Identifier: Apache-2.0

package recordtest

import (
	"context"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

func testChain(t *testing.T, w World) {
	s := w.As(Officer)
	h := Header(Household, 1)
	mustApply(t, s, Create(h, Fields{"income": record.OfInt(1), "people": record.OfInt(9), "phone": record.OfText("13800000000")}))
	for n := int64(2); n <= 4; n++ {
		mustApply(t, s, Edit(h, mustBase(t, s, Here), Fields{"income": record.OfInt(n)}))
	}
	mustApply(t, s, Edit(h, mustBase(t, s, Here), Fields{"people": record.OfInt(2), "phone": {}}))
	row := mustGet(t, s, h.ID)
	wantValue(t, row, "income", record.OfInt(4))
	wantValue(t, row, "people", record.OfInt(2))
	wantValue(t, row, "phone", record.Value{})
	if d := row.Disputed(); len(d) > 0 {
		t.Errorf("disputed %v although every author had seen what stood", d)
	}
}

// testConcurrent writes twice from one base: the second author had not seen what
// the first wrote.
func testConcurrent(t *testing.T, w World) {
	s := w.As(Officer)
	h := Header(Household, 1)
	mustApply(t, s, Create(h, Fields{
		"people": record.OfInt(4), "dogs": record.OfInt(4), "income": record.OfInt(100), "phone": record.OfText("13800000000"),
		"crops": record.OfSet("rice"), "acreage": record.OfInt(10),
	}))
	base := mustBase(t, s, Here)
	mustApply(t, s, Edit(h, base, Fields{
		"people": record.OfInt(7), "dogs": record.OfInt(1), "income": record.OfInt(200), "phone": record.OfText("13900000001"),
		"crops": record.OfSet("rice", "tea"), "acreage": record.OfInt(20),
	}))
	second := Edit(h, base, Fields{
		"people": record.OfInt(6), "dogs": record.OfInt(2), "income": record.OfInt(300), "phone": record.OfText("13900000002"),
		"crops": record.OfSet("fish"), "acreage": record.OfInt(30),
	})
	second.Source = record.SelfDeclared
	mustApply(t, s, second)

	row := mustGet(t, s, h.ID)
	wantValue(t, row, "people", record.OfInt(7))
	wantValue(t, row, "dogs", record.OfInt(1))
	wantValue(t, row, "phone", record.OfText("13900000002"))
	wantValue(t, row, "crops", record.OfSet("rice", "tea", "fish"))
	wantValue(t, row, "acreage", record.OfInt(20))
	wantValue(t, row, "income", record.OfInt(200))
	if s := row.Fields["income"]; !s.Disputed || len(s.Aside) != 1 || s.Aside[0].Value.Int() != 300 {
		t.Errorf("income: disputed %v with %d aside, want the second value listed aside", s.Disputed, len(s.Aside))
	}
	if s := row.Fields["acreage"]; s.Disputed || len(s.Aside) != 1 || s.Aside[0].Value.Int() != 30 {
		t.Errorf("acreage: disputed %v with %d aside, want one proposal", s.Disputed, len(s.Aside))
	}

	t.Run("who was shown the dispute does not end it", func(t *testing.T) {
		mustApply(t, s, Edit(h, mustBase(t, s, Here), Fields{"income": record.OfInt(400)}))
		s := mustGet(t, s, h.ID).Fields["income"]
		if !s.Disputed || len(s.Aside) != 2 {
			t.Errorf("disputed %v with %d aside, want 2", s.Disputed, len(s.Aside))
		}
	})
}

func testDelete(t *testing.T, w World) {
	s := w.As(Officer)
	h := Header(Household, 1)
	mustApply(t, s, Create(h, Fields{"people": record.OfInt(4)}))
	mustApply(t, s, Delete(h, mustBase(t, s, Here)))
	row := mustGet(t, s, h.ID)
	if !row.Deleted() {
		t.Error("the record is not deleted")
	}
	wantValue(t, row, "people", record.OfInt(4))
	if n := len(mustList(t, s, record.Query{Kind: Household})); n != 0 {
		t.Errorf("%d rows listed, want 0", n)
	}
	if n := len(mustList(t, s, record.Query{Kind: Household, Deleted: true})); n != 1 {
		t.Errorf("%d rows listed with deleted ones, want 1", n)
	}

	mustApply(t, s, Edit(h, mustBase(t, s, Here), Fields{"people": record.OfInt(5)}))
	if row := mustGet(t, s, h.ID); !row.Fields[record.Deleted].Disputed || row.Int("people") != 5 {
		t.Errorf("after an edit by who knew: people %d, deletion %+v, want 5 and in review", row.Int("people"), row.Fields[record.Deleted])
	}

	mustApply(t, s, Create(Header(Household, 2), Fields{"people": record.OfInt(4)}))
	mustApply(t, s, Delete(Header(Household, 2), mustBase(t, s, Here)))
	mustApply(t, s, Edit(Header(Household, 2), mustBase(t, s, Here), Fields{record.Deleted: record.OfBool(false)}))
	if row := mustGet(t, s, ID(2)); row.Deleted() || row.Fields[record.Deleted].Disputed {
		t.Error("whoever says that a deleted record is not deleted restores it")
	}
}

func testEditBesideDelete(t *testing.T, w World) {
	s := w.As(Officer)
	h := Header(Household, 1)
	mustApply(t, s, Create(h, Fields{"people": record.OfInt(4)}))
	base := mustBase(t, s, Here)
	mustApply(t, s, Delete(h, base))
	mustApply(t, s, Edit(h, base, Fields{"people": record.OfInt(5)}))
	row := mustGet(t, s, h.ID)
	wantValue(t, row, "people", record.OfInt(5))
	if row.Deleted() || !row.Fields[record.Deleted].Disputed {
		t.Error("an edit that did not know of the deletion must put it in review")
	}
	if n := len(mustList(t, s, record.Query{Kind: Household})); n != 1 {
		t.Errorf("%d rows listed, want 1", n)
	}
}

func testHistory(t *testing.T, w World) {
	s := w.As(Officer)
	h := Header(Household, 1)
	mustApply(t, s, Create(h, Fields{"phone": record.OfText("13800000000"), "people": record.OfInt(1)}))
	mustApply(t, s, Edit(h, mustBase(t, s, Here), Fields{"phone": record.OfText("13800000001")}))
	mustApply(t, s, Edit(h, mustBase(t, s, Here), Fields{"phone": record.OfText("13800000002")}))
	past, err := s.History(context.Background(), h.ID)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range past {
		if p.Field == "phone" {
			got = append(got, p.Value.Text())
		}
	}
	if len(got) < 2 || got[0] != "13800000001" || got[1] != "13800000000" {
		t.Errorf("phone was %v, want the two former values, newest first", got)
	}
	if _, err := w.As(Kiosk).History(context.Background(), h.ID); err != nil {
		t.Fatal(err)
	}
	for _, p := range must(w.As(Kiosk).History(context.Background(), h.ID)) {
		if p.Field == "phone" {
			t.Error("history shows a field outside the view")
		}
	}
}

func must[T any](v T, _ error) T { return v }

func testBlind(t *testing.T, w World) {
	officer, cadre := w.As(Officer), w.As(Cadre)
	h := Header(Household, 1)
	mustApply(t, officer, Create(h, Fields{"phone": record.OfText("13800000000"), "people": record.OfInt(2)}))
	mustApply(t, cadre, Edit(h, mustBase(t, cadre, Here), Fields{"phone": record.OfText("13800000009"), "people": record.OfInt(3)}))
	row := mustGet(t, officer, h.ID)
	wantValue(t, row, "phone", record.OfText("13800000000"))
	wantValue(t, row, "people", record.OfInt(3))

	demand := Header(Demand, 2)
	kiosk := w.As(Kiosk)
	mustApply(t, kiosk, Create(demand, Fields{"amount": record.OfInt(1)}))
	_, err := kiosk.Get(context.Background(), demand.ID)
	wantKind(t, err, fault.NotFound)
}
