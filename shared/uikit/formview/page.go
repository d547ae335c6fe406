// SPDX-License-Identifier: Apache-2.0

package formview

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"yuexin/shared/credit/forms"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// page is what is shown at once.
type page struct {
	key   string // stays the same while other pages come and go
	parts []part
}

// part is a section, or what of it is on the page.
type part struct {
	title  string
	fields []group
}

// group is one field of the form, with the paths of its rows if it has rows.
type group struct {
	field *forms.Field
	path  string
	rows  [][]string // paths by row, of the rows that are drawn
	first int        // number of the first of them
}

// questions returns all paths on the page, in order.
func (p page) questions() []string {
	var out []string
	for _, part := range p.parts {
		for _, g := range part.fields {
			out = append(out, g.path)
			for _, row := range g.rows {
				out = append(out, row...)
			}
		}
	}
	return out
}

// listPages returns what there is to show now.
func (v *View) listPages() []page {
	var pages []page
	whole := page{key: "all"}
	for _, section := range v.session.Form().Sections {
		if !v.session.SectionVisible(section) {
			continue
		}
		p := part{title: section.Title.In(v.printer), fields: v.groups(section)}
		switch v.options.Mode {
		case Sections:
			pages = append(pages, page{key: section.Name, parts: []part{p}})
		case Questions:
			for _, g := range p.fields {
				pages = append(pages, page{key: g.path, parts: []part{{title: p.title, fields: []group{g}}}})
			}
		default:
			whole.parts = append(whole.parts, p)
		}
	}
	if v.options.Mode == Full {
		return []page{whole}
	}
	return pages
}

// groups returns the visible fields of a section.
func (v *View) groups(section *forms.Section) []group {
	var out []group
	for _, f := range section.Fields {
		if !v.session.Visible(f.Name) {
			continue
		}
		g := group{field: f, path: f.Name}
		g.first = v.firstRow(f.Name)
		for i := g.first; i < min(g.first+rowsShown, v.session.Rows(f.Name)); i++ {
			var row []string
			for _, inner := range f.Fields {
				if path := f.Name + "." + strconv.Itoa(i) + "." + inner.Name; v.session.Visible(path) {
					row = append(row, path)
				}
			}
			g.rows = append(g.rows, row)
		}
		out = append(out, g)
	}
	return out
}

// rowsShown is how many rows are drawn at once. With more there are buttons that lead to the others: a page of a thousand
// rows would take seconds to draw, and a minute to scroll through.
const rowsShown = 20

// firstRow returns the first row that is drawn.
func (v *View) firstRow(name string) int {
	last := max(v.session.Rows(name)-1, 0)
	return min(v.first[name], last-last%rowsShown)
}

// turnTo draws the rows among which a path is.
func (v *View) turnTo(path string) {
	name, rest, _ := strings.Cut(path, ".")
	number, _, _ := strings.Cut(rest, ".")
	if i, err := strconv.Atoi(number); err == nil {
		v.first[name] = i - i%rowsShown
		v.arrange()
	}
}

// index returns where the current page is, 0 if it is no longer there.
func (v *View) index(pages []page) int {
	for i, p := range pages {
		if p.key == v.page {
			return i
		}
	}
	return 0
}

func (v *View) current() page {
	pages := v.listPages()
	if len(pages) == 0 {
		return page{}
	}
	return pages[v.index(pages)]
}

// drawPage returns the objects of a page: a card per section, or one question standing alone.
func (v *View) drawPage(p page) []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for _, part := range p.parts {
		body := v.drawPart(part)
		if v.options.Mode == Questions {
			out = append(out, widget.NewText(part.title).In(theme.Text, theme.Grey), body)
			continue
		}
		out = append(out, widget.NewCard(part.title, body))
	}
	return out
}

// drawPart puts short questions beside one another and gives long ones the whole width.
func (v *View) drawPart(p part) *fyne.Container {
	body := layout.Stack(theme.S4)
	var short []fyne.CanvasObject
	flush := func() {
		if len(short) > 0 {
			body.Objects = append(body.Objects, v.beside(short))
			short = nil
		}
	}
	for _, g := range p.fields {
		frame := v.question(g.path, g.field).frame
		if v.short(g.field) {
			short = append(short, frame)
			continue
		}
		flush()
		body.Objects = append(body.Objects, frame)
		if g.field.Type == forms.Rows {
			body.Objects = append(body.Objects, v.drawRows(g)...)
		}
	}
	flush()
	return body
}

