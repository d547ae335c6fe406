// SPDX-License-Identifier: Apache-2.0

package money

import (
	"strconv"
	"strings"
)

// Unit is a unit in which amounts are shown. Amounts are never stored in one.
type Unit uint8

// The units.
const (
	Yuan Unit = iota // 元
	Wan              // 万元, 10,000 yuan
	Yi               // 亿元, 100,000,000 yuan
)

// units gives each Unit its name and the number of decimals that shows fen exactly.
var units = [...]struct {
	name     string
	decimals int
}{Yuan: {"元", 2}, Wan: {"万元", 6}, Yi: {"亿元", 10}}

// String returns 元, 万元 or 亿元.
func (u Unit) String() string {
	return units[u].name
}

// In returns f in the unit u exactly, without trailing zeros and without the
// unit's name: 3,500,000 fen are "3.5" in Wan.
func (f Fen) In(u Unit) string {
	return trimmed(int64(f), units[u].decimals)
}

// Rounded returns f in the unit u with exactly so many decimals (0 to 10), rounded
// half to even, without the unit's name. For display only.
func (f Fen) Rounded(u Unit, places int) string {
	return rounded(int64(f), units[u].decimals, places)
}

// Grouped returns yuan with two decimals and separators: "30,000.50".
func (f Fen) Grouped() string {
	return grouped(f.String())
}

// Text returns f as a person reads it, exactly and with its unit: the largest of
// 亿元, 万元 and 元 in which at least one stands before the point and at most two
// decimals are needed: "3.5万元", "1.2亿元", "30,000.50元", "800元".
func (f Fen) Text() string {
	for _, u := range []Unit{Yi, Wan} {
		s := f.In(u)
		whole, decimals, _ := strings.Cut(s, ".")
		if strings.Trim(whole, "-0") != "" && len(decimals) <= 2 {
			return grouped(s) + u.String()
		}
	}
	s := f.Grouped()
	return strings.TrimSuffix(s, ".00") + Yuan.String()
}

// English returns f for a reader of English, exactly: "50,000 yuan", "30,000.50 yuan".
func (f Fen) English() string { return strings.TrimSuffix(f.Grouped(), ".00") + " yuan" }

// Endings that mark the name of an argument of a message whose value is fen, or hundredths of a mu: "max.fen" fills {max}.
const (
	FenArg  = ".fen"
	AreaArg = ".mu"
)

// Arg returns f as an argument of a message, which then tells it as its reader counts.
func (f Fen) Arg(name string) (marked, value string) {
	return name + FenArg, strconv.FormatInt(int64(f), 10)
}

// Arg returns a as an argument of a message, which then tells it as its reader counts.
func (a Area) Arg(name string) (marked, value string) {
	return name + AreaArg, strconv.FormatInt(int64(a), 10)
}

// fixed writes v ÷ 10^decimals with all its decimals.
func fixed(v int64, decimals int) string {
	s := strconv.FormatUint(magnitude(v), 10)
	if missing := decimals + 1 - len(s); missing > 0 {
		s = strings.Repeat("0", missing) + s
	}
	if decimals > 0 {
		s = s[:len(s)-decimals] + "." + s[len(s)-decimals:]
	}
	if v < 0 {
		s = "-" + s
	}
	return s
}

// trimmed is fixed without trailing zeros.
func trimmed(v int64, decimals int) string {
	return strings.TrimSuffix(strings.TrimRight(fixed(v, decimals), "0"), ".")
}

// rounded is fixed with another number of decimals.
func rounded(v int64, decimals, places int) string {
	if places >= decimals {
		s := fixed(v, decimals)
		return s + strings.Repeat("0", places-decimals)
	}
	d := uint64(1)
	for range decimals - max(places, 0) {
		d *= 10
	}
	q, r := magnitude(v)/d, magnitude(v)%d
	if roundsUp(q, r, d) {
		q++
	}
	n := int64(q) // at most a tenth of 2⁶³
	if v < 0 {
		n = -n
	}
	return fixed(n, max(places, 0))
}

// grouped puts a separator between every three digits before the point.
func grouped(s string) string {
	start := strings.IndexAny(s, "0123456789")
	point := strings.IndexByte(s, '.')
	if point < 0 {
		point = len(s)
	}
	var b strings.Builder
	b.WriteString(s[:start])
	for i := start; i < point; i++ {
		if i > start && (point-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(s[i])
	}
	b.WriteString(s[point:])
	return b.String()
}
