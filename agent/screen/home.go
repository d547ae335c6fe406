// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"yuexin/agent/flow"
	"yuexin/shared/ident"
	"yuexin/shared/sync/blob"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// tab is one of the five lists.
type tab int

const (
	tabHouseholds tab = iota
	tabMerchants
	tabDemands
	tabReviews
	tabReturns
)

var tabs = []tab{tabHouseholds, tabMerchants, tabDemands, tabReviews, tabReturns}

func (t tab) key() string {
	return [...]string{"agent.tab.households", "agent.tab.merchants", "agent.tab.demands", "agent.tab.reviews", "agent.tab.returns"}[t]
}

// page is what fills the window beside the menu.
type page interface {
	object() fyne.CanvasObject
	// refresh draws anew, because records changed.
	refresh()
	// leave is asked before another page comes; it calls go on at once or after a question.
	leave(on func())
}

// Home is the desk: villages at the left, a list or one thing at the right, sync always in sight.
type Home struct {
	app  *App
	desk *flow.Desk

	menu  *fyne.Container
	strip *widget.Panel // 示例
	tabs  *fyne.Container
	body  *fyne.Container
	frame *fyne.Container // strip above body
	bar   *fyne.Container // the line above the page, with the badge
	badge *widget.SyncBadge
	toast *widget.Toast

	villages []flow.Village
	scope    ident.Scope // the chosen village, "" for all
	tab      tab
	page     page
	returned int
	reviews  map[ident.Scope]int // cards of the inbox

	files   *files                 // the card of attachments that is shown, or was last
	fetches map[blob.Digest]*fetch // downloads under way

	busy, stale bool // refresh is reading; something changed since it began
}

func newHome(a *App) *Home {
	h := &Home{app: a, desk: a.Session.Desk(), menu: container.NewStack(), tabs: container.NewStack(), body: container.NewStack(), toast: widget.NewToast(nil), fetches: map[blob.Digest]*fetch{}}
	h.strip = widget.NewPanel(theme.AlertTint, "", "", layout.Insets(theme.S5, theme.S1, widget.NewText(a.t("agent.sample")).In(theme.Small, theme.Alert)))
	h.frame = layout.Page(h.strip, h.body, nil)
	h.badge = widget.NewSyncBadge(a.Print, h.onSync)
	places, err := h.desk.Places(a.ctx)
	h.take(loaded{villages: places, err: err})
	h.drawMenu()
	h.showSync()
	h.open(newPeople(h, tabHouseholds))
	return h
}

// menuLayout gives the menu its width: 208 and no more.
type menuLayout struct{}

const menuWidth = 208

func (menuLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(menuWidth+objects[1].MinSize().Width, max(objects[0].MinSize().Height, objects[1].MinSize().Height))
}

func (menuLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Resize(fyne.NewSize(menuWidth, size.Height))
	objects[1].Move(fyne.NewPos(menuWidth, 0))
	objects[1].Resize(fyne.NewSize(size.Width-menuWidth, size.Height))
}

func (h *Home) object() fyne.CanvasObject {
	ground := widget.NewPanel(theme.Canvas, "", "", widget.NewStrut("", ""))
	right := layout.Over(ground, h.frame, h.toast)
	return container.New(menuLayout{}, h.menu, right)
}

// loaded is what the frame shows: the villages and how much was returned.
type loaded struct {
	villages []flow.Village
	returned int
	reviews  map[ident.Scope]int
	err      error
}

// load reads what the frame shows. It may run beside the UI goroutine: counting opens every household.
func (h *Home) load() (l loaded) {
	if l.villages, l.err = h.desk.Villages(h.app.ctx); l.err != nil {
		return l
	}
	returns, err := h.desk.Returns(h.app.ctx, h.app.Tray)
	var damaged []flow.Broken
	if err == nil {
		damaged, err = h.desk.Broken(h.app.ctx, h.app.Tray)
	}
	l.returned = len(returns) + len(damaged)
	if err == nil {
		l.reviews, err = h.desk.ReviewCounts(h.app.ctx)
	}
	l.err = err
	return l
}

