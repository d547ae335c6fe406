// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"path/filepath"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"yuexin/agent/flow"
	"yuexin/shared/fault"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// recovery leads from a forgotten passphrase to a new one: it is chosen, a text goes to two administrators, their response
// is entered. It draws its steps on the card of the gate.
type recovery struct {
	gate *gate
	flow *flow.Recovery

	helpers  *widget.Choice // nil where there are only two administrators
	response *widget.Entry
	boxes    map[string]*widget.Field // by the field of a fault
	note     *widget.Text             // what became of the text for the administrators
}

// onForgot opens the first step, or says why there is none.
func (g *gate) onForgot() {
	if g.main.Disabled() {
		return // the passphrase is still being checked
	}
	r, err := g.app.Session.Forgot(g.app.ctx)
	if err != nil {
		g.refuse(g.passphraseBox, g.passphrase, err)
		return
	}
	(&recovery{gate: g, flow: r}).choose()
}

func (r *recovery) show(first fyne.Focusable, rows ...fyne.CanvasObject) {
	r.gate.first = first
	r.gate.card(layout.Stack(theme.S3, rows...))
	r.gate.focus()
}

// leave goes back to the passphrase.
func (r *recovery) leave() {
	r.gate.draw()
	r.gate.focus()
}

// choose draws the first step: a new passphrase, and who can help.
func (r *recovery) choose() {
	g, a := r.gate, r.gate.app
	g.passphrase, g.again = secretEntry(g.toAgain), secretEntry(r.onBegin)
	g.passphraseBox = widget.NewField(a.t("agent.recover.secret"), "", a.t("agent.enrol.secret.help"), g.passphrase)
	g.againBox = widget.NewField(a.t("agent.enrol.secret.again"), "", "", g.again)
	r.boxes = map[string]*widget.Field{"passphrase": g.passphraseBox, "again": g.againBox}
	g.main = widget.NewMain(a.t("agent.recover.begin"), r.onBegin)
	rows := []fyne.CanvasObject{widget.NewTitle(a.t("agent.recover.title")), widget.NewText(a.t("agent.recover.why")), g.passphraseBox, g.againBox}
	if who := r.whoHelps(); who != nil {
		rows = append(rows, who)
	}
	back := widget.NewButton(a.t("action.back"), widget.Plain, nil, r.leave)
	have := widget.NewButton(a.t("agent.recover.have"), widget.Secondary, nil, r.answer)
	r.show(g.passphrase, append(rows, g.main, layout.Lines(theme.S2, back, layout.Gap(), have))...)
}

// whoHelps asks which two administrators can be reached, nil where there are only two.
func (r *recovery) whoHelps() fyne.CanvasObject {
	a, all := r.gate.app, r.flow.Admins()
	r.helpers = nil
	if len(all) == 2 {
		return nil
	}
	options := make([]widget.Option, len(all))
	for i, number := range all {
		options[i] = widget.Option{Code: number, Label: number}
	}
	r.helpers = widget.NewChoice(options, true, func([]string) {})
	box := widget.NewField(a.t("agent.recover.helpers"), "", a.t("agent.recover.helpers.help"), r.helpers)
	r.boxes["admins"] = box
	return box
}

func (r *recovery) onBegin() {
	g := r.gate
	if g.main.Disabled() {
		return
	}
	var helpers []string
	if r.helpers != nil {
		helpers = r.helpers.Chosen()
	}
	one, two := g.passphrase.Text, g.again.Text
	r.work("agent.recover.begin", func() error { return r.flow.Begin(g.app.ctx, one, two, helpers...) }, r.tell)
}

// work does what takes long, and then what follows; key is what stands on the main button meanwhile and after.
func (r *recovery) work(key string, do func() error, done func()) {
	g, a := r.gate, r.gate.app
	for _, box := range r.boxes {
		box.SetRefusal("", "")
	}
	g.busy(true, a.t("agent.unlock.busy"))
	var err error
	a.Work(func() { err = do() }, func() {
		g.busy(false, a.t(key))
		if err != nil {
			r.refuse(err)
			return
		}
		done()
	})
}

// refuse says beside the field of a fault what is wrong.
func (r *recovery) refuse(err error) {
	box, entry := r.boxes[fault.From(err).Field], r.gate.passphrase
	switch {
	case box == nil:
		box = r.gate.passphraseBox
	case box.Control() == r.helpers:
		box.SetRefusal(r.gate.app.Print.Explain(err))
		return
	default:
		entry = box.Control().(*widget.Entry)
	}
	r.gate.refuse(box, entry, err)
}

