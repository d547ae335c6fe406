// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/kiosk/flow"
	"yuexin/shared/credit/forms"
	"yuexin/shared/money"
	"yuexin/shared/uikit/keyboard"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// question asks one question of a form.
func (k *Kiosk) question() fyne.CanvasObject {
	page := k.Flow.Page()
	f := frame{title: k.label(page), over: k.step(page)}
	next := k.main(k.t("kiosk.question.next"), k.next)
	name := func(text string) {
		if text == "" && !page.Required {
			next.SetText(k.t("kiosk.question.skip"))
		} else {
			next.SetText(k.t("kiosk.question.next"))
		}
	}
	name(page.Text)
	f.foot = []fyne.CanvasObject{next}
	typed := func(text string) {
		k.Flow.Type(text)
		name(text)
	}
	switch {
	case page.Field == nil:
		f.title, f.keys = k.t("kiosk.sign"), true
		if !k.Flow.Large() { // the wording needs the room
			f.note = k.t("kiosk.sign.help")
		}
		f.body, f.fill = stack(theme.S4, k.problem(), k.entry(page, typed)), k.wording(page)
	case page.Wording != "":
		f.title = k.t("kiosk.consent.title")
		f.body, f.fill, f.low = k.problem(), k.wording(page), k.agree(page, typed)
	case page.Field.Type == forms.Rows:
		next.SetText(k.t("kiosk.rows.done"))
		f.body, f.fill = stack(theme.S4, k.problem(), k.rows()), k.nobody()
	case typedIn(page.Field.Type):
		f.note, f.keys = k.help(page), true
		f.body = stack(theme.S4, k.answer(page, typed), k.problem())
	default:
		f.note = k.help(page)
		f.body, f.fill = k.problem(), k.answer(page, typed)
	}
	return k.frame(f)
}

// next goes on, unless pinyin was still being composed: then the choice shows first.
func (k *Kiosk) next() {
	if k.host.Finish() {
		k.Flow.Touch()
		return
	}
	_ = k.Flow.Next() // a fault is shown by the flow
}

// typedIn says whether a question is answered with the keyboard.
func typedIn(t forms.Type) bool { return t != forms.YesNo && t != forms.Choice && t != forms.Choices }

// step tells where in the form somebody is.
func (k *Kiosk) step(page flow.Page) fyne.CanvasObject {
	section := ""
	if page.Section != nil {
		section = page.Section.Title.In(k.Flow.Printer())
	}
	if page.Row > 0 {
		section = k.t("kiosk.question.member", "n", strconv.Itoa(page.Row))
		if page.Name != "" {
			section = page.Name
		}
	}
	text := k.t("kiosk.question.step", "n", strconv.Itoa(page.Step), "of", strconv.Itoa(page.Steps), "section", section)
	return layout.Stack(theme.S2, widget.NewText(text).In(theme.Text, theme.Jade), newBar(page.Step, page.Steps))
}

// newBar draws how far somebody is, a piece per step.
func newBar(at, of int) fyne.CanvasObject {
	pieces := make([]fyne.CanvasObject, of)
	for i := range pieces {
		color := theme.Line
		if i < at {
			color = theme.Jade
		}
		pieces[i] = widget.NewPanel(color, "", theme.Corner, widget.NewStrut("", theme.S1))
	}
	return layout.Spread(theme.S1, pieces...)
}

func (k *Kiosk) label(page flow.Page) string {
	if page.Field == nil {
		return k.t("kiosk.sign")
	}
	return page.Field.Label.In(k.Flow.Printer())
}

func (k *Kiosk) help(page flow.Page) string {
	if page.Field.Type == forms.Date {
		return k.t("kiosk.question.date")
	}
	return page.Field.Help.In(k.Flow.Printer())
}

// answer is what the question is answered with.
func (k *Kiosk) answer(page flow.Page, typed func(string)) fyne.CanvasObject {
	switch page.Field.Type {
	case forms.YesNo:
		return k.choices(page, []widget.Option{{Code: "yes", Label: k.t("kiosk.yes")}, {Code: "no", Label: k.t("kiosk.no")}}, false, typed)
	case forms.Choice, forms.Choices:
		options := make([]widget.Option, len(page.Field.Options))
		for i, o := range page.Field.Options {
			options[i] = widget.Option{Code: o.Code, Label: o.Label.In(k.Flow.Printer())}
		}
		return k.choices(page, options, page.Field.Type == forms.Choices, typed)
	case forms.Money:
		return k.amount(page, typed)
	}
	return k.entry(page, typed)
}

// choices are large buttons; the answer is taken with the main button, so that a slip of the finger can be mended.
func (k *Kiosk) choices(page flow.Page, options []widget.Option, several bool, typed func(string)) *widget.Choice {
	c := widget.NewChoice(options, several, func(codes []string) { typed(strings.Join(codes, ",")) })
	c.Set(strings.Split(canonical(page), ","))
	return c
}

// canonical returns the answer as codes, whatever the session prints for yes and no.
func canonical(page flow.Page) string {
	if page.Field == nil || page.Field.Type != forms.YesNo {
		return page.Text
	}
	switch page.Text {
	case "yes", "true", "是":
		return "yes"
	case "no", "false", "否":
		return "no"
	}
	return ""
}

