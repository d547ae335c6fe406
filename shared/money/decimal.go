// SPDX-License-Identifier: Apache-2.0

package money

// Decimal is a measured number in thousandths: a depth in metres, a distance in kilometres, a price per jin that is not
// paid. What it is measured in is said by the field that holds it. Money and land have words of their own.
type Decimal int64

// One is the decimal 1.
const One Decimal = 1000

const decimal words = "money.decimal"

// ParseDecimal reads "1.5", "一点五", "1,200.75", "-0.5", full-width forms included.
//
// Faults, all fault.Invalid with key "money.decimal." and: empty; char and comma (pos, char); places for fractions of a
// thousandth; overflow; unclear.
func ParseDecimal(text string) (Decimal, error) {
	cs, err := fold(text, decimal)
	if err != nil {
		return 0, err
	}
	sign := Decimal(1)
	if cs[0].r == '-' {
		if cs, sign = cs[1:], -1; len(cs) == 0 {
			return 0, decimal.plain("empty")
		}
	}
	value, err := number(cs, decimal)
	if err != nil {
		return 0, err
	}
	n, err := whole(value, int64(One), decimal)
	return sign * Decimal(n), err
}

// String returns the number without trailing zeros, "1.5". ParseDecimal is its inverse.
func (d Decimal) String() string { return trimmed(int64(d), 3) }
