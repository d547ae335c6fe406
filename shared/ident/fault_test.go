// SPDX-License-Identifier: Apache-2.0

package ident_test

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
	"yuexin/shared/ident"
)

type args = map[string]string

func resident(s string) error { _, err := ident.ParseResidentID(s); return err }
func uscc(s string) error     { _, err := ident.ParseUSCC(s); return err }
func mobile(s string) error   { _, err := ident.ParseMobile(s); return err }
func record(s string) error   { _, err := ident.Parse[ident.Record](s); return err }
func scope(s string) error    { _, err := ident.ParseScope(s); return err }

func at(pos, char string) args     { return args{"pos": pos, "char": char} }
func length(got, want string) args { return args{"got": got, "want": want} }

// refusals has every key this package uses at least once.
var refusals = []struct {
	parse func(string) error
	in    string
	key   string
	args  args
}{
	{resident, "", "ident.resident.empty", nil},
	{resident, " -　", "ident.resident.empty", nil},
	{resident, "44128419720315O002", "ident.resident.char", at("15", "O")},
	{resident, "4412 8419 72o3", "ident.resident.char", at("11", "O")},
	{resident, "4412841972031500X2", "ident.resident.char", at("17", "X")},
	{resident, "四41284197203150002", "ident.resident.char", at("1", "四")},
	{resident, "4\x0012", "ident.resident.char", at("2", "U+0000")},
	{resident, "\xff412", "ident.resident.char", at("1", "�")},
	{resident, "11010549123100X", "ident.resident.char", at("15", "X")},
	{resident, "44128419720315000", "ident.resident.length", length("17", "18")},
	{resident, "4412841972031500022", "ident.resident.length", length("19", "18")},
	{resident, "991284197203150002", "ident.resident.check", nil},
	{resident, "001284197203150002", "ident.resident.area", at("1", "00")},
	{resident, "161284720315000", "ident.resident.area", at("1", "16")},
	{resident, "441284177203150002", "ident.resident.year", at("7", "1772")},
	{resident, "441284197213150002", "ident.resident.month", at("11", "13")},
	{resident, "441284197200150002", "ident.resident.month", at("11", "00")},
	{resident, "441284197302290002", "ident.resident.day", at("13", "29")},
	{resident, "441284720015000", "ident.resident.month", at("9", "00")},
	{resident, "441284730229000", "ident.resident.day", at("11", "29")},
	{resident, "441284197203150003", "ident.resident.check", nil},

	{uscc, "", "ident.uscc.empty", nil},
	{uscc, "91000000MA0000O157", "ident.uscc.char", at("15", "O")},
	{uscc, "91000000IA00000157", "ident.uscc.char", at("9", "I")},
	{uscc, "9100A000MA00000157", "ident.uscc.char", at("5", "A")},
	{uscc, "91000000MA0000015", "ident.uscc.length", length("17", "18")},
	{uscc, "91000000MA00000158", "ident.uscc.check", nil},
	{uscc, "91000000MA0000016A", "ident.uscc.org", nil},

	{mobile, "", "ident.mobile.empty", nil},
	{mobile, "1990000l234", "ident.mobile.char", at("8", "l")},
	{mobile, "+852 9123 4567", "ident.mobile.country", nil},
	{mobile, "00852 9123 4567", "ident.mobile.country", nil},
	{mobile, "+86 1990000123", "ident.mobile.length", length("10", "11")},
	{mobile, "199000012345", "ident.mobile.length", length("12", "11")},
	{mobile, "0758-1234567", "ident.mobile.prefix", at("1", "0")},
	{mobile, "12900001234", "ident.mobile.prefix", at("2", "2")},

	{record, "sub_01jd4t9m00e8q3k5x7z9b1c2d3", "ident.id.prefix", args{"want": "rec_"}},
	{record, "", "ident.id.prefix", args{"want": "rec_"}},
	{record, "rec_01jd4t9m00e8q3k5x7z9b1c2d", "ident.id.length", length("29", "30")},
	{record, "rec_01jd4t9m00e8q3k5x7z9b1c2d34", "ident.id.length", length("31", "30")},
	{record, "rec_01jd4t9m00u8q3k5x7z9b1c2d3", "ident.id.char", at("15", "u")},
	{record, "rec_81jd4t9m00e8q3k5x7z9b1c2d3", "ident.id.char", at("5", "8")},

	{scope, "", "ident.scope.length", length("0", "64")},
	{scope, strings.Repeat("a", 65), "ident.scope.length", length("65", "64")},
	{scope, "unit:A", "ident.scope.char", at("6", "A")},
	{scope, "unit a", "ident.scope.char", at("5", " ")},
	{scope, "村", "ident.scope.char", at("1", "村")},

	{func(string) error { _, err := ident.NewV7(-1, nil); return err }, "before 1970", "ident.id.time", nil},
	{func(string) error { _, err := ident.NewV7(1<<48, nil); return err }, "after 10889", "ident.id.time", nil},
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
		if !strings.HasPrefix(key, "ident.") {
			delete(all, key)
		}
	}
	return all
}
