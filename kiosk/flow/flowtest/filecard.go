// SPDX-License-Identifier: Apache-2.0

package flowtest

import (
	"context"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
)

// Cards counts wrong PINs in memory.
type Cards struct {
	tried map[myfile.ID]myfile.Tried
	disk  *Disk
}

// Tried implements flow.Cards.
func (c *Cards) Tried(card myfile.ID) myfile.Tried { return c.tried[card] }

// Try implements flow.Cards.
func (c *Cards) Try(card myfile.ID, nowMS int64) error {
	if c.disk.Acts {
		return full()
	}
	c.tried[card] = myfile.Tried{Wrong: c.tried[card].Wrong + 1, LastMS: nowMS}
	return nil
}

// Right implements flow.Cards.
func (c *Cards) Right(card myfile.ID) error {
	delete(c.tried, card)
	return nil
}

// PIN is that of every file card on stage.
const PIN = "830517"

// FileCard issues a file card to the made-up household of 陈秀英 in 富溪村 and puts her file into the village, as a server does. A
// guess at its PIN takes no time.
func (s *Stage) FileCard() (myfile.Card, error) {
	rules := s.World.Book.Files()
	quick := *rules.Policy
	quick.Cost.Passes, quick.Cost.MemoryKiB = 1, 64
	card, lock, err := quick.Issue(s.random, PIN)
	if err != nil {
		return card, err
	}
	h, err := s.header(Scope(Fuxi), myfile.KindSheet)
	if err != nil {
		return card, err
	}
	root, rows := s.chens(h.Subject)
	file := rules.Make(root, rows, s.uses(), s.Time)
	file.Limit = s.Limit
	sheet := myfile.Sheet{Header: h, Card: card.ID(), State: myfile.Lives, Wrapped: lock.Wrapped}
	if sheet.Sealed, err = lock.Seal(s.random, file, h); err != nil {
		return card, err
	}
	if sheet.Digest, err = file.Digest(); err != nil {
		return card, err
	}
	return card, s.apply(sheet.Write(record.Create))
}

// EndCard has the server say that a file card lives no more.
func (s *Stage) EndCard(card myfile.Card) error {
	sheet, err := myfile.Find(context.Background(), s.Desk, card.ID())
	if err != nil {
		return err
	}
	sheet.State = myfile.Dead
	return s.apply(sheet.Write(record.Edit))
}

