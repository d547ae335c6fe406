// SPDX-License-Identifier: Apache-2.0

package policy_test

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"yuexin/shared/ident"
	"yuexin/shared/sync/policy"
	"yuexin/shared/sync/record"
)

func by(actor byte) func(*record.Head) {
	return func(h *record.Head) { h.Actor = ident.Actor{actor} }
}

// settling makes head number n the resolve of an actor who named some heads.
func settling(n byte, v record.Value, actor byte, named ...record.Version) policy.Write {
	return policy.Write{
		Head: head(n, v, by(actor)), Seen: record.Base{Version: record.Version(n) - 1},
		Resolves: append([]record.Version{}, named...), TwoPersons: true,
	}
}

// TestTwoPersons tells of a dispute between 1 and 2 and those who settle it.
func TestTwoPersons(t *testing.T) {
	dispute := []record.Head{head(1, one, by(1)), head(2, two, by(2))}
	tests := []struct {
		name     string
		writes   []policy.Write
		after    []uint64
		shown    record.Value
		disputed bool
	}{
		{"one proposes", []policy.Write{settling(3, three, 3, 1, 2)}, []uint64{1, 2, 3}, one, true},
		{"a second agrees", []policy.Write{settling(3, three, 3, 1, 2), settling(4, three, 4, 1, 2, 3)}, []uint64{3, 4}, three, false},
		{"a second says the same unasked", []policy.Write{settling(3, three, 3, 1, 2), settling(4, three, 4, 1, 2)}, []uint64{3, 4}, three, false},
		{"the first again, from another device", []policy.Write{settling(3, three, 3, 1, 2), settling(4, three, 3, 1, 2, 3)}, []uint64{1, 2, 3, 4}, one, true},
		{"a second says otherwise", []policy.Write{settling(3, three, 3, 1, 2), settling(4, two, 4, 1, 2, 3)}, []uint64{1, 2, 3, 4}, one, true},
		{"a third agrees with the second", []policy.Write{
			settling(3, three, 3, 1, 2), settling(4, two, 4, 1, 2, 3), settling(5, two, 5, 1, 2, 3, 4),
		}, []uint64{4, 5}, two, false},
		{"who settles may be an author", []policy.Write{settling(3, one, 1, 1, 2), settling(4, one, 2, 1, 2, 3)}, []uint64{3, 4}, one, false},
		{"the second had not seen one of them", []policy.Write{settling(3, three, 3, 1, 2), settling(4, three, 4, 1)}, []uint64{2, 3, 4}, two, true},
		{"an edit agrees with nobody", []policy.Write{
			settling(3, three, 3, 1, 2), {Head: head(4, three, by(4)), Seen: record.Base{Version: 3}, InDispute: true},
		}, []uint64{1, 2, 3, 4}, one, true},
		{"whoever names a proposal names what it names", []policy.Write{settling(3, three, 3, 1, 2), settling(4, three, 4, 3)}, []uint64{3, 4}, three, false},
		{"names of what is not there yet count for nothing", []policy.Write{
			settling(3, three, 3, 1, 2, 4), {Head: head(4, two, by(2))}, settling(5, three, 4, 1, 2, 4),
		}, []uint64{3, 4, 5}, three, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			heads := dispute
			for _, w := range tt.writes {
				heads, _ = policy.Apply(record.Review, heads, w)
			}
			got := policy.Resolve(record.Review, heads)
			if !got.Value.Equal(tt.shown) || got.Disputed != tt.disputed {
				t.Errorf("shows head %d, disputed %v, want disputed %v", got.Winner.Number, got.Disputed, tt.disputed)
			}
			set := func(numbers []uint64) map[uint64]bool {
				out := map[uint64]bool{}
				for _, n := range numbers {
					out[n] = true
				}
				return out
			}
			if diff := gocmp.Diff(set(tt.after), set(numbers(heads))); diff != "" {
				t.Errorf("heads: %s", diff)
			}
		})
	}
}

// TestOnePersonSettlesNothing: whatever the devices of one person write into a
// dispute between two others, and whatever they say of what they had seen, it
// stays a dispute, or comes to a value that one of the others entered.
func TestOnePersonSettlesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		heads := []record.Head{head(1, one, by(1)), head(2, two, by(2))}
		var past []record.Past
		versions := []record.Version{1, 2}
		resolves := rapid.IntRange(0, 2).Draw(t, "resolves") // none, some, all
		for n := byte(3); n < 9; n++ {
			w := policy.Write{
				Head: head(n, record.OfInt(rapid.SampledFrom([]int64{3, 3, 3, 1, 2}).Draw(t, "value")), by(9)), TwoPersons: true,
				Seen: record.Base{
					Version: record.Version(rapid.Uint64Range(1, uint64(n)-1).Draw(t, "base")), Number: rapid.Uint64Range(0, uint64(n)-1).Draw(t, "own"),
				},
				InDispute: rapid.IntRange(0, 4).Draw(t, "says so") == 0,
			}
			w.Head.Lane = ident.Incarnation{byte(rapid.IntRange(7, 8).Draw(t, "device"))}
			if rapid.IntRange(1, 2).Draw(t, "resolve") <= resolves {
				w.Resolves = append([]record.Version{}, versions[:rapid.IntRange(0, len(versions)).Draw(t, "names")]...)
			}
			// What the server adds: what they had been shown, by their own word.
			w.InDispute = w.InDispute || policy.WasShown(record.Review, heads, past, w)
			var gone []record.Head
			heads, gone = policy.Apply(record.Review, heads, w)
			for _, h := range gone {
				past = append(past, record.Past{Head: h, ReplacedBy: w.Head.Version})
			}
			versions = append(versions, w.Head.Version)
			s := policy.Resolve(record.Review, heads)
			if s.Disputed {
				continue
			}
			if !s.Value.Equal(one) && !s.Value.Equal(two) {
				t.Fatalf("one person settled it at write %d", n)
			}
			return
		}
	})
}

func TestProposalsComeLast(t *testing.T) {
	heads := []record.Head{head(1, one, blind, by(1)), head(2, two, blind, by(2))}
	heads, _ = policy.Apply(record.Review, heads, settling(3, three, 3, 1, 2))
	if got := policy.Resolve(record.Review, heads); got.Winner.Number != 1 || !policy.Proposal(heads, heads[2]) {
		t.Errorf("head %d is shown, want what stood first and not what one person proposes", got.Winner.Number)
	}
}
