// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/agent/flow"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// menuItem is a line of the menu on its deep ground: a name, a second line, and a count.
type menuItem struct {
	fynewidget.BaseWidget
	name, note, count *widget.Text
	chosen            bool
	onTapped          func()

	hovered, focused bool
}

func newMenuItem(name, note, count string, chosen bool, onTapped func()) *menuItem {
	m := &menuItem{
		name:   widget.NewText(name).In(theme.Text, theme.OnDeep),
		note:   widget.NewText(note).In(theme.Small, theme.OnDeep),
		count:  widget.NewText(count).In(theme.Small, theme.OnDeep).Line(),
		chosen: chosen, onTapped: onTapped,
	}
	m.ExtendBaseWidget(m)
	return m
}

// Tapped is called by Fyne.
func (m *menuItem) Tapped(*fyne.PointEvent) { m.onTapped() }

// MouseIn is called by Fyne.
func (m *menuItem) MouseIn(*desktop.MouseEvent) { m.hovered = true; m.Refresh() }

// MouseMoved is called by Fyne.
func (m *menuItem) MouseMoved(*desktop.MouseEvent) {}

// MouseOut is called by Fyne.
func (m *menuItem) MouseOut() { m.hovered = false; m.Refresh() }

// FocusGained is called by Fyne.
func (m *menuItem) FocusGained() { m.focused = true; m.Refresh() }

// FocusLost is called by Fyne.
func (m *menuItem) FocusLost() { m.focused = false; m.Refresh() }

// TypedRune is called by Fyne; a space presses the item.
func (m *menuItem) TypedRune(r rune) {
	if r == ' ' {
		m.onTapped()
	}
}

// TypedKey is called by Fyne; Enter presses the item, other keys go to the window.
func (m *menuItem) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		m.onTapped()
	case fyne.KeySpace: // comes as a rune
	default:
		widget.Pass(m, e)
	}
}

// CreateRenderer is called by Fyne.
func (m *menuItem) CreateRenderer() fyne.WidgetRenderer {
	words := []fyne.CanvasObject{m.name}
	if m.note.Text() != "" {
		words = append(words, m.note)
	}
	row := layout.Row(theme.S2, layout.Grow(layout.Stack("", words...)), m.count)
	r := &menuRenderer{item: m, ground: canvas.NewRectangle(theme.Color(theme.Clear)), bar: canvas.NewRectangle(theme.Color(theme.OnDeep)),
		inside: layout.Insets(theme.S4, theme.S2, row)}
	r.paint()
	return r
}

type menuRenderer struct {
	item        *menuItem
	ground, bar *canvas.Rectangle
	inside      *fyne.Container
}

func (r *menuRenderer) paint() {
	r.ground.FillColor = theme.Color(theme.Clear)
	if r.item.chosen || r.item.hovered {
		r.ground.FillColor = theme.Color(theme.JadeMid)
	}
	r.ground.StrokeWidth = 0
	if r.item.focused {
		r.ground.StrokeColor, r.ground.StrokeWidth = theme.Color(theme.OnDeep), theme.Size(theme.Stroke)
	}
	r.bar.Hidden = !r.item.chosen
}

func (r *menuRenderer) Destroy() {}
func (r *menuRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	r.bar.Resize(fyne.NewSize(theme.Size(theme.S1), size.Height))
	r.inside.Resize(size)
}
func (r *menuRenderer) MinSize() fyne.Size {
	least := r.inside.MinSize()
	return fyne.NewSize(least.Width, max(least.Height, theme.Size(theme.Control)))
}
func (r *menuRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.bar, r.inside}
}
func (r *menuRenderer) Refresh() {
	r.paint()
	r.inside.Refresh()
	canvas.Refresh(r.item)
}

// cells puts objects beside one another at fixed shares of the width, whatever they hold, and centres them on the line.
type cells struct{ shares []float32 }

func (c *cells) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(320, theme.Size(theme.Control)+theme.Size(theme.S2))
}

