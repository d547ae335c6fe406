// SPDX-License-Identifier: Apache-2.0

package resident_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"yuexin/assets"
	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/credit/points"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
	"yuexin/syncserver/desk"
	"yuexin/syncserver/web/resident"
)

// world is a server with one village, one bank, and plates.
type world struct {
	t         testing.TB
	handler   http.Handler
	store     *memory.Store
	desk      record.Store
	resident  record.Store
	config    resident.Config
	private   ed25519.PrivateKey
	scope     ident.Scope
	bank      ident.Org
	catalogue *record.Catalogue
	log       bytes.Buffer

	mu     sync.Mutex
	now    time.Time
	serial uint64
	paused time.Duration
	drafts map[ident.Record]resident.Draft
	noted  []audit.Entry
}

const address = "203.0.113.7:40000"

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func policy[T any](t testing.TB, name string, parse func([]byte) (T, error)) T {
	t.Helper()
	data, err := fs.ReadFile(assets.Folder("policies"), name)
	if err != nil {
		t.Fatal(err)
	}
	v, err := parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// newWorld makes the village of the tests: 富溪村, whose bank is 四会农商银行.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{
		t: t, now: time.Date(2026, 11, 22, 12, 30, 0, 0, time.UTC),
		private: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)),
	}
	random := rand.NewChaCha8([32]byte{1})
	catalogue := policy(t, "catalogue-1.json", func(b []byte) (*record.Catalogue, error) { return record.ParseCatalogue(bytes.NewReader(b)) })
	access := policy(t, "access-1.json", func(b []byte) (*record.Access, error) { return record.ParseAccess(bytes.NewReader(b)) })
	rules := policy(t, "lending-1.json", func(b []byte) (*lending.Policy, error) { return lending.Parse(bytes.NewReader(b)) })
	consents := policy(t, "consent-1.json", func(b []byte) (*consent.Policy, error) { return consent.Parse(bytes.NewReader(b)) })
	earned := policy(t, "points-1.json", func(b []byte) (*points.Policy, error) { return points.Parse(bytes.NewReader(b)) })
	mine := policy(t, "myfile-1.json", func(b []byte) (*myfile.Policy, error) { return myfile.ParsePolicy(bytes.NewReader(b)) })
	form := must(forms.Parse(must(assets.Folder("forms").Open("demand.json"))))
	w.catalogue = catalogue
	w.store = memory.New(memory.Options{
		Catalogue: catalogue, Access: access, Lane: ident.Incarnation{1},
		Clock: func() hlc.Reading { return hlc.Reading{WallMS: w.clock().UnixMilli()} },
	})
	w.desk = w.store.As(memory.Session{Role: "desk", Actor: ident.Actor{1}})
	w.resident = w.store.As(memory.Session{Role: "resident", Actor: ident.Actor{2}})
	w.bank = ident.Org{9}
	unit := ident.Unit{5}
	w.scope = ident.UnitScope(unit)
	w.create(ident.Record(unit), "unit", map[record.Field]record.Value{"name": record.OfText("大沙镇富溪村")})
	w.create(ident.Record(w.bank), "org", map[record.Field]record.Value{"name": record.OfText("四会农商银行"), "org_kind": record.OfText("bank")})
	w.create(ident.Record{6}, "posting", map[record.Field]record.Value{
		"officer": record.OfBytes(ident.Actor{3}.Bytes()), "bank": record.OfBytes(w.bank.Bytes()), "from": record.OfText("2026-01-01"),
	})
	w.plate(1, "三组", "12号", "bound", ident.Record{})

	numbers := must(receipt.NewNumberer(421, []byte("a fixed key for tests")))
	w.config = resident.Config{
		Resident: w.resident, Desk: w.desk,
		Keys:    func() doorplate.KeySet { return must(doorplate.NewKeySet(w.private.Public().(ed25519.PublicKey))) },
		Lending: func() *lending.Policy { return rules }, Consents: func() *consent.Policy { return consents },
		Files: func() myfile.Rules { return myfile.Rules{Policy: mine, Catalogue: catalogue, Consents: consents} }, Regions: must(region.Load(assets.Regions())),
		Note: func(_ context.Context, e audit.Entry) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.noted = append(w.noted, e)
			return nil
		},
		Confirm: desk.Desk{Store: w.desk, Lending: func() *lending.Policy { return rules }, Now: w.clock, Random: random}.Confirm, Drafts: w,
		Catalogue: func() *record.Catalogue { return catalogue }, Form: func() *forms.Form { return form }, Points: func() *points.Policy { return earned },
		Numbers: func(context.Context) (receipt.Number, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.serial++
			return numbers.At(w.serial)
		},
		Texts: must(i18n.Load(assets.Locales())), Now: w.clock, Random: random,
		Pause: func(_ context.Context, d time.Duration) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.paused, w.now = d, w.now.Add(d)
		},
		Key: bytes.Repeat([]byte{4}, resident.MinKey), CardKey: cardKey, Public: must(doorplate.ParseBase("https://xy.gdnybank.cn")),
		Contact: resident.Contact{Name: "四会市农村信用服务中心", Phone: "0758-1234567", Hours: "周一至周五 8:30–17:30"},
		Log:     slog.New(slog.NewTextHandler(&w.log, nil)),
	}
	w.config.Receipts = resident.NewReceipts(w.config, time.After)
	w.open()
	return w
}

