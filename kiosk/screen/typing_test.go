// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"slices"
	"strings"
	"testing"

	"yuexin/kiosk/flow"
)

// Pinyin that is being composed when nobody touches the screen any more is put aside with the rest, and is there again
// after 继续 and for the slip code; changing the size of the type, or leaving, does not lose it either.
func TestComposingSurvivesIdle(t *testing.T) {
	h := open(t)
	h.Tap("登记农户信息")
	h.give(door)
	h.Tap("对，就是这里")
	path := h.Flow.Page().Path
	h.keys("chenxiuying")
	h.Pass(h.Flow.Mode().Patience())
	h.at(flow.Idle)
	slip, failed := h.Flow.IdleSlip()
	if slip == "" || failed {
		t.Fatalf("slip %q, failed %v", slip, failed)
	}
	h.Tap("继续")
	if page := h.Flow.Page(); page.Path != path || page.Text != "陈秀英" {
		t.Errorf("after 继续 the kiosk asks for %s and has %q", page.Path, page.Text)
	}
	h.keys("li")
	h.Tap("关怀版")
	if got := h.Flow.Page().Text; !strings.HasPrefix(got, "陈秀英") || len([]rune(got)) != 4 {
		t.Errorf("in the large mode the answer is %q", got)
	}
	h.Pass(h.Flow.Mode().Patience())
	slip, _ = h.Flow.IdleSlip()
	h.Pass(h.Flow.Mode().Countdown())
	h.at(flow.Start)
	if err := h.Flow.Resume(slip); err != nil {
		t.Fatal(err)
	}
	if got := h.Flow.Page().Text; !strings.HasPrefix(got, "陈秀英") {
		t.Errorf("under the slip code there is %q", got)
	}
}

// Whoever has only composed something is asked as well before it is thrown away.
func TestLeavingWhileComposing(t *testing.T) {
	h := open(t)
	h.Tap("登记农户信息")
	h.give(door)
	h.Tap("对，就是这里")
	h.keys("chenxiuying")
	h.Tap("退出")
	h.at(flow.Leaving)
	h.writes("您填的内容怎么办", "马上删掉", "取件码", "回到刚才那一页")
	if slices.Contains(h.Written(), "退出") {
		t.Error("the question whether to leave has a button to leave")
	}
	h.Tap("接着填")
	if got := h.Flow.Page().Text; got != "陈秀英" {
		t.Errorf("after 接着填 the answer is %q", got)
	}
}

// A name that the face cannot draw, typed with a keyboard that somebody plugged in, is kept; the question and the review
// say which character it is instead of showing a box.
func TestRareNameIsNoBox(t *testing.T) {
	h := open(t)
	h.Tap("登记农户信息")
	h.give(door)
	h.Tap("对，就是这里")
	path := h.Flow.Page().Path
	h.Type("陈\U00030000英")
	h.Tap("下一步")
	h.Tap("返回")
	if got := h.Flow.Page(); got.Path != path || got.Text != "陈\U00030000英" {
		t.Fatalf("%s is %q", got.Path, got.Text)
	}
	h.writes("U+30000", "没有丢")
}

// Pinyin that nobody has chosen characters for is not lost by 下一步: the choice shows first, the next tap goes on.
func TestUnchosenPinyinIsNotLost(t *testing.T) {
	h := open(t)
	h.Tap("登记农户信息")
	h.give(door)
	h.Tap("对，就是这里")
	path := h.Flow.Page().Path
	h.keys("chenxiuying")
	h.Tap("下一步")
	if page := h.Flow.Page(); page.Path != path || page.Text != "陈秀英" {
		t.Fatalf("after the first tap the kiosk asks for %s and has %q", page.Path, page.Text)
	}
	h.Tap("下一步")
	if h.Flow.Page().Path == path {
		t.Error("the second tap does not go on")
	}
}
