// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"fmt"
	"strings"
	"time"

	"yuexin/shared/credit/myfile"
	"yuexin/shared/credit/plain"
	"yuexin/shared/credit/scoring"
	"yuexin/shared/credit/wholevillage"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Cards counts wrong PINs of file cards on this machine. The counts survive whatever ends the program.
type Cards interface {
	// Tried returns how often PINs were wrong for a card.
	Tried(card myfile.ID) myfile.Tried
	// Try counts a PIN as wrong before it is looked at; it is on the disk when it returns.
	Try(card myfile.ID, nowMS int64) error
	// Right forgets what was wrong: whoever stood there has card and PIN.
	Right(card myfile.ID) error
}

// mine is a file card and what it opened. It is in memory only.
type mine struct {
	card    myfile.Card
	sheet   myfile.Sheet
	opening bool
	file    *myfile.File // nil before the PIN was right
	page    int

	part, item int    // the value that is objected to
	kind       string // what is said of it

	permit ident.Record // the consent that is taken back
}

// forget drops what was opened as far as a program can: other copies may be in memory until it is used again.
func (m *mine) forget() {
	if m != nil {
		*m = mine{}
	}
}

// ShowCard takes a file card as it was scanned or typed, and asks for its PIN. What keeps it from that is shown by the screens
// that ask for cards: faults of myfile.ParseCard and myfile.Find, NotAllowed "kiosk.pin.locked".
func (f *Flow) ShowCard(text string) error {
	if f.route != Mine && f.route != MineCode {
		f.visit.mine.forget()
		f.visit.mine, f.trail, f.route = nil, nil, Start
		f.open(Mine)
	}
	card, err := myfile.ParseCard(text)
	if err != nil {
		return f.fail(err)
	}
	sheet, err := myfile.Find(f.ctx, f.Store, card.ID())
	if err != nil {
		return f.fail(err)
	}
	if f.Cards == nil {
		return f.fail(fault.New(fault.NotFound, "myfile.none"))
	}
	if f.Book.MyFile.Locked(f.Cards.Tried(card.ID())) {
		return f.fail(locked())
	}
	f.visit.mine = &mine{card: card, sheet: sheet}
	f.open(PIN)
	return nil
}

func locked() error { return fault.New(fault.NotAllowed, "kiosk.pin.locked") }

// PINSize returns how many digits a PIN may have.
func (f *Flow) PINSize() (least, most int) { return f.Book.MyFile.PIN.Min, f.Book.MyFile.PIN.Max }

// Opening says whether the PIN is being looked at.
func (f *Flow) Opening() bool { return f.visit.mine != nil && f.visit.mine.opening }

// TriesLeft returns how many PINs may still be tried for the card; false while nothing was wrong.
func (f *Flow) TriesLeft() (int, bool) {
	if f.visit.mine == nil || f.Cards == nil {
		return 0, false
	}
	tried := f.Cards.Tried(f.visit.mine.card.ID())
	return f.Book.MyFile.Left(tried), tried.Wrong > 0 && !f.Opening()
}

// EnterPIN opens the file of the card. It returns at once; what became of it is on the screen: the file, or one of the faults
// RateLimited "kiosk.pin.slow", NotAllowed "kiosk.pin.locked", and those of myfile.Card.Open. Each PIN counts as wrong before it is
// looked at, so that pulling the plug saves no try.
func (f *Flow) EnterPIN(pin string) {
	m := f.visit.mine
	if f.route != PIN || m == nil || m.opening {
		return
	}
	now, card, policy := f.Now(), m.card.ID(), f.Book.MyFile
	tried := f.Cards.Tried(card)
	if policy.Locked(tried) {
		_ = f.fail(locked()) // a fault is shown by the flow
		return
	}
	if wait := policy.Wait(tried, now); wait > 0 {
		wait = (wait + time.Second - 1).Truncate(time.Second)
		_ = f.fail(fault.New(fault.RateLimited, "kiosk.pin.slow").With("wait", f.Printer().Duration(wait)))
		return
	}
	if err := f.Cards.Try(card, now.UnixMilli()); err != nil {
		_ = f.fail(err)
		return
	}
	m.opening = true
	f.visit.problem = nil
	f.tell()
	var file *myfile.File
	var err error
	key, sheet := m.card, m.sheet
	f.work(func() { file, err = key.Open(pin, sheet) }, func() {
		if f.visit.mine == m { // the person may be gone
			f.opened(m, file, err)
		}
	})
}

func (f *Flow) work(work, done func()) {
	if f.Work != nil {
		f.Work(work, done)
		return
	}
	work()
	done()
}

