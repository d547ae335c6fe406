// SPDX-License-Identifier: Apache-2.0

package i18n_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
)

const (
	zhTexts = `{"hello":"{name}，您好","wait":"{n} 条待上传","sync.waiting":"{n} 条待上传，最早 {ago}","sync.waiting_now":"{n} 条待上传，刚刚保存","zhOnly":"只有中文","time.now":"刚刚","time.ago.hours":"{n} 小时前",
		"time.ago.minutes":"{n} 分钟前","time.ago.days":"{n} 天前","time.span.hours":"{n} 小时","time.span.seconds":"{n} 秒",
		"fault.internal":"程序出了问题。","fault.internal.hint":"请再试一次。","fault.invalid":"不符合要求。",
		"fault.invalid.hint":"请改正。","form.age":"{name}的年龄不对：{pos}","form.age.hint":"请看第 {pos} 位"}`
	enTexts = `{"hello":"Hello {name}","wait.one":"{n} entry to send","wait.other":"{n} entries to send","enOnly":"English only",
		"time.now":"just now","time.ago.hours.one":"{n} hour ago","time.ago.hours.other":"{n} hours ago"}`
)

func files(zh, en string) fstest.MapFS {
	return fstest.MapFS{"zh-Hans/a.json": {Data: []byte(zh)}, "en/a.json": {Data: []byte(en)}}
}

