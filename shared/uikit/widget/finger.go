// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynewidget "fyne.io/fyne/v2/widget"
)

// finger measures how fast a finger moves. The speed of the last move alone would be that of a jerk: what counts is the way
// of the last moments before it leaves.
type finger struct{ steps []step }

// step is how far a finger went, in units, until a moment.
type step struct {
	at time.Time
	dy float32
}

// speedOver is how far back the speed of a finger looks. A finger that has rested longer before it leaves has stopped.
const speedOver = 100 * time.Millisecond

// add notes a move.
func (f *finger) add(at time.Time, dy float32) {
	f.steps = append(f.steps, step{at, dy})
	for len(f.steps) > 1 && at.Sub(f.steps[0].at) > speedOver {
		f.steps = f.steps[1:]
	}
}

// speed returns the speed at a moment, in units a second, positive downwards; 0 for one that rested. The way of the earliest
// step does not count: nobody knows when it began.
func (f *finger) speed(now time.Time) float32 {
	first := slices.IndexFunc(f.steps, func(s step) bool { return now.Sub(s.at) < speedOver })
	if first < 0 {
		return 0
	}
	var way float32
	for _, s := range f.steps[first+1:] {
		way += s.dy
	}
	return way / float32(max(now.Sub(f.steps[first].at), leastTime).Seconds())
}

// leastTime keeps two events of the same moment from giving a speed without bounds.
const leastTime = 16 * time.Millisecond

// cover lies over a scroll whose content runs on, seen by nobody, and stops it at a touch: whoever touches what moves wants
// it to stop, not to press what happens to pass below.
type cover struct {
	fynewidget.BaseWidget
	scroll *TouchScroll
}

func newCover(s *TouchScroll) *cover {
	c := &cover{scroll: s}
	c.ExtendBaseWidget(c)
	c.Hide()
	return c
}

// MouseDown is called by Fyne.
func (c *cover) MouseDown(*desktop.MouseEvent) {
	if c.scroll.halt() {
		c.scroll.caught = c.scroll.now()
	}
}

// MouseUp is called by Fyne.
func (c *cover) MouseUp(*desktop.MouseEvent) {}

// CreateRenderer is called by Fyne.
func (c *cover) CreateRenderer() fyne.WidgetRenderer {
	return fynewidget.NewSimpleRenderer(canvas.NewRectangle(nil))
}

var _ desktop.Mouseable = (*cover)(nil)
