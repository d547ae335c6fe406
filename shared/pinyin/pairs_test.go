// SPDX-License-Identifier: Apache-2.0

package pinyin_test

import (
	"slices"
	"testing"

	"yuexin/shared/pinyin"
)

// TestPairsAreSwitched: each pair is understood in both directions when it is on, and not when it is the only one off;
// what needs no pair, such as a syllable that is not finished, is not looked at.
func TestPairsAreSwitched(t *testing.T) {
	tests := []struct {
		pair        pinyin.Pair
		input, want string
		back, other string // the other direction
	}{
		{pinyin.ZhZ, "zong", "中", "zhong", "总"},
		{pinyin.ChC, "can", "产", "chan", "餐"},
		{pinyin.ShS, "san", "山", "shan", "三"},
		{pinyin.NL, "lan", "南", "nan", "兰"},
		{pinyin.RL, "lan", "然", "ran", "兰"},
		{pinyin.FH, "fa", "花", "hua", "发"},
		// At the end of the input the shorter final is the longer one not finished as well, so another syllable follows.
		{pinyin.InIng, "xinguang", "星光", "xingnian", "新年"},
		{pinyin.EnEng, "chengong", "成功", "chengmo", "沉默"},
		{pinyin.AnAng, "lianshi", "粮食", "liangxi", "联系"},
	}
	if len(tests) != len(pinyin.Pairs()) {
		t.Errorf("%d pairs are tested of %d", len(tests), len(pinyin.Pairs()))
	}
	for _, tt := range tests {
		t.Run(string(tt.pair), func(t *testing.T) {
			others := slices.DeleteFunc(pinyin.Pairs(), func(p pinyin.Pair) bool { return p == tt.pair })
			without, err := pinyin.Load(dictionary(), others)
			if err != nil {
				t.Fatal(err)
			}
			for input, want := range map[string]string{tt.input: tt.want, tt.back: tt.other} {
				on, off := has(shared(), input, want), has(without, input, want)
				if !on || off {
					t.Errorf("%s: %s is there with the pair: %v, without: %v", input, want, on, off)
				}
			}
		})
	}
	if _, err := pinyin.Load(dictionary(), []pinyin.Pair{"x/y"}); err == nil {
		t.Error("a pair that does not exist was taken")
	}
}

func has(e *pinyin.Engine, input, want string) bool {
	return slices.Contains(texts(e.Candidates(pinyin.Query{Input: input})), want)
}

// TestSurnamesWithReadingsOfTheirOwn types full names by the reading that the first character has as a surname. Beside a
// surname that is a hundred times as frequent the character stands alone, for the name to be put together.
func TestSurnamesWithReadingsOfTheirOwn(t *testing.T) {
	tests := map[string]string{
		"shanxiuying": "单秀英", "qiuguoqiang": "仇国强", "ouyulan": "区玉兰", "xiejianguo": "解", "zengzhiming": "曾志明",
		"zhaguoping": "查国平", "gejianhua": "盖建华", "yuchijianguo": "尉迟建国", "moqiguohua": "万俟国华", "piaoyuying": "朴玉英",
		"renguoqiang": "任国强", "huaxiulan": "华秀兰", "zhaiyuzhen": "翟玉珍", "miaojianping": "缪建平", "xianguiying": "冼桂英",
		"qinxiuying": "覃秀英", "niejianguo": "乜建国", "shaojianguo": "召建国", "yunjianguo": "员建国", "pojianguo": "繁建国",
		"zhangsunjianguo": "长孙建国", "linghujianguo": "令狐建国", "miyulan": "宓玉兰", "lvguiying": "吕桂英", "kuangguoqiang": "邝国强",
	}
	for input, want := range tests {
		if got := firstPage(input, pinyin.Names); !slices.Contains(got, want) {
			t.Errorf("%s: first page %v has no %s", input, got, want)
		}
	}
}

// mostAllocated is how often a key stroke may ask for memory. The figure does not hang on the machine; before paths and
// readings shared their memory it was over 4,600 for the first of these.
const mostAllocated = 2000

func TestKeyStrokeAllocatesLittle(t *testing.T) {
	for _, of := range []pinyin.Query{
		{Input: "chenxiuying", Mode: pinyin.Names}, {Input: "cxy", Mode: pinyin.Names}, {Input: "c", Mode: pinyin.Names}, {Input: "yi"},
	} {
		shared() // loaded before it counts
		if n := testing.AllocsPerRun(3, func() { shared().Candidates(of) }); n > mostAllocated {
			t.Errorf("%s: %v allocations, want at most %d", of.Input, n, mostAllocated)
		}
	}
}
