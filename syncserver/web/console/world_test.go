// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"bytes"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"yuexin/assets"
	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/region"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/access"
	"yuexin/syncserver/store"
	"yuexin/syncserver/web/console"
)

// start is the moment at which the tests look at the world.
var start = time.Date(2026, 11, 22, 9, 30, 0, 0, time.FixedZone("UTC+8", 8*60*60))

const password = "Guava-kiln-73"

// world is a small town with a console: three villages, two banks, people in
// every role and demands in every state.
type world struct {
	t       testing.TB
	now     time.Time
	random  *rand.ChaCha8
	records *memory.Store
	texts   *i18n.Catalogue
	regions *region.Tree
	cat     *record.Catalogue
	access  *record.Access
	lending *lending.Policy
	audit   *audit.Policy
	consent *consent.Policy
	gate    *access.Gate
	log     bytes.Buffer
	console *console.Console
	server  *httptest.Server

	actor   map[string]ident.Actor
	org     map[string]ident.Org
	village map[string]ident.Scope
	demand  map[string]lending.Demand // by applicant
	serial  uint64
	id      ident.Record // of the next demand; zero draws one
	events  []event
	numbers *receipt.Numberer

	mu         sync.Mutex // protects all below
	devices    []store.Device
	online     map[ident.Device]bool
	kept       []store.Quarantined
	content    map[record.Link]*record.ChangeSet
	decided    []store.Decided
	orders     map[ident.Device][]store.Order
	grants     []store.Grant
	stalled    map[ident.Device]time.Time
	users      map[string]store.User
	codes      []store.Enrolment
	applied    int
	boardsRead int
	failNext   error // of the next Apply
	moved      chan ident.Scope

	noted     []audit.Entry
	noteFails error            // of every Note
	asked     store.AuditQuery // the last one
}

type option func(*console.Config)

