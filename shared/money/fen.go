// SPDX-License-Identifier: Apache-2.0

package money

import (
	"math/big"
	"math/bits"
	"slices"
	"strconv"
)

// Fen is an amount of money in fen, one hundredth of a yuan. Negative amounts
// occur in entries and differences; people never type one.
type Fen int64

const amount words = "money.amount"

// Parse reads an amount as people type or say it: "30000", "30,000.50", "￥300",
// "3万", "3.5万元", "1亿2000万", "三万五千元整", "叁万元", "300元5角2分", "三块五",
// full-width forms included. A number without a unit is in yuan.
//
// Faults, all fault.Invalid with key "money.amount." and: empty; negative; char
// and comma (pos, char); places for fractions of a fen; overflow; unclear for what
// two people could read as two amounts, such as "3万5元".
func Parse(text string) (Fen, error) {
	cs, err := fold(text, amount)
	if err != nil {
		return 0, err
	}
	for _, mark := range []string{"人民币", "RMB", "CNY", "¥"} {
		cs = cutPrefix(cs, mark)
	}
	for _, mark := range []string{"整", "正"} {
		cs = cutSuffix(cs, mark)
	}
	if len(cs) > 0 && cs[0].r == '-' {
		return 0, amount.plain("negative")
	}

	yuan, small, err := amountParts(cs)
	if err != nil {
		return 0, err
	}
	total := yuan.Add(yuan, big.NewRat(small, 100))
	fen, err := whole(total, 100, amount)
	return Fen(fen), err
}

// amountParts reads yuan, and 角 and 分 as fen.
func amountParts(cs []char) (yuan *big.Rat, fen int64, err error) {
	left, right, found := cut(cs, '元', false)
	switch {
	case found && len(left) == 0:
		return nil, 0, amount.at("char", cs[0])
	case found && isShort(left):
		return nil, 0, amount.plain("unclear")
	case !found && slices.ContainsFunc(cs, func(c char) bool { return c.r == '角' || c.r == '分' }):
		fen, err = parts(cs, '角', '分', false, amount)
		return new(big.Rat), fen, err
	}

	if yuan, err = number(left, amount); err != nil {
		return nil, 0, err
	}
	if len(right) > 0 && slices.ContainsFunc(left, isPoint) {
		return nil, 0, amount.at("char", right[0]) // "300.5元5角"
	}
	fen, err = parts(right, '角', '分', true, amount)
	return yuan, fen, err
}

// Add returns f + g; the fault "money.amount.overflow" when it does not fit.
func (f Fen) Add(g Fen) (Fen, error) {
	return Sum(f, g)
}

// Sub returns f - g; the fault "money.amount.overflow" when it does not fit.
func (f Fen) Sub(g Fen) (Fen, error) {
	d := f - g
	if (f < 0) != (g < 0) && (d < 0) != (f < 0) {
		return 0, amount.plain("overflow")
	}
	return d, nil
}

// Mul returns f × n; the fault "money.amount.overflow" when it does not fit.
func (f Fen) Mul(n int64) (Fen, error) {
	return f.MulDiv(n, 1)
}

// MulDiv returns f × num ÷ den, rounded half to even once; the product may pass
// 64 bits. den must be positive, another one is an internal fault.
func (f Fen) MulDiv(num, den int64) (Fen, error) {
	v, err := mulDiv(int64(f), num, den, amount)
	return Fen(v), err
}

// Sum adds amounts. The order does not matter: only the total must fit, otherwise
// the fault is "money.amount.overflow". The sum of none is 0.
func Sum(amounts ...Fen) (Fen, error) {
	var hi, lo uint64 // two's complement, 128 bits
	for _, a := range amounts {
		var carry uint64
		lo, carry = bits.Add64(lo, uint64(a), 0)
		hi, _ = bits.Add64(hi, uint64(int64(a)>>63), carry)
	}
	if total := int64(lo); uint64(total>>63) == hi {
		return Fen(total), nil
	}
	return 0, amount.plain("overflow")
}

// String returns the canonical form in yuan with two decimals, "30000.00".
// For non-negative amounts Parse is its inverse.
func (f Fen) String() string {
	return fixed(int64(f), 2)
}

// MarshalText returns the fen as a decimal integer.
func (f Fen) MarshalText() ([]byte, error) { return encode(int64(f)) }

// UnmarshalText reads a decimal integer of fen. On error f is unchanged.
func (f *Fen) UnmarshalText(text []byte) error { return decode(f, text, 64, amount) }

// MarshalJSON returns the fen as a JSON integer.
func (f Fen) MarshalJSON() ([]byte, error) { return encode(int64(f)) }

// UnmarshalJSON reads a JSON integer of fen, plain or as an object key; null changes nothing.
func (f *Fen) UnmarshalJSON(data []byte) error { return decodeJSON(f, data, 64, amount) }

func encode(v int64) ([]byte, error) {
	return strconv.AppendInt(nil, v, 10), nil
}

// decode reads an integer of the given bits. The cause is not wrapped: it would
// quote the amount.
func decode[T ~int64 | ~int32](v *T, text []byte, size int, w words) error {
	n, err := strconv.ParseInt(string(text), 10, size)
	if err != nil {
		return w.plain("integer")
	}
	*v = T(n)
	return nil
}

// decodeJSON also takes the integer in quotes: encoding/json hands the keys of an
// object to UnmarshalJSON that way.
func decodeJSON[T ~int64 | ~int32](v *T, data []byte, size int, w words) error {
	if string(data) == "null" {
		return nil
	}
	if n := len(data); n > 2 && data[0] == '"' && data[n-1] == '"' {
		data = data[1 : n-1]
	}
	return decode(v, data, size, w)
}