// opened shows what came of a PIN.
func (f *Flow) opened(m *mine, file *myfile.File, err error) {
	m.opening = false
	card := m.card.ID()
	if err == nil || !fault.Is(err, fault.NotAllowed) { // card and PIN are right, whatever the sheet is
		if forgot := f.Cards.Right(card); forgot != nil {
			f.Log.Error("forget wrong PINs", fault.Attr(forgot))
		}
	}
	if f.route != PIN { // the person turned away meanwhile, and nobody may stand there
		m.forget()
		f.visit.mine = nil
		return
	}
	if err != nil && f.Book.MyFile.Locked(f.Cards.Tried(card)) {
		err = locked()
	}
	if err != nil {
		_ = f.fail(err)
		return
	}
	m.file, m.page = file, 0
	f.trail = []Route{Start}
	f.replace(File)
}

// FilePage is one page of a file: a part of it, or what is missing.
type FilePage struct {
	Name   string // whose file it is
	Title  string // of the part
	N, All int    // of the pages, from 1
	AsOf   string // from when this is
	Lines  []FileLine

	Said    []plain.Said // the last page but one, if they ever objected: what became of it
	Missing bool         // the last page: what is missing
	Limit   string       // what they may ask for, and that it is no contract; "" for none
	Level   string       // how they are rated; "" where no card counts here
	Next    string       // what is lacking to the next level
	Stops   []string     // what keeps them below it
	Raise   []string     // what would raise it most, the most first
	Must    []string     // questions that must be answered, in words
	May     []string     // and those that may be
}

// FileLine is one recorded value in words.
type FileLine struct {
	plain.Line
	Note       string // what its holder objects to, and what became of that
	part, item int
}

// words says values in the language of the visit.
func (f *Flow) words() plain.Words {
	return plain.Words{Print: f.Printer(), Catalogue: f.Book.Catalogue, Regions: f.Regions, Zone: f.Now().Location()}
}

// FilePage returns the page that is shown.
func (f *Flow) FilePage() FilePage {
	m := f.visit.mine
	if m == nil || m.file == nil {
		return FilePage{}
	}
	p := FilePage{Name: m.file.Name, N: m.page + 1, All: len(m.file.Parts) + 1, AsOf: f.asOf(m.file)}
	p.All += f.saidPages(m.file)
	switch {
	case m.page == len(m.file.Parts) && f.saidPages(m.file) > 0:
		p.Title, p.Said = f.Printer().T("kiosk.file.said"), f.objections(m.file)
		return p
	case m.page >= len(m.file.Parts):
		p.Missing, p.Title = true, f.Printer().T("kiosk.file.missing")
		p.Must, p.May = f.missing(m.file)
		f.rating(m.file, &p)
		p.Limit = f.limitOf(m.file)
		return p
	}
	part := m.file.Parts[m.page]
	p.Title = f.words().Part(f.Book.Forms, part)
	for i, it := range part.Items {
		p.Lines = append(p.Lines, f.fileLine(part, it, m.page, i))
	}
	return p
}

// saidPages is how many pages tell of objections.
func (f *Flow) saidPages(file *myfile.File) int { return min(len(file.Said), 1) }

// objections says what became of each objection.
func (f *Flow) objections(file *myfile.File) (out []plain.Said) {
	for _, o := range file.Said {
		out = append(out, f.words().Said(f.Book.MyFile, o, f.Now()))
	}
	return out
}

// asOf says from when the content is, and until when this machine would know of a change.
func (f *Flow) asOf(file *myfile.File) string {
	p, zone := f.Printer(), f.Now().Location()
	made := p.DateTime(time.UnixMilli(file.MadeMS).In(zone))
	if f.Heard == nil || f.Heard().IsZero() {
		return p.T("kiosk.file.asof.never", "made", made)
	}
	return p.T("kiosk.file.asof", "made", made, "heard", p.DateTime(f.Heard().In(zone)))
}

func (f *Flow) fileLine(part myfile.Part, it myfile.Item, at, i int) FileLine {
	line := FileLine{Line: f.words().Line(part.Kind, it), part: at, item: i}
	if m := f.visit.mine; m != nil && m.file != nil {
		line.Note = f.note(m.file, part, it)
	}
	return line
}

// rating says how they are rated, by the version of the card that did it; a machine that does not have it says nothing.
func (f *Flow) rating(file *myfile.File, p *FilePage) {
	if file.Score == nil {
		return
	}
	card := f.Book.CardVersion(file.Score.Card, file.Score.Version)
	if card == nil {
		return
	}
	said := card.Say(f.Printer(), file.Score, func(in scoring.Input) string { return f.words().Field(in.Kind, in.Field) })
	p.Level, p.Next, p.Stops, p.Raise = said.Head, said.Next, said.Stops, said.Raise
}