func newWorld(t testing.TB, options ...option) *world {
	t.Helper()
	w := &world{
		t: t, now: start.AddDate(0, 0, -30), random: rand.NewChaCha8([32]byte{7}),
		actor: map[string]ident.Actor{}, org: map[string]ident.Org{}, village: map[string]ident.Scope{}, demand: map[string]lending.Demand{},
		online: map[ident.Device]bool{}, users: map[string]store.User{}, moved: make(chan ident.Scope),
		content: map[record.Link]*record.ChangeSet{}, orders: map[ident.Device][]store.Order{}, stalled: map[ident.Device]time.Time{},
	}
	w.load()
	w.settle()
	w.people()
	w.demands()
	w.dispute()
	w.machines()
	w.now = start
	w.open(options)
	return w
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func parse[T any](t testing.TB, name string, read func(io.Reader) (T, error)) T {
	t.Helper()
	data := must(fs.ReadFile(assets.Folder("policies"), name))(t)
	return must(read(bytes.NewReader(data)))(t)
}

// regions is read once: it never changes.
var regions = sync.OnceValues(func() (*region.Tree, error) { return region.Load(assets.Regions()) })

func (w *world) load() {
	w.texts = must(i18n.Load(assets.Locales()))(w.t)
	w.regions = must(regions())(w.t)
	w.cat = parse(w.t, "catalogue-1.json", record.ParseCatalogue)
	w.access = parse(w.t, "access-1.json", record.ParseAccess)
	w.lending = parse(w.t, "lending-1.json", lending.Parse)
	w.audit = parse(w.t, "audit-1.json", audit.ParsePolicy)
	w.consent = parse(w.t, "consent-1.json", consent.Parse)
	w.numbers = must(receipt.NewNumberer(42, bytes.Repeat([]byte{1}, 32)))(w.t)
	w.records = memory.New(memory.Options{
		Catalogue: w.cat, Access: w.access, Lane: ident.Incarnation{1},
		Clock: func() hlc.Reading { return hlc.Reading{WallMS: w.now.UnixMilli()} },
	})
}

func newID[T ~[16]byte](w *world) T {
	w.t.Helper()
	id, err := ident.New[T](w.now.UnixMilli(), w.random)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// as returns the records for the eyes and hands of somebody.
func (w *world) as(name string, role record.Role) record.Store {
	return w.records.As(memory.Session{Actor: w.actor[name], Role: role})
}

// put makes a record under the desk's hand.
func (w *world) put(kind record.Kind, scope ident.Scope, id ident.Record, fields map[record.Field]record.Value) {
	w.t.Helper()
	h := record.Header{ID: id, Kind: kind, Scope: scope, Subject: ident.Subject(id)}
	act := record.Act{Name: string(kind) + ".make", Scope: scope, Source: record.Authoritative,
		Writes: []record.Write{{Op: record.Create, Header: h, Fields: fields}}}
	must(w.as("desk", "desk").Apply(w.t.Context(), act))(w.t)
}

// settle makes villages, organisations and the people who act.
func (w *world) settle() {
	for _, v := range []struct{ name, code string }{{"富溪村", "441284105203"}, {"大沙村", "441284105204"}, {"马房村", "441284105209"}} {
		unit := newID[ident.Record](w)
		w.village[v.name] = ident.UnitScope(ident.Unit(unit))
		w.put("unit", w.village[v.name], unit, map[record.Field]record.Value{
			"name": record.OfText(v.name), "region_code": record.OfText(v.code),
		})
	}
	for _, o := range []struct{ name, kind string }{{"四会农商银行", "bank"}, {"四会泰隆村镇银行", "bank"}, {"大沙镇人民政府", "government"}} {
		id := newID[ident.Record](w)
		w.org[o.name] = ident.Org(id)
		w.put("org", ident.Ref, id, map[record.Field]record.Value{"name": record.OfText(o.name), "org_kind": record.OfText(o.kind)})
	}
	for _, name := range []string{"desk", "梁志明", "黎婉仪", "何建国", "苏绮雯", "邓分析", "谭审计", "管理员", "自助机", "冯秀兰"} {
		id := newID[ident.Record](w)
		w.actor[name] = ident.Actor(id)
		if name == "梁志明" || name == "黎婉仪" {
			w.put("staff", ident.Ref, id, map[record.Field]record.Value{
				"name": record.OfText(name), "actor": record.OfBytes(id.Bytes()), "active": record.OfBool(true),
			})
		}
	}
	posting := lending.Posting{
		Header:  record.Header{ID: newID[ident.Record](w), Scope: w.village["富溪村"], Subject: newID[ident.Subject](w)},
		Officer: w.actor["黎婉仪"], Bank: w.org["四会泰隆村镇银行"], From: "2026-01-01",
	}
	act := record.Act{Name: "posting.make", Scope: posting.Header.Scope, Source: record.Authoritative, Writes: []record.Write{posting.Create()}}
	must(w.as("desk", "desk").Apply(w.t.Context(), act))(w.t)
}

// people makes the users, each with the same password.
func (w *world) people() {
	w.gate = must(access.NewGate(access.Config{
		Users: w, Cost: seal.Params{Time: 1, Threads: 1, MemoryKiB: 1024}, Now: func() time.Time { return w.now },
		Random: w.random, Log: slog.New(slog.DiscardHandler),
	}))(w.t)
	two := []ident.Scope{ident.Ref, w.village["富溪村"], w.village["大沙村"]}
	for _, u := range []struct {
		name, display string
		role          record.Role
		org           string
		scopes        []ident.Scope
	}{
		{"admin", "管理员", console.Admin, "", nil},
		{"liang", "梁志明", console.Officer, "大沙镇人民政府", two},
		{"he", "何建国", console.Cadre, "大沙镇人民政府", two[:2]},
		{"su", "苏绮雯", console.Reviewer, "四会农商银行", nil},
		{"feng", "冯秀兰", console.Reviewer, "四会泰隆村镇银行", nil},
		{"deng", "邓分析", console.Analyst, "大沙镇人民政府", nil},
		{"tan", "谭审计", console.Auditor, "大沙镇人民政府", nil},
	} {
		login := must(w.NewLogin(u.role, u.scopes))(w.t)
		login.Actor = w.actor[u.display]
		user := store.User{Name: u.name, Display: u.display, Login: login, Org: w.org[u.org]}
		if err := w.gate.AddUser(w.t.Context(), user, password); err != nil {
			w.t.Fatal(err)
		}
	}
}

// NewLogin is the console's NewLogin.
func (w *world) NewLogin(role record.Role, scopes []ident.Scope) (store.Login, error) {
	return store.Login{ID: newID[ident.Login](w), Actor: newID[ident.Actor](w), Device: ident.Device{9}, Role: role, Scopes: scopes}, nil
}

// wish is a demand to be made.
type wish struct {
	name, village, channel string
	yuan, months           int64
	purpose                string
	daysAgo                int
	moves                  []step
}

type step struct {
	by     string
	role   record.Role
	after  int // hours
	to     lending.Status
	amount int64
	reason string
	to2    string // officer of an assignment
	bank   string
}

func (w *world) demands() {
	assign := func(after int, officer, bank string) step {
		return step{by: "管理员", role: "admin", after: after, to: lending.Assigned, to2: officer, bank: bank}
	}
	registered := step{by: "何建国", role: "cadre", after: 5, to: lending.Registered}
	nsh, tl := "四会农商银行", "四会泰隆村镇银行"
	for _, d := range []wish{
		{"陈秀英", "富溪村", "phone", 50_000, 24, "planting", 1, nil},
		{"李德昌", "大沙村", "kiosk", 80_000, 36, "breeding", 6, nil},
		{"黄桂芳", "富溪村", "kiosk", 30_000, 12, "planting", 2, []step{registered}},
		{"何伟强", "马房村", "phone", 150_000, 36, "equipment", 8, []step{registered}},
		{"罗燕红", "大沙村", "phone", 60_000, 24, "business", 4, []step{registered, assign(3, "梁志明", nsh)}},
		{"谢国栋", "富溪村", "kiosk", 120_000, 36, "breeding", 9, []step{registered, assign(4, "梁志明", nsh),
			{by: "梁志明", role: "officer", after: 20, to: lending.Contacted, reason: "电话约定周三上午到塘头看鱼苗"}}},
		{"林少芬", "大沙村", "agent", 40_000, 12, "planting", 7, []step{registered, assign(5, "黎婉仪", tl),
			{by: "黎婉仪", role: "officer", after: 30, to: lending.Visited}}},
		{"莫永泰", "马房村", "phone", 200_000, 36, "processing", 15, []step{registered, assign(5, "梁志明", nsh),
			{by: "梁志明", role: "officer", after: 26, to: lending.Visited},
			{by: "苏绮雯", role: "reviewer", after: 40, to: lending.Intent, amount: 180_000}}},
		{"邓惠琼", "富溪村", "kiosk", 90_000, 24, "planting", 16, []step{registered, assign(5, "梁志明", nsh),
			{by: "梁志明", role: "officer", after: 20, to: lending.Contacted},
			{by: "梁志明", role: "officer", after: 24, to: lending.Visited},
			{by: "梁志明", role: "officer", after: 20, to: lending.Intent, amount: 80_000},
			{by: "苏绮雯", role: "reviewer", after: 50, to: lending.Credited, amount: 80_000, reason: "两年按时还款，贡柑园 12 亩"}}},
		{"植志坚", "大沙村", "agent", 50_000, 24, "planting", 24, []step{registered, assign(5, "黎婉仪", tl),
			{by: "黎婉仪", role: "officer", after: 24, to: lending.Visited},
			{by: "冯秀兰", role: "reviewer", after: 48, to: lending.Intent, amount: 50_000},
			{by: "冯秀兰", role: "reviewer", after: 48, to: lending.Credited, amount: 50_000},
			{by: "冯秀兰", role: "reviewer", after: 24, to: lending.Disbursed, amount: 50_000}}},
		{"刘彩霞", "富溪村", "phone", 300_000, 60, "housing", 20, []step{registered,
			{by: "苏绮雯", role: "reviewer", after: 30, to: lending.Declined, reason: "建房贷款请到网点办理，需提供宅基地证明"}}},
		{"欧阳德仁", "马房村", "kiosk", 20_000, 12, "living", 12, []step{{by: "何建国", role: "cadre", after: 8, to: lending.Withdrawn}}},
	} {
		w.plan(d)
	}
	slices.SortFunc(w.events, func(a, b event) int { return a.at.Compare(b.at) })
	for _, e := range w.events {
		w.now = e.at
		e.do()
	}
}

// event is something that happens in the world before the tests look at it.
type event struct {
	at time.Time
	do func()
}

// plan notes when a demand is made and moved, so that all happens in order.
func (w *world) plan(d wish) {
	at := start.AddDate(0, 0, -d.daysAgo).Add(-time.Duration(len(w.events)*17) * time.Minute)
	w.events = append(w.events, event{at, func() { w.register(d) }})
	for _, s := range d.moves {
		at = at.Add(time.Duration(s.after) * time.Hour)
		w.events = append(w.events, event{at, func() { w.step(w.demand[d.name], s) }})
	}
}

// register makes a demand now, as a kiosk would.
func (w *world) register(d wish) lending.Demand {
	w.t.Helper()
	w.serial++
	bank := w.org["四会农商银行"]
	for _, s := range d.moves {
		if s.bank != "" {
			bank = w.org[s.bank]
		}
	}
	var handle doorplate.Handle
	copy(handle[:], d.name)
	demand := lending.Demand{
		Header: record.Header{ID: w.id, Scope: w.village[d.village]}, Receipt: must(w.numbers.At(w.serial))(w.t),
		Channel: d.channel, Via: "plate", Applicant: d.name, Contact: lending.ContactOwn, Phone: must(ident.ParseMobile("19900001234"))(w.t),
		Asked: money.Fen(d.yuan * 100), TermMonths: d.months, Purpose: d.purpose, Plate: handle,
	}
	given := must(w.consent.Give(consent.Consent{Recipient: bank, Purpose: "loan_demand", Given: consent.TypedName, Giver: d.name}, w.now))(w.t)
	by, role := w.actor["自助机"], record.Role("kiosk")
	author := lending.Author{Role: role, Source: record.SelfDeclared, NowMS: w.now.UnixMilli(), Random: w.random}
	act, demand, err := w.lending.NewDemand(author, demand, given)
	if err != nil {
		w.t.Fatal(err)
	}
	must(w.records.As(memory.Session{Actor: by, Role: role}).Apply(w.t.Context(), act))(w.t)
	w.put("plate", demand.Header.Scope, newID[ident.Record](w), map[record.Field]record.Value{
		"handle": record.OfBytes(handle[:]), "group_no": record.OfText("三组"), "house_no": record.OfText("18 号"),
	})
	w.demand[d.name] = demand
	return demand
}

func (w *world) step(d lending.Demand, s step) {
	w.t.Helper()
	author := lending.Author{Role: s.role, Source: w.access.Source(s.role), NowMS: w.now.UnixMilli(), Random: w.random}
	request := lending.Request{To: s.to, Reason: s.reason, Amount: money.Fen(s.amount * 100), Officer: w.actor[s.to2], Bank: w.org[s.bank]}
	act := must(w.lending.Move(author, d, w.state(d), request))(w.t)
	must(w.as(s.by, s.role).Apply(w.t.Context(), act))(w.t)
}

// state folds a demand's moves as they stand now.
func (w *world) state(d lending.Demand) lending.State {
	w.t.Helper()
	moves := must(w.as("desk", "desk").List(w.t.Context(), record.Query{
		Kind: lending.KindMove, Where: []record.Term{{Field: "demand", Value: record.OfBytes(d.Header.ID.Bytes())}},
	}))(w.t)
	return w.lending.Fold(moves)
}

// dispute leaves one household with two phones of debts, as two officers wrote
// them without knowing of each other.
func (w *world) dispute() {
	w.now = start.AddDate(0, 0, -3)
	head := func(value record.Value, actor string, n uint64, source record.Source, hours int) record.Head {
		at := hlc.New(w.now.Add(time.Duration(hours)*time.Hour).UnixMilli(), 0)
		return record.Head{Value: value, Version: record.At(1, n), Number: n, Lane: ident.Incarnation{byte(n)}, Actor: w.actor[actor], Source: source, Stamp: at, Merge: record.Review}
	}
	plain := func(value record.Value) record.FieldState {
		h := head(value, "何建国", 900, record.Cadre, 0)
		return record.FieldState{Value: value, Version: h.Version, Winner: h}
	}
	ours, theirs := head(record.OfInt(1_200_000), "何建国", 901, record.Cadre, 1), head(record.OfInt(3_500_000), "梁志明", 902, record.Officer, 5)
	idA, idB := head(record.OfText("441284197203150002"), "何建国", 903, record.Cadre, 1), head(record.OfText("441226197203150009"), "梁志明", 904, record.Officer, 6)
	id := newID[ident.Record](w)
	w.records.Show(record.Row{
		Header: record.Header{ID: id, Kind: "household", Scope: w.village["富溪村"], Subject: ident.Subject(id)},
		Fields: map[record.Field]record.FieldState{
			"head_name": plain(record.OfText("陈秀英")), "region_code": plain(record.OfText("441284105203")),
			"debt_private": {Value: ours.Value, Version: ours.Version, Winner: ours, Disputed: true, Aside: []record.Head{theirs}},
			"resident_id":  {Value: idA.Value, Version: idA.Version, Winner: idA, Disputed: true, Aside: []record.Head{idB}},
		},
	})
}

// machines makes four devices and what one of them sent too late.
func (w *world) machines() {
	ago := func(d time.Duration) time.Time { return start.Add(-d) }
	w.devices = []store.Device{
		{ID: newID[ident.Device](w), Name: "大沙村 1 号机", Program: "kiosk/0.1.0", Role: "kiosk", LastSeen: ago(40 * time.Second)},
		{ID: newID[ident.Device](w), Name: "富溪村 1 号机", Program: "kiosk/0.1.0", Role: "kiosk", LastSeen: ago(26 * time.Hour),
			Status: wire.Status{Waiting: 3, OldestMS: (2 * time.Hour).Milliseconds(), PaperOut: true}},
		{ID: newID[ident.Device](w), Name: "梁志明的电脑", Program: "agent/0.1.0", Role: "officer", LastSeen: ago(12 * time.Minute), Pending: 1,
			Status: wire.Status{Waiting: 12, OldestMS: (3 * time.Hour).Milliseconds(), Refused: 1}},
		{ID: newID[ident.Device](w), Name: "黎婉仪的电脑", Program: "agent/0.1.0", Role: "officer", LastSeen: ago(9 * 24 * time.Hour)},
		{ID: newID[ident.Device](w), Name: "旧演示机", Program: "kiosk/0.0.9", Role: "kiosk", Off: true, LastSeen: ago(40 * 24 * time.Hour)},
		{ID: newID[ident.Device](w), Name: "马房村 1 号机", Role: "kiosk"},
	}
	w.online[w.devices[0].ID] = true
	w.kept = []store.Quarantined{{
		Link: record.Link{Lane: record.Lane{Scope: w.village["大沙村"]}, Number: 4}, Actor: w.actor["梁志明"],
		Device: w.devices[4].ID, Act: "demand.register", Reason: "no.such.text", At: ago(30 * time.Hour),
	}}
	w.content[w.kept[0].Link] = &record.ChangeSet{Act: record.Act{Writes: []record.Write{{
		Op: record.Edit, Header: record.Header{Kind: "household", Scope: w.village["大沙村"]},
		Fields: map[record.Field]record.Value{"head_name": record.OfText("陈大文"), "remark": record.OfText("搬到新屋")},
	}}}}
	w.grants = []store.Grant{{Scope: w.village["大沙村"], View: "officer"}, {Scope: ident.Ref, View: "officer"}}
}

func (w *world) open(options []option) {
	cfg := console.Config{
		Store: w, Texts: w.texts, Regions: w.regions, Rules: console.Rules{Catalogue: w.cat, Access: w.access, Lending: w.lending, Audit: w.audit, Consent: w.consent},
		Gate: w.gate, Enroller: w, SwitchOff: w.SwitchOff, Revoke: w.Revoke, Decide: w.Decide,
		Stalled: func() map[ident.Device]time.Time { return w.stalled }, Connected: func(id ident.Device) bool { return w.online[id] },
		NewLogin: w.NewLogin, Now: func() time.Time { return w.now }, Random: w.random,
		Log: slog.New(slog.NewTextHandler(&w.log, nil)), Base: "/console", PlainHTTP: true,
	}
	for _, set := range options {
		set(&cfg)
	}
	w.console = must(console.New(cfg))(w.t)
	w.server = httptest.NewServer(w.console)
	w.t.Cleanup(func() {
		w.server.Close()
		if err := w.console.Close(); err != nil {
			w.t.Error(err)
		}
	})
}
