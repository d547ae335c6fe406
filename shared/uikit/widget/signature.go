// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"image"
	"image/color"
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
)

// Signature is a place to sign with a finger, a pen or a mouse, with buttons that take back the last line or all of them.
type Signature struct {
	piece
	pad         *pad
	back, clear *BigButton
	onChange    func()
}

// NewSignature returns an empty one. onChange is called after a line came or went; it may be nil.
func NewSignature(p *i18n.Printer, onChange func()) *Signature {
	s := &Signature{onChange: onChange}
	s.pad = newPad(p.T("uikit.signature.here"), s.changed)
	s.back = NewButton(p.T("uikit.signature.undo"), Secondary, fynetheme.ContentUndoIcon(), s.Undo)
	s.clear = NewButton(p.T("uikit.signature.clear"), Secondary, fynetheme.ContentClearIcon(), s.Clear)
	s.inside = layout.Stack(theme.S2, s.pad, layout.Row(theme.S2, layout.Gap(), s.back, s.clear))
	s.ExtendBaseWidget(s)
	s.offer()
	return s
}

// Signed returns what was signed. fault.Invalid "uikit.signature.empty" if nothing was; whatever is drawn is taken, for
// some people sign with a cross.
func (s *Signature) Signed() (Ink, error) {
	if len(s.pad.strokes) == 0 {
		return Ink{}, fault.New(fault.Invalid, "uikit.signature.empty")
	}
	ink := Ink{Width: tenths(s.pad.Size().Width), Height: tenths(s.pad.Size().Height)}
	for _, stroke := range s.pad.strokes {
		ink.Strokes = append(ink.Strokes, slices.Clone(stroke))
	}
	return ink, nil
}

// Begin goes on with what was drawn before on a pad of this size; onChange is not called.
func (s *Signature) Begin(ink Ink) {
	s.pad.strokes = nil
	for _, stroke := range ink.Strokes {
		s.pad.strokes = append(s.pad.strokes, slices.Clone(stroke))
	}
	s.pad.redraw()
	s.offer()
}

// Undo takes back the last line; nothing happens without one.
func (s *Signature) Undo() {
	if n := len(s.pad.strokes); n > 0 {
		s.pad.strokes = s.pad.strokes[:n-1]
		s.pad.redraw()
		s.changed()
	}
}

// Clear takes back everything.
func (s *Signature) Clear() {
	if len(s.pad.strokes) > 0 {
		s.pad.strokes = nil
		s.pad.redraw()
		s.changed()
	}
}

func (s *Signature) changed() {
	s.offer()
	if s.onChange != nil {
		s.onChange()
	}
}

// offer lets the buttons be pressed where there is something to take back.
func (s *Signature) offer() {
	for _, b := range []*BigButton{s.back, s.clear} {
		if len(s.pad.strokes) == 0 {
			b.Disable()
		} else {
			b.Enable()
		}
	}
}

// mostPoints bounds what is kept of a signature; a long name has some hundred. Beyond it every other point of all lines
// goes, which nobody sees, so that a scribble is no more refused than anything else.
const mostPoints = 4000

// pad is the ground that is signed on.
type pad struct {
	fynewidget.BaseWidget
	strokes  [][]Point
	points   int
	onChange func()

	hint  *Text
	ink   *image.NRGBA // what is on the pad, in pixels; nil to paint all of it anew
	black color.Color  // in which ink is painted
	done  [2]int       // strokes, and points of the last one, that ink shows
	down  bool         // a line is being drawn
}

var (
	_ fyne.Draggable     = (*pad)(nil)
	_ desktop.Mouseable  = (*pad)(nil)
	_ desktop.Cursorable = (*pad)(nil)
)

func newPad(hint string, onChange func()) *pad {
	p := &pad{onChange: onChange, hint: NewText(hint).In(theme.Lead, theme.Grey).Align(fyne.TextAlignCenter)}
	p.ExtendBaseWidget(p)
	return p
}

// MinSize is called by Fyne: room for a name of three characters, as wide as it is written with a finger.
func (p *pad) MinSize() fyne.Size {
	control := theme.Size(theme.Control)
	return fyne.NewSize(9*control, 4.5*control)
}

// Cursor is called by Fyne.
func (p *pad) Cursor() desktop.Cursor { return desktop.CrosshairCursor }

// MouseDown begins a line where a button or pen goes down.
func (p *pad) MouseDown(e *desktop.MouseEvent) { p.begin(e.Position) }

// MouseUp ends it.
func (p *pad) MouseUp(*desktop.MouseEvent) { p.down = false }

// Dragged goes on with the line. Where no button is told of, as of a finger, it begins it.
func (p *pad) Dragged(e *fyne.DragEvent) {
	if !p.down {
		p.begin(e.Position.SubtractXY(e.Dragged.DX, e.Dragged.DY))
	}
	p.add(e.Position)
}

// DragEnd ends the line.
func (p *pad) DragEnd() { p.down = false }

