// SPDX-License-Identifier: Apache-2.0

package region_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/region"
)

// TestCounts compares the tree with the counts published with the data and counted for 肇庆 by kind.
func TestCounts(t *testing.T) {
	tree := mustTree(t)
	if got, want := tree.Len(), 28745; got != want {
		t.Errorf("Len = %d, want %d", got, want)
	}
	got := map[string]int{}
	var walk func(region.Code)
	walk = func(code region.Code) {
		u, _ := tree.Unit(code)
		got[u.Level.String()]++
		if strings.HasPrefix(string(code), "4412") && u.Level == region.Village {
			got["zhaoqing "+string(u.Kind)]++
		}
		for _, c := range tree.Children(code) {
			if c.Parent != code {
				t.Fatalf("%s is a child of %s but its parent is %s", c.Code, code, c.Parent)
			}
			walk(c.Code)
		}
	}
	walk("44")
	want := map[string]int{
		"province": 1, "prefecture": 21, "county": 124, "town": 1757, "village": 26842,
		"zhaoqing village_committee": 1255, "zhaoqing resident_committee": 296, "zhaoqing resident_like": 7,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("units by level (-want +got):\n%s", diff)
	}
}

func TestPathName(t *testing.T) {
	tests := []struct {
		code region.Code
		want string
	}{
		{"44", "广东省"},
		{"441284105", "广东省 肇庆市 四会市 大沙镇"},
		{"441284105203", "广东省 肇庆市 四会市 大沙镇 富溪村"},
		{"441284105001", "广东省 肇庆市 四会市 大沙镇 大沙居委会"},
		{"441900003", "广东省 东莞市 东城街道"},
		{"441302008205", "广东省 惠州市 惠城区 陈江街道 陈江村"},
		{"Z441301", "广东省 惠州市 仲恺高新区"},
		{"449999", ""},
	}
	for _, tt := range tests {
		t.Run(string(tt.code), func(t *testing.T) {
			if got := mustTree(t).PathName(tt.code); got != tt.want {
				t.Errorf("PathName = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestChildrenInCodeOrder(t *testing.T) {
	want := []string{
		"大沙居委会", "马房渔业", "誉城社区", "仁马村", "陈涌村", "富溪村", "大沙村", "村美村", "安平村",
		"岗美村", "大布村", "马房村", "南江村", "江民村", "隆伏村", "隆马村",
	}
	if diff := cmp.Diff(want, names(mustTree(t).Children("441284105"))); diff != "" {
		t.Errorf("children of 大沙镇 (-want +got):\n%s", diff)
	}
	if got := mustTree(t).Children("441284105203"); len(got) != 0 {
		t.Errorf("children of a village = %v, want none", got)
	}
}

func TestParent(t *testing.T) {
	if got, found := mustTree(t).Parent("441284105203"); !found || got.Name != "大沙镇" {
		t.Errorf("Parent = %v, %v; want 大沙镇", got, found)
	}
	if got, found := mustTree(t).Parent("44"); found {
		t.Errorf("Parent of the province = %v, want none", got)
	}
}

func TestShortNamesAreUniqueAmongSiblings(t *testing.T) {
	tree := mustTree(t)
	var walk func(region.Code)
	walk = func(code region.Code) {
		seen := map[string]region.Code{}
		for _, c := range tree.Children(code) {
			if other, double := seen[c.Short]; double {
				t.Errorf("%s and %s are both %q", other, c.Code, c.Short)
			}
			seen[c.Short] = c.Code
			walk(c.Code)
		}
	}
	walk("44")
}

func TestResolve(t *testing.T) {
	tests := []struct {
		text string
		want region.Code
	}{
		{"440000", "44"}, {"441200", "4412"}, {"441900", "441900"}, {"4412 8410 5000", "441284105"},
		{"440000000000", "44"}, {"441200000000", "4412"}, {"z441201", "Z441201"}, {"441284100", "441284100"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := mustTree(t).Resolve(tt.text)
			if err != nil || got.Code != tt.want {
				t.Errorf("Resolve(%q) = %v, %v; want %s", tt.text, got, err, tt.want)
			}
		})
	}
}

func TestResolveRefuses(t *testing.T) {
	tests := []struct {
		name, text string
		want       *fault.Error
	}{
		{"a village that is not there", "441284105299", fault.New(fault.NotFound, "region.code.unknown")},
		{"a town that is not there", "441284300", fault.New(fault.NotFound, "region.code.unknown")},
		{"another province", "110000", fault.New(fault.NotFound, "region.code.unknown")},
		{"a zone that is not there", "Z440101", fault.New(fault.NotFound, "region.code.unknown")},
		{"a word", "大沙", fault.New(fault.Invalid, "region.code.char")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u, err := mustTree(t).Resolve(tt.text)
			if !errors.Is(err, tt.want) {
				t.Errorf("Resolve(%q) = %v, %v; want %v", tt.text, u, err, tt.want)
			}
		})
	}
}

func TestZones(t *testing.T) {
	tree := mustTree(t)
	want := []region.Code{
		"441302007", "441302008", "441302106", "441302107", "441302114", "441302401", "441302402",
	}
	if diff := cmp.Diff(want, codes(tree.Children("Z441301"))); diff != "" {
		t.Errorf("members of 仲恺高新区 (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"肇庆高新区", "仲恺高新区"}, names(tree.Zones())); diff != "" {
		t.Errorf("zones (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]region.Code{"Z441301"}, codes(tree.ZonesOf("441302008205"))); diff != "" {
		t.Errorf("zones of 陈江村 (-want +got):\n%s", diff)
	}
	if got := tree.ZonesOf("441284105"); len(got) != 0 {
		t.Errorf("zones of 大沙镇 = %v, want none", got)
	}
}

func TestContains(t *testing.T) {
	tests := []struct {
		scope, code region.Code
		want        bool
	}{
		{"441284", "441284105203", true},
		{"441284105", "441284105", true},
		{"441284105", "441284", false},
		{"Z441301", "441302008205", true},
		{"Z441301", "441302001", false},
		{"4413", "Z441301", true},
		{"4412", "Z441301", false},
		{"441302", "Z441301", false},
		{"441284", "441284999", false},
		{"4412841", "441284105", false},
		{"", "441284", false},
	}
	for _, tt := range tests {
		t.Run(string(tt.scope+" "+tt.code), func(t *testing.T) {
			if got := mustTree(t).Contains(tt.scope, tt.code); got != tt.want {
				t.Errorf("Contains = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestPinyin(t *testing.T) {
	tests := []struct {
		code region.Code
		want string
	}{
		{"441284105", "da sha zhen"},
		{"440113", "pan yu qu"},
		{"441422", "da bu xian"},
		{"440281", "le chang shi"},
		{"441284105202", "chen chong cun"},
		{"Z441301", "zhong kai gao xin qu"},
		{"999999", ""},
	}
	for _, tt := range tests {
		t.Run(string(tt.code), func(t *testing.T) {
			if got := mustTree(t).Pinyin(tt.code); got != tt.want {
				t.Errorf("Pinyin = %q, want %q", got, tt.want)
			}
		})
	}
}

// TestConcurrentUse lets the race detector look at readers that share one tree.
func TestConcurrentUse(t *testing.T) {
	tree := mustTree(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if got := tree.Search(region.Query{Text: "fuxi", Under: "441284"}); len(got) == 0 {
				t.Error("fuxi is not found")
			}
			if got := tree.PathName("441284105203"); got == "" {
				t.Error("no path")
			}
		})
	}
	wg.Wait()
}
