// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"fmt"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
)

// buttons returns a scroll of 200 × 200 over n buttons, and what was pressed last.
func buttons(t *testing.T, n int) (*TouchScroll, *string, *time.Time) {
	t.Helper()
	pressed, clock := "", time.Date(2026, 11, 22, 20, 30, 0, 0, time.UTC)
	column := layout.Stack(theme.S2)
	for i := range n {
		name := fmt.Sprintf("%d", i)
		column.Add(NewCard("", NewButton(name, Secondary, nil, func() { pressed = name })))
	}
	s := NewTouchScroll(column)
	s.now = func() time.Time { return clock }
	w := test.NewWindow(s)
	t.Cleanup(w.Close)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(200, 200))
	return s, &pressed, &clock
}

func move(s *TouchScroll, at fyne.Position, dy float32) {
	s.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at.AddXY(0, dy)}, Dragged: fyne.NewDelta(0, dy)})
}

func TestShakyTapIsForgiven(t *testing.T) {
	s, pressed, clock := buttons(t, 20)
	at := fyne.NewPos(100, 34) // within the first button
	move(s, at, -3)
	*clock = clock.Add(100 * time.Millisecond)
	s.DragEnd()
	if *pressed != "0" {
		t.Errorf("pressed %q, want 0", *pressed)
	}
	s.ScrollTo(152) // two cards of 68 and two gaps of 8
	move(s, at, -3)
	s.DragEnd()
	if *pressed != "2" {
		t.Errorf("scrolled: pressed %q, want 2", *pressed)
	}
}

func TestDragIsNoTap(t *testing.T) {
	tests := []struct {
		name string
		way  float32
		wait time.Duration
	}{
		{"a long way", -60, 100 * time.Millisecond},
		{"a long time", -5, time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, pressed, clock := buttons(t, 20)
			move(s, fyne.NewPos(100, 34), tt.way)
			*clock = clock.Add(tt.wait)
			s.DragEnd()
			if *pressed != "" {
				t.Errorf("pressed %q", *pressed)
			}
			if s.Offset() != -tt.way {
				t.Errorf("offset = %v, want %v", s.Offset(), -tt.way)
			}
		})
	}
}

func TestScrollStaysWithinItsContent(t *testing.T) {
	s, _, _ := buttons(t, 20)
	s.ScrollTo(-50)
	if s.Offset() != 0 {
		t.Errorf("above the top: %v", s.Offset())
	}
	s.ScrollTo(1e6)
	if got, want := s.Offset(), s.content.Size().Height-200; got != want {
		t.Errorf("below the end: %v, want %v", got, want)
	}
}

func TestQuickMoveRunsOn(t *testing.T) {
	s, _, clock := buttons(t, 60)
	at := fyne.NewPos(100, 150)
	for range 4 {
		*clock = clock.Add(20 * time.Millisecond)
		move(s, at, -30)
	}
	s.DragEnd()
	// 1500 units a second, a third of a second long, beyond the 120 that the finger moved
	if got, want := s.Offset(), float32(120+400); got != want { // two pages of 200 at most
		t.Errorf("offset = %v, want %v", got, want)
	}
}

// TestFingerThatRestsDoesNotThrow: what counts is how the finger left, not how fast it was before.
func TestFingerThatRestsDoesNotThrow(t *testing.T) {
	s, _, clock := buttons(t, 60)
	at := fyne.NewPos(100, 150)
	for range 4 {
		*clock = clock.Add(20 * time.Millisecond)
		move(s, at, -30)
	}
	*clock = clock.Add(300 * time.Millisecond)
	s.DragEnd()
	if s.Offset() != 120 {
		t.Errorf("offset = %v, want where the finger left it", s.Offset())
	}
}

// TestJerkDoesNotThrow: one fast event at the end of a slow move is noise of the panel.
func TestJerkDoesNotThrow(t *testing.T) {
	var f finger
	at := time.Date(2026, 11, 22, 20, 30, 0, 0, time.UTC)
	for range 9 {
		at = at.Add(10 * time.Millisecond)
		f.add(at, -1)
	}
	at = at.Add(time.Millisecond)
	f.add(at, -10)
	if got := f.speed(at); got > -150 || got < -300 {
		t.Errorf("speed = %v, want that of the last 100 ms", got)
	}
	if got := (&finger{}).speed(at); got != 0 {
		t.Errorf("a finger that did not move: %v", got)
	}
}

func TestGlideSlowsDown(t *testing.T) {
	last, step := float32(0), float32(1)
	for i := 1; i <= 10; i++ {
		part := glidePart(float32(i) / 10)
		if part <= last || part-last >= step {
			t.Errorf("after %d tenths %v of the way, before %v", i, part, last)
		}
		last, step = part, part-last
	}
	if last != 1 || glidePart(0) != 0 {
		t.Errorf("it goes from %v to %v", glidePart(0), last)
	}
	if got := glideWay(-1e6, 300); got != -600 {
		t.Errorf("an eager finger goes %v", got)
	}
}

// TestTouchStopsWhatRuns: a touch on content that runs on stops it and presses nothing, even if the finger shakes.
func TestTouchStopsWhatRuns(t *testing.T) {
	s, pressed, clock := buttons(t, 60)
	s.glide = fyne.NewAnimation(time.Hour, func(float32) {})
	s.cover.Show()
	s.cover.MouseDown(nil)
	if s.glide != nil || s.cover.Visible() {
		t.Error("it runs on")
	}
	*clock = clock.Add(50 * time.Millisecond)
	move(s, fyne.NewPos(100, 34), -3)
	s.DragEnd()
	if *pressed != "" {
		t.Errorf("pressed %q", *pressed)
	}
	*clock = clock.Add(time.Second)
	move(s, fyne.NewPos(100, 34), -3)
	s.DragEnd()
	if *pressed != "0" {
		t.Errorf("the next tap presses %q", *pressed)
	}
}

// TestDoubleTapOnTouchScreen: two taps select nothing there that the next key would replace.
func TestDoubleTapOnTouchScreen(t *testing.T) {
	defer theme.Set(theme.Current())
	for place, want := range map[theme.Place]string{theme.Kiosk: "", theme.Desk: "陈秀英"} {
		theme.Set(theme.Look{Place: place})
		e := NewEntry("")
		w := test.NewWindow(e)
		e.SetText("陈秀英")
		w.Canvas().Focus(e)
		e.DoubleTapped(&fyne.PointEvent{Position: fyne.NewPos(30, 20)})
		if got := e.SelectedText(); got != want {
			t.Errorf("place %d: %q is selected, want %q", place, got, want)
		}
		w.Close()
	}
}

func TestReveal(t *testing.T) {
	s, _, _ := buttons(t, 20)
	column := s.content.(*fyne.Container)
	s.Reveal(column.Objects[10])
	if top := column.Objects[10].Position().Y - s.Offset(); top < 0 || top > 200 {
		t.Errorf("the card is at %v of the view", top)
	}
}
