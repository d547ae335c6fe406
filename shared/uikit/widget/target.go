// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"fyne.io/fyne/v2"

	"yuexin/shared/uikit/theme"
)

// LeastTarget is how wide what is pressed must be, in the large mode as well: large type makes targets higher.
func LeastTarget() float32 {
	return theme.Look{Place: theme.Current().Place}.Size(theme.Control)
}

// NewHuge returns the one button of a screen that asks a single thing, to be hit without aiming: in figure size, and at
// least twice as high as the main button.
func NewHuge(text string, onTapped func()) *BigButton {
	b := NewMain(text, onTapped)
	b.huge, b.wraps = true, true
	b.text.size = theme.Figure
	return b
}

// NewWay returns one of a row of ways that stands at the same place everywhere: a small icon above a word.
func NewWay(text string, icon fyne.Resource, onTapped func()) *BigButton {
	b := NewButton(text, Secondary, icon, onTapped)
	b.above, b.way = true, true
	b.text.size = theme.Small
	b.paint()
	return b
}

// NewMainTile is NewTile for the next step, in the colours of the main button.
func NewMainTile(title, note string, icon fyne.Resource, onTapped func()) *BigButton {
	b := NewTile(title, note, icon, onTapped)
	b.kind = Primary
	b.paint()
	return b
}

// NewTile returns a large choice: icon, title and a second line, "" for none, below one another.
func NewTile(title, note string, icon fyne.Resource, onTapped func()) *BigButton {
	b := NewButton(title, Secondary, icon, onTapped)
	b.above = true
	b.text.size = theme.Lead
	if b.icon != nil {
		b.icon.size = theme.S7
	}
	if note != "" {
		b.note = NewNote(note).Align(fyne.TextAlignCenter)
	}
	b.paint()
	return b
}
