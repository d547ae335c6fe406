// SPDX-License-Identifier: Apache-2.0

package money

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"yuexin/shared/fault"
)

// maxTyped bounds the characters of one typed quantity; the longest exact amount
// in full Chinese numerals has about 45.
const maxTyped = 64

// char is one character of the input after folding, with its 1-based position.
type char struct {
	r     rune
	typed rune // before folding
	pos   int
}

// words is the family of fault keys of one quantity, e.g. "money.amount".
type words string

func (w words) plain(name string) error {
	return fault.New(fault.Invalid, string(w)+"."+name)
}

func (w words) at(name string, c char) error {
	shown := string(c.typed)
	if !unicode.IsPrint(c.typed) {
		shown = strconv.QuoteRuneToASCII(c.typed)
	}
	return fault.New(fault.Invalid, string(w)+"."+name).
		With("pos", strconv.Itoa(c.pos)).
		With("char", shown)
}

// synonyms maps what people write to the one form the grammar knows. Formal
// numerals (大写) and traditional forms are included.
var synonyms = map[rune]rune{
	'〇': '0', '零': '0', '壹': '一', '贰': '二', '貳': '二', '两': '二', '兩': '二',
	'叁': '三', '參': '三', '肆': '四', '伍': '五', '陆': '六', '陸': '六', '柒': '七', '捌': '八', '玖': '九',
	'拾': '十', '佰': '百', '仟': '千', '萬': '万', 'w': '万', 'W': '万', '億': '亿', 'k': '千', 'K': '千',
	'点': '.', '點': '.', '。': '.', '圆': '元', '圓': '元', '块': '元', '塊': '元', '毛': '角',
	'￥': '¥', '畝': '亩', '頃': '顷', '−': '-', '负': '-', '負': '-',
}

// numerals are the Chinese digits 1 to 9; zero is folded to '0'.
const numerals = "一二三四五六七八九"

// fold makes one form out of many: ASCII for full-width ASCII, simple Chinese
// numerals, no spaces and no invisible marks.
func fold(text string, w words) ([]char, error) {
	var cs []char
	for _, r := range text {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			continue
		}
		typed := r
		if r >= 0xFF01 && r <= 0xFF5E {
			r -= 0xFF01 - '!'
		}
		if s, ok := synonyms[r]; ok {
			r = s
		}
		cs = append(cs, char{r, typed, len(cs) + 1})
		if len(cs) > maxTyped {
			return nil, w.plain("overflow")
		}
	}
	if len(cs) == 0 {
		return nil, w.plain("empty")
	}
	return cs, nil
}

// cut splits cs at the first or last character that is r.
func cut(cs []char, r rune, last bool) (left, right []char, found bool) {
	at := -1
	for i, c := range cs {
		if c.r == r && (last || at < 0) {
			at = i
		}
	}
	if at < 0 {
		return cs, nil, false
	}
	return cs[:at], cs[at+1:], true
}

// cutPrefix removes text from the start of cs, whatever its case.
func cutPrefix(cs []char, text string) []char {
	n := len([]rune(text))
	if len(cs) >= n && strings.EqualFold(text, str(cs[:n])) {
		return cs[n:]
	}
	return cs
}

// cutSuffix removes text from the end of cs, whatever its case.
func cutSuffix(cs []char, text string) []char {
	n := len(cs) - len([]rune(text))
	if n >= 0 && strings.EqualFold(text, str(cs[n:])) {
		return cs[:n]
	}
	return cs
}

func str(cs []char) string {
	var b strings.Builder
	for _, c := range cs {
		b.WriteRune(c.r)
	}
	return b.String()
}

// scale is one multiplying numeral. Scales are tried from the largest, so the
// number splits at its largest numeral first.
type scale struct {
	r     rune
	value int64
}

var scales = []scale{{'亿', 1e8}, {'万', 1e4}, {'千', 1e3}, {'百', 100}, {'十', 10}}

// number reads Arabic, Chinese and mixed numbers exactly: "30,000.5", "3.5万",
// "1亿2000万", "三万五千", "十五", "三万五" (= 35,000, as spoken).
func number(cs []char, w words) (*big.Rat, error) {
	if len(cs) == 0 {
		return nil, w.plain("empty") // only a currency sign or a unit was typed
	}
	for i, s := range scales {
		left, right, found := cut(cs, s.r, true)
		if found {
			return scaled(cs, left, right, i, w)
		}
	}
	return leaf(cs, w)
}

// scaled evaluates left × scale + right.
func scaled(cs, left, right []char, i int, w words) (*big.Rat, error) {
	s, mark := scales[i], cs[len(left)]
	head, err := multiplier(left, s, mark, w)
	if err != nil {
		return nil, err
	}
	value := head.Mul(head, big.NewRat(s.value, 1))
	if len(right) == 0 {
		return value, nil
	}
	if slices.ContainsFunc(left, isPoint) {
		return nil, w.at("char", right[0]) // "3.5万5千"
	}
	tail, err := remainder(right, s, w)
	if err != nil {
		return nil, err
	}
	if tail.Cmp(big.NewRat(s.value, 1)) >= 0 {
		return nil, w.at("char", right[0]) // "3万20000"
	}
	return value.Add(value, tail), nil
}

