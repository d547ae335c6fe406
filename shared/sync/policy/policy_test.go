// SPDX-License-Identifier: Apache-2.0

package policy_test

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/policy"
	"yuexin/shared/sync/record"
)

// head makes head number n of lane n, at stamp n and version n.
func head(n byte, v record.Value, change ...func(*record.Head)) record.Head {
	h := record.Head{Value: v, Version: record.Version(n), Lane: ident.Incarnation{n}, Number: uint64(n), Stamp: hlc.Stamp(n), Source: record.Officer}
	for _, f := range change {
		f(&h)
	}
	return h
}

func blind(h *record.Head) { h.Blind = true }

func from(s record.Source) func(*record.Head) { return func(h *record.Head) { h.Source = s } }

func at(s hlc.Stamp) func(*record.Head) { return func(h *record.Head) { h.Stamp = s } }

var (
	one   = record.OfInt(1)
	two   = record.OfInt(2)
	three = record.OfInt(3)
	none  = record.Value{}
)

func TestResolve(t *testing.T) {
	ab, bc, abc := record.OfSet("a", "b"), record.OfSet("b", "c"), record.OfSet("a", "b", "c")
	tests := []struct {
		name     string
		merge    record.Merge
		heads    []record.Head
		want     record.Value
		winner   uint64
		disputed bool
		aside    []uint64
	}{
		{"nothing", record.Latest, nil, none, 0, false, nil},
		{"one head", record.Review, []record.Head{head(1, one)}, one, 1, false, nil},
		{"latest: by stamp", record.Latest, []record.Head{head(1, one, at(9)), head(2, two)}, one, 1, false, nil},
		{"latest: lane breaks ties", record.Latest, []record.Head{head(2, two, at(5)), head(1, one, at(5))}, two, 2, false, nil},
		{"latest: a blind write never prevails", record.Latest, []record.Head{head(1, one), head(2, two, blind)}, one, 1, false, nil},
		{"latest: the later of blind writes", record.Latest, []record.Head{head(1, one, blind), head(2, two, blind)}, two, 2, false, nil},
		{"latest: clearing is a value", record.Latest, []record.Head{head(1, one), head(2, none)}, none, 2, false, nil},
		{"authority: by source", record.Authority, []record.Head{head(1, one, from(record.BankVerified)), head(2, two)}, one, 1, false, []uint64{2}},
		{"authority: same source, later", record.Authority, []record.Head{head(1, one), head(2, two)}, two, 2, false, nil},
		{"authority: an equal proposal is none", record.Authority, []record.Head{head(1, one, from(record.BankVerified)), head(2, one)}, one, 1, false, nil},
		{"authority: proposals by time", record.Authority, []record.Head{
			head(1, three, at(8)), head(2, two, at(7)), head(3, one, from(record.Authoritative)),
		}, one, 3, false, []uint64{2, 1}},
		{"larger", record.Larger, []record.Head{head(1, three), head(2, two)}, three, 1, false, nil},
		{"larger: none never prevails", record.Larger, []record.Head{head(1, record.OfInt(-4)), head(2, none)}, record.OfInt(-4), 1, false, nil},
		{"smaller", record.Smaller, []record.Head{head(1, three), head(2, two)}, two, 2, false, nil},
		{"smaller: none never prevails", record.Smaller, []record.Head{head(1, three), head(2, none)}, three, 1, false, nil},
		{"smaller: equal values, later", record.Smaller, []record.Head{head(1, two), head(2, two)}, two, 2, false, nil},
		{"union", record.Union, []record.Head{head(1, ab), head(2, bc)}, abc, 2, false, nil},
		{"union: clearing adds nothing", record.Union, []record.Head{head(1, ab), head(2, none)}, ab, 2, false, nil},
		{"review: equal values agree", record.Review, []record.Head{head(1, one), head(2, one)}, one, 2, false, nil},
		{"review: what stood first", record.Review, []record.Head{head(2, two), head(1, one), head(3, one)}, one, 1, true, []uint64{2, 3}},
		{"review: a blind write does not stand first", record.Review, []record.Head{head(1, one, blind), head(2, two)}, two, 2, true, []uint64{1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := policy.Resolve(tt.merge, tt.heads)
			if !got.Value.Equal(tt.want) || got.Winner.Number != tt.winner || got.Disputed != tt.disputed {
				t.Errorf("value equal %v, winner %d, disputed %v; want winner %d, disputed %v",
					got.Value.Equal(tt.want), got.Winner.Number, got.Disputed, tt.winner, tt.disputed)
			}
			if diff := gocmp.Diff(tt.aside, numbers(got.Aside)); diff != "" {
				t.Errorf("aside: %s", diff)
			}
		})
	}
}

func numbers(heads []record.Head) (n []uint64) {
	for _, h := range heads {
		n = append(n, h.Number)
	}
	return n
}

