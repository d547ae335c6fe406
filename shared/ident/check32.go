// SPDX-License-Identifier: Apache-2.0

package ident

// Check32 returns the check character, as a number from 0 to 31, of the
// characters that digits holds, each from 0 to 31. It serves codes that people
// type, of up to 30 characters.
//
// Characters are elements of GF(32); the check is Σ αⁱ·dᵢ, with i = 1 for the
// first character and weight α⁰ for the check character itself. The weights
// of all places differ and none is zero. So a change of one character by
// e ≠ 0 changes the sum by αⁱ·e ≠ 0; and exchanging two different characters a
// and b changes it by (αⁱ−αʲ)(a−b) ≠ 0, be they neighbours or not. (The
// weighted check of Verhoeff, "Error Detecting Decimal Codes", 1969, over a
// field.)
func Check32(digits []byte) byte {
	sum, weight := 0, 1
	for _, d := range digits {
		weight = timesAlpha(weight)
		sum ^= times(weight, int(d))
	}
	return byte(sum)
}

// polynomial is x⁵+x²+1, primitive over GF(2): the powers of α = x run through
// all 31 elements but zero.
const polynomial = 0b100101

func timesAlpha(a int) int {
	a <<= 1
	if a&0b100000 != 0 {
		a ^= polynomial
	}
	return a
}

func times(a, b int) int {
	product := 0
	for ; b > 0; b >>= 1 {
		if b&1 != 0 {
			product ^= a
		}
		a = timesAlpha(a)
	}
	return product
}
