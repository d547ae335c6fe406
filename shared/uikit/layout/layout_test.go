// SPDX-License-Identifier: Apache-2.0

package layout_test

import (
	"os"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"

	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
)

func TestMain(m *testing.M) {
	theme.Apply(test.NewApp(), theme.Desk)
	os.Exit(m.Run())
}

// paper is an object with an area: the narrower, the higher.
type paper struct {
	canvas.Rectangle
	area float32
}

func (p *paper) MinSize() fyne.Size { return fyne.NewSize(10, p.HeightFor(max(10, p.Size().Width))) }

func (p *paper) LeastWidth() float32 { return 10 }

func (p *paper) HeightFor(width float32) float32 { return p.area / width }

func box(w, h float32) fyne.CanvasObject {
	r := canvas.NewRectangle(nil)
	r.SetMinSize(fyne.NewSize(w, h))
	return r
}

// bounds returns x, y, width and height of each object.
func bounds(objects ...fyne.CanvasObject) [][4]float32 {
	out := make([][4]float32, len(objects))
	for i, o := range objects {
		out[i] = [4]float32{o.Position().X, o.Position().Y, o.Size().Width, o.Size().Height}
	}
	return out
}

func TestLayouts(t *testing.T) {
	a, b, c := box(20, 10), box(40, 30), &paper{area: 1000}
	tests := []struct {
		name string
		make func() *fyne.Container
		size fyne.Size
		want [][4]float32
	}{
		{"stack", func() *fyne.Container { return layout.Stack(theme.S2, a, b, c) }, fyne.NewSize(100, 200),
			[][4]float32{{0, 0, 100, 10}, {0, 18, 100, 30}, {0, 56, 100, 10}}},
		{"columns", func() *fyne.Container { return layout.Columns(theme.S2, a, b, layout.Grow(c)) }, fyne.NewSize(176, 30),
			[][4]float32{{0, 0, 20, 10}, {28, 0, 40, 30}, {0, 0, 100, 10}}},
		{"row", func() *fyne.Container { return layout.Row(theme.S2, a, b, layout.Grow(c)) }, fyne.NewSize(176, 30),
			[][4]float32{{0, 10, 20, 10}, {28, 0, 40, 30}, {0, 0, 100, 10}}},
		{"tiles", func() *fyne.Container { return layout.Tiles(2, 0, theme.S2, a, b, c) }, fyne.NewSize(108, 200),
			[][4]float32{{0, 0, 50, 30}, {58, 0, 50, 30}, {0, 38, 50, 30}}},
		{"tiles with less room", func() *fyne.Container { return layout.Tiles(2, 60, theme.S2, a, b, c) }, fyne.NewSize(100, 200),
			[][4]float32{{0, 0, 100, 30}, {0, 38, 100, 30}, {0, 76, 100, 30}}},
		{"tiles that fill", func() *fyne.Container { return layout.FillTiles(2, 0, 60, theme.S2, a, b, c) }, fyne.NewSize(108, 200),
			[][4]float32{{0, 36, 50, 60}, {58, 36, 50, 60}, {0, 104, 50, 60}}},
		{"tiles that fill a little", func() *fyne.Container { return layout.FillTiles(2, 0, 60, theme.S2, a, b, c) }, fyne.NewSize(108, 88),
			[][4]float32{{0, 0, 50, 40}, {58, 0, 50, 40}, {0, 48, 50, 40}}},
		{"tiles with too little room", func() *fyne.Container { return layout.FillTiles(2, 0, 60, theme.S2, a, b, c) }, fyne.NewSize(108, 40),
			[][4]float32{{0, 0, 50, 30}, {58, 0, 50, 30}, {0, 38, 50, 30}}},
		{"grid", func() *fyne.Container { return layout.Grid(2, 0, theme.S2, a, b, c) }, fyne.NewSize(108, 200),
			[][4]float32{{0, 0, 50, 30}, {58, 0, 50, 30}, {0, 38, 50, 20}}},
		{"page", func() *fyne.Container { return layout.Page(a, b, c) }, fyne.NewSize(100, 200),
			[][4]float32{{0, 0, 100, 10}, {0, 10, 100, 180}, {0, 190, 100, 10}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.make().Resize(tt.size)
			if diff := cmp.Diff(tt.want, bounds(a, b, c)); diff != "" {
				t.Errorf("x, y, width, height (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMiddleHasTheWholeWidth(t *testing.T) {
	c := &paper{area: 2000}
	o := layout.Middle(c)
	o.Resize(fyne.NewSize(100, 80))
	if diff := cmp.Diff([][4]float32{{0, 30, 100, 20}}, bounds(c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := layout.Height(o, 200); got != 10 {
		t.Errorf("height at 200 = %v, want 10", got)
	}
}

func TestHeightFollowsTheWidth(t *testing.T) {
	c := &paper{area: 2000}
	o := layout.Inset(theme.S2, layout.Column(theme.Measure, layout.Stack(theme.S2, layout.Row(theme.S2, box(12, 1), layout.Grow(c)))))
	if got := layout.Height(o, 136); got != 2000/100.0+16 {
		t.Errorf("height at 136 = %v, want 36", got)
	}
	if got := layout.Height(o, 236); got != 2000/200.0+16 {
		t.Errorf("height at 236 = %v, want 26", got)
	}
}

func TestColumnIsNoWiderThanItsMeasure(t *testing.T) {
	a := box(10, 10)
	layout.Column(theme.Measure, a).Resize(fyne.NewSize(1000, 50))
	if diff := cmp.Diff([][4]float32{{140, 0, 720, 50}}, bounds(a)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHiddenTakesNoRoom(t *testing.T) {
	a, b := box(10, 10), box(10, 10)
	a.Hide()
	o := layout.Stack(theme.S2, a, b)
	if got := layout.Height(o, 100); got != 10 {
		t.Errorf("height = %v, want 10", got)
	}
}

func TestLinesBreak(t *testing.T) {
	objects := []fyne.CanvasObject{box(40, 10), box(40, 20), layout.Grow(box(30, 10)), box(40, 10)}
	o := layout.Lines("", objects...)
	if got := [3]float32{layout.Width(o), layout.Height(o, 150), layout.Height(o, 110)}; got != [3]float32{40, 20, 30} {
		t.Errorf("least width, height at 150 and at 110: %v", got)
	}
	o.Resize(fyne.NewSize(110, 30))
	if diff := cmp.Diff([][4]float32{{0, 5, 40, 10}, {40, 0, 40, 20}, {80, 5, 30, 10}, {0, 20, 40, 10}}, bounds(objects...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	o.Resize(fyne.NewSize(160, 40))
	if diff := cmp.Diff([][4]float32{{0, 15, 40, 10}, {40, 10, 40, 20}, {80, 15, 40, 10}, {120, 15, 40, 10}}, bounds(objects...)); diff != "" {
		t.Errorf("one line (-want +got):\n%s", diff)
	}
}

func TestSharesAreDivided(t *testing.T) {
	a, b := box(10, 10), box(60, 10)
	layout.Columns("", layout.Share(3, a), layout.Share(1, b)).Resize(fyne.NewSize(100, 10))
	if diff := cmp.Diff([]float32{40, 60}, []float32{a.Size().Width, b.Size().Width}); diff != "" {
		t.Errorf("b needs more than its share (-want +got):\n%s", diff)
	}
}
