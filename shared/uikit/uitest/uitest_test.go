// SPDX-License-Identifier: Apache-2.0

package uitest_test

import (
	"fmt"
	"image/color"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/uitest"
	"yuexin/shared/uikit/widget"
)

func TestMain(m *testing.M) { uitest.Main(m, theme.Desk) }

// recorder is a test that remembers what it was failed with.
type recorder struct {
	testing.TB
	said []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}
func (r *recorder) Fatal(args ...any)                 { r.said = append(r.said, fmt.Sprint(args...)) }
func (r *recorder) Fatalf(format string, args ...any) { r.Errorf(format, args...) }

func TestAssertsFail(t *testing.T) {
	small := widget.NewButton("继续", widget.Primary, nil, nil)
	cut := widget.NewText("四会市大沙镇大沙村").Line()
	content := container.NewWithoutLayout(small, cut)
	small.Resize(fyne.NewSize(20, 20))
	cut.Resize(fyne.NewSize(40, 20))
	tests := []struct {
		name string
		run  func(w *uitest.Window)
		want string
	}{
		{"too small", (*uitest.Window).AssertTargets, "继续"},
		{"cut off", (*uitest.Window).AssertWhole, "四会市大沙镇大沙村"},
		{"nothing to press", func(w *uitest.Window) { w.Tap("返回") }, "返回"},
		{"nothing with the focus", func(w *uitest.Window) { w.Press(fyne.KeyReturn) }, "focus"},
		{"no such button", func(w *uitest.Window) { w.Button("返回") }, "返回"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &recorder{TB: t}
			tt.run(uitest.Open(r, content, fyne.NewSize(300, 200)))
			if !strings.Contains(strings.Join(r.said, "\n"), tt.want) {
				t.Errorf("said %q, want something with %q", r.said, tt.want)
			}
		})
	}
}

// TestAuditFinds: each thing that nobody could read or press is found, and nothing else.
func TestAuditFinds(t *testing.T) {
	at := func(o fyne.CanvasObject, x, y, w, h float32) fyne.CanvasObject {
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(w, h))
		return o
	}
	pale := canvas.NewText("看不清", color.NRGBA{R: 0xaa, G: 0xaa, B: 0xaa, A: 0xff})
	out := canvas.NewText("在窗口外面", color.Black)
	small := canvas.NewText("太小", color.Black)
	small.TextSize = 12
	grey := canvas.NewText("灰", theme.Look{}.Color(theme.Grey)) // which is ink there
	grey.TextSize = 24
	twice := &twiceTapped{}
	twice.ExtendBaseWidget(twice)
	tests := []struct {
		name   string
		look   theme.Look
		object fyne.CanvasObject
		want   string // "" for nothing
	}{
		{"well", theme.Look{}, at(widget.NewText("大沙村"), 10, 10, 200, 40), ""},
		{"without contrast", theme.Look{}, at(pale, 10, 10, 200, 40), "看不清\" has 2.1:1"},
		{"not 7:1 in the large mode", theme.Look{Mode: theme.Elder}, at(grey, 10, 10, 200, 40), "灰\" has 5.5:1"},
		{"small in the large mode", theme.Look{Mode: theme.Elder}, at(small, 10, 10, 200, 40), "太小"},
		{"outside of the window", theme.Look{}, at(out, 250, 10, 200, 40), "在窗口外面"},
		{"cut off by its own size", theme.Look{}, at(widget.NewText("四会市大沙镇").Line(), 10, 10, 20, 40), "四会市大沙镇"},
		{"too small for a finger", theme.Look{Place: theme.Kiosk}, at(widget.NewButton("好", widget.Secondary, nil, nil), 10, 10, 50, 50), "less than 60"},
		{"a second tap", theme.Look{Place: theme.Kiosk}, at(twice, 10, 10, 100, 100), "second tap"},
		{"hidden", theme.Look{}, hidden(at(widget.NewText("四会市大沙镇").Line(), 10, 10, 20, 40)), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			uitest.Look(t, tt.look)
			w := uitest.Open(t, container.NewWithoutLayout(tt.object), fyne.NewSize(300, 200))
			got := strings.Join(w.Faults(), "\n")
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}

func hidden(o fyne.CanvasObject) fyne.CanvasObject {
	o.Hide()
	return o
}

// twiceTapped waits for a second tap.
type twiceTapped struct{ fynewidget.BaseWidget }

func (w *twiceTapped) Tapped(*fyne.PointEvent)       {}
func (w *twiceTapped) DoubleTapped(*fyne.PointEvent) {}

func (w *twiceTapped) CreateRenderer() fyne.WidgetRenderer {
	return fynewidget.NewSimpleRenderer(canvas.NewRectangle(nil))
}

// TestOutline: markup says where everything is, keys in a row as one line.
func TestOutline(t *testing.T) {
	button := widget.NewButton("继续", widget.Primary, nil, nil)
	button.Move(fyne.NewPos(10, 20))
	button.Resize(fyne.NewSize(120, 40))
	button.Disable()
	w := uitest.Open(t, container.NewWithoutLayout(button), fyne.NewSize(300, 200))
	lines := strings.Split(w.Outline(), "\n")
	if lines[0] != "button off 10,20 120×40" || !strings.HasPrefix(lines[1], "  text ") || !strings.HasSuffix(lines[1], `"继续"`) {
		t.Errorf("the outline is %q", lines)
	}
}

func TestTapReachesWhatLiesAbove(t *testing.T) {
	below, above := 0, 0
	w := uitest.Open(t, widget.NewButton("继续", widget.Primary, nil, func() { below++ }), fyne.NewSize(300, 200))
	sheet := widget.NewSheet(widget.NewButton("继续", widget.Primary, nil, func() { above++ }))
	sheet.Open(w.Canvas())
	w.Tap("继续")
	sheet.Close()
	w.Tap("继续")
	if below != 1 || above != 1 {
		t.Errorf("below %d, above %d, want one each", below, above)
	}
	if !strings.Contains(w.Markup(), "继续") {
		t.Error("the markup has no text")
	}
}
