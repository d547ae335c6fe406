// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"context"
	"errors"
	"hash/maphash"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"yuexin/shared/credit/alarm"
	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/credit/points"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/access"
)

// Config is what the page needs. Everything without "may be" is required.
type Config struct {
	// Resident is the store as the role "resident" sees it: what a phone sends
	// is written through it and can claim no more than that role may.
	Resident record.Store
	// Desk reads as the role "desk": plates, the void list, and the phone tail
	// that a receipt is compared with. Nothing is written through it.
	Desk Reader

	// Keys are the public keys whose plates count, now.
	Keys func() doorplate.KeySet
	// Lending and Consents return the rules in force; a request keeps those it began with.
	Lending  func() *lending.Policy
	Consents func() *consent.Policy
	// Points returns what earns civic points, in force.
	Points func() *points.Policy
	// Form is the form by which a demand is asked for, in force.
	Form func() *forms.Form
	// Fallback is the bank that gets the demands of villages for which no bank
	// is posted; zero closes the form there.
	Fallback ident.Org
	// Numbers gives each receipt number once; a number that was given and not
	// used is lost.
	Numbers func(ctx context.Context) (receipt.Number, error)

	Texts *i18n.Catalogue
	// Now is the server's clock, Random fit for keys.
	Now    func() time.Time
	Random io.Reader
	// Pause waits, or returns early when ctx ends. It makes all answers about
	// the state of a demand take equally long.
	Pause func(ctx context.Context, d time.Duration)
	// Key signs forms: MinKey bytes, secret, the same after a restart and on
	// every node, so that an open form stays good.
	Key []byte

	// Receipts makes the records of the receipts that are given here.
	Receipts *Receipts

	// Catalogue names the kinds and fields that a receipt may be about.
	Catalogue func() *record.Catalogue

	// CardKey is the secret behind the codes on household cards; MinKey bytes.
	CardKey []byte

	// Files returns the rules in force by which people's files are made, and Regions names places in them.
	Files   func() myfile.Rules
	Regions *region.Tree
	// Note makes durable in the audit log what people do who have proved who they are, before they see its answer: entries lack
	// who acts at the server, where and when.
	Note func(ctx context.Context, entry audit.Entry) error

	// Uses returns who saw something of people, by subject, from the audit log; may be nil where nobody keeps one.
	Uses func(ctx context.Context, scope ident.Scope, of []ident.Subject) (map[ident.Subject][]consent.Use, error)
	// Confirm registers a demand whose applicant has proved who they are.
	Confirm func(ctx context.Context, d lending.Demand) error
	// Drafts keeps forms that are not handed in.
	Drafts Drafts

	// Provers are the ways in which somebody proves who they are; may be none: then nobody sees anything personal here.
	Provers []access.Prover
	// PlainHTTP says that browsers reach the page without TLS: on this machine, or with sample data.
	PlainHTTP bool

	// Public is the server's official address; messages name its host.
	Public  doorplate.Base
	Contact Contact
	// Sample puts the red banner on every page: nothing here is real.
	Sample bool
	// Watch is told what may become an alarm and must not wait; may be nil.
	Watch func(alarm.Scan)
	// Log gets what went wrong, never what was typed.
	Log *slog.Logger
}

// Reader reads records: the reading half of record.Store.
type Reader interface {
	History(ctx context.Context, id ident.Record) ([]record.Past, error)
	Get(ctx context.Context, id ident.Record) (record.Row, error)
	List(ctx context.Context, q record.Query) ([]record.Row, error)
}

// Contact is whom a resident can ask. Name is required, the others may be "".
type Contact struct {
	Name  string // "四会市农村信用服务中心"
	Phone string // as dialled
	Hours string // "周一至周五 8:30–17:30"
}

// maxBody is the size of the largest form that is read, in bytes: forty times
// an honest one.
const maxBody = 32 << 10

// site serves the pages.
type site struct {
	Config
	look    *look
	slips   slips
	saving  *stripes
	reads   pair
	demands pair
	drafts  pair

	objections pair
	guesses    *guesses
	toldBook   *toldBook
	trying     sync.Mutex // one lookup code at a time
	crossing   *http.CrossOriginProtection
	sessions   *access.Sessions
	pages      map[string]map[string]handler
}

// New returns the handler of /D/ and all below it; mount it for /d/ as well. It
// fails when the configuration lacks something.
func New(c Config) (http.Handler, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	look, err := newLook()
	if err != nil {
		return nil, err
	}
	return &site{
		Config: c, look: look, slips: slips{c.Key},
		reads: newPair(readPlate, readAddress), demands: newPair(demandPlate, demandAddress), drafts: newPair(draftPlate, draftAddress),
		objections: newPair(objectPlate, objectAddress),
		toldBook:   &toldBook{village: newLRU[toldOnce](maxTracked)},
		guesses:    newGuesses(), saving: &stripes{seed: maphash.MakeSeed()}, crossing: http.NewCrossOriginProtection(),
		sessions: access.NewSessions(c.Now, c.Random), pages: handlers(),
	}, nil
}