func mustLoad(t *testing.T, zh, en string) *i18n.Catalogue {
	t.Helper()
	c, err := i18n.Load(files(zh, en))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestT(t *testing.T) {
	tests := []struct {
		name  string
		lang  i18n.Lang
		key   string
		pairs []string
		want  string
	}{
		{"Chinese", i18n.ZhHans, "hello", []string{"name", "陈"}, "陈，您好"},
		{"English", i18n.En, "hello", []string{"name", "Chen"}, "Hello Chen"},
		{"unknown language is Chinese", "fr", "hello", []string{"name", "陈"}, "陈，您好"},
		{"one", i18n.En, "wait", []string{"n", "1"}, "1 entry to send"},
		{"other", i18n.En, "wait", []string{"n", "3"}, "3 entries to send"},
		{"zero", i18n.En, "wait", []string{"n", "0"}, "0 entries to send"},
		{"no forms in Chinese", i18n.ZhHans, "wait", []string{"n", "1"}, "1 条待上传"},
		{"falls back to Chinese", i18n.En, "zhOnly", nil, "只有中文"},
		{"falls back to English", i18n.ZhHans, "enOnly", nil, "English only"},
		{"missing everywhere", i18n.En, "nowhere", nil, "⟦nowhere⟧"},
		{"place without a value", i18n.En, "hello", nil, "Hello {name}"},
		{"an amount", i18n.ZhHans, "hello", []string{"name.fen", "10000000000"}, "1亿元，您好"},
		{"an amount in English", i18n.En, "hello", []string{"name.fen", "10000000000"}, "Hello 100,000,000 yuan"},
		{"an area", i18n.ZhHans, "hello", []string{"name.mu", "520"}, "5.2亩，您好"},
		{"an area in English", i18n.En, "hello", []string{"name.mu", "520"}, "Hello 5.2 mu"},
		{"no amount", i18n.En, "hello", []string{"name.fen", "x"}, "Hello {name}"},
		{"a value is not searched", i18n.En, "hello", []string{"name", "{name}"}, "Hello {name}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := mustLoad(t, zhTexts, enTexts).Printer(tt.lang).T(tt.key, tt.pairs...); got != tt.want {
				t.Errorf("T = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestMissingIsRemembered(t *testing.T) {
	c := mustLoad(t, zhTexts, enTexts)
	c.Printer(i18n.ZhHans).T("hello", "name", "陈")
	if got := c.Missing(); len(got) != 0 {
		t.Errorf("Missing = %v, want none", got)
	}
	c.Printer(i18n.En).T("zhOnly")
	c.Printer(i18n.En).T("hello")
	c.Printer(i18n.ZhHans).T("nowhere")
	want := []string{"en: hello {name}", "en: zhOnly", "zh-Hans: nowhere"}
	if diff := cmp.Diff(want, c.Missing()); diff != "" {
		t.Errorf("Missing (-want +got):\n%s", diff)
	}
}

func TestLoadRefuses(t *testing.T) {
	const good = `{"a":"甲"}`
	two := files(good, good)
	two["en/b.json"] = &fstest.MapFile{Data: []byte(good)}
	tests := []struct {
		name string
		fs   fstest.MapFS
		want string
	}{
		{"a key in two files", two, "twice"},
		{"a key twice in a file", files(`{"a":"甲","a":"乙"}`, good), "twice"},
		{"a nested map", files(`{"a":{"b":"乙"}}`, good), "key a"},
		{"a number", files(`{"a":1}`, good), "key a"},
		{"a list", files(`["a"]`, good), "object"},
		{"an empty key", files(`{"":"甲"}`, good), "bad key"},
		{"an unfinished file", files(`{"a":"甲"`, good), "zh-Hans/a.json"},
		{"two objects", files(`{"a":"甲"}{}`, good), "follows"},
		{"no English", fstest.MapFS{"zh-Hans/a.json": {Data: []byte(good)}}, "language en"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := i18n.Load(tt.fs)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Load error = %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestMatch(t *testing.T) {
	tests := []struct {
		header string
		want   i18n.Lang
	}{
		{"", i18n.ZhHans},
		{"zh-CN,zh;q=0.9,en;q=0.8", i18n.ZhHans},
		{"en-GB, en;q=0.9", i18n.En},
		{"en;q=0.5, zh-Hant;q=0.7", i18n.ZhHans},
		{"fr, en;q=0.3", i18n.En},
		{"fr, de", i18n.ZhHans},
		{"EN", i18n.En},
		{"en;q=0", i18n.ZhHans},
		{"en;q=x", i18n.ZhHans},
		{"en;q=NaN", i18n.ZhHans},
		{"en,zh", i18n.En},
		{";;,,q=", i18n.ZhHans},
	}
	for _, tt := range tests {
		t.Run(tt.header, func(t *testing.T) {
			if got := i18n.Match(tt.header); got != tt.want {
				t.Errorf("Match = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestExplain(t *testing.T) {
	age := fault.New(fault.Invalid, "form.age").With("pos", "3").WithPersonal("name", "陈")
	tests := []struct {
		name          string
		err           error
		message, hint string
	}{
		{"nil", nil, "", ""},
		{"with its own text", age, "陈的年龄不对：3", "请看第 3 位"},
		{"wrapped", fmt.Errorf("save: %w", age), "陈的年龄不对：3", "请看第 3 位"},
		{"another hint", age.WithHint("fault.invalid.hint"), "陈的年龄不对：3", "请改正。"},
		{"without a text", fault.New(fault.Invalid, "form.none"), "不符合要求。", "请改正。"},
		{"built by hand", &fault.Error{Kind: fault.Invalid, Key: "fault.invalid"}, "不符合要求。", "请改正。"},
		{"any other error", errors.New("disk on fire"), "程序出了问题。", "请再试一次。"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			message, hint := mustLoad(t, zhTexts, enTexts).Printer(i18n.ZhHans).Explain(tt.err)
			if message != tt.message || hint != tt.hint {
				t.Errorf("Explain = %q, %q; want %q, %q", message, hint, tt.message, tt.hint)
			}
		})
	}
}

func TestTimes(t *testing.T) {
	c := mustLoad(t, zhTexts, enTexts)
	zh, en := c.Printer(i18n.ZhHans), c.Printer(i18n.En)
	now := time.Date(2026, 11, 22, 20, 30, 0, 0, time.FixedZone("CST", 8*3600))
	tests := []struct{ name, got, want string }{
		{"date and time", zh.DateTime(now), "2026年11月22日 20:30"},
		{"date and time in English", en.DateTime(now), "22 Nov 2026, 20:30"},
		{"date", zh.Date(now), "2026年11月22日"},
		{"date in English", en.Date(now), "22 Nov 2026"},
		{"just now", zh.Ago(now.Add(-59*time.Second), now), "刚刚"},
		{"a little ahead", zh.Ago(now.Add(59*time.Second), now), "刚刚"},
		{"minutes", zh.Ago(now.Add(-time.Minute), now), "1 分钟前"},
		{"hours", zh.Ago(now.Add(-2*time.Hour-50*time.Minute), now), "2 小时前"},
		{"one hour in English", en.Ago(now.Add(-time.Hour), now), "1 hour ago"},
		{"hours in English", en.Ago(now.Add(-5*time.Hour), now), "5 hours ago"},
		{"days", zh.Ago(now.Add(-29*24*time.Hour), now), "29 天前"},
		{"long ago", zh.Ago(now.Add(-30*24*time.Hour), now), "2026年10月23日"},
		{"a wrong clock", zh.Ago(now.Add(time.Hour), now), "2026年11月22日 21:30"},
		{"duration", zh.Duration(-2 * time.Hour), "2 小时"},
		{"waiting", zh.Waiting(3, now.Add(-2*time.Hour), now), "3 条待上传，最早 2 小时前"},
		{"waiting since just now", zh.Waiting(1, now.Add(-59*time.Second), now), "1 条待上传，刚刚保存"},
		{"waiting by a wrong clock", zh.Waiting(1, now.Add(time.Hour), now), "1 条待上传，最早 2026年11月22日 21:30"},
		{"short duration", zh.Duration(45 * time.Second), "45 秒"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("got %q, want %q", tt.got, tt.want)
			}
		})
	}
}

func TestNumber(t *testing.T) {
	p := mustLoad(t, zhTexts, enTexts).Printer(i18n.ZhHans)
	tests := []struct {
		n    int64
		want string
	}{
		{0, "0"}, {999, "999"}, {1000, "1,000"}, {28745, "28,745"}, {-1234567, "-1,234,567"}, {-100, "-100"},
		{-9223372036854775808, "-9,223,372,036,854,775,808"},
	}
	for _, tt := range tests {
		if got := p.Number(tt.n); got != tt.want {
			t.Errorf("Number(%d) = %q, want %q", tt.n, got, tt.want)
		}
	}
}

func TestSize(t *testing.T) {
	want := map[int64]string{0: "0 B", 999: "999 B", 1000: "1 kB", 34_400: "34 kB", 999_499: "999 kB", 999_500: "1.0 MB", 12_345_678: "12.3 MB"}
	for n, text := range want {
		if got := new(i18n.Printer).Size(n); got != text {
			t.Errorf("%d bytes are %q, want %q", n, got, text)
		}
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name, zh, en string
		want         []string
	}{
		{"complete", `{"a":"{n} 条","b":"乙"}`, `{"a.one":"an entry","a.other":"{n} entries","b":"b"}`, nil},
		{"option called other", `{"a.other":"其他"}`, `{"a.other":"other"}`, nil},
		{"missing in English", `{"a":"甲","b":"乙"}`, `{"a":"a"}`, []string{"en: b is missing"}},
		{"missing in Chinese", `{"a":"甲"}`, `{"a":"a","b":"b"}`, []string{"zh-Hans: b is missing"}},
		{"empty", `{"a":""}`, `{"a":"a"}`, []string{"zh-Hans: a is empty"}},
		{"other places", `{"a":"{n} 条"}`, `{"a":"{m} entries"}`, []string{`en: a has places "{m}", zh-Hans has "{n}"`}},
		{"forms differ", `{"a":"{n} 条"}`, `{"a.one":"{n} entry","a.other":"entries"}`, []string{"en: a.other lacks places of a.one"}},
		{"brace", `{"a":"{n 条"}`, `{"a":"{n entries"}`, []string{
			"zh-Hans: a has a brace without partner or a bad name", "en: a has a brace without partner or a bad name"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, i18n.Check(mustLoad(t, tt.zh, tt.en))); diff != "" {
				t.Errorf("Check (-want +got):\n%s", diff)
			}
		})
	}
}
