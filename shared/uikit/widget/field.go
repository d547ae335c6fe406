// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"errors"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
)

// Field is a question: label above, control, help below, and the refusal below that. If people answered it differently
// that stands behind the label, and what they said below the help.
type Field struct {
	piece
	label, need, help *Text
	message, hint     *Text
	refusal           *fyne.Container
	disputed          *Tag
	said              *fyne.Container
	icon              *Icon
	control           fyne.CanvasObject
}

// NewField returns a field. need is the word behind the label, as 必填; help and need may be "".
func NewField(label, need, help string, control fyne.CanvasObject) *Field {
	f := &Field{
		label: NewText(label), need: NewNote(need).Line(), help: NewNote(help), control: control,
		message: NewText("").In(theme.Text, theme.Alert), hint: NewText("").In(theme.Text, theme.Ink),
	}
	words := layout.Stack("", f.message, f.hint)
	f.icon = NewIcon(fynetheme.ErrorIcon(), theme.Alert)
	f.refusal = layout.Row(theme.S2, f.icon, layout.Grow(words))
	f.refusal.Hide()
	f.disputed = NewTag("", Look)
	f.disputed.Hide()
	f.said = layout.Stack(theme.S1)
	f.said.Hide()
	head := layout.Row(theme.S2, layout.Grow(f.label), f.disputed, f.need)
	f.inside = layout.Stack(theme.S1, head, control, f.help, f.said, f.refusal)
	f.help.Hidden = help == ""
	f.need.Hidden = need == ""
	f.ExtendBaseWidget(f)
	return f
}

// Control returns what the question is answered with.
func (f *Field) Control() fyne.CanvasObject { return f.control }

// Large sets the label as the question of a screen, and returns the field.
func (f *Field) Large() *Field {
	f.label.size = theme.Title
	return f
}

// SetNeed changes the word behind the label.
func (f *Field) SetNeed(need string) {
	if f.need.text == need {
		return
	}
	f.need.text, f.need.Hidden = need, need == ""
	f.Refresh()
}

// SetDisputed says in a word that people answered differently, and in sentences who said what and when, if that may be
// shown here.
func (f *Field) SetDisputed(word string, said ...string) {
	f.disputed.Set(word, Look)
	f.disputed.Hidden = word == ""
	lines := make([]fyne.CanvasObject, len(said))
	for i, text := range said {
		lines[i] = NewText(text).In(theme.Small, theme.Ink)
	}
	f.said.Objects = []fyne.CanvasObject{NewPanel(theme.AmberTint, "", theme.Corner, layout.Insets(theme.S3, theme.S2, layout.Stack(theme.S1, lines...)))}
	f.said.Hidden = len(said) == 0
	f.Refresh()
}

// SetHelp changes the line below the control.
func (f *Field) SetHelp(help string) {
	if f.help.text == help {
		return
	}
	f.help.text, f.help.Hidden = help, help == ""
	f.Refresh()
}

// SetRefusal says what is wrong with the answer and what to do; "" takes it back.
func (f *Field) SetRefusal(message, hint string) {
	if f.message.text == message && f.hint.text == hint && f.message.color == theme.Alert {
		return
	}
	f.tell(theme.Alert, message, hint)
}

// SetWarning says what to look at again, in amber; "" takes it back.
func (f *Field) SetWarning(message string) {
	if f.message.text == message && f.message.color == theme.Amber {
		return
	}
	f.tell(theme.Amber, message, "")
}

func (f *Field) tell(color fyne.ThemeColorName, message, hint string) {
	f.message.text, f.hint.text = message, hint
	f.message.color, f.icon.color = color, color
	f.icon.resource = fynetheme.ErrorIcon()
	if color == theme.Amber {
		f.icon.resource = fynetheme.WarningIcon()
	}
	f.hint.Hidden, f.refusal.Hidden = hint == "", message == ""
	f.Refresh()
}

// Refusal returns what the field says is wrong, "" for nothing.
func (f *Field) Refusal() string { return f.message.text }

// Label returns the question.
func (f *Field) Label() string { return f.label.text }

