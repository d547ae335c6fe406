// SPDX-License-Identifier: Apache-2.0

package sheetpdf

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"yuexin/shared/credit/forms"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/pdfpage"
	"yuexin/shared/sync/record"
)

// layOut makes the blocks of the whole sheet, in the order of the form.
func (d *document) layOut() {
	d.add(d.band(d.o.Template.Guidance(d.o.Print.Lang()), pdfpage.Style{Size: 2.8, Colour: pdfpage.Grey}, nil))
	n := 0
	for _, s := range d.form.Sections {
		if d.o.Filled && !d.o.Session.SectionVisible(s) {
			continue
		}
		n++
		head := d.band(ordinal(d.o.Print.Lang(), n)+s.Title.In(d.o.Print), sectionStyle, &bandFill)
		head.with = 2
		d.add(head)
		d.section(s)
	}
	d.signatures()
}

// numerals number the sections of a Chinese paper.
var numerals = []string{"一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四", "十五", "十六", "十七", "十八", "十九", "二十"}

func ordinal(lang i18n.Lang, n int) string {
	if lang == i18n.ZhHans && n <= len(numerals) {
		return numerals[n-1] + "、"
	}
	return strconv.Itoa(n) + ". "
}

// band is a line of text over the whole width.
func (d *document) band(text string, st pdfpage.Style, fill *pdfpage.Colour) block {
	c := d.written(text, st, d.width)
	c.fill = fill
	return d.row(6, c)
}

// section lays out the fields of a section: two beside each other where their answers are short.
func (d *document) section(s *forms.Section) {
	var waiting *forms.Field // for another one beside it
	alone := func(f *forms.Field) {
		if f != nil {
			d.add(d.row(d.least(), d.name(f, nameWidth), d.answer(f, d.width-nameWidth)))
		}
	}
	half := d.width/2 - nameWidth
	for _, f := range s.Fields {
		if f.Hidden || d.o.Filled && !d.o.Session.Visible(f.Name) {
			continue
		}
		own, is := d.special(f)
		switch {
		case is || d.long(f) || d.answer(f, half).height > d.least()+lineStep:
			alone(waiting)
			waiting = nil
			if d.add(own...); !is {
				alone(f)
			}
		case waiting == nil:
			waiting = f
		default:
			d.add(d.row(d.least(), d.name(waiting, nameWidth), d.answer(waiting, half), d.name(f, nameWidth), d.answer(f, half)))
			waiting = nil
		}
	}
	alone(waiting)
}

// special returns the blocks of a field that is no name with an answer beside it: a consent, a table, a note.
func (d *document) special(f *forms.Field) ([]block, bool) {
	if b, is := d.consent(f); is {
		return []block{b}, true
	}
	switch f.Type {
	case forms.Rows:
		return d.table(f), true
	case forms.Note:
		return []block{d.band(f.Label.In(d.o.Print), bodyStyle, nil)}, true
	}
	return nil, false
}

// least is the height of a row.
func (d *document) least() float64 {
	if d.o.Filled {
		return filledRow
	}
	return blankRow
}

// longText is how many characters a field takes that has a row of its own.
const longText = 100

// long says whether the answer has a row of its own.
func (d *document) long(f *forms.Field) bool {
	switch f.Type {
	case forms.Text:
		return f.Format == forms.Multiline || f.MaxLen >= longText || slices.Contains([]string{forms.ResidentID, forms.USCC, forms.Region}, f.Format)
	case forms.Sign, forms.GPS, forms.Time:
		return true
	}
	return false
}

// value is the answer of a field, None on a blank sheet.
func (d *document) value(path string) record.Value {
	if !d.o.Filled {
		return record.Value{}
	}
	return d.o.Session.Value(path)
}

// Rooms for writing by hand, in mm.
const (
	linesHeight = 15.0
	signHeight  = 15.0
)

