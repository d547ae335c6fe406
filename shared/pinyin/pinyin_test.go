// SPDX-License-Identifier: Apache-2.0

package pinyin_test

import (
	"bytes"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"yuexin/assets"
	"yuexin/assets/fonts"
	"yuexin/shared/pinyin"
)

var dictionary = sync.OnceValue(func() []byte {
	data, err := assets.FS.ReadFile("pinyin/dictionary.bin")
	if err != nil {
		panic(err)
	}
	return data
})

// shared is the engine of all tests here: it never changes.
var shared = sync.OnceValue(func() *pinyin.Engine {
	e, err := pinyin.Load(dictionary(), pinyin.Pairs())
	if err != nil {
		panic(err)
	}
	return e
})

func texts(candidates []pinyin.Candidate) []string {
	var all []string
	for _, c := range candidates {
		all = append(all, c.Text)
	}
	return all
}

// pageSize is how many candidates a kiosk's keyboard shows at once at least, in its large mode; the keyboard's tests see
// the page itself.
const pageSize = 8

func firstPage(input string, mode pinyin.Mode) []string {
	all := texts(shared().Candidates(pinyin.Query{Input: input, Mode: mode}))
	return all[:min(len(all), pageSize)]
}

func TestFirstPage(t *testing.T) {
	tests := []struct {
		input string
		mode  pinyin.Mode
		want  string
	}{
		{"chenxiuying", pinyin.Names, "陈秀英"},
		{"chenxiuying", pinyin.Text, "陈秀英"},
		{"chenxiuying", pinyin.Names, "陈"}, // for who wants another given name
		{"cxy", pinyin.Names, "陈秀英"},
		{"chenxy", pinyin.Names, "陈秀英"},
		{"chenxiuy", pinyin.Names, "陈秀英"},
		{"chen'xiu'ying", pinyin.Names, "陈秀英"},
		{"ouyang", pinyin.Names, "欧阳"},
		{"shan", pinyin.Names, "单"},
		{"zeng", pinyin.Names, "曾"},
		{"ou", pinyin.Names, "区"},
		{"qiu", pinyin.Names, "仇"},
		{"xie", pinyin.Names, "解"},
		{"zha", pinyin.Names, "查"},
		{"huang", pinyin.Names, "黄"},
		{"xian", pinyin.Names, "冼"},
		{"lv", pinyin.Names, "吕"},
		{"lyu", pinyin.Names, "吕"},
		{"lvmeihua", pinyin.Names, "吕美华"},
		{"situmeitang", pinyin.Names, "司徒"},
		{"zenguohua", pinyin.Names, "曾国华"},  // zen for zeng
		{"canxiuying", pinyin.Names, "陈"},   // nothing mixed up: can is no pair of chen
		{"liuguiying", pinyin.Names, "刘桂英"}, // exact before niu
		{"xi'an", pinyin.Text, "西安"},
		{"yinhang", pinyin.Text, "银行"},
		{"zaoqing", pinyin.Text, "肇庆"}, // zao for zhao
		{"zcsx", pinyin.Text, "整村授信"},
		{"woyaodaikuanwuwanyuan", pinyin.Text, "我要贷款五万元"},
		{"shatangju", pinyin.Text, "砂糖橘"},
		{"xian", pinyin.Text, "先"}, // every way to cut it
		{"xian", pinyin.Text, "西安"},
		{"fangan", pinyin.Text, "方案"},
		{"fangan", pinyin.Text, "反感"},
		{"zhangs", pinyin.Names, "张山"},
		{"zhangs", pinyin.Text, "张三"},
		{"zs", pinyin.Names, "张山"},
		{"limj", pinyin.Names, "李明建"},
		{"fangmeihua", pinyin.Names, "黄美华"}, // f for hu
		{"lenyi", pinyin.Text, "任意"},        // l for r
		{"lianmin", pinyin.Names, "梁敏"},     // an for ang
		{"wanfang", pinyin.Names, "王芳"},     // the same, where 万芳 fits exactly
		{"yuchi", pinyin.Names, "尉迟"},
		{"ge", pinyin.Names, "盖"},
		{"dan", pinyin.Names, "单"}, // for who reads it as in other words
		{"lvse", pinyin.Text, "绿色"},
		{"lyuse", pinyin.Text, "绿色"},
	}
	for _, tt := range tests {
		t.Run(tt.input+" "+tt.want, func(t *testing.T) {
			got := firstPage(tt.input, tt.mode)
			if want := tt.input != "canxiuying"; slices.Contains(got, tt.want) != want {
				t.Errorf("first page %v has %s: %v, want %v", got, tt.want, !want, want)
			}
		})
	}
}