// chens are what is recorded about the household: from several sources, one value in dispute.
func (s *Stage) chens(subject ident.Subject) (root record.Row, rows []record.Row) {
	field := func(v record.Value, source record.Source, days int) record.FieldState {
		at := hlc.New(s.Time.AddDate(0, 0, -days).UnixMilli(), 0)
		return record.FieldState{Value: v, Winner: record.Head{Value: v, Source: source, Stamp: at}}
	}
	debt := field(record.OfInt(3_000_000), record.BankVerified, 12)
	debt.Disputed, debt.Aside = true, []record.Head{{Value: record.OfInt(5_000_000)}}
	root = record.Row{
		Header: record.Header{ID: ident.Record{0xc1}, Kind: "household", Scope: Scope(Fuxi), Subject: subject},
		Fields: map[record.Field]record.FieldState{
			"head_name": field(record.OfText("陈秀英"), record.Officer, 12), "resident_id": field(record.OfText("441284196110240004"), record.Officer, 12),
			"phone": field(record.OfText("19900008888"), record.SelfDeclared, 40), "region_code": field(record.OfText(string(Fuxi)), record.SelfDeclared, 40),
			"house_no": field(record.OfText("3号"), record.SelfDeclared, 40), "population": field(record.OfInt(4), record.Cadre, 30),
			"crops":     field(record.OfSet("rice", "vegetable"), record.Officer, 12),
			"land_area": field(record.OfInt(650), record.Authoritative, 90), "debt_own_bank": debt,
		},
	}
	member := record.Row{
		Header: record.Header{ID: ident.Record{0xc2}, Kind: "member", Scope: Scope(Fuxi), Subject: subject},
		Fields: map[record.Field]record.FieldState{
			"household": field(record.OfBytes(root.Header.ID.Bytes()), record.Cadre, 30), "name": field(record.OfText("陈小明"), record.Cadre, 30),
			"relation": field(record.OfText("child"), record.Cadre, 30), "work": field(record.OfText("labour_away"), record.Cadre, 30),
		},
	}
	said := func(n byte, kind record.Kind, fields map[record.Field]record.Value) record.Row {
		row := record.Row{Header: record.Header{ID: ident.Record{0xc3, n}, Kind: kind, Scope: Scope(Fuxi), Subject: subject}, Fields: map[record.Field]record.FieldState{}}
		for f, v := range fields {
			row.Fields[f] = field(v, record.SelfDeclared, 0)
		}
		return row
	}
	objection := func(n byte, of record.Field, wanted string, days int) record.Row {
		return said(n, myfile.KindObjection, map[record.Field]record.Value{
			"record": record.OfBytes(root.Header.ID.Bytes()), "of_kind": record.OfText("household"), "field": record.OfText(string(of)), "objection_kind": record.OfText(myfile.Correct),
			"wanted": record.OfText(wanted), "at": record.OfInt(s.Time.AddDate(0, 0, -days).UnixMilli()),
		})
	}
	first, second, third := objection(1, "population", "5", 40), objection(2, "land_area", "8 亩", 30), objection(3, "phone", "19900009999", 3)
	answer := said(4, myfile.KindAnswer, map[record.Field]record.Value{
		"objection": record.OfBytes(first.Header.ID.Bytes()), "answer_kind": record.OfText(myfile.Kept),
		"answer": record.OfText("户口簿上是 4 人，儿子已分户。"), "at": record.OfInt(s.Time.AddDate(0, 0, -30).UnixMilli()),
	})
	return root, append([]record.Row{root, member, first, second, third, answer}, s.consents(root.Header)...)
}

// usedAt is what the bank did so many days ago.
var usedAt = []struct {
	days        int
	deed, group string
}{{11, "read", "identity"}, {2, "print", "income"}, {1, "denied", "income"}}

// consents are those of the household: two that hold, and one that was withdrawn three days ago and read a day later.
func (s *Stage) consents(of record.Header) (rows []record.Row) {
	give := func(n byte, purpose string, months int) consent.Consent {
		h := of
		h.ID = ident.Record{0xc4, n}
		c, err := s.World.Book.Consent.Give(consent.Consent{Header: h, Recipient: s.BankOrg, Purpose: purpose, Given: consent.Paper, Giver: "陈秀英", Assisted: n == 1, Assistant: "陈小明"}, s.Time.AddDate(0, -months, 0))
		if err != nil {
			panic(err)
		}
		return c
	}
	file, finance, loan := give(1, "household_file", 8), give(2, "finance", 8), give(3, "loan_demand", 2)
	for _, w := range []record.Write{file.Create(), finance.Create(), loan.Create(), finance.End(ident.Record{0xc5}, s.Time.AddDate(0, 0, -3).UnixMilli(), consent.Tap)} {
		row := record.Row{Header: w.Header, Fields: map[record.Field]record.FieldState{}}
		for field, v := range w.Fields {
			row.Fields[field] = record.FieldState{Value: v}
		}
		rows = append(rows, row)
	}
	return rows
}

// uses are what the server's log says of the household.
func (s *Stage) uses() (out []consent.Use) {
	for _, u := range usedAt {
		out = append(out, consent.Use{
			AtMS: s.Time.AddDate(0, 0, -u.days).UnixMilli(), Org: s.BankOrg, Role: "reviewer", Deed: u.deed, Kind: "household", Groups: []string{u.group}, Refused: u.deed == "denied",
		})
	}
	return out
}
