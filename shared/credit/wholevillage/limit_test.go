// SPDX-License-Identifier: Apache-2.0

package wholevillage_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/credit/wholevillage"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

var today = time.Date(2026, 11, 27, 9, 0, 0, 0, time.FixedZone("CST", 8*60*60))

// of is what a round came to that had enough reviewers.
func of(no byte, vetoes []string, suggests ...int64) wholevillage.Result {
	r := wholevillage.Result{No: int(no), Enough: true, Suggests: suggests, Suggest: wholevillage.Median(suggests), Vetoes: vetoes}
	r.Header = record.Header{ID: ident.Record{0xC0, no}}
	return r
}

// TestDecide, each worked by hand. The card allows 10 万, the cap is 20 万, amounts are rounded down to 1,000 yuan.
func TestDecide(t *testing.T) {
	for _, tt := range []struct {
		name     string
		results  []wholevillage.Result
		model    int64
		veto     bool
		stop     string
		outcome  wholevillage.Outcome
		limit    int64
		suggests int64
		reasons  []wholevillage.Ground
	}{
		// 3, 4, 5, 5, 6, 8: (5+5)/2 = 5 万, below the model's 10 万.
		{"the median counts", []wholevillage.Result{of(1, nil, 3*wan, 5*wan, 8*wan), of(2, nil, 4*wan, 5*wan, 6*wan)}, 10 * wan, false, "",
			wholevillage.Offered, 5 * wan, 5 * wan, []wholevillage.Ground{{ID: "median", Got: 5 * wan}}},
		// 12, 14, 15: median 14 万, the model says 10 万.
		{"the model counts", []wholevillage.Result{of(1, nil, 12*wan, 14*wan, 15*wan)}, 10 * wan, false, "",
			wholevillage.Offered, 10 * wan, 14 * wan, []wholevillage.Ground{{ID: "model", Got: 10 * wan}}},
		// median 25 万, model 28 万: the cap of 20 万.
		{"the cap counts", []wholevillage.Result{of(1, nil, 24*wan, 25*wan, 26*wan)}, 28 * wan, false, "",
			wholevillage.Offered, 20 * wan, 25 * wan, []wholevillage.Ground{{ID: "cap", Got: 20 * wan}}},
		// median 10 万 and model 10 万: both are named.
		{"two of the same", []wholevillage.Result{of(1, nil, 9*wan, 10*wan, 11*wan)}, 10 * wan, false, "",
			wholevillage.Offered, 10 * wan, 10 * wan, []wholevillage.Ground{{ID: "median", Got: 10 * wan}, {ID: "model", Got: 10 * wan}}},
		// 31,000, 33,700, 33,900, 40,000 yuan: (33,700+33,900)/2 = 33,800, rounded down to 33,000.
		{"rounded down", []wholevillage.Result{of(1, nil, 3_100_000, 3_370_000, 3_390_000, 4_000_000)}, 10 * wan, false, "",
			wholevillage.Offered, 3_300_000, 3_380_000, []wholevillage.Ground{{ID: "median", Got: 3_380_000}}},
		// A round with two reviewers does not count: the median is of 2, 3, 4.
		{"a round without enough", []wholevillage.Result{{No: 1, Suggests: []int64{19 * wan, 20 * wan}}, of(2, nil, 2*wan, 3*wan, 4*wan)}, 10 * wan, false, "",
			wholevillage.Offered, 3 * wan, 3 * wan, []wholevillage.Ground{{ID: "median", Got: 3 * wan}}},
		{"two equal vetoes of a round", []wholevillage.Result{of(1, []string{"away"}, 4*wan, 5*wan, 6*wan)}, 10 * wan, false, "",
			wholevillage.Officer, 5 * wan, 5 * wan, []wholevillage.Ground{{ID: "median", Got: 5 * wan}, {ID: "veto", Got: 1}}},
		{"a veto of the card", []wholevillage.Result{of(1, nil, 4*wan, 5*wan, 6*wan)}, 10 * wan, true, "",
			wholevillage.Refused, 0, 5 * wan, []wholevillage.Ground{{ID: "card_veto", Got: 1}}},
		{"the card gives nothing", []wholevillage.Result{of(1, nil, 4*wan, 5*wan, 6*wan)}, 0, false, "",
			wholevillage.Refused, 0, 5 * wan, []wholevillage.Ground{{ID: "model"}, {ID: "none"}}},
		// median 900 yuan, rounded down to 0.
		{"less than the least", []wholevillage.Result{of(1, nil, 80_000, 90_000, 99_000)}, 10 * wan, false, "",
			wholevillage.Refused, 0, 90_000, []wholevillage.Ground{{ID: "median", Got: 90_000}, {ID: "none"}}},
		{"nobody said anything", nil, 10 * wan, false, "", wholevillage.Refused, 0, 0, []wholevillage.Ground{{ID: "none"}}},
		{"in dispute", []wholevillage.Result{of(1, nil, 4*wan, 5*wan, 6*wan)}, 10 * wan, false, "scoring.disputed",
			wholevillage.Refused, 0, 5 * wan, []wholevillage.Ground{{ID: "scoring.disputed"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := result()
			r.Limit.Granted = tt.model
			if tt.veto {
				r.Vetoes = []string{"dishonest"}
			}
			l := own(t).Decide(tt.results, &r, tt.stop, today)
			if l.Outcome != tt.outcome || l.Limit != tt.limit || l.Suggest != tt.suggests || l.Model != tt.model {
				t.Errorf("%s %d of median %d and model %d; want %s %d of %d", l.Outcome, l.Limit, l.Suggest, l.Model, tt.outcome, tt.limit, tt.suggests)
			}
			if diff := cmp.Diff(tt.reasons, l.Reasons); diff != "" {
				t.Error(diff)
			}
			if l.Day != "2026-11-27" || l.Until != "2027-11-26" {
				t.Errorf("from %s until %s", l.Day, l.Until)
			}
		})
	}
	if l := own(t).Decide([]wholevillage.Result{of(1, nil, wan, wan, wan)}, nil, "", today); l.Outcome != wholevillage.Refused {
		t.Errorf("without a score: %s", l.Outcome)
	}
}

// TestLimitLaws: whatever is suggested, the limit is at most the median, the model's and the cap, a whole number of thousands of yuan, the same in
// whatever order rounds come, and nothing where it is refused.
func TestLimitLaws(t *testing.T) {
	const seed, limitCap = 11, 20 * wan
	rnd := rand.New(rand.NewPCG(seed, 0))
	p := own(t)
	for n := range 20_000 {
		r := result()
		r.Limit.Granted = rnd.Int64N(30 * wan)
		var results []wholevillage.Result
		var all []int64
		for no := range 1 + rnd.IntN(3) {
			suggests := make([]int64, 3+rnd.IntN(5))
			for i := range suggests {
				suggests[i] = rnd.Int64N(30*wan + 1)
			}
			slices.Sort(suggests)
			var vetoes []string
			if rnd.IntN(10) == 0 {
				vetoes = []string{"away"}
			}
			results, all = append(results, of(byte(no+1), vetoes, suggests...)), append(all, suggests...)
		}
		slices.Sort(all)
		l := p.Decide(results, &r, "", today)
		if l.Limit > limitCap || l.Limit > r.Limit.Granted || l.Limit > wholevillage.Median(all) || l.Limit < 0 || l.Limit%100_000 != 0 || (l.Limit == 0) != (l.Outcome == wholevillage.Refused) {
			t.Fatalf("seed %d, %d: %+v", seed, n, l)
		}
		rnd.Shuffle(len(results), func(i, j int) { results[i], results[j] = results[j], results[i] })
		if diff := cmp.Diff(l, p.Decide(results, &r, "", today)); diff != "" {
			t.Fatalf("seed %d, %d: %s", seed, n, diff)
		}
	}
}

// TestMask: what hangs in the village shows the first and the last character of a name, and never all of it.
func TestMask(t *testing.T) {
	for name, want := range map[string]string{"陈秀英": "陈*英", "陈英": "陈*", "欧阳秀英": "欧**英", "陈": "*", "": ""} {
		if got := own(t).Notice().Mask(name); got != want {
			t.Errorf("%s is shown as %s, want %s", name, got, want)
		}
	}
}
