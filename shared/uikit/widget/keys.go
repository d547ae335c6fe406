// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// Noticed is called whenever somebody types, presses or moves over a thing of this package; nil for nobody who wants to
// know. It belongs to the UI goroutine, as all of Fyne does.
var Noticed func()

func notice() {
	if Noticed != nil {
		Noticed()
	}
}

// Pass gives a key that the thing with the focus has no use for to whoever listens to the keys of its window
// (fyne.Canvas.SetOnTypedKey), as if nothing had the focus. Fyne asks the window only then.
func Pass(o fyne.CanvasObject, e *fyne.KeyEvent) {
	if c := canvasOf(o); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(e)
	}
}

// passShortcut does so with a combination of keys.
func passShortcut(o fyne.CanvasObject, s fyne.Shortcut) {
	if c, ok := canvasOf(o).(fyne.Shortcutable); ok {
		c.TypedShortcut(s)
	}
}

func canvasOf(o fyne.CanvasObject) fyne.Canvas {
	app := fyne.CurrentApp()
	if app == nil {
		return nil
	}
	return app.Driver().CanvasForObject(o)
}

// TypedKey is called by Fyne. Keys that write nothing go to the window.
func (e *Entry) TypedKey(key *fyne.KeyEvent) {
	notice()
	name := string(key.Name)
	if key.Name == fyne.KeyEscape || key.Name == fyne.KeyDown && !e.MultiLine || len(name) > 1 && name[0] == 'F' && strings.Trim(name[1:], "0123456789") == "" {
		Pass(e, key)
		return
	}
	e.Entry.TypedKey(key)
}

// TypedRune is called by Fyne.
func (e *Entry) TypedRune(r rune) {
	notice()
	e.Entry.TypedRune(r)
}

// TypedShortcut is called by Fyne. What is not for the text goes to the window.
func (e *Entry) TypedShortcut(s fyne.Shortcut) {
	if _, custom := s.(*desktop.CustomShortcut); custom && !moves(s) {
		passShortcut(e, s)
		return
	}
	e.Entry.TypedShortcut(s)
}

// moves reports whether a combination moves the cursor in a text, such as Ctrl and an arrow.
func moves(s fyne.Shortcut) bool {
	c := s.(*desktop.CustomShortcut)
	switch c.KeyName {
	case fyne.KeyLeft, fyne.KeyRight, fyne.KeyBackspace, fyne.KeyDelete, fyne.KeyHome, fyne.KeyEnd:
		return true
	}
	return false
}
