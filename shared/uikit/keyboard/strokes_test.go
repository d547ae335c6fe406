// SPDX-License-Identifier: Apache-2.0

package keyboard_test

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"yuexin/shared/typing"
	"yuexin/shared/uikit/keyboard"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

const (
	heng = "一 横"
	shu  = "丨 竖"
	pie  = "丿 撇"
	dian = "丶 点"
	zhe  = "⺂ 折"
	any1 = "＊ 任意"
)

// TestRareNameByStrokes writes a surname in pinyin and a given name that nobody around can read.
func TestRareNameByStrokes(t *testing.T) {
	for _, kind := range []string{keyboard.Name, keyboard.Text} {
		t.Run(kind, func(t *testing.T) {
			p := newPanel(t)
			p.touch(kind)
			p.pressEach("chen")
			p.press("笔画") // takes what was begun
			p.press(zhe, dian, heng, zhe, any1, heng, shu, zhe, heng, shu, heng)
			p.press("⌫") // one stroke too many
			p.press("翀", "拼音")
			p.pressEach("ying")
			p.press("选第一个")
			text := p.entries[kind].Text
			if runes := []rune(text); len(runes) != 3 || string(runes[1]) != "翀" {
				t.Errorf("the entry has %q, want 翀 in the middle of three characters", text)
			}
		})
	}
}

func TestStrokesTakenBack(t *testing.T) {
	p := newPanel(t)
	p.touch(keyboard.Name)
	p.press("笔画", heng, shu, "清空")
	if p.find("十") != nil || p.find("空格") == nil {
		t.Error("清空 left strokes")
	}
	p.press(heng, shu, "⌫", "⌫")
	if p.find("空格") == nil {
		t.Error("⌫ left strokes")
	}
	p.press(heng, "选第一个", "⌫") // the last takes back the character
	p.wantText(keyboard.Name, "")
	p.press(zhe, zhe, zhe, zhe, zhe, zhe, zhe, zhe, zhe, zhe, zhe, zhe, "确定")
	p.wantText(keyboard.Name, "") // no character has these: nothing is typed, and nothing stays
	p.press("完成")
	if p.host.Attached() != nil {
		t.Error("完成 did not close the keyboard")
	}
}

// TestStrokesAreForgotten: who comes next finds letters, and no strokes.
func TestStrokesAreForgotten(t *testing.T) {
	p := newPanel(t)
	p.touch(keyboard.Name)
	p.press("笔画", heng, shu)
	p.touch(keyboard.Phone)
	p.touch(keyboard.Name)
	if p.find("十") != nil || p.find(heng) != nil || p.find("q") == nil {
		t.Error("strokes of before are still there")
	}
	p.touch(keyboard.Latin)
	if p.find("笔画") != nil {
		t.Error("the Latin keyboard offers strokes")
	}
}

// TestStrokeLooks measures the pad as TestLooks does the others; the page above stays where it is.
func TestStrokeLooks(t *testing.T) {
	for name, tt := range looks {
		t.Run(name, func(t *testing.T) {
			p := newPanel(t)
			p.window.Resize(tt.size)
			theme.Set(tt.look)
			p.touch(keyboard.Name)
			entry := fyne.CurrentApp().Driver().AbsolutePositionForObject(p.entries[keyboard.Name])
			p.press("笔画")
			p.checkKeys(tt.size)
			p.press(pie, heng)
			p.checkKeys(tt.size)
			if now := fyne.CurrentApp().Driver().AbsolutePositionForObject(p.entries[keyboard.Name]); now != entry {
				t.Errorf("the entry went from %v to %v", entry, now)
			}
			p.paint("strokes-" + strings.ReplaceAll(name, " ", "-"))
		})
	}
	theme.Set(theme.Look{Place: theme.Kiosk})
}

// TestLearnsWhatIsChosen types on a keyboard whose machine learns: the surname of three visits is offered to the fourth, and
// nothing else of the names.
func TestLearnsWhatIsChosen(t *testing.T) {
	kit, err := typing.Load()
	if err != nil {
		t.Fatal(err)
	}
	local, err := kit.NewLocal()
	if err != nil {
		t.Fatal(err)
	}
	p := newPanel(t)
	e := widget.NewEntry("")
	p.host = keyboard.NewHost(e, printer, kit, local)
	p.window.SetContent(p.host)
	for range kit.Settings.Learning.Visits {
		p.host.Attach(e, keyboard.Name)
		if p.find("冼") != nil {
			t.Error("a surname of fewer visits is offered")
		}
		p.pressEach("xian")
		p.press("冼", "笔画", zhe, dian, heng, zhe, dian, heng, shu, zhe, heng, shu, "选第一个")
		p.host.Attach(nil, "")
		e.SetText("")
		local.EndVisit()
	}
	p.host.Attach(e, keyboard.Name)
	if p.find("冼") == nil {
		t.Error("the village's surname is not offered")
	}
	if n := local.Learned(); n != 1 {
		t.Errorf("%d texts were learned, want the surname alone", n)
	}
	if text := local.Surnames(nil, 9); len(text) != 1 || text[0] != "冼" {
		t.Errorf("learned %v", text)
	}
}