// tell draws the second step: the text for the administrators.
func (r *recovery) tell() {
	a, c := r.gate.app, r.flow.Challenge()
	lines := make([]fyne.CanvasObject, len(c.Lines))
	for i, line := range c.Lines {
		number := widget.NewNote(strconv.Itoa(i + 1)).Line()
		lines[i] = layout.Row(theme.S3, layout.Share(1, number), layout.Share(12, widget.NewText(line).Line()))
	}
	r.note = widget.NewNote(a.t("agent.recover.challenge.wait"))
	text := widget.NewPanel(theme.Canvas, theme.Line, theme.Round, layout.Insets(theme.S3, theme.S2, layout.Stack("", lines...)))
	save := widget.NewButton(a.t("agent.recover.save.deed"), widget.Secondary, nil, r.onSave)
	copied := widget.NewButton(a.t("agent.recover.copy"), widget.Secondary, nil, r.onCopy)
	next := widget.NewButton(a.t("agent.recover.finish.title"), widget.Primary, nil, r.answer)
	back := widget.NewButton(a.t("action.back"), widget.Plain, nil, r.leave)
	r.show(next,
		widget.NewTitle(a.t("agent.recover.challenge")), widget.NewText(a.t("agent.recover.challenge.text", "first", c.First, "second", c.Second)),
		text, widget.NewNote(a.t("agent.recover.challenge.words")), widget.NewText(c.Words).In(theme.Title, theme.Jade),
		r.note, layout.Lines(theme.S2, back, layout.Gap(), copied, save, next))
}

func (r *recovery) onCopy() {
	fyne.CurrentApp().Clipboard().SetContent(r.flow.Challenge().Text)
	r.note.SetText(r.gate.app.t("agent.recover.copied"))
}

func (r *recovery) onSave() {
	d := dialog.NewFileSave(func(f fyne.URIWriteCloser, err error) {
		if err != nil || f == nil {
			return // closed without a file
		}
		_ = f.Close() // only its name is needed
		r.saveTo(f.URI().Path())
	}, r.gate.app.Window)
	d.SetFileName("yuexin-recover.txt")
	d.Show()
}

func (r *recovery) saveTo(path string) {
	a := r.gate.app
	if err := r.flow.Save(path); err != nil {
		a.tell(err)
		return
	}
	r.note.SetText(a.t("agent.recover.saved", "file", filepath.Base(path)))
}

// answer draws the last step: the response, and the passphrase once more.
func (r *recovery) answer() {
	g, a := r.gate, r.gate.app
	r.response = widget.NewMultiLine("", 6)
	g.passphrase = secretEntry(r.onFinish)
	box := widget.NewField(a.t("agent.recover.finish.response"), "", a.t("agent.recover.finish.response.help"), r.response)
	g.passphraseBox = widget.NewField(a.t("agent.recover.finish.fresh"), "", "", g.passphrase)
	r.boxes = map[string]*widget.Field{"response": box, "passphrase": g.passphraseBox}
	g.main = widget.NewMain(a.t("agent.recover.finish"), r.onFinish)
	file := widget.NewButton(a.t("agent.enrol.open"), widget.Secondary, nil, r.onFile)
	back := widget.NewButton(a.t("action.back"), widget.Plain, nil, r.leave)
	r.show(r.response, widget.NewTitle(a.t("agent.recover.finish.title")), box, layout.Row(theme.S2, file, layout.Gap()), g.passphraseBox, g.main, back)
}

func (r *recovery) onFile() {
	d := dialog.NewFileOpen(func(f fyne.URIReadCloser, err error) {
		if err != nil || f == nil {
			return // closed without a file
		}
		_ = f.Close() // only its name is needed
		r.readFrom(f.URI().Path())
	}, r.gate.app.Window)
	d.SetFilter(storage.NewExtensionFileFilter([]string{".txt", ".TXT"}))
	d.Show()
}

func (r *recovery) readFrom(path string) {
	text, err := flow.ResponseFile(path)
	if err != nil {
		r.refuse(err)
		return
	}
	r.response.SetText(text)
	r.gate.app.focus(r.gate.passphrase)
}

func (r *recovery) onFinish() {
	g := r.gate
	if g.main.Disabled() {
		return
	}
	text, fresh := r.response.Text, g.passphrase.Text
	r.work("agent.recover.finish", func() error { return r.flow.Finish(g.app.ctx, text, fresh) }, r.opened)
}

// opened shows the desk, and that nothing was lost.
func (r *recovery) opened() {
	a := r.gate.app
	a.enter()
	if reading, _, err := a.Sync.Reading(a.ctx); err == nil {
		a.home.toast.Tell(a.t("agent.recover.done", "n", strconv.Itoa(reading.Waiting)))
	}
}
