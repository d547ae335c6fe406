// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/i18n"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/uitest"
)

// ctrl presses a key with Ctrl held.
func (l *laptop) ctrl(key fyne.KeyName) {
	if !l.app.Press(fyne.KeyModifierShortcutDefault, key) {
		l.t.Fatalf("Ctrl+%s does nothing here", key)
	}
}

// stroke presses a key where nothing may have the focus.
func (l *laptop) stroke(key fyne.KeyName) {
	if l.Canvas().Focused() != nil {
		l.Press(key)
		return
	}
	l.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: key})
}

// TestByKeysAlone finds a household, opens it, looks at its parts, changes it and locks without a mouse.
func TestByKeysAlone(t *testing.T) {
	l := unlocked(t, nil)
	l.ctrl(fyne.KeyF)
	l.Type("cgf")
	l.wantLine("陈秀英 · 配偶 陈国富", true)
	l.stroke(fyne.KeyDown)
	l.stroke(fyne.KeyReturn)
	l.wantShown("9 走访", "每一项现在是什么")
	l.stroke(fyne.KeyF1)
	l.wantShown("这一页", "Ctrl+E", "Alt+7", "随处可用", "Ctrl+PgDn")
	l.stroke(fyne.KeyEscape)
	l.ctrl(fyne.KeyE)
	l.wantShown("必填")
	l.stroke(fyne.KeyEscape)
	l.wantLine("陈秀英", true)
	l.ctrl(fyne.Key3)
	l.wantShown("待分派")
	l.ctrl(fyne.KeyL)
	l.wantShown("解锁口令")
}

// TestIdle: a desk that nobody touches warns and locks by the clock that is handed in, and what was being written is there
// after the next unlock.
func TestIdle(t *testing.T) {
	l := unlocked(t, nil)
	l.ctrl(fyne.KeyN)
	l.Tap("富溪村")
	l.into("户主姓名", "周小梅")
	at := func(after time.Duration) {
		l.At(stage.Now.Add(after))
		l.app.Tick()
	}
	at(14 * time.Minute)
	if l.Shows("电脑就要锁定") {
		t.Fatal("warned too early")
	}
	at(14*time.Minute + 40*time.Second)
	l.wantShown("电脑就要锁定", "20 秒")
	l.Tap("我还在用")
	at(29 * time.Minute)
	if l.Shows("电脑就要锁定") || l.Shows("解锁口令") {
		t.Fatal("a touch did not count")
	}
	at(29*time.Minute + 41*time.Second)
	l.wantShown("解锁口令")
	if len(l.Canvas().Overlays().List()) > 0 || l.Shows("周小梅") {
		t.Fatal("something stands over the lock")
	}
	l.Type(stage.Passphrase)
	l.Press(fyne.KeyReturn)
	l.wantShown("周小梅")
}

// TestOpening: what takes longer than a moment says how far it is, and can be given up; the laptop stays locked then.
func TestOpening(t *testing.T) {
	l := open(t, nil)
	var work, done func()
	l.app.Work = func(w, d func()) { work, done = w, d }
	l.Type(stage.Passphrase)
	l.Press(fyne.KeyReturn)
	l.Gate.Opened, l.Gate.All = 1200, 5000
	l.app.Tick()
	l.wantShown("已打开 1,200 / 5,000")
	l.Tap("取消")
	l.Gate.Opened, l.Gate.All = 0, 0
	work()
	done()
	l.wantShown("操作已取消", "解锁口令")
	if l.Shows("已打开") {
		t.Error("it still says how far it is")
	}
}

// liked keeps a look as the laptop does.
type liked struct {
	look  flow.Look
	texts *i18n.Catalogue
}

func (k *liked) Liked() flow.Look                     { return k.look }
func (k *liked) Like(l flow.Look)                     { k.look = l }
func (k *liked) Printer(lang i18n.Lang) *i18n.Printer { return k.texts.Printer(lang) }

// TestLooks: dark and English stay with whoever chose them, over a lock.
func TestLooks(t *testing.T) {
	uitest.Look(t, theme.Current())
	l := open(t, nil)
	looks := &liked{texts: uitest.Texts(t)}
	l.app.Looks = looks
	l.Type(stage.Passphrase)
	l.Press(fyne.KeyReturn)
	l.stroke(fyne.KeyF9)
	l.stroke(fyne.KeyF10)
	l.wantShown("My villages")
	if want := (flow.Look{Dark: true, Lang: i18n.En}); looks.look != want || !theme.Current().Dark {
		t.Fatalf("kept %+v", looks.look)
	}
	l.ctrl(fyne.KeyL)
	theme.SetDark(false)
	l.Type(stage.Passphrase)
	l.Press(fyne.KeyReturn)
	l.wantShown("My villages")
	if !theme.Current().Dark {
		t.Error("light again")
	}
}

// strangers returns what is Chinese of an English scene though nobody entered it and no place is called so.
func strangers(written []string) (out []string) {
	for _, text := range written {
		if text == "组" || text == "是, 否, 是" || text == "太短" {
			continue // a heading, cells and a passphrase
		}
		left := entered().Replace(text)
		if strings.ContainsFunc(left, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			out = append(out, text)
		}
	}
	return out
}

// entered takes out of a text what people entered on the stage.
var entered = sync.OnceValue(func() *strings.Replacer {
	data := append(stage.New(i18n.En).Words(), "中文", // on the button that leads back to it
		"周小梅", "大沙水产店", "看过银行借据", "示例食品有限公司", "东塘", "已问过本人", "李国强 农户", "镇里核对名单", "雨淋破损，扫不出来", // entered by the scenes
		"富溪村农户表.csv", "富溪村-农户-", "U盘", "何木根", "当家人", "证号", "小队", "几口", "序号", "户主姓名", "身份证号", "门牌号", "家庭人口（人）", "联系电话",
		"耕地面积（亩）", "年收入（万元）", "村医签约", "示例银行党支部", "村委会一楼大厅", "整村建档补采", "（亩）", "（万元）", "两亩三分", "12号", "3号", "7号", "1亿元") // in the table of a village, and the most it may say
	slices.SortFunc(data, func(a, b string) int { return len(b) - len(a) })
	var gone []string
	for _, word := range data {
		gone = append(gone, word, "")
	}
	return strings.NewReplacer(gone...)
})

// TestMapOpensAHousehold: a press on a spot opens the household, one on several looks closer.
func TestMapOpensAHousehold(t *testing.T) {
	l := unlocked(t, nil)
	l.stroke(fyne.KeyF7)
	l.wantShown("全部村居 · 村图", "另有 1 户没有记下位置")
	press := func(text string) {
		t.Helper()
		for _, o := range l.objects() {
			words, ok := o.(*canvas.Text)
			if !ok || words.Text != text {
				continue
			}
			for _, under := range l.objects() {
				plan, ok := under.(interface {
					fyne.Tappable
					fyne.Scrollable
					fyne.Draggable
				})
				if ok {
					at := words.Position().AddXY(-5, words.Size().Height/2)
					plan.Tapped(&fyne.PointEvent{Position: at})
					return
				}
			}
		}
		t.Fatalf("%q is not on the map", text)
	}
	press("2")
	press("黄桂芳") // was one of the two
	l.wantShown("黄桂芳", "0 每项来历")
	l.stroke(fyne.KeyEscape)
	l.wantShown("全部村居 · 村图")
}
