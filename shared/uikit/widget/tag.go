// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/i18n"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
)

// Tone is what a state means. Each has a colour and a mark of its own shape, since colour is never the only sign.
type Tone int

// The tones.
const (
	Quiet Tone = iota // not begun, away: grey, a ring
	Well              // on its way or well: jade, round
	Look              // needs a look soon: amber, a diamond
	Bad               // wrong, overdue: alert, a diamond
)

func (t Tone) colors() (ground, text fyne.ThemeColorName) {
	switch t {
	case Well:
		return theme.JadeTint, theme.Jade
	case Look:
		return theme.AmberTint, theme.Amber
	case Bad:
		return theme.AlertTint, theme.Alert
	}
	return theme.GreyTint, theme.Grey
}

// Tag is a state in a word, with its mark.
type Tag struct {
	piece
	text  *Text
	mark  *mark
	panel *Panel
}

// NewTag returns a state.
func NewTag(text string, tone Tone) *Tag {
	t := &Tag{text: NewText(text).Line(), mark: newMark(tone)}
	row := layout.Row(theme.S1, t.mark, t.text)
	t.panel = NewPanel("", "", Pill, layout.Insets(theme.S2, theme.S1, row))
	t.inside = t.panel
	t.ExtendBaseWidget(t)
	t.Set(text, tone)
	return t
}

// Set changes the state.
func (t *Tag) Set(text string, tone Tone) {
	var color fyne.ThemeColorName
	t.panel.Ground, color = tone.colors()
	t.text.In(theme.Small, color)
	t.text.text = text
	t.mark.tone = tone
	t.Refresh()
}

// Text returns the word of the state.
func (t *Tag) Text() string { return t.text.text }

// mark is the shape of a tone.
type mark struct {
	fynewidget.BaseWidget
	tone Tone
}

func newMark(tone Tone) *mark {
	m := &mark{tone: tone}
	m.ExtendBaseWidget(m)
	return m
}

// MinSize is called by Fyne.
func (m *mark) MinSize() fyne.Size { return fyne.NewSquareSize(theme.Size(theme.Small) * 0.7) }

// CreateRenderer is called by Fyne.
func (m *mark) CreateRenderer() fyne.WidgetRenderer {
	r := &markRenderer{mark: m, circle: &canvas.Circle{}, diamond: canvas.NewPolygon(4, nil)}
	r.paint()
	return r
}

type markRenderer struct {
	mark    *mark
	circle  *canvas.Circle
	diamond *canvas.Polygon
}

func (r *markRenderer) paint() {
	_, name := r.mark.tone.colors()
	color := theme.Color(name)
	r.circle.FillColor, r.circle.StrokeColor, r.circle.StrokeWidth = color, color, 0
	if r.mark.tone == Quiet {
		r.circle.FillColor, r.circle.StrokeWidth = theme.Color(theme.Clear), 1.5*theme.Size(theme.Stroke)
	}
	r.diamond.FillColor, r.diamond.Angle = color, 0
	r.circle.Hidden = r.mark.tone == Look || r.mark.tone == Bad
	r.diamond.Hidden = !r.circle.Hidden
}

func (r *markRenderer) Destroy() {}
func (r *markRenderer) Layout(size fyne.Size) {
	r.circle.Resize(size)
	r.diamond.Resize(size)
}
func (r *markRenderer) MinSize() fyne.Size           { return r.mark.MinSize() }
func (r *markRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.circle, r.diamond} }
func (r *markRenderer) Refresh() {
	r.paint()
	canvas.Refresh(r.mark)
}

// SyncState is what a person is told about the way of what they entered. The caller fills it from its connection and store.
type SyncState struct {
	Off       bool // the device is switched off centrally
	Online    bool
	Receiving bool
	Got       int64     // bytes of a first download that are here
	Total     int64     // of so many; 0 when none is under way
	Waiting   int       // entered here and not yet taken by the server
	Oldest    time.Time // of those that wait
	Refused   int       // not taken, for the person to look at
	Review    int       // disputed, for somebody to look at
	Last      time.Time // last complete sync; zero for never
}

// Words returns the state as a sentence, the most urgent thing first, and its tone.
func (s SyncState) Words(p *i18n.Printer, now time.Time) (string, Tone) {
	switch {
	case s.Off:
		return p.T("sync.switched_off"), Bad
	case s.Refused > 0:
		return p.T("sync.refused", "n", p.Number(int64(s.Refused))), Bad
	case s.Waiting > 0 && s.Online:
		return p.T("sync.sending", "n", p.Number(int64(s.Waiting))), Well
	case s.Waiting > 0:
		return p.Waiting(s.Waiting, s.Oldest, now), Look
	case s.Review > 0:
		return p.T("sync.review", "n", p.Number(int64(s.Review))), Look
	case s.Total > 0 && s.Online:
		return p.First(s.Got, s.Total), Well
	case s.Total > 0:
		return p.First(s.Got, s.Total), Quiet
	case s.Receiving:
		return p.T("sync.receiving"), Well
	case s.Online:
		return p.T("sync.done"), Well
	case s.Last.IsZero():
		return p.T("sync.never"), Quiet
	}
	return p.T("sync.offline"), Quiet
}

// SyncBadge shows a SyncState in words, at the same place on every screen. Pressing it calls onTapped, if there is one.
type SyncBadge struct {
	piece
	tag *Tag

	printer  *i18n.Printer
	onTapped func()
}

// NewSyncBadge returns a badge that says that nothing was synced yet.
func NewSyncBadge(p *i18n.Printer, onTapped func()) *SyncBadge {
	b := &SyncBadge{tag: NewTag(p.T("sync.never"), Quiet), printer: p, onTapped: onTapped}
	b.inside = layout.Over(NewStrut("", theme.Control), layout.Middle(b.tag)) // it is pressed
	b.ExtendBaseWidget(b)
	return b
}

// Tell shows a state as of now.
func (b *SyncBadge) Tell(s SyncState, now time.Time) {
	b.tag.Set(s.Words(b.printer, now))
	b.Refresh()
}

// Text returns what the badge says.
func (b *SyncBadge) Text() string { return b.tag.Text() }

// Tapped is called by Fyne.
func (b *SyncBadge) Tapped(*fyne.PointEvent) {
	if b.onTapped != nil {
		b.onTapped()
	}
}
