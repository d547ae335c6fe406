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
	place  *widget.Text      // name of the region
	pick   *widget.BigButton // opens the choice of a region

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
	return q
}

// control makes what the field is answered with.
func (v *View) control(q *question) fyne.CanvasObject {
	switch f := q.field; {
	case f.Type == forms.Rows:
		return layout.Stack("")
	case f.Type == forms.Choice, f.Type == forms.Choices:
		options := make([]widget.Option, len(f.Options))
		for i, o := range f.Options {
			options[i] = widget.Option{Code: o.Code, Label: o.Label.In(v.printer)}
		}
		return v.choose(q, options, f.Type == forms.Choices)
	case f.Type == forms.YesNo:
		return v.choose(q, []widget.Option{{Code: "yes", Label: v.printer.T("answer.yes")}, {Code: "no", Label: v.printer.T("answer.no")}}, false)
	case f.Format == forms.Region && v.options.Regions != nil:
		return v.pickRegion(q)
	}
	return v.typed(q)
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
	if q.field.Type == forms.Date {
		hint = v.printer.T("uikit.form.date")
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
		return v.printer.T("uikit.form.amount", "amount", money.Fen(value.Int()).Text())
	}
	return q.field.Help.In(v.printer)
}
