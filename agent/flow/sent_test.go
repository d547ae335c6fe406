// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"strings"
	"testing"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// TestSentLines: each act has its receipt in words, with the reason, and leads to its household; what waits longest is first.
func TestSentLines(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	all, err := s.Desk.SentLines(ctx(), s.Sync, false)
	if err != nil || len(all) != 10 {
		t.Fatalf("%d lines, %v", len(all), err)
	}
	if l := all[0]; l.Title != "陈秀英 修改农户" || l.State != "等待上传" || l.ID != stage.Chen || l.Village != "富溪村" || l.When != "40 分钟前" {
		t.Errorf("got %+v", l)
	}
	seen := map[string]flow.Tone{}
	for _, l := range all {
		if strings.HasPrefix(l.State, "agent.") {
			t.Errorf("%q has no words", l.State)
		}
		seen[l.State] = l.Tone
		if l.State == "退回" && !strings.Contains(l.Why, "不存在") {
			t.Errorf("the reason is %q", l.Why)
		}
	}
	if seen["退回"] != flow.Wrong || seen["由管理员保管"] != flow.Wrong || seen["已采用"] != flow.Calm || seen["待核实"] != flow.Notice || len(seen) != 8 {
		t.Errorf("got %v", seen)
	}
	waiting, err := s.Desk.SentLines(ctx(), s.Sync, true)
	if err != nil || len(waiting) != 5 || waiting[0].State != "由管理员保管" || waiting[4].ID != stage.Chen {
		t.Errorf("not confirmed: %+v, %v", waiting, err)
	}
}

// TestDetailParts: everything of a household is on its page, what is owed by itself, and each field says who entered it.
func TestDetailParts(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	row, err := s.Desk.Store.Get(ctx(), stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	for i, fields := range []map[record.Field]record.Value{
		{"parcel_no": record.OfText("3-12"), "plot_area": record.OfInt(250), "tenure": record.OfText("contracted")},
		{"species": record.OfText("pig"), "head_count": record.OfInt(6)},
		{"lender_kind": record.OfText("private"), "owed": record.OfInt(500_000), "overdue": record.OfBool(true)},
	} {
		fields["household"] = record.OfBytes(stage.Chen.Bytes())
		s.Memory.Show(record.Row{
			Header: record.Header{ID: ident.Record{0x7e, byte(i)}, Kind: []record.Kind{"plot", "animal", "debt"}[i], Scope: stage.Fuxi, Subject: row.Header.Subject},
			Fields: shown(fields),
		})
	}
	x, err := s.Desk.Detail(ctx(), stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	parts := map[flow.Part]string{}
	for _, section := range x.Sections {
		for _, f := range section.Facts {
			parts[section.Part] += f.Label + "=" + f.Value + ";"
		}
	}
	for part, want := range map[flow.Part]string{
		flow.PartOverview: "户主姓名=陈秀英", flow.PartPlots: "3-12=2.5亩、自家承包", flow.PartAnimals: "6", flow.PartDebts: "还欠多少 5,000元、已经逾期",
		flow.PartFigures: "种植收入", flow.PartVisits: "走访人=陈建国",
	} {
		if !strings.Contains(parts[part], want) {
			t.Errorf("part %d: %q lacks %q", part, parts[part], want)
		}
	}
	if strings.Contains(parts[flow.PartFigures], "本行借款") || !strings.Contains(parts[flow.PartDebts], "本行借款=3万元") {
		t.Error("what is owed stands among the figures")
	}
	if s := x.Stories[0]; len(s.Lines) != 1 || s.Lines[0].Who != "李金华" || s.Lines[0].Source != "服务官上门登记" {
		t.Errorf("the first story is %+v", s)
	}
}

// shown makes the state of fields that nobody disputes.
func shown(fields map[record.Field]record.Value) map[record.Field]record.FieldState {
	out := map[record.Field]record.FieldState{}
	for f, v := range fields {
		head := record.Head{Value: v, Version: record.At(1, 900), Source: record.Officer, Actor: stage.Other}
		out[f] = record.FieldState{Value: v, Version: head.Version, Winner: head}
	}
	return out
}
