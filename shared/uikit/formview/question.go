// SPDX-License-Identifier: Apache-2.0

package formview

import (
	"strings"

	"fyne.io/fyne/v2"

	"yuexin/shared/credit/forms"
	"yuexin/shared/money"
	"yuexin/shared/sync/record"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// question is one field, drawn.
type question struct {
	frame  *widget.Field
	entry  *widget.Entry     // nil for what is not typed
	choice *widget.Choice    // nil for what is not chosen
	place  *widget.Text      // name of the region, or what is computed or was taken
	pick   *widget.BigButton // opens the choice of a region, or takes what is not typed
	taken  [2]string         // what place says without and with a photo or signature
	codes  string            // that there are to choose from

	path    string
	field   *forms.Field
	touched bool  // the person has left it, or chosen
	refused error // why a row was not added
}

// question returns the drawn field of a path, made the first time it is asked for.
func (v *View) question(path string, f *forms.Field) *question {
	if q, there := v.questions[path]; there {
		return q
	}
	q := &question{path: path, field: f, touched: v.session.Fault(path) != nil}
	v.questions[path] = q
	q.frame = widget.NewField(f.Label.In(v.printer), "", v.help(q), v.control(q))
	if v.options.Mode == Questions && !strings.Contains(path, ".") {
		q.frame.Large()
	}
	if id, field, disputed := v.session.Disputed(path); disputed {
		var said []string
		if v.options.Said != nil {
			said = v.options.Said(id, field)
		}
		q.frame.SetDisputed(v.printer.T("uikit.standing.disputed"), said...)
	}
	q.show(v.session)
	switch {
	case f.Computed():
		v.showComputed(q)
	case f.Type == forms.Photo, f.Type == forms.Sign:
		q.taken = [2]string{v.printer.T("uikit.form.untaken"), v.printer.T("uikit.form.taken")}
		q.show(v.session)
	}
	return q
}

// control makes what the field is answered with.
func (v *View) control(q *question) fyne.CanvasObject {
	switch f := q.field; {
	case f.Type == forms.Rows, f.Type == forms.Note:
		return layout.Stack("")
	case f.Computed(), f.Type == forms.Photo, f.Type == forms.Sign:
		return v.readOnly(q)
	case f.Type == forms.Choice, f.Type == forms.Choices:
		now := v.session.Options(q.path)
		q.codes = codesOf(now)
		options := make([]widget.Option, len(now))
		for i, o := range now {
			options[i] = widget.Option{Code: o.Code, Label: o.Label.In(v.printer)}
		}
		return v.choose(q, options, f.Type == forms.Choices)
	case f.Type == forms.YesNo:
		return v.choose(q, []widget.Option{{Code: "yes", Label: v.printer.T("answer.yes")}, {Code: "no", Label: v.printer.T("answer.no")}}, false)
	case f.Format == forms.Region && v.options.Regions != nil:
		return v.pickRegion(q)
	}
	if pick := v.capture(q); pick != nil {
		return layout.Row(theme.S2, layout.Grow(v.typed(q)), pick)
	}
	return v.typed(q)
}

// readOnly shows what nobody types: a computed answer, or whether there is a photo or a signature.
func (v *View) readOnly(q *question) fyne.CanvasObject {
	q.place = widget.NewText("")
	box := widget.NewPanel(theme.Canvas, theme.Line, theme.Corner, layout.Insets(theme.S3, theme.S1, q.place))
	if pick := v.capture(q); pick != nil {
		return layout.Row(theme.S2, layout.Grow(box), pick)
	}
	return box
}

// captures are the texts of the buttons that take an answer, by type; a code is a text.
var captures = map[forms.Type]string{
	forms.GPS: "uikit.form.locate", forms.Photo: "uikit.form.photo", forms.Sign: "uikit.form.sign", forms.Text: "uikit.form.scan",
}

// capture returns the button that takes an answer with a device, nil if there is none for it.
func (v *View) capture(q *question) fyne.CanvasObject {
	f := q.field
	if v.options.Capture == nil || f.Computed() || captures[f.Type] == "" || f.Type == forms.Text && f.Format != forms.Code || !v.options.Capture.Can(f) {
		return nil
	}
	q.pick = widget.NewButton(v.printer.T(captures[f.Type]), widget.Secondary, nil, func() {
		v.leave(v.active)
		v.options.Capture.Take(f, func(text string, how forms.How) {
			q.touched = true
			v.setFrom(q, text, how)
			q.show(v.session)
		})
	})
	return q.pick
}

func codesOf(options []forms.Option) string {
	codes := make([]string, len(options))
	for i, o := range options {
		codes[i] = o.Code
	}
	return strings.Join(codes, ",")
}

// refreshAnswers shows again what is computed from other answers, and forgets a choice that other answers have narrowed
// or widened, so that it is drawn anew.
func (v *View) refreshAnswers(p page) {
	for _, path := range p.questions() {
		q := v.questions[path]
		switch {
		case q == nil:
		case q.field.Computed():
			v.showComputed(q)
		case q.choice != nil && q.field.Under != "" && q.codes != codesOf(v.session.Options(path)):
			delete(v.questions, path)
			v.drawn = ""
		}
	}
}

// showComputed writes a computed answer as people read it.
func (v *View) showComputed(q *question) {
	text := v.session.Text(q.path)
	switch q.field.Type {
	case forms.YesNo:
		if text != "" {
			text = v.printer.T("answer." + text)
		}
	case forms.Money:
		if fen := v.session.Value(q.path); !fen.IsNone() {
			text = v.printer.Money(money.Fen(fen.Int()))
		}
	case forms.Area:
		if area := v.session.Value(q.path); !area.IsNone() {
			text = v.printer.Area(money.Area(area.Int()))
		}
	case forms.Choice:
		for _, o := range q.field.Options {
			if o.Code == text {
				text = o.Label.In(v.printer)
			}
		}
	}
	q.place.SetText(text)
}

func (v *View) choose(q *question, options []widget.Option, several bool) fyne.CanvasObject {
	q.choice = widget.NewChoice(options, several, func(codes []string) {
		v.leave(v.active)
		q.touched = true
		v.set(q, strings.Join(codes, ","))
	})
	return q.choice
}

func (v *View) pickRegion(q *question) fyne.CanvasObject {
	q.place = widget.NewText("")
	q.pick = widget.NewButton(v.printer.T("uikit.form.pick"), widget.Secondary, nil, func() {
		v.leave(v.active)
		v.options.Regions.Pick(v.session.Text(q.path), func(code string) {
			q.touched = true
			v.set(q, code)
			q.show(v.session)
			v.name(q)
		})
	})
	v.name(q)
	box := widget.NewPanel(theme.Paper, theme.Edge, theme.Corner, layout.Insets(theme.S3, theme.S1, q.place))
	return layout.Row(theme.S2, layout.Grow(box), q.pick)
}

// name writes what the chosen region is called.
func (v *View) name(q *question) {
	if name := v.options.Regions.Name(v.session.Text(q.path)); name != "" {
		q.place.In(theme.Text, theme.Ink).SetText(name)
		return
	}
	q.place.In(theme.Text, theme.Grey).SetText(v.printer.T("uikit.form.region"))
}

// multilineRows is how many lines of a long text are seen at once.
const multilineRows = 4

func (v *View) typed(q *question) fyne.CanvasObject {
	hint := ""
	switch q.field.Type {
	case forms.Date:
		hint = v.printer.T("uikit.form.date")
	case forms.Time:
		hint = v.printer.T("uikit.form.time")
	case forms.GPS:
		hint = v.printer.T("uikit.form.position")
	}
	if q.field.Format == forms.Multiline {
		q.entry = widget.NewMultiLine(hint, multilineRows)
	} else {
		q.entry = widget.NewEntry(hint)
	}
	q.entry.OnChanged = func(text string) { v.onTyped(q, text) }
	q.entry.OnSubmitted = func(string) { v.onEnter(q) }
	q.entry.OnFocus = func(on bool) { v.onFocus(q, on) }
	if theme.Current().Place == theme.Kiosk {
		q.entry.OnDrag = v.scroll
	}
	unit := ""
	switch q.field.Type {
	case forms.Money:
		unit = v.printer.T("uikit.form.unit.money")
	case forms.Area:
		unit = v.printer.T("uikit.form.unit.area")
	default:
		return q.entry
	}
	return layout.Row(theme.S2, layout.Grow(q.entry), widget.NewText(unit).In(theme.Text, theme.Grey).Line())
}

func (v *View) onTyped(q *question, text string) {
	if text == v.session.Text(q.path) {
		return // written by show
	}
	v.set(q, text)
	q.frame.SetHelp(v.help(q))
}

// onFocus hands the keyboard over. With a keyboard on the screen, losing the focus is not leaving: pressing a key does it.
func (v *View) onFocus(q *question, on bool) {
	switch {
	case on:
		if v.active != q {
			v.leave(v.active)
			v.active = q
		}
		if v.options.Keyboard != nil {
			v.options.Keyboard.Attach(q.entry, kindOf(q.field))
		}
	case v.options.Keyboard == nil:
		v.leave(q)
	}
}

// onEnter goes to the next entry of the page.
func (v *View) onEnter(q *question) {
	v.leave(q)
	found := false
	for _, path := range v.current().questions() {
		next := v.questions[path]
		if found && next != nil && next.target() != nil {
			v.focus(path)
			return
		}
		found = found || path == q.path
	}
	if v.options.OnSubmit != nil {
		v.options.OnSubmit()
	}
}

// kindOf says which keyboard a field needs.
func kindOf(f *forms.Field) string {
	switch {
	case f.Type == forms.Money:
		return KeyMoney
	case f.Type != forms.Text, f.Format == forms.Region:
		return KeyNumber
	case f.Format == forms.ResidentID:
		return KeyID
	case f.Format == forms.Mobile:
		return KeyPhone
	}
	return KeyText
}

// target returns what gets the focus, nil for nothing.
func (q *question) target() fyne.Focusable {
	switch {
	case q.entry != nil:
		return q.entry
	case q.choice != nil:
		return q.choice.Buttons()[0]
	case q.pick != nil:
		return q.pick
	}
	return nil
}

// show writes the session's answer into the control.
func (q *question) show(s *forms.Session) {
	switch {
	case q.entry != nil:
		if text := s.Text(q.path); q.entry.Text != text {
			q.entry.SetText(text)
		}
	case q.taken[0] != "":
		if s.Value(q.path).IsNone() {
			q.place.SetText(q.taken[0])
		} else {
			q.place.SetText(q.taken[1])
		}
	case q.choice != nil && s.Text(q.path) == "":
		q.choice.Set(nil)
	case q.choice != nil:
		q.choice.Set(strings.Split(s.Text(q.path), ","))
	}
}

// bigAmount is the amount from which it is read back in 万元, in fen: 1万元.
const bigAmount = 1_000_000

// help returns the line below the control: the form's own, or a large amount read back.
func (v *View) help(q *question) string {
	value := v.session.Value(q.path)
	if q.field.Type == forms.Money && value.Type() == record.Int && value.Int() >= bigAmount {
		return v.printer.T("uikit.form.amount", "amount", v.printer.Money(money.Fen(value.Int())))
	}
	return q.field.Help.In(v.printer)
}
