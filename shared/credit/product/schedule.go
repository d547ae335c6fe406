// SPDX-License-Identifier: Apache-2.0

package product

import (
	"fmt"
	"math/big"

	"yuexin/shared/money"
)

// Repay says how a loan is paid back.
type Repay string

// The ways of paying back.
const (
	Equal     Repay = "equal"     // 等额本息: the same each month
	Principal Repay = "principal" // 等额本金: the same principal each month, and the interest of what is left
	Interest  Repay = "interest"  // 先息后本: the interest each month, the principal at the end
	Bullet    Repay = "bullet"    // 到期一次还本付息: everything at the end
	Seasonal  Repay = "seasonal"  // 按季节还: every so many months the same principal, and the interest since the last payment
)

// Repays returns all ways.
func Repays() []Repay { return []Repay{Equal, Principal, Interest, Bullet, Seasonal} }

// Payment is what is paid at the end of a month, counted from 1; Month 0 is the day on which the money is lent.
type Payment struct {
	Month                    int
	Principal, Interest, Fee money.Fen
	Left                     money.Fen // principal that is still owed behind it
}

// Sum returns what is paid.
func (p Payment) Sum() money.Fen { return p.Principal + p.Interest + p.Fee }

// Offer is what a loan of a product costs.
type Offer struct {
	Amount   money.Fen
	Months   int
	Got      money.Fen // what the borrower has in hand: Amount less what is paid at the start
	Payments []Payment // only months in which something is paid, month 0 left out
	Most     money.Fen // the highest of them
	First    money.Fen // the first of them
	Total    money.Fen // all that is paid, with what is paid at the start
	Interest money.Fen
	Fees     money.Fen
	Cost     money.Rate // true annual cost, basis points; see the package
}

// monthsOfYear × the basis points of the whole: what a balance × a yearly rate is divided by for a month's interest.
const monthlyBase = 12 * int64(money.Whole)

// Offer computes a loan. The errors are those of money for amounts that do not fit, and an error for a term below 1, an amount
// that is not positive, or fees at the start that leave nothing.
func (p *Product) Offer(amount money.Fen, months int) (Offer, error) {
	if amount <= 0 || amount > mostLent || months < 1 || months > mostMonths {
		return Offer{}, fmt.Errorf("product: no loan of %d fen for %d months", amount, months)
	}
	o := Offer{Amount: amount, Months: months}
	start, err := p.fee(AtStart, amount)
	if err != nil {
		return Offer{}, err
	}
	if o.Got = amount - start; o.Got <= 0 {
		return Offer{}, fmt.Errorf("product: the fees leave nothing of %d fen", amount)
	}
	o.Total, o.Fees = start, start
	if o.Payments, err = p.schedule(amount, months); err != nil {
		return Offer{}, err
	}
	for _, one := range o.Payments {
		o.Total, o.Interest, o.Fees = o.Total+one.Sum(), o.Interest+one.Interest, o.Fees+one.Fee
		o.Most = max(o.Most, one.Sum())
	}
	o.First = o.Payments[0].Sum()
	o.Cost = annual(monthlyRate(o.Got, o.Payments))
	return o, nil
}

// fee returns what is paid at a moment, rounded half to even for each fee.
func (p *Product) fee(when When, amount money.Fen) (sum money.Fen, err error) {
	for _, f := range p.Fees {
		if f.When != when {
			continue
		}
		part, err := f.Rate.Apply(amount)
		if err != nil {
			return 0, err
		}
		sum += f.Fen + part
	}
	return sum, nil
}

func (p *Product) schedule(amount money.Fen, months int) (out []Payment, err error) {
	fee, err := p.fee(Monthly, amount)
	if err != nil {
		return nil, err
	}
	instalment := p.equalPayment(amount, months)
	left, run := amount, money.Fen(0) // run: what was owed in each month since interest was paid, added up
	for m := 1; m <= months; m++ {
		run += left
		owed, err := run.MulDiv(int64(p.Rate), monthlyBase)
		if err != nil {
			return nil, err
		}
		pays, principal := p.due(m, months), money.Fen(0)
		switch {
		case m == months:
			principal = left
		case p.Repay == Equal:
			principal = min(left, max(0, instalment-owed))
		case pays && p.Repay != Interest:
			principal = amount / money.Fen(p.parts(months))
		}
		one := Payment{Month: m, Principal: principal, Fee: fee}
		if pays {
			one.Interest, run = owed, 0
		}
		left -= principal
		one.Left = left
		if one.Sum() > 0 {
			out = append(out, one)
		}
	}
	return out, nil
}

// due says whether interest, or principal and interest, is paid at the end of a month.
func (p *Product) due(month, months int) bool {
	switch p.Repay {
	case Bullet:
		return month == months
	case Seasonal:
		return month%p.Every == 0 || month == months
	}
	return true
}

// parts returns in how many payments the principal comes back.
func (p *Product) parts(months int) int {
	switch p.Repay {
	case Seasonal:
		return (months + p.Every - 1) / p.Every
	case Principal:
		return months
	}
	return 1
}

// equalPayment returns what is paid each month so that the last payment is like all others: P·i·(1+i)^n ÷ ((1+i)^n − 1),
// rounded half to even.
func (p *Product) equalPayment(amount money.Fen, months int) money.Fen {
	if p.Rate == 0 {
		return amount / money.Fen(months)
	}
	base, grown := big.NewInt(monthlyBase), big.NewInt(monthlyBase+int64(p.Rate))
	n := big.NewInt(int64(months))
	g, b := new(big.Int).Exp(grown, n, nil), new(big.Int).Exp(base, n, nil)
	num := new(big.Int).Mul(big.NewInt(int64(amount)), big.NewInt(int64(p.Rate)))
	num.Mul(num, g)
	den := new(big.Int).Sub(g, b)
	den.Mul(den, base)
	q, r := new(big.Int).QuoRem(num, den, new(big.Int))
	switch twice := r.Lsh(r, 1).Cmp(den); {
	case twice > 0, twice == 0 && q.Bit(0) == 1:
		q.Add(q, big.NewInt(1))
	}
	return money.Fen(q.Int64()) // at most the amount and its interest of one month
}
