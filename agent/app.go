// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"net/url"
	"path/filepath"
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"yuexin/agent/device"
	"yuexin/agent/flow"
	"yuexin/agent/screen"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/station"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/client"
	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/transfer"
	"yuexin/shared/uikit"
	"yuexin/shared/uikit/scene"
)

// appID names the program for the desktop.
const appID = "cn.gov.example.yuexin.agent"

// windows opens the agent's window on a station and returns when it was closed, or ctx ended.
func windows(ctx context.Context, s *station.Station) error {
	ui, err := uikit.Start(appID)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	a := &app{station: s, print: s.Texts.Printer(i18n.ZhHans), ctx: ctx}
	a.open(ui)
	context.AfterFunc(ctx, func() { uikit.OnUI(ui.Quit) })
	ui.Run()
	cancel()
	a.onLock()
	a.work.Wait()
	return nil
}

// app ties the window to the station: what syncs and watches beside it stops when the desk is locked or the window closes.
type app struct {
	station *station.Station
	print   *i18n.Printer
	screen  *screen.App
	ctx     context.Context

	numbers *station.Numbers // nil until the first demand is registered; of the UI goroutine

	work sync.WaitGroup // everything that Work started

	mu     sync.Mutex // guards all fields below
	client *client.Client
	files  *transfer.Client
	viewer *replica.Viewer    // nil until the desk was opened
	stop   context.CancelFunc // ends run; nil while locked
	while  context.Context    // ended by stop
	cut    context.CancelFunc // ends the link only; nil while it is paused
	linked chan struct{}      // closed when the link that was cut last has ended; nil before
	ended  sync.WaitGroup     // what run started
}

func (a *app) open(ui fyne.App) {
	w := ui.NewWindow(a.print.T("agent.window"))
	w.SetMaster()
	w.Resize(scene.DeskSize)
	locator, err := device.OpenLocator(a.station.Dir)
	if err != nil {
		a.station.Log.Error("open what tells positions", fault.Attr(err)) // they are typed then
	}
	a.screen = &screen.App{
		Locator: locator, Printer: printPDF,
		Window: w, Session: flow.NewSession(a, time.Now), Tray: a, Sync: a, Print: a.print, Now: time.Now, Looks: a,
		Work: a.run, OnOpen: a.onOpen, OnLock: a.onLock, Renew: a.renew,
	}
	a.screen.Open(a.ctx)
	a.work.Go(a.attend)
	w.CenterOnScreen()
	w.Show()
}

// run works beside the UI goroutine.
func (a *app) run(work, done func()) {
	a.work.Go(func() {
		work()
		if a.ctx.Err() == nil {
			uikit.OnUI(done)
		}
	})
}

// idleTick is how often it is looked whether somebody is still there.
const idleTick = time.Second

// attend has the window look whether somebody is still there, as long as it is open.
func (a *app) attend() {
	tick := time.NewTicker(idleTick)
	defer tick.Stop()
	for {
		select {
		case <-a.ctx.Done():
			return
		case <-tick.C:
			uikit.OnUI(a.screen.Tick)
		}
	}
}

// onOpen starts to sync and to watch.
func (a *app) onOpen() {
	c, err := a.station.Client()
	if err != nil {
		return // an enrolment without a server: the desk works, the badge says that nothing was synced
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	files, err := a.station.Transfer(c)
	if err != nil {
		return
	}
	ctx, stop := context.WithCancel(a.ctx)
	a.client, a.files, a.while, a.stop = c, files, ctx, stop
	a.connectLocked()
	a.ended.Go(func() { a.watch(ctx) })
	a.ended.Go(func() { a.station.FollowRules(ctx, time.Now, time.After) })
}

// connectLocked starts to sync, once what was cut has ended.
func (a *app) connectLocked() {
	ctx, cut := context.WithCancel(a.while)
	c, files, before, ended := a.client, a.files, a.linked, make(chan struct{})
	a.cut, a.linked = cut, ended
	a.ended.Go(func() {
		defer close(ended)
		if before != nil {
			<-before
		}
		var both sync.WaitGroup
		both.Go(func() { c.Run(ctx) })
		both.Go(func() { files.Run(ctx) })
		both.Wait()
	})
}

// Pause cuts the link, or takes it up again. Nothing that is not receipted counts as sent.
func (a *app) Pause(pause bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.client == nil || pause == (a.cut == nil):
	case pause:
		a.cut()
		a.cut = nil
	default:
		a.connectLocked()
	}
}

