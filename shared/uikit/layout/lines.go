// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Lines is a Row that goes on below where the width ends, with the same gap between its lines: buttons and what stands beside
// them stay whole in large type and in longer languages.
func Lines(gap fyne.ThemeSizeName, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&lines{row: row{gap: gap}}, objects...)
}

type lines struct{ row }

// cut divides the objects into lines, each at its least width.
func (l *lines) cut(objects []fyne.CanvasObject, width float32) (out [][]fyne.CanvasObject) {
	var used float32
	for _, o := range seen(objects) {
		w := Width(o)
		if len(out) == 0 || used+gapOf(l.gap)+w > width {
			out, used = append(out, nil), w
		} else {
			used += gapOf(l.gap) + w
		}
		out[len(out)-1] = append(out[len(out)-1], o)
	}
	return out
}

func (l *lines) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	var h float32
	cut := l.cut(objects, width)
	for _, line := range cut {
		h += l.row.heightFor(line, width)
	}
	return h + gapOf(l.gap)*float32(max(0, len(cut)-1))
}

func (l *lines) leastWidth(objects []fyne.CanvasObject) float32 { return widest(objects) }

func (l *lines) MinSize(objects []fyne.CanvasObject) fyne.Size {
	w := l.leastWidth(objects)
	return fyne.NewSize(w, l.heightFor(objects, max(w, l.last)))
}

func (l *lines) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.last = size.Width
	cut := l.cut(objects, size.Width)
	var y, more float32
	if len(cut) == 1 { // the one line takes the height there is
		more = max(0, size.Height-l.row.heightFor(cut[0], size.Width))
	}
	for _, line := range cut {
		h := l.row.heightFor(line, size.Width) + more
		l.row.Layout(line, fyne.NewSize(size.Width, h))
		for _, o := range line {
			o.Move(o.Position().AddXY(0, y))
		}
		y += h + gapOf(l.gap)
	}
}
