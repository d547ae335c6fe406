// SPDX-License-Identifier: Apache-2.0

package uitest_test

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

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
