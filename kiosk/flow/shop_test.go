// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"testing"
	"time"

	"yuexin/kiosk/flow"
	"yuexin/shared/money"
)

// TestProductBesideATypicalLoan: a visitor lays a product beside a typical online loan for an amount and a term of their
// choice, without a network, and nothing of it is left for who comes next.
func TestProductBesideATypicalLoan(t *testing.T) {
	s := stage(t)
	f := s.Flow
	f.SetTroubles([]flow.Trouble{flow.NoLink})
	f.OpenProducts()
	at(t, f, flow.Products)
	if len(f.Products()) < 2 {
		t.Fatalf("%d products", len(f.Products()))
	}
	f.OpenProduct("ningzhu")
	at(t, f, flow.Compare)
	c, ok := f.Comparison()
	if !ok || !c.Beside || c.Offer.Amount != 5_000_000 || c.Offer.Months != 12 {
		t.Fatalf("comparison %+v, %v", c, ok)
	}
	// 50,000元 at 4.95 % for a year, the same each month: 4,279.23元; 1 % a month of 50,000元 is 6,000元.
	if c.Offer.First != 4_279_23 || c.OtherOffer.Fees != 6_000_00 || c.OtherOffer.First != 4_666_66 || c.OtherOffer.Cost <= 4*c.Offer.Cost {
		t.Errorf("mine %v a month at %v, other %v a month with %v of fees at %v",
			c.Offer.First, c.Offer.Cost, c.OtherOffer.First, c.OtherOffer.Fees, c.OtherOffer.Cost)
	}
	f.AskAmount(money.Fen(1_000_000))
	f.AskMonths(24)
	if c, _ := f.Comparison(); c.Offer.Amount != 1_000_000 || c.OtherOffer.Amount != 1_000_000 || c.OtherOffer.Months != 24 {
		t.Errorf("another amount and term: %+v", c)
	}
	f.Clear()
	if _, ok := f.Comparison(); ok {
		t.Error("who comes next sees what was looked at")
	}
	s.Time = s.Time.Add(3 * 365 * 24 * time.Hour)
	f.OpenProduct("ningzhu")
	if at(t, f, flow.Products); len(f.Products()) != 0 {
		t.Errorf("%d products after their last day", len(f.Products()))
	}
}
