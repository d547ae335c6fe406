// SPDX-License-Identifier: Apache-2.0

// Package flowtest sets a kiosk up without a machine: two villages of 大沙镇 with plates, a bank, a store in memory, drafts
// in memory and a clock that a test turns.
package flowtest

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"yuexin/assets"
	"yuexin/kiosk/flow"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
	"yuexin/shared/sync/record/review"
	"yuexin/shared/voice"
)

// The villages, and the host on their plates.
const (
	Fuxi   region.Code = "441284105203"
	Dasha  region.Code = "441284105204"
	Host               = "https://credit.example.cn"
	Bank               = "四会农村商业银行"
	Device             = 42 // leads the receipt numbers
)

// Scope returns the scope of a village.
func Scope(code region.Code) ident.Scope { return ident.UnitScope(ident.Unit{code[len(code)-1]}) }

// Press is a printer on stage: it prints what a test says, when the test says so.
type Press struct {
	Papers    []flow.Paper
	Report    func(flow.Printing) // of the last
	Cancelled int
	Err       error // what cannot be noted
	copies    map[receipt.Number]int
}

// Copy implements flow.Press.
func (p *Press) Copy(n receipt.Number, of ident.Record) (int, error) {
	if p.Err != nil {
		return 0, p.Err
	}
	if p.copies == nil {
		p.copies = map[receipt.Number]int{}
	}
	if p.copies[n] == 0 && !of.IsZero() {
		p.copies[n] = 1
	}
	p.copies[n]++
	return p.copies[n], nil
}

// Print implements flow.Press.
func (p *Press) Print(paper flow.Paper, report func(flow.Printing)) (cancel func()) {
	p.Papers, p.Report = append(p.Papers, paper), report
	return func() { p.Cancelled++ }
}

// Connect gives the kiosk a printer.
func (s *Stage) Connect() *Press {
	p := &Press{}
	s.World.Press, s.Flow.Press = p, p
	return p
}

// Stage is a kiosk with its surroundings.
type Stage struct {
	Flow   *flow.Flow
	World  flow.World
	Memory *memory.Store
	Desk   record.Store // sees everything
	Disk   *Disk        // what the kiosk writes to
	Drafts *Drafts
	Tray   *Tray
	Cadres *Cadres
	Time   time.Time
	Door   map[string]doorplate.Handle // by place: "富溪村一组3号"

	BankOrg ident.Org // whom people here give their consent

	private ed25519.PrivateKey
	random  *rand.ChaCha8
	serial  uint64

	Limit *myfile.Limit // that the next file card shows; nil for none
}

// What never changes is loaded once.
var (
	loadBook = sync.OnceValues(func() (*rulebook.Book, error) {
		return rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"))
	})
	loadRegions = sync.OnceValues(func() (*region.Tree, error) { return region.Load(assets.Regions()) })
	loadScripts = sync.OnceValues(func() (*voice.Book, error) { return voice.Load(assets.Folder("voice")) })
)

// New sets the stage. changed is called whenever the kiosk wants to be drawn; it may be nil.
func New(changed func()) (*Stage, error) {
	s := &Stage{
		Time: time.Date(2026, 11, 22, 9, 30, 0, 0, time.FixedZone("CST", 8*3600)), Door: map[string]doorplate.Handle{},
		random: rand.NewChaCha8(sha256.Sum256([]byte("stage"))),
	}
	s.Disk = &Disk{}
	s.Tray = &Tray{Why: map[uint64]string{}}
	s.Drafts = &Drafts{disk: s.Disk, kept: map[string]kept{}}
	book, err := loadBook()
	if err != nil {
		return nil, err
	}
	texts, err := i18n.Load(assets.Locales()) // of its own: it notes what is missing
	if err != nil {
		return nil, err
	}
	regions, err := loadRegions()
	if err != nil {
		return nil, err
	}
	spoken, err := loadScripts()
	if err != nil {
		return nil, err
	}
	s.Memory = memory.New(memory.Options{Catalogue: book.Catalogue, Access: book.Access, Clock: s.reading, Lane: ident.Incarnation{7}})
	s.Desk = s.Memory.As(memory.Session{Actor: ident.Actor{1}, Role: "desk"})
	cadre := func(name string, actor ident.Actor) flow.Desk {
		return flow.Desk{Name: name, Actor: actor, Role: "cadre", Store: store{s.Memory.As(memory.Session{Actor: actor, Role: "cadre"}), s.Disk}}
	}
	s.Cadres = &Cadres{desks: map[string]flow.Desk{Passphrase: cadre(Cadre, cadreActor), SecondPassphrase: cadre(SecondCadre, secondActor)}}
	s.World = flow.World{
		Store:  store{s.Memory.As(memory.Session{Actor: ident.Actor{2}, Role: flow.Role}), s.Disk},
		Drafts: s.Drafts, Tray: s.Tray, Cadres: s.Cadres, Numbers: s.number, Sign: s.sign, Book: book, Texts: texts, Regions: regions,
		Now: func() time.Time { return s.Time }, Random: s.random, Scripts: spoken,
		Cards: &Cards{map[myfile.ID]myfile.Tried{}, s.Disk}, Heard: func() time.Time { return s.Time.Add(-2 * time.Hour) },
	}
	if err := s.build(regions); err != nil {
		return nil, fmt.Errorf("set the stage: %w", err)
	}
	s.Flow = flow.New(context.Background(), s.World, changed)
	return s, nil
}

