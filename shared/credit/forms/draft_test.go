// SPDX-License-Identifier: Apache-2.0

package forms_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/forms/formtest"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// shelf keeps a draft as a program does: part by part, as bytes.
type shelf map[int64][]byte

func (k shelf) keep(t *testing.T, s *forms.Session) (touched int) {
	t.Helper()
	for _, p := range s.Unkept() {
		touched++
		if p.Gone {
			delete(k, p.Number)
			continue
		}
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		k[p.Number] = data
	}
	return touched
}

func (k shelf) parts(t *testing.T) []forms.Part {
	t.Helper()
	var out []forms.Part
	for _, n := range slices.Sorted(maps.Keys(k)) {
		var p forms.Part
		if err := json.Unmarshal(k[n], &p); err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// TestPartsBringEverythingBack types, removes rows and gives a reason, keeps what changed after each step, and finds all
// of it again: a text at fault, how answers came about, and the ids that the rows have.
func TestPartsBringEverythingBack(t *testing.T) {
	f, next, kept := formtest.MustForm(t, "household"), ids(), shelf{}
	s := forms.New(f, today)
	s.Timed(func() time.Time { return today.Add(time.Hour) })
	s.Identified(next)
	mustSet(t, s, household)
	kept.keep(t, s)
	for i := range 3 {
		if _, err := s.AddRow("members"); err != nil {
			t.Fatal(err)
		}
		_ = s.SetFrom("members."+strconv.Itoa(i)+".member_name", "示例"+strconv.Itoa(i), forms.Card)
		kept.keep(t, s)
	}
	_ = s.RemoveRow("members", 1)
	_ = s.Set("phone", "1380013")
	_ = s.Set("members.1.member_phone", "19")
	for _, f := range s.Unexplained() {
		s.GiveReason(f, "问过本人")
	}
	kept.keep(t, s)

	again := forms.New(f, today)
	again.Timed(func() time.Time { return today.Add(2 * time.Hour) })
	again.Resume(kept.parts(t))
	if diff := cmp.Diff(s.Draft(), again.Draft()); diff != "" {
		t.Errorf("(-typed +found):\n%s", diff)
	}
	if again.Text("phone") != "1380013" || again.Fault("phone") == nil || again.Rows("members") != 2 {
		t.Errorf("phone %q, %v; %d rows", again.Text("phone"), again.Fault("phone"), again.Rows("members"))
	}
	if diff := cmp.Diff(s.Trail(), again.Trail(), cmp.Comparer(func(a, b record.Value) bool { return a.Equal(b) })); diff != "" {
		t.Errorf("trail (-typed +found):\n%s", diff)
	}
}

// TestKeystrokeKeepsOnePart: with many rows a keystroke in one of them is one part.
func TestKeystrokeKeepsOnePart(t *testing.T) {
	s := rowsOf(t, 1000)
	s.Unkept()
	_ = s.Set("m.700.name", "x")
	if got := s.Unkept(); len(got) != 1 || got[0].Rows != "m" || len(got[0].Answers) != 1 {
		t.Errorf("kept %+v", got)
	}
	if got := s.Unkept(); len(got) != 0 {
		t.Errorf("kept again: %+v", got)
	}
}

// TestResumeOverWhatCameMeanwhile: a draft of a change holds what was changed, so what others changed meanwhile stands.
func TestResumeOverWhatCameMeanwhile(t *testing.T) {
	next, kept := ids(), shelf{}
	id, _ := next()
	mid, _ := next()
	h := record.Header{ID: id, Kind: "household", Scope: "unit:test", Subject: ident.Subject{7}}
	mh := record.Header{ID: mid, Kind: "member", Scope: "unit:test", Subject: ident.Subject{7}}
	fields := map[record.Field]record.Value{
		"head_name": record.OfText("陈大文"), "region_code": record.OfText("441284105203"), "population": record.OfInt(3),
		"main_trade": record.OfText("labour"), "phone": record.OfText("19900001234"), "form": record.OfText("household 1"),
	}
	member := row(mh, map[record.Field]record.Value{"name": record.OfText("李秀兰"), "relation": record.OfText("spouse")})
	s := forms.New(formtest.MustForm(t, "household"), today)
	s.Load(row(h, fields), member)
	mustSet(t, s, map[string]string{"population": "4", "phone": "", "members.0.relation": "parent"})
	kept.keep(t, s)

	fields["head_name"] = record.OfText("陈大武")
	again := forms.New(formtest.MustForm(t, "household"), today)
	again.Load(row(h, fields), member)
	again.Resume(kept.parts(t))
	mustSet(t, again, map[string]string{"agree": "yes"})
	writes, err := again.Writes(h, next)
	if err != nil || len(writes) != 2 {
		t.Fatalf("writes %v, %v", writes, err)
	}
	want := map[record.Field]record.Value{"population": record.OfInt(4), "phone": {}}
	if diff := cmp.Diff(want, writes[0].Fields); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if writes[1].Header != mh || writes[1].Fields["relation"].Text() != "parent" {
		t.Errorf("row %+v", writes[1])
	}
	if again.RemoveRow("members", 0) != nil {
		t.Fatal("no row")
	}
	kept.keep(t, again)
	third := forms.New(formtest.MustForm(t, "household"), today)
	third.Load(row(h, fields), member)
	third.Resume(kept.parts(t))
	if third.Rows("members") != 0 {
		t.Error("a row that was taken out is there again")
	}
}

// TestSavedGoesOnWithTheRest: what was stored already is not written twice.
func TestSavedGoesOnWithTheRest(t *testing.T) {
	next := ids()
	s := forms.New(formtest.MustForm(t, "household"), today)
	s.Identified(next)
	mustSet(t, s, household)
	for i := range 3 {
		_, _ = s.AddRow("members")
		mustSet(t, s, map[string]string{"members." + strconv.Itoa(i) + ".member_name": "示例", "members." + strconv.Itoa(i) + ".relation": "child"})
	}
	id, _ := next()
	h := record.Header{ID: id, Scope: "unit:test", Subject: ident.Subject{7}}
	writes, err := s.Writes(h, next)
	if err != nil || len(writes) != 4 {
		t.Fatalf("%d writes, %v", len(writes), err)
	}
	s.Saved(writes[:2])
	rest, err := s.Writes(h, next)
	if err != nil || len(rest) != 2 || rest[0].Header != writes[2].Header || rest[1].Header != writes[3].Header {
		t.Errorf("the rest %+v, %v", rest, err)
	}
	s.Saved(rest)
	if rest, err = s.Writes(h, next); err != nil || len(rest) != 0 {
		t.Errorf("after all %+v, %v", rest, err)
	}
}

// TestTrailIsKeptWithTheAct: what a trail's records tell is what was traced of the writes beside it.
func TestTrailIsKeptWithTheAct(t *testing.T) {
	cat, err := record.ParseCatalogue(strings.NewReader(`{"version":1,"kinds":[{"name":"household","nature":"fact","fields":[
		{"name":"assisted","format":"bool","class":1,"merge":"latest"},{"name":"trades","format":"set","class":2,"merge":"union","choices":["labour","planting"]}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	next := ids()
	id, _ := next()
	h := record.Header{ID: id, Kind: "household", Scope: "unit:test", Subject: ident.Subject{7}}
	s := forms.New(formtest.MustForm(t, "household"), today)
	s.Timed(func() time.Time { return today })
	s.Identified(next)
	s.Load(row(h, map[record.Field]record.Value{
		"head_name": record.OfText("陈大文"), "region_code": record.OfText("441284105203"), "population": record.OfInt(1),
		"main_trade": record.OfText("labour"), "trades": record.OfSet("planting", "labour"), "assisted": record.OfBool(false),
	}))
	mustSet(t, s, map[string]string{"agree": "yes", "trades": "labour", "assisted": "yes", "assist_role": "relative"})
	_, _ = s.AddRow("members")
	_ = s.SetFrom("members.0.member_name", "李秀兰", forms.Card)
	mustSet(t, s, map[string]string{"members.0.relation": "spouse"})
	for _, f := range s.Unexplained() {
		s.GiveReason(f, "新婚")
	}
	writes, err := s.Writes(h, next)
	if err != nil {
		t.Fatal(err)
	}
	trail, err := s.Form().TrailWrites(h, writes, s.Trail(), []string{"需要复核"}, next)
	if err != nil || len(trail) != 1 || trail[0].Header.Subject != h.Subject {
		t.Fatalf("trail %+v, %v", trail, err)
	}
	kept := row(trail[0].Header, trail[0].Fields)
	var got []string
	for _, tr := range forms.TracesOf(kept, "household", cat) {
		got = append(got, string(tr.Kind)+"."+string(tr.Field)+" "+string(tr.How)+" "+tr.Old.String()+" "+tr.Reason)
		if tr.At.IsZero() || (tr.Kind == "household") != (tr.Record == id) {
			t.Errorf("%+v", tr)
		}
	}
	want := []string{
		"household.assisted typed " + record.OfBool(false).String() + " ", "household.assist_role typed " + record.Value{}.String() + " ", "household.trades typed " + record.OfSet("labour", "planting").String() + " ",
		"member.name card " + record.Value{}.String() + " ", "member.relation typed " + record.Value{}.String() + " ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"需要复核"}, forms.FlagsOf(kept)); diff != "" {
		t.Error(diff)
	}
}
