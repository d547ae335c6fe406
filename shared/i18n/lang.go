// SPDX-License-Identifier: Apache-2.0

package i18n

import (
	"strconv"
	"strings"
)

// Lang is a language the programs speak, as a BCP 47 tag; also the name of its folder.
type Lang string

// The languages.
const (
	ZhHans Lang = "zh-Hans"
	En     Lang = "en"
)

// Langs returns all languages in the order in which a missing text is looked for.
func Langs() []Lang { return []Lang{ZhHans, En} }

// Match returns the language for an HTTP Accept-Language header: of those it names the one with the highest weight, the
// earlier one of equals, ZhHans when it names none. Any Chinese is ZhHans, any English is En.
func Match(acceptLanguage string) Lang {
	best, bestWeight := ZhHans, 0.0
	for part := range strings.SplitSeq(acceptLanguage, ",") {
		tag, params, _ := strings.Cut(part, ";")
		lang, known := langOf(tag)
		if weight := weightOf(params); known && weight > bestWeight {
			best, bestWeight = lang, weight
		}
	}
	return best
}

func langOf(tag string) (Lang, bool) {
	primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
	switch primary {
	case "zh":
		return ZhHans, true
	case "en":
		return En, true
	default:
		return "", false
	}
}

// weightOf reads "q=0.8"; no weight means 1, an unreadable one 0 (RFC 9110 section 12.4.2).
func weightOf(params string) float64 {
	value, found := strings.CutPrefix(strings.TrimSpace(params), "q=")
	if !found {
		return 1
	}
	weight, err := strconv.ParseFloat(value, 64)
	if err != nil || !(weight >= 0 && weight <= 1) {
		return 0
	}
	return weight
}
