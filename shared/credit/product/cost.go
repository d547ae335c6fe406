// SPDX-License-Identifier: Apache-2.0

package product

import (
	"math/big"

	"yuexin/shared/money"
)

// scaleDigits is how many decimals rates are computed with, and rateBits how many halvings find one: to 1 in 10^18 a month,
// far below a basis point a year.
const (
	scaleDigits = 30
	rateBits    = 60
)

var scale = new(big.Int).Exp(big.NewInt(10), big.NewInt(scaleDigits), nil)

// monthlyRate returns the internal rate of return of a month, in parts of scale: the greatest at which the payments are still
// worth at least what was got; 0 where less is paid back than was got, and at most 1.
func monthlyRate(got money.Fen, payments []Payment) *big.Int {
	low, high := new(big.Int), new(big.Int).Set(scale)
	if worth(payments, low).Cmp(scaled(got)) <= 0 {
		return low
	}
	for range rateBits {
		middle := new(big.Int).Add(low, high)
		middle.Rsh(middle, 1)
		if worth(payments, middle).Cmp(scaled(got)) >= 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

func scaled(f money.Fen) *big.Int { return new(big.Int).Mul(big.NewInt(int64(f)), scale) }

// worth returns what payments are worth at the start at a monthly rate, in fen × scale.
func worth(payments []Payment, rate *big.Int) *big.Int {
	factor := new(big.Int).Mul(scale, scale)
	factor.Quo(factor, new(big.Int).Add(scale, rate)) // 1/(1+i)
	sum, month := new(big.Int), 0
	by := new(big.Int).Set(scale)
	for _, p := range payments {
		for ; month < p.Month; month++ {
			by.Quo(by.Mul(by, factor), scale)
		}
		sum.Add(sum, new(big.Int).Mul(big.NewInt(int64(p.Sum())), by))
	}
	return sum
}

// annual returns (1+i)^12-1 in basis points, rounded half up.
func annual(rate *big.Int) money.Rate {
	one := new(big.Int).Add(scale, rate)
	year := new(big.Int).Set(scale)
	for range 12 {
		year.Quo(year.Mul(year, one), scale)
	}
	year.Sub(year, scale)
	year.Mul(year, big.NewInt(2*int64(money.Whole)))
	year.Add(year, scale)
	year.Quo(year, new(big.Int).Lsh(scale, 1))
	if !year.IsInt64() || year.Int64() > 1<<31-1 {
		return 1<<31 - 1
	}
	return money.Rate(year.Int64())
}
