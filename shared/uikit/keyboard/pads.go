// SPDX-License-Identifier: Apache-2.0

package keyboard

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"yuexin/shared/uikit/theme"
)

// newPad returns digits as on a phone; what stands in the last row and in the second place of the column on the right
// differs by kind. The digit 0 takes the places that are left.
func newPad(h *Host, kind string) fyne.CanvasObject {
	g := &grid{columns: 4, rows: 4, height: padHeight, gap: padGap}
	for i, digit := range "123456789" {
		g.add(h.runeKey(digit, theme.Title), float32(i%3), float32(i/3), 1, 1)
	}
	switch kind {
	case Identity:
		g.add(h.runeKey('X', theme.Title), 0, 3, 1, 1)
		g.add(h.runeKey('0', theme.Title), 1, 3, 2, 1)
	case Money:
		g.add(h.runeKey('.', theme.Title), 0, 3, 1, 1)
		g.add(h.runeKey('0', theme.Title), 1, 3, 1, 1)
		g.add(h.runesKey("00", theme.Title), 2, 3, 1, 1)
	case Phone:
		g.add(h.runeKey('0', theme.Title), 0, 3, 3, 1)
	default:
		g.add(h.runeKey('.', theme.Title), 0, 3, 1, 1)
		g.add(h.runeKey('0', theme.Title), 1, 3, 1, 1)
		g.add(h.runeKey('-', theme.Title), 2, 3, 1, 1)
	}
	g.add(h.newKey(backspaceMark, theme.Title, side, h.backspace), 3, 0, 1, 1)
	if kind == Money {
		g.add(h.newKey("万", theme.Title, side, func() { h.send("万") }), 3, 1, 1, 1)
	} else {
		g.add(h.newKey(h.printer.T("keyboard.clear"), theme.Text, side, h.clear), 3, 1, 1, 1)
	}
	g.add(h.newKey(h.printer.T("keyboard.done"), theme.Lead, primary, h.Close), 3, 2, 1, 2)
	return container.New(g, g.objects()...)
}
