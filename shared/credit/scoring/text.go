// SPDX-License-Identifier: Apache-2.0

package scoring

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"yuexin/shared/i18n"
)

// Text is a wording of a card in every language of the programs.
type Text map[i18n.Lang]string

// In returns the text in a language, in Chinese if it is not there.
func (t Text) In(lang i18n.Lang) string {
	if s, ok := t[lang]; ok {
		return s
	}
	return t[i18n.ZhHans]
}

func (t Text) whole() bool {
	for _, lang := range i18n.Langs() {
		if strings.TrimSpace(t[lang]) == "" {
			return false
		}
	}
	return true
}

// Points is a number of points in hundredths. Its JSON form is a decimal number of points with at most two places.
type Points int64

// Whole is one point.
const Whole Points = 100

// String returns the points without trailing zeros: "12.5".
func (p Points) String() string {
	sign := ""
	if p < 0 {
		sign, p = "-", -p
	}
	s := fmt.Sprintf("%s%d.%02d", sign, p/Whole, p%Whole)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// MarshalJSON writes the number of points.
func (p Points) MarshalJSON() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalJSON reads what MarshalJSON wrote; more than two places are an error.
func (p *Points) UnmarshalJSON(data []byte) (err error) {
	var n json.Number
	if err := json.Unmarshal(data, &n); err != nil {
		return err
	}
	*p, err = ParsePoints(n.String())
	return err
}

// ParsePoints reads what String returns; more than two places are an error.
func ParsePoints(text string) (Points, error) {
	whole, part, _ := strings.Cut(text, ".")
	if len(part) > 2 {
		return 0, fmt.Errorf("%s has more than two places", text)
	}
	v, err := strconv.ParseInt(whole+part+"00"[len(part):], 10, 64)
	return Points(v), err
}
