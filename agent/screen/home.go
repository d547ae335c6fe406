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
	mark  *widget.Watermark // who looks, and when

	villages []flow.Village
	scope    ident.Scope // the chosen village, "" for all
	tab      tab
	page     page
	returned int
	begun    int                 // forms that were begun and not saved
	reviews  map[ident.Scope]int // cards of the inbox

	under   page                   // the page below the one that is shown, nil: a list
	files   *files                 // the card of attachments that is shown, or was last
	fetches map[blob.Digest]*fetch // downloads under way

	refreshing reading
}

func newHome(a *App) *Home {
	h := &Home{app: a, desk: a.Session.Desk(), menu: container.NewStack(), tabs: container.NewStack(), body: container.NewStack(), toast: widget.NewToast(nil), fetches: map[blob.Digest]*fetch{}}
	h.strip = widget.NewPanel(theme.AlertTint, "", "", layout.Insets(theme.S5, theme.S1, widget.NewText(a.t("agent.sample")).In(theme.Small, theme.Alert)))
	h.frame = layout.Page(h.strip, h.body, nil)
	h.badge = widget.NewSyncBadge(a.Print, h.onSync)
	h.mark = widget.NewWatermark(h.markText())
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
	right := layout.Over(ground, h.frame, h.mark, h.toast)
	return container.New(menuLayout{}, h.menu, right)
}

// markText is what the watermark says: whoever photographs the screen is named on the photo, and the minute.
func (h *Home) markText() string { return h.desk.Name + " " + h.app.Print.DateTime(h.app.Now()) }