func TestExactBeforeFuzzy(t *testing.T) {
	tests := []struct{ input, exact, fuzzy string }{
		{"lan", "兰", "南"}, {"nan", "南", "兰"}, {"zong", "总", "中"}, {"zhong", "中", "总"},
		{"xin", "新", "星"}, {"xing", "星", "新"}, {"chen", "陈", "成"}, {"sihui", "四会", "实惠"},
	}
	for _, tt := range tests {
		t.Run(tt.input, func(t *testing.T) {
			all := texts(shared().Candidates(pinyin.Query{Input: tt.input}))
			exact, fuzzy := slices.Index(all, tt.exact), slices.Index(all, tt.fuzzy)
			if exact < 0 || fuzzy < 0 || exact > fuzzy {
				t.Errorf("%s at %d, %s at %d; want both, the exact one first", tt.exact, exact, tt.fuzzy, fuzzy)
			}
		})
	}
}

func TestAfterSurname(t *testing.T) {
	of := pinyin.Query{Input: "ying", Mode: pinyin.Names, AfterSurname: true}
	if got := shared().Candidates(of); got[0].Text != "英" {
		t.Errorf("first is %s, want 英", got[0].Text)
	}
	of.AfterSurname = false
	if got := texts(shared().Candidates(pinyin.Query{Input: "lan", Mode: pinyin.Names})); got[0] != "蓝" {
		t.Errorf("without a surname before, lan gives %v, want 蓝 first", got[:3])
	}
	of = pinyin.Query{Input: "lan", Mode: pinyin.Names, AfterSurname: true}
	if got := texts(shared().Candidates(of)); got[0] != "兰" {
		t.Errorf("after a surname, lan gives %v, want 兰 first", got[:3])
	}
}

func TestNoCandidates(t *testing.T) {
	for _, input := range []string{"", "'", "'a", "A", "1", "a b", "陈", "ü", "\xff", strings.Repeat("a", pinyin.MaxInput+1)} {
		if got := shared().Candidates(pinyin.Query{Input: input}); got != nil {
			t.Errorf("Candidates(%q) = %v, want none", input, texts(got))
		}
	}
}

// TestCandidatesFitInput: whatever is typed, each candidate reads as the letters it stands for, can be drawn, and is
// there once; a second asking gives the same.
func TestCandidatesFitInput(t *testing.T) {
	syllable := rapid.SampledFrom(strings.Fields("a chen xiu ying zh z sh n l liang guang xi an ou er lv nve wu yi x y ' h ming"))
	input := rapid.OneOf(
		rapid.Map(rapid.SliceOfN(syllable, 0, 7), func(parts []string) string { return strings.Join(parts, "") }),
		rapid.StringMatching(`[a-z']{0,14}`),
	)
	rapid.Check(t, func(t *rapid.T) {
		of := pinyin.Query{
			Input: input.Draw(t, "input"), Mode: rapid.SampledFrom([]pinyin.Mode{pinyin.Text, pinyin.Names}).Draw(t, "mode"),
			AfterSurname: rapid.Bool().Draw(t, "after"),
		}
		got := shared().Candidates(of)
		if again := shared().Candidates(of); !slices.Equal(texts(got), texts(again)) {
			t.Fatalf("asked twice: %v, then %v", texts(got), texts(again))
		}
		seen := make(map[string]bool)
		for _, c := range got {
			if seen[c.Text] {
				t.Fatalf("%s is there twice", c.Text)
			}
			seen[c.Text] = true
			checkCandidate(t, of.Input, c)
		}
	})
}

func checkCandidate(t *rapid.T, input string, c pinyin.Candidate) {
	if utf8.RuneCountInString(c.Text) != len(c.Reading) {
		t.Fatalf("%s has reading %v", c.Text, c.Reading)
	}
	if missing := fonts.Missing(c.Text); len(missing) > 0 {
		t.Fatalf("%s cannot be drawn", c.Text)
	}
	if c.Letters < 1 || c.Letters > len(input) || !reads(c.Reading, input[:c.Letters]) {
		t.Fatalf("%s %v does not read %q of %q", c.Text, c.Reading, input[:c.Letters], input)
	}
}

// plain makes spellings equal that are allowed to stand for each other.
var plain = strings.NewReplacer(
	"zh", "z", "ch", "c", "sh", "s",
	"r", "l", "ing", "il", "in", "il", "eng", "el", "en", "el", "ang", "al", "an", "al", "n", "l",
)

// umlauts are the ways to spell a syllable with ü, one of which may be typed in part: ny for nyu.
var umlauts = map[string][]string{
	"lv": {"lv", "lyu"}, "nv": {"nv", "nyu"}, "lve": {"lve", "lyue", "lue"}, "nve": {"nve", "nyue", "nue"},
}

