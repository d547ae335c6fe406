// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"strings"
	"testing"
	"time"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/i18n"
	"yuexin/shared/sync/record"
)

func fileCard(t *testing.T, s *stage.Stage) *flow.FileCard {
	t.Helper()
	c, err := s.Desk.FileCard(ctx(), stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestFileCard: a card needs a document that was seen, a reason and a PIN that nobody guesses; what travels opens for card and PIN
// and tells a colleague's laptop nothing but that there is one.
func TestFileCard(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	c := fileCard(t, s)
	issue := func(pin, again string) error { _, err := c.Issue(ctx(), pin, again); return err }
	wantKey(t, issue("830517", "830517"), "myfile.request.seen")
	c.Seen = "id_card"
	wantKey(t, issue("830517", "830517"), "myfile.request.why")
	c.Why = "first"
	wantKey(t, issue("123456", "123456"), "myfile.pin.weak")
	wantKey(t, issue("830517", "830518"), "agent.card.again")
	row, err := s.Desk.Store.Get(ctx(), stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	phone := row.Text("phone")
	wantKey(t, issue(phone[5:], phone[5:]), "myfile.pin.known")
	made, err := c.Issue(ctx(), "830517", "830517")
	if err != nil || made.Card.IsZero() || made.Village == "" {
		t.Fatalf("issued %+v, %v", made, err)
	}

	rows, err := s.As(stage.Desk, "desk").List(ctx(), record.Query{Kind: myfile.KindRequest})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d requests, %v", len(rows), err)
	}
	r := myfile.RequestOf(rows[0])
	if r.Card != made.Card.ID() || r.Of != stage.Chen || r.Header.Subject != row.Header.Subject || !r.Good() {
		t.Errorf("request %+v", r)
	}
	file := s.Desk.Book.Files().Make(row, []record.Row{row}, nil, stage.Now)
	sealed, err := r.Lock.Seal(s, file, r.Header)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := made.Card.Open("830517", myfile.Sheet{Header: r.Header, Wrapped: r.Lock.Wrapped, Sealed: sealed}); err != nil || got.Name != "陈秀英" {
		t.Errorf("opened %+v, %v", got, err)
	}

	other, err := s.Colleague().FileCard(ctx(), stage.Chen)
	if err != nil || len(other.Cards) != 1 || !strings.Contains(other.Cards[0].Value, "居民身份证") || !strings.Contains(other.Cards[0].Value, "陈建国") {
		t.Errorf("a colleague reads %+v, %v", other, err)
	}
	rows, err = s.As(stage.Other, "officer").List(ctx(), record.Query{Kind: myfile.KindRequest})
	if err != nil || len(rows) != 1 || len(rows[0].Value("wrapped").Bytes())+len(rows[0].Value("card").Bytes()) > 0 {
		t.Errorf("a colleague's laptop has %v, %v", rows, err)
	}
	if rows, err := s.As(stage.Cadre, "kiosk").List(ctx(), record.Query{Kind: myfile.KindRequest}); err != nil || len(rows) > 0 {
		t.Errorf("a kiosk has %v, %v", rows, err)
	}
}

// TestStopCard: a lost card is stopped without a PIN.
func TestStopCard(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	c := fileCard(t, s)
	c.Seen, c.Why = "household_register", myfile.Stop
	made, err := c.Issue(ctx(), "", "")
	if err != nil || !made.Card.IsZero() {
		t.Fatalf("made %+v, %v", made, err)
	}
	if c = fileCard(t, s); len(c.Cards) != 1 || !strings.Contains(c.Cards[0].Value, "只挂失") {
		t.Errorf("cards %+v", c.Cards)
	}
}

// TestObjections: what the holder objects to stands beside the card, with the day by which it is answered.
func TestObjections(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	if n := s.Desk.CountObjections(ctx(), stage.Chen); n != 0 {
		t.Errorf("%d objections before anybody objected", n)
	}
	s.Object(901, "phone", "13800000000", "19900009999", 48*time.Hour)
	s.Object(902, "population", "4", "5", 30*24*time.Hour)
	c := fileCard(t, s)
	if s.Desk.CountObjections(ctx(), stage.Chen) != 2 || len(c.Said) != 2 {
		t.Fatalf("said %+v", c.Said)
	}
	late := 0
	for _, o := range c.Said {
		if o.Late {
			late++
		}
		if o.Title == "" || !strings.Contains(o.Text, "应该是") || !strings.Contains(o.Due, "2026年") {
			t.Errorf("objection %+v", o)
		}
	}
	if late != 1 {
		t.Errorf("%d are late", late)
	}
	o := c.Said[0]
	wantKey(t, c.Answer(ctx(), o, "", "x"), "myfile.answer.kind")
	wantKey(t, c.Answer(ctx(), o, myfile.Kept, " "), "myfile.answer.why")
	if err := c.Answer(ctx(), o, myfile.Kept, "户口簿上是 4 人"); err != nil {
		t.Fatal(err)
	}
	c = fileCard(t, s)
	if got := c.Said[0]; got.Open || got.Late || !strings.Contains(got.Due, "户口簿上是 4 人") || !c.Said[1].Open {
		t.Errorf("after the answer: %+v", c.Said)
	}
	if n := s.Desk.CountObjections(ctx(), stage.Chen); n != 1 {
		t.Errorf("%d are open", n)
	}
}
