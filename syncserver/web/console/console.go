// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/credit/village"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
	"yuexin/syncserver/store"
)

// Store is what the console needs of the central store; store.Store has it.
type Store interface {
	// As returns the store as one login sees it.
	As(login store.Login) record.Store
	// AsPerson is As for somebody whose own key is at hand: it signs what they do.
	AsPerson(login store.Login, own store.Signer) record.Store

	Device(ctx context.Context, id ident.Device) (store.Device, error)
	Devices(ctx context.Context) ([]store.Device, error)
	Orders(ctx context.Context, device ident.Device) ([]store.Order, error)
	Grants(ctx context.Context, device ident.Device) ([]store.Grant, error)
	Quarantine(ctx context.Context) ([]store.Quarantined, error)
	Kept(ctx context.Context, link record.Link) (*record.ChangeSet, error)
	Decided(ctx context.Context, limit int) ([]store.Decided, error)

	// Watch tells which scopes moved; "" for all of them.
	Watch(ctx context.Context) <-chan ident.Scope

	User(ctx context.Context, name string) (store.User, error)
	Users(ctx context.Context) ([]store.User, error)

	// Note makes audit entries durable; Audited returns them, newest first.
	Note(ctx context.Context, entries ...audit.Entry) error
	Audited(ctx context.Context, q store.AuditQuery) ([]store.Audited, error)
	// Written returns who wrote to a record: fault.NotFound for one that is not there.
	Written(ctx context.Context, id ident.Record) ([]store.Written, error)

	ActorName(ctx context.Context, actor ident.Actor) (string, error)
}

// Gate lets people in; access.Gate does.
type Gate interface {
	// Login returns the user of a name and password. It slows down whoever
	// guesses: fault.RateLimited. Unknown name and wrong password are both
	// fault.Unauthenticated; a user switched off is fault.NotAllowed.
	Login(ctx context.Context, name, password, address string) (store.User, error)

	// Own checks a name and password as Login does and returns the user's own
	// signing key with them, which the caller locks.
	Own(ctx context.Context, name, password, address string) (store.User, *seal.Signer, error)

	// AddUser makes a user with a password: fault.Invalid for a name (field
	// "name") or a password it does not take, fault.Conflict for a name that
	// is taken.
	AddUser(ctx context.Context, u store.User, password string) error

	// Reset sets a user's password: fault.Invalid for one it does not take.
	Reset(ctx context.Context, name, password string) error
}

// Enroller makes one-time codes for new devices.
type Enroller interface {
	// NewCode keeps a code for what e describes and returns it; CodeHash and
	// Expires of e are the enroller's to fill. The code is shown once.
	NewCode(ctx context.Context, e store.Enrolment) (Code, error)
}

// Code is a one-time enrolment code as it is shown to the administrator.
type Code struct {
	Short   string    // typed at the device: "7K2M-9QXD"
	Link    string    // what the QR code holds
	Server  string    // address typed at the device
	Words   [4]string // fingerprint of the server's key, compared aloud; empty where TLS ends elsewhere
	Expires time.Time
}

// Config is what a console is made of. All fields are needed unless marked.
type Config struct {
	Store    Store
	Texts    *i18n.Catalogue
	Regions  *region.Tree
	Rules    // in force; see Under
	Gate     Gate
	Enroller Enroller // optional: without it no codes are made here

	// SwitchOff stops a device at once, or lets it go on.
	SwitchOff func(ctx context.Context, device ident.Device, off bool) error

	// Revoke takes a scope from a device, which purges it and confirms.
	Revoke func(ctx context.Context, device ident.Device, scope ident.Scope) error

	// Decide settles a quarantined change set of a device.
	Decide func(ctx context.Context, device ident.Device, d store.Decision) (record.Receipt, error)

	// Stalled returns what the connections of devices do not get done, and since
	// when; nil for none.
	Stalled func() map[ident.Device]time.Time

	// Connected reports whether a device has a session now.
	Connected func(ident.Device) bool

	// Attachment opens a file that a field names, for a visitor who sees the field;
	// optional: without it no files are shown. fault.NotFound if it is not here.
	Attachment func(record.Attachment) ([]byte, error)

	// Editions returns what was published of the rules; optional: nothing was.
	Editions Editions

	// NewLogin returns a fresh login of a console user with this role; its
	// Device is the server's own.
	NewLogin func(role record.Role, scopes []ident.Scope) (store.Login, error)

	// Reader is the login by which lists are kept in order: all scopes, class
	// C1. A zero Role stands for an analyst of all scopes.
	Reader store.Login

	// Board reads how far a village is, with everything in it added up; optional: without it, or without Rules.Book, there are no
	// boards. What it returns names nobody but staff.
	Board func(ctx context.Context, scope ident.Scope) (village.Board, error)

	// Try scores villages by two cards; optional: without it, or without Rules.Book, no card is tried out.
	Try Try

	// Judge judges places by titles; optional: without it, or without Rules.Book, none is judged here. What it returns counts and
	// names nobody.
	Judge Judge

	// Plates does what the office does about plates and alarms; optional: without it there are no such pages.
	Plates PlateOffice

	// HandOver has one officer take over what another is in charge of; optional: without it there is no such page.
	HandOver HandOverOffice

	// Public returns the address that plates carry, "" for none yet; optional.
	Public func(context.Context) string

	Now    func() time.Time
	Random io.Reader // fit for ids
	Log    *slog.Logger
	Base   string // "/console"; no slash at the end
	Sample bool   // the data is made up, and every page says so

	// PlainHTTP says that the console is served without TLS, here or in a
	// proxy. The session cookie then travels in clear, so only requests from
	// this machine are answered.
	PlainHTTP bool
}

