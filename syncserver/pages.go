// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"yuexin/shared/credit/alarm"
	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/credit/points"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/credit/scoring"
	"yuexin/shared/credit/title"
	"yuexin/shared/credit/village"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/fleet"
	"yuexin/syncserver/plates"
	"yuexin/syncserver/score"
	"yuexin/syncserver/store"
	"yuexin/syncserver/web/console"
	"yuexin/syncserver/web/resident"
)

const consolePath = "/console"

// console returns the pages of banks and government.
func (s *server) console() (http.Handler, error) {
	c, err := console.New(console.Config{
		Store: s.Store, Texts: s.Texts, Regions: s.Regions, Rules: consoleRules(s.Book()), Gate: s.Gate, Enroller: enroller{s.App, s.fleet},
		Connected:  func(id ident.Device) bool { return s.hub.Connected()[id] },
		Attachment: s.attach.Open, Editions: s.editions, Public: s.officialURL, Plates: plateOffice{s.App}, Board: s.villageBoard, Try: s.tryCard, Judge: s.judgeTitle, HandOver: handOverOffice{operator{s.App, s.fleet}},
		Revoke: s.fleet.Revoke, Decide: s.fleet.Decide, Stalled: s.hub.Stalled,
		SwitchOff: s.fleet.SwitchOff, NewLogin: s.newLogin, Now: s.Now, Random: s.Random, Log: s.Log, Base: consolePath, Sample: s.Sample, PlainHTTP: s.plain && !s.proxied(),
	})
	if err != nil {
		return nil, err
	}
	s.pages.Store(c)
	s.closers = append(s.closers, func() error { return s.pages.Load().Close() })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.pages.Load().ServeHTTP(w, r) }), nil
}

// villageBoard reads how far a village is, as the desk: what it adds up is told of nobody.
func (a *App) villageBoard(ctx context.Context, scope ident.Scope) (village.Board, error) {
	return village.Read(ctx, a.desk(), a.Book().Boards(), scope, a.Now())
}

// tryCard scores villages by two cards, as the desk: what becomes of it names nobody, until somebody who may reads a name.
func (a *App) tryCard(ctx context.Context, t console.TryOf, keep func(*scoring.Trial)) error {
	run := score.Run{Card: t.Card, Rival: t.Rival, Day: t.Day, Store: a.desk(), Named: t.Named}
	return run.All(ctx, t.Villages, func(v score.Village) { keep(v.Trial) })
}

// judgeTitle judges a place by a title, as the desk: what it counts names nobody.
func (a *App) judgeTitle(ctx context.Context, id, place, name string) (title.Verdict, title.Standing, error) {
	j, err := a.titles().Judge(ctx, id, place, name)
	return j.Verdict, j.Standing, err
}

// officialURL is the address that plates carry, "" before there is one.
func (s *server) officialURL(ctx context.Context) string {
	public, err := s.publicURL(ctx, "", false)
	if err != nil {
		s.Log.ErrorContext(ctx, "read the public address", fault.Attr(err))
	}
	return public
}

func consoleRules(b *rulebook.Book) console.Rules {
	return console.Rules{Catalogue: b.Catalogue, Access: b.Access, Lending: b.Lending, Audit: b.Audit, Consent: b.Consent, Book: b}
}

// enroller makes codes for the console.
type enroller struct {
	app   *App
	fleet *fleet.Service
}

// NewCode implements console.Enroller.
func (e enroller) NewCode(ctx context.Context, n store.Enrolment) (c console.Code, err error) {
	invite := fleet.Invite{
		Device: n.Device, Name: n.Name, Program: n.Program, Actor: n.Actor, Display: n.Display,
		Role: n.Role, Scopes: n.Scopes, By: n.By,
	}
	issued, err := e.fleet.NewTicket(ctx, invite)
	if err != nil {
		return c, err
	}
	if err := e.app.enter(ctx, invite); err != nil {
		return c, err
	}
	if c.Link, err = issued.Ticket.QR(); err != nil {
		return c, err
	}
	c.Short, c.Server, c.Expires = issued.Ticket.Code.String(), issued.Ticket.Servers[0], issued.Ticket.Expires
	if issued.HasWords {
		copy(c.Words[:], strings.Fields(issued.Words.String()))
	}
	return c, nil
}

// residents returns the page behind every doorplate.
func (s *server) residents(ctx context.Context) (http.Handler, error) {
	if err := s.loadPlateKeys(ctx); err != nil {
		return nil, err
	}
	formKey, err := s.secret(ctx, "resident.form", 32)
	if err != nil {
		return nil, err
	}
	numbers, err := s.numberer(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := plates.OpenKeys(s.keys(), s.Now(), nil)
	if err != nil {
		return nil, err
	}
	provers, err := s.provers()
	if err != nil {
		return nil, err
	}
	cfg := resident.Config{
		Resident: s.Store.As(s.logins.Resident), Desk: s.desk(),
		Keys:    func() doorplate.KeySet { return *s.plateKeys.Load() },
		Lending: func() *lending.Policy { return s.Book().Lending }, Consents: func() *consent.Policy { return s.Book().Consent },
		Catalogue: func() *record.Catalogue { return s.Book().Catalogue },
		Points:    func() *points.Policy { return s.Book().Points },
		Form:      func() *forms.Form { return s.Book().Forms[string(lending.KindDemand)] },
		Numbers:   numbers.next, Texts: s.Texts, Now: s.Now, Random: s.Random, Pause: pause, Key: formKey, CardKey: keys.CardKey(),
		Files: func() myfile.Rules { return s.Book().Files() }, Regions: s.Regions, Note: s.noteResident,
		Confirm: s.office().Confirm, Drafts: drafts{s.App}, Uses: s.uses, Provers: provers, PlainHTTP: s.plain && !s.proxied(),
		Public: s.public, Contact: s.contact(), Sample: s.Sample, Log: s.Log, Watch: s.watchScan,
	}
	s.receipts = resident.NewReceipts(cfg, time.After)
	cfg.Receipts = s.receipts
	return resident.New(cfg)
}

// noteResident puts what a resident does on their phone into the audit log, as the login of the page that serves them.
func (s *server) noteResident(ctx context.Context, e audit.Entry) error {
	e.Actor, e.Login = s.logins.Resident.Actor, s.logins.Resident.ID
	return s.Store.Note(ctx, e)
}

// scansWaiting is how many scans may wait to be counted. More are dropped: whoever floods the page is counted long before.
const scansWaiting = 1024

// watchScan hands a scan to the alarms, without waiting.
func (s *server) watchScan(one alarm.Scan) {
	select {
	case s.scans <- one:
	default:
	}
}

// contact is whom residents can ask.
func (s *server) contact() resident.Contact {
	c := s.cfg.Contact
	if c.Name == "" {
		c.Name = s.Texts.Printer(i18n.ZhHans).T("server.contact.name")
	}
	return c
}

// pause waits, or returns early when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// secret returns a secret of the store's own by name, drawing it at first
// use: it stays the same after a restart and on every node.
func (a *App) secret(ctx context.Context, name string, size int) ([]byte, error) {
	value, err := a.Store.Setting(ctx, name)
	if err != nil || value != nil {
		return value, err
	}
	value = make([]byte, size)
	if _, err := io.ReadFull(a.Random, value); err != nil {
		return nil, fmt.Errorf("draw %s: %w", name, err)
	}
	return value, a.Store.SetSetting(ctx, name, value)
}