func TestApply(t *testing.T) {
	write := func(h record.Head, version record.Version, number uint64) policy.Write {
		return policy.Write{Head: h, Seen: record.Base{Version: version, Number: number}}
	}
	dispute := []record.Head{head(1, one), head(2, two)}
	inDispute := write(head(3, three), 2, 0)
	inDispute.InDispute = true
	resolves := func(h record.Head, versions ...record.Version) policy.Write {
		return policy.Write{Head: h, Seen: record.Base{Version: 9}, Resolves: append([]record.Version{}, versions...)}
	}
	ownLane := head(3, three)
	ownLane.Lane = ident.Incarnation{1}
	pending := head(1, one)
	pending.Version = 0
	tests := []struct {
		name           string
		merge          record.Merge
		heads          []record.Head
		write          policy.Write
		after, removed []uint64
		outcome        record.Outcome
	}{
		{"first", record.Latest, nil, write(head(1, one), 0, 0), []uint64{1}, nil, record.Accepted},
		{"saw it", record.Latest, []record.Head{head(1, one)}, write(head(2, two), 1, 0), []uint64{2}, []uint64{1}, record.Accepted},
		{"saw it in its own lane", record.Latest, []record.Head{head(1, one)}, write(ownLane, 0, 1), []uint64{3}, []uint64{1}, record.Accepted},
		{"its own lane, opened before", record.Latest, []record.Head{head(1, one)}, write(ownLane, 0, 0), []uint64{1, 3}, nil, record.Merged},
		{"pending is seen through the lane only", record.Latest, []record.Head{pending}, write(head(2, two), 9, 9), []uint64{1, 2}, nil, record.Merged},
		{"concurrent and later", record.Latest, []record.Head{head(1, one)}, write(head(2, two), 0, 0), []uint64{1, 2}, nil, record.Merged},
		{"concurrent and earlier", record.Latest, []record.Head{head(3, one)}, write(head(2, two), 0, 0), []uint64{3, 2}, nil, record.Superseded},
		{"concurrent, earlier and equal", record.Latest, []record.Head{head(3, one)}, write(head(2, one), 0, 0), []uint64{3, 2}, nil, record.Merged},
		{"blind removes nothing", record.Latest, []record.Head{head(1, one)}, write(head(2, two, blind), 9, 9), []uint64{1, 2}, nil, record.Superseded},
		{"lower rank proposes", record.Authority, []record.Head{head(1, one, from(record.BankVerified))}, write(head(2, two), 1, 0), []uint64{1, 2}, nil, record.Proposed},
		{"same rank replaces", record.Authority, []record.Head{head(1, one)}, write(head(2, two), 1, 0), []uint64{2}, []uint64{1}, record.Accepted},
		{"higher rank settles proposals", record.Authority, []record.Head{head(1, one, from(record.BankVerified)), head(2, two)}, write(head(3, three, from(record.Authoritative)), 2, 0), []uint64{3}, []uint64{1, 2}, record.Accepted},
		{"union keeps both", record.Union, []record.Head{head(1, record.OfSet("a"))}, write(head(2, record.OfSet("b")), 0, 0), []uint64{1, 2}, nil, record.Merged},
		{"larger loses", record.Larger, []record.Head{head(1, three)}, write(head(2, two), 0, 0), []uint64{1, 2}, nil, record.Superseded},
		{"review: concurrent", record.Review, []record.Head{head(1, one)}, write(head(2, two), 0, 0), []uint64{1, 2}, nil, record.InReview},
		{"review: saw it", record.Review, []record.Head{head(1, one)}, write(head(2, two), 1, 0), []uint64{2}, []uint64{1}, record.Accepted},
		{"review: wrote into the dispute it was shown", record.Review, dispute, inDispute, []uint64{1, 2, 3}, nil, record.InReview},
		{"review: saw both and did not say so", record.Review, dispute, write(head(3, three), 2, 0), []uint64{1, 2, 3}, nil, record.InReview},
		{"review: saw one of both", record.Review, dispute, write(head(3, three), 1, 0), []uint64{2, 3}, []uint64{1}, record.InReview},
		{"resolve both", record.Review, dispute, resolves(head(3, three), 1, 2), []uint64{3}, []uint64{1, 2}, record.Accepted},
		{"resolve one: the other re-opens it", record.Review, dispute, resolves(head(3, three), 1), []uint64{2, 3}, []uint64{1}, record.InReview},
		{"resolve what is gone", record.Review, []record.Head{head(3, three)}, resolves(head(4, one), 1, 2), []uint64{3, 4}, nil, record.InReview},
		{"resolve names what it had not seen", record.Review, dispute, policy.Write{Head: head(3, three), Seen: record.Base{Version: 1}, Resolves: []record.Version{1, 2}}, []uint64{2, 3}, []uint64{1}, record.InReview},
		{"resolve naming nothing", record.Review, dispute, resolves(head(3, three)), []uint64{1, 2, 3}, nil, record.InReview},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			after, removed := policy.Apply(tt.merge, tt.heads, tt.write)
			if diff := gocmp.Diff(tt.after, numbers(after)); diff != "" {
				t.Errorf("heads: %s", diff)
			}
			if diff := gocmp.Diff(tt.removed, numbers(removed)); diff != "" {
				t.Errorf("removed: %s", diff)
			}
			h := tt.write.Head
			if got := policy.Outcome(tt.merge, after, h.Lane, h.Number); got != tt.outcome {
				t.Errorf("outcome %v, want %v", got, tt.outcome)
			}
		})
	}
}

func TestApplyKeepsItsArgument(t *testing.T) {
	heads := []record.Head{head(1, one), head(2, two)}
	policy.Apply(record.Latest, heads, policy.Write{Head: head(3, three), Seen: record.Base{Version: 1}})
	policy.Resolve(record.Review, heads)
	if diff := gocmp.Diff([]uint64{1, 2}, numbers(heads)); diff != "" {
		t.Error(diff)
	}
}

func TestOutcomeOfAHeadThatIsGone(t *testing.T) {
	if got := policy.Outcome(record.Latest, []record.Head{head(1, one), head(2, two)}, ident.Incarnation{7}, 7); got != record.Superseded {
		t.Errorf("got %v, want superseded", got)
	}
}
