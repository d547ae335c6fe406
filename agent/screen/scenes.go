// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/sync/record"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
)

// RegisterScenes puts every screen into the gallery, over the made-up laptop of package stage.
func RegisterScenes() {
	registerTableScenes()
	for _, s := range append(formScenes(), []formScene{
		{"unlock", func(a *App, _ *stage.Stage) { a.Session.Lock(); a.enter() }},
		{"unlock-refused", showUnlockRefused},
		{"recover", func(a *App, _ *stage.Stage) { recovering(a) }},
		{"recover-text", func(a *App, _ *stage.Stage) { recoverText(a) }},
		{"recover-answer", showRecoverAnswer},
		{"enrol", func(a *App, s *stage.Stage) { s.Gate.Fresh(); a.Session = flow.NewSession(s.Gate, a.Now); a.enter() }},
		{"enrol-words", showWords},
		{"households", func(*App, *stage.Stage) {}},
		{"households-none", func(a *App, _ *stage.Stage) { a.home.page.(*people).search.SetText("xyz") }},
		{"household", func(a *App, _ *stage.Stage) { a.home.open(newPerson(a.home, stage.Chen)) }},
		{"household-dispute", showDispute},
		{"households-deletion", showDeletion},
		{"household-edit", showEditDispute},
		{"household-new", func(a *App, _ *stage.Stage) { a.home.openForm(a.home.desk.NewHousehold(a.ctx, stage.Fuxi)) }},
		{"household-refused", showRefused},
		{"demand-new", showNewDemand},
		{"merchant", func(a *App, _ *stage.Stage) { a.home.open(newPerson(a.home, stage.Shop)) }},
		{"merchant-new", func(a *App, _ *stage.Stage) { a.home.openForm(a.home.desk.NewMerchant(a.ctx, stage.Fuxi)) }},
		{"merchant-refused", showMerchantRefused},
		{"merchants", func(a *App, _ *stage.Stage) { a.home.onTab(tabMerchants) }},
		{"demands", func(a *App, _ *stage.Stage) { a.home.onTab(tabDemands) }},
		{"demand", func(a *App, _ *stage.Stage) { a.home.open(newDemand(a.home, stage.Demand)) }},
		{"demand-move", showMove},
		{"reviews", showReviews},
		{"reviews-settled", showReviewsSettled},
		{"reviews-other", showReviewsOther},
		{"reviews-none", func(a *App, _ *stage.Stage) { a.home.onTab(tabReviews) }},
		{"returns", showReturns},
		{"returns-broken", func(a *App, s *stage.Stage) { s.Tray.Break(); a.home.onTab(tabReturns) }},
		{"returns-aside", showAside},
		{"returns-none", func(a *App, _ *stage.Stage) { a.home.onTab(tabReturns) }},
	}...) {
		main := s.name == "households" || s.name == "household" || s.name == "demand"
		scene.Register(scene.Scene{Name: "agent/" + s.name, Place: theme.Desk, Main: main, Build: func(p *i18n.Printer) fyne.CanvasObject {
			a, st := staged(p)
			s.show(a, st)
			return a.content
		}})
	}
	registerVisitScenes()
	registerDesk()
	registerCardScenes()
	registerScoreScenes()
	registerPointScenes()
	registerWholeScenes()
	registerPlateScenes()
	var last *App
	for name, over := range map[string]func(a *App){
		"scan": func(a *App) { openScan(a.home) }, "scan-foreign": func(a *App) { openScan(a.home).find("https://police.example/d?id=12345678") },
		"user": func(a *App) { openAddUser(a.home) }, "sync": func(a *App) { a.home.onSync() }, "sync-off": lockedOut, "sync-refused": syncRefused, "sync-first": syncFirst, "demand-receipt": registerDemand,
		"task-join": joinTask,
	} {
		scene.Register(scene.Scene{
			Name: "agent/" + name, Place: theme.Desk,
			Build: func(p *i18n.Printer) fyne.CanvasObject { last, _ = staged(p); return last.content },
			Over:  func(_ *i18n.Printer, c fyne.Canvas) { last.canvas = c; over(last) },
		})
	}
	registerSheetScenes()
}

// staged returns an open desk that is drawn without a window.
func staged(p *i18n.Printer) (*App, *stage.Stage) {
	s := stage.New(p.Lang())
	a := &App{
		Session: flow.NewSession(s.Gate, s.Desk.Now), Tray: s.Tray, Sync: s.Sync, Print: p, Now: s.Desk.Now,
		Work: func(work, done func()) { work(); done() }, ctx: context.Background(), content: container.NewStack(),
	}
	_ = a.Session.Unlock(a.ctx, stage.Passphrase) // the stage has this passphrase
	a.reading, _, _ = s.Sync.Reading(a.ctx)
	a.enter()
	return a, s
}

