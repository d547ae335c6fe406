// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"slices"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
)

// Option is one thing to choose.
type Option struct{ Code, Label string }

// Choice is a set of big buttons, of which one or several are chosen. Pressing a chosen one takes it back.
type Choice struct {
	piece
	buttons []*BigButton

	options  []Option
	several  bool
	chosen   []string // codes, in the order of the options
	onChange func(codes []string)
}

// highestOption is how high an option grows on a panel where there is room, in units.
const highestOption = 240

// How many options on a panel stand in one column, and beyond how many their words may be broken, so that all are seen
// at once.
const (
	fewOptions  = 4
	manyOptions = 12
)

// NewChoice returns the buttons in as many columns as fit; on a panel they fill the height they are given. onChange gets
// the codes in the order of the options.
func NewChoice(options []Option, several bool, onChange func(codes []string)) *Choice {
	c := &Choice{options: options, several: several, onChange: onChange}
	panel := theme.Current().Place == theme.Kiosk
	for _, o := range options {
		b := NewButton(o.Label, Secondary, c.sign(false), func() { c.onPress(o.Code) })
		b.left, b.text.align = true, fyne.TextAlignLeading
		b.wraps = panel && len(options) > manyOptions
		c.buttons = append(c.buttons, b)
	}
	c.arrange(panel && len(options) <= fewOptions)
	c.ExtendBaseWidget(c)
	return c
}

// InRow puts the options of a panel beside one another, where something else has the height; it returns the choice.
func (c *Choice) InRow() *Choice {
	c.arrange(false)
	return c
}

// arrange puts the buttons into columns, or into one with larger letters.
func (c *Choice) arrange(column bool) {
	columns, size := 4, theme.Text
	if column {
		columns, size = 1, theme.Lead
	}
	objects := make([]fyne.CanvasObject, len(c.buttons))
	for i, b := range c.buttons {
		b.text.size = size
		objects[i] = b
	}
	highest := float32(0)
	if theme.Current().Place == theme.Kiosk {
		highest = highestOption
	}
	c.inside = layout.FillTiles(columns, 0, highest, theme.S2, objects...)
}

// Chosen returns the codes in the order of the options.
func (c *Choice) Chosen() []string { return slices.Clone(c.chosen) }

// Set chooses without calling back.
func (c *Choice) Set(codes []string) {
	c.chosen = c.chosen[:0]
	for i, o := range c.options {
		on := slices.Contains(codes, o.Code)
		if on {
			c.chosen = append(c.chosen, o.Code)
		}
		c.buttons[i].SetChosen(on)
		c.buttons[i].SetIcon(c.sign(on))
	}
}

// Codes returns the codes of all options.
func (c *Choice) Codes() []string {
	codes := make([]string, len(c.options))
	for i, o := range c.options {
		codes[i] = o.Code
	}
	return codes
}

// Buttons returns the buttons in the order of the options, to focus one.
func (c *Choice) Buttons() []*BigButton { return c.buttons }

func (c *Choice) onPress(code string) {
	codes := []string{code}
	switch {
	case slices.Contains(c.chosen, code):
		codes = slices.DeleteFunc(slices.Clone(c.chosen), func(s string) bool { return s == code })
	case c.several:
		codes = append(slices.Clone(c.chosen), code)
	}
	c.Set(codes)
	if c.onChange != nil {
		c.onChange(c.Chosen())
	}
}

// sign is the mark before an option: round for one of them, square for several.
func (c *Choice) sign(on bool) fyne.Resource {
	switch {
	case c.several && on:
		return fynetheme.CheckButtonCheckedIcon()
	case c.several:
		return fynetheme.CheckButtonIcon()
	case on:
		return fynetheme.RadioButtonCheckedIcon()
	}
	return fynetheme.RadioButtonIcon()
}
