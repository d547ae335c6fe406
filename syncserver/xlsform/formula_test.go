// SPDX-License-Identifier: Apache-2.0

package xlsform

import (
	"testing"

	"yuexin/shared/fault"
)

var names = map[string]name{
	"n": {typ: "number"}, "income": {typ: "money"}, "yes": {typ: "yes_no"}, "one": {typ: "choice"}, "many": {typ: "choices"}, "word": {typ: "text"},
	"m": {typ: "rows"}, "x": {typ: "number", rows: "m"}, "acres": {typ: "area", rows: "m"},
}

func TestTranslate(t *testing.T) {
	tests := []struct{ source, want, fault string }{
		{"${n} = 3 and . > 2", "((n == 3) && (n > 2))", ""},
		{"${n} div 2 + -1 mod 3", "((n / 2) + (-1 % 3))", ""},
		{"${income} >= 10000", "((income / 100) >= 10000)", ""},
		{"${word} = ''", `!answered("word")`, ""},
		{"'' != ${n}", `answered("n")`, ""},
		{"${yes} = 'yes' or ${yes} != 'no'", `(yes || !(answered("yes") && !yes))`, ""},
		{"selected(${many}, 'a')", `("a" in many)`, ""},
		{"not(selected(${one}, 'a'))", `!((one == "a"))`, ""},
		{"if(${n} > 1, 'a', \"b\")", `(((n > 1)) ? "a" : "b")`, ""},
		{"coalesce(${n}, 0)", `(answered("n") ? n : 0)`, ""},
		{"sum(${x}) + count(${m})", "(sum(m, .x) + len(m))", ""},
		{"max(${acres})", "(max(map(m, .acres)) / 100)", ""},
		{"max(${n}, 3)", "max(n, 3)", ""},
		{"round(${n} * 1.5, 0)", "round((n * 1.5))", ""},
		{"regex(${word}, '^a+$')", `(word matches "^a+$")`, ""},
		{"${x} > 1", "", "xlsform.formula.row"},
		{"sum(${m})", "", "xlsform.formula.row"},
		{"${nothing}", "", "xlsform.formula.name"},
		{"once(1)", "", "xlsform.formula.function"},
		{"not(1, 2)", "", "xlsform.formula.arguments"},
		{"(${n} = 1", "", "xlsform.formula.short"},
		{"${n} = 1)", "", "xlsform.formula.token"},
		{"position", "", "xlsform.formula.token"},
		{"'", "", "xlsform.formula.token"},
	}
	for _, tt := range tests {
		got, err := formula{names: names, self: "n"}.translate(tt.source)
		if key := fault.From(err); got != tt.want && err == nil || (key == nil) != (tt.fault == "") || key != nil && key.Key != tt.fault {
			t.Errorf("%s: %s, %v; want %s %s", tt.source, got, err, tt.want, tt.fault)
		}
	}
	if got, err := (formula{names: names, self: "x", rows: "m"}).translate("${x} = '' or . > ${n}"); err != nil || got != `(!answered("row.x") || (row.x > n))` {
		t.Errorf("in a row: %s, %v", got, err)
	}
}

// FuzzTranslate: whatever stands in a cell is translated or refused with a fault that has a text.
func FuzzTranslate(f *testing.F) {
	for _, text := range []string{"${n} > 1", "not(selected(${one}, 'a'))", "if(1,2,3", "coalesce(${n}, 0) div 0 > .", "((((", "''", "-${x}", "\"", "${"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := formula{names: names, self: "n"}.translate(text)
		if err == nil && got == "" || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	})
}