func (c *cells) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	edge, total := theme.Size(theme.S3), float32(0)
	for _, share := range c.shares {
		total += share
	}
	x, left := edge, size.Width-2*edge
	for i, o := range objects {
		w := left * c.shares[i] / total
		h, width := o.MinSize().Height, w-theme.Size(theme.S2)
		if _, tag := o.(*widget.Tag); tag {
			width = min(width, o.MinSize().Width)
		}
		o.Move(fyne.NewPos(x, (size.Height-h)/2))
		o.Resize(fyne.NewSize(width, h))
		x += w
	}
}

// column is one column of a table.
type column struct {
	title string
	share float32
	right bool // figures
	tag   bool // a state
}

// cell is what stands in a column.
type cell struct {
	text  string
	tone  widget.Tone // of a tag
	faint bool
	alert bool
}

// table is a list of lines in columns. Only what is seen is drawn.
type table struct {
	columns []column
	rows    func() int
	row     func(i int) []cell
	onOpen  func(i int)

	list *lines
}

// lines is a list that Enter opens as Space does, and that gives keys it has no use for to the window.
type lines struct{ fynewidget.List }

// TypedKey is called by Fyne.
func (l *lines) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyUp, fyne.KeyDown, fyne.KeySpace:
		l.List.TypedKey(e)
	case fyne.KeyReturn, fyne.KeyEnter:
		l.List.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	default:
		widget.Pass(l, e)
	}
}

// object draws the head and the list.
func (t *table) object() fyne.CanvasObject {
	t.list = &lines{}
	t.list.Length, t.list.CreateItem, t.list.UpdateItem = t.rows, t.newRow, t.fill
	t.list.ExtendBaseWidget(t.list)
	t.list.OnSelected = func(i fynewidget.ListItemID) {
		t.list.UnselectAll()
		t.onOpen(i)
	}
	head := make([]fyne.CanvasObject, len(t.columns))
	for i, c := range t.columns {
		label := fynewidget.NewLabel(c.title)
		label.Truncation, label.Importance, label.SizeName = fyne.TextTruncateEllipsis, fynewidget.LowImportance, theme.Small
		if c.right {
			label.Alignment = fyne.TextAlignTrailing
		}
		head[i] = label
	}
	top := layout.Stack("", container.New(t.layout(), head...), widget.NewRule())
	return widget.NewPanel(theme.Paper, theme.Line, theme.Round, layout.Page(top, t.list, nil))
}

func (t *table) layout() *cells {
	c := &cells{}
	for _, col := range t.columns {
		c.shares = append(c.shares, col.share)
	}
	return c
}

func (t *table) newRow() fyne.CanvasObject {
	objects := make([]fyne.CanvasObject, len(t.columns))
	for i, c := range t.columns {
		if c.tag {
			objects[i] = widget.NewTag("", widget.Quiet)
			continue
		}
		label := fynewidget.NewLabel("")
		label.Truncation = fyne.TextTruncateEllipsis
		if c.right {
			label.Alignment = fyne.TextAlignTrailing
		}
		objects[i] = label
	}
	return container.New(t.layout(), objects...)
}

func (t *table) fill(i fynewidget.ListItemID, o fyne.CanvasObject) {
	if i >= t.rows() {
		return
	}
	row := o.(*fyne.Container)
	for j, c := range t.row(i) {
		switch o := row.Objects[j].(type) {
		case *widget.Tag:
			o.Hidden = c.text == ""
			o.Set(c.text, c.tone)
		case *fynewidget.Label:
			o.Importance = fynewidget.MediumImportance
			if c.faint {
				o.Importance = fynewidget.LowImportance
			}
			if c.alert {
				o.Importance = fynewidget.DangerImportance
			}
			o.SetText(c.text)
		}
	}
	row.Layout.Layout(row.Objects, row.Size())
}

