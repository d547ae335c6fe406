// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/uikit/theme"
)

// Text is text without space around it, in a named size and colour. It wraps between Chinese characters and between
// words; a line does not begin with a closing mark. A character that the face has not is written as its number (Drawable).
type Text struct {
	fynewidget.BaseWidget
	text  string
	size  fyne.ThemeSizeName
	color fyne.ThemeColorName
	align fyne.TextAlign
	line  bool // one line, never wrapped
	laid  laid
}

// laid is how a text was measured and broken last: one picture of a page asks for it a dozen times, and what takes long in a
// change of screen is to measure text.
type laid struct {
	text   string
	points float32
	align  fyne.TextAlign
	line   bool

	height float32 // of a line
	least  float32 // width
	broken []broken
}

// broken is a text in the lines of a width.
type broken struct {
	width float32
	lines []string
}

// mostBroken is for how many widths a text is kept: the least one, and those that a layout tries.
const mostBroken = 4

// NewText returns text in text size and ink that wraps.
func NewText(text string) *Text {
	t := &Text{text: text, size: theme.Text, color: theme.Ink}
	t.ExtendBaseWidget(t)
	return t
}

// NewTitle returns a text in title size.
func NewTitle(text string) *Text { return NewText(text).In(theme.Title, theme.Ink) }

// NewNote returns a second line: small and grey.
func NewNote(text string) *Text { return NewText(text).In(theme.Small, theme.Grey) }

// In gives the text a size and a colour of package theme, and returns it.
func (t *Text) In(size fyne.ThemeSizeName, color fyne.ThemeColorName) *Text {
	t.size, t.color = size, color
	return t
}

// Align sets where the lines stand, and returns the text.
func (t *Text) Align(align fyne.TextAlign) *Text {
	t.align = align
	return t
}

// Line keeps the text on one line, whatever the width, and returns it. Its least width is all of it.
func (t *Text) Line() *Text {
	t.line = true
	return t
}

// Text returns what is written.
func (t *Text) Text() string { return t.text }

// SetText writes something else.
func (t *Text) SetText(text string) {
	if text == t.text {
		return
	}
	t.text = text
	t.Refresh()
}

// SetColor changes the colour.
func (t *Text) SetColor(color fyne.ThemeColorName) {
	t.color = color
	t.Refresh()
}

// Whole says whether everything written fits in the present size; tests ask it.
func (t *Text) Whole() bool {
	least, size := t.MinSize(), t.Size()
	return t.text == "" || size.Width+0.5 >= least.Width && size.Height+0.5 >= t.HeightFor(size.Width)
}

// leastEms is how narrow text that wraps may become, in characters.
const leastEms = 4

// HeightFor returns the height of all lines at a width.
func (t *Text) HeightFor(width float32) float32 {
	return float32(len(t.lines(width))) * t.lineHeight()
}

// MinSize is called by Fyne: text that wraps goes by its present width.
func (t *Text) MinSize() fyne.Size {
	t.ExtendBaseWidget(t)
	return fyne.NewSize(t.LeastWidth(), t.HeightFor(t.Size().Width))
}

// LeastWidth returns the width of the text if it is a Line, else of its longest word or a few characters.
func (t *Text) LeastWidth() float32 {
	m := t.measured()
	if m.least == 0 {
		m.least = widestOf(t.lines(0), m.points)
		if !t.line {
			m.least = min(m.least, max(leastEms*m.points, longestWord(Drawable(t.text), m.points)))
		}
	}
	return m.least
}

// measured returns what is known of the text as it is now.
func (t *Text) measured() *laid {
	if m := &t.laid; m.height == 0 || m.text != t.text || m.points != t.points() || m.align != t.align || m.line != t.line {
		*m = laid{text: t.text, points: t.points(), align: t.align, line: t.line}
		m.height = fyne.MeasureText("国", m.points, fyne.TextStyle{}).Height
	}
	return &t.laid
}

func (t *Text) points() float32 { return theme.Size(t.size) }

func (t *Text) lineHeight() float32 { return t.measured().height }

// lines breaks the text for a width; only at its own line ends for 0. Centred lines come out about equally long: one
// character alone below the others looks like a mistake.
func (t *Text) lines(width float32) []string {
	if t.line {
		width = 0
	}
	m := t.measured()
	for _, b := range m.broken {
		if b.width == width {
			return b.lines
		}
	}
	if len(m.broken) == mostBroken {
		m.broken = append(m.broken[:0], m.broken[1:]...)
	}
	m.broken = append(m.broken, broken{width, t.brokenAt(width)})
	return m.broken[len(m.broken)-1].lines
}

func (t *Text) brokenAt(width float32) []string {
	text := Drawable(t.text)
	lines := breakLines(text, t.points(), width)
	if t.align != fyne.TextAlignCenter || len(lines) < 2 || width == 0 {
		return lines
	}
	for low := width / 2; width-low > t.points()/2; {
		half := (low + width) / 2
		if even := breakLines(text, t.points(), half); len(even) > len(lines) {
			low = half
		} else {
			lines, width = even, half
		}
	}
	return lines
}

// Resize is called by the layout.
func (t *Text) Resize(size fyne.Size) {
	if size == t.Size() {
		return
	}
	t.BaseWidget.Resize(size)
	if !t.line {
		t.Refresh() // tells the canvas that the least height may have changed
	}
}

// CreateRenderer is called by Fyne.
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	t.ExtendBaseWidget(t)
	r := &textRenderer{text: t}
	r.write()
	return r
}

type textRenderer struct {
	text  *Text
	lines []fyne.CanvasObject
}

// write makes one canvas text per line and puts them below one another.
func (r *textRenderer) write() {
	t := r.text
	lines := t.lines(t.Size().Width)
	for len(r.lines) < len(lines) {
		r.lines = append(r.lines, &canvas.Text{})
	}
	r.lines = r.lines[:len(lines)]
	for i, line := range lines {
		c := r.lines[i].(*canvas.Text)
		c.Text, c.TextSize, c.Color, c.Alignment = line, t.points(), theme.Color(t.color), t.align
		c.Move(fyne.NewPos(0, float32(i)*t.lineHeight()))
		c.Resize(fyne.NewSize(t.Size().Width, t.lineHeight()))
	}
}

func (r *textRenderer) Destroy()                     {}
func (r *textRenderer) Layout(fyne.Size)             { r.write() }
func (r *textRenderer) MinSize() fyne.Size           { return r.text.MinSize() }
func (r *textRenderer) Objects() []fyne.CanvasObject { return r.lines }
func (r *textRenderer) Refresh() {
	r.write()
	canvas.Refresh(r.text)
}
