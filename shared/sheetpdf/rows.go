// SPDX-License-Identifier: Apache-2.0

package sheetpdf

import (
	"slices"
	"strconv"
	"strings"

	"yuexin/shared/credit/forms"
	"yuexin/shared/pdfpage"
)

var (
	headStyle = pdfpage.Style{Size: 2.9, Least: 2, Weight: 0.015, Colour: pdfpage.Ink}
	lineStyle = pdfpage.Style{Size: 3.0, Least: 2, Colour: pdfpage.Ink}
)

const orderWidth = 9.0 // of the column that counts the rows

// table lays out what repeats: its name with the codes of its choices, the names of its columns, and a line for each row.
func (d *document) table(f *forms.Field) []block {
	columns := slices.DeleteFunc(slices.Clone(f.Fields), func(c *forms.Field) bool { return c.Hidden })
	widths := d.columns(columns)
	count := 0
	if d.o.Filled {
		count = d.o.Session.Rows(f.Name)
	}
	empty := d.o.Template.EmptyRows(d.form.Name, f.Name)
	if count > 0 {
		empty = d.o.Template.SpareRows()
	}
	empty = max(0, min(empty, f.MaxRows-count))

	title := f.Label.In(d.o.Print)
	var codes []string
	if empty > 0 {
		codes = d.codes(columns)
	}
	head := d.tableHead(columns, widths)
	head.with = 1
	out := []block{d.legend(title, codes), head}
	for i := range count + empty {
		line := d.tableLine(f, columns, widths, i, i < count)
		line.again = &head
		out = append(out, line)
	}
	return out
}

// weights are how much room a column needs, beside the others.
var weights = map[forms.Type]float64{
	forms.Text: 1.9, forms.Number: 1.3, forms.Money: 1.8, forms.Area: 1.5, forms.Decimal: 1.3, forms.Date: 1.9, forms.Time: 2.2,
	forms.Choice: 1.5, forms.Choices: 2.2, forms.YesNo: 1.4, forms.GPS: 2.4, forms.Photo: 1, forms.Sign: 1.6,
}

// columns shares out the width.
func (d *document) columns(columns []*forms.Field) []float64 {
	out, sum := make([]float64, len(columns)), 0.0
	for i, c := range columns {
		out[i] = weights[c.Type]
		if combs[c.Format] == 18 {
			out[i] = 3.1
		}
		sum += out[i]
	}
	for i := range out {
		out[i] *= (d.width - orderWidth) / sum
	}
	return out
}

// codes lists what to write for the choices of a table: a number for each.
func (d *document) codes(columns []*forms.Field) []string {
	var out []string
	for _, c := range columns {
		if c.Type != forms.Choice && c.Type != forms.Choices {
			continue
		}
		var words []string
		for i, o := range c.Options {
			words = append(words, strconv.Itoa(i+1)+string(fixed)+o.Label.In(d.o.Print))
		}
		out = append(out, d.o.Print.T("sheet.codes", "field", c.Label.In(d.o.Print), "codes", strings.Join(words, "  ")))
	}
	return out
}

// legend is the name of a table, and the codes to write into it.
func (d *document) legend(title string, codes []string) block {
	st := nameStyle
	st.Weight = 0.02
	lines := d.lines(title, st, d.width-2*pad)
	var small []string
	for _, c := range codes {
		small = append(small, d.lines(c, smallStyle, d.width-2*pad)...)
	}
	own := height(lines, st)
	b := d.row(0, cell{width: d.width, height: own + height(small, smallStyle) + 2*pad*0.7, fill: &nameFill, draw: func(x, y, _ float64) {
		d.write(x+pad, y+pad*0.7, lines, st, 0)
		d.write(x+pad, y+pad*0.7+own, small, smallStyle, 0)
	}})
	b.with = 2
	return b
}

// units stand in the head of a column, in the place of its cells.
var units = map[forms.Type]string{forms.Money: "sheet.unit.yuan", forms.Area: "sheet.unit.mu", forms.YesNo: "sheet.unit.yesno"}

func (d *document) tableHead(columns []*forms.Field, widths []float64) block {
	cells := []cell{d.middle(d.o.Print.T("sheet.order"), headStyle, orderWidth)}
	for i, c := range columns {
		label := c.Label.In(d.o.Print)
		if unit, named := units[c.Type]; named {
			label = d.o.Print.T("sheet.column", "field", label, "unit", d.o.Print.T(unit))
		}
		cells = append(cells, d.middle(label, headStyle, widths[i]))
	}
	for i := range cells {
		cells[i].fill = &nameFill
	}
	return d.row(7, cells...)
}

// middle is a cell with its text in the middle.
func (d *document) middle(text string, st pdfpage.Style, width float64) cell {
	lines := d.lines(text, st, width-1.2)
	return cell{width: width, height: height(lines, st) + 1.4, draw: func(x, y, h float64) {
		top := y + (h-height(lines, st))/2
		for i, line := range lines {
			d.Text(x+width/2, top+(float64(i)+0.5)*leading*st.Size+rise*st.Size, line, st, width-1, 0.5)
		}
	}}
}

// tableLine is one row, with its answers or to be written in.
func (d *document) tableLine(f *forms.Field, columns []*forms.Field, widths []float64, i int, filled bool) block {
	cells := []cell{d.middle(strconv.Itoa(i+1), smallStyle, orderWidth)}
	for j, c := range columns {
		text := ""
		if filled {
			path := f.Name + "." + strconv.Itoa(i) + "." + c.Name
			if v := d.value(path); !v.IsNone() && d.o.Session.Visible(path) {
				text = d.inTable(c, d.say(c, v))
			}
		}
		cells = append(cells, d.middle(text, lineStyle, widths[j]))
	}
	return d.row(d.least()-0.6, cells...)
}

// inTable leaves out the unit, which the head of the column has.
func (d *document) inTable(c *forms.Field, text string) string {
	if c.Type == forms.Money || c.Type == forms.Area {
		text, _, _ = strings.Cut(text, " ")
	}
	return text
}
