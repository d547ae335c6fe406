// SPDX-License-Identifier: Apache-2.0

package keyboard

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"yuexin/shared/uikit/theme"
)

// holder is a widget with an object inside, such as those of package widget and formview's View.
type holder interface{ Inside() fyne.CanvasObject }

// revealer scrolls an object of its content into view, as widget.TouchScroll does.
type revealer interface{ Reveal(o fyne.CanvasObject) }

// reveal scrolls the entry into view, once the content has its new height.
func (h *Host) reveal() {
	target, ok := h.target.(fyne.CanvasObject)
	if !ok {
		return
	}
	for _, o := range wayTo(h.content, target) {
		if r, ok := o.(revealer); ok {
			r.Reveal(target)
		}
	}
}

// wayTo returns the objects around the target, the outermost first; nil when it is not found.
func wayTo(o, target fyne.CanvasObject) []fyne.CanvasObject {
	if o == target {
		return []fyne.CanvasObject{o}
	}
	for _, child := range childrenOf(o) {
		if way := wayTo(child, target); way != nil {
			return append([]fyne.CanvasObject{o}, way...)
		}
	}
	return nil
}

func childrenOf(o fyne.CanvasObject) []fyne.CanvasObject {
	switch o := o.(type) {
	case *fyne.Container:
		return o.Objects
	case *container.Scroll:
		return []fyne.CanvasObject{o.Content}
	case interface{ Control() fyne.CanvasObject }: // a field: label and help need no search
		return []fyne.CanvasObject{o.Control()}
	case holder:
		if inside := o.Inside(); inside != nil {
			return []fyne.CanvasObject{inside}
		}
	}
	return nil
}

// hiddenBelow returns how far the content must move up so that the entry ends above the height top.
func (h *Host) hiddenBelow(top float32) float32 {
	target, ok := h.target.(fyne.CanvasObject)
	if !ok {
		return 0
	}
	driver := fyne.CurrentApp().Driver()
	y := driver.AbsolutePositionForObject(target).Y - driver.AbsolutePositionForObject(h.content).Y
	return max(0, y+target.Size().Height+theme.Size(theme.S4)-top)
}