// shortColumn is the least width of a short question beside another, in units of a desk.
const shortColumn = 260

func (v *View) beside(short []fyne.CanvasObject) fyne.CanvasObject {
	if theme.Current().Place == theme.Kiosk {
		return layout.Stack(theme.S4, short...)
	}
	return layout.Grid(2, shortColumn, theme.S4, short...)
}

// short says whether a question needs one line only.
func (v *View) short(f *forms.Field) bool {
	switch f.Type {
	case forms.Choice, forms.Choices, forms.YesNo, forms.Rows, forms.Note, forms.Photo, forms.Sign:
		return f.Computed()
	case forms.Text:
		return f.Format != forms.Multiline
	}
	return true
}

// drawRows returns a panel per row, and the button that adds one.
func (v *View) drawRows(g group) []fyne.CanvasObject {
	var out []fyne.CanvasObject
	v.removes[g.path] = nil
	for at, row := range g.rows {
		i := g.first + at
		title := widget.NewText(v.printer.T("uikit.form.row", "n", strconv.Itoa(i+1))).In(theme.Lead, theme.Ink)
		remove := widget.NewButton(v.printer.T("uikit.form.remove"), widget.Plain, nil, func() { v.onRemove(g.path, i) })
		v.removes[g.path] = append(v.removes[g.path], remove)
		objects := []fyne.CanvasObject{layout.Row(theme.S2, layout.Grow(title), remove)}
		inner := part{}
		for _, path := range row {
			inner.fields = append(inner.fields, group{field: v.rowField(path), path: path})
		}
		objects = append(objects, v.drawPart(inner))
		panel := widget.NewPanel(theme.Canvas, theme.Line, theme.Round, layout.Inset(theme.S4, layout.Stack(theme.S3, objects...)))
		out = append(out, panel)
	}
	add := widget.NewButton(v.printer.T("uikit.form.add"), widget.Secondary, nil, func() { v.onAdd(g.path) })
	v.adds[g.path] = add
	if n := v.session.Rows(g.path); n > rowsShown {
		out = append(out, v.drawTurn(g, n))
	}
	return append(out, add)
}

// drawTurn says which rows are drawn and leads to those before and after.
func (v *View) drawTurn(g group, n int) fyne.CanvasObject {
	words := v.printer.T("uikit.form.rows", "from", strconv.Itoa(g.first+1), "to", strconv.Itoa(g.first+len(g.rows)), "of", strconv.Itoa(n))
	text := widget.NewText(words).In(theme.Text, theme.Grey)
	bar := []fyne.CanvasObject{layout.Grow(text)}
	for _, by := range []int{-rowsShown, rowsShown} {
		if to := g.first + by; to >= 0 && to < n {
			key := "uikit.form.later"
			if by < 0 {
				key = "uikit.form.earlier"
			}
			bar = append(bar, widget.NewButton(v.printer.T(key), widget.Plain, nil, func() {
				v.first[g.path] = to
				v.changed(g.path)
			}))
		}
	}
	return layout.Row(theme.S2, bar...)
}

// rowField returns the definition of "members.0.relation".
func (v *View) rowField(path string) *forms.Field {
	parts := strings.Split(path, ".")
	f, _ := v.session.Form().Field(parts[0] + "." + parts[2])
	return f
}

func (v *View) onAdd(name string) {
	q := v.questions[name]
	i, err := v.session.AddRow(name)
	q.refused = err
	if err == nil {
		v.first[name] = i - i%rowsShown
	}
	v.changed(name)
	if err == nil {
		v.focusRow(name, i)
	}
}

func (v *View) focusRow(name string, i int) {
	prefix := name + "." + strconv.Itoa(i) + "."
	for _, path := range v.current().questions() {
		if strings.HasPrefix(path, prefix) {
			v.focus(path)
			return
		}
	}
}

func (v *View) onRemove(name string, i int) {
	if err := v.session.RemoveRow(name, i); err != nil {
		return // it went already
	}
	for path := range v.questions {
		if strings.HasPrefix(path, name+".") {
			delete(v.questions, path) // those behind it moved up
		}
	}
	v.active, v.drawn = nil, ""
	v.questions[name].refused = nil
	v.changed(name)
}