// multiplier reads what stands before the scale s.
func multiplier(left []char, s scale, mark char, w words) (*big.Rat, error) {
	if len(left) == 0 {
		if s.r == '十' {
			return big.NewRat(1, 1), nil // "十五"
		}
		return nil, w.at("char", mark)
	}
	if i := slices.IndexFunc(left, func(c char) bool { return c.r == s.r }); i >= 0 {
		return nil, w.at("char", mark) // "3万万"
	}
	if isShort(left) {
		return nil, w.plain("unclear") // "三千五万"
	}
	return number(left, w)
}

// remainder reads what stands behind the scale s.
func remainder(right []char, s scale, w words) (*big.Rat, error) {
	if len(right) == 1 && right[0].r != '0' && s.value >= 100 {
		// "三万五", "3万5": spoken short form, the digit counts tenths of the scale.
		digit, err := leaf(right, w)
		if err != nil {
			return nil, err
		}
		return digit.Mul(digit, big.NewRat(s.value/10, 1)), nil
	}
	if len(right) > 1 && isPoint(right[1]) && right[0].r != '0' {
		return nil, w.plain("unclear") // "3万2.5"
	}
	for len(right) > 1 && right[0].r == '0' && strings.ContainsRune(numerals+"十", right[1].r) {
		right = right[1:] // "三万零五十"
	}
	return number(right, w)
}

// isShort says whether cs ends in the spoken short form of remainder.
func isShort(cs []char) bool {
	if len(cs) < 2 {
		return false
	}
	before, last := cs[len(cs)-2].r, cs[len(cs)-1].r
	return strings.ContainsRune("亿万千百", before) && (last >= '1' && last <= '9' || strings.ContainsRune(numerals, last))
}

func isPoint(c char) bool { return c.r == '.' }

// leaf reads a number without scales: Arabic digits with separators and a point,
// or one Chinese digit, also with decimals ("三点五").
func leaf(cs []char, w words) (*big.Rat, error) {
	whole, decimals, point := cut(cs, '.', false)
	if point && (len(whole) == 0 || len(decimals) == 0) {
		return nil, w.at("char", cs[len(whole)])
	}
	ints, err := integer(whole, w)
	if err != nil {
		return nil, err
	}
	text := ints
	if point {
		text += "."
	}
	for _, c := range decimals {
		d, ok := digit(c.r)
		if !ok {
			return nil, w.at("char", c)
		}
		text += string(d)
	}
	value, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil, w.plain("unclear")
	}
	return value, nil
}

// integer reads the whole part and checks its separators.
func integer(cs []char, w words) (string, error) {
	var text strings.Builder
	for i, c := range cs {
		if c.r == ',' {
			continue
		}
		d, ok := digit(c.r)
		spoken := strings.ContainsRune(numerals, c.r)
		if !ok || spoken && (i > 0 || len(cs) > 1) {
			return "", w.at("char", c) // also "三五", which nobody means
		}
		text.WriteRune(d)
	}
	if i := badComma(cs); i >= 0 {
		return "", w.at("comma", cs[i])
	}
	return text.String(), nil
}

// badComma returns the index of the first separator that does not stand between
// groups of three digits (or of four, a Chinese habit), or -1.
func badComma(cs []char) int {
	groups := strings.Split(str(cs), ",")
	if len(groups) == 1 {
		return -1
	}
	size := 3
	if len(groups[1]) == 4 {
		size = 4
	}
	at := len(groups[0]) // index of the separator before the group looked at
	if at == 0 || at > size {
		return at
	}
	for _, g := range groups[1:] {
		if len(g) != size {
			return at
		}
		at += 1 + len(g)
	}
	return -1
}

// digit reads one decimal digit, Arabic or Chinese.
func digit(r rune) (rune, bool) {
	if r >= '0' && r <= '9' {
		return r, true
	}
	if i := strings.IndexRune(numerals, r); i >= 0 {
		return '1' + rune(i/len("一")), true
	}
	return 0, false
}

// whole returns v × factor as an int64. A fraction is the fault "places", a value
// out of range the fault "overflow".
func whole(v *big.Rat, factor int64, w words) (int64, error) {
	scaled := new(big.Rat).Mul(v, big.NewRat(factor, 1))
	if !scaled.IsInt() {
		return 0, w.plain("places")
	}
	if !scaled.Num().IsInt64() {
		return 0, w.plain("overflow")
	}
	return scaled.Num().Int64(), nil
}

// parts reads what stands behind 元 or 亩: "5角", "5角2分", "2分", "零5分", or, when
// short is allowed, one digit that counts as tens ("三块五"). It returns tens and
// ones of the smallest unit.
func parts(cs []char, tens, ones rune, short bool, w words) (int64, error) {
	if len(cs) > 2 && cs[0].r == '0' {
		cs = cs[1:]
	}
	if len(cs) == 1 && short {
		d, ok := digit(cs[0].r)
		if !ok {
			return 0, w.at("char", cs[0])
		}
		return 10 * int64(d-'0'), nil
	}
	var sum int64
	for _, u := range []struct {
		r     rune
		value int64
	}{{tens, 10}, {ones, 1}} {
		if len(cs) < 2 || cs[1].r != u.r {
			continue
		}
		d, ok := digit(cs[0].r)
		if !ok {
			return 0, w.at("char", cs[0])
		}
		sum += u.value * int64(d-'0')
		cs = cs[2:]
	}
	if len(cs) > 0 {
		return 0, w.at("char", cs[0])
	}
	return sum, nil
}
