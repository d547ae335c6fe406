// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"fyne.io/fyne/v2"

	"yuexin/shared/i18n"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
)

// Standing says how far a value counts.
type Standing int

// The standings of a value.
const (
	Counts   Standing = iota
	Pending           // entered here, not yet taken by the server
	Disputed          // somebody else entered another value
)

// Fact is one line of what is known.
type Fact struct {
	Label, Value string
	Standing     Standing
	Note         string // who and when, or which value counts; "" for none
}

// NewFacts returns the facts, one below the other: label left, value right, its standing as a tag in words of p, the note
// below, and what of the value cannot be drawn here. An empty value shows as a dash.
func NewFacts(p *i18n.Printer, facts ...Fact) *fyne.Container {
	rows := make([]fyne.CanvasObject, 0, 2*len(facts))
	for i, f := range facts {
		if i > 0 {
			rows = append(rows, NewRule())
		}
		rows = append(rows, newFact(p, f))
	}
	return layout.Stack(theme.S2, rows...)
}

func newFact(p *i18n.Printer, f Fact) fyne.CanvasObject {
	value := NewText(f.Value)
	if f.Value == "" {
		value = NewText("—").In(theme.Text, theme.Grey)
	}
	right := []fyne.CanvasObject{value}
	if f.Note != "" {
		right = append(right, NewNote(f.Note))
	}
	if undrawn := Undrawn(p, f.Value); undrawn != "" {
		right = append(right, NewNote(undrawn))
	}
	line := []fyne.CanvasObject{layout.Grow(layout.Stack(theme.S1, right...))}
	switch f.Standing {
	case Pending:
		line = append(line, NewTag(p.T("uikit.standing.pending"), Quiet))
	case Disputed:
		line = append(line, NewTag(p.T("uikit.standing.disputed"), Look))
	}
	label := NewText(f.Label).In(theme.Text, theme.Grey)
	return layout.Columns(theme.S3, layout.Share(1, label), layout.Share(4, layout.Columns(theme.S3, line...)))
}

// Event is something that happened.
type Event struct {
	When string // as told: 2 小时前 · 11月22日 20:30
	What string
	Who  string
	Note string // the sentence the resident was told; "" for none
	Tone Tone
}

// NewTimeline returns what happened, in the order given: newest first.
func NewTimeline(events ...Event) *fyne.Container {
	rows := make([]fyne.CanvasObject, len(events))
	for i, e := range events {
		second := e.When
		if e.Who != "" {
			second += " · " + e.Who
		}
		words := []fyne.CanvasObject{NewText(e.What), NewNote(second)}
		if e.Note != "" {
			words = append(words, NewPanel(theme.GreyTint, "", theme.Corner, layout.Insets(theme.S3, theme.S2, NewText(e.Note))))
		}
		rows[i] = newMoment(e.Tone, i == len(events)-1, layout.Stack(theme.S1, words...))
	}
	return layout.Stack("", rows...)
}

// NewSteps shows where in the way it is: the names of all steps, those before at (from 0) done, at itself marked. at may be
// len(names): all are done.
func NewSteps(names []string, at int) *fyne.Container {
	steps := make([]fyne.CanvasObject, len(names))
	for i, name := range names {
		label := NewText(name).In(theme.Small, theme.Grey).Align(fyne.TextAlignCenter)
		bar := NewPanel(theme.Line, "", theme.Corner, NewStrut("", theme.S1))
		switch {
		case i < at:
			bar.Ground = theme.Jade
			label.In(theme.Small, theme.Ink)
		case i == at:
			bar.Ground = theme.Amber
			label.In(theme.Small, theme.Amber)
		}
		steps[i] = layout.Stack(theme.S1, bar, label)
	}
	return layout.Spread(theme.S1, steps...)
}