// open makes the handler anew from the configuration.
func (w *world) open() {
	w.t.Helper()
	handler, err := resident.New(w.config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.handler = handler
}

func (w *world) create(id ident.Record, kind record.Kind, fields map[record.Field]record.Value) {
	w.t.Helper()
	w.createOf(ident.Subject{}, id, kind, fields)
}

func (w *world) createOf(subject ident.Subject, id ident.Record, kind record.Kind, fields map[record.Field]record.Value) {
	w.t.Helper()
	_, err := w.desk.Apply(w.t.Context(), record.Act{Name: "test", Scope: w.scope, Writes: []record.Write{
		{Op: record.Create, Header: record.Header{ID: id, Kind: kind, Scope: w.scope, Subject: subject}, Fields: fields},
	}})
	if err != nil {
		w.t.Fatal(err)
	}
}

var cardKey = bytes.Repeat([]byte{5}, resident.MinKey)

// card is the code on the card of plate n.
func card(n byte) string { return doorplate.CardCodeOf(cardKey, handle(n)).String() }

func handle(n byte) doorplate.Handle {
	return doorplate.Handle(bytes.Repeat([]byte{n}, doorplate.HandleSize))
}

// plate puts plate n on stage; its record is {100+n}.
func (w *world) plate(n byte, group, house, state string, successor ident.Record) {
	h := handle(n)
	fields := map[record.Field]record.Value{
		"handle": record.OfBytes(h[:]), "group_no": record.OfText(group), "house_no": record.OfText(house),
		"plate_state": record.OfText(state),
	}
	if !successor.IsZero() {
		fields["replaced_by"] = record.OfBytes(successor.Bytes())
	}
	w.create(ident.Record{100 + n}, "plate", fields)
}

// void puts plate n on the void list.
func (w *world) void(n byte) {
	w.t.Helper()
	plate := must(doorplate.Verify(w.config.Keys(), w.token(n)))
	w.create(ident.Record{200 + n}, doorplate.KindVoid, doorplate.VoidFields(plate.RID(), "2026-11-22"))
}

// token is the token of plate n.
func (w *world) token(n byte) doorplate.Token {
	return must(doorplate.Issue(handle(n), 2500, doorplate.Ed25519Private(w.private)))
}

func (w *world) path(n byte) string { return "/D/" + w.token(n).String() }

func (w *world) do(r *http.Request) *httptest.ResponseRecorder {
	if r.RemoteAddr == "192.0.2.1:1234" { // httptest's own
		r.RemoteAddr = address
	}
	got := httptest.NewRecorder()
	w.handler.ServeHTTP(got, r)
	return got
}

func (w *world) get(path string) *httptest.ResponseRecorder {
	return w.do(httptest.NewRequest(http.MethodGet, path, nil))
}

// postRequest is what a browser sends for a form of ours.
func postRequest(path string, form url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://example.com") // httptest's host
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

func (w *world) post(path string, form url.Values) *httptest.ResponseRecorder {
	return w.do(postRequest(path, form))
}

var (
	slipPattern   = regexp.MustCompile(`name="slip" value="([^"]+)"`)
	markPattern   = regexp.MustCompile(`name="wording" value="([^"]+)"`)
	numberPattern = regexp.MustCompile(`\d{4} \d{4} \d{4}`)
)

// form opens the form of plate n and fills it in rightly.
func (w *world) form(n byte) url.Values {
	w.t.Helper()
	body := w.get(w.path(n) + "/NEED").Body.String()
	slip, mark := slipPattern.FindStringSubmatch(body), markPattern.FindStringSubmatch(body)
	if slip == nil || mark == nil {
		w.t.Fatalf("the form has no slip or no mark:\n%s", body)
	}
	return url.Values{
		"slip": {slip[1]}, "wording": {mark[1]}, "agree": {"yes"}, "applicant_name": {"陈秀英"}, "asked": {"5万"}, "purpose": {"breeding"}, "term_months": {"12"},
		"contact": {"own"}, "phone": {"19900001234"},
	}
}

// register sends a right form and returns the receipt number.
func (w *world) register(n byte, change func(url.Values)) string {
	w.t.Helper()
	form := w.form(n)
	if change != nil {
		change(form)
	}
	got := w.post(w.path(n)+"/NEED", form)
	number := numberPattern.FindString(got.Body.String())
	if got.Code != http.StatusOK || number == "" {
		w.t.Fatalf("got %d without a receipt:\n%s", got.Code, got.Body)
	}
	return number
}

func (w *world) demands() []record.Row {
	w.t.Helper()
	rows, err := w.desk.List(w.t.Context(), record.Query{Kind: "demand"})
	if err != nil {
		w.t.Fatal(err)
	}
	return rows
}

func (w *world) list(kind record.Kind) []record.Row {
	w.t.Helper()
	rows, err := w.desk.List(w.t.Context(), record.Query{Kind: kind})
	if err != nil {
		w.t.Fatal(err)
	}
	return rows
}

func wantStatus(t *testing.T, got *httptest.ResponseRecorder, want int, texts ...string) {
	t.Helper()
	if got.Code != want {
		t.Errorf("got status %d, want %d:\n%s", got.Code, want, got.Body)
	}
	for _, text := range texts {
		if !strings.Contains(got.Body.String(), text) {
			t.Errorf("the page lacks %q:\n%s", text, got.Body)
		}
	}
}
