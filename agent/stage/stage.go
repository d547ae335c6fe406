// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"yuexin/agent/flow"
	"yuexin/assets"
	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/region"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
)

// The two villages of the stage.
var (
	Fuxi = ident.UnitScope(id[ident.Unit](1)) // 富溪村
	Dasa = ident.UnitScope(id[ident.Unit](2)) // 大沙村
)

// Who acts on the stage.
var (
	Me    = id[ident.Actor](11) // 陈建国, the officer at the laptop
	Other = id[ident.Actor](12) // 李金华, a colleague
	Cadre = id[ident.Actor](13) // 黄伟强, cadre of 富溪村
	Desk  = id[ident.Actor](14) // the server
	bank  = id[ident.Org](21)
)

// Records that tests look for.
var (
	Chen    = id[ident.Record](101) // 陈秀英, a household with a plate
	Li      = id[ident.Record](102) // 李志强, a household with debts
	Demand  = id[ident.Record](201) // of 陈秀英, assigned to Me
	Fresh   = id[ident.Record](202) // of 李志强, nobody in charge
	Shop    = id[ident.Record](301) // a merchant
	numbers = []byte("a key for receipt numbers of the stage")
)

// Now is the moment of the stage.
var Now = time.Date(2026, 11, 22, 9, 30, 0, 0, time.FixedZone("CST", 8*3600))

// id makes the n-th id.
func id[T ~[ident.Size]byte](n uint64) (out T) {
	out[6], out[8] = 0x70, 0x80
	binary.BigEndian.PutUint16(out[:], 0x019a)
	binary.BigEndian.PutUint64(out[8:], 0x80<<56|n)
	return out
}

// Stage is the laptop.
type Stage struct {
	Desk   *flow.Desk
	Memory *memory.Store
	Gate   *Gate
	Tray   *Tray
	Sync   *Sync
	Files  *Files

	Tokens []doorplate.Token // of 陈秀英's plate, and of a plate where nobody is registered

	book    *rulebook.Book
	now     time.Time
	next    uint64 // of random
	version record.Version
	serial  uint64
}

// New sets the stage in a language. It panics if the rules that are built into the program do not fit: nothing runs then.
func New(lang i18n.Lang) *Stage {
	s := &Stage{now: Now, version: record.At(1, 0)}
	texts := must(i18n.Load(assets.Locales()))
	s.book = must(rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards")))
	s.book.MyFile = quick(s.book.MyFile)
	s.Memory = memory.New(memory.Options{
		Catalogue: s.book.Catalogue, Access: s.book.Access, Clock: s.reading, Lane: id[ident.Incarnation](1),
	})
	s.Files = &Files{stage: s, plain: map[[32]byte][]byte{}, away: map[[32]byte][]byte{}}
	s.Desk = &flow.Desk{
		Files: s.Files, Shelf: &Shelf{}, Unfinished: Drafts{},
		Store: s.collected(s.As(Me, "officer")), StoreFor: s.storeFor, Book: s.book, Regions: must(region.Load(assets.Regions())), Print: texts.Printer(lang),
		Actor: Me, Role: "officer", Name: "陈建国", Host: "credit.example.cn", Now: func() time.Time { return s.now }, Random: s,
		Numbers: s.number, Users: users,
	}
	s.Gate = &Gate{stage: s, device: flow.Device{Enrolled: true, Name: "走访笔记本", Person: "陈建国", Server: "https://credit.example.cn"}}
	s.Gate.Administrators(3)
	s.Tray = &Tray{stage: s}
	s.Sync = newSync()
	s.reference()
	s.people()
	s.demands()
	s.photos()
	s.visits()
	s.acted()
	return s
}

// users are those who can unlock the laptop.
func users(context.Context) ([]ident.Actor, error) { return []ident.Actor{Me, Other}, nil }

func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("stage: %v", err))
	}
	return v
}

