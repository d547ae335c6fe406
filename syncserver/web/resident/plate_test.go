// SPDX-License-Identifier: Apache-2.0

package resident_test

import (
	"crypto/ed25519"
	"net/http"
	"strings"
	"testing"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

func TestScan(t *testing.T) {
	w := newWorld(t)
	for name, path := range map[string]string{
		"as printed": w.path(1), "lower case": strings.ToLower(w.path(1)), "slash at the end": w.path(1) + "/",
	} {
		t.Run(name, func(t *testing.T) {
			wantStatus(t, w.get(path), 200, "大沙镇富溪村", "三组12号", doorplate.CodeOf(handle(1)).String(),
				"登记贷款需求", "查询我的需求", "我的信息怎么用", "0758-1234567", "xy.gdnybank.cn")
		})
	}
	wantStatus(t, w.get(w.path(1)+"?l=en"), 200, `lang="en"`, "Register a loan demand")
	wantStatus(t, w.get(w.path(1)+"/DATA"), 200, "四会农商银行", "同意书第 1 版", "随时撤回")
	wantStatus(t, w.get(strings.ToLower(w.path(1))+"/need"), 200, "想贷多少钱")
}

func TestHouseNumbers(t *testing.T) {
	w := newWorld(t)
	for i, tt := range []struct{ group, house, want string }{
		{"3", "12", "3组12号"}, {"三组", "12号", "三组12号"}, {"", "12-1", ">12-1<"}, {"东巷", "7", "东巷7号"},
	} {
		n := byte(10 + i)
		w.plate(n, tt.group, tt.house, "issued", ident.Record{})
		wantStatus(t, w.get(w.path(n)), 200, tt.want)
	}
}

// Two plates, one with a household and a demand behind it, one with nobody: the
// pages differ in what is printed on the plates and in nothing else.
func TestScanTellsNothing(t *testing.T) {
	w := newWorld(t)
	w.plate(2, "三组", "13号", "issued", ident.Record{})
	w.create(ident.Record{50}, "household", map[record.Field]record.Value{"head_name": record.OfText("陈秀英"), "house_no": record.OfText("12号")})
	w.register(1, nil)
	for _, page := range []string{"", "/STATE", "/DATA"} {
		lived, empty := w.get(w.path(1)+page).Body.String(), w.get(w.path(2)+page).Body.String()
		empty = strings.NewReplacer(
			w.token(2).String(), w.token(1).String(), "13号", "12号",
			doorplate.CodeOf(handle(2)).String(), doorplate.CodeOf(handle(1)).String(),
		).Replace(empty)
		if lived != empty {
			t.Errorf("page %q tells who lives there", page)
		}
		if strings.Contains(lived, "陈秀英") {
			t.Errorf("page %q shows a name", page)
		}
	}
}

func TestPlatesThatDoNotCount(t *testing.T) {
	w := newWorld(t)
	stranger := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	forged := must(doorplate.Issue(handle(1), 2500, doorplate.Ed25519Private(stranger)))
	changed := w.token(1)
	changed[5] ^= 1
	w.plate(9, "三组", "9号", "bound", ident.Record{})
	w.void(9)
	w.plate(4, "", "4号", "void", ident.Record{})
	w.plate(5, "", "5号", "replaced", ident.Record{})
	w.plate(6, "", "6号", "replaced", ident.Record{106})
	for _, tt := range []struct {
		name, path string
		status     int
		want       string
	}{
		{"another key", "/D/" + forged.String(), http.StatusNotFound, "不是真的门牌码"},
		{"one bit changed", "/D/" + changed.String(), http.StatusNotFound, "不是真的门牌码"},
		{"cut short", w.path(1)[:100], http.StatusNotFound, "门牌码不完整"},
		{"nothing", "/D/", http.StatusNotFound, "门牌码不完整"},
		{"a wrong character", w.path(1)[:50] + "U" + w.path(1)[51:], http.StatusNotFound, "门牌码不完整"},
		{"script", "/D/%3Cscript%3Ealert(1)%3C/script%3E", http.StatusNotFound, "没有这个页面"},
		{"not in use", w.path(99), http.StatusNotFound, "还没有启用"},
		{"on the void list", w.path(9), http.StatusGone, "已经作废"},
		{"void", w.path(4), http.StatusGone, "已经作废"},
		{"replaced by nothing", w.path(5), http.StatusGone, "已经作废"},
		{"replaced by itself", w.path(6), http.StatusGone, "已经作废"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, page := range []string{"", "/NEED", "/STATE", "/DATA"} {
				got := w.get(tt.path + page)
				if tt.name == "script" || tt.name == "nothing" && page != "" {
					continue
				}
				wantStatus(t, got, tt.status, tt.want, "xy.gdnybank.cn", "0758-1234567")
				if strings.Contains(got.Body.String(), "富溪村") || strings.Contains(got.Body.String(), "<form") {
					t.Error("a plate that does not count shows its place or a form")
				}
			}
		})
	}
}

// An old plate leads to the new one: what is sent from it belongs to the new.
func TestReplacedPlateForwards(t *testing.T) {
	w := newWorld(t)
	w.plate(2, "三组", "12号之一", "bound", ident.Record{})
	w.plate(8, "三组", "12号", "replaced", ident.Record{102})
	w.plate(7, "三组", "旧12号", "replaced", ident.Record{108})
	w.void(7)
	wantStatus(t, w.get(w.path(7)), 200, "您扫的是旧门牌", "12号之一")
	w.register(7, nil)
	plate := w.demands()[0].Value("plate").Bytes()
	if want := handle(2); string(plate) != string(want[:]) {
		t.Errorf("got plate %x, want %x", plate, want)
	}
}

func TestSampleBanner(t *testing.T) {
	w := newWorld(t)
	w.config.Sample = true
	w.open()
	for _, path := range []string{w.path(1), w.path(1) + "/NEED", w.path(1) + "/STATE", w.path(1) + "/DATA", "/D/X", w.path(99)} {
		if body := w.get(path).Body.String(); !strings.Contains(body, `class="sample"`) || !strings.Contains(body, "示例") {
			t.Errorf("%s: no banner", path)
		}
	}
	w.register(1, nil)
	for _, kind := range []record.Kind{"demand", "demand_move", "consent"} {
		if rows := w.list(kind); len(rows) != 1 || !rows[0].Bool("sample") {
			t.Errorf("%s is not marked as sample", kind)
		}
	}
}