// locked shows the way in.
func locked(a *App) *gate {
	a.Session.Lock()
	g := newGate(a)
	a.show(g.object())
	return g
}

func showUnlockRefused(a *App, _ *stage.Stage) {
	g := locked(a)
	g.passphrase.SetText("not the passphrase")
	g.onUnlock()
}

// recovering shows the first step of a recovery.
func recovering(a *App) *recovery {
	r, err := a.Session.Forgot(a.ctx)
	if err != nil {
		panic(err) // the stage has administrators
	}
	out := &recovery{gate: locked(a), flow: r}
	out.choose()
	return out
}

// recoverText shows the text for the administrators.
func recoverText(a *App) *recovery {
	r := recovering(a)
	r.helpers.Set(r.flow.Admins()[:2])
	fresh := stage.Passphrase + "数"
	r.gate.passphrase.SetText(fresh)
	r.gate.again.SetText(fresh)
	r.onBegin()
	return r
}

// showRecoverAnswer has a slip in the second line of the response.
func showRecoverAnswer(a *App, s *stage.Stage) {
	r := recoverText(a)
	_, response := s.Gate.Approve(r.flow.Challenge().Text)
	lines := strings.Split(response, "\n")
	lines[2] = strings.Replace(lines[2], lines[2][:2], "ZZ", 1)
	r.answer()
	r.response.SetText(strings.Join(lines, "\n"))
	r.onFinish()
}

func showWords(a *App, s *stage.Stage) {
	s.Gate.Fresh()
	a.Session = flow.NewSession(s.Gate, a.Now)
	if err := a.Session.Address(a.ctx, "credit.example.cn", "KD6HB-D9FMT"); err != nil {
		panic(err) // the address and code are right
	}
	a.enter()
}

// disagree has a colleague give another debt than what was given here, and somebody at a kiosk another acreage.
func disagree(a *App, s *stage.Stage) {
	row, err := s.Desk.Store.Get(a.ctx, stage.Chen)
	if err != nil {
		panic(err) // 陈秀英 is on the stage
	}
	base, _ := s.Desk.Store.Base(a.ctx, stage.Fuxi)
	write := func(store record.Store, source record.Source, f record.Field, v record.Value) {
		_, _ = store.Apply(a.ctx, record.Act{Name: "household.edit", Scope: stage.Fuxi, Base: base, Source: source, Writes: []record.Write{{
			Op: record.Edit, Header: row.Header, Fields: map[record.Field]record.Value{f: v},
		}}}) // all of them fit the catalogue
	}
	other := s.As(stage.Other, "officer")
	write(s.Desk.Store, 0, "debt_own_bank", record.OfInt(2_000_000))
	write(other, 0, "debt_own_bank", record.OfInt(1_000_000))
	write(s.Desk.Store, 0, "land_area", record.OfInt(350))
	write(other, record.SelfDeclared, "land_area", record.OfInt(420))
}

// showEditDispute opens the form of a household whose identity number two people gave differently.
func showEditDispute(a *App, s *stage.Stage) {
	row, err := s.Desk.Store.Get(a.ctx, stage.Chen)
	if err != nil {
		panic(err) // 陈秀英 is on the stage
	}
	base, _ := s.Desk.Store.Base(a.ctx, stage.Fuxi)
	numbers := []string{"441284196803120021", "441284196308120024"}
	for i, store := range []record.Store{s.Desk.Store, s.As(stage.Other, "officer")} {
		_, _ = store.Apply(a.ctx, record.Act{Name: "household.edit", Scope: stage.Fuxi, Base: base, Writes: []record.Write{{
			Op: record.Edit, Header: row.Header, Fields: map[record.Field]record.Value{"resident_id": record.OfText(numbers[i])},
		}}}) // both fit the catalogue
	}
	a.home.openForm(a.home.desk.Edit(a.ctx, stage.Chen))
}

func showDispute(a *App, s *stage.Stage) {
	disagree(a, s)
	a.home.open(newPerson(a.home, stage.Chen))
}

// showReviews has a colleague propose how to settle a dispute.
// showAside asks why something damaged is put aside.
func showAside(a *App, s *stage.Stage) {
	s.Tray.Break()
	a.home.onTab(tabReturns)
	if list, err := a.home.desk.Broken(a.ctx, a.Tray); err == nil {
		a.home.page.(*returns).onAside(list[0])
	}
}

// showDeletion has one person delete a household and another change it.
func showDeletion(a *App, s *stage.Stage) {
	row, err := s.Desk.Store.Get(a.ctx, stage.Chen)
	if err != nil {
		return
	}
	base, _ := s.Desk.Store.Base(a.ctx, stage.Fuxi)
	for _, act := range []struct {
		store record.Store
		write record.Write
	}{
		{s.Desk.Store, record.Write{Op: record.Delete, Header: row.Header}},
		{s.Colleague().Store, record.Write{Op: record.Edit, Header: row.Header, Fields: map[record.Field]record.Value{"phone": record.OfText("13900139000")}}},
	} {
		_, _ = act.store.Apply(a.ctx, record.Act{Name: "scene", Scope: stage.Fuxi, Base: base, Writes: []record.Write{act.write}})
	}
	a.home.onTab(tabHouseholds)
	a.home.refresh()
}