// As returns the store as somebody else sees it.
func (s *Stage) As(actor ident.Actor, role record.Role) record.Store {
	return s.Memory.As(memory.Session{Actor: actor, Role: role})
}

// Colleague returns the desk of another officer over the same records.
func (s *Stage) Colleague() *flow.Desk {
	d := s.Desk
	return &flow.Desk{
		Store: s.collected(s.As(Other, "officer")), StoreFor: s.storeFor, Book: d.Book, Regions: d.Regions, Print: d.Print,
		Actor: Other, Role: "officer", Name: "同事", Now: d.Now, Random: s, Numbers: d.Numbers, Users: users, Files: d.Files, Shelf: &Shelf{}, Unfinished: d.Unfinished,
	}
}

// At moves the clock of the stage.
func (s *Stage) At(t time.Time) { s.now = t }

func (s *Stage) reading() hlc.Reading {
	return hlc.Reading{WallMS: s.now.UnixMilli(), MonoMS: s.now.UnixMilli()}
}

// Read gives bytes that are the same every time.
func (s *Stage) Read(p []byte) (int, error) {
	for i := range p {
		s.next++
		p[i] = byte(s.next*2654435761>>13) ^ byte(s.next)
	}
	return len(p), nil
}

// put shows a record as if the server had sent it.
func (s *Stage) put(h record.Header, by ident.Actor, source record.Source, ago time.Duration, fields map[record.Field]record.Value) record.Row {
	s.version = s.version.Next()
	row := record.Row{Header: h, Fields: map[record.Field]record.FieldState{}}
	stamp := hlc.New(Now.Add(-ago).UnixMilli(), 0)
	for f, v := range fields {
		def, _ := s.book.Catalogue.Field(h.Kind, f)
		head := record.Head{
			Value: v, Version: s.version, Lane: id[ident.Incarnation](2), Number: s.version.Seq(),
			Stamp: stamp, Source: source, Actor: by, Merge: def.Merge,
		}
		row.Fields[f] = record.FieldState{Value: v, Version: s.version, Winner: head}
	}
	s.Memory.Show(row)
	return row
}

func text(v string) record.Value                     { return record.OfText(v) }
func number(v int64) record.Value                    { return record.OfInt(v) }
func yuan(v int64) record.Value                      { return record.OfInt(v * 100) }
func ref(v interface{ Bytes() []byte }) record.Value { return record.OfBytes(v.Bytes()) }

const year = 365 * 24 * time.Hour

// reference shows what everybody holds: villages, staff, bank, postings, plates and their key.
func (s *Stage) reference() {
	office := func(n uint64, kind record.Kind, scope ident.Scope, fields map[record.Field]record.Value) {
		s.put(record.Header{ID: id[ident.Record](n), Kind: kind, Scope: scope, Subject: id[ident.Subject](n)}, Desk, record.Authoritative, year, fields)
	}
	office(1, "unit", Fuxi, map[record.Field]record.Value{"name": text("富溪村"), "region_code": text("441284105203"), "sample": record.OfBool(true)})
	office(2, "unit", Dasa, map[record.Field]record.Value{"name": text("大沙村"), "region_code": text("441284105204"), "sample": record.OfBool(true)})
	office(uint64(21), "org", ident.Ref, map[record.Field]record.Value{"name": text("示例农村商业银行"), "org_kind": text("bank")})
	for i, name := range []string{"陈建国", "李金华", "黄伟强"} {
		actor := id[ident.Actor](uint64(11 + i))
		office(uint64(31+i), "staff", ident.Ref, map[record.Field]record.Value{"actor": ref(actor), "name": text(name)})
	}
	office(41, "posting", Fuxi, map[record.Field]record.Value{"officer": ref(Me), "bank": ref(bank), "from": text("2026-01-01")})
	office(42, "posting", Dasa, map[record.Field]record.Value{"officer": ref(Other), "bank": ref(bank), "from": text("2026-01-01")})
	s.plates(office)
}

