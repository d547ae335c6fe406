// SPDX-License-Identifier: Apache-2.0

package product_test

import (
	"strings"
	"testing"
	"time"

	"yuexin/assets"
	"yuexin/shared/credit/product"
	"yuexin/shared/money"
)

const yuan = money.Fen(100)

// TestOffer holds the figures that were worked out apart from this program: by the formula of equal payments, by adding up
// tables of payments, and by discounting them with forty decimals.
func TestOffer(t *testing.T) {
	monthly := func(points money.Rate) []product.Fee { return []product.Fee{{When: product.Monthly, Rate: points}} }
	for _, tc := range []struct {
		name               string
		p                  product.Product
		amount             money.Fen
		months             int
		first, most, total money.Fen
		cost               money.Rate
	}{
		// 10,000元 × 1% × 1.01^12 ÷ (1.01^12 − 1) = 888.4879; the last is 888.47. 1.01^12 − 1 = 12.6825 %.
		{"equal payments", product.Product{Rate: 1200, Repay: product.Equal}, 10_000 * yuan, 12, 888_49, 888_49, 10_661_86, 1268},
		// interest 120 + 110 + … + 10 = 780元.
		{"equal principal", product.Product{Rate: 1200, Repay: product.Principal}, 12_000 * yuan, 12, 1_120_00, 1_120_00, 12_780_00, 1268},
		// 1,000 + 0.6 % of 12,000 = 1,072元 a month; that is 1.0862 % a month of what is still owed.
		{"a flat fee is nearly twice what it says", product.Product{Repay: product.Principal, Fees: monthly(60)}, 12_000 * yuan, 12, 1_072_00, 1_072_00, 12_864_00, 1384},
		{"everything at the end of a year", product.Product{Rate: 500, Repay: product.Bullet}, 10_000 * yuan, 12, 10_500_00, 10_500_00, 10_500_00, 500},
		// 3 % held back, 200元 a month, and the principal at the end.
		{
			"interest first and a fee at the start",
			product.Product{Rate: 2400, Repay: product.Interest, Fees: []product.Fee{{When: product.AtStart, Rate: 300}}},
			10_000 * yuan, 12, 200_00, 10_200_00, 12_700_00, 3120,
		},
		// 25,000 + six months at 250元, 25,000 + six months at 125元: 3 % each half year is 6.09 % a year.
		{"by season", product.Product{Rate: 600, Repay: product.Seasonal, Every: 6}, 50_000 * yuan, 12, 26_500_00, 26_500_00, 52_250_00, 609},
		{"nothing is asked", product.Product{Repay: product.Equal}, 1_000 * yuan, 3, 333_33, 333_34, 1_000_00, 0},
	} {
		o, err := tc.p.Offer(tc.amount, tc.months)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if o.First != tc.first || o.Most != tc.most || o.Total != tc.total || o.Cost != tc.cost {
			t.Errorf("%s: first %v, most %v, total %v, cost %v; want %v, %v, %v, %v", tc.name, o.First, o.Most, o.Total, o.Cost, tc.first, tc.most, tc.total, tc.cost)
		}
	}
}

// TestOfferLaws: whatever is paid how, the principal comes back exactly, sums are those of the payments, and what costs more
// is not said to cost less.
func TestOfferLaws(t *testing.T) {
	for _, repay := range product.Repays() {
		for _, amount := range []money.Fen{1_001, 12_345_67, 300_000_01} {
			for _, months := range []int{1, 7, 12, 36, 120} {
				before := money.Rate(-1)
				for _, rate := range []money.Rate{0, 1, 435, 2399, 10_000} {
					p := product.Product{Rate: rate, Repay: repay}
					if repay == product.Seasonal {
						p.Every = 5
					}
					o, err := p.Offer(amount, months)
					if err != nil {
						t.Fatalf("%s, %v for %d months at %v: %v", repay, amount, months, rate, err)
					}
					var back, sum money.Fen
					left, month := amount, 0
					for _, one := range o.Payments {
						back, sum = back+one.Principal, sum+one.Sum()
						if left -= one.Principal; one.Left != left || one.Month <= month || one.Principal < 0 || one.Interest < 0 {
							t.Fatalf("%s, %v for %d months at %v: payment %+v", repay, amount, months, rate, one)
						}
						month = one.Month
					}
					if back != amount || sum != o.Total || o.Total != amount+o.Interest+o.Fees || month != months {
						t.Errorf("%s, %v for %d months at %v: back %v, paid %v of %v", repay, amount, months, rate, back, sum, o.Total)
					}
					if o.Cost < before {
						t.Errorf("%s, %v for %d months: %v costs %v, less than a lower rate", repay, amount, months, rate, o.Cost)
					}
					before = o.Cost
				}
			}
		}
	}
}

