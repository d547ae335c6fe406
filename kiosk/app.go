// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"github.com/spf13/pflag"

	"yuexin/assets"
	"yuexin/kiosk/device"
	"yuexin/kiosk/flow"
	"yuexin/kiosk/screen"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/region"
	"yuexin/shared/station"
	"yuexin/shared/sync/client"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/transfer"
	"yuexin/shared/typing"
	"yuexin/shared/uikit"
	"yuexin/shared/verbs"
	"yuexin/shared/voice"
)

// made is a day on which this program was written: no clock can rightly stand before it.
var made = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// How often the screen looks at the clock, and the machine at itself.
const (
	tickEvery   = 250 * time.Millisecond
	healthEvery = 10 * time.Second
	expireEvery = time.Hour
)

// App is a kiosk with its windows: a station, the client that keeps it in sync, and the screens.
type App struct {
	station *station.Station
	client  *client.Client
	files   *transfer.Client
	health  *device.Health
	devices device.Set
	press   *device.Press // nil without a printer
	voice   *device.Voice // nil without a speaker
	scripts *voice.Book
	bench   *device.Bench
	flow    *flow.Flow
	screen  *screen.Kiosk
	keys    *keys
	cadres  *cadres

	status struct { // protects what is below; read on the UI goroutine, written beside it
		sync.Mutex
		replica replica.Status
	}
}

// face is how the kiosk was started.
type face struct {
	embedded, session bool
	link              string
}

func (c *face) flags(flags *pflag.FlagSet) {
	flags.BoolVar(&c.embedded, "embedded", false, "be one matter of a machine with its own shell: an ordinary window, which closes when the person is done or gone")
	flags.StringVar(&c.link, "link", "", "with --embedded, what the shell opens: yuexin:demand?village=441284103201")
	flags.BoolVar(&c.session, "session", false, "own the machine: fill the display, whatever its shape, and let nobody close the window")
}

// standing returns how the window stands, and what it was opened for if the machine has a shell of its own.
func (c *face) standing() (uikit.Standing, flow.Matter, error) {
	if c.embedded && c.session {
		return 0, flow.Matter{}, fault.New(fault.Invalid, "kiosk.faces")
	}
	if c.link != "" && !c.embedded {
		return 0, flow.Matter{}, fault.New(fault.Invalid, "kiosk.link.alone")
	}
	m, err := flow.ParseMatter(c.link)
	switch {
	case err != nil:
		return 0, flow.Matter{}, err
	case c.embedded:
		return uikit.Guest, m, nil
	case c.session:
		return uikit.Owner, m, nil
	}
	return uikit.ByDisplay, m, nil
}

// windows opens the kiosk's window on a station and returns when it is closed, ctx ends, or the matter is over for which a
// shell opened it.
func (c *face) windows(ctx context.Context, s *station.Station) error {
	standing, matter, err := c.standing()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	a, err := newApp(ctx, s)
	if err != nil {
		return err
	}
	defer func() { stop(); a.disconnect(); a.cadres.end() }()
	go typing.Load() // beside the driver of the screen, which takes as long; run waits for it
	ui, err := uikit.StartPanel("cn.yuexin.kiosk", standing)
	if err != nil {
		return err
	}
	if standing == uikit.Guest {
		if err := a.flow.Enter(matter); err != nil {
			return err
		}
	}
	return a.run(ctx, ui, standing)
}

