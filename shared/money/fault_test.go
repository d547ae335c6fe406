// SPDX-License-Identifier: Apache-2.0

package money_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/money"
)

type args = map[string]string

func amount(s string) error { _, err := money.Parse(s); return err }
func rate(s string) error   { _, err := money.ParseRate(s); return err }
func area(s string) error   { _, err := money.ParseArea(s); return err }
func decimal(s string) error {
	_, err := money.ParseDecimal(s)
	return err
}

func at(pos, char string) args { return args{"pos": pos, "char": char} }

// refusals has every key this package uses at least once.
var refusals = []struct {
	parse func(string) error
	in    string
	key   string
	args  args
}{
	{amount, "", "money.amount.empty", nil},
	{amount, " 　", "money.amount.empty", nil},
	{amount, "￥", "money.amount.empty", nil},
	{amount, "-5", "money.amount.negative", nil},
	{amount, "￥－5", "money.amount.negative", nil},
	{amount, "负三万", "money.amount.negative", nil},
	{amount, "3-5万", "money.amount.char", at("2", "-")},
	{amount, "约3万", "money.amount.char", at("1", "约")},
	{amount, "3 万 x", "money.amount.char", at("3", "x")},
	{amount, "3\x00", "money.amount.char", at("2", `'\x00'`)},
	{amount, "1e5", "money.amount.char", at("2", "e")},
	{amount, "3万万", "money.amount.char", at("3", "万")},
	{amount, "3.5万5千", "money.amount.char", at("5", "5")},
	{amount, "3万20000", "money.amount.char", at("3", "2")},
	{amount, "三五", "money.amount.char", at("1", "三")},
	{amount, "万", "money.amount.char", at("1", "万")},
	{amount, "元", "money.amount.char", at("1", "元")},
	{amount, ".5", "money.amount.char", at("1", ".")},
	{amount, "5。", "money.amount.char", at("2", "。")},
	{amount, "1.2.3", "money.amount.char", at("4", ".")},
	{amount, "300.5元5角", "money.amount.char", at("7", "5")},
	{amount, "3元5分2角", "money.amount.char", at("5", "2")},
	{amount, "3元x", "money.amount.char", at("3", "x")},
	{amount, "3元x角", "money.amount.char", at("3", "x")},
	{amount, "30,00", "money.amount.comma", at("3", ",")},
	{amount, ",300", "money.amount.comma", at("1", ",")},
	{amount, "3000,000", "money.amount.comma", at("5", ",")},
	{amount, "1,000，00", "money.amount.comma", at("6", "，")},
	{amount, "0.005", "money.amount.places", nil},
	{amount, "3.1234567万", "money.amount.places", nil},
	{amount, "92233720368547758.08", "money.amount.overflow", nil},
	{amount, strings.Repeat("9", 65), "money.amount.overflow", nil},
	{amount, "3万5元", "money.amount.unclear", nil},
	{amount, "三千五万", "money.amount.unclear", nil},
	{amount, "3万2.5", "money.amount.unclear", nil},
	{func(s string) error { return new(money.Fen).UnmarshalText([]byte(s)) }, "1.5", "money.amount.integer", nil},

	{rate, "", "money.rate.empty", nil},
	{rate, "%", "money.rate.empty", nil},
	{rate, "-1%", "money.rate.negative", nil},
	{rate, "4.3x%", "money.rate.char", at("4", "x")},
	{rate, "4,35%", "money.rate.comma", at("2", ",")},
	{rate, "4.355%", "money.rate.places", nil},
	{rate, "21474836.48%", "money.rate.overflow", nil},
	{rate, "3百5万%", "money.rate.unclear", nil},
	{func(s string) error { return new(money.Rate).UnmarshalText([]byte(s)) }, "4.35%", "money.rate.integer", nil},

	{area, "", "money.area.empty", nil},
	{area, "公顷", "money.area.empty", nil},
	{area, "-1", "money.area.negative", nil},
	{area, "3亩x", "money.area.char", at("3", "x")},
	{area, "亩", "money.area.char", at("1", "亩")},
	{decimal, "", "money.decimal.empty", nil},
	{decimal, "-", "money.decimal.empty", nil},
	{decimal, "1..5", "money.decimal.char", at("3", ".")},
	{decimal, "1,5", "money.decimal.comma", at("2", ",")},
	{decimal, "3万2.5", "money.decimal.unclear", nil},
	{decimal, "1.2345", "money.decimal.places", nil},
	{decimal, "99999999999999999", "money.decimal.overflow", nil},
	{area, "2.5亩3分", "money.area.char", at("5", "3")},
	{area, "1,00亩", "money.area.comma", at("2", ",")},
	{area, "0.001", "money.area.places", nil},
	{area, "1000000000000000亿亩", "money.area.overflow", nil},
	{area, "3万2.5亩", "money.area.unclear", nil},
	{func(s string) error { return new(money.Area).UnmarshalText([]byte(s)) }, "", "money.area.integer", nil},
}

func TestRefusals(t *testing.T) {
	for _, tt := range refusals {
		t.Run(tt.key+"/"+tt.in, func(t *testing.T) {
			err := tt.parse(tt.in)
			e, ok := errors.AsType[*fault.Error](err)
			if !ok {
				t.Fatalf("got %v, want a fault", err)
			}
			if e.Kind != fault.Invalid || e.Key != tt.key {
				t.Errorf("got %v %s, want %s", e.Kind, e.Key, tt.key)
			}
			if diff := cmp.Diff(tt.args, e.Args); diff != "" {
				t.Errorf("args (-want +got):\n%s", diff)
			}
		})
	}
}

var place = regexp.MustCompile(`\{(\w+)\}`)

// Every fault has message and hint in every language, every place in them is
// filled by its arguments, and no text is left over.
func TestSentences(t *testing.T) {
	for _, lang := range []string{"zh-Hans", "en"} {
		t.Run(lang, func(t *testing.T) {
			text, used := catalogue(t, lang), map[string]bool{}
			for _, r := range refusals {
				for _, key := range []string{r.key, r.key + ".hint"} {
					used[key] = true
					if text[key] == "" {
						t.Errorf("no text for %s", key)
					}
					for _, m := range place.FindAllStringSubmatch(text[key], -1) {
						if _, ok := r.args[m[1]]; !ok {
							t.Errorf("%s: nothing fills %s", key, m[0])
						}
					}
				}
			}
			for key := range text {
				if !used[key] {
					t.Errorf("%s is used by no fault", key)
				}
			}
		})
	}
}

func catalogue(t *testing.T, lang string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "assets", "locales", lang, "words.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]string
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	for key := range all {
		if !strings.HasPrefix(key, "money.") {
			delete(all, key)
		}
	}
	return all
}