func (s *Stage) plates(office func(uint64, record.Kind, ident.Scope, map[record.Field]record.Value)) {
	seed := make([]byte, ed25519.SeedSize)
	private := doorplate.Ed25519Private(ed25519.NewKeyFromSeed(seed))
	public := ed25519.PrivateKey(private).Public().(ed25519.PublicKey)
	office(51, "plate_key", ident.Ref, map[record.Field]record.Value{"kid": number(int64(private.Kid())), "public": record.OfBytes(public), "from": text("2026-01-01")})
	for i, house := range []string{"12号", "15号"} {
		handle := doorplate.Handle(id[ident.Record](uint64(61 + i)))
		s.Tokens = append(s.Tokens, must(doorplate.Issue(handle, 300, private)))
		office(uint64(61+i), "plate", Fuxi, map[record.Field]record.Value{
			"handle": record.OfBytes(handle[:]), "plate_code": text(string(doorplate.CodeOf(handle))), "region_code": text("441284105203"),
			"group_no": text("第三组"), "house_no": text(house), "plate_state": text("issued"),
		})
	}
	for _, h := range ledger[1:] {
		if h.plate == 0 {
			continue
		}
		handle := doorplate.Handle(id[ident.Record](h.plate))
		office(h.plate, "plate", h.scope, map[record.Field]record.Value{
			"handle": record.OfBytes(handle[:]), "plate_code": text(string(doorplate.CodeOf(handle))), "region_code": text(s.code(h.scope)),
			"group_no": text(h.group), "house_no": text(h.house), "plate_state": text("issued"),
		})
	}
}

// Code returns the short code of a plate of the stage.
func (s *Stage) Code(plate int) doorplate.Code {
	return doorplate.CodeOf(s.Tokens[plate].Unverified().Handle)
}

// household is a row of the made-up ledger.
type household struct {
	n                    uint64
	name, group, house   string
	trade, phone         string
	people, income, debt int64
	scope                ident.Scope
	days                 int
	plate                uint64 // number of its handle, 0 without a plate
}

var ledger = []household{
	{101, "陈秀英", "第三组", "12号", "planting", "13800138001", 4, 68000, 30000, Fuxi, 40, 61},
	{102, "李志强", "第一组", "3号", "breeding", "13800138002", 5, 120000, 80000, Fuxi, 35, 63},
	{103, "黄桂芳", "第一组", "8号", "planting", "13800138003", 3, 42000, 0, Fuxi, 33, 64},
	{104, "欧阳雪芬", "第二组", "21号", "labour", "", 6, 96000, 0, Fuxi, 30, 0},
	{105, "陈志明", "第二组", "5号", "business", "13800138005", 4, 150000, 50000, Fuxi, 28, 65},
	{106, "梁少珍", "第三组", "1号", "planting", "13800138006", 2, 30000, 0, Fuxi, 21, 0},
	{107, "冯树生", "第三组", "30号", "transport", "13800138007", 5, 88000, 60000, Fuxi, 20, 66},
	{108, "植健文", "第四组", "2号", "planting", "13800138008", 4, 51000, 0, Dasa, 15, 67},
	{109, "严少芬", "第四组", "9号", "processing", "13800138009", 3, 73000, 20000, Dasa, 12, 68},
	{110, "龙继明", "第五组", "11号", "breeding", "13800138010", 7, 210000, 100000, Dasa, 9, 69},
	{111, "谭月婷", "第五组", "18号", "planting", "", 4, 47000, 0, Dasa, 3, 70},
}