func newApp(ctx context.Context, s *station.Station) (*App, error) {
	if err := s.Unlock(ctx, ""); err != nil {
		return nil, err
	}
	if s.Session().Role != flow.Role {
		return nil, fault.New(fault.NotAllowed, "kiosk.role")
	}
	a := &App{station: s}
	var err error
	if a.client, err = s.Client(); err != nil {
		return nil, err
	}
	if a.files, err = s.Transfer(a.client); err != nil {
		return nil, err
	}
	a.health = &device.Health{
		Dir: s.Dir, Now: time.Now, Server: a.serverTime, Online: a.online, Disk: device.FreeDisk, Made: made,
	}
	a.health.Open()
	if a.scripts, err = voice.Load(assets.Folder("voice")); err != nil {
		return nil, err
	}
	a.connect(ctx)
	numbers, err := s.Numbers()
	if err != nil {
		return nil, err
	}
	a.cadres = &cadres{ctx: ctx, station: s}
	w := flow.World{
		Cadres: a.cadres,
		Store:  s.Store(), Drafts: s.Replica, Numbers: numbers.Next, Tray: tray{s}, Book: s.Book(), Texts: s.Texts, Regions: s.Regions,
		Sign: func(message []byte) ([]byte, error) { return s.Replica.SignFor(receipt.Purpose, message) },
		Now:  time.Now, Random: rand.Reader, Log: s.Log,
		Scripts: a.scripts, Greeting: a.devices.Greeting,
	}
	if a.voice != nil { // as with the printer
		w.Voice = a.voice
	}
	tries, err := device.OpenTries(s.Dir)
	if err != nil {
		s.Log.Error("count PINs anew", fault.Attr(err))
	}
	w.Cards, w.Heard, w.Work = tries, a.heard, beside
	if a.press != nil { // a nil *Press is no nil Press
		w.Press = a.press
	}
	a.flow = flow.New(ctx, w, func() { a.show() })
	return a, nil
}

// show draws the flow; before there is a window there is nothing to draw.
func (a *App) show() {
	if a.screen != nil {
		a.screen.Show()
	}
}

// run shows the window until it is closed or ctx ends.
func (a *App) run(ctx context.Context, ui fyne.App, standing uikit.Standing) error {
	kit, err := typing.Load()
	if err != nil {
		return err
	}
	if a.keys, err = newKeys(a.station, kit); err != nil {
		return err
	}
	a.settleKeys()
	a.look(ctx)
	a.flow.SetTroubles(slices.DeleteFunc(a.health.Troubles(), func(t flow.Trouble) bool { return t == flow.NoLink })) // not tried yet
	k := screen.New(a.flow, kit, a.keys.local)
	k.Settle, k.Facts, k.Bench = screen.Settle, a.facts, a.bench
	w := uikit.OpenPanel(ui, a.station.Texts.Printer("").T("kiosk.brand"), k.Content(), standing)
	k.Forget = a.keys.forget
	k.Attach(w, time.Now)
	a.screen = k

	ctx, stop := context.WithCancel(ctx)
	a.flow.OnGone(func() {
		a.keys.endVisit()
		if a.flow.Over() {
			stop()
		}
	})
	var beside sync.WaitGroup
	beside.Go(func() { a.client.Run(ctx) })
	beside.Go(func() { a.files.Run(ctx) })
	beside.Go(func() { a.tick(ctx) })
	beside.Go(func() { a.watch(ctx) })
	beside.Go(func() { a.station.FollowRules(ctx, time.Now, time.After) })
	beside.Go(func() { a.scans(ctx, k) })
	go func() {
		<-ctx.Done()
		uikit.OnUI(ui.Quit)
	}()
	w.ShowAndRun()
	stop()
	beside.Wait()
	return nil
}

// tick lets the flow notice that time passes, and take what waits for nobody to be there.
func (a *App) tick(ctx context.Context) {
	every(ctx, tickEvery, func() { uikit.OnUI(func() { a.flow.Tick(); a.renew() }) })
}

// renew puts the rules in force that were taken, once nobody is at the machine.
func (a *App) renew() {
	if !a.station.RulesWait() || !a.flow.AtRest() {
		return
	}
	if _, err := a.station.PutInForce(); err != nil {
		a.station.Log.Error("put rules in force", fault.Attr(err))
		return
	}
	a.flow.SetRules(a.station.Book(), a.station.Store())
	a.show()
}

// watch looks after the machine beside the screen.
func (a *App) watch(ctx context.Context) {
	expired := time.Time{}
	every(ctx, healthEvery, func() {
		if now := time.Now(); now.Sub(expired) >= expireEvery {
			expired = now
			if err := a.station.Replica.ExpireDrafts(ctx, now.UnixMilli()); err != nil {
				a.station.Log.Error("delete old drafts", fault.Attr(err))
			}
		}
		if err := a.health.Note(); err != nil {
			a.station.Log.Error("watch the clock", fault.Attr(err))
		}
		a.look(ctx)
		if a.press != nil {
			a.press.Look(ctx)
		}
		a.settleKeys()
		a.keys.save()
		troubles := a.health.Troubles()
		uikit.OnUI(func() { a.flow.SetTroubles(troubles) })
	})
}

