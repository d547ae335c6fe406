// SPDX-License-Identifier: Apache-2.0

package review_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/review"
	"yuexin/shared/sync/recordtest"
)

func head(n uint64, v int64, actor byte, saw uint64, settles ...record.Version) record.Head {
	return record.Head{
		Value: record.OfInt(v), Version: record.Version(n), Actor: ident.Actor{actor}, Saw: record.Version(saw), Settles: settles,
	}
}

// card returns the only card of a record whose debt has these heads.
func card(t *testing.T, heads ...record.Head) review.Card {
	t.Helper()
	row := record.Row{Header: recordtest.Header(recordtest.Household, 1), Fields: map[record.Field]record.FieldState{
		"debt":   {Value: heads[0].Value, Winner: heads[0], Aside: heads[1:], Disputed: true},
		"people": {Value: record.OfInt(3), Winner: head(1, 3, 1, 0)},
	}}
	cards := review.Cards(recordtest.Catalogue(t), row, record.WaitsDispute)
	if len(cards) != 1 || cards[0].Field != "debt" {
		t.Fatalf("%d cards, want that of the debt", len(cards))
	}
	return cards[0]
}

func TestCardTellsWhatAuthorsHadSeen(t *testing.T) {
	c := card(t, head(3, 1, 1, 1), head(5, 2, 2, 2), head(6, 3, 3, 5, 3, 5), head(8, 4, 4, 7))
	want := []struct {
		sight    review.Sight
		proposal bool
	}{{review.First, false}, {review.Unseen, false}, {review.Aware, true}, {review.Aware, false}}
	for i, w := range want {
		if s := c.Said[i]; s.Sight != w.sight || s.Proposal != w.proposal || s.Shown != (i == 0) {
			t.Errorf("value %d: sight %d, proposal %v, shown %v", i, s.Sight, s.Proposal, s.Shown)
		}
	}
	if p := c.Proposed(); len(p) != 1 || p[0].Value.Int() != 3 || !c.TwoPersons() {
		t.Errorf("proposed: %d", len(p))
	}
}

func TestSettle(t *testing.T) {
	pending := head(0, 4, 4, 7)
	proposed := head(6, 3, 3, 5, 3, 5)
	for _, tc := range []struct {
		name   string
		heads  []record.Head
		actor  byte
		choice review.Choice
		key    string
	}{
		{"one of both", []record.Head{head(3, 1, 1, 1), head(5, 2, 2, 2)}, 3, review.Choice{Value: record.OfInt(2)}, ""},
		{"another, with a reason", []record.Head{head(3, 1, 1, 1), head(5, 2, 2, 2)}, 3, review.Choice{Value: record.OfInt(9), Reason: "看过借据"}, ""},
		{"another, without", []record.Head{head(3, 1, 1, 1), head(5, 2, 2, 2)}, 3, review.Choice{Value: record.OfInt(9), Reason: " "}, "review.reason"},
		{"not sent yet", []record.Head{head(3, 1, 1, 1), pending}, 3, review.Choice{Value: record.OfInt(1)}, "review.pending"},
		{"a second person", []record.Head{head(3, 1, 1, 1), head(5, 2, 2, 2), proposed}, 4, review.Choice{Value: record.OfInt(3)}, ""},
		{"the same person", []record.Head{head(3, 1, 1, 1), head(5, 2, 2, 2), proposed}, 3, review.Choice{Value: record.OfInt(3)}, "review.again"},
		{"the same person, another value", []record.Head{head(3, 1, 1, 1), head(5, 2, 2, 2), proposed}, 3, review.Choice{Value: record.OfInt(1)}, ""},
		{"the same person, of what came since", []record.Head{head(3, 1, 1, 1), head(5, 2, 2, 2), proposed, head(8, 4, 4, 2)}, 3, review.Choice{Value: record.OfInt(3)}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := card(t, tc.heads...)
			act, err := c.Settle(review.Author{Actor: ident.Actor{tc.actor}, NowMS: 1_700_000_000_000, Random: rand.NewChaCha8([32]byte{})}, tc.choice)
			if f := fault.From(err); err != nil && f.Key != tc.key || err == nil && tc.key != "" {
				t.Fatalf("got %v, want %q", err, tc.key)
			}
			if err != nil {
				return
			}
			if err := act.Check(); err != nil {
				t.Fatal(err)
			}
			if got := len(act.Writes[0].Seen["debt"]); got != len(tc.heads) {
				t.Errorf("names %d heads, want %d", got, len(tc.heads))
			}
			note := act.Writes[1]
			if note.Header.Kind != review.Kind || note.Fields["field"].Text() != "debt" || note.Header.Subject != c.Header.Subject {
				t.Errorf("the note does not say what was settled")
			}
		})
	}
}