func (s *Stage) people() {
	for _, h := range ledger {
		fields := map[record.Field]record.Value{
			"head_name": text(h.name), "group_no": text(h.group), "house_no": text(h.house), "main_trade": text(h.trade),
			"population": number(h.people), "labour": number(h.people / 2), "region_code": text(s.code(h.scope)), "sample": record.OfBool(true),
			"figures_year": number(2025), "income_planting": yuan(h.income), "cost_living": yuan(h.income / 3), "debt_own_bank": yuan(h.debt),
			"land_area": number(h.people * 130),
		}
		if h.phone != "" {
			fields["phone"] = text(h.phone)
		}
		if h.plate != 0 {
			fields["plate_code"] = text(string(doorplate.CodeOf(doorplate.Handle(id[ident.Record](h.plate)))))
		}
		if h.n == 101 {
			fields["crops"] = record.OfSet("gonggan", "rice")
			fields["resident_id"] = text("44128419680312038X")
		}
		s.put(s.header(h.n, "household", h.scope), Other, record.Officer, time.Duration(h.days)*24*time.Hour, fields)
		for i, purpose := range []string{"household_file", "finance"} {
			s.consent(h.n, uint64(i), purpose, h.scope, h.name)
		}
	}
	s.put(s.header(401, "member", Fuxi), Other, record.Officer, 40*24*time.Hour, map[record.Field]record.Value{
		"household": ref(Chen), "name": text("陈国富"), "relation": text("spouse"), "birth_date": text("1961-05-02"), "work": text("farming"),
	})
	s.put(s.header(301, "merchant", Fuxi), Other, record.Officer, 25*24*time.Hour, map[record.Field]record.Value{
		"name": text("富溪农资店"), "operator_name": text("黄桂芳"), "industry": text("farm_supply"), "phone": text("13800138003"),
		"market": text("大沙市场"), "stall": text("B12"), "region_code": text(s.code(Fuxi)), "sample": record.OfBool(true),
	})
	s.consent(301, 0, "merchant_file", Fuxi, "黄桂芳")
}

// Crowd adds so many households to 富溪村, "示例 1" and so on, for what depends on how many there are.
func (s *Stage) Crowd(count int) {
	for i := range count {
		s.put(s.header(uint64(10_000+i), "household", Fuxi), Other, record.Officer, time.Hour, map[record.Field]record.Value{
			"head_name": text(fmt.Sprintf("示例 %d", i+1)), "sample": record.OfBool(true),
		})
	}
}

func (s *Stage) code(scope ident.Scope) string {
	if scope == Fuxi {
		return "441284105203"
	}
	return "441284105204"
}

func (s *Stage) header(n uint64, kind record.Kind, scope ident.Scope) record.Header {
	subject := n
	if n == 401 {
		subject = 101
	}
	return record.Header{ID: id[ident.Record](n), Kind: kind, Scope: scope, Subject: id[ident.Subject](subject)}
}

func (s *Stage) consent(n, i uint64, purpose string, scope ident.Scope, giver string) {
	c := must(s.book.Consent.Give(consent.Consent{Recipient: bank, Purpose: purpose, Given: consent.Paper, Giver: giver, Sample: true}, Now.AddDate(0, -2, 0)))
	h := record.Header{ID: id[ident.Record](500 + 10*n + i), Kind: consent.Kind, Scope: scope, Subject: id[ident.Subject](n)}
	c.Header = h
	s.put(h, Other, record.Officer, 60*24*time.Hour, c.Create().Fields)
}

// wish is a demand of the stage: who asks for what, how long ago, and the states it went through, a day each.
type wish struct {
	n         uint64
	household int // in the ledger
	asked     money.Fen
	purpose   string
	hours     int
	way       []lending.Status
}

var wishes = []wish{
	{201, 0, 5_000_000, "planting", 100, []lending.Status{"registered", "assigned"}},
	{202, 1, 8_000_000, "breeding", 60, []lending.Status{"registered"}},
	{203, 4, 10_000_000, "business", 24 * 20, []lending.Status{"registered", "assigned", "contacted"}},
	{204, 7, 3_000_000, "planting", 48, []lending.Status{"registered", "assigned", "contacted", "visited"}},
	{205, 9, 20_000_000, "equipment", 24 * 9, []lending.Status{"registered", "assigned", "contacted", "visited", "intent", "credited", "disbursed"}},
	{206, 8, 4_000_000, "processing", 5, nil},
}

