// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/agent/flow"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// syncPage tells how sync stands, and act by act what the server has said to it.
type syncPage struct {
	home *Home
	all  bool // what was accepted as well
	top  *fyne.Container
	body *fyne.Container
	foot *widget.Text // in what order

	lines   []flow.SentLine
	table   *table
	offered string // what the buttons were drawn for
}

func newSyncPage(h *Home) *syncPage {
	return &syncPage{home: h, top: container.NewStack(), body: container.NewStack(), foot: widget.NewNote("")}
}

func (s *syncPage) object() fyne.CanvasObject {
	s.offered = s.offer()
	s.drawTop()
	s.read()
	h := s.home
	page := layout.Page(layout.Insets(theme.S5, theme.S3, s.top), layout.Insets(theme.S5, "", s.body), layout.Insets(theme.S5, theme.S2, s.foot))
	return layout.Page(h.backHeader(h.app.t("agent.sync.title"), h.buttons(s.actions())...), page, nil)
}

// actions is what can be done about sync.
func (s *syncPage) actions() []action {
	a, r := s.home.app, s.home.app.reading
	pause, files := "agent.sync.pause", "blob.pause"
	if r.Paused {
		pause = "agent.sync.resume"
	}
	if r.Files.Paused {
		files = "blob.resume"
	}
	table := []action{
		{text: pause, keys: ctrl(fyne.KeyP), do: s.onPause, place: onPage},
		{text: "agent.sync.now", icon: fynetheme.ViewRefreshIcon(), do: s.home.onKick, place: asMain},
		{text: "agent.sent.toggle", keys: ctrl(fyne.KeyU), do: func() { s.onAll(!s.all) }},
		{text: "agent.keys.list", keys: key(fyne.KeyDown), do: s.onDown},
		{text: "agent.user.title", keys: ctrl(fyne.KeyI), do: func() { openAddUser(s.home) }, place: inMore},
	}
	if r.Files.Waiting > 0 {
		table = append(table, action{text: files, keys: ctrl(fyne.KeyO), do: func() { a.Sync.PauseFiles(!r.Files.Paused); s.again() }, place: onPage})
	}
	return table
}

// drawTop says how sync stands, and what the list shows.
func (s *syncPage) drawTop() {
	a, state, r := s.home.app, s.home.state(), s.home.app.reading
	rows := []fyne.CanvasObject{widget.NewBanner(toneOf(state.Tone), state.Line, "")}
	for _, line := range state.Detail {
		rows = append(rows, widget.NewNote(line))
	}
	waiting := widget.NewButton(a.t("agent.sent.waiting", "n", strconv.Itoa(r.Waiting+r.Refused+r.Broken+r.Quarantined)), widget.Secondary, nil, func() { s.onAll(false) })
	waiting.SetChosen(!s.all)
	all := widget.NewButton(a.t("agent.sent.all"), widget.Secondary, nil, func() { s.onAll(true) })
	all.SetChosen(s.all)
	rows = append(rows, layout.Row(theme.S2, waiting, all, layout.Gap()))
	s.top.Objects = []fyne.CanvasObject{layout.Stack(theme.S2, rows...)}
	s.top.Refresh()
}

// read reads the receipts and draws them.
func (s *syncPage) read() {
	a := s.home.app
	var err error
	s.table = nil
	order := "agent.sent.order"
	if s.all {
		order = "agent.sent.order.all"
	}
	s.foot.SetText(a.t(order))
	if s.lines, err = s.home.desk.SentLines(a.ctx, a.Sync, !s.all); err != nil {
		s.body.Objects = []fyne.CanvasObject{widget.NewFaultBanner(a.Print, err)}
		s.body.Refresh()
		return
	}
	if len(s.lines) == 0 {
		empty := widget.NewEmptyState(fynetheme.ConfirmIcon(), a.t("agent.sent.none"), a.t("agent.sent.none.why"), nil)
		s.body.Objects = []fyne.CanvasObject{widget.NewPanel(theme.Paper, theme.Line, theme.Round, empty)}
		s.body.Refresh()
		return
	}
	s.table = &table{
		columns: []column{
			{title: a.t("agent.sent.what"), share: 4}, {title: a.t("agent.sent.fields"), share: 4}, {title: a.t("agent.village"), share: 2},
			{title: a.t("agent.sent.when"), share: 2}, {title: a.t("agent.column.state"), share: 3, tag: true}, {title: a.t("agent.sent.why"), share: 4},
		},
		rows: func() int { return len(s.lines) }, row: s.row, onOpen: s.onOpen,
	}
	s.body.Objects = []fyne.CanvasObject{s.table.object()}
	s.body.Refresh()
}

func (s *syncPage) row(i int) []cell {
	l := s.lines[i]
	return []cell{{text: l.Title}, {text: l.What, faint: true}, {text: l.Village, faint: true}, {text: l.When, faint: true}, {text: l.State, tone: toneOf(l.Tone)}, {text: l.Why, alert: l.Tone == flow.Wrong}}
}

func (s *syncPage) onOpen(i int) {
	switch l := s.lines[i]; {
	case l.ID.IsZero():
	case l.Demand:
		s.home.openOver(newDemand(s.home, l.ID))
	default:
		s.home.openOver(newPerson(s.home, l.ID))
	}
}

func (s *syncPage) onAll(all bool) {
	s.all = all
	s.drawTop()
	s.read()
}

func (s *syncPage) onPause() {
	s.home.app.Sync.Pause(!s.home.app.reading.Paused)
	s.again()
}

// again draws the page anew, with what its buttons say now.
func (s *syncPage) again() {
	a := s.home.app
	if r, _, err := a.Sync.Reading(a.ctx); err == nil {
		a.reading = r
	}
	s.home.showSync()
	s.home.lay(s, s.home.under)
}

func (s *syncPage) onDown() {
	if s.table != nil {
		s.home.app.focus(s.table.list)
	}
}

// told draws how sync stands anew, with other buttons if there are others now; the list follows when records change.
func (s *syncPage) told() {
	if s.offer() != s.offered {
		s.home.lay(s, s.home.under)
		return
	}
	s.drawTop()
}

// offer names the buttons that fit what is known now.
func (s *syncPage) offer() (texts string) {
	for _, c := range s.actions() {
		texts += c.text + " "
	}
	return texts
}

func (s *syncPage) refresh() {
	s.drawTop()
	s.read()
}

func (s *syncPage) leave(on func()) { on() }