// pane scrolls cards. The space beside them is inside, because a border that touches the edge of a scroll is cut.
func pane(cards fyne.CanvasObject) *widget.TouchScroll {
	return widget.NewTouchScroll(layout.Insets(theme.S3, theme.S4, cards))
}

// split gives the left pane two thirds of a page and the right one the rest, both the whole height.
func split(left, right fyne.CanvasObject) fyne.CanvasObject {
	return layout.Insets(theme.S3, "", container.New(&splitLayout{}, left, right))
}

type splitLayout struct{}

func (splitLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	l, r := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(l.Width+r.Width, max(l.Height, r.Height))
}

func (splitLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	w := size.Width * 0.66
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(fyne.NewSize(w, size.Height))
	objects[1].Move(fyne.NewPos(w, 0))
	objects[1].Resize(fyne.NewSize(size.Width-w, size.Height))
}

// markCell is the cell of the most urgent mark.
func (a *App) markCell(marks []flow.Mark) cell {
	switch {
	case has(marks, flow.MarkDeletion):
		return cell{text: a.t(flow.MarkDeletion.Key()), tone: widget.Look}
	case has(marks, flow.MarkDisputed):
		return cell{text: a.t(flow.MarkDisputed.Key()), tone: widget.Look}
	case has(marks, flow.MarkPending):
		return cell{text: a.t(flow.MarkPending.Key()), tone: widget.Quiet}
	}
	return cell{}
}

func has(marks []flow.Mark, m flow.Mark) bool {
	for _, one := range marks {
		if one == m {
			return true
		}
	}
	return false
}

// tags returns the marks as tags.
func (a *App) tags(marks []flow.Mark) []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for _, m := range marks {
		tone := widget.Quiet
		if m == flow.MarkDisputed || m == flow.MarkDeletion {
			tone = widget.Look
		}
		out = append(out, widget.NewTag(a.t(m.Key()), tone))
	}
	return out
}

// facts draws facts as lines; a mark stands as the note of its line.
func (a *App) facts(list []flow.Fact) fyne.CanvasObject {
	out := make([]widget.Fact, len(list))
	for i, f := range list {
		out[i] = widget.Fact{Label: f.Label, Value: f.Value}
		if f.Note != "" {
			out[i].Value += "\n" + f.Note
		}
		switch f.Mark {
		case a.t(flow.MarkPending.Key()):
			out[i].Standing = widget.Pending
		case a.t(flow.MarkDisputed.Key()), a.t(flow.MarkDeletion.Key()):
			out[i].Standing = widget.Disputed
		}
	}
	return widget.NewFacts(a.Print, out...)
}

// amounts draws amounts beside one another in figure size.
func amounts(list []flow.Amount) fyne.CanvasObject {
	parts := make([]fyne.CanvasObject, len(list))
	for i, m := range list {
		value, color := m.Value, theme.Ink
		if value == "" {
			value, color = "—", theme.Grey
		}
		parts[i] = layout.Stack(theme.S1, widget.NewNote(m.Label), widget.NewText(value).In(theme.Title, color).Line())
	}
	return layout.Spread(theme.S3, parts...)
}

// said draws a sentence for each thing that was said otherwise.
func said(list []flow.Outcome) []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for _, o := range list {
		tone := widget.Quiet
		if o.Open {
			tone = widget.Look
		}
		out = append(out, widget.NewBanner(tone, o.Sentence, ""))
	}
	return out
}

// tell shows an error over the window, with what to do.
func (a *App) tell(err error) {
	if err == nil {
		return
	}
	var sheet *widget.Sheet
	shut := widget.NewButton(a.t("action.close"), widget.Primary, nil, func() { sheet.Close() })
	message, hint := a.Print.Explain(err)
	words := []fyne.CanvasObject{widget.NewTitle(message)}
	if hint != "" {
		words = append(words, widget.NewText(hint))
	}
	words = append(words, layout.Row("", layout.Gap(), shut))
	sheet = widget.NewSheet(layout.Stack(theme.S4, words...))
	sheet.Open(a.canvas)
	a.focus(shut)
}
