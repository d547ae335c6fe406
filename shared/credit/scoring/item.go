// SPDX-License-Identifier: Apache-2.0

package scoring

import (
	"fmt"
	"math/bits"
	"reflect"
	"slices"

	"github.com/expr-lang/expr/vm"
)

// whole is all of a weight: shares are counted in hundredths of a percent.
const whole = 10_000

// item is an Item, compiled.
type item struct {
	*Item
	of      int // of the card's indicators
	formula *vm.Program
}

func (c *Card) compileItems(known names) error {
	for i := range c.Items {
		it := &item{Item: &c.Items[i]}
		it.of = slices.IndexFunc(c.indicators, func(ind *indicator) bool { return ind.Name == it.Indicator })
		if it.of < 0 || !slices.ContainsFunc(c.Groups, func(g Group) bool { return g.Name == it.Group }) {
			return fmt.Errorf("item %q: there is no such indicator, or no group %q", it.Indicator, it.Group)
		}
		if slices.ContainsFunc(c.items, func(o *item) bool { return o.of == it.of }) {
			return fmt.Errorf("item %q is there twice", it.Indicator)
		}
		if it.Formula != "" {
			var err error
			if it.formula, _, err = known.compile(it.Formula, reflect.Int); err != nil {
				return fmt.Errorf("item %q: %w", it.Indicator, err)
			}
		}
		c.items = append(c.items, it)
	}
	return c.weigh()
}

// weigh adds up the weights: the same for every value of weigh_by.
func (c *Card) weigh() error {
	sums := map[string]Points{}
	for _, it := range c.items {
		switch {
		case it.Bonus:
			if it.Weight <= 0 || it.Weights != nil || it.Missing != 0 || c.Bonus == 0 {
				return fmt.Errorf("item %q: a bonus has a weight, nothing where it was not found, and the card says how much it may add", it.Indicator)
			}
		case c.WeighBy == "" && it.Weight > 0 && it.Weights == nil:
			c.total += it.Weight
		case c.WeighBy != "" && it.Weight == 0 && len(it.Weights) > 0:
			for code, w := range it.Weights {
				if w < 0 {
					return fmt.Errorf("item %q: a weight is below zero", it.Indicator)
				}
				sums[code] += w
			}
		default:
			return fmt.Errorf("item %q: it has a weight, or weights where the card has weigh_by", it.Indicator)
		}
	}
	if c.WeighBy == "" {
		return nil
	}
	by, is := c.find(c.WeighBy)
	if !is || by.Unit != Code {
		return fmt.Errorf("weigh_by: %q is no indicator of codes", c.WeighBy)
	}
	for code := range by.Words {
		if c.total = sums[code]; c.total != c.Most {
			return fmt.Errorf("weights of %s come to %s, not %s", code, c.total, c.Most)
		}
	}
	return nil
}

// find returns an indicator by name.
func (c *Card) find(name string) (*indicator, bool) {
	i := slices.IndexFunc(c.indicators, func(ind *indicator) bool { return ind.Name == name })
	if i < 0 {
		return nil, false
	}
	return c.indicators[i], true
}

// checkItems wants every item whole, and to give no more than its weight.
func (c *Card) checkItems() error {
	for _, it := range c.items {
		ways := 0
		for _, there := range []bool{len(it.Bins) > 0, len(it.Codes) > 0, len(it.Curve) > 0, it.Formula != "", it.Peer != ""} {
			if there {
				ways++
			}
		}
		text := c.indicators[it.of].text
		if ways != 1 || it.Missing < 0 || it.Missing > 100 || text != (len(it.Codes) > 0) && it.Formula == "" {
			return fmt.Errorf("item %q: it needs one of bins, codes, curve, formula and peer, and a share of 0 to 100 where nothing was found", it.Indicator)
		}
		if err := c.checkShares(it); err != nil {
			return fmt.Errorf("item %q: %w", it.Indicator, err)
		}
	}
	return nil
}

func (c *Card) checkShares(it *item) error {
	best := int64(0)
	seen := func(share int64) error {
		if best = max(best, share); share < 0 || share > 100 {
			return fmt.Errorf("a share is 0 to 100")
		}
		return nil
	}
	for i, b := range it.Bins {
		last := i == len(it.Bins)-1
		if last != (b.Below == nil) || i > 0 && !last && *b.Below <= *it.Bins[i-1].Below {
			return fmt.Errorf("bins rise, and the last alone has no bound")
		}
		if err := seen(b.Share); err != nil {
			return err
		}
	}
	for code, share := range it.Codes {
		if _, known := c.indicators[it.of].Words[code]; !known {
			return fmt.Errorf("%q is none of its codes", code)
		}
		if err := seen(share); err != nil {
			return err
		}
	}
	if len(it.Codes) > 0 && len(it.Codes) != len(c.indicators[it.of].Words) {
		return fmt.Errorf("a code is without a share")
	}
	for i, k := range it.Curve {
		if len(it.Curve) < 2 || i > 0 && k.At <= it.Curve[i-1].At {
			return fmt.Errorf("a curve has two knots or more, and rises along")
		}
		if err := seen(k.Share); err != nil {
			return err
		}
	}
	if best != 100 && it.Formula == "" && it.Peer == "" {
		return fmt.Errorf("nothing gives all of the weight")
	}
	if it.Peer != "" && (it.Peer != "linear" && it.Peer != "log" || c.Peers == nil) {
		return fmt.Errorf("peer is linear or log, and the card has peers")
	}
	return nil
}

// weight returns what the item is worth for somebody.
func (it *item) weight(code string) Points {
	if it.Weights != nil {
		return it.Weights[code]
	}
	return it.Weight
}

// binAt returns the bin of a value.
func (it *item) binAt(v int64) int {
	for i, b := range it.Bins {
		if b.Below == nil || v < *b.Below {
			return i
		}
	}
	return len(it.Bins) - 1
}

// curveAt returns the share of a value on the curve.
func (it *item) curveAt(v int64) int64 {
	k := it.Curve
	if v <= k[0].At {
		return k[0].Share * 100
	}
	for i := 1; i < len(k); i++ {
		if v < k[i].At {
			rise := (k[i].Share - k[i-1].Share) * 100
			if part := int64(scale(uint64(max(rise, -rise)), uint64(v-k[i-1].At), uint64(k[i].At-k[i-1].At))); rise < 0 {
				return k[i-1].Share*100 - part
			} else {
				return k[i-1].Share*100 + part
			}
		}
	}
	return k[len(k)-1].Share * 100
}

// place returns the share of a value between the low and the high of its peers.
func place(v int64, r Range, log bool) int64 {
	low, high := r.Low, r.High
	if log {
		v, low, high = log2(v), log2(low), log2(high)
	}
	if v <= low || high <= low {
		return 0
	}
	return int64(min(whole, scale(whole, uint64(v-low), uint64(high-low))))
}

// log2 returns log₂(1+v) in 1/65536, by repeated squaring: the same on every machine. 0 for what is not above zero.
func log2(v int64) int64 {
	if v <= 0 {
		return 0
	}
	x := uint64(v) + 1
	n := bits.Len64(x) - 1
	m := x << (63 - n) // 1.0 ≤ m < 2.0 with 63 places
	out := int64(n)
	for range 16 {
		out <<= 1
		hi, lo := bits.Mul64(m, m)
		if m = hi<<1 | lo>>63; hi>>63 == 1 {
			out, m = out|1, hi
		}
	}
	return out
}
