// SPDX-License-Identifier: Apache-2.0

package keyboard_test

import (
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	fynelayout "fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/test"

	"yuexin/assets"
	"yuexin/assets/fonts"
	"yuexin/shared/i18n"
	"yuexin/shared/typing"
	"yuexin/shared/uikit/formview"
	"yuexin/shared/uikit/keyboard"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

var _ formview.Keyboard = (*keyboard.Host)(nil)

// printer serves all tests.
var printer *i18n.Printer

func TestMain(m *testing.M) {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		panic(err)
	}
	printer = texts.Printer(i18n.ZhHans)
	// One app for all tests: each parses the face anew.
	theme.Apply(test.NewApp(), theme.Kiosk)
	os.Exit(m.Run())
}

// panel is a window of a kiosk with entries far down a page.
type panel struct {
	*testing.T
	window  fyne.Window
	host    *keyboard.Host
	scroll  *widget.TouchScroll
	entries map[string]*widget.Entry // by kind
}

var kinds = []string{
	keyboard.Number, keyboard.Identity, keyboard.Phone, keyboard.Money, keyboard.Text, keyboard.Name, keyboard.Latin,
}

func newPanel(t *testing.T) *panel {
	t.Helper()
	theme.Set(theme.Look{Place: theme.Kiosk})
	kit, err := typing.Load()
	if err != nil {
		t.Fatal(err)
	}
	p := &panel{T: t, entries: make(map[string]*widget.Entry)}
	rows := container.NewVBox()
	spacer := canvas.NewRectangle(color.Transparent)
	spacer.SetMinSize(fyne.NewSize(10, 1200))
	rows.Add(spacer)
	for _, kind := range kinds {
		e := widget.NewEntry("")
		e.OnFocus = func(on bool) {
			if on {
				p.host.Attach(e, kind)
			}
		}
		p.entries[kind] = e
		rows.Add(e)
	}
	p.scroll = widget.NewTouchScroll(rows)
	p.host = keyboard.NewHost(container.New(fynelayout.NewStackLayout(), p.scroll), printer, kit, nil)
	p.window = test.NewTempWindow(t, p.host)
	p.window.SetPadded(false)
	p.window.Resize(fyne.NewSize(1080, 1920))
	return p
}

// touch gives an entry the focus.
func (p *panel) touch(kind string) { p.window.Canvas().Focus(p.entries[kind]) }

// find returns the key with a label, nil when none can be seen.
func (p *panel) find(label string) *keyboard.Key {
	for _, k := range p.host.Keys() {
		if k.Label() == label {
			return k
		}
	}
	return nil
}

// press taps, at their places on the screen, the keys with these labels.
func (p *panel) press(labels ...string) {
	p.Helper()
	for _, label := range labels {
		key := p.find(label)
		if key == nil {
			p.Fatalf("there is no key %q", label)
		}
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(key).AddXY(key.Size().Width/2, key.Size().Height/2)
		test.TapCanvas(p.window.Canvas(), at)
	}
}

func (p *panel) pressEach(text string) {
	p.Helper()
	p.press(strings.Split(text, "")...)
}

func (p *panel) wantText(kind, want string) {
	p.Helper()
	if got := p.entries[kind].Text; got != want {
		p.Errorf("the entry has %q, want %q", got, want)
	}
	if p.window.Canvas().Focused() != p.entries[kind] {
		p.Error("the entry lost the focus")
	}
}

func TestNameByTaps(t *testing.T) {
	for _, kind := range []string{keyboard.Name, keyboard.Text} {
		t.Run(kind, func(t *testing.T) {
			p := newPanel(t)
			p.touch(kind)
			p.pressEach("chenxiuying")
			p.press("陈秀英")
			p.wantText(kind, "陈秀英")
		})
	}
}

func TestNameInParts(t *testing.T) {
	p := newPanel(t)
	p.touch(keyboard.Name)
	p.pressEach("chenxiuying")
	p.press("陈")
	p.wantText(keyboard.Name, "") // nothing leaves before the last part
	p.press("秀英")
	p.wantText(keyboard.Name, "陈秀英")
}