// loaded is what the frame shows: the villages and how much was returned.
type loaded struct {
	villages []flow.Village
	returned int
	begun    int
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
	if err == nil {
		var unfinished []flow.Begun
		unfinished, err = h.desk.Begun(h.app.ctx)
		l.begun = len(unfinished)
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
	h.villages, h.returned, h.begun, h.reviews = l.villages, l.returned, l.begun, l.reviews
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
	deeds := h.begunItem()
	for _, c := range h.actions() {
		if c.place == inMenu {
			deeds = append(deeds, newMenuItem(a.wordsOf(c), "", c.keys.String(), false, c.do))
		}
	}
	foot := layout.Stack("", append(deeds, widget.NewStrut("", theme.S3))...)
	list := container.NewVScroll(layout.Stack("", items...))
	h.menu.Objects = []fyne.CanvasObject{widget.NewPanel(theme.JadeDeep, "", "", layout.Page(head, list, foot))}
	h.menu.Refresh()
}

// actions is what can be done everywhere.
func (h *Home) actions() []action {
	return []action{
		{text: "agent.keys.title", keys: key(fyne.KeyF1), do: h.openKeys, place: inMenu},
		{text: "agent.today.menu", keys: key(fyne.KeyF2), do: h.onToday, place: inMenu},
		{text: "agent.day.menu", keys: key(fyne.KeyF3), do: h.onDayEnd, place: inMenu},
		{text: "agent.tables.title", keys: key(fyne.KeyF4), do: h.onTables, place: inMenu},
		{text: "agent.keys.search", keys: ctrl(fyne.KeyF), do: h.onFind},
		{text: "agent.sync.now", keys: key(fyne.KeyF5), do: h.onKick},
		{text: "agent.sync.title", keys: key(fyne.KeyF6), do: h.onSync},
		{text: "agent.map", keys: key(fyne.KeyF7), do: h.onMap, place: inMenu},
		{text: "agent.scan", keys: key(fyne.KeyF8), do: h.onScan, place: inMenu},
		{text: "agent.dark", keys: key(fyne.KeyF9), do: h.app.onDark, place: inMenu},
		{text: "agent.lang", keys: key(fyne.KeyF10), do: h.app.onLang, place: inMenu},
		{text: "agent.lock", keys: ctrl(fyne.KeyL), do: h.onLock, place: inMenu},
		{text: "agent.keys.back", keys: key(fyne.KeyEscape), do: h.onBack},
	}
}

// listActions leads to the lists and the villages.
func (h *Home) listActions() []action {
	table := []action{
		{text: "agent.keys.village.before", keys: ctrl(fyne.KeyPageUp), do: func() { h.onNext(-1) }},
		{text: "agent.keys.village.next", keys: ctrl(fyne.KeyPageDown), do: func() { h.onNext(1) }},
	}
	for i, t := range tabs {
		table = append(table, action{text: t.key(), keys: ctrl(fyne.KeyName('1' + rune(i))), do: func() { h.onTab(t) }})
	}
	return table
}

// onNext goes to the village before or after the chosen one.
func (h *Home) onNext(step int) {
	for i, v := range h.villages {
		if to := i + step; v.Scope == h.scope && to >= 0 && to < len(h.villages) {
			h.onVillage(h.villages[to].Scope)
			return
		}
	}
}

// seeker is a page that can be searched.
type seeker interface{ seek() fyne.Focusable }

// onFind puts the cursor into the search of the list, going there from anything else.
func (h *Home) onFind() {
	if _, ok := h.page.(seeker); !ok {
		h.page.leave(func() {
			h.again()
			h.focusSearch()
		})
		return
	}
	h.focusSearch()
}

func (h *Home) focusSearch() {
	if p, ok := h.page.(seeker); ok {
		h.app.focus(p.seek())
	}
}

// onKick asks for an attempt to sync now.
func (h *Home) onKick() {
	h.app.Sync.Kick()
	h.toast.Tell(h.app.t("agent.sync.asked"))
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

// open shows a page; back from it leads to a list.
func (h *Home) open(p page) { h.lay(p, nil) }

// openOver shows a page; back from it leads to the one that is shown now.
func (h *Home) openOver(p page) { h.lay(p, h.page) }

func (h *Home) lay(p, under page) {
	h.page, h.under = p, under
	h.body.Objects = []fyne.CanvasObject{p.object()}
	h.body.Refresh()
}

// resting says whether a list is shown.
func (h *Home) resting() bool {
	switch h.page.(type) {
	case *people, *demands, *reviews, *returns, *today, *dayEnd:
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
	var l loaded
	h.refreshing.begin(h, func() { l = h.load() }, func() {
		h.take(l)
		h.drawMenu()
		h.drawTabs()
		h.page.refresh()
	})
}

func (h *Home) onVillage(scope ident.Scope) {
	h.page.leave(func() {
		h.scope = scope
		h.drawMenu()
		switch h.page.(type) {
		case *today:
			h.open(newToday(h))
			return
		case *mapPage:
			h.open(newMapPage(h))
			return
		}
		h.list()
	})
}

func (h *Home) onTab(t tab) {
	h.page.leave(func() {
		h.tab = t
		h.list()
	})
}

// returning is a page that does not lead back to the list of the chosen tab.
type returning interface{ back() }

func (h *Home) onBack() {
	on := func() {
		if h.under != nil {
			h.open(h.under)
			return
		}
		h.again()
	}
	if p, ok := h.page.(returning); ok {
		on = p.back
	}
	h.page.leave(on)
}

func (h *Home) onToday() { h.page.leave(func() { h.open(newToday(h)) }) }

func (h *Home) onDayEnd() { h.page.leave(func() { h.open(newDayEnd(h)) }) }

func (h *Home) onLock() { h.app.lock() }

func (h *Home) onScan() { h.page.leave(func() { openScan(h) }) }

func (h *Home) onMap() { h.page.leave(func() { h.open(newMapPage(h)) }) }

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
	if p, ok := h.page.(*syncPage); ok {
		p.told()
	}
}

// onSync shows how sync stands and what became of what was done here.
func (h *Home) onSync() {
	if _, there := h.page.(*syncPage); !there {
		h.page.leave(func() { h.openOver(newSyncPage(h)) })
	}
}
