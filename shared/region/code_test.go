// SPDX-License-Identifier: Apache-2.0

package region_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/region"
)

func TestParseCode(t *testing.T) {
	tests := []struct {
		text string
		want region.Code
	}{
		{"44", "44"},
		{"4412", "4412"},
		{"441284", "441284"},
		{"441284105", "441284105"},
		{"441284105204", "441284105204"},
		{" 441284 105-204 ", "441284105204"},
		{"４４１２８４１０５", "441284105"},
		{"441284105000", "441284105"},
		{"441284000000", "441284"},
		{"441900000000", "441900"},
		{"z441301", "Z441301"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := region.ParseCode(tt.text)
			if err != nil || got != tt.want {
				t.Errorf("ParseCode(%q) = %q, %v; want %q", tt.text, got, err, tt.want)
			}
		})
	}
}

func TestParseCodeRefuses(t *testing.T) {
	tests := []struct {
		name, text string
		key        string
		args       map[string]string
	}{
		{"nothing", "", "region.code.length", map[string]string{"got": "0"}},
		{"five digits", "44128", "region.code.length", map[string]string{"got": "5"}},
		{"thirteen digits", "4412841052041", "region.code.length", map[string]string{"got": "13"}},
		{"a letter", "4412O4", "region.code.char", map[string]string{"char": "O", "pos": "5"}},
		{"a Chinese character", "44肇", "region.code.char", map[string]string{"char": "肇", "pos": "3"}},
		{"a letter in a zone", "Z44130X", "region.code.char", map[string]string{"char": "X", "pos": "7"}},
		{"a short zone", "Z4413", "region.code.length", map[string]string{"got": "5"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, err := region.ParseCode(tt.text)
			if err == nil {
				t.Fatalf("ParseCode(%q) = %q, want a fault", tt.text, code)
			}
			got := fault.From(err)
			if got.Key != tt.key || got.Kind != fault.Invalid {
				t.Errorf("ParseCode(%q) = %v, want invalid %s", tt.text, got, tt.key)
			}
			if diff := cmp.Diff(tt.args, got.Args); diff != "" {
				t.Errorf("args (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCodeParts(t *testing.T) {
	tests := []struct {
		code   region.Code
		level  region.Level
		kind   region.Kind
		parent region.Code
		full   string
	}{
		{"44", region.Province, region.KindNone, "", "440000000000"},
		{"4412", region.Prefecture, region.KindNone, "44", "441200000000"},
		{"441284", region.County, region.KindNone, "4412", "441284000000"},
		{"441284001", region.Town, region.Street, "441284", "441284001000"},
		{"441284105", region.Town, region.MarketTown, "441284", "441284105000"},
		{"441224200", region.Town, region.Township, "441224", "441224200000"},
		{"441284450", region.Town, region.TownLike, "441284", "441284450000"},
		{"441284105001", region.Village, region.ResidentCommittee, "441284105", "441284105001"},
		{"441284105204", region.Village, region.VillageCommittee, "441284105", "441284105204"},
		{"441284450401", region.Village, region.ResidentLike, "441284450", "441284450401"},
		{"445381400598", region.Village, region.VillageLike, "445381400", "445381400598"},
		{"441284105600", region.Village, region.KindNone, "441284105", "441284105600"},
		{"Z441301", region.Zone, region.KindNone, "4413", "Z441301"},
		{"", 0, region.KindNone, "", ""},
	}
	for _, tt := range tests {
		t.Run(string(tt.code), func(t *testing.T) {
			if got := tt.code.Level(); got != tt.level {
				t.Errorf("Level = %v, want %v", got, tt.level)
			}
			if got := tt.code.Kind(); got != tt.kind {
				t.Errorf("Kind = %q, want %q", got, tt.kind)
			}
			if got := tt.code.Parent(); got != tt.parent {
				t.Errorf("Parent = %q, want %q", got, tt.parent)
			}
			if got := tt.code.Full(); got != tt.full {
				t.Errorf("Full = %q, want %q", got, tt.full)
			}
		})
	}
}

func FuzzParseCode(f *testing.F) {
	for _, s := range []string{"", "44", "441284105000", "z441301", "４４", "44肇"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		code, err := region.ParseCode(text)
		if err != nil {
			return
		}
		again, err := region.ParseCode(string(code))
		if err != nil || again != code {
			t.Errorf("ParseCode(%q) = %q, read again %q, %v", text, code, again, err)
		}
		if code.Level() == 0 {
			t.Errorf("ParseCode(%q) = %q, which has no level", text, code)
		}
	})
}