// take shows what was loaded.
func (h *Home) take(l loaded) {
	if l.err != nil {
		h.app.tell(l.err)
		return
	}
	h.villages, h.returned, h.reviews = l.villages, l.returned, l.reviews
	if sample := h.villages[0].Sample; sample != h.strip.Visible() {
		h.strip.Hidden = !sample
		h.frame.Refresh()
	}
}

// village returns the chosen one.
func (h *Home) village() flow.Village {
	for _, v := range h.villages {
		if v.Scope == h.scope {
			return v
		}
	}
	return flow.Village{}
}

func (h *Home) drawMenu() {
	a := h.app
	head := layout.Insets(theme.S4, theme.S4, layout.Stack("",
		widget.NewText(a.t("app.name")).In(theme.Title, theme.OnDeep),
		widget.NewText(h.desk.Name).In(theme.Small, theme.OnDeep)))
	items := []fyne.CanvasObject{layout.Insets(theme.S4, theme.S1, widget.NewText(a.t("agent.villages")).In(theme.Small, theme.OnDeep))}
	for _, v := range h.villages {
		note := ""
		if v.Waiting > 0 {
			note = fmt.Sprintf("%s %d", a.t("agent.demand.under_way"), v.Waiting)
		}
		items = append(items, newMenuItem(v.Name, note, fmt.Sprint(v.Households), v.Scope == h.scope, func() { h.onVillage(v.Scope) }))
	}
	foot := layout.Stack("", newMenuItem(a.t("agent.scan"), "", "", false, h.onScan), newMenuItem(a.t("agent.lock"), "", "", false, h.onLock),
		widget.NewStrut("", theme.S3))
	list := container.NewVScroll(layout.Stack("", items...))
	h.menu.Objects = []fyne.CanvasObject{widget.NewPanel(theme.JadeDeep, "", "", layout.Page(head, list, foot))}
	h.menu.Refresh()
}

// header draws the line above every page: title, what may be done, sync.
func (h *Home) header(title fyne.CanvasObject, extra ...fyne.CanvasObject) fyne.CanvasObject {
	row := append([]fyne.CanvasObject{layout.Grow(title)}, extra...)
	h.bar = layout.Lines(theme.S3, append(row, h.badge)...)
	return layout.Stack("", layout.Insets(theme.S5, theme.S3, h.bar), widget.NewRule())
}

// backHeader is the header of a page that leads back to its list.
func (h *Home) backHeader(title string, extra ...fyne.CanvasObject) fyne.CanvasObject {
	back := widget.NewButton(h.app.t("action.back"), widget.Plain, fynetheme.NavigateBackIcon(), h.onBack)
	return h.header(layout.Row(theme.S2, back, layout.Grow(widget.NewTitle(title))), extra...)
}

// tabBar returns the lists with their counts; only one page at a time may hold it.
func (h *Home) tabBar() fyne.CanvasObject {
	h.drawTabs()
	return h.tabs
}

func (h *Home) drawTabs() {
	v := h.village()
	counts := []int{v.Households, v.Merchants, v.Waiting, h.reviews[h.scope], h.returned}
	row := []fyne.CanvasObject{}
	for i, t := range tabs {
		text := h.app.t(t.key())
		if counts[i] > 0 {
			text = fmt.Sprintf("%s %d", text, counts[i])
		}
		b := widget.NewButton(text, widget.Secondary, nil, func() { h.onTab(t) })
		b.SetChosen(t == h.tab)
		row = append(row, b)
	}
	h.tabs.Objects = []fyne.CanvasObject{layout.Row(theme.S2, row...)}
	h.tabs.Refresh()
}

// open shows a page.
func (h *Home) open(p page) {
	h.page = p
	h.body.Objects = []fyne.CanvasObject{p.object()}
	h.body.Refresh()
}

// resting says whether a list is shown.
func (h *Home) resting() bool {
	switch h.page.(type) {
	case *people, *demands, *reviews, *returns:
		return true
	}
	return false
}

