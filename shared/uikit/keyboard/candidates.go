// SPDX-License-Identifier: Apache-2.0

package keyboard

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/uikit/theme"
)

// barRows is how many rows of candidates there are.
const barRows = 2

// maxColumns is how many candidates of one to three characters stand in a row, at most; the last column turns pages.
const maxColumns = 9

// candidateBar shows what is being composed and what it may mean, in two rows, and turns pages.
type candidateBar struct {
	fynewidget.BaseWidget
	host   *Host
	choose func(i int)

	barState

	starts  []int // the first candidate of each page up to this one
	shown   int   // how many candidates this page has
	keys    []*Key
	up      *Key
	down    *Key
	chosen  *canvas.Text
	spelled *canvas.Text
	count   *canvas.Text
	hint    *canvas.Text
}

// barState is what a bar shows.
type barState struct {
	all             []string // candidates, the likeliest first
	composing       bool     // else these are starters
	before, letters string   // what was chosen so far, and what nothing was chosen for yet
	advice          string   // shown while nothing is composed
}

func newCandidateBar(h *Host, choose func(i int)) *candidateBar {
	b := &candidateBar{
		host: h, choose: choose, starts: []int{0},
		chosen: canvas.NewText("", nil), spelled: canvas.NewText("", nil), count: canvas.NewText("", nil), hint: canvas.NewText("", nil),
	}
	for i := range barRows * (maxColumns - 1) {
		key := h.newKey("", theme.Lead, plain, func() { b.choose(b.starts[len(b.starts)-1] + i) })
		key.candidate = true
		b.keys = append(b.keys, key)
	}
	b.up = h.newKey("▲", theme.Text, side, b.onUp)
	b.down = h.newKey("▼", theme.Text, side, b.onDown)
	b.ExtendBaseWidget(b)
	return b
}

// show shows a state from its first page.
func (b *candidateBar) show(s barState) {
	b.barState, b.starts = s, []int{0}
	b.chosen.Text, b.spelled.Text, b.hint.Text = s.before, s.letters, ""
	if !s.composing {
		b.hint.Text = s.advice
	}
	b.Refresh()
}

func (b *candidateBar) onUp() {
	if len(b.starts) > 1 {
		b.starts = b.starts[:len(b.starts)-1]
		b.Refresh()
	}
}

func (b *candidateBar) onDown() {
	if next := b.starts[len(b.starts)-1] + b.shown; next < len(b.all) {
		b.starts = append(b.starts, next)
		b.Refresh()
	}
}

// lineHeight is the height of the line that shows what is being composed.
func (b *candidateBar) lineHeight() float32 { return letterHeight() + theme.Size(theme.S1) }

// letterHeight is the height of letters with what hangs below them, as in ying.
func letterHeight() float32 {
	return fyne.MeasureText("g", theme.Size(theme.Text), fyne.TextStyle{}).Height
}

// MinSize is called by Fyne.
func (b *candidateBar) MinSize() fyne.Size {
	return fyne.NewSize(3*leastKey, b.lineHeight()+barRows*(rowHeight()+gap()))
}

// columns returns how many columns there are: each takes three characters.
func columns(width float32) int {
	least := max(leastKey, 3*theme.Size(theme.Lead)+theme.Size(theme.S3))
	return min(maxColumns, max(2, int((width+gap())/(least+gap()))))
}

// place puts the candidates of this page into rows, wide ones over several columns, and hides the keys it does not need.
func (b *candidateBar) place(width float32) {
	n := columns(width)
	column := (width + gap()) / float32(n)
	first := b.starts[len(b.starts)-1]
	last := n - 1 // column that turns pages
	if !b.composing {
		last = n
	}
	row, x := 0, 0
	b.shown = 0
	for i, key := range b.keys {
		key.Hide()
		if first+i >= len(b.all) || row >= barRows {
			continue
		}
		text := b.all[first+i]
		need := fyne.MeasureText(text, theme.Size(theme.Lead), fyne.TextStyle{}).Width + theme.Size(theme.S2)
		span := min(last, int((need+gap()+column-1)/column))
		if x+span > last {
			row, x = row+1, 0
		}
		if row >= barRows {
			continue
		}
		key.tone = plain
		if first+i == 0 && b.composing {
			key.tone = likely
		}
		key.set(text, true)
		key.Move(fyne.NewPos(float32(x)*column, b.lineHeight()+float32(row)*(rowHeight()+gap())))
		key.Resize(fyne.NewSize(float32(span)*column-gap(), rowHeight()))
		key.Show()
		x += span
		b.shown++
	}
	b.placePaging(width, column)
}

func (b *candidateBar) placePaging(width, column float32) {
	for i, key := range []*Key{b.up, b.down} {
		key.Move(fyne.NewPos(width-column+gap(), b.lineHeight()+float32(i)*(rowHeight()+gap())))
		key.Resize(fyne.NewSize(column-gap(), rowHeight()))
		if len(b.all) == 0 || !b.composing {
			key.Hide()
		} else {
			key.Show()
		}
	}
	next := b.starts[len(b.starts)-1] + b.shown
	b.up.set("▲", len(b.starts) > 1)
	b.down.set("▼", next < len(b.all))
	b.count.Text = ""
	if len(b.all) > 0 && b.composing {
		b.count.Text = b.host.printer.T("keyboard.page", "n", strconv.Itoa(len(b.starts)))
	}
}

// CreateRenderer is called by Fyne.
func (b *candidateBar) CreateRenderer() fyne.WidgetRenderer {
	r := &barRenderer{bar: b}
	for _, k := range b.keys {
		r.objects = append(r.objects, k)
	}
	r.objects = append(r.objects, b.up, b.down, b.chosen, b.spelled, b.count, b.hint)
	r.paint()
	return r
}

type barRenderer struct {
	bar     *candidateBar
	objects []fyne.CanvasObject
}

func (r *barRenderer) paint() {
	b := r.bar
	for text, color := range map[*canvas.Text]fyne.ThemeColorName{
		b.chosen: theme.Ink, b.spelled: theme.Jade, b.count: theme.Grey, b.hint: theme.Grey,
	} {
		text.Color, text.TextSize = theme.Color(color), theme.Size(theme.Text)
	}
	b.count.TextSize = theme.Size(theme.Small)
}

// Layout is called by Fyne.
func (r *barRenderer) Layout(size fyne.Size) {
	b := r.bar
	b.place(size.Width)
	line := func(t *canvas.Text, x float32) float32 {
		least := t.MinSize()
		t.Move(fyne.NewPos(x, (letterHeight()-least.Height)/2))
		t.Resize(least)
		return x + least.Width
	}
	line(b.hint, theme.Size(theme.S1))
	x := line(b.chosen, theme.Size(theme.S1))
	line(b.spelled, x+theme.Size(theme.S1))
	line(b.count, size.Width-b.count.MinSize().Width-theme.Size(theme.S1))
}

func (r *barRenderer) Refresh() {
	r.paint()
	r.Layout(r.bar.Size())
	for _, o := range r.objects {
		o.Refresh()
	}
}

func (r *barRenderer) MinSize() fyne.Size           { return r.bar.MinSize() }
func (r *barRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *barRenderer) Destroy()                     {}