// Sent returns what was done here, with the server's receipts.
func (a *app) Sent(ctx context.Context, waiting bool) ([]flow.Sent, error) {
	a.mu.Lock()
	viewer := a.viewer
	a.mu.Unlock()
	list, err := viewer.Sent(audit.Doing(ctx, audit.Read, "agent.sent"), waiting, flow.SentShown)
	out := make([]flow.Sent, len(list))
	for i, s := range list {
		out[i] = flow.Sent(s)
	}
	return out, err
}

// onLock ends what onOpen started, and waits for it.
func (a *app) onLock() {
	a.mu.Lock()
	stop := a.stop
	a.client, a.files, a.stop, a.cut, a.linked = nil, nil, nil, nil, nil
	a.mu.Unlock()
	if stop != nil {
		stop()
		a.ended.Wait()
	}
}

// How often the window follows what happens: changes come in heaps when a checkpoint arrives, and "2 小时前" grows old.
const (
	heap = 300 * time.Millisecond
	aged = 20 * time.Second
)

// watch shows changes of records and of sync as they come.
func (a *app) watch(ctx context.Context) {
	changes := a.station.Replica.Watch(ctx)
	tick := time.NewTicker(aged)
	defer tick.Stop()
	for ctx.Err() == nil {
		r, moved, err := a.Reading(ctx)
		if err == nil {
			uikit.OnUI(func() { a.screen.SetReading(r) })
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
			uikit.OnUI(a.screen.Rest)
		case <-moved:
		case <-changes:
			if settle(ctx, changes) {
				uikit.OnUI(a.screen.Changed)
			}
		}
	}
}

// renew puts the rules in force that were taken, and returns the desk to work by them; nil
// if there are none. It is called where no form is open.
func (a *app) renew() *flow.Desk {
	changed, err := a.station.PutInForce()
	if err != nil {
		a.station.Log.Error("put rules in force", fault.Attr(err))
	}
	if !changed {
		return nil
	}
	return a.desk()
}

// settle takes what comes within a heap, so that it is drawn once. It reports false when ctx ended.
func settle(ctx context.Context, changes <-chan ident.Record) bool {
	timer := time.NewTimer(heap)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-changes:
		case <-timer.C:
			return true
		}
	}
}

// Reading tells how sync stands.
func (a *app) Reading(ctx context.Context) (flow.Reading, <-chan struct{}, error) {
	a.mu.Lock()
	c, f, paused := a.client, a.files, a.client != nil && a.cut == nil
	a.mu.Unlock()
	var sent transfer.State
	if f != nil {
		sent, _ = f.State()
	}
	var state client.State
	var moved <-chan struct{}
	if c != nil {
		state, moved = c.State()
	}
	st, err := a.station.Replica.Status(ctx)
	if err != nil {
		return flow.Reading{}, moved, err
	}
	return flow.Reading{
		Waiting: st.Waiting + st.Stranded, Oldest: st.Oldest, Refused: st.Refused, Broken: st.Broken, Dismissed: st.Dismissed, Quarantined: st.Quarantined,
		Paused: paused, Online: state.Online, Settled: state.Settled, Sending: state.Sending, Pulling: state.Pulling, Got: st.Got, Total: st.Total,
		Fault: state.Fault, Since: state.Since, Next: state.Next, Held: len(a.station.Replica.Cursors()) > 0,
		Files: flow.FilesReading{
			Waiting: st.Attachments, Sending: sent.Sending, Done: sent.Done, All: sent.All, Paused: sent.Paused, Fault: sent.Fault,
		},
	}, moved, nil
}

// Unsent returns the files that the server does not have yet.
func (a *app) Unsent(ctx context.Context) ([]flow.Unsent, error) {
	all, err := a.station.Replica.UnsentFiles(ctx)
	out := make([]flow.Unsent, len(all))
	for i, one := range all {
		out[i] = flow.Unsent{Digest: one.Digest, Size: one.Size}
	}
	return out, err
}

// Kick asks for an attempt now.
func (a *app) Kick() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.client != nil {
		a.client.Kick()
		a.files.Kick()
	}
}

// PauseFiles stops the upload of attachments, or lets it go on.
func (a *app) PauseFiles(pause bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.files != nil {
		a.files.Pause(pause)
	}
}