// Console is the handler of all pages below Config.Base.
type Console struct {
	Config
	given    Config // as New got it
	sessions *scs.SessionManager
	pages    *pages
	board    *board
	boards   *boards
	trials   *trials
	handler  http.Handler

	stop     context.CancelFunc // ends the watch of the board
	watching sync.WaitGroup
}

// New returns the console of cfg. Close it to stop what runs beside the
// requests: the watch of the store.
func New(cfg Config) (*Console, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	pages, err := loadPages()
	if err != nil {
		return nil, err
	}
	return begin(cfg, pages, newSessions(cfg, newKeeper(cfg.Now))), nil
}

// Rules are what the console goes by.
type Rules struct {
	Catalogue *record.Catalogue
	Access    *record.Access
	Lending   *lending.Policy
	Audit     *audit.Policy
	Consent   *consent.Policy
	Book      *rulebook.Book // all rules, for sheets of paper; optional: without it none are printed
}

// Under returns the console by newer rules, where whoever is logged in stays so. What c
// answers it answers to the end by the older ones; c is closed as well.
func (c *Console) Under(r Rules) *Console {
	cfg := c.given
	cfg.Rules = r
	return begin(cfg, c.pages, c.sessions)
}

// begin starts a console.
func begin(cfg Config, pages *pages, sessions *scs.SessionManager) *Console {
	given := cfg
	cfg.Store = noting{cfg.Store, cfg}
	c := &Console{Config: cfg, given: given, pages: pages, sessions: sessions}
	if cfg.Reader.Role == "" {
		cfg.Reader.Role = Analyst
	}
	c.board, c.boards = newBoard(cfg.Store.As(cfg.Reader), cfg.Lending), newBoards(cfg.Board)
	c.trials = &trials{of: map[ident.Actor]*trialRun{}}
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	moved := cfg.Store.Watch(ctx)
	c.watching.Go(func() { c.watch(moved) })
	c.handler = c.guard(c.routes())
	return c
}

// watch forgets what moved until moved is closed.
func (c *Console) watch(moved <-chan ident.Scope) {
	for scope := range moved {
		c.board.forget(scope)
		c.boards.forget(scope)
	}
}

func (cfg Config) check() error {
	switch {
	case cfg.Store == nil, cfg.Texts == nil, cfg.Regions == nil, cfg.Catalogue == nil, cfg.Access == nil,
		cfg.Lending == nil, cfg.Audit == nil, cfg.Consent == nil, cfg.Gate == nil,
		cfg.SwitchOff == nil, cfg.Revoke == nil, cfg.Decide == nil, cfg.Stalled == nil, cfg.Connected == nil, cfg.NewLogin == nil, cfg.Now == nil, cfg.Random == nil, cfg.Log == nil:
		return errors.New("console: the configuration is not complete")
	case !strings.HasPrefix(cfg.Base, "/") || strings.HasSuffix(cfg.Base, "/"):
		return errors.New("console: the base begins with a slash and does not end with one")
	}
	return nil
}

// ServeHTTP answers requests below Config.Base.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.handler.ServeHTTP(w, r) }

// Close stops what New started and waits for it.
func (c *Console) Close() error {
	c.stop()
	c.watching.Wait()
	c.trials.end(ident.Actor{})
	c.trials.work.Wait()
	return nil
}

// route is an address of the console.
type route struct {
	pattern string // of http.ServeMux, below the base
	page    Page   // that it belongs to; "" for everybody
	handler handler
}