func TestNameByInitials(t *testing.T) {
	p := newPanel(t)
	p.touch(keyboard.Name)
	p.pressEach("cxy")
	p.press("陈秀英")
	p.wantText(keyboard.Name, "陈秀英")
}

func TestSurnameThenGiven(t *testing.T) {
	p := newPanel(t)
	p.touch(keyboard.Name)
	p.pressEach("zeng")
	p.press("选第一个")
	p.pressEach("lan")
	p.press("选第一个")
	p.wantText(keyboard.Name, "曾兰")
}

func TestAddressWithDigits(t *testing.T) {
	p := newPanel(t)
	p.touch(keyboard.Text)
	p.pressEach("dashazhen")
	p.press("确定")
	p.pressEach("fuxicun1") // a digit takes the first candidate
	p.pressEach("2")
	p.press("，", "空格", "。", "⌫", "⌫")
	p.wantText(keyboard.Text, "大沙镇富溪村12，")
}

func TestCorrecting(t *testing.T) {
	p := newPanel(t)
	p.touch(keyboard.Name)
	p.pressEach("xian")
	p.press("⌫", "⌫", "分隔 '")
	p.pressEach("an")
	p.press("西安", "⌫")
	p.wantText(keyboard.Name, "西")
}

func TestLetters(t *testing.T) {
	p := newPanel(t)
	p.touch(keyboard.Text)
	p.pressEach("li")
	p.press("中 / 英") // what was begun is not lost
	p.press("大写", "A", "小写", "b", "1", ".", "空格")
	p.press("英 / 中", "n", "a", "n")
	p.press("选第一个")
	p.wantText(keyboard.Text, "理Ab1. 南")

	p.touch(keyboard.Latin)
	p.pressEach("abc")
	p.press("大写", "D")
	p.wantText(keyboard.Latin, "abcD")
	if p.find("中 / 英") != nil {
		t.Error("the Latin keyboard offers Chinese")
	}
}

func TestPads(t *testing.T) {
	tests := []struct {
		kind string
		keys []string
		want string
	}{
		{keyboard.Identity, strings.Split("11010519491231002X", ""), "11010519491231002X"},
		{keyboard.Phone, strings.Split("13800138000", ""), "13800138000"},
		{keyboard.Money, []string{"3", ".", "5", "万"}, "3.5万"},
		{keyboard.Money, []string{"3", "00", "00", "⌫"}, "3000"},
		{keyboard.Number, []string{"9", "清空", "1", "2", ".", "5"}, "12.5"},
		{keyboard.Number, strings.Split("2026-11-22", ""), "2026-11-22"},
	}
	for _, tt := range tests {
		t.Run(tt.kind+" "+tt.want, func(t *testing.T) {
			p := newPanel(t)
			p.touch(tt.kind)
			p.press(tt.keys...)
			p.wantText(tt.kind, tt.want)
		})
	}
}

func TestPaging(t *testing.T) {
	p := newPanel(t)
	p.touch(keyboard.Text)
	p.pressEach("yi")
	seen := make(map[string]int)
	var first []string
	for page := 0; p.find("翊") == nil; page++ {
		if page > 60 {
			t.Fatal("翊 is on no page")
		}
		for _, k := range p.host.Keys() {
			if r := []rune(k.Label())[0]; r >= 0x4e00 && k.Size().Width < 300 && k.Position().Y < 300 {
				seen[k.Label()]++
				if page == 0 {
					first = append(first, k.Label())
				}
			}
		}
		p.press("▼")
	}
	if len(seen) < 30 {
		t.Errorf("only %d candidates on the way", len(seen))
	}
	for range 60 {
		p.press("▲")
	}
	for _, label := range first {
		if p.find(label) == nil {
			t.Errorf("%s of the first page is gone after paging back", label)
		}
	}
	p.press(first[0])
	if p.entries[keyboard.Text].Text == "" {
		t.Error("a candidate of the first page typed nothing")
	}
}

