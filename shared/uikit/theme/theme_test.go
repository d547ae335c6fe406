// SPDX-License-Identifier: Apache-2.0

package theme_test

import (
	"fmt"
	"image/color"
	"math"
	"os"
	"runtime"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/uitest"
)

func TestMain(m *testing.M) {
	theme.Apply(test.NewApp(), theme.Desk)
	os.Exit(m.Run())
}

func looks() []theme.Look {
	var out []theme.Look
	for _, place := range []theme.Place{theme.Desk, theme.Kiosk} {
		for _, mode := range []theme.Mode{theme.Normal, theme.Elder} {
			for _, dark := range []bool{false, true} {
				out = append(out, theme.Look{Place: place, Mode: mode, Dark: dark})
			}
		}
	}
	return out
}

// over lays a colour that can be seen through over another.
func over(top, below color.Color) color.Color {
	t, b := color.NRGBAModel.Convert(top).(color.NRGBA), color.NRGBAModel.Convert(below).(color.NRGBA)
	mix := func(t, b, a uint8) uint8 { return uint8((int(t)*int(a) + int(b)*(255-int(a))) / 255) }
	return color.NRGBA{R: mix(t.R, b.R, t.A), G: mix(t.G, b.G, t.A), B: mix(t.B, b.B, t.A), A: 255}
}

// TestWatermark: it can be seen on every ground, and every text below it stays readable, whether it lies over the text or
// beside it.
func TestWatermark(t *testing.T) {
	for _, look := range looks() {
		if look.Mode == theme.Elder {
			continue // only desks have one
		}
		mark := look.Color(theme.Mark)
		for _, pair := range theme.Pairs() {
			text, ground := look.Color(pair.Text), look.Color(pair.Ground)
			for _, got := range []float64{uitest.Contrast(over(mark, text), over(mark, ground)), uitest.Contrast(text, over(mark, ground)), uitest.Contrast(over(mark, text), ground)} {
				if got < 4.5 {
					t.Errorf("%+v: %s on %s is %.2f : 1 under a watermark, want 4.5", look, pair.Text, pair.Ground, got)
				}
			}
		}
		for _, ground := range []fyne.ThemeColorName{theme.Paper, theme.Canvas} {
			if got := uitest.Contrast(look.Color(ground), over(mark, look.Color(ground))); got < 1.1 {
				t.Errorf("%+v: the watermark is %.2f : 1 on %s: nobody sees it", look, got, ground)
			}
		}
	}
}

func TestContrast(t *testing.T) {
	for _, look := range looks() {
		least := 4.5
		if look.Mode == theme.Elder {
			least = 7
		}
		for _, pair := range theme.Pairs() {
			if got := uitest.Contrast(look.Color(pair.Text), look.Color(pair.Ground)); got < least {
				t.Errorf("%+v: %s on %s is %.2f : 1, want %.1f", look, pair.Text, pair.Ground, got, least)
			}
		}
		if got := uitest.Contrast(look.Color(theme.Edge), look.Color(theme.Paper)); got < 3 {
			t.Errorf("%+v: border of an entry is %.2f : 1, want 3", look, got)
		}
	}
}

// millimetresPerPoint is the point of typesetters, 1/72 inch.
const millimetresPerPoint = 25.4 / 72

func TestSizes(t *testing.T) {
	for _, look := range looks() {
		for _, name := range []fyne.ThemeSizeName{theme.Small, theme.Text, theme.Lead, theme.Title, theme.Figure} {
			if look.Mode == theme.Elder && look.Size(name) < 18 {
				t.Errorf("%+v: %s is %v, want at least 18", look, name, look.Size(name))
			}
		}
		if mm := look.Millimetres(theme.Text); look.Mode == theme.Elder && (mm < 18*millimetresPerPoint || look.Place == theme.Kiosk && mm < 30*millimetresPerPoint) {
			t.Errorf("%+v: main text is %.1f pt", look, mm/millimetresPerPoint)
		}
		if look.Mode == theme.Elder && (look.Size(theme.Text) < 24 || look.Size(theme.Control) < 60) {
			t.Errorf("%+v: text %v, control %v", look, look.Size(theme.Text), look.Size(theme.Control))
		}
		if look.Size(theme.Title) <= look.Size(theme.Lead) || look.Size(theme.Lead) <= look.Size(theme.Text) || look.Size(theme.Text) <= look.Size(theme.Small) {
			t.Errorf("%+v: the steps do not rise", look)
		}
		if look.Size(fynetheme.SizeNameText) != look.Size(theme.Text) || look.Color(fynetheme.ColorNamePrimary) != look.Color(theme.Jade) {
			t.Errorf("%+v: Fyne's widgets differ from ours", look)
		}
	}
}

// TestEntryIsAControl holds the line height of the face that the padding is computed from.
func TestEntryIsAControl(t *testing.T) {
	for _, look := range looks() {
		theme.Set(look)
		got := fynewidget.NewEntry().MinSize().Height
		if want := look.Size(theme.Control); math.Abs(float64(got-want)) > 2 {
			t.Errorf("%+v: an entry is %v high, want %v", look, got, want)
		}
	}
	theme.Set(theme.Look{})
}

func TestSetModeRedraws(t *testing.T) {
	label, entry := fynewidget.NewLabel("四会市大沙镇"), fynewidget.NewEntry()
	w := test.NewWindow(container.NewVBox(label, entry))
	defer w.Close()
	w.Canvas().Focus(entry)
	before := label.Size()
	theme.SetMode(theme.Elder)
	if label.Size().Height <= before.Height {
		t.Errorf("label is %v high, was %v", label.Size(), before)
	}
	if w.Canvas().Focused() != fyne.Focusable(entry) {
		t.Error("the focus is lost")
	}
	theme.SetMode(theme.Normal)
	if label.Size().Height != before.Height {
		t.Errorf("label is %v, was %v", label.Size(), before)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestTogglesKeepMemory is the law of FYNE.md 1.3: SetTheme in place of our redraw costs about 36 MB per toggle.
func TestTogglesKeepMemory(t *testing.T) {
	column := container.NewVBox()
	for i := range 6 {
		column.Add(fynewidget.NewLabel(fmt.Sprintf("第 %d 户 陈秀英 贡柑 2.3亩", i)))
	}
	w := test.NewWindow(column)
	defer w.Close()
	w.Canvas().Capture()
	toggle := func() {
		for _, mode := range []theme.Mode{theme.Elder, theme.Normal} {
			theme.SetMode(mode)
			w.Canvas().Capture()
		}
	}
	toggle() // fills the caches of both sizes
	before := heap()
	for range 25 {
		toggle()
	}
	const most = 10 << 20
	if after := heap(); after > before+most {
		t.Errorf("50 toggles cost %d kB", (after-before)>>10)
	}
}
