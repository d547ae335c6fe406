// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"testing"

	"yuexin/agent/stage"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Also a plate of a village that this laptop does not hold is void, not unknown.
func TestScanOfAVoidPlate(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	here := s.Tokens[0].Unverified()
	void := record.Write{
		Op:     record.Create,
		Header: record.Header{ID: ident.Record{7, 7}, Kind: doorplate.KindVoid, Scope: ident.Ref, Subject: ident.Subject{7, 7}},
		Fields: doorplate.VoidFields(here.RID(), "2026-11-22"),
	}
	act := record.Act{Name: "plate.void", Scope: ident.Ref, Source: record.Authoritative, Writes: []record.Write{void}}
	if _, err := s.As(ident.Actor{1}, "desk").Apply(ctx(), act); err != nil {
		t.Fatal(err)
	}
	_, err := s.Desk.Scan(ctx(), s.Tokens[0].String())
	wantKey(t, err, "agent.scan.void")
	if _, err := s.Desk.Scan(ctx(), s.Tokens[1].String()); err != nil {
		t.Errorf("another plate: %v", err)
	}
}

// Once somebody has mapped it, the police's code finds the household as our own does.
func TestScanOfAMappedPlate(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	const police = "https://police.example/house?id=12345678"
	own, err := s.Desk.Scan(ctx(), s.Tokens[0].String())
	if err != nil {
		t.Fatal(err)
	}
	rows, err := s.As(ident.Actor{1}, "desk").List(ctx(), record.Query{Kind: "plate", Where: []record.Term{{Field: "plate_code", Value: record.OfText(own.Plate.Code)}}})
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	key, err := doorplate.Foreign(police)
	if err != nil {
		t.Fatal(err)
	}
	w := record.Write{Op: record.Edit, Header: rows[0].Header, Fields: map[record.Field]record.Value{"foreign": record.OfText(string(key))}}
	act := record.Act{Name: "plate.map", Scope: w.Header.Scope, Source: record.Authoritative, Writes: []record.Write{w}}
	if _, err := s.As(ident.Actor{1}, "desk").Apply(ctx(), act); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Desk.Scan(ctx(), police); err != nil || got != own {
		t.Errorf("got %+v, %v, want %+v", got, err, own)
	}
}