func (s *Stage) demands() {
	ctx := context.Background()
	// Oldest first: a store's time never goes back.
	for _, w := range slices.SortedFunc(slices.Values(wishes), func(a, b wish) int { return b.hours - a.hours }) {
		s.now = Now.Add(-time.Duration(w.hours) * time.Hour)
		h := ledger[w.household]
		state := s.register(ctx, w, h)
		for _, to := range w.way {
			s.now = s.now.Add(time.Hour)
			s.move(ctx, w, h, &state, to)
		}
	}
	s.now = Now
}

func (s *Stage) author(role record.Role) lending.Author {
	return lending.Author{Role: role, Source: s.book.Access.Source(role), NowMS: s.now.UnixMilli(), Random: s}
}

// number takes the next receipt number of the stage.
func (s *Stage) number() (receipt.Number, error) {
	s.serial++
	return must(receipt.NewNumberer(7, numbers)).At(s.serial)
}

func (s *Stage) register(ctx context.Context, w wish, h household) lending.State {
	c := must(s.book.Consent.Give(consent.Consent{Recipient: bank, Purpose: "loan_demand", Given: consent.Tap, Sample: true}, s.now))
	d := lending.Demand{
		Header: s.header(w.n, lending.KindDemand, h.scope), Receipt: must(s.number()),
		Channel: "phone", Via: "plate", Applicant: h.name, Contact: lending.ContactVillage, Asked: w.asked, TermMonths: 24,
		Purpose: w.purpose, Household: id[ident.Record](h.n), Sample: true,
	}
	if phone, err := ident.ParseMobile(h.phone); err == nil {
		d.Contact, d.Phone = lending.ContactOwn, phone
	}
	act, _, err := s.book.Lending.NewDemand(s.author("resident"), d, c)
	must(0, err)
	must(s.As(ident.Actor{}, "resident").Apply(ctx, act))
	return s.book.Lending.Fold(must(lending.Moves(ctx, s.As(Desk, "desk"), d.Header)))
}

// mover is who makes a move on the stage: the cadre registers, the server assigns, the officer visits, the bank decides.
func mover(to lending.Status) (ident.Actor, record.Role) {
	switch to {
	case lending.Registered:
		return Cadre, "cadre"
	case lending.Contacted, lending.Visited, lending.Intent:
		return Me, "officer"
	case lending.Credited, lending.Disbursed:
		return Other, "reviewer"
	}
	return Desk, "desk"
}

func (s *Stage) move(ctx context.Context, w wish, h household, state *lending.State, to lending.Status) {
	r, header := lending.Request{To: to}, s.header(w.n, lending.KindDemand, h.scope)
	switch to {
	case lending.Assigned:
		r.Officer, r.Bank = Me, bank
	case lending.Intent, lending.Credited, lending.Disbursed:
		r.Amount = w.asked / 2
	}
	actor, role := mover(to)
	store := s.As(actor, role)
	row := must(store.Get(ctx, header.ID))
	must(store.Apply(ctx, must(s.book.Lending.Move(s.author(role), lending.DemandOf(row), *state, r))))
	*state = s.book.Lending.Fold(must(lending.Moves(ctx, store, header)))
}

// Words returns the texts that people entered on the stage and the names of its places: what is Chinese in any language.
func (s *Stage) Words() []string {
	words := []string{"陈建国", "走访笔记本"}
	for _, kind := range []record.Kind{"household", "member", "merchant", "demand", "demand_move", "unit", "staff", "org", "plate"} {
		for _, row := range must(s.Desk.Store.List(context.Background(), record.Query{Kind: kind, Limit: 1000})) {
			for _, f := range row.FieldNames() {
				if text := row.Text(f); text != "" {
					words = append(words, text)
				}
			}
		}
	}
	return append(words, strings.Fields(s.Desk.Regions.PathName("441284105203")+" "+s.Desk.Regions.PathName("441284105204"))...)
}