// TestAttached: the files of a card are those that came in one act with a value of it,
// also after others took their place; without any, those that stand.
func TestAttached(t *testing.T) {
	file := func(n byte) record.Value {
		return record.Attachment{Blob: record.Blob{Digest: [32]byte{n}, Size: 1, MediaType: "image/png"}, Key: []byte{n}}.Value()
	}
	cat, err := record.ParseCatalogue(strings.NewReader(`{"version": 1, "kinds": [{"name": "household", "nature": "fact", "fields": [
		{"name": "debt", "format": "money", "class": 2, "merge": "review"},
		{"name": "photo", "format": "blob", "class": 2, "merge": "latest"},
		{"name": "scan", "format": "blob", "class": 2, "merge": "latest"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	by := func(h record.Head, v record.Value) record.Head { h.Value = v; return h }
	pending := record.Head{Lane: ident.Incarnation{1}, Number: 7}
	for _, tc := range []struct {
		name        string
		photo, scan record.Head
		past        []record.Past
		other       record.Head // of the debt
		want        string
	}{
		{"of the act of a value", by(head(5, 0, 2, 0), file(1)), by(head(2, 0, 1, 0), file(2)), nil, head(5, 2, 2, 2), "\x01"},
		{"of no act of a value", by(head(4, 0, 2, 0), file(1)), by(head(2, 0, 1, 0), file(2)), nil, head(5, 2, 2, 2), "\x01\x04\x02"},
		{"replaced since", by(head(9, 0, 2, 0), file(1)), by(head(2, 0, 1, 0), file(2)),
			[]record.Past{{Field: "photo", Head: by(head(5, 0, 2, 0), file(3)), ReplacedBy: 9}}, head(5, 2, 2, 2), "\x03"},
		{"of the past and of no act", by(head(9, 0, 2, 0), file(1)), record.Head{},
			[]record.Past{{Field: "photo", Head: by(head(8, 0, 2, 0), file(3)), ReplacedBy: 9}}, head(5, 2, 2, 2), "\x01\x04"},
		{"beside another that counts", by(head(9, 0, 2, 0), file(1)), by(head(2, 0, 1, 0), file(2)), nil, head(7, 2, 2, 2), "\x04"},
		{"of one act that was not sent", by(pending, file(1)), by(record.Head{Lane: ident.Incarnation{1}, Number: 8}, file(2)), nil, by(pending, record.OfInt(2)), "\x01"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			row := record.Row{Header: recordtest.Header(recordtest.Household, 1), Fields: map[record.Field]record.FieldState{
				"debt":  {Value: record.OfInt(1), Winner: head(3, 1, 1, 1), Aside: []record.Head{tc.other}, Disputed: true},
				"photo": {Value: tc.photo.Value, Winner: tc.photo, Aside: []record.Head{by(head(7, 0, 3, 0), file(4))}}, "scan": {Value: tc.scan.Value, Winner: tc.scan},
			}}
			row.Header.Kind = "household"
			card := review.Cards(cat, row, record.WaitsDispute)[0]
			got := ""
			for _, a := range card.Attached(review.AttachedTo(cat, row, tc.past)) {
				got += string(a.Key)
			}
			if got != tc.want {
				t.Errorf("files %q, want %q", got, tc.want)
			}
		})
	}
}