// answer is the cell of an answer: what was answered, or what is to be written in or ticked.
func (d *document) answer(f *forms.Field, width float64) cell {
	v := d.value(f.Name)
	switch {
	case f.Type == forms.Choice, f.Type == forms.Choices:
		return d.helped(f, d.options(d.choices(f, v), width))
	case f.Type == forms.YesNo:
		return d.helped(f, d.options(d.yesNo(v, "answer.yes", "answer.no"), width))
	case f.Type == forms.Photo:
		return d.options([]option{{d.o.Print.T("sheet.photo"), !v.IsNone()}}, width)
	case f.Type == forms.Sign:
		return d.signing(v, width)
	case f.Type == forms.Text && combs[f.Format] > 0:
		return d.helped(f, d.comb(combs[f.Format], v.Text(), width))
	case !v.IsNone():
		return d.written(d.say(f, v), answerStyle, width)
	case f.Computed():
		return d.written(d.o.Print.T("sheet.computed"), smallStyle, width)
	}
	c := d.helped(f, d.empty(f, width))
	if f.Format == forms.Multiline {
		c.height = max(c.height, linesHeight)
	}
	return c
}

// combs are the formats that are written a character to a box.
var combs = map[string]int{forms.ResidentID: 18, forms.USCC: 18, forms.Mobile: 11}

// empty is a cell to write into, with what goes behind the number or between the parts of a date.
func (d *document) empty(f *forms.Field, width float64) cell {
	behind := map[forms.Type]string{forms.Money: "sheet.unit.yuan", forms.Area: "sheet.unit.mu", forms.Date: "sheet.date", forms.Time: "sheet.time", forms.GPS: "sheet.position"}
	key, named := behind[f.Type]
	return cell{width: width, height: d.least(), draw: func(x, y, h float64) {
		if !named {
			return
		}
		at, align := x+width-pad, 1.0
		if f.Type != forms.Money && f.Type != forms.Area {
			at, align = x+pad, 0
		}
		d.Text(at, y+h/2+rise*nameStyle.Size, d.o.Print.T(key), nameStyle, width-2*pad, align)
	}}
}

// helped puts the help of a field under what is to be written, on a blank sheet.
func (d *document) helped(f *forms.Field, c cell) cell {
	if d.o.Filled || f.Help.IsZero() {
		return c
	}
	lines := d.lines(f.Help.In(d.o.Print), smallStyle, c.width-2*pad)
	inner, help := c.draw, height(lines, smallStyle)
	free := f.Type == forms.Number || f.Type == forms.Money || f.Type == forms.Area || f.Type == forms.Decimal || f.Type == forms.Text && combs[f.Format] == 0
	if free { // beside what is written, at the foot of the cell
		c.height = max(c.height, 6+help)
		c.draw = func(x, y, h float64) {
			inner(x, y, h)
			d.write(x+pad, y+h-help-0.5, lines, smallStyle, c.width-2*pad)
		}
		return c
	}
	own := c.height
	c.height += help
	c.draw = func(x, y, h float64) {
		top := y + (h-own-help)/2
		inner(x, top, own)
		d.write(x+pad, top+own-0.8, lines, smallStyle, c.width-2*pad)
	}
	return c
}

// choices are the boxes of a choice.
func (d *document) choices(f *forms.Field, v record.Value) []option {
	chosen := v.Set()
	if v.Type() == record.Text {
		chosen = []string{v.Text()}
	}
	all := f.Options
	if d.o.Filled && f.Under != "" {
		all = d.o.Session.Options(f.Name)
	}
	var out []option
	for _, o := range all {
		out = append(out, option{o.Label.In(d.o.Print), slices.Contains(chosen, o.Code)})
	}
	return out
}

func (d *document) yesNo(v record.Value, yes, no string) []option {
	return []option{{d.o.Print.T(yes), v.Bool()}, {d.o.Print.T(no), !v.IsNone() && !v.Bool()}}
}

// signing is the cell of a signature: whether it was given on the device, and room to give it here.
func (d *document) signing(v record.Value, width float64) cell {
	given := d.options([]option{{d.o.Print.T("sheet.signed"), !v.IsNone()}}, width)
	return cell{width: width, height: signHeight, draw: func(x, y, h float64) {
		given.draw(x, y+0.6, given.height)
		d.Text(x+width-pad, y+h-2.4, d.o.Print.T("sheet.date"), nameStyle, width-2*pad, 1)
	}}
}

