// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"context"
	"time"

	"yuexin/shared/credit/exposure"
	"yuexin/shared/credit/wholevillage"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Whole brings 富溪村 into the middle of whole-village credit: 陈秀英 sits in an open round of whoever works here, 李志强 waits for an
// officer, 黄桂芳 for the second signature, 陈志明 has a contract, somebody objects to the limit of 冯树生, and of 梁少珍 the file lacks
// something.
func (s *Stage) Whole() {
	w := wholeStage{s, 1200, wholevillage.Step{}}
	w.year = w.step(0, 30)
	w.put(wholevillage.Year{Step: w.year, Year: 2026}.Create(), Desk, 30)
	w.year.Header.Kind = wholevillage.KindYear
	ids := []string{"44128419680312038X", "441284198001010014", "441284198001010022", "", "441284198001010030", "", "441284198001010049"}
	for i, h := range ledger[:7] {
		if ids[i] == "" {
			continue
		}
		w.complete(h.n, ids[i])
		screened := wholevillage.Screening{Step: w.step(h.n, 29), List: wholevillage.White, Reasons: []wholevillage.Ground{}, Limit: 12_000_000, Grade: "AA", Day: "2026-10-24"}
		if h.n == 102 {
			screened.List, screened.Reasons = wholevillage.Grey, []wholevillage.Ground{{ID: "capped", Got: 1}}
		}
		w.put(screened.Create(), Desk, 29)
	}
	w.round()
	limits := map[uint64]record.Header{}
	for _, n := range []uint64{103, 105, 107} {
		limits[n] = w.limit(n)
	}
	w.notice(limits)
	w.signed(limits)
	o := wholevillage.Objection{Step: w.step(0, 9), Limit: limits[107].ID, Why: "wrong_facts"}
	o.Year, o.Edition = ident.Record{}, 0
	w.put(o.Create(), ident.Actor{}, 9)
}

// wholeStage numbers what it puts on stage.
type wholeStage struct {
	*Stage
	next uint64
	year wholevillage.Step
}

const wholeDay = 24 * time.Hour

func (w *wholeStage) put(write record.Write, by ident.Actor, ago int) record.Header {
	w.Stage.put(write.Header, by, record.Officer, time.Duration(ago)*wholeDay, write.Fields)
	return write.Header
}

// step is the beginning of a record about a household, 0 for the village.
func (w *wholeStage) step(n uint64, ago int) wholevillage.Step {
	w.next++
	s := wholevillage.Step{
		Header: record.Header{ID: id[ident.Record](w.next), Scope: Fuxi, Subject: id[ident.Subject](1)}, Year: w.year.Header.ID,
		AtMS: Now.Add(-time.Duration(ago) * wholeDay).UnixMilli(), Edition: 1, Sample: true,
	}
	if n > 0 {
		s.Header.Subject, s.Household = id[ident.Subject](n), id[ident.Record](n)
	}
	return s
}

// complete gives a household the identity number that its file lacks.
func (w *wholeStage) complete(n uint64, resident string) {
	row := must(w.As(Desk, "desk").Get(context.Background(), id[ident.Record](n)))
	fields := map[record.Field]record.Value{"resident_id": text(resident)}
	for f, state := range row.Fields {
		if f != "resident_id" {
			fields[f] = state.Value
		}
	}
	w.Stage.put(row.Header, Other, record.Officer, 40*wholeDay, fields)
}

// round opens the first round of 陈秀英.
func (w *wholeStage) round() {
	r := wholevillage.Round{Step: w.step(0, 3), No: 1, Until: "2026-12-03", Seats: []wholevillage.Seat{{Household: Chen, Subject: id[ident.Subject](101)}}}
	for _, a := range []ident.Actor{Me, Other, Cadre} {
		r.Reviewers = append(r.Reviewers, wholevillage.Reviewer{Actor: a})
	}
	w.put(r.Create(), Desk, 3)
}

// limit is what two rounds and the meeting came to for a household: 8 万.
func (w *wholeStage) limit(n uint64) record.Header {
	var used []ident.Record
	for no := 1; no <= 2; no++ {
		r := wholevillage.Result{
			Step: w.step(n, 20-no), Round: id[ident.Record](1), No: no, Enough: true, Suggests: []int64{7_000_000, 8_000_000, 9_000_000}, Suggest: 8_000_000,
			Tally: map[string]int{}, Used: []ident.Record{},
		}
		used = append(used, w.put(r.Create(), Desk, 20-no).ID)
	}
	l := wholevillage.Limit{
		Step: w.step(n, 16), Meeting: id[ident.Record](2), Outcome: wholevillage.Offered, Limit: 8_000_000, Suggest: 8_000_000, Model: 12_000_000,
		Reasons: []wholevillage.Ground{{ID: "median", Got: 8_000_000}}, Used: used, Day: "2026-11-06", Until: "2027-11-05",
	}
	return w.put(l.Create(), Desk, 16)
}

func (w *wholeStage) notice(limits map[uint64]record.Header) {
	p := wholevillage.Posted{Step: w.step(0, 14), From: "2026-11-08", Until: "2026-11-14"}
	for _, h := range ledger {
		if limit, on := limits[h.n]; on {
			p.Lines = append(p.Lines, wholevillage.NoticeLine{Limit: limit.ID, Name: w.book.Whole.Notice().Mask(h.name), Group: h.group})
		}
	}
	w.put(p.Create(), Other, 14)
}

// signed has a colleague sign for 黄桂芳, and two for 陈志明, who has a contract and drew 2 万 of it.
func (w *wholeStage) signed(limits map[uint64]record.Header) {
	sign := func(n uint64, by ident.Actor, with ident.Record, amount int64) ident.Record {
		s := wholevillage.Signing{Step: w.step(n, 5), Limit: limits[n].ID, With: with, Amount: amount, Identity: true, Day: "2026-11-17"}
		return w.put(s.Create(), by, 5).ID
	}
	sign(103, Other, ident.Record{}, 6_000_000)
	sign(105, Cadre, sign(105, Other, ident.Record{}, 8_000_000), 8_000_000)
	ask := id[ident.Record](1190)
	a := wholevillage.Agreement{Step: w.step(105, 4), Limit: limits[105].ID, Ask: ask, Bank: bank, Number: "示例2026-018", Amount: 8_000_000, Rate: 435, From: "2026-11-18", Until: "2027-11-05"}
	a.Edition = 0
	contract := w.put(a.Create(), Other, 4)
	g := exposure.Grant{
		Header: record.Header{ID: id[ident.Record](1191), Scope: Fuxi, Subject: id[ident.Subject](105)}, Ask: ask, Household: id[ident.Record](105), Bank: bank,
		State: exposure.Granted, Amount: 8_000_000, Limit: 12_000_000, AtMS: a.AtMS, Day: "2026-11-18", Sample: true,
	}
	w.put(g.Create(), Desk, 4)
	d := wholevillage.Drawing{Step: w.step(105, 2), Contract: contract.ID, Amount: 2_000_000, Day: "2026-11-20"}
	d.Edition = 0
	w.put(d.Create(), Other, 2)
}
