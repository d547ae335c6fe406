// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/i18n"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
)

// Sheet is a question above everything: it darkens what is below and takes every touch until it is closed.
type Sheet struct {
	fynewidget.BaseWidget
	panel   *Panel
	content fyne.CanvasObject
	ems     float32 // how wide it is at most, in characters of text

	canvas fyne.Canvas // nil while closed
}

// NewSheet returns a closed sheet with content in the middle, scrolled where the window is too low for it.
func NewSheet(content fyne.CanvasObject) *Sheet {
	s := &Sheet{ems: sheetEms, content: layout.Inset(theme.S5, content)}
	s.panel = NewPanel(theme.Paper, "", theme.Round, NewTouchScroll(s.content))
	s.ExtendBaseWidget(s)
	return s
}

// Wide makes room for something that is read in columns, and returns the sheet.
func (s *Sheet) Wide() *Sheet {
	s.ems = wideEms
	return s
}

// Open shows the sheet over a window; nothing happens if it is open.
func (s *Sheet) Open(c fyne.Canvas) {
	if s.canvas != nil {
		return
	}
	s.canvas = c
	c.Overlays().Add(s)
	s.Resize(c.Size())
}

// Close takes the sheet away.
func (s *Sheet) Close() {
	if s.canvas != nil {
		s.canvas.Overlays().Remove(s)
		s.canvas = nil
	}
}

// Opened says whether the sheet is shown.
func (s *Sheet) Opened() bool { return s.canvas != nil }

// Tapped takes touches beside the panel.
func (s *Sheet) Tapped(*fyne.PointEvent) {}

// Inside returns the panel.
func (s *Sheet) Inside() fyne.CanvasObject { return s.panel }

// CreateRenderer is called by Fyne.
func (s *Sheet) CreateRenderer() fyne.WidgetRenderer {
	return &sheetRenderer{sheet: s, shade: canvas.NewRectangle(theme.Color(theme.Shade))}
}

type sheetRenderer struct {
	sheet *Sheet
	shade *canvas.Rectangle
}

func (r *sheetRenderer) Destroy() {}

// How wide a question, and something in columns, is at most, in characters of text.
const (
	sheetEms = 26
	wideEms  = 50
)

func (r *sheetRenderer) Layout(size fyne.Size) {
	r.shade.Resize(size)
	panel := r.sheet.panel
	w := max(panel.LeastWidth(), min(size.Width-2*theme.Size(theme.S5), r.sheet.ems*theme.Size(theme.Text)))
	h := min(layout.Height(r.sheet.content, w), size.Height-2*theme.Size(theme.S3))
	put(panel, (size.Width-w)/2, (size.Height-h)/2, w, h)
}

func (r *sheetRenderer) MinSize() fyne.Size { return r.sheet.panel.MinSize() }

func (r *sheetRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.shade, r.sheet.panel}
}

func (r *sheetRenderer) Refresh() {
	r.shade.FillColor = theme.Color(theme.Shade)
	r.sheet.panel.Refresh()
	r.Layout(r.sheet.Size())
	canvas.Refresh(r.sheet)
}

// Question is what a ConfirmSheet asks.
type Question struct {
	Title string
	Text  string // what will happen
	Keeps string // what it does not destroy; "" for nothing to say
	Deed  string // on the button: 停用设备, never 确定
	Final bool   // cannot be undone
}

// ConfirmSheet asks once before something is done.
type ConfirmSheet struct {
	*Sheet
	deed, cancel *BigButton

	onDeed func()
}

// NewConfirmSheet returns a closed question. onDeed is called after the sheet closed.
func NewConfirmSheet(p *i18n.Printer, q Question, onDeed func()) *ConfirmSheet {
	c := &ConfirmSheet{onDeed: onDeed}
	kind := Primary
	if q.Final {
		kind = Danger
	}
	c.deed = NewButton(q.Deed, kind, nil, c.doDeed)
	c.cancel = NewButton(p.T("action.cancel"), Secondary, nil, c.doCancel)
	words := []fyne.CanvasObject{NewTitle(q.Title), NewText(q.Text)}
	if q.Keeps != "" {
		words = append(words, NewText(q.Keeps).In(theme.Text, theme.Grey))
	}
	words = append(words, NewStrut("", theme.S2), layout.Spread(theme.S3, c.cancel, c.deed))
	c.Sheet = NewSheet(layout.Stack(theme.S3, words...))
	return c
}

func (c *ConfirmSheet) doDeed() {
	c.Close()
	if c.onDeed != nil {
		c.onDeed()
	}
}

func (c *ConfirmSheet) doCancel() { c.Close() }

// CountdownSheet asks whether somebody is still there. It has no clock: the caller tells what is left.
type CountdownSheet struct {
	*Sheet
	figure     *Text
	keep, wipe *BigButton

	printer         *i18n.Printer
	onKeep, onClear func()
}

// NewCountdownSheet returns a closed countdown. onKeep is called for 继续, onClear for 清除; each closes the sheet first.
func NewCountdownSheet(p *i18n.Printer, onKeep, onClear func()) *CountdownSheet {
	c := &CountdownSheet{printer: p, onKeep: onKeep, onClear: onClear}
	c.figure = NewText("").In(theme.Figure, theme.Amber).Align(fyne.TextAlignCenter)
	c.keep = NewHuge(p.T("action.continue"), c.doKeep)
	c.wipe = NewButton(p.T("uikit.idle.clear"), Plain, nil, c.doClear)
	c.Sheet = NewSheet(layout.Stack(theme.S4,
		NewTitle(p.T("uikit.idle.title")).Align(fyne.TextAlignCenter),
		c.figure,
		NewText(p.T("uikit.idle.text")).Align(fyne.TextAlignCenter),
		c.keep, c.wipe))
	return c
}

// Left shows how many seconds are left.
func (c *CountdownSheet) Left(seconds int) {
	c.figure.SetText(c.printer.T("uikit.idle.left", "n", strconv.Itoa(seconds)))
}

func (c *CountdownSheet) doKeep()  { c.end(c.onKeep) }
func (c *CountdownSheet) doClear() { c.end(c.onClear) }

func (c *CountdownSheet) end(f func()) {
	c.Close()
	if f != nil {
		f()
	}
}