// say prints an answer as people read it.
func (d *document) say(f *forms.Field, v record.Value) string {
	p := d.o.Print
	switch f.Type {
	case forms.Money:
		return strings.TrimSuffix(money.Fen(v.Int()).Grouped(), ".00") + " " + p.T("sheet.unit.yuan")
	case forms.Area:
		return money.Area(v.Int()).String() + " " + p.T("sheet.unit.mu")
	case forms.Decimal:
		return money.Decimal(v.Int()).String()
	case forms.Number:
		return strconv.FormatInt(v.Int(), 10)
	case forms.Time:
		return p.DateTime(time.UnixMilli(v.Int()).In(d.o.Created.Location()))
	case forms.Date:
		if day, err := time.Parse(time.DateOnly, v.Text()); err == nil {
			return p.Date(day)
		}
	case forms.YesNo:
		if v.Bool() {
			return p.T("answer.yes")
		}
		return p.T("answer.no")
	case forms.GPS:
		if fix, err := forms.ParseFix(v.Text()); err == nil {
			return fix.String()
		}
	case forms.Choice, forms.Choices:
		var words []string
		for _, o := range d.choices(f, v) {
			if o.ticked {
				words = append(words, o.text)
			}
		}
		return strings.Join(words, p.T("sheet.comma"))
	case forms.Photo, forms.Sign:
		return p.T("answer.yes")
	}
	if f.Format == forms.Region && d.o.Region(v.Text()) != "" {
		return d.o.Region(v.Text())
	}
	if phone, err := ident.ParseMobile(v.Text()); f.Format == forms.Mobile && err == nil {
		return phone.String()
	}
	return v.Text()
}

// consent is the block of a question of consent: the wording, and the boxes to agree or not. It is false for any other
// field.
func (d *document) consent(f *forms.Field) (block, bool) {
	i := slices.IndexFunc(d.form.Consents, func(c forms.Consent) bool { return c.Field == f.Name })
	if i < 0 {
		return block{}, false
	}
	wording := d.lines(d.o.Wording(d.form.Consents[i].Purpose), bodyStyle, d.width-2*pad)
	asked := d.lines(f.Label.In(d.o.Print), optionStyle, d.width*0.72-2*pad)
	boxes := d.options(d.yesNo(d.value(f.Name), "sheet.agree", "sheet.disagree"), d.width*0.28)
	text, ask := height(wording, bodyStyle), max(boxes.height, height(asked, optionStyle)+1.6)
	return d.row(0, cell{width: d.width, height: text + ask + 2*pad, draw: func(x, y, _ float64) {
		d.write(x+pad, y+pad, wording, bodyStyle, 0)
		y += pad + text
		strong := optionStyle
		strong.Weight = 0.02
		d.write(x+pad, y+(ask-height(asked, optionStyle))/2, asked, strong, 0)
		boxes.draw(x+d.width*0.72, y, ask)
	}}), true
}

// Places to sign, in mm.
const (
	signRow   = 22.0
	thumbSide = 16.0
)

// signatures lays out the declaration and who signs, on one page.
func (d *document) signatures() {
	all := d.o.Template.Signatures(d.form.Name)
	rows := (len(all) + 1) / 2
	if text := d.o.Template.Declares(d.form.Name, d.o.Print.Lang()); text != "" {
		declared := d.band(text, bodyStyle, nil)
		declared.with = rows
		d.add(declared)
	}
	for pair := range slices.Chunk(all, 2) {
		var cells []cell
		for _, s := range pair {
			width := d.width / float64(len(pair))
			cells = append(cells, cell{width: width, height: signRow, draw: func(x, y, h float64) { d.sign(s.Label.In(d.o.Print.Lang()), s.Thumb, x, y, width, h) }})
		}
		b := d.row(signRow, cells...)
		b.with = rows - 1
		rows--
		d.add(b)
	}
}

// sign draws one place to sign.
func (d *document) sign(label string, thumb bool, x, y, width, h float64) {
	d.Text(x+pad, y+6, d.printable(label), nameStyle, width-2*pad, 0)
	d.Text(x+pad, y+h-3, d.o.Print.T("sheet.signed.on"), nameStyle, width-2*pad, 0)
	if !thumb {
		return
	}
	left, top := x+width-thumbSide-2.5, y+(h-thumbSide)/2
	d.Stroke(pdfpage.Grey, 0.2)
	d.PDF.SetDashPattern([]float64{0.9, 0.7}, 0)
	d.PDF.Rect(left, top, thumbSide, thumbSide, "D")
	d.PDF.SetDashPattern(nil, 0)
	d.Text(left+thumbSide/2, top+thumbSide/2+rise*smallStyle.Size, d.o.Print.T("sheet.thumb"), smallStyle, thumbSide, 0.5)
}