func TestEntryIsBroughtIntoView(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			p := newPanel(t)
			p.touch(kind)
			e := p.entries[kind]
			bottom := fyne.CurrentApp().Driver().AbsolutePositionForObject(e).Y + e.Size().Height
			top := float32(1920)
			for _, k := range p.host.Keys() {
				top = min(top, fyne.CurrentApp().Driver().AbsolutePositionForObject(k).Y)
			}
			if bottom > top {
				t.Errorf("the entry ends at %v, below the keyboard's top %v", bottom, top)
			}
		})
	}
}

// TestContentWithoutScroll is moved up instead.
func TestContentWithoutScroll(t *testing.T) {
	kit, err := typing.Load()
	if err != nil {
		t.Fatal(err)
	}
	theme.Set(theme.Look{Place: theme.Kiosk})
	spacer := canvas.NewRectangle(color.Transparent)
	spacer.SetMinSize(fyne.NewSize(10, 1700))
	e := widget.NewEntry("")
	host := keyboard.NewHost(container.NewVBox(spacer, e), printer, kit, nil)
	w := test.NewTempWindow(t, host)
	w.Resize(fyne.NewSize(1080, 1920))
	host.Attach(e, keyboard.Phone)
	driver := fyne.CurrentApp().Driver()
	if bottom, top := driver.AbsolutePositionForObject(e).Y+e.Size().Height, driver.AbsolutePositionForObject(host.Keys()[0]).Y; bottom > top {
		t.Errorf("the entry ends at %v, below the keyboard's top %v", bottom, top)
	}
	host.Close()
	if y := driver.AbsolutePositionForObject(spacer).Y; y < 0 {
		t.Errorf("the content stays moved up by %v after closing", -y)
	}
}

func TestClosing(t *testing.T) {
	p := newPanel(t)
	closed := 0
	p.host.OnClose = func() { closed++ }
	p.touch(keyboard.Name)
	p.pressEach("chen")
	p.press("确定", "完成")
	if p.host.Attached() != nil || len(p.host.Keys()) != 0 || p.window.Canvas().Focused() != nil || closed != 1 {
		t.Error("the keyboard is still there")
	}
	if got := p.entries[keyboard.Name].Text; got != "陈" {
		t.Errorf("the entry has %q, want 陈", got)
	}
	p.host.Attach(p.entries[keyboard.Phone], keyboard.Phone)
	p.host.Attach(nil, "")
	if p.host.Attached() != nil || closed != 1 {
		t.Error("Attach(nil) did not hide the keyboard quietly")
	}
}

// TestNextPersonSeesNothing: what was begun in one entry is not offered in another.
func TestNextPersonSeesNothing(t *testing.T) {
	p := newPanel(t)
	p.touch(keyboard.Name)
	p.pressEach("chenxiuying")
	if p.find("陈秀英") == nil {
		t.Fatal("there are no candidates to forget")
	}
	p.touch(keyboard.Phone)
	p.touch(keyboard.Name)
	if p.find("陈秀英") != nil {
		t.Error("candidates of before are still there")
	}
}

// TestSurnamesAreOffered: a name begins with a surname that is pressed as it stands, and goes on in pinyin.
func TestSurnamesAreOffered(t *testing.T) {
	p := newPanel(t)
	p.touch(keyboard.Text)
	if p.find("李") != nil {
		t.Error("surnames are offered where no name is asked for")
	}
	p.touch(keyboard.Name)
	p.press("李")
	p.wantText(keyboard.Name, "李")
	if p.find("黄") != nil {
		t.Error("after the first character surnames are still offered")
	}
	p.pressEach("guoqiang")
	p.press("国强")
	p.wantText(keyboard.Name, "李国强")
	p.press("⌫")
	p.press("⌫")
	p.press("⌫")
	if p.find("黄") == nil {
		t.Error("in an empty entry no surnames are offered")
	}
}

