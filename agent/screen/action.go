// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// stroke is a key, alone or with others held down. The zero stroke is none.
type stroke struct {
	held fyne.KeyModifier
	key  fyne.KeyName
}

// The ways in which keys are bound. Combinations with Ctrl that edit text are left to entries.
func key(name fyne.KeyName) stroke  { return stroke{key: name} }
func ctrl(name fyne.KeyName) stroke { return stroke{fyne.KeyModifierShortcutDefault, name} }
func alt(name fyne.KeyName) stroke  { return stroke{fyne.KeyModifierAlt, name} }

// String returns what is printed on the keys: Ctrl+N.
func (s stroke) String() string {
	name := strings.TrimPrefix(string(s.key), "KP_")
	switch s.key {
	case fyne.KeyEscape:
		name = "Esc"
	case fyne.KeyPageUp:
		name = "PgUp"
	case fyne.KeyPageDown:
		name = "PgDn"
	}
	switch s.held {
	case fyne.KeyModifierShortcutDefault:
		return "Ctrl+" + name
	case fyne.KeyModifierAlt:
		return "Alt+" + name
	}
	return name
}

// action is something that can be done where one stands. A page's table of actions is the one place for it: it binds the
// keys, fills the menu and the page's buttons, and is what F1 lists.
type action struct {
	text string // key of its words
	name string // its words, where they are no text of the program: a village, a section
	keys stroke // zero for none
	icon fyne.Resource
	do   func()

	place place
}

// place is where an action has a button.
type place int

const (
	nowhere place = iota // by its keys, and by what is there to press anyway
	inMenu               // at the foot of the menu
	onPage               // a button at the head of its page
	asMain               // the one for which the page is opened most
	inMore               // behind the button for what is done more seldom
)

// doer is a page with actions of its own.
type doer interface{ actions() []action }

func (a *App) wordsOf(c action) string {
	if c.name != "" {
		return c.name
	}
	return a.t(c.text)
}

// bind has the window's keys do what the tables say. Combinations are bound for all letters and digits at once, because
// what they do depends on the page that is shown.
func (a *App) bind() {
	names := []fyne.KeyName{fyne.KeyUp, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyPageDown}
	for c := 'A'; c <= 'Z'; c++ {
		names = append(names, fyne.KeyName(c))
	}
	for c := '0'; c <= '9'; c++ {
		names = append(names, fyne.KeyName(c))
	}
	for _, name := range names {
		for _, s := range []stroke{ctrl(name), alt(name)} {
			a.canvas.AddShortcut(&desktop.CustomShortcut{KeyName: s.key, Modifier: s.held}, func(fyne.Shortcut) { a.Press(s.held, s.key) })
		}
	}
}

// Press does what a key is bound to, alone or with others held, and reports whether it is bound to anything here. Over the
// desk lies at most a sheet, which takes no keys but its own and Esc.
func (a *App) Press(held fyne.KeyModifier, name fyne.KeyName) bool {
	s := stroke{held, name}
	a.touch()
	if a.home == nil {
		return false
	}
	if top := a.canvas.Overlays().Top(); top != nil {
		if sheet, ok := top.(*widget.Sheet); ok && s.key == fyne.KeyEscape {
			sheet.Close()
			return true
		}
		return false
	}
	for _, table := range [][]action{a.home.pageActions(), a.home.actions(), a.home.listActions()} {
		for _, c := range table {
			if c.keys == s {
				c.do()
				return true
			}
		}
	}
	return false
}

// pageActions returns what the page that is shown can do.
func (h *Home) pageActions() []action {
	if p, ok := h.page.(doer); ok {
		return p.actions()
	}
	return nil
}

// buttons returns the actions that stand at the head of a page, what is done more seldom behind one button.
func (h *Home) buttons(table []action) []fyne.CanvasObject {
	var out, last []fyne.CanvasObject
	var more []action
	for _, c := range table {
		switch c.place {
		case onPage:
			out = append(out, widget.NewButton(h.app.wordsOf(c), widget.Secondary, c.icon, c.do))
		case asMain:
			last = append(last, widget.NewButton(h.app.wordsOf(c), widget.Primary, c.icon, c.do))
		case inMore:
			more = append(more, c)
		}
	}
	if len(more) > 0 {
		out = append(out, widget.NewButton(h.app.t("agent.more"), widget.Secondary, nil, func() { h.openMore(more) }))
	}
	return append(out, last...)
}

// openMore offers what is done more seldom.
func (h *Home) openMore(more []action) {
	var sheet *widget.Sheet
	rows := []fyne.CanvasObject{widget.NewTitle(h.app.t("agent.more"))}
	for _, c := range more {
		rows = append(rows, widget.NewButton(h.app.wordsOf(c), widget.Secondary, c.icon, func() {
			sheet.Close()
			c.do()
		}))
	}
	rows = append(rows, widget.NewButton(h.app.t("action.close"), widget.Plain, nil, func() { sheet.Close() }))
	sheet = widget.NewSheet(layout.Stack(theme.S2, rows...))
	sheet.Open(h.app.canvas)
	h.app.focus(rows[1].(*widget.BigButton))
}

// openKeys lists what the keys do: on the page that is shown, and everywhere.
func (h *Home) openKeys() {
	a := h.app
	var sheet *widget.Sheet
	shut := widget.NewButton(a.t("action.close"), widget.Primary, nil, func() { sheet.Close() })
	var columns []fyne.CanvasObject
	if here := h.keysOf("agent.keys.here", h.pageActions()); here != nil {
		columns = append(columns, here)
	}
	columns = append(columns, h.keysOf("agent.keys.everywhere", h.actions()), h.keysOf("agent.keys.lists", h.listActions()))
	sheet = widget.NewSheet(layout.Stack(theme.S4, widget.NewTitle(a.t("agent.keys.title")),
		layout.Columns(theme.S5, columns...), widget.NewNote(a.t("agent.keys.more")), layout.Row("", layout.Gap(), shut))).Wide()
	sheet.Open(a.canvas)
	a.focus(shut)
}

// keysOf draws the bound part of a table; nil if nothing is.
func (h *Home) keysOf(title string, table []action) fyne.CanvasObject {
	rows := []fyne.CanvasObject{widget.NewText(h.app.t(title)).In(theme.Text, theme.Jade)}
	for _, c := range table {
		if c.keys != (stroke{}) {
			rows = append(rows, layout.Columns(theme.S2,
				layout.Share(1, widget.NewText(c.keys.String()).In(theme.Small, theme.Grey).Line()),
				layout.Share(2, widget.NewText(h.app.wordsOf(c)).In(theme.Small, theme.Ink))))
		}
	}
	if len(rows) == 1 {
		return nil
	}
	return layout.Share(1, layout.Stack(theme.S1, rows...))
}
