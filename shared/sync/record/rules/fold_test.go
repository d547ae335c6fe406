// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"testing"

	"yuexin/shared/ident"
	"yuexin/shared/sync/policy"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/rules"
	"yuexin/shared/sync/recordtest"
)

// TestHeadsOf: what is visible, taken apart and resolved again, is visible.
func TestHeadsOf(t *testing.T) {
	head := func(v record.Value, version uint64, source record.Source) record.Head {
		return record.Head{Value: v, Version: record.At(1, version), Source: source, Stamp: 1, Number: version}
	}
	for _, tc := range []struct {
		name  string
		merge record.Merge
		heads []record.Head
	}{
		{"latest", record.Latest, []record.Head{head(record.OfInt(1), 1, 30)}},
		{"disputed", record.Review, []record.Head{head(record.OfInt(1), 1, 30), head(record.OfInt(2), 2, 30)}},
		{"proposal", record.Authority, []record.Head{head(record.OfInt(1), 1, 50), head(record.OfInt(2), 2, 30)}},
		{"union", record.Union, []record.Head{head(record.OfSet("a"), 1, 30), head(record.OfSet("b"), 2, 30)}},
		{"cleared", record.Latest, []record.Head{head(record.Value{}, 3, 30)}},
		{"never set", record.Latest, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := policy.Resolve(tc.merge, tc.heads)
			got := policy.Resolve(tc.merge, rules.HeadsOf(tc.merge, want))
			if !got.Value.Equal(want.Value) || got.Disputed != want.Disputed || len(got.Aside) != len(want.Aside) || got.Winner.Version != want.Winner.Version {
				t.Errorf("got %v disputed %v with %d aside, want %v %v %d", got.Value, got.Disputed, len(got.Aside), want.Value, want.Disputed, len(want.Aside))
			}
		})
	}
}

func TestFoldReportsWhatWasRemoved(t *testing.T) {
	cat := recordtest.Catalogue(t)
	h := recordtest.Header(recordtest.Household, 1)
	heads := rules.Heads{"phone": {{Value: record.OfText("old"), Version: record.At(1, 1)}}}
	a := rules.Author{Lane: ident.Incarnation{1}, Number: 1, Base: record.Base{Version: record.At(1, 1)}, View: record.Everything}
	var removed []string
	a.Fold(cat, heads, record.Write{Op: record.Edit, Header: h, Fields: recordtest.Fields{"phone": record.OfText("new")}},
		func(f record.Field, hs []record.Head) { removed = append(removed, string(f)+"="+hs[0].Value.Text()) })
	if len(removed) != 1 || removed[0] != "phone=old" || len(heads["phone"]) != 1 {
		t.Errorf("removed %v, %d heads left, want phone=old and one", removed, len(heads["phone"]))
	}
}

// TestDeletionInDisputeStaysInDispute: of a record whose scope was taken and granted anew a device shows its own changes
// until the rows are back. A deletion among them that knew of a dispute still shows it, and undoing it closes nothing.
func TestDeletionInDisputeStaysInDispute(t *testing.T) {
	cat := recordtest.Catalogue(t)
	h := recordtest.Header(recordtest.Household, 1)
	for _, knew := range []bool{true, false} {
		heads := rules.Heads{}
		own := func(number uint64, w record.Write) {
			w.Header = h
			a := rules.Author{Lane: ident.Incarnation{1}, Number: number, Base: record.Base{Number: number - 1}, View: record.Everything}
			a.Fold(cat, heads, w, nil)
		}
		own(1, record.Write{Op: record.Create, Fields: recordtest.Fields{"phone": record.OfText("1")}})
		del := record.Write{Op: record.Delete}
		if knew {
			del.InDispute = []record.Field{record.Deleted}
		}
		own(2, del)
		if got := policy.Resolve(record.Review, heads[record.Deleted]).Disputed; got != knew {
			t.Errorf("knew of a dispute: %v, shows one: %v", knew, got)
		}
	}
}
