// SPDX-License-Identifier: Apache-2.0

package uitest

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/uikit/widget"
)

// Outline writes what is shown as markup: a line for each button, text, entry and picture, with its place and size in whole
// units, what stands in something pressed set in. It says where everything is and nothing of colours, and a person can read
// the difference of two. Keys in a row are one line.
func (w *Window) Outline() string {
	o := &outline{}
	o.walk(w.Content(), fyne.NewPos(0, 0), "")
	for _, over := range w.Canvas().Overlays().List() {
		o.line("over", fyne.NewPos(0, 0), over.Size(), "", "")
		o.walk(over, fyne.NewPos(0, 0), "")
	}
	o.endRow()
	return o.text.String()
}

type outline struct {
	text strings.Builder

	row     []string // labels of keys beside one another
	rowAt   fyne.Position
	rowSize fyne.Size
}

// label is what a key of the keyboard has.
type labelled interface {
	fyne.Tappable
	Label() string
}

func (o *outline) walk(obj fyne.CanvasObject, at fyne.Position, indent string) {
	if !obj.Visible() {
		return
	}
	at = at.Add(obj.Position())
	switch obj := obj.(type) {
	case labelled:
		if obj.Label() != "" {
			o.key(obj.Label(), at, obj.(fyne.CanvasObject).Size())
		}
		return
	case *widget.Text:
		o.line("text", at, obj.Size(), indent, obj.Text())
		return
	case *widget.Entry:
		o.line("entry", at, obj.Size(), indent, obj.Text)
		return
	case *fynewidget.Entry:
		o.line("entry", at, obj.Size(), indent, obj.Text)
		return
	case *widget.BigButton:
		state := ""
		if obj.Chosen() {
			state = " chosen"
		}
		if obj.Disabled() {
			state += " off"
		}
		o.line("button"+state, at, obj.Size(), indent, "")
		indent += "  "
	case *canvas.Text:
		o.line("text", at, obj.Size(), indent, obj.Text)
	case *canvas.Image:
		o.line("picture", at, obj.Size(), indent, "")
	}
	for _, child := range children(obj) {
		o.walk(child, at, indent)
	}
}

func (o *outline) key(label string, at fyne.Position, size fyne.Size) {
	if len(o.row) > 0 && (at.Y != o.rowAt.Y || size.Height != o.rowSize.Height) {
		o.endRow()
	}
	if len(o.row) == 0 {
		o.rowAt = at
	}
	o.row = append(o.row, label)
	o.rowSize = fyne.NewSize(at.X+size.Width-o.rowAt.X, size.Height)
}

func (o *outline) endRow() {
	if len(o.row) > 0 {
		words := strings.Join(o.row, " ")
		at, size := o.rowAt, o.rowSize
		o.row = nil
		o.line("keys", at, size, "", words)
	}
}

func (o *outline) line(what string, at fyne.Position, size fyne.Size, indent, words string) {
	o.endRow()
	fmt.Fprintf(&o.text, "%s%s %.0f,%.0f %.0f×%.0f", indent, what, at.X, at.Y, size.Width, size.Height)
	if words != "" {
		fmt.Fprintf(&o.text, " %q", words)
	}
	o.text.WriteByte('\n')
}
