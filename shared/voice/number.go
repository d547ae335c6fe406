// SPDX-License-Identifier: Apache-2.0

package voice

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"yuexin/shared/i18n"
	"yuexin/shared/money"
)

// Kind is how a value is read.
type Kind string

// The kinds.
const (
	Counts  Kind = "count"  // a whole number, as seconds
	Money   Kind = "money"  // yuan, jiao and fen
	Date    Kind = "date"   // a day
	Spelled Kind = "digits" // each character by itself
	Called  Kind = "name"   // as it is written; nobody records it
)

// Value is what a place of a script stands for.
type Value struct {
	kind Kind
	n    int64
	day  time.Time
	text string
}

// Count returns a whole number that is not negative.
func Count(n int64) Value { return Value{kind: Counts, n: n} }

// Amount returns an amount that is not negative.
func Amount(f money.Fen) Value { return Value{kind: Money, n: int64(f)} }

// Day returns a day of the calendar, in the time zone of t.
func Day(t time.Time) Value { return Value{kind: Date, day: t} }

// Digits returns a code or number that is read character by character; what is neither digit nor letter A to Z is passed over.
func Digits(text string) Value { return Value{kind: Spelled, text: text} }

// Name returns what only a synthesizer can say.
func Name(text string) Value { return Value{kind: Called, text: text} }

// say returns the ids of the words of a value, none for a name.
func (v Value) say(t i18n.Tongue) ([]string, error) {
	if v.n < 0 || v.n > largest {
		return nil, fmt.Errorf("%d is no number that is said", v.n)
	}
	whole, yuan, date := chinese, chineseYuan, chineseDate
	if t == i18n.English {
		whole, yuan, date = english, englishYuan, englishDate
	}
	switch v.kind {
	case Counts:
		return whole(v.n), nil
	case Money:
		return yuan(v.n), nil
	case Date:
		return date(v.day), nil
	case Spelled:
		return spelled(v.text), nil
	}
	return nil, nil
}

// largest is the largest number that is said: it has no 亿 of 亿.
const largest = 1_0000_0000*1_0000_0000 - 1

func digit(n int64) string { return "n-" + strconv.FormatInt(n, 10) }

// spelled reads character by character.
func spelled(text string) (out []string) {
	for _, r := range strings.ToUpper(text) {
		switch {
		case r >= '0' && r <= '9':
			out = append(out, digit(int64(r-'0')))
		case r >= 'A' && r <= 'Z':
			out = append(out, "l-"+strings.ToLower(string(r)))
		}
	}
	return out
}

// chinese reads a whole number as it is said: 12 is 十二, 20,500 is 两万零五百.
func chinese(n int64) []string {
	if n == 0 {
		return []string{"n-0"}
	}
	out := group(n)
	if len(out) > 1 && out[0] == "n-1" && out[1] == "n-ten" {
		out = out[1:] // 十二, not 一十二
	}
	return out
}

// group reads a number greater than 0: 亿, then 万, then four digits. A gap between two of them is one 零.
func group(n int64) []string {
	var out []string
	for _, big := range []struct {
		unit int64
		word string
	}{{1_0000_0000, "n-yi"}, {1_0000, "n-wan"}} {
		if n < big.unit {
			continue
		}
		count := n / big.unit
		if count == 2 {
			out = append(out, "n-liang")
		} else {
			out = append(out, group(count)...)
		}
		out = append(out, big.word)
		if n %= big.unit; n == 0 {
			return out
		}
		if n < big.unit/10 {
			out = append(out, "n-0")
		}
	}
	return append(out, four(n)...)
}

// four reads a number of up to four digits.
func four(n int64) []string {
	var out []string
	for _, place := range []struct {
		unit int64
		word string
	}{{1000, "n-thousand"}, {100, "n-hundred"}, {10, "n-ten"}, {1, ""}} {
		d := n / place.unit
		n %= place.unit
		switch {
		case d == 0:
			if len(out) > 0 && n > 0 && out[len(out)-1] != "n-0" {
				out = append(out, "n-0")
			}
			continue
		case d == 2 && place.unit == 1000:
			out = append(out, "n-liang")
		default:
			out = append(out, digit(d))
		}
		if place.word != "" {
			out = append(out, place.word)
		}
	}
	return out
}

