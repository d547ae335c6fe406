// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"time"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/shared/i18n"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
)

// Banner tells one thing, with its mark: what happened and below it what to do.
type Banner struct {
	piece
	text, hint *Text
	icon       *Icon
	panel      *Panel
}

// NewBanner returns a banner; hint "" for none. Extra objects, a button for example, stand at its end.
func NewBanner(tone Tone, text, hint string, extra ...fyne.CanvasObject) *Banner {
	b := &Banner{text: NewText(text), hint: NewText(hint), icon: NewIcon(fynetheme.InfoIcon(), theme.Ink)}
	words := layout.Stack(theme.S1, b.text, b.hint)
	row := append([]fyne.CanvasObject{b.icon, layout.Grow(words)}, extra...)
	b.panel = NewPanel("", "", theme.Round, layout.Insets(theme.S4, theme.S3, layout.Row(theme.S3, row...)))
	b.inside = b.panel
	b.ExtendBaseWidget(b)
	b.Set(tone, text, hint)
	return b
}

// NewFaultBanner tells what went wrong and what to do, in the words of p; see i18n.Printer.Explain.
func NewFaultBanner(p *i18n.Printer, err error, extra ...fyne.CanvasObject) *Banner {
	text, hint := p.Explain(err)
	return NewBanner(Bad, text, hint, extra...)
}

// Set tells something else.
func (b *Banner) Set(tone Tone, text, hint string) {
	var color fyne.ThemeColorName
	b.panel.Ground, color = tone.colors()
	b.icon.color = color
	b.icon.resource = fynetheme.InfoIcon()
	switch tone {
	case Look:
		b.icon.resource = fynetheme.WarningIcon()
	case Bad:
		b.icon.resource = fynetheme.ErrorIcon()
	}
	b.text.text, b.hint.text = text, hint
	b.text.color = color
	if tone == Quiet {
		b.text.color = theme.Ink
	}
	b.hint.Hidden = hint == ""
	b.Refresh()
}

// EmptyState says why there is nothing and what would fill it.
type EmptyState struct {
	piece
}

// NewEmptyState returns it; action may be nil.
func NewEmptyState(icon fyne.Resource, title, why string, action *BigButton) *EmptyState {
	objects := []fyne.CanvasObject{}
	if icon != nil {
		objects = append(objects, layout.Centre(NewIcon(icon, theme.Edge).Sized(theme.S7)))
	}
	objects = append(objects,
		NewText(title).In(theme.Lead, theme.Ink).Align(fyne.TextAlignCenter),
		NewText(why).In(theme.Text, theme.Grey).Align(fyne.TextAlignCenter))
	if action != nil {
		objects = append(objects, NewStrut("", theme.S2), layout.Centre(action))
	}
	e := &EmptyState{piece: piece{inside: layout.Insets(theme.S5, theme.S7, layout.Stack(theme.S2, objects...))}}
	e.ExtendBaseWidget(e)
	return e
}

// Toast tells for a few seconds that something was done. It lies over a page (layout.Over) and takes no touches.
type Toast struct {
	piece
	text  *Text
	panel *Panel

	after func(time.Duration, func())
	turn  int // of Show, so that an old timer does not hide a new text
}

// toastTime is long enough to read a short sentence twice.
const toastTime = 4 * time.Second

// NewToast returns an empty toast. after calls a func on the UI goroutine after a time; nil for the real clock.
func NewToast(after func(time.Duration, func())) *Toast {
	if after == nil {
		after = func(d time.Duration, f func()) { time.AfterFunc(d, func() { fyne.Do(f) }) }
	}
	t := &Toast{text: NewText("").In(theme.Text, theme.OnDeep).Line(), after: after}
	t.panel = NewPanel(theme.JadeDeep, "", theme.Round, layout.Insets(theme.S5, theme.S3, t.text))
	t.inside = layout.Page(nil, layout.Over(), layout.Insets("", theme.S7, layout.Centre(t.panel)))
	t.ExtendBaseWidget(t)
	t.Hide()
	return t
}

// Tell shows a sentence, in place of one that still stands there.
func (t *Toast) Tell(text string) {
	t.text.SetText(text)
	t.Show()
	t.Refresh()
	t.turn++
	turn := t.turn
	t.after(toastTime, func() {
		if t.turn == turn {
			t.Hide()
		}
	})
}

// Text returns what is told, "" if nothing is.
func (t *Toast) Text() string {
	if !t.Visible() {
		return ""
	}
	return t.text.text
}