// table lists every address of the console that shows a page or does something.
func (c *Console) table() []route {
	return []route{
		{"GET /login", "", c.onLogin},
		{"POST /login", "", c.onLoginPost},
		{"POST /logout", "", c.onLogout},
		{"POST /language", "", c.onLanguage},
		{"GET /{$}", "", c.onHome},
		{"GET /demands", PageDemands, c.onDemands},
		{"GET /demands/{id}", PageDemands, c.onDemand},
		{"GET /demands/{id}/attachments/{kind}/{field}", PageDemands, c.onAttachment},
		{"POST /demands/{id}/moves", PageDemands, c.onMove},
		{"GET /demands/{id}/household", PageDemands, c.onBehind("household")},
		{"GET /demands/{id}/merchant", PageDemands, c.onBehind("merchant")},
		{"GET /demands/{id}/paper", PageDemands, c.onDemandPaper},
		{"GET /demands/{id}/household/paper", PageDemands, c.onBehindPaper("household")},
		{"GET /demands/{id}/merchant/paper", PageDemands, c.onBehindPaper("merchant")},
		{"GET /villages", PageVillages, c.onVillages},
		{"GET /villages/{scope}", PageVillages, c.onVillage},
		{"GET /villages/{scope}/elements/{id}/attachments/{field}", PageVillages, c.onElementFile},
		{"GET /notices", PageNotices, c.onNotices},
		{"POST /notices", PageNotices, c.onNoticePost},
		{"POST /notices/{id}/end", PageNotices, c.onNoticeEnd},
		{"GET /points", PagePoints, c.onPoints},
		{"POST /points", PagePoints, c.onPointsPost},
		{"GET /points/lists/{id}/paper", PagePoints, c.onPointsPaper},
		{"GET /titles", PageTitles, c.onTitles},
		{"GET /plates", PagePlates, c.onPlates},
		{"POST /plates", PagePlates, c.onPlatesPost},
		{"POST /plates/asks/{id}", PagePlates, c.onAskPost},
		{"GET /plates/{id}", PagePlates, c.onPlate},
		{"POST /plates/{id}", PagePlates, c.onPlatePost},
		{"GET /alarms", PageAlarms, c.onAlarms},
		{"POST /alarms/{id}", PageAlarms, c.onAlarmPost},
		{"GET /conflicts", PageConflicts, c.onConflicts},
		{"POST /conflicts/{id}/{field}", PageConflicts, c.onSettle},
		{"GET /records/{id}", PageConflicts, c.onRecord},
		{"GET /records/{id}/attachments/{field}", PageConflicts, c.onRecordFile},
		{"GET /records/{id}/paper", PageConflicts, c.onRecordPaper},
		{"GET /quarantine", PageQuarantine, c.onQuarantine},
		{"GET /quarantine/{scope}/{lane}", PageQuarantine, c.onKept},
		{"POST /quarantine/{scope}/{lane}", PageQuarantine, c.onKeptPost},
		{"GET /devices", PageDevices, c.onDevices},
		{"GET /devices/new", PageDevices, c.onNewDevice},
		{"POST /devices/new", PageDevices, c.onNewDevicePost},
		{"GET /devices/{id}", PageDevices, c.onDevice},
		{"GET /devices/{id}/revoke", PageDevices, c.onRevoke},
		{"POST /devices/{id}/revoke", PageDevices, c.onRevokePost},
		{"GET /devices/{id}/switch", PageDevices, c.onSwitch},
		{"POST /devices/{id}/switch", PageDevices, c.onSwitchPost},
		{"GET /users", PageUsers, c.onUsers},
		{"GET /users/new", PageUsers, c.onNewUser},
		{"POST /users/new", PageUsers, c.onNewUserPost},
		{"GET /users/handover", PageUsers, c.onHandOver},
		{"POST /users/handover", PageUsers, c.onHandOverPost},
		{"GET /users/{name}/password", PageUsers, c.onPassword},
		{"POST /users/{name}/password", PageUsers, c.onPasswordPost},
		{"GET /trials", PageTrials, c.onTrials},
		{"POST /trials", PageTrials, c.onTrialPost},
		{"GET /rules", PageRules, c.onRules},
		{"GET /audit", PageAudit, c.onAudit},
		{"POST /audit", PageAudit, c.onAuditPost},
		{"GET /audit/writes", PageAudit, c.onWrites},
		{"/", "", c.onUnknown},
	}
}

func (c *Console) routes() http.Handler {
	mux := http.NewServeMux()
	for _, r := range c.table() {
		if c.Plates == nil && (r.page == PagePlates || r.page == PageAlarms) {
			continue
		}
		h := r.handler
		if r.page != "" {
			h = c.onlyFor(r.page, h)
		}
		mux.Handle(c.at(r.pattern), c.answer(r.page, h))
	}
	mux.Handle(c.at("GET /assets/{file}"), http.HandlerFunc(c.onAsset))
	if c.Base != "" {
		mux.Handle("GET "+c.Base, http.RedirectHandler(c.Base+"/", http.StatusMovedPermanently))
	}
	return mux
}

// at puts the base into a pattern: "GET /login" becomes "GET /console/login".
func (c *Console) at(pattern string) string {
	method, path, found := strings.Cut(pattern, " ")
	if !found {
		return c.Base + pattern
	}
	return method + " " + c.Base + path
}