// Entry is a line to type into, or several. It tells when it gets and loses the focus, and on a touch screen passes a
// dragging finger on to the scroll around it instead of selecting text.
type Entry struct {
	fynewidget.Entry
	OnFocus func(on bool)
	OnDrag  Dragger // who gets a finger that is dragged; nil to select text
}

// Dragger follows a finger.
type Dragger interface {
	Dragged(*fyne.DragEvent)
	DragEnd()
}

// NewEntry returns a line to type into. Set OnChanged, never a binding: bindings cut text of input methods short.
func NewEntry(placeholder string) *Entry {
	e := &Entry{}
	e.PlaceHolder = placeholder
	e.Wrapping, e.Scroll = fyne.TextWrapOff, fyne.ScrollHorizontalOnly // else a stub of a bar where large type just fits
	e.ExtendBaseWidget(e)
	return e
}

// NewMultiLine returns several lines to type into.
func NewMultiLine(placeholder string, rows int) *Entry {
	e := NewEntry(placeholder)
	e.MultiLine, e.Wrapping = true, fyne.TextWrapWord
	e.SetMinRowsVisible(rows)
	return e
}

// FocusGained is called by Fyne.
func (e *Entry) FocusGained() {
	e.Entry.FocusGained()
	if e.OnFocus != nil {
		e.OnFocus(true)
	}
}

// FocusLost is called by Fyne.
func (e *Entry) FocusLost() {
	e.Entry.FocusLost()
	if e.OnFocus != nil {
		e.OnFocus(false)
	}
}

// errRefused colours the border; what is wrong stands beside the entry.
var errRefused = errors.New("refused")

// SetRefused colours the border of an entry whose answer is wrong.
func (e *Entry) SetRefused(on bool) {
	e.AlwaysShowValidationError = true
	if on {
		e.SetValidationError(errRefused)
		return
	}
	e.SetValidationError(nil)
}

// DoubleTapped is called by Fyne. On a touch screen it is two taps: shaking hands tap twice, and a word that is selected
// would be lost with the next key.
func (e *Entry) DoubleTapped(ev *fyne.PointEvent) {
	if theme.Current().Place == theme.Kiosk {
		e.Tapped(ev)
		return
	}
	e.Entry.DoubleTapped(ev)
}

// Dragged is called by Fyne.
func (e *Entry) Dragged(ev *fyne.DragEvent) {
	if e.OnDrag == nil {
		e.Entry.Dragged(ev)
		return
	}
	e.OnDrag.Dragged(ev)
}

// DragEnd is called by Fyne.
func (e *Entry) DragEnd() {
	if e.OnDrag == nil {
		e.Entry.DragEnd()
		return
	}
	e.OnDrag.DragEnd()
}

// SearchEntry is a line to search with: calls back on every change, can be cleared at once.
type SearchEntry struct {
	piece
	entry *Entry
	clear *BigButton

	onSearch func(text string)
}

// NewSearchEntry returns it. onSearch gets the text on every change.
func NewSearchEntry(placeholder, clear string, onSearch func(text string)) *SearchEntry {
	s := &SearchEntry{entry: NewEntry(placeholder), onSearch: onSearch}
	s.entry.Icon = fynetheme.SearchIcon()
	s.clear = NewButton(clear, Plain, fynetheme.ContentClearIcon(), s.onClear)
	s.clear.Hide()
	s.entry.OnChanged = s.onChanged
	s.inside = layout.Row(theme.S2, layout.Grow(s.entry), s.clear)
	s.ExtendBaseWidget(s)
	return s
}

// Entry returns the line itself, to focus it or attach a keyboard.
func (s *SearchEntry) Entry() *Entry { return s.entry }

// SetText searches for a text.
func (s *SearchEntry) SetText(text string) { s.entry.SetText(text) }

func (s *SearchEntry) onClear() { s.entry.SetText("") }

func (s *SearchEntry) onChanged(text string) {
	if s.clear.Visible() == (text == "") {
		s.clear.Hidden = text == ""
		s.Refresh()
	}
	if s.onSearch != nil {
		s.onSearch(text)
	}
}