// limitOf says what they may ask for while it stands, by this machine's clock.
func (f *Flow) limitOf(file *myfile.File) string {
	if file.Limit == nil || file.Limit.Until < f.Now().Format(time.DateOnly) {
		return ""
	}
	p, until := f.Printer(), file.Limit.Until
	if day, err := time.ParseInLocation(time.DateOnly, until, f.Now().Location()); err == nil {
		until = p.Date(day)
	}
	amount := f.words().Value(wholevillage.KindLimit, "limit", record.OfInt(file.Limit.Amount))
	return p.T("kiosk.file.limit", "amount", amount, "until", until)
}

// missing returns what must be answered, and what may be, in words. A question that this machine's form does not have
// any more is left out.
func (f *Flow) missing(file *myfile.File) (must, may []string) {
	for _, need := range file.Missing {
		form := f.Book.Forms[need.Form]
		if form == nil {
			continue
		}
		field, known := form.Field(need.Path)
		switch {
		case !known:
		case need.Must:
			must = append(must, field.Label.In(f.Printer()))
		default:
			may = append(may, field.Label.In(f.Printer()))
		}
	}
	return must, may
}

// TurnFile turns some pages on, or back.
func (f *Flow) TurnFile(pages int) {
	if m := f.visit.mine; m != nil && m.file != nil && f.route == File {
		m.page = min(max(m.page+pages, 0), len(m.file.Parts)+f.saidPages(m.file))
		f.tell()
	}
}

// ObjectTo asks what is wrong with a value of the page.
func (f *Flow) ObjectTo(line FileLine) {
	m := f.visit.mine
	if m == nil || m.file == nil {
		return
	}
	if _, _, err := m.file.At(line.part, line.item); err != nil {
		return
	}
	m.part, m.item, m.kind = line.part, line.item, ""
	f.open(Object)
}

// Objecting returns the value that is objected to.
func (f *Flow) Objecting() FileLine {
	m := f.visit.mine
	if m == nil || m.file == nil {
		return FileLine{}
	}
	part, it, err := m.file.At(m.part, m.item)
	if err != nil {
		return FileLine{}
	}
	return f.fileLine(part, it, m.part, m.item)
}

// Object says what is wrong with the value: one of myfile.Objections. A correction is asked for what is right first.
func (f *Flow) Object(kind string) error {
	if f.visit.mine == nil || f.visit.mine.file == nil {
		return nil
	}
	f.visit.mine.kind = kind
	if kind == myfile.Correct {
		f.open(Right)
		return nil
	}
	return f.HandInObjection("")
}

// HandInObjection hands the objection in, with what is right for a correction: one act, durable when it returns, and a receipt.
// Faults: those of myfile.Objection.Create, and of the store.
func (f *Flow) HandInObjection(wanted string) error {
	m := f.visit.mine
	if m == nil || m.file == nil || m.kind == "" {
		return nil
	}
	r, err := f.handInObjection(m, strings.TrimSpace(wanted))
	if err != nil {
		return f.fail(err)
	}
	f.finish(r)
	return nil
}

func (f *Flow) handInObjection(m *mine, wanted string) (Receipt, error) {
	part, it, err := m.file.At(m.part, m.item)
	if err != nil {
		return Receipt{}, err
	}
	now, scope := f.Now(), m.sheet.Header.Scope
	base, err := f.Store.Base(f.ctx, scope)
	if err != nil {
		return Receipt{}, fmt.Errorf("read where the village stands: %w", err)
	}
	id, err := f.newID()
	if err != nil {
		return Receipt{}, err
	}
	number, code, err := f.numbered()
	if err != nil {
		return Receipt{}, err
	}
	o := myfile.Objection{
		Header: record.Header{ID: id, Scope: scope, Subject: m.file.Subject}, Of: part.Record, OfKind: part.Kind, Field: it.Field, Kind: m.kind,
		Stood: f.words().Value(part.Kind, it.Field, it.Value.Value), Wanted: wanted, Receipt: string(number), AtMS: now.UnixMilli(), Sample: f.Sample(),
	}
	write, err := o.Create()
	if err != nil {
		return Receipt{}, err
	}
	act := record.Act{Name: "objection.raise", Scope: scope, Base: base, Source: f.Book.Access.Source(Role), Writes: []record.Write{write}}
	if err := f.addReceipt(&act, o.Header, number, code, nil); err != nil {
		return Receipt{}, err
	}
	if _, err := f.Store.Apply(f.ctx, act); err != nil {
		return Receipt{}, fmt.Errorf("raise an objection: %w", err)
	}
	return f.numberedReceipt(Objection, number, code, now, "kiosk.object.next", "date", f.Printer().Date(f.Book.MyFile.Due(now.UnixMilli(), now.Location())), "source", f.Book.MyFile.AnswerSource), nil
}

// BackToFile goes on with the file after an objection.
func (f *Flow) BackToFile() {
	if f.visit.mine == nil || f.visit.mine.file == nil {
		return
	}
	f.visit.receipt = Receipt{}
	f.trail = []Route{Start}
	f.replace(File)
}