// lips are the syllables with f and hu that are mixed up.
var lips = map[string]string{
	"fu": "hu", "fa": "hua", "fo": "huo", "fei": "hui", "fan": "huan", "fen": "hun", "fang": "huang",
	"hu": "fu", "hua": "fa", "huo": "fo", "hui": "fei", "huan": "fan", "hun": "fen", "huang": "fang",
}

// reads reports whether syllables, whole or their beginnings, can make up the letters: an oracle that tries everything.
func reads(reading []string, letters string) bool {
	letters = strings.TrimLeft(letters, "'")
	if len(reading) == 0 {
		return letters == ""
	}
	for n := 1; n <= min(6, len(letters)); n++ {
		head := letters[:n]
		if strings.Contains(head, "'") {
			break
		}
		if spelled(reading[0], head) && reads(reading[1:], letters[n:]) {
			return true
		}
	}
	return false
}

// spelled reports whether typed letters can stand for a syllable in one of its spellings.
func spelled(syllable, typed string) bool {
	if lips[syllable] != "" && fits(lips[syllable], typed) {
		return true
	}
	for _, spelling := range umlauts[syllable] {
		if fits(spelling, typed) {
			return true
		}
	}
	return fits(syllable, typed)
}

func fits(syllable, typed string) bool {
	a, b := plain.Replace(syllable), plain.Replace(typed)
	return a == b || strings.HasPrefix(a, b) || strings.HasPrefix(a, plain.Replace(typed+"g")) ||
		strings.HasPrefix(plain.Replace(syllable[:min(len(typed), len(syllable))]), b)
}

func TestMemory(t *testing.T) {
	data := dictionary()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	e, err := pinyin.Load(data, pinyin.Pairs())
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 40<<20 {
		t.Errorf("an engine takes %d MB, want less than 40", grown>>20)
	}
	runtime.KeepAlive(e)
	if len(data) > 3<<20 { // far below the 40 MB that it may have
		t.Errorf("the dictionary has %d bytes, want at most 3 MB", len(data))
	}
}

func TestPackLoad(t *testing.T) {
	entries := []pinyin.Entry{
		{pinyin.Words, "四会", []string{"si", "hui"}, 90}, {pinyin.Words, "四", []string{"si"}, 100},
		{pinyin.Words, "死灰", []string{"si", "hui"}, 30}, {pinyin.Surnames, "司", []string{"si"}, 130},
		{pinyin.Givens, "慧", []string{"hui"}, 110}, {pinyin.Words, "四会", []string{"si", "hui"}, 10},
	}
	var a, b bytes.Buffer
	if err := pinyin.Pack(&a, entries); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(entries)
	if err := pinyin.Pack(&b, entries); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the order of entries changes the file")
	}
	e, err := pinyin.Load(a.Bytes(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"四会", "死灰", "四"}
	if diff := cmp.Diff(want, texts(e.Candidates(pinyin.Query{Input: "sihui"}))); diff != "" {
		t.Errorf("candidates (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"司慧"}, texts(e.Candidates(pinyin.Query{Input: "sihui", Mode: pinyin.Names}))[:1]); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestPackRefuses(t *testing.T) {
	tests := []struct {
		name  string
		entry pinyin.Entry
	}{
		{"too few syllables", pinyin.Entry{Text: "四会", Reading: []string{"si"}}},
		{"nothing", pinyin.Entry{}},
		{"tones", pinyin.Entry{Text: "四", Reading: []string{"sì"}}},
		{"another list", pinyin.Entry{List: 9, Text: "四", Reading: []string{"si"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := pinyin.Pack(&bytes.Buffer{}, []pinyin.Entry{tt.entry}); err == nil {
				t.Error("Pack gave no error")
			}
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	var good bytes.Buffer
	if err := pinyin.Pack(&good, []pinyin.Entry{{pinyin.Words, "四会", []string{"si", "hui"}, 90}}); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		data []byte
	}{
		{"nothing", nil},
		{"another file", []byte("PK\x03\x04")},
		{"half of it", good.Bytes()[:good.Len()/2]},
		{"only its beginning", []byte("YXPINYIN1\n")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := pinyin.Load(tt.data, nil); err == nil {
				t.Error("Load gave no error")
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	data := dictionary()
	for b.Loop() {
		if _, err := pinyin.Load(data, pinyin.Pairs()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCandidates(b *testing.B) {
	for _, of := range []pinyin.Query{
		{Input: "chenxiuying", Mode: pinyin.Names}, {Input: "cxy", Mode: pinyin.Names}, {Input: "c", Mode: pinyin.Names},
		{Input: "woyaodaikuanwuwanyuan"}, {Input: "zgrmghgzfwzq"}, {Input: "yi"},
	} {
		b.Run(of.Input, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				shared().Candidates(of)
			}
			// The part of the 20 ms in which an answer is immediate to a person.
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/0.020, "of-20ms")
		})
	}
}