func (c Config) check() error {
	switch {
	case c.Resident == nil || c.Desk == nil:
		return errors.New("resident page: a store is missing")
	case c.Keys == nil || c.Numbers == nil || c.Receipts == nil:
		return errors.New("resident page: plate keys, receipt numbers or who makes receipts' records are missing")
	case c.Lending == nil || c.Consents == nil || c.Catalogue == nil || c.Form == nil || c.Points == nil:
		return errors.New("resident page: rules are missing")
	case c.Files == nil || c.Regions == nil || c.Note == nil:
		return errors.New("resident page: rules of files, the regions or the audit log are missing")
	case c.Confirm == nil || c.Drafts == nil:
		return errors.New("resident page: what confirms demands or keeps drafts is missing")
	case c.Texts == nil || c.Now == nil || c.Random == nil || c.Pause == nil || c.Log == nil:
		return errors.New("resident page: texts, clock, randomness, pause or log is missing")
	case len(c.Key) < MinKey || len(c.CardKey) < MinKey:
		return errors.New("resident page: a key is too short")
	case c.Public.Host == "" || c.Contact.Name == "":
		return errors.New("resident page: the official host or contact is missing")
	}
	return nil
}

// request is one request on its way through the site.
type request struct {
	*site
	w   http.ResponseWriter
	r   *http.Request
	ctx context.Context
	*frame
	address string
	page    string // its name
	visit   visit
	now     time.Time

	person access.Proven // who has proved who they are; see known
	known  bool
	kept   bool          // the form that was handed in had been kept
	own    *[]record.Row // households, once they were asked for

	lending  *lending.Policy
	consents *consent.Policy
	form     *forms.Form
}

// ServeHTTP answers one request.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := &request{site: s, w: w, r: r, ctx: r.Context(), address: access.Address(r.RemoteAddr), now: s.Now(), lending: s.Lending(), consents: s.Consents(), form: s.Form()}
	q.frame = s.frame(langOf(r))
	s.look.head(w.Header())

	token, name := splitPath(r.URL.Path)
	if token == back && name == "" && r.Method == http.MethodGet {
		if err := q.onBack(); err != nil {
			q.stop(err)
		}
		return
	}
	handle, err := q.admit(token, name)
	if err != nil {
		q.stop(err)
		return
	}
	if err := handle(q); err != nil {
		q.stop(err)
	}
}

// splitPath cuts /D/<token>/<name>, in any case, into its upper-case parts.
func splitPath(path string) (token, name string) {
	rest := strings.TrimPrefix(strings.ToUpper(path), "/D/")
	token, name, _ = strings.Cut(strings.TrimSuffix(rest, "/"), "/")
	return token, name
}

// langOf is Chinese unless the address asks for English.
func langOf(r *http.Request) i18n.Lang {
	if r.URL.Query().Get("l") == "en" {
		return i18n.En
	}
	return i18n.ZhHans
}

type handler func(*request) error

// handlers are the pages by name and method. What shows something personal is wrapped in personal.
func handlers() map[string]map[string]handler {
	return map[string]map[string]handler{
		"":      {http.MethodGet: (*request).onScan},
		"NEED":  {http.MethodGet: (*request).onNeed, http.MethodPost: (*request).onSend},
		"STATE": {http.MethodGet: (*request).onAsk, http.MethodPost: (*request).onState},
		"DATA":  {http.MethodGet: (*request).onData},

		"CONSENT":  {http.MethodGet: personal((*request).onConsents), http.MethodPost: personal((*request).onConsentEnd)},
		"FILE":     {http.MethodGet: personal((*request).onFile), http.MethodPost: personal((*request).onObject)},
		"MINE":     {http.MethodGet: personal((*request).onMine)},
		"POINTS":   {http.MethodGet: (*request).onPoints},
		"NOTICES":  {http.MethodGet: (*request).onNotices, http.MethodPost: (*request).onRead},
		"WITHDRAW": {http.MethodPost: (*request).onWithdraw},

		"PROVE": {http.MethodGet: (*request).onProve, http.MethodPost: (*request).onProof},
		"LEAVE": {http.MethodPost: (*request).onLeave},
	}
}

// admit finds the handler and opens the plate, after everything that must hold
// for any page: the limits, the method, the form of what was sent.
func (q *request) admit(token, name string) (handler, error) {
	if wait := q.reads.address.take(q.address, q.now); wait > 0 {
		return nil, q.busy(wait)
	}
	byMethod, found := q.pages[name]
	if !found {
		return nil, fault.New(fault.NotFound, "resident.stop.page")
	}
	method := q.r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	handle, found := byMethod[method]
	if !found {
		q.w.Header().Set("Allow", allowed(byMethod))
		return nil, fault.New(fault.Unsupported, "resident.stop.method")
	}
	if err := q.open(token); err != nil {
		return nil, err
	}
	q.page = name
	q.recognise()
	if wait := q.reads.plate.take(q.visit.key, q.now); wait > 0 {
		return nil, q.busy(wait)
	}
	if method == http.MethodPost {
		if err := q.readForm(); err != nil {
			return nil, err
		}
	}
	return handle, nil
}

func allowed(byMethod map[string]handler) string {
	switch {
	case byMethod[http.MethodGet] == nil:
		return "POST"
	case byMethod[http.MethodPost] != nil:
		return "GET, HEAD, POST"
	}
	return "GET, HEAD"
}

// busy is the refusal of one who asks too often.
func (q *request) busy(wait time.Duration) error {
	seconds := int64((wait + time.Second - 1) / time.Second)
	q.w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	return fault.New(fault.RateLimited, "resident.stop.busy").With("wait", q.Duration(time.Duration(seconds)*time.Second))
}
