// SPDX-License-Identifier: Apache-2.0

package product

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"yuexin/shared/i18n"
	"yuexin/shared/money"
)

// Text is a text in every language.
type Text map[i18n.Lang]string

// In returns the text in a language, in Chinese if the language is not there.
func (t Text) In(lang i18n.Lang) string {
	if text, ok := t[lang]; ok {
		return text
	}
	return t[i18n.ZhHans]
}

func (t Text) whole() bool {
	return !slices.ContainsFunc(i18n.Langs(), func(l i18n.Lang) bool { return t[l] == "" })
}

// Standing says how true the figures of a product are.
type Standing string

// The standings.
const (
	Published Standing = "published" // as the lender published them; Source says where
	Sample    Standing = "sample"    // ours, to show how it works; the lender's own are asked for
	Typical   Standing = "typical"   // ours: an example of what an online loan costs, of no lender
)

// Fee is what is paid besides interest.
type Fee struct {
	Name Text       `json:"name"`
	When When       `json:"when"`
	Fen  money.Fen  `json:"fen"`  // each time
	Rate money.Rate `json:"rate"` // of the amount lent, each time, basis points
}

// When says when a fee is paid.
type When string

// The moments.
const (
	AtStart When = "start" // with the money lent, also where it is held back from it
	Monthly When = "month" // with each month that passes
)

// Product is a loan somebody offers.
type Product struct {
	ID         string     `json:"id"`
	Name       Text       `json:"name"`
	Lender     Text       `json:"lender"`
	About      Text       `json:"about"`
	Standing   Standing   `json:"standing"`
	Source     string     `json:"source"` // where the figures are from
	AsOf       string     `json:"as_of"`  // 2006-01-02: when they were right
	Until      string     `json:"until"`  // 2006-01-02: the last day on which they are shown
	Rate       money.Rate `json:"rate"`   // yearly, basis points
	Repay      Repay      `json:"repay"`
	Every      int        `json:"every,omitempty"` // of Seasonal: months between payments
	Fees       []Fee      `json:"fees,omitempty"`
	Least      money.Fen  `json:"least"` // amounts that are lent
	Most       money.Fen  `json:"most"`
	Months     []int      `json:"months"` // terms that are lent for, in order
	Conditions []Text     `json:"conditions"`
}

// Lends says whether a loan of this amount and term is one of the product.
func (p *Product) Lends(amount money.Fen, months int) bool {
	return amount >= p.Least && amount <= p.Most && slices.Contains(p.Months, months)
}

// List is one published edition of all products. It is immutable.
type List struct {
	version  uint32
	products []Product
	amounts  []money.Fen
}

// Limits of a product: beyond them a slip of the hand is likelier than a loan.
const (
	mostMonths  = 120
	mostRate    = money.Rate(10_000)
	mostFeeRate = money.Rate(5_000)
	mostLent    = money.Fen(50_000_000_00)
)

// Parse reads a list from its JSON form and checks it whole. The error names the product at fault.
func Parse(r io.Reader) (*List, error) {
	var file struct {
		Version  uint32      `json:"version"`
		About    string      `json:"about"`   // for whoever edits the file
		Amounts  []money.Fen `json:"amounts"` // that are asked for with one touch
		Products []Product   `json:"products"`
	}
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("read products: %w", err)
	}
	if file.Version == 0 || len(file.Amounts) == 0 {
		return nil, fmt.Errorf("products: version or amounts are missing")
	}
	seen := map[string]bool{}
	for i := range file.Products {
		p := &file.Products[i]
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("products: %q: %w", p.ID, err)
		}
		if seen[p.ID] {
			return nil, fmt.Errorf("products: %q: defined twice", p.ID)
		}
		seen[p.ID] = true
	}
	return &List{version: file.Version, products: file.Products, amounts: file.Amounts}, nil
}

func (p *Product) check() error {
	for _, day := range []string{p.AsOf, p.Until} {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return err
		}
	}
	switch {
	case p.ID == "" || p.Source == "" || !p.Name.whole() || !p.Lender.whole() || !p.About.whole():
		return fmt.Errorf("id, name, lender, about or source is missing")
	case p.Standing != Published && p.Standing != Sample && p.Standing != Typical:
		return fmt.Errorf("standing %q", p.Standing)
	case p.Rate < 0 || p.Rate > mostRate:
		return fmt.Errorf("rate %d", p.Rate)
	case p.Least <= 0 || p.Most < p.Least || p.Most > mostLent:
		return fmt.Errorf("amounts %d to %d", p.Least, p.Most)
	case len(p.Months) == 0 || !slices.IsSorted(p.Months) || p.Months[0] < 1 || p.Months[len(p.Months)-1] > mostMonths:
		return fmt.Errorf("terms %v", p.Months)
	case !slices.Contains(Repays(), p.Repay):
		return fmt.Errorf("repay %q", p.Repay)
	case (p.Repay == Seasonal) != (p.Every > 0):
		return fmt.Errorf("every %d", p.Every)
	}
	for _, c := range p.Conditions {
		if !c.whole() {
			return fmt.Errorf("a condition lacks a language")
		}
	}
	for _, f := range p.Fees {
		if !f.Name.whole() || f.When != AtStart && f.When != Monthly || f.Fen < 0 || f.Fen > p.Least || f.Rate < 0 || f.Rate > mostFeeRate {
			return fmt.Errorf("a fee has no name, or is paid at no time, or is too high")
		}
	}
	for _, n := range p.Months { // what is offered can be computed
		for _, amount := range []money.Fen{p.Least, p.Most} {
			if _, err := p.Offer(amount, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// Version returns the number of this edition of the list.
func (l *List) Version() uint32 { return l.version }

// Amounts returns the amounts that are asked for with one touch.
func (l *List) Amounts() []money.Fen { return slices.Clone(l.amounts) }

// On returns what is offered on a day, in the order of the file; typical examples are not among it.
func (l *List) On(day time.Time) []Product {
	return l.of(day, func(s Standing) bool { return s != Typical })
}

// Typical returns the examples of online loans to lay beside, on a day.
func (l *List) Typical(day time.Time) []Product {
	return l.of(day, func(s Standing) bool { return s == Typical })
}

func (l *List) of(day time.Time, standing func(Standing) bool) (out []Product) {
	today := day.Format(time.DateOnly)
	for _, p := range l.products {
		if standing(p.Standing) && p.AsOf <= today && today <= p.Until {
			out = append(out, p)
		}
	}
	return out
}