// looks are the screens on which keyboards are measured.
var looks = map[string]struct {
	look theme.Look
	size fyne.Size
}{
	"kiosk":       {theme.Look{Place: theme.Kiosk}, fyne.NewSize(1080, 1920)},
	"kiosk elder": {theme.Look{Place: theme.Kiosk, Mode: theme.Elder}, fyne.NewSize(1080, 1920)},
	"desk":        {theme.Look{Place: theme.Desk}, fyne.NewSize(1366, 768)},
	"desk elder":  {theme.Look{Place: theme.Desk, Mode: theme.Elder}, fyne.NewSize(1366, 768)},
}

// TestLooks measures the keys in every look and place: 60 units at least, without overlap, inside the window, and every
// label can be drawn.
func TestLooks(t *testing.T) {
	for name, tt := range looks {
		for _, kind := range kinds {
			t.Run(name+" "+kind, func(t *testing.T) {
				p := newPanel(t)
				p.window.Resize(tt.size)
				theme.Set(tt.look)
				p.touch(kind)
				if p.find("q") != nil && kind != keyboard.Latin {
					p.checkKeys(tt.size)
					p.pressEach("chenxiuying")
					p.press("陈")
				}
				p.checkKeys(tt.size)
				p.paint(strings.ReplaceAll(name+" "+kind, " ", "-"))
			})
		}
	}
	theme.Set(theme.Look{Place: theme.Kiosk})
}

func (p *panel) checkKeys(window fyne.Size) {
	p.Helper()
	keys := p.host.Keys()
	driver := fyne.CurrentApp().Driver()
	for i, k := range keys {
		at, size := driver.AbsolutePositionForObject(k), k.Size()
		if size.Width < 60 || size.Height < 60 {
			p.Errorf("key %s is %v", k.Label(), size)
		}
		if at.X < 0 || at.Y < 0 || at.X+size.Width > window.Width+0.5 || at.Y+size.Height > window.Height+0.5 {
			p.Errorf("key %s at %v with %v is outside of %v", k.Label(), at, size, window)
		}
		if missing := fonts.Missing(k.Label()); len(missing) > 0 {
			p.Errorf("key %s cannot be drawn: %q", k.Label(), missing)
		}
		for _, other := range keys[:i] {
			o, s := driver.AbsolutePositionForObject(other), other.Size()
			if at.X < o.X+s.Width && o.X < at.X+size.Width && at.Y < o.Y+s.Height && o.Y < at.Y+size.Height {
				p.Errorf("keys %s and %s overlap", k.Label(), other.Label())
			}
		}
	}
}

// paint draws the window; go test -artifacts keeps the picture.
func (p *panel) paint(name string) {
	p.Helper()
	f, err := os.Create(filepath.Join(p.ArtifactDir(), name+".png"))
	if err != nil {
		p.Fatal(err)
	}
	defer func() { _ = f.Close() }() // Encode tells what matters
	if err := png.Encode(f, p.window.Canvas().Capture()); err != nil {
		p.Fatal(err)
	}
}

func TestHeldKeyChanges(t *testing.T) {
	p := newPanel(t)
	p.touch(keyboard.Phone)
	key := p.find("5")
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(key).AddXY(20, key.Size().Height/2)
	color := func() any { return p.window.Canvas().Capture().At(int(at.X), int(at.Y)) }
	before := color()
	key.MouseDown(nil)
	if color() == before {
		t.Error("a held key looks like any other")
	}
	key.MouseUp(nil)
	if color() != before {
		t.Error("a released key still looks held")
	}
	key.MouseDown(nil)
	key.MouseOut()
	if color() != before {
		t.Error("a key that a finger slid off still looks held")
	}
}

func TestKeysTakeNoSecondTap(t *testing.T) {
	p := newPanel(t)
	p.touch(keyboard.Phone)
	if _, waits := any(p.find("1")).(fyne.DoubleTappable); waits {
		t.Error("keys wait for a second tap: each first one comes 300 ms late")
	}
}