func (s *Stage) reading() hlc.Reading {
	return hlc.Reading{WallMS: s.Time.UnixMilli(), BootID: [16]byte{1}, MonoMS: s.Time.UnixMilli()}
}

// DeviceKey is what the machine on stage signs with.
var DeviceKey = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

func (s *Stage) sign(message []byte) ([]byte, error) { return ed25519.Sign(DeviceKey, message), nil }

func (s *Stage) number() (receipt.Number, error) {
	if s.Disk.Numbers {
		return "", full()
	}
	n, err := receipt.NewNumberer(Device, []byte("a key of the stage"))
	if err != nil {
		return "", err
	}
	s.serial++
	return n.At(s.serial)
}

// Pass turns the clock on and lets the kiosk notice.
func (s *Stage) Pass(d time.Duration) {
	s.Time = s.Time.Add(d)
	s.Flow.Tick()
}

// build applies what a server would have sent.
func (s *Stage) build(regions *region.Tree) error {
	public, private, err := ed25519.GenerateKey(s.random)
	if err != nil {
		return err
	}
	s.private = private
	key := map[record.Field]record.Value{
		"kid": record.OfInt(int64(doorplate.KidOf(public))), "public": record.OfBytes(public), "from": record.OfText("2026-01-01"),
	}
	bank := map[record.Field]record.Value{"name": record.OfText(Bank), "org_kind": record.OfText("bank")}
	if _, err := s.put("ref", "plate_key", key); err != nil {
		return err
	}
	bankID, err := s.put("ref", "org", bank)
	s.BankOrg = ident.Org(bankID)
	if err != nil {
		return err
	}
	for name, actor := range map[string]ident.Actor{Cadre: cadreActor, SecondCadre: secondActor} {
		h := record.Header{ID: ident.Record(actor), Kind: "staff", Scope: ident.Ref, Subject: ident.Subject(actor)}
		if err := s.apply(record.Write{Op: record.Create, Header: h, Fields: map[record.Field]record.Value{"name": record.OfText(name)}}); err != nil {
			return err
		}
	}
	for _, village := range []region.Code{Fuxi, Dasha} {
		if err := s.village(regions, village, ident.Org(bankID)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stage) village(regions *region.Tree, code region.Code, bank ident.Org) error {
	unit, _ := regions.Unit(code)
	h, err := s.header(Scope(code), "unit")
	if err != nil {
		return err
	}
	if id, ok := h.Scope.Unit(); ok {
		h.ID = ident.Record(id)
	}
	err = s.apply(record.Write{Op: record.Create, Header: h, Fields: map[record.Field]record.Value{
		"name": record.OfText(unit.Name), "region_code": record.OfText(string(code)),
	}})
	if err != nil {
		return err
	}
	h, err = s.header(Scope(code), lending.KindPosting)
	if err != nil {
		return err
	}
	posting := lending.Posting{Header: h, Officer: ident.Actor{9}, Bank: bank, From: "2026-01-01"}
	if err := s.apply(posting.Create()); err != nil {
		return err
	}
	for _, group := range []string{"一组", "二组", "三组"} {
		for house := 1; house <= 12; house++ {
			if _, err := s.AddPlate(code, group, fmt.Sprintf("%d号", house), "bound", ident.Record{}); err != nil {
				return err
			}
		}
	}
	return nil
}

// AddPlate adds a plate and returns its record.
func (s *Stage) AddPlate(village region.Code, group, house, state string, next ident.Record) (ident.Record, error) {
	handle, err := doorplate.NewHandle(s.random)
	if err != nil {
		return ident.Record{}, err
	}
	unit, _ := s.World.Regions.Unit(village)
	if state == "bound" {
		s.Door[unit.Short+group+house] = handle
	} else {
		s.Door[state] = handle
	}
	fields := map[record.Field]record.Value{
		"handle": record.OfBytes(handle[:]), "plate_code": record.OfText(string(doorplate.CodeOf(handle))),
		"region_code": record.OfText(string(village)), "group_no": record.OfText(group), "house_no": record.OfText(house),
		"plate_state": record.OfText(state), "issue": record.OfInt(1), "issue_day": record.OfText("2026-03-01"),
	}
	if !next.IsZero() {
		fields["replaced_by"] = record.OfBytes(next.Bytes())
	}
	return s.put(Scope(village), "plate", fields)
}

// Void puts a plate on the void list, as a server does that has not told what stands in its place.
func (s *Stage) Void(handle doorplate.Handle) error {
	token, err := doorplate.Issue(handle, issueDay, doorplate.Ed25519Private(s.private))
	if err != nil {
		return err
	}
	_, err = s.put("ref", doorplate.KindVoid, doorplate.VoidFields(token.Unverified().RID(), "2026-11-22"))
	return err
}

// issueDay is when every plate on stage was issued.
const issueDay doorplate.Day = 2300

// Token returns what the QR code of a plate says.
func (s *Stage) Token(handle doorplate.Handle) (string, error) {
	return Sign(handle, s.private)
}

// Sign returns what a plate signed with some key says.
func Sign(handle doorplate.Handle, key ed25519.PrivateKey) (string, error) {
	token, err := doorplate.Issue(handle, issueDay, doorplate.Ed25519Private(key))
	if err != nil {
		return "", err
	}
	return token.URL(Host)
}

// Settle notes that staff settled a field of a demand.
func (s *Stage) Settle(number string, field record.Field) error {
	rows, err := s.Desk.List(context.Background(), record.Query{
		Kind: "demand", Where: []record.Term{{Field: "receipt_no", Value: record.OfText(number)}},
	})
	if err != nil || len(rows) == 0 {
		return fmt.Errorf("no demand %s: %w", number, err)
	}
	h, err := s.header(rows[0].Header.Scope, review.Kind)
	if err != nil {
		return err
	}
	h.Subject = rows[0].Header.Subject
	return s.apply(record.Write{Op: record.Create, Header: h, Fields: map[record.Field]record.Value{
		"record": record.OfBytes(rows[0].Header.ID.Bytes()), "field": record.OfText(string(field)),
		"at": record.OfInt(s.Time.UnixMilli()), "reason": record.OfText("看过身份证"),
	}})
}

func (s *Stage) header(scope ident.Scope, kind record.Kind) (h record.Header, err error) {
	h = record.Header{Kind: kind, Scope: scope}
	if h.ID, err = ident.New[ident.Record](s.Time.UnixMilli(), s.random); err != nil {
		return h, err
	}
	h.Subject, err = ident.New[ident.Subject](s.Time.UnixMilli(), s.random)
	return h, err
}

func (s *Stage) put(scope ident.Scope, kind record.Kind, fields map[record.Field]record.Value) (ident.Record, error) {
	h, err := s.header(scope, kind)
	if err != nil {
		return h.ID, err
	}
	return h.ID, s.apply(record.Write{Op: record.Create, Header: h, Fields: fields})
}

func (s *Stage) apply(w record.Write) error {
	base, err := s.Desk.Base(context.Background(), w.Header.Scope)
	if err != nil {
		return err
	}
	_, err = s.Desk.Apply(context.Background(), record.Act{
		Name: "stage", Scope: w.Header.Scope, Base: base, Source: record.Authoritative, Writes: []record.Write{w},
	})
	return err
}

// Disk is full for what is set: as with a real one, a small thing may still find room where a large one does not.
type Disk struct{ Acts, Numbers, Drafts bool }

// full is what every writer says then; see package sqlitedb.
func full() error { return fault.New(fault.Exhausted, "store.full") }

// store keeps acts where there is room.
type store struct {
	record.Store
	disk *Disk
}

// Apply implements record.Store.
func (s store) Apply(ctx context.Context, act record.Act) (record.Receipt, error) {
	if s.disk.Acts {
		return record.Receipt{}, full()
	}
	return s.Store.Apply(ctx, act)
}

// Drafts keeps drafts in memory for a day. Its slip codes are counted, as a test wants them.
type Drafts struct {
	disk *Disk
	kept map[string]kept
	n    int
}

type kept struct {
	content []byte
	until   int64
}

// PutDraft implements flow.Drafts.
func (d *Drafts) PutDraft(_ context.Context, content []byte, nowMS int64) (string, error) {
	if d.disk.Drafts {
		return "", full()
	}
	d.n++
	slip := "AB2C-" + fmt.Sprintf("%04d", 2222+d.n)
	d.kept[folded(slip)] = kept{content, nowMS + (24 * time.Hour).Milliseconds()}
	return slip, nil
}

// GetDraft implements flow.Drafts.
func (d *Drafts) GetDraft(_ context.Context, slip string, nowMS int64) ([]byte, error) {
	k, ok := d.kept[folded(slip)]
	if !ok || k.until <= nowMS {
		return nil, fault.New(fault.NotFound, "replica.draft")
	}
	return k.content, nil
}

// DeleteDraft implements flow.Drafts.
func (d *Drafts) DeleteDraft(ctx context.Context, slip string, nowMS int64) error {
	if _, err := d.GetDraft(ctx, slip, nowMS); err != nil {
		return err
	}
	delete(d.kept, folded(slip))
	return nil
}

// folded forgives a dash that is missing, as the real ones do.
func folded(slip string) string { return strings.ReplaceAll(slip, "-", "") }

// Len returns how many drafts are kept.
func (d *Drafts) Len() int { return len(d.kept) }