func (p *pad) begin(at fyne.Position) {
	p.down = true
	p.strokes = append(p.strokes, []Point{p.point(at)})
	p.points++
	p.grown()
}

func (p *pad) add(at fyne.Position) {
	last := &p.strokes[len(p.strokes)-1]
	now := p.point(at)
	if (*last)[len(*last)-1] == now {
		return
	}
	*last = append(*last, now)
	if p.points++; p.points > mostPoints {
		p.thin()
	}
	p.grown()
}

func (p *pad) grown() {
	p.Refresh()
	p.onChange()
}

// point is a place on the pad; what is drawn beside it goes along its edge.
func (p *pad) point(at fyne.Position) Point {
	size := p.Size()
	return Point{tenths(max(0, min(size.Width, at.X))), tenths(max(0, min(size.Height, at.Y)))}
}

func tenths(units float32) int { return int(math.Round(float64(units) * 10)) }

// thin leaves the ends of each line and every other point between them.
func (p *pad) thin() {
	p.points = 0
	for i, stroke := range p.strokes {
		kept := stroke[:0:0]
		for j, at := range stroke {
			if j%2 == 0 || j == len(stroke)-1 {
				kept = append(kept, at)
			}
		}
		p.strokes[i] = kept
		p.points += len(kept)
	}
	p.ink = nil
}

// redraw paints anew after lines went.
func (p *pad) redraw() {
	p.points = 0
	for _, stroke := range p.strokes {
		p.points += len(stroke)
	}
	p.ink = nil
	p.Refresh()
}

// draw paints into w × h pixels; of a line that grows only what is new.
func (p *pad) draw(w, h int) image.Image {
	black := theme.Color(theme.Ink)
	if p.ink == nil || p.ink.Rect.Dx() != w || p.ink.Rect.Dy() != h || p.black != black {
		p.ink, p.black, p.done = image.NewNRGBA(image.Rect(0, 0, w, h)), black, [2]int{}
	}
	scale := float64(w) / math.Max(1, float64(p.Size().Width)) / 10
	place := func(at Point) (float64, float64) { return float64(at.X) * scale, float64(at.Y) * scale }
	r, g, b, _ := black.RGBA()
	dot := func(x, y int, cover uint8) {
		if at := (image.Point{X: x, Y: y}); at.In(p.ink.Rect) && p.ink.NRGBAAt(x, y).A < cover {
			p.ink.SetNRGBA(x, y, color.NRGBA{R: uint8(r >> 8), G: uint8(g >> 8), B: uint8(b >> 8), A: cover})
		}
	}
	for i, stroke := range p.strokes {
		switch {
		case i < p.done[0]-1 || i == p.done[0]-1 && len(stroke) == p.done[1]:
			continue
		case i == p.done[0]-1:
			stroke = stroke[p.done[1]-1:]
		}
		trace(stroke, place, padPen*10*scale, dot)
	}
	if n := len(p.strokes); n > 0 {
		p.done = [2]int{n, len(p.strokes[n-1])}
	}
	return p.ink
}

// padPen is half the width of a line on the pad, in units.
const padPen = 1.4

// CreateRenderer is called by Fyne.
func (p *pad) CreateRenderer() fyne.WidgetRenderer {
	r := &padRenderer{pad: p, ground: canvas.NewRectangle(theme.Color(theme.Paper)), line: canvas.NewLine(theme.Color(theme.Line)), ink: canvas.NewRaster(p.draw)}
	r.paint()
	return r
}

type padRenderer struct {
	pad    *pad
	ground *canvas.Rectangle
	line   *canvas.Line // to write on
	ink    *canvas.Raster
}

func (r *padRenderer) paint() {
	r.ground.FillColor, r.ground.StrokeColor = theme.Color(theme.Paper), theme.Color(theme.Edge)
	r.ground.StrokeWidth, r.ground.CornerRadius = theme.Size(theme.Stroke), theme.Size(theme.Corner)
	r.line.StrokeColor, r.line.StrokeWidth = theme.Color(theme.Line), theme.Size(theme.Stroke)
	r.pad.hint.Hidden = len(r.pad.strokes) > 0
}

func (r *padRenderer) Destroy() {}

func (r *padRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	r.ink.Resize(size)
	margin := theme.Size(theme.S5)
	r.line.Position1 = fyne.NewPos(margin, size.Height*0.78)
	r.line.Position2 = fyne.NewPos(size.Width-margin, size.Height*0.78)
	high := r.pad.hint.HeightFor(size.Width)
	r.pad.hint.Move(fyne.NewPos(0, (size.Height-high)/2))
	r.pad.hint.Resize(fyne.NewSize(size.Width, high))
}

func (r *padRenderer) MinSize() fyne.Size { return r.pad.MinSize() }

func (r *padRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.line, r.pad.hint, r.ink}
}

func (r *padRenderer) Refresh() {
	r.paint()
	r.ground.Refresh()
	r.line.Refresh()
	r.pad.hint.Refresh()
	r.ink.Refresh()
}