// settleKeys tells the keyboard where it stands.
func (a *App) settleKeys() {
	villages, err := a.flow.Villages()
	if err != nil {
		a.station.Log.Error("list the villages for the keyboard", fault.Attr(err))
		return
	}
	var codes []region.Code
	for _, v := range villages {
		codes = append(codes, v.Region)
	}
	a.keys.settle(codes)
}

// look asks the outbox how it stands.
func (a *App) look(ctx context.Context) {
	st, err := a.station.Replica.Status(ctx)
	if err != nil {
		return // the window shows what was seen last
	}
	a.status.Lock()
	defer a.status.Unlock()
	a.status.replica = st
}

// every calls f now and then until ctx ends.
func every(ctx context.Context, pause time.Duration, f func()) {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			f()
		}
	}
}

func (a *App) online() bool {
	state, _ := a.client.State()
	return state.Online
}

// heard is when a session last ended well since the program was started.
func (a *App) heard() time.Time {
	state, _ := a.client.State()
	return state.Since
}

// beside runs something that takes long beside the window, then done on it.
func beside(work, done func()) {
	go func() {
		work()
		uikit.OnUI(done)
	}()
}

// serverTime is the server's time as the last session of this boot measured it.
func (a *App) serverTime() (now time.Time, measured bool) {
	ms, measured := a.station.Replica.ServerNow()
	return time.UnixMilli(ms), measured
}

// facts is what staff read about the machine. There is nothing personal in it.
func (a *App) facts() []screen.Fact {
	p := a.flow.Printer()
	a.status.Lock()
	st := a.status.replica
	a.status.Unlock()
	facts := []screen.Fact{
		{Label: p.T("kiosk.staff.device"), Value: a.station.Enrolment.Name},
		{Label: p.T("kiosk.staff.link"), Value: a.linkWord(p)},
		{Label: p.T("kiosk.staff.waiting"), Value: verbs.Waiting(p, st, time.Now())},
		{Label: p.T("kiosk.staff.refused"), Value: p.T("kiosk.staff.refused.count", "n", fmt.Sprint(st.Refused), "kept", fmt.Sprint(st.Quarantined))},
		{Label: p.T("kiosk.staff.disk"), Value: a.freeDisk()},
		{Label: p.T("kiosk.staff.clock"), Value: p.DateTime(time.Now())},
		{Label: p.T("kiosk.staff.time"), Value: a.serverClock(p)},
		{Label: p.T("kiosk.staff.paper"), Value: a.paperWord(p)},
		{Label: p.T("kiosk.staff.server"), Value: a.server()},
		{Label: p.T("kiosk.staff.version"), Value: verbs.Version},
	}
	if n, last, err := a.flow.Settled(context.Background()); err == nil { // staff can do nothing about one that cannot be read
		facts = slices.Insert(facts, 4, screen.Fact{Label: p.T("kiosk.staff.settled"), Value: a.flow.SettledWord(n, last)})
	}
	if st.Total > 0 { // behind what waits to be sent
		first := screen.Fact{Label: p.T("kiosk.staff.first"), Value: p.Size(st.Got) + " / " + p.Size(st.Total)}
		facts = slices.Insert(facts, 3, first)
	}
	return facts
}

func (a *App) linkWord(p *i18n.Printer) string {
	state, _ := a.client.State()
	switch {
	case state.Online:
		return p.T("kiosk.staff.link.on")
	case state.Fault != nil:
		message, _ := p.Explain(state.Fault)
		return message
	}
	return p.T("kiosk.staff.link.off")
}

func (a *App) freeDisk() string {
	free, err := device.FreeDisk(a.station.Dir)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%.1f GB", float64(free)/1e9)
}

// serverClock is what the server's clock says now, "" before a session measured it.
func (a *App) serverClock(p *i18n.Printer) string {
	now, measured := a.serverTime()
	if !measured {
		return ""
	}
	return p.DateTime(now)
}

func (a *App) server() string {
	if len(a.station.Enrolment.Servers) == 0 {
		return ""
	}
	return a.station.Enrolment.Servers[0]
}