// agree is the answer to a consent.
func (k *Kiosk) agree(page flow.Page, typed func(string)) fyne.CanvasObject {
	options := []widget.Option{{Code: "yes", Label: k.t("kiosk.agree")}, {Code: "no", Label: k.t("kiosk.disagree")}}
	return layout.Stack(theme.S3, widget.NewText(k.label(page)).In(theme.Lead, theme.Ink), k.choices(page, options, false, typed).InRow())
}

// wording shows what somebody agrees to, whole.
func (k *Kiosk) wording(page flow.Page) fyne.CanvasObject {
	head := widget.NewText(k.t("kiosk.wording", "version", strconv.FormatUint(uint64(page.Edition), 10))).In(theme.Small, theme.Grey)
	text := widget.NewText(page.Wording).In(theme.Lead, theme.Ink)
	return widget.NewPanel(theme.Paper, theme.Line, theme.Round, layout.Inset(theme.S4, layout.Stack(theme.S3, head, text)))
}

// keyboards are the keyboards that suit the formats of a text.
var keyboards = map[string]string{
	forms.ResidentID: keyboard.Identity, forms.Mobile: keyboard.Phone, forms.USCC: keyboard.Latin,
}

// keyboardOf returns the keyboard that suits a question.
func keyboardOf(page flow.Page) string {
	if page.Field == nil || strings.HasSuffix(page.Field.Name, "name") {
		return keyboard.Name
	}
	switch page.Field.Type {
	case forms.Number, forms.Date:
		return keyboard.Phone // digits alone: none of these is negative
	case forms.Area:
		return keyboard.Number
	case forms.Money:
		return keyboard.Money
	}
	if kind, ok := keyboards[page.Field.Format]; ok {
		return kind
	}
	return keyboard.Text
}

// entry is a line to type into, with its keyboard.
func (k *Kiosk) entry(page flow.Page, typed func(string)) fyne.CanvasObject {
	e := widget.NewEntry("")
	e.SetText(page.Text)
	e.CursorColumn = len([]rune(page.Text)) // to go on where it ends
	e.OnChanged = typed
	k.typing(e, keyboardOf(page), func() { k.Flow.Next() }) // a fault is shown by the flow
	if undrawn := widget.Undrawn(k.Flow.Printer(), page.Text); undrawn != "" {
		return layout.Stack(theme.S2, e, widget.NewNote(undrawn))
	}
	return e
}

// amount is an entry that reads the amount back: 5万 is 50,000元.
func (k *Kiosk) amount(page flow.Page, typed func(string)) fyne.CanvasObject {
	echo := widget.NewText("").In(theme.Lead, theme.Jade)
	read := func(text string) {
		echo.SetText("")
		if fen, err := money.Parse(text); err == nil {
			echo.SetText(k.t("kiosk.question.equals", "amount", strings.TrimSuffix(fen.Grouped(), ".00")))
		}
	}
	read(page.Text)
	entry := k.entry(page, func(text string) {
		typed(text)
		read(text)
	})
	return layout.Stack(theme.S3, entry, echo)
}

// typing gives an entry the keyboard whenever it has the focus, and the focus once it is on the screen. Each key of the
// keyboard gives the focus back to the entry, so the flow hears of every one. The keyboard's 完成 does what the main button
// does.
func (k *Kiosk) typing(e *widget.Entry, kind string, done func()) {
	k.finish = k.press(done)
	e.OnFocus = func(on bool) {
		if on {
			if !k.drawing {
				k.Flow.Touch()
			}
			k.host.Attach(e, kind)
		}
	}
	k.first = e
}

// nobody stands where a list will be; nil once there is somebody.
func (k *Kiosk) nobody() fyne.CanvasObject {
	if len(k.Flow.RowNames()) > 0 {
		return nil
	}
	return layout.Middle(layout.Stack(theme.S5,
		layout.Centre(widget.NewIcon(fynetheme.AccountIcon(), theme.Edge).Sized(theme.Huge)),
		widget.NewText(k.t("kiosk.rows.none")).In(theme.Lead, theme.Grey).Align(fyne.TextAlignCenter),
		k.addRow()))
}

func (k *Kiosk) addRow() fyne.CanvasObject {
	return high(theme.Size(theme.Main), k.button(k.t("kiosk.rows.add"), fynetheme.ContentAddIcon(), func() { k.Flow.AddRow() }))
}

// rows lists the people of a family, or whatever the form repeats; nil for nobody.
func (k *Kiosk) rows() fyne.CanvasObject {
	names := k.Flow.RowNames()
	if len(names) == 0 {
		return nil
	}
	list := layout.Stack(theme.S3)
	for i, name := range names {
		if name == "" {
			name = k.t("kiosk.question.member", "n", strconv.Itoa(i+1))
		}
		row := layout.Row(theme.S3, layout.Grow(widget.NewText(name).In(theme.Lead, theme.Ink)),
			k.button(k.t("kiosk.rows.change"), nil, func() { k.Flow.OpenRow(i) }),
			k.button(k.t("kiosk.rows.remove"), nil, func() { k.Flow.RemoveRow(i) }))
		list.Add(widget.NewPanel(theme.Paper, theme.Line, theme.Round, layout.Inset(theme.S3, row)))
	}
	list.Add(k.addRow())
	return list
}
