// SPDX-License-Identifier: Apache-2.0

package money

import (
	"math/big"
	"slices"
)

// Area is an area of land in hundredths of a mu (亩), which is one 厘.
// 1 mu = 10 分 = 100 厘 = 10,000/15 m²; 15 mu = 1 hectare (公顷).
type Area int64

// Mu is the area of one mu.
const Mu Area = 100

const area words = "money.area"

// ParseArea reads "2.3", "2.3亩", "两亩三分", "2亩3分5厘", "三亩半", "半亩", "5分地",
// "1.2公顷", full-width forms included. A number without a unit is in mu.
//
// Faults, all fault.Invalid with key "money.area." and: empty; negative; char and
// comma (pos, char); places for fractions of a hundredth; overflow; unclear.
func ParseArea(text string) (Area, error) {
	cs, err := fold(text, area)
	if err != nil {
		return 0, err
	}
	if cs[0].r == '-' {
		return 0, area.plain("negative")
	}

	cs = cutSuffix(cs, "地")
	if hectares := cutSuffix(cs, "公顷"); len(hectares) < len(cs) {
		return areaOf(hectares, nil, 15)
	}
	left, right, found := cut(cs, '亩', false)
	switch {
	case found && str(left) == "半" && len(right) == 0:
		return Mu / 2, nil
	case found && len(left) == 0:
		return 0, area.at("char", cs[0])
	case !found && slices.ContainsFunc(cs, func(c char) bool { return c.r == '分' || c.r == '厘' }):
		hundredths, err := parts(cs, '分', '厘', false, area)
		return Area(hundredths), err
	}
	return areaOf(left, right, 1)
}

// areaOf reads left in units of so many mu and right as 分 and 厘.
func areaOf(left, right []char, mu int64) (Area, error) {
	value, err := number(left, area)
	if err != nil {
		return 0, err
	}
	if len(right) > 0 && slices.ContainsFunc(left, isPoint) {
		return 0, area.at("char", right[0]) // "2.5亩3分"
	}
	small := int64(50)
	if str(right) != "半" {
		if small, err = parts(right, '分', '厘', true, area); err != nil {
			return 0, err
		}
	}
	value.Mul(value, big.NewRat(mu, 1))
	total, err := whole(value.Add(value, big.NewRat(small, int64(Mu))), int64(Mu), area)
	return Area(total), err
}

// AreaOfSquareMetres converts m² to the nearest hundredth of a mu, half to even:
// m² × 15 ÷ 100. The fault is "money.area.overflow" when it does not fit.
func AreaOfSquareMetres(m2 int64) (Area, error) {
	v, err := mulDiv(m2, 3, 20, area)
	return Area(v), err
}

// SquareMetres returns the nearest whole number of m², half to even. The fault is
// "money.area.overflow" when it does not fit.
func (a Area) SquareMetres() (int64, error) {
	return mulDiv(int64(a), 20, 3, area)
}

// Add returns a + b; the fault "money.area.overflow" when it does not fit.
func (a Area) Add(b Area) (Area, error) {
	s := a + b
	if (a < 0) == (b < 0) && (s < 0) != (a < 0) {
		return 0, area.plain("overflow")
	}
	return s, nil
}

// String returns mu with two decimals, "2.30". For non-negative areas ParseArea is
// its inverse.
func (a Area) String() string {
	return fixed(int64(a), 2)
}

// Text returns the area as a person reads it, "2.3亩".
func (a Area) Text() string {
	return grouped(trimmed(int64(a), 2)) + "亩"
}

// English returns a for a reader of English: "1,024.5 mu".
func (a Area) English() string { return grouped(trimmed(int64(a), 2)) + " mu" }

// MarshalText returns the hundredths of a mu as a decimal integer.
func (a Area) MarshalText() ([]byte, error) { return encode(int64(a)) }

// UnmarshalText reads a decimal integer of hundredths of a mu. On error a is unchanged.
func (a *Area) UnmarshalText(text []byte) error { return decode(a, text, 64, area) }

// MarshalJSON returns the hundredths of a mu as a JSON integer.
func (a Area) MarshalJSON() ([]byte, error) { return encode(int64(a)) }

// UnmarshalJSON reads a JSON integer of hundredths of a mu, plain or as an object key; null changes nothing.
func (a *Area) UnmarshalJSON(data []byte) error { return decodeJSON(a, data, 64, area) }