// chineseYuan reads fen: 350 is 三元五角, 305 is 三元零五分.
func chineseYuan(fen int64) []string {
	yuan, jiao, rest := fen/100, fen/10%10, fen%10
	var out []string
	if yuan > 0 || jiao == 0 && rest == 0 {
		out = append(chinese(yuan), "n-yuan")
		if jiao == 0 && rest > 0 {
			out = append(out, "n-0")
		}
	}
	if jiao > 0 {
		out = append(out, digit(jiao), "n-jiao")
	}
	if rest > 0 {
		out = append(out, digit(rest), "n-fen")
	}
	return out
}

// chineseDate reads a day: 二〇二六年十一月二十二日, the year digit by digit.
func chineseDate(t time.Time) []string {
	out := append(spelled(strconv.Itoa(t.Year())), "n-year")
	out = append(append(out, chinese(int64(t.Month()))...), "n-month")
	return append(append(out, chinese(int64(t.Day()))...), "n-day")
}

// english reads a whole number: 35,200 is thirty five thousand two hundred.
func english(n int64) []string {
	if n == 0 {
		return []string{"n-0"}
	}
	var out []string
	for _, big := range []struct {
		unit int64
		word string
	}{{1_000_000_000, "n-billion"}, {1_000_000, "n-million"}, {1000, "n-thousand"}} {
		if n >= big.unit {
			out = append(append(out, english(n/big.unit)...), big.word)
			n %= big.unit
		}
	}
	if n >= 100 {
		out = append(out, digit(n/100), "n-hundred")
		n %= 100
	}
	if n > 20 {
		out = append(out, digit(n/10*10))
		n %= 10
	}
	if n > 0 {
		out = append(out, digit(n))
	}
	return out
}

// englishYuan reads fen: 350 is three point five zero yuan.
func englishYuan(fen int64) []string {
	out := english(fen / 100)
	if rest := fen % 100; rest > 0 {
		out = append(out, "n-point", digit(rest/10), digit(rest%10))
	}
	return append(out, "n-yuan")
}

// englishDate reads a day: twenty two November two zero two six.
func englishDate(t time.Time) []string {
	out := append(english(int64(t.Day())), fmt.Sprintf("month-%d", int(t.Month())))
	return append(out, spelled(strconv.Itoa(t.Year()))...)
}

// wordsOf returns every word of which values are read in a tongue.
func wordsOf(t i18n.Tongue) []string {
	var out []string
	add := func(words ...string) { out = append(out, words...) }
	for n := range int64(10) {
		add(digit(n))
	}
	if t == i18n.English {
		for n := int64(10); n <= 20; n++ {
			add(digit(n))
		}
		for n := int64(30); n < 100; n += 10 {
			add(digit(n))
		}
		add("n-hundred", "n-thousand", "n-million", "n-billion", "n-point", "n-yuan")
		for m := 1; m <= 12; m++ {
			add(fmt.Sprintf("month-%d", m))
		}
	} else {
		add("n-liang", "n-ten", "n-hundred", "n-thousand", "n-wan", "n-yi", "n-yuan", "n-jiao", "n-fen", "n-year", "n-month", "n-day")
	}
	for r := 'a'; r <= 'z'; r++ {
		add("l-" + string(r))
	}
	return out
}

// checkWords wants a text for each word, and none that is never said.
func (b *Book) checkWords() error {
	for _, t := range i18n.Tongues() {
		for _, id := range wordsOf(t) {
			if b.words[id][t] == "" {
				return fmt.Errorf("scripts: the word %s has no text in %s", id, t)
			}
		}
	}
	for id, texts := range b.words {
		for t := range texts {
			if !slices.Contains(wordsOf(t), id) {
				return fmt.Errorf("scripts: the word %s is never said in %s", id, t)
			}
		}
	}
	return nil
}
