// SPDX-License-Identifier: Apache-2.0

package widget_test

import (
	"bytes"
	"image"
	"image/png"
	"math/rand/v2"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"yuexin/shared/fault"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/uitest"
	"yuexin/shared/uikit/widget"
)

// ground is what is signed on.
type ground interface {
	fyne.CanvasObject
	fyne.Draggable
	desktop.Mouseable
}

// newSignature opens one and returns what is signed on.
func newSignature(t *testing.T, onChange func()) (*widget.Signature, ground, *uitest.Window) {
	t.Helper()
	s := widget.NewSignature(uitest.Printer(t), onChange)
	w := uitest.Open(t, s, fyne.NewSize(600, 260))
	for _, o := range test.LaidOutObjects(s) {
		if g, ok := o.(ground); ok {
			return s, g, w
		}
	}
	t.Fatal("nothing to sign on")
	return nil, nil, nil
}

// draw draws a line with a button down.
func draw(g ground, points ...fyne.Position) {
	g.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: points[0]}})
	for _, p := range points[1:] {
		g.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: p}})
	}
	if len(points) > 1 {
		g.DragEnd()
	}
	g.MouseUp(&desktop.MouseEvent{})
}

func TestSignature(t *testing.T) {
	changes := 0
	s, g, w := newSignature(t, func() { changes++ })
	if _, err := s.Signed(); !fault.Is(err, fault.Invalid) || fault.From(err).Key != "uikit.signature.empty" {
		t.Fatalf("empty: %v", err)
	}
	if !w.Button("退一笔").Disabled() || !w.Shows("请在这里签名") {
		t.Error("an empty one offers to take back, or does not say what to do")
	}
	draw(g, fyne.NewPos(20, 30), fyne.NewPos(80, 35.25))
	draw(g, fyne.NewPos(50, 50)) // a dot
	if changes != 3 {
		t.Errorf("%d changes, want 3", changes)
	}
	for _, o := range test.LaidOutObjects(s) {
		if hint, ok := o.(*widget.Text); ok && hint.Text() == "请在这里签名" && hint.Visible() {
			t.Error("the hint lies under the signature")
		}
	}
	// a finger: no button is told of, and it leaves the pad
	g.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(100, 60)}, Dragged: fyne.NewDelta(10, 0)})
	g.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(-500, 99_999)}, Dragged: fyne.NewDelta(1, 1)})
	g.DragEnd()
	ink, err := s.Signed()
	if err != nil {
		t.Fatal(err)
	}
	high := ink.Height
	want := [][]widget.Point{{{X: 200, Y: 300}, {X: 800, Y: 353}}, {{X: 500, Y: 500}}, {{X: 900, Y: 600}, {X: 1000, Y: 600}, {X: 0, Y: high}}}
	if len(ink.Strokes) != 3 || high < 1000 {
		t.Fatalf("ink = %+v", ink)
	}
	for i := range want {
		for j := range want[i] {
			if ink.Strokes[i][j] != want[i][j] {
				t.Errorf("stroke %d point %d = %v, want %v", i, j, ink.Strokes[i][j], want[i][j])
			}
		}
	}
	w.Tap("退一笔")
	w.Tap("退一笔")
	if left, _ := s.Signed(); len(left.Strokes) != 1 || len(ink.Strokes) != 3 {
		t.Errorf("%d strokes left, want 1; what was taken before has %d", len(left.Strokes), len(ink.Strokes))
	}
	w.Tap("重新签")
	if _, err := s.Signed(); err == nil {
		t.Error("cleared, but still signed")
	}
}

// What is drawn is seen: on the pad in both looks, and black on white in the picture.
func TestSignatureIsSeen(t *testing.T) {
	for _, dark := range []bool{false, true} {
		uitest.Look(t, theme.Look{Place: theme.Desk, Dark: dark})
		s, g, w := newSignature(t, nil)
		before := w.Canvas().Capture().At(100, 60)
		draw(g, fyne.NewPos(40, 60), fyne.NewPos(160, 60))
		after := w.Canvas().Capture().At(100, 60)
		if gap := bright(before) - bright(after); !dark && gap < 100 || dark && gap > -100 {
			t.Errorf("dark %t: the line is %d darker than the ground", dark, gap)
		}
		ink, _ := s.Signed()
		img := picture(t, ink)
		size := img.Bounds().Size()
		if bright(img.At(0, 0)) != 255 || bright(img.At(size.X/2, size.Y/2)) != 0 || size.X < 300 || size.Y > 60 {
			t.Errorf("dark %t: picture of %v has %v in its middle", dark, size, img.At(size.X/2, size.Y/2))
		}
	}
}

func bright(c interface{ RGBA() (r, g, b, a uint32) }) int {
	r, g, b, _ := c.RGBA()
	return int(r+g+b) / 3 >> 8
}

func picture(t *testing.T, ink widget.Ink) image.Image {
	t.Helper()
	data, err := ink.PNG()
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > widget.MostInkBytes {
		t.Errorf("picture of %d bytes, most is %d", len(data), widget.MostInkBytes)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// A scribble that never ends is taken, and stays small.
func TestSignatureStaysSmall(t *testing.T) {
	s, g, _ := newSignature(t, nil)
	random := rand.New(rand.NewPCG(1, 2))
	for range 3 {
		points := make([]fyne.Position, 3000)
		for i := range points {
			points[i] = fyne.NewPos(random.Float32()*500, random.Float32()*150)
		}
		draw(g, points...)
	}
	ink, err := s.Signed()
	if err != nil {
		t.Fatal(err)
	}
	points := 0
	for _, stroke := range ink.Strokes {
		points += len(stroke)
	}
	if points < 1000 || points > 4000 || len(ink.Strokes) != 3 {
		t.Errorf("%d points in %d strokes", points, len(ink.Strokes))
	}
	if size := picture(t, ink).Bounds().Size(); size.X > 640 || size.Y > 240 {
		t.Errorf("picture of %v", size)
	}
	if size := picture(t, widget.Ink{}).Bounds().Size(); size.X < 1 || size.Y < 1 {
		t.Errorf("picture of nothing: %v", size)
	}
}
