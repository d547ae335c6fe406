// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"slices"

	"yuexin/shared/credit/product"
	"yuexin/shared/money"
)

// shop is what somebody looks at among the products.
type shop struct {
	id     string
	amount money.Fen
	months int
}

// Usual is what a comparison begins with: the amount and the term that come nearest.
const (
	usualAmount money.Fen = 50_000_00
	usualMonths int       = 12
)

// Comparison is a product beside a typical online loan, for the same amount and term.
type Comparison struct {
	Product product.Product
	Offer   product.Offer
	Amounts []money.Fen // to choose from
	Months  []int

	// Other is a typical online loan; without one Beside is false.
	Beside     bool
	Other      product.Product
	OtherOffer product.Offer
}

// Products returns what is offered today.
func (f *Flow) Products() []product.Product { return f.Book.Products.On(f.Now()) }

// OpenProducts shows what is offered.
func (f *Flow) OpenProducts() { f.open(Products) }

// OpenProduct shows one of them beside a typical online loan.
func (f *Flow) OpenProduct(id string) {
	i := slices.IndexFunc(f.Products(), func(p product.Product) bool { return p.ID == id })
	if i < 0 { // its last day was yesterday
		f.open(Products)
		return
	}
	p := f.Products()[i]
	s := shop{id: id, amount: p.Least, months: p.Months[0]}
	for _, a := range f.amountsOf(p) {
		if a <= usualAmount {
			s.amount = a
		}
	}
	for _, n := range p.Months {
		if n <= usualMonths {
			s.months = n
		}
	}
	f.visit.shop = s
	f.open(Compare)
}

// amountsOf returns the amounts that are asked for with one touch and that a product lends, its least at least.
func (f *Flow) amountsOf(p product.Product) []money.Fen {
	out := slices.DeleteFunc(f.Book.Products.Amounts(), func(a money.Fen) bool { return a < p.Least || a > p.Most })
	if len(out) == 0 {
		return []money.Fen{p.Least}
	}
	return out
}

// AskAmount compares for another amount, one of those of the comparison.
func (f *Flow) AskAmount(amount money.Fen) { f.visit.shop.amount = amount; f.tell() }

// AskMonths compares for another term, one of those of the comparison.
func (f *Flow) AskMonths(months int) { f.visit.shop.months = months; f.tell() }

// Comparison returns the product that is shown, with what it costs; false for none.
func (f *Flow) Comparison() (Comparison, bool) {
	s := f.visit.shop
	i := slices.IndexFunc(f.Products(), func(p product.Product) bool { return p.ID == s.id })
	if i < 0 {
		return Comparison{}, false
	}
	c := Comparison{Product: f.Products()[i]}
	c.Amounts, c.Months = f.amountsOf(c.Product), c.Product.Months
	var err error
	if c.Offer, err = c.Product.Offer(s.amount, s.months); err != nil {
		return Comparison{}, false
	}
	for _, other := range f.Book.Products.Typical(f.Now()) {
		if !other.Lends(s.amount, s.months) {
			continue
		}
		if c.OtherOffer, err = other.Offer(s.amount, s.months); err == nil {
			c.Beside, c.Other = true, other
			break
		}
	}
	return c, true
}
