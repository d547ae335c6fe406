// SPDX-License-Identifier: Apache-2.0

package money

import (
	"errors"
	"math"
	"math/bits"
)

// errDivisor has no meaning of its own: a divisor is the program's, not a person's.
var errDivisor = errors.New("money: divisor must be positive")

// mulDiv returns a × num ÷ den rounded half to even, with a product of 128 bits.
func mulDiv(a, num, den int64, w words) (int64, error) {
	if den <= 0 {
		return 0, errDivisor
	}
	hi, lo := bits.Mul64(magnitude(a), magnitude(num))
	d := uint64(den)
	if hi >= d {
		return 0, w.plain("overflow")
	}
	q, r := bits.Div64(hi, lo, d)
	if roundsUp(q, r, d) {
		if q == math.MaxUint64 {
			return 0, w.plain("overflow")
		}
		q++
	}
	return signed(q, (a < 0) != (num < 0), w)
}

// roundsUp says whether quotient q with remainder r of divisor d goes to q+1 when
// halves go to the even neighbour.
func roundsUp(q, r, d uint64) bool {
	rest := d - r // r < d; comparing r with d-r avoids doubling r
	return r > rest || r == rest && q%2 == 1
}

// magnitude is |v|, also for the smallest int64.
func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

// signed is the inverse of magnitude.
func signed(q uint64, negative bool, w words) (int64, error) {
	switch {
	case negative && q <= 1<<63:
		return int64(-q), nil
	case !negative && q <= math.MaxInt64:
		return int64(q), nil
	}
	return 0, w.plain("overflow")
}
