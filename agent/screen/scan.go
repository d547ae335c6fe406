// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"yuexin/agent/flow"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// scan asks for a plate: by scanner, short code or photo.
type scan struct {
	home  *Home
	sheet *widget.Sheet
	code  *widget.Entry
	box   *widget.Field
	found *fyne.Container
	told  bool // that the plate is an old one
}

// openScan shows the sheet. A scanner types into the entry and ends with Enter, as a person does.
func openScan(h *Home) *scan {
	a := h.app
	s := &scan{home: h, found: container.NewStack()}
	s.code = widget.NewEntry(a.t("agent.scan.code.hint"))
	s.code.OnSubmitted = func(text string) { s.find(text) }
	s.box = widget.NewField(a.t("agent.scan.code"), "", "", s.code)
	find := widget.NewButton(a.t("agent.scan.find"), widget.Primary, nil, func() { s.find(s.code.Text) })
	plate := widget.NewButton(a.t("agent.plate.open"), widget.Secondary, nil, func() { s.plate(s.code.Text) })
	photo := widget.NewButton(a.t("agent.scan.photo"), widget.Secondary, nil, s.onPhoto)
	shut := widget.NewButton(a.t("action.close"), widget.Plain, nil, func() { s.sheet.Close() })
	s.sheet = widget.NewSheet(layout.Stack(theme.S4,
		widget.NewTitle(a.t("agent.scan.title")), widget.NewText(a.t("agent.scan.help")).In(theme.Text, theme.Grey),
		s.box, s.found, layout.Row(theme.S2, shut, layout.Gap(), photo, plate, find)))
	s.sheet.Open(a.canvas)
	a.focus(s.code)
	return s
}

// find looks up a code and opens the household, or says why there is none.
func (s *scan) find(text string) {
	h := s.home
	s.box.SetRefusal("", "")
	s.show(nil)
	got, err := h.desk.Scan(h.app.ctx, text)
	switch {
	case err != nil:
		s.box.SetRefusal(h.app.Print.Explain(err))
		s.code.SetText("")
		s.sheet.Refresh()
	case got.Renewed && !s.told:
		s.told = true
		s.renewed(got)
	case got.Household.IsZero():
		s.offer(got)
	default:
		s.sheet.Close()
		h.open(newPerson(h, got.Household))
	}
}

// renewed says that an old plate was scanned, and leads to the one that hangs now.
func (s *scan) renewed(got flow.Scanned) {
	a := s.home.app
	on := widget.NewButton(a.t("agent.scan.on"), widget.Primary, nil, func() { s.find(s.code.Text) })
	text := a.t("agent.scan.renewed.text", "place", got.Plate.Text(), "code", doorplate.Code(got.Plate.Code).String())
	s.show(widget.NewBanner(widget.Look, a.t("agent.scan.renewed"), text, on))
	a.focus(on)
}

// plate opens the plate itself, whoever lives behind it.
func (s *scan) plate(text string) {
	h := s.home
	s.box.SetRefusal("", "")
	s.show(nil)
	got, err := h.desk.Scan(h.app.ctx, text)
	if err != nil {
		s.box.SetRefusal(h.app.Print.Explain(err))
		s.sheet.Refresh()
		return
	}
	s.sheet.Close()
	h.openOver(newPlatePage(h, got.Plate.ID))
}

func (s *scan) show(o fyne.CanvasObject) {
	s.found.Objects = nil
	if o != nil {
		s.found.Objects = []fyne.CanvasObject{o}
	}
	s.sheet.Refresh()
}

// offer proposes to register at a plate where nobody is registered yet.
func (s *scan) offer(got flow.Scanned) {
	h := s.home
	register := widget.NewButton(h.app.t("agent.scan.register"), widget.Primary, nil, func() {
		s.sheet.Close()
		e, err := h.desk.NewHousehold(h.app.ctx, got.Plate.Scope)
		if err == nil {
			e.Plate(got.Plate)
		}
		h.openForm(e, err)
	})
	s.show(widget.NewBanner(widget.Well, h.app.t("agent.scan.free", "place", got.Plate.Text()), "", register))
	h.app.focus(register)
}

func (s *scan) onPhoto() {
	h := s.home
	d := dialog.NewFileOpen(func(f fyne.URIReadCloser, err error) {
		if err != nil || f == nil {
			return // closed without a file
		}
		_ = f.Close() // only its name is needed
		s.picture(f.URI().Path())
	}, h.app.Window)
	d.SetFilter(storage.NewExtensionFileFilter([]string{".png", ".jpg", ".jpeg", ".gif", ".PNG", ".JPG", ".JPEG"}))
	d.Show()
}

// picture reads the code in a photo beside the UI goroutine.
func (s *scan) picture(path string) {
	var text string
	var err error
	s.home.app.Work(func() { text, err = flow.Picture(path) }, func() {
		if err != nil {
			s.box.SetRefusal(s.home.app.Print.Explain(err))
			s.sheet.Refresh()
			return
		}
		s.find(text)
	})
}
