// SPDX-License-Identifier: Apache-2.0

package money

import "math"

// Rate is a rate in basis points: 435 is 4.35 %, 10,000 is the whole. What it is a
// rate of (a year, a share) is said by the field that holds it. It may be negative,
// as a spread is; people never type one.
type Rate int32

// Whole is the rate of 100 %.
const Whole Rate = 10_000

const rate words = "money.rate"

// ParseRate reads "4.35%", "4.35" (per cent as well), "百分之四点三五", "3‰" and
// "435bp", full-width forms included.
//
// Faults, all fault.Invalid with key "money.rate." and: empty; negative; char and
// comma (pos, char); places for fractions of a basis point; overflow; unclear.
func ParseRate(text string) (Rate, error) {
	cs, err := fold(text, rate)
	if err != nil {
		return 0, err
	}
	if cs[0].r == '-' {
		return 0, rate.plain("negative")
	}

	cs = cutPrefix(cs, "百分之")
	factor := int64(100)
	for _, unit := range []struct {
		mark   string
		points int64
	}{{"%", 100}, {"‰", 10}, {"bp", 1}} {
		if short := cutSuffix(cs, unit.mark); len(short) < len(cs) {
			cs, factor = short, unit.points
			break
		}
	}

	value, err := number(cs, rate)
	if err != nil {
		return 0, err
	}
	points, err := whole(value, factor, rate)
	if err == nil && points > math.MaxInt32 {
		return 0, rate.plain("overflow")
	}
	return Rate(points), err
}

// Apply returns the part r of f, f × r ÷ 10,000, rounded half to even to whole fen.
// It rounds once: to apply several factors use Fen.MulDiv with their products.
// The fault is "money.amount.overflow" when the result does not fit.
func (r Rate) Apply(f Fen) (Fen, error) {
	return f.MulDiv(int64(r), int64(Whole))
}

// String returns per cent with two decimals, "4.35%". For non-negative rates
// ParseRate is its inverse.
func (r Rate) String() string {
	return fixed(int64(r), 2) + "%"
}

// MarshalText returns the basis points as a decimal integer.
func (r Rate) MarshalText() ([]byte, error) { return encode(int64(r)) }

// UnmarshalText reads a decimal integer of basis points. On error r is unchanged.
func (r *Rate) UnmarshalText(text []byte) error { return decode(r, text, 32, rate) }

// MarshalJSON returns the basis points as a JSON integer.
func (r Rate) MarshalJSON() ([]byte, error) { return encode(int64(r)) }

// UnmarshalJSON reads a JSON integer of basis points, plain or as an object key; null changes nothing.
func (r *Rate) UnmarshalJSON(data []byte) error { return decodeJSON(r, data, 32, rate) }