// attachments are the files of the laptop as the desk uses them.
type attachments struct {
	*app
	viewer *replica.Viewer
}

// Attach seals a file and keeps it.
func (f attachments) Attach(plain []byte) (record.Attachment, error) { return f.station.Attach(plain) }

// Has reports whether a file is here.
func (f attachments) Has(a record.Attachment) bool { return f.station.Replica.HasAttachment(a.Digest) }

// Open returns a file.
func (f attachments) Open(ctx context.Context, n record.NamedBlob) ([]byte, error) {
	return f.viewer.File(ctx, n)
}

// Fetch downloads a file. Without a client there is no server to ask.
func (f attachments) Fetch(ctx context.Context, h record.Header, a record.Attachment, arrived func(bytes int64)) error {
	f.mu.Lock()
	files := f.files
	f.mu.Unlock()
	if files == nil {
		return fault.New(fault.Unavailable, "sync.no_link")
	}
	return files.Fetch(ctx, h.Scope, a, arrived)
}

// Device tells who the laptop is.
func (a *app) Device() flow.Device {
	e := a.station.Enrolment
	d := flow.Device{Enrolled: a.station.Replica != nil, Name: e.Name, Person: e.Login.Display}
	if len(e.Servers) > 0 {
		d.Server = e.Servers[0]
	}
	if d.Enrolled {
		if _, err := a.station.Whose(context.Background(), ""); err != nil { // several: nobody is greeted by name
			d.Person = ""
		}
	}
	return d
}

// Look takes a look at a server.
func (a *app) Look(ctx context.Context, address string, code enrol.Code) (enrol.Sighting, error) {
	return enrol.Look(ctx, address, code)
}

// Enrol uses up a ticket.
func (a *app) Enrol(ctx context.Context, t enrol.Ticket, passphrase string) error {
	return a.station.Enrol(ctx, t, passphrase)
}

// Unlock opens the data for whoever's passphrase it is.
func (a *app) Unlock(ctx context.Context, passphrase string) (*flow.Desk, error) {
	if err := a.station.Unlock(ctx, passphrase); err != nil {
		return nil, err
	}
	return a.opened(ctx), nil
}

// Opening tells how far Unlock is.
func (a *app) Opening() (done, all int64) { return a.station.Replica.Opening() }

// opened takes the rules that are due before anybody works, and returns the desk.
func (a *app) opened(ctx context.Context) *flow.Desk {
	_, err := a.station.TakeRules(ctx, time.Now())
	if err == nil {
		_, err = a.station.PutInForce()
	}
	if err != nil {
		a.station.Log.Error("look at published rules", fault.Attr(err))
	}
	return a.desk()
}

// AddUser lets one more person work here.
func (a *app) AddUser(ctx context.Context, t enrol.Ticket, passphrase string) (string, error) {
	login, err := a.station.AddUser(ctx, t, passphrase)
	return login.Display, err
}

// desk is what who unlocked the laptop works with.
func (a *app) desk() *flow.Desk {
	s := a.station
	session, viewer := s.Session(), s.Viewer()
	a.mu.Lock()
	a.viewer = viewer
	a.mu.Unlock()
	return &flow.Desk{
		Store: s.Store(), StoreFor: s.StoreFor, Files: attachments{a, viewer}, Shelf: shelf{filepath.Join(s.Dir, "columns.json")}, Unfinished: s.Replica,
		Book: s.Book(), Regions: s.Regions, Print: a.Printer(a.Liked().Lang),
		Actor: session.Actor, Role: session.Role, Name: s.Person(), Now: time.Now, Random: rand.Reader,
		Numbers: a.number, Users: s.Replica.Users, Host: hostOf(s.Enrolment.Servers),
	}
}

// hostOf names the server that this laptop sends to.
func hostOf(servers []string) string {
	if len(servers) == 0 {
		return ""
	}
	if u, err := url.Parse(servers[0]); err == nil && u.Host != "" {
		return u.Host
	}
	return servers[0]
}

// Liked returns how whoever has unlocked the laptop likes the windows.
func (a *app) Liked() flow.Look { return looks(a.station)[a.station.Session().Actor.String()] }

// Like keeps it.
func (a *app) Like(look flow.Look) {
	all := looks(a.station)
	all[a.station.Session().Actor.String()] = look
	if err := a.station.PutTaste(all); err != nil {
		a.station.Log.Error("keep the look", fault.Attr(err))
	}
}

