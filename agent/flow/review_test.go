// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"context"
	"image/color"
	"slices"
	"strings"
	"testing"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// disputed puts two values of a field of 陈秀英's household beside each other: 2 of ours, 1 of a colleague's.
func disputed(t *testing.T, s *stage.Stage, f record.Field) {
	t.Helper()
	ctx := context.Background()
	row, err := s.Desk.Store.Get(ctx, stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	base, _ := s.Desk.Store.Base(ctx, stage.Fuxi)
	for i, store := range []record.Store{s.Desk.Store, s.Colleague().Store} {
		_, err := store.Apply(ctx, record.Act{Name: "household.edit", Scope: stage.Fuxi, Base: base, Writes: []record.Write{{
			Op: record.Edit, Header: row.Header, Fields: map[record.Field]record.Value{f: record.OfInt(int64(2-i) * 1_000_000)},
		}}})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func inbox(t *testing.T, d *flow.Desk) []flow.Review {
	t.Helper()
	list, more, err := d.Reviews(context.Background(), stage.Fuxi, flow.ReviewsShown)
	if err != nil || more {
		t.Fatal(more, err)
	}
	return list
}

func TestReviewByTwo(t *testing.T) {
	ctx := context.Background()
	s := stage.New(i18n.ZhHans)
	disputed(t, s, "debt_private")
	colleague := s.Colleague()

	list := inbox(t, s.Desk)
	if len(list) != 1 || !list[0].May || !list[0].Two || list[0].Label != "民间借款" || len(list[0].Said) != 2 {
		t.Fatalf("the inbox holds %+v", list)
	}
	said := list[0].Said
	if said[0].Value != "2万元" || said[0].Who != "您" || said[0].Note != "暂用" || said[1].Sight != "没有看到先前的填写" || said[1].Source == "" {
		t.Errorf("the card says %+v", said)
	}
	counts, err := s.Desk.ReviewCounts(ctx)
	if err != nil || counts[""] != 1 || counts[stage.Fuxi] != 1 {
		t.Errorf("counts %v, %v", counts, err)
	}
	if err := s.Desk.Choose(ctx, list[0], 1, ""); err != nil {
		t.Fatal(err)
	}
	if !s.Desk.Waits(ctx, list[0]) {
		t.Fatal("one person settled it")
	}
	again := inbox(t, s.Desk)
	if err := s.Desk.Choose(ctx, again[0], 1, ""); fault.From(err).Key != "review.again" {
		t.Errorf("a second time: %v", err)
	}
	theirs := inbox(t, colleague)
	if last := theirs[0].Said[2]; !last.Agree || last.Note != "一人提出，等另一人核实" {
		t.Errorf("the colleague reads %+v", last)
	}
	if err := colleague.Choose(ctx, theirs[0], 2, ""); err != nil {
		t.Fatal(err)
	}
	if left := inbox(t, s.Desk); len(left) != 0 {
		t.Errorf("%d cards are left", len(left))
	}
	done, err := s.Desk.Settled(ctx, "")
	if err != nil || len(done) != 2 || done[0].Open || done[0].Value != "1万元" || done[0].Yours != "2万元" {
		t.Errorf("settled: %+v, %v", done, err)
	}
	theirDone, err := colleague.Settled(ctx, "")
	if err != nil || theirDone[0].Yours != "" {
		t.Errorf("the author whose value counts reads %+v, %v", theirDone, err)
	}
}

func TestReviewReopens(t *testing.T) {
	ctx := context.Background()
	s := stage.New(i18n.ZhHans)
	disputed(t, s, "debt_private")
	stale, _ := s.Desk.Store.Base(ctx, stage.Fuxi)
	for _, d := range []*flow.Desk{s.Desk, s.Colleague()} {
		if err := d.Choose(ctx, inbox(t, d)[0], 0, ""); err != nil {
			t.Fatal(err)
		}
	}
	row, _ := s.Desk.Store.Get(ctx, stage.Chen)
	_, err := s.As(stage.Other, "officer").Apply(ctx, record.Act{Name: "household.edit", Scope: stage.Fuxi, Base: stale, Writes: []record.Write{{
		Op: record.Edit, Header: row.Header, Fields: map[record.Field]record.Value{"debt_private": record.OfInt(9_000_000)},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	list := inbox(t, s.Desk)
	if len(list) != 1 || list[0].Reopened == "" {
		t.Fatalf("the inbox holds %+v, want one that re-opened", list)
	}
	done, err := s.Desk.Settled(ctx, "")
	if err != nil || !done[0].Open || done[0].State != "又有分歧" {
		t.Errorf("settled: %+v, %v", done, err)
	}
}

func TestReviewOther(t *testing.T) {
	ctx := context.Background()
	s := stage.New(i18n.ZhHans)
	disputed(t, s, "debt_private")
	card := inbox(t, s.Desk)[0]
	for _, tc := range []struct{ value, reason, field string }{
		{"", "看过借据", "other"}, {"很多", "看过借据", "other"}, {"1.5万", "", "reason"}, {"1.5万", "看过借据", ""},
	} {
		err := s.Desk.ChooseOther(ctx, card, tc.value, tc.reason)
		if (err == nil) != (tc.field == "") || err != nil && fault.From(err).Field != tc.field {
			t.Errorf("%q, %q: %v, want field %q", tc.value, tc.reason, err, tc.field)
		}
	}
	done, err := s.Desk.Settled(ctx, "")
	if err != nil || len(done) != 1 || done[0].Reason != "看过借据" || !done[0].Open {
		t.Errorf("settled: %+v, %v", done, err)
	}
}

func TestProposalsStandBeside(t *testing.T) {
	ctx := context.Background()
	s := stage.New(i18n.ZhHans)
	row, _ := s.Desk.Store.Get(ctx, stage.Chen)
	base, _ := s.Desk.Store.Base(ctx, stage.Fuxi)
	for i, acreage := range []int64{350, 420, 460} {
		act := record.Act{Name: "household.edit", Scope: stage.Fuxi, Base: base, Writes: []record.Write{{
			Op: record.Edit, Header: row.Header, Fields: map[record.Field]record.Value{"land_area": record.OfInt(acreage)},
		}}}
		if i > 0 {
			act.Source = record.SelfDeclared
		}
		if _, err := s.Desk.Store.Apply(ctx, act); err != nil {
			t.Fatal(err)
		}
	}
	list, _, err := s.Desk.Proposals(ctx, "", flow.ReviewsShown)
	if err != nil || len(list) != 1 || list[0].May || len(list[0].Said) != 3 || list[0].Said[0].Note != "采用" {
		t.Errorf("proposals: %+v, %v", list, err)
	}
	x, err := s.Desk.Detail(ctx, stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	beside := 0
	for _, o := range x.Outcomes {
		if o.Field == "land_area" {
			beside++
		}
	}
	if beside != 2 {
		t.Errorf("the detail tells of %d proposals, want 2", beside)
	}
}

// TestReviewShowsFiles: a card has the files that came with its values, and if none did
// those of the record; of a kind that keeps none, those of its household.
func TestReviewShowsFiles(t *testing.T) {
	ctx := context.Background()
	s := stage.New(i18n.ZhHans)
	labels := func(r flow.Review) (out []string) {
		for _, l := range r.Files.Lines {
			out = append(out, l.Label+" "+l.By)
		}
		return out
	}
	disputed(t, s, "debt_private")
	if got := inbox(t, s.Desk)[0].Files; len(got.Lines) != 3 || !got.Lines[0].Here || !got.Lines[0].Picture || !strings.HasPrefix(got.Lines[2].By, "您 · ") {
		t.Errorf("the files of the record: %q", labels(inbox(t, s.Desk)[0]))
	}

	row, err := s.Desk.Store.Get(ctx, stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Files.Attach(stage.Door(color.White))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.As(stage.Other, "officer").Apply(ctx, record.Act{Name: "household.edit", Scope: stage.Fuxi, Writes: []record.Write{{
		Op: record.Edit, Header: row.Header, Fields: map[record.Field]record.Value{"debt_private": record.OfInt(9_000_000), "photo_work": a.Value()},
	}}}); err != nil {
		t.Fatal(err)
	}
	got := inbox(t, s.Desk)[0]
	if len(got.Files.Lines) != 1 || got.Files.Lines[0].Field != "photo_work" || !got.Files.Lines[0].Here {
		t.Errorf("the file of the third value: %q", labels(got))
	}

	head := func(text string, n uint64) record.Head {
		return record.Head{Value: record.OfText(text), Version: record.At(1, n), Source: record.Officer}
	}
	mine, other := head("441284197203150002", 90_001), head("441226197203150009", 90_002)
	s.Memory.Show(record.Row{Header: record.Header{ID: ident.Record{1, 2, 3}, Kind: "member", Scope: stage.Fuxi, Subject: ident.Subject{1, 2, 3}}, Fields: map[record.Field]record.FieldState{
		"household":   {Value: record.OfBytes(stage.Chen.Bytes()), Version: record.At(1, 90_000)},
		"resident_id": {Value: mine.Value, Version: mine.Version, Winner: mine, Disputed: true, Aside: []record.Head{other}},
	}})
	for _, r := range inbox(t, s.Desk) {
		if r.Kind == "member" && len(r.Files.Lines) != 3 {
			t.Errorf("beside a member: %q", labels(r))
		}
	}
}

// A field in dispute whose shown value is empty is told in the detail and in the form, with who said what.
func TestDisputedFieldIsTold(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	ctx := context.Background()
	disputed(t, s, "debt_private")
	row, err := s.Desk.Store.Get(ctx, stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	nothing := record.Head{Version: record.At(1, 90_001), Source: record.Officer}
	number := record.Head{Value: record.OfText("441284197203150002"), Version: record.At(1, 90_002), Source: record.Officer}
	row.Fields["resident_id"] = record.FieldState{Version: nothing.Version, Winner: nothing, Disputed: true, Aside: []record.Head{number}}
	s.Memory.Show(row)

	x, err := s.Desk.Detail(ctx, stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	marked := map[string]string{}
	for _, section := range x.Sections {
		for _, f := range section.Facts {
			if f.Mark == "有不同说法" {
				marked[f.Label] = f.Value
			}
		}
	}
	if value, told := marked["户主身份证号"]; !told || value != "" || marked["民间借款"] != "2万元" {
		t.Errorf("in dispute are %v", marked)
	}

	e, err := s.Desk.Edit(ctx, stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	for field, want := range map[record.Field][]string{
		"debt_private": {"2万元", "您", "1万元"},
		"resident_id":  {"（空）", "441284197203150002"}, // in full: it is to be compared
	} {
		said := strings.Join(e.Said(stage.Chen, field), "\n")
		for _, word := range append(want, "待核实") {
			if !strings.Contains(said, word) {
				t.Errorf("%s: %q is not in %s", field, word, said)
			}
		}
	}
	if said := e.Said(stage.Chen, "head_name"); said != nil {
		t.Errorf("nobody disputes the name: %q", said)
	}
}

// disputes shows so many households more, each with one field in dispute.
func disputes(s *stage.Stage, many int) {
	head := func(v int64, n int) record.Head {
		return record.Head{Value: record.OfInt(v), Version: record.At(1, uint64(90_000+n)), Source: record.Officer}
	}
	for i := range many {
		mine, other := head(1_000_000, 2*i), head(2_000_000, 2*i+1)
		id := ident.Record{0x7f, byte(i >> 8), byte(i)}
		s.Memory.Show(record.Row{
			Header: record.Header{ID: id, Kind: "household", Scope: stage.Fuxi, Subject: ident.Subject(id)},
			Fields: map[record.Field]record.FieldState{
				"debt_private": {Value: mine.Value, Version: mine.Version, Winner: mine, Disputed: true, Aside: []record.Head{other}},
			},
		})
	}
}

// The inbox counts all that waits, and says when it does not list all of it.
func TestInboxSaysThatThereIsMore(t *testing.T) {
	ctx := context.Background()
	s := stage.New(i18n.ZhHans)
	const many = 2*flow.ReviewsShown + 5
	disputes(s, many)
	counts, err := s.Desk.ReviewCounts(ctx)
	if err != nil || counts[""] != many || counts[stage.Fuxi] != many {
		t.Errorf("counts %v, %v", counts, err)
	}
	seen := map[ident.Record]bool{}
	for _, tt := range []struct {
		most, want int
		more       bool
	}{{flow.ReviewsShown, flow.ReviewsShown, true}, {2 * flow.ReviewsShown, 2 * flow.ReviewsShown, true}, {many, many, false}, {3 * flow.ReviewsShown, many, false}} {
		list, more, err := s.Desk.Reviews(ctx, "", tt.most)
		if err != nil || len(list) != tt.want || more != tt.more {
			t.Errorf("at most %d: %d, more %v, %v", tt.most, len(list), more, err)
		}
		for _, one := range list {
			seen[one.ID] = true
		}
	}
	if len(seen) != many {
		t.Errorf("%d of %d records are ever listed", len(seen), many)
	}
}

// TestDisputedDeletionIsMarked: that one person deleted a household and another changed it is named in the list, in a search
// and at the household, beside what else is disputed.
func TestDisputedDeletionIsMarked(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	row, err := s.Desk.Store.Get(ctx(), stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	base, _ := s.Desk.Store.Base(ctx(), stage.Fuxi)
	for i, store := range []record.Store{s.Desk.Store, s.Colleague().Store} {
		w := record.Write{Op: record.Delete, Header: row.Header}
		if i > 0 {
			w = record.Write{Op: record.Edit, Header: row.Header, Fields: map[record.Field]record.Value{"phone": record.OfText("13900139000")}}
		}
		if _, err := store.Apply(ctx(), record.Act{Name: "test", Scope: stage.Fuxi, Base: base, Writes: []record.Write{w}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, search := range []string{"", "陈秀英"} {
		l := s.Desk.Households()
		l.Search = search
		if err := l.Read(ctx()); err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(l.Lines(), func(line flow.Line) bool { return line.ID == stage.Chen })
		if i < 0 || !slices.Contains(l.Lines()[i].Marks, flow.MarkDeletion) || slices.Contains(l.Lines()[i].Marks, flow.MarkDisputed) {
			t.Errorf("searching %q: line %d of %+v", search, i, l.Lines())
		}
	}
	x, err := s.Desk.Detail(ctx(), stage.Chen)
	if err != nil || !slices.Contains(x.Marks, flow.MarkDeletion) {
		t.Errorf("the household has the marks %v, %v", x.Marks, err)
	}
}
