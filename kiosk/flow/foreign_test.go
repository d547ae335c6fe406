// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"testing"

	"yuexin/kiosk/flow"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/lending"
	"yuexin/shared/sync/record"
)

// The police's code at a door, once mapped, begins a demand like our own plate.
func TestDemandByForeignPlate(t *testing.T) {
	s := stage(t)
	const police = "https://police.example.cn/code?id=4412"
	handle := s.Door[door]
	rows, err := s.Desk.List(t.Context(), record.Query{Kind: "plate", Where: []record.Term{{Field: "handle", Value: record.OfBytes(handle[:])}}})
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	key, err := doorplate.Foreign(police)
	if err != nil {
		t.Fatal(err)
	}
	w := record.Write{Op: record.Edit, Header: rows[0].Header, Fields: map[record.Field]record.Value{"foreign": record.OfText(string(key))}}
	act := record.Act{Name: "plate.map", Scope: w.Header.Scope, Source: record.Authoritative, Writes: []record.Write{w}}
	if _, err := s.Desk.Apply(t.Context(), act); err != nil {
		t.Fatal(err)
	}

	s.Flow.Choose(flow.Demand)
	s.Flow.Scan(police + "\r")
	at(t, s.Flow, flow.Place)
	s.Flow.AcceptPlace()
	fill(t, s.Flow, wanted)
	if err := s.Flow.HandIn(); err != nil {
		t.Fatal(err)
	}
	got := demands(t, s, lending.KindDemand)
	if len(got) != 1 || lending.DemandOf(got[0]).Plate != handle {
		t.Errorf("the demand does not name the plate that the code stands for: %+v", got)
	}
}