func TestOfferRefuses(t *testing.T) {
	takes := product.Product{Repay: product.Equal, Fees: []product.Fee{{When: product.AtStart, Rate: 5000}, {When: product.AtStart, Rate: 5000}}}
	for name, offer := range map[string]func() (product.Offer, error){
		"no term":       func() (product.Offer, error) { return (&product.Product{Repay: product.Equal}).Offer(100, 0) },
		"no amount":     func() (product.Offer, error) { return (&product.Product{Repay: product.Equal}).Offer(0, 12) },
		"fees take all": func() (product.Offer, error) { return takes.Offer(10_000, 12) },
	} {
		if _, err := offer(); err == nil {
			t.Errorf("%s: offered", name)
		}
	}
}

// TestOwnProducts: the program's own list is whole, shows samples as samples, and what is typical dearer than what the village
// is offered.
func TestOwnProducts(t *testing.T) {
	f, err := assets.Folder("policies").Open("products-1.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := product.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	typical := list.Typical(day)
	if len(typical) == 0 || len(list.On(day)) == 0 || len(list.Amounts()) == 0 {
		t.Fatal("there is nothing to lay side by side")
	}
	for _, p := range list.On(day) {
		if p.Standing == product.Published && !strings.Contains(p.Source, "://") {
			t.Errorf("%s is published and does not say where", p.ID)
		}
		for _, n := range p.Months {
			mine, err := p.Offer(p.Least, n)
			if err != nil || !typical[0].Lends(p.Least, n) {
				t.Fatalf("%s for %d months: %v", p.ID, n, err)
			}
			if other, err := typical[0].Offer(p.Least, n); err != nil || other.Cost <= mine.Cost {
				t.Errorf("%s for %d months costs %v, a typical loan %v, %v", p.ID, n, mine.Cost, other.Cost, err)
			}
		}
	}
	if late := list.On(day.AddDate(5, 0, 0)); len(late) != 0 {
		t.Errorf("%d products after their last day", len(late))
	}
}

func TestParseRefuses(t *testing.T) {
	good := `{"version": 1, "about": "", "amounts": [100], "products": [{"id": "a", "name": {"zh-Hans": "甲", "en": "A"}, "lender": {"zh-Hans": "行", "en": "B"},
		"about": {"zh-Hans": "说明", "en": "C"}, "standing": "sample", "source": "x", "as_of": "2026-01-01", "until": "2027-01-01", "rate": 500, "repay": "equal",
		"least": 1000, "most": 9000, "months": [12], "conditions": []}]}`
	if _, err := product.Parse(strings.NewReader(good)); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`"version": 1`, `"version": 0`}, {`"en": "A"`, `"en": ""`}, {`"sample"`, `"true"`}, {`"equal"`, `"some day"`}, {`"equal"`, `"seasonal"`},
		{`[12]`, `[24, 12]`}, {`[12]`, `[]`}, {`"rate": 500`, `"rate": 20000`}, {`"most": 9000`, `"most": 900`}, {`2027-01-01`, `next year`},
		{`"source": "x"`, `"source": ""`}, {`"conditions": []`, `"conditions": [{"en": "only"}]`}, {`"amounts": [100]`, `"amounts": []`},
	} {
		if _, err := product.Parse(strings.NewReader(strings.Replace(good, change[0], change[1], 1))); err == nil {
			t.Errorf("%s is taken", change[1])
		}
	}
}