// list opens the list of the chosen tab.
func (h *Home) list() {
	if h.app.renew() {
		return // another home shows it
	}
	switch h.tab {
	case tabDemands:
		h.open(newDemands(h))
	case tabReviews:
		h.open(newReviews(h))
	case tabReturns:
		h.open(newReturns(h))
	default:
		h.open(newPeople(h, h.tab))
	}
}

// again goes to the list and reads everything anew.
func (h *Home) again() {
	h.list()
	h.refresh()
}

// refresh draws anew what is shown, once for all that changes while it reads.
func (h *Home) refresh() {
	if h.busy {
		h.stale = true
		return
	}
	h.busy = true
	var l loaded
	h.app.Work(func() { l = h.load() }, func() { h.refreshed(l) })
}

func (h *Home) refreshed(l loaded) {
	h.busy = false
	if h.app.home != h {
		return // locked meanwhile
	}
	h.take(l)
	h.drawMenu()
	h.drawTabs()
	h.page.refresh()
	if h.stale {
		h.stale = false
		h.refresh()
	}
}

func (h *Home) onVillage(scope ident.Scope) {
	h.page.leave(func() {
		h.scope = scope
		h.drawMenu()
		h.list()
	})
}

func (h *Home) onTab(t tab) {
	h.page.leave(func() {
		h.tab = t
		h.list()
	})
}

func (h *Home) onBack() { h.page.leave(h.again) }

func (h *Home) onLock() { h.page.leave(h.app.onLock) }

func (h *Home) onScan() { h.page.leave(func() { openScan(h) }) }

// onScanned looks up what a scanner read while nothing had the focus.
func (h *Home) onScanned(code string) {
	h.page.leave(func() { openScan(h).find(code) })
}

// state is how sync stands, in words.
func (h *Home) state() flow.SyncState { return h.app.reading.State(h.app.Print, h.app.Now()) }

// toneOf returns the tone of a tag.
func toneOf(t flow.Tone) widget.Tone {
	return [...]widget.Tone{flow.Calm: widget.Well, flow.Quiet: widget.Quiet, flow.Notice: widget.Look, flow.Wrong: widget.Bad}[t]
}

func (h *Home) showSync() {
	r := h.app.reading
	last := r.Since
	if last.IsZero() && r.Held {
		last = h.app.Now()
	}
	h.badge.Tell(widget.SyncState{
		Online: r.Online, Receiving: r.Pulling, Got: r.Got, Total: r.Total, Waiting: r.Waiting, Oldest: r.Oldest, Refused: r.Refused, Last: last,
		Off: r.Fault != nil && r.Fault.Key == "sync.quarantine.off",
	}, h.app.Now())
	if h.bar != nil {
		h.bar.Refresh() // what the badge says may be wider now
	}
}

// onSync tells how sync stands, with a button to sync at once.
func (h *Home) onSync() {
	a, s := h.app, h.state()
	var sheet *widget.Sheet
	words := []fyne.CanvasObject{widget.NewTitle(a.t("agent.sync.title")), widget.NewBanner(toneOf(s.Tone), s.Line, "")}
	for _, line := range s.Detail {
		words = append(words, widget.NewText(line))
	}
	shut := widget.NewButton(a.t("action.close"), widget.Secondary, nil, func() { sheet.Close() })
	now := widget.NewButton(a.t("agent.sync.now"), widget.Primary, nil, func() { sheet.Close(); a.Sync.Kick() })
	if f := a.reading.Files; f.Waiting > 0 {
		key := "blob.pause"
		if f.Paused {
			key = "blob.resume"
		}
		words = append(words, widget.NewButton(a.t(key), widget.Secondary, nil, func() { sheet.Close(); a.Sync.PauseFiles(!f.Paused) }))
	}
	more := widget.NewButton(a.t("agent.user.title"), widget.Plain, nil, func() { sheet.Close(); openAddUser(h) })
	words = append(words, layout.Spread(theme.S3, shut, now), layout.Row("", more, layout.Gap()))
	sheet = widget.NewSheet(layout.Stack(theme.S3, words...))
	sheet.Open(a.canvas)
	a.focus(shut)
}
