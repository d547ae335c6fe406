// SPDX-License-Identifier: Apache-2.0

// Package money holds the words for amounts: [Fen] (money), [Rate] (basis points)
// and [Area] (hundredths of a mu).
//
// All three are integers in storage, on the wire and in JSON; 元, 万元, 亿元, % and
// 亩 appear at display only. There is no floating point: what people type is read
// exactly or refused. Arithmetic is checked and reports overflow as a fault; the
// only operations that round are named so and round half to even, once, at the end.
//
// Faults are of kind fault.Invalid, with the 1-based position and the character at
// fault in "pos" and "char" where there is one; positions do not count spaces.
package money