func showReviews(a *App, s *stage.Stage) {
	disagree(a, s)
	colleague := s.Colleague()
	if list, _, err := colleague.Reviews(a.ctx, "", flow.ReviewsShown); err == nil {
		_ = colleague.Choose(a.ctx, list[0], 1, "看过银行借据") // the dispute is on the stage
	}
	a.home.onTab(tabReviews)
	a.home.refresh()
}

func showReviewsSettled(a *App, s *stage.Stage) {
	showReviews(a, s)
	r := a.home.page.(*reviews)
	if list, _, err := a.home.desk.Reviews(a.ctx, "", flow.ReviewsShown); err == nil {
		r.onChoose(list[0], 1)
	}
}

func showReviewsOther(a *App, s *stage.Stage) {
	showReviews(a, s)
	if list, _, err := a.home.desk.Reviews(a.ctx, "", flow.ReviewsShown); err == nil {
		a.home.page.(*reviews).onOther(list[0])
	}
}

func showRefused(a *App, _ *stage.Stage) {
	e, err := a.home.desk.NewHousehold(a.ctx, stage.Fuxi)
	if err == nil {
		_ = e.Session.Set("head_name", "周小梅")
		_ = e.Session.Set("phone", "1380013") // its fault is what is to be seen
	}
	a.home.openForm(e, err)
	a.home.page.(*form).onSave()
}

func showMerchantRefused(a *App, _ *stage.Stage) {
	e, err := a.home.desk.NewMerchant(a.ctx, stage.Fuxi)
	if err == nil {
		_ = e.Session.Set("name", "大沙水产店")
		_ = e.Session.Set("uscc", "91441284MA4") // its fault is what is to be seen
	}
	a.home.openForm(e, err)
	a.home.page.(*form).onSave()
}

func showNewDemand(a *App, _ *stage.Stage) {
	e, err := a.home.desk.NewDemand(a.ctx, stage.Chen)
	if err == nil {
		_ = e.Session.Set("asked", "5万")
	}
	a.home.openForm(e, err)
}

// registerDemand shows the number of a demand that was just registered.
func registerDemand(a *App) {
	e, err := a.home.desk.NewDemand(a.ctx, stage.Chen)
	if err != nil {
		panic(err) // 陈秀英 is on the stage
	}
	for path, text := range map[string]string{"asked": "5万", "purpose": "planting", "term_months": "12", "agree": "yes"} {
		_ = e.Session.Set(path, text) // all fit
	}
	a.home.openForm(e, nil)
	a.home.page.(*form).onSave()
}

// lockedOut shows what the sheet says of a laptop that was switched off centrally.
func lockedOut(a *App) {
	a.SetReading(flow.Reading{Waiting: 3, Oldest: stage.Now.Add(-2 * time.Hour), Held: true, Fault: fault.New(fault.NotAllowed, "sync.quarantine.off")})
	a.home.onSync()
}

// syncRefused shows what the sheet says when the server gave things back and the line is up.
func syncRefused(a *App) {
	a.SetReading(flow.Reading{Online: true, Settled: true, Since: stage.Now, Held: true, Refused: 2, Quarantined: 1})
	a.home.onSync()
}

// syncFirst shows what the sheet says of a first download whose link broke.
func syncFirst(a *App) {
	a.SetReading(flow.Reading{Got: 2_310_000, Total: 8_666_000, Held: true, Fault: fault.New(fault.Unavailable, "sync.cut")})
	a.home.onSync()
}

func showMove(a *App, _ *stage.Stage) {
	d := newDemand(a.home, stage.Demand)
	a.home.open(d)
	d.onMove(d.detail.Moves[1])
}

func showReturns(a *App, s *stage.Stage) {
	s.Tray.Refuse(refusedPhone(a), "sync.reject.missing", "", nil)
	a.home.onTab(tabReturns)
	a.home.refresh()
}

// refusedPhone is an act about 陈秀英's telephone.
func refusedPhone(a *App) record.Act {
	row, err := a.home.desk.Store.Get(a.ctx, stage.Chen)
	if err != nil {
		panic(err) // 陈秀英 is on the stage
	}
	return record.Act{Name: "household.edit", Scope: stage.Fuxi, Writes: []record.Write{{
		Op: record.Edit, Header: row.Header, Fields: map[record.Field]record.Value{"phone": record.OfText("13900139000")},
	}}}
}