// looks returns the look of everybody who works here; what cannot be read is as nobody has chosen anything.
func looks(s *station.Station) map[string]flow.Look {
	all := map[string]flow.Look{}
	if err := s.Taste(&all); err != nil {
		s.Log.Error("read the looks", fault.Attr(err))
		return map[string]flow.Look{}
	}
	return all
}

// Printer returns the texts in a language; "" is that of the laptop.
func (a *app) Printer(lang i18n.Lang) *i18n.Printer {
	if lang == "" {
		return a.print
	}
	return a.station.Texts.Printer(lang)
}

// number takes the next receipt number of this laptop.
func (a *app) number() (receipt.Number, error) {
	if a.numbers == nil {
		var err error
		if a.numbers, err = station.OpenNumbers(a.station.Dir, a.station.Enrolment.ShortID, rand.Reader); err != nil {
			return "", err
		}
	}
	return a.numbers.Next()
}

// Admins returns who can help with a forgotten passphrase. Where several persons work on
// the laptop, who forgot it is named in the command line, agent recover.
func (a *app) Admins(ctx context.Context) ([]seal.AdminID, error) {
	actor, err := a.station.Whose(ctx, "")
	if err != nil {
		return nil, err
	}
	return a.station.Replica.RecoveryAdmins(ctx, actor)
}

// BeginRecovery asks two administrators for a new passphrase.
func (a *app) BeginRecovery(ctx context.Context, fresh string, first, second seal.AdminID) (*seal.Challenge, error) {
	actor, err := a.station.Whose(ctx, "")
	if err != nil {
		return nil, err
	}
	return a.station.Replica.BeginRecovery(ctx, actor, fresh, first, second)
}

// FinishRecovery takes their response and opens the data.
func (a *app) FinishRecovery(ctx context.Context, fresh string, response *seal.Response) (*flow.Desk, error) {
	actor, err := a.station.Whose(ctx, "")
	if err == nil {
		err = a.station.FinishRecovery(ctx, actor, fresh, response)
	}
	if err != nil {
		return nil, err
	}
	return a.opened(ctx), nil
}

// Beside lets one more person sign beside who unlocked the laptop.
func (a *app) Beside(ctx context.Context, passphrase string) (*flow.Desk, func(), error) {
	g, err := a.station.Beside(ctx, passphrase)
	if err != nil {
		return nil, nil, err
	}
	d := a.desk()
	d.Store, d.Actor, d.Role, d.Name = g.Store, g.Session.Actor, g.Session.Role, g.Name
	return d, g.Leave, nil
}

// Lock closes the data.
func (a *app) Lock() { a.station.Replica.Lock() }

// Refused returns what the server refused.
func (a *app) Refused(ctx context.Context) ([]flow.RefusedGroup, error) {
	a.mu.Lock()
	viewer := a.viewer
	a.mu.Unlock()
	groups, err := viewer.Tray(audit.Doing(ctx, audit.Read, "agent.returns"))
	if err != nil {
		return nil, err
	}
	out := make([]flow.RefusedGroup, len(groups))
	for i, g := range groups {
		out[i] = groupOf(g)
	}
	return out, nil
}

func groupOf(g replica.Group) flow.RefusedGroup {
	var out flow.RefusedGroup
	for _, it := range g.Items {
		out.Items = append(out.Items, flow.Refused{Receipt: it.Receipt, Set: it.Set})
	}
	return out
}

// Resubmit applies an act that corrects a refused one.
func (a *app) Resubmit(ctx context.Context, link record.Link, act record.Act) (record.Receipt, error) {
	return a.station.Replica.Resubmit(ctx, a.station.Session(), link, act)
}

// Discard gives a refused act up.
func (a *app) Discard(ctx context.Context, link record.Link) error {
	return a.station.Replica.Discard(ctx, a.station.Session(), link)
}

// Broken returns what cannot be read any more.
func (a *app) Broken(ctx context.Context) ([]flow.Remains, error) {
	all, err := a.station.Replica.Broken(ctx)
	out := make([]flow.Remains, len(all))
	for i, one := range all {
		out[i] = flow.Remains(one)
	}
	return out, err
}

// Dismiss puts aside what cannot be read any more.
func (a *app) Dismiss(ctx context.Context, link record.Link, reason string) error {
	return a.station.Replica.Dismiss(ctx, a.station.Session(), link, reason)
}
