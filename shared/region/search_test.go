// SPDX-License-Identifier: Apache-2.0

package region_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/region"
)

func TestSearchFindsFirst(t *testing.T) {
	tests := []struct {
		name  string
		query region.Query
		want  region.Code
	}{
		{"name", region.Query{Text: "大沙镇", Under: "4412"}, "441284105"},
		{"name without its rank", region.Query{Text: "大沙", Under: "441284"}, "441284105"},
		{"official name", region.Query{Text: "富溪村委会", Under: "441284"}, "441284105203"},
		{"inside a name", region.Query{Text: "溪", Under: "441284105"}, "441284105203"},
		{"full pinyin", region.Query{Text: "dashazhen", Under: "441284"}, "441284105"},
		{"pinyin with spaces", region.Query{Text: "Da Sha Zhen", Under: "441284"}, "441284105"},
		{"pinyin with apostrophe", region.Query{Text: "an'ping", Under: "441284105"}, "441284105206"},
		{"full-width pinyin", region.Query{Text: "ｆｕｘｉ", Under: "441284"}, "441284105203"},
		{"initials", region.Query{Text: "dsz", Under: "441284"}, "441284105"},
		{"initials with sh and zh", region.Query{Text: "dshzh", Under: "441284"}, "441284105"},
		{"unfinished pinyin", region.Query{Text: "dashazhe", Under: "441284"}, "441284105"},
		{"Chinese and pinyin mixed", region.Query{Text: "大sha镇", Under: "441284"}, "441284105"},
		{"place-name reading", region.Query{Text: "chenchong", Under: "441284105"}, "441284105202"},
		{"dictionary reading", region.Query{Text: "chenyong", Under: "441284105"}, "441284105202"},
		{"word reading", region.Query{Text: "panyu", Under: "44"}, "440113"},
		{"character beside the word reading", region.Query{Text: "fanyu", Under: "4401"}, "440113"},
		{"character outside GBK", region.Query{Text: "dabucun", Under: "441204111"}, "441204111206"},
		{"two characters for one", region.Query{Text: "xinlangcun", Under: "445321"}, "445321115225"},
		{"two characters at the beginning", region.Query{Text: "langtou", Under: "445321"}, "445321101209"},
		{"places on the way down", region.Query{Text: "四会 富溪"}, "441284105203"},
		{"initials on the way down", region.Query{Text: "shs dsz fuxi"}, "441284105203"},
		{"zone", region.Query{Text: "仲恺高新区"}, "Z441301"},
		{"zone by pinyin", region.Query{Text: "zkgxq"}, "Z441301"},
		{"zone by its long name", region.Query{Text: "惠州仲恺"}, "Z441301"},
		{"inside a zone", region.Query{Text: "chenjiang", Under: "Z441301"}, "441302008"},
		{"code", region.Query{Text: "4412841052"}, "441284105201"},
		{"code under a scope", region.Query{Text: "44", Under: "441284105"}, "441284105001"},
		{"one level", region.Query{Text: "大沙村", Under: "441284", Level: region.Village}, "441284105204"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := codes(mustTree(t).Search(tt.query))
			if len(got) == 0 || got[0] != tt.want {
				t.Errorf("Search(%+v) = %v, want %s first", tt.query, got, tt.want)
			}
		})
	}
}

func TestSearchFindsNothing(t *testing.T) {
	tests := []struct {
		name  string
		query region.Query
	}{
		{"empty", region.Query{}},
		{"spaces", region.Query{Text: " 　"}},
		{"the ending of all resident committees", region.Query{Text: "居委会", Level: region.Village, Under: "441284"}},
		{"the ending of all villages", region.Query{Text: "村委会", Under: "441284"}},
		{"not there", region.Query{Text: "哈尔滨"}},
		{"wrong way down", region.Query{Text: "荔湾 富溪"}},
		{"unknown scope", region.Query{Text: "大沙", Under: "999999"}},
		{"other scope", region.Query{Text: "富溪", Under: "4401", Level: region.County}},
		{"code outside the scope", region.Query{Text: "440103", Under: "441284"}},
		{"scope itself", region.Query{Text: "大沙镇", Under: "441284105"}},
		{"outside the zone", region.Query{Text: "大沙镇", Under: "Z441301"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := names(mustTree(t).Search(tt.query)); len(got) != 0 {
				t.Errorf("Search(%+v) = %v, want nothing", tt.query, got)
			}
		})
	}
}

func TestSearchOrder(t *testing.T) {
	got := names(mustTree(t).Search(region.Query{Text: "longma", Under: "441284"}))
	if len(got) == 0 || got[0] != "隆马村" {
		t.Errorf("longma = %v, want 隆马村 first", got)
	}
	want := []string{"马房渔业", "马房村", "仁马村", "隆马村"}
	if diff := cmp.Diff(want, names(mustTree(t).Search(region.Query{Text: "马", Under: "441284105"}))); diff != "" {
		t.Errorf("beginning before inside, then code order (-want +got):\n%s", diff)
	}
}

func TestSearchLimit(t *testing.T) {
	for _, tt := range []struct{ limit, want int }{{3, 3}, {0, 20}, {-1, 20}, {100, 100}} {
		for _, text := range []string{"村", "d", "4412"} {
			if got := len(mustTree(t).Search(region.Query{Text: text, Limit: tt.limit})); got != tt.want {
				t.Errorf("Search(%q, limit %d) = %d units, want %d", text, tt.limit, got, tt.want)
			}
		}
	}
}

// FuzzSearch holds the promises a search box relies on: no crash, the limit, and only units below the scope.
func FuzzSearch(f *testing.F) {
	for _, s := range []string{"dsz", "大sha", "４４", "shs fuxi", "zhzhzhzh", "（", "anananananan", "\xff"} {
		f.Add(s)
	}
	tree := mustTree(f)
	f.Fuzz(func(t *testing.T, text string) {
		got := tree.Search(region.Query{Text: text, Under: "441284", Limit: 5})
		if len(got) > 5 {
			t.Errorf("Search(%q) = %d units, want at most 5", text, len(got))
		}
		for _, u := range got {
			if u.Code == "441284" || !tree.Contains("441284", u.Code) {
				t.Errorf("Search(%q) found %s outside 441284", text, u.Code)
			}
		}
	})
}

func BenchmarkSearch(b *testing.B) {
	tree := mustTree(b)
	for _, text := range []string{"富溪", "fuxi", "dsz", "d", "四会 富溪"} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if len(tree.Search(region.Query{Text: text})) == 0 {
					b.Fatal("nothing found")
				}
			}
		})
	}
}
