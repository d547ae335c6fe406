// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"fmt"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// terms are on what something is taken here: by whom, and what the person agrees to.
type terms struct {
	bank      ident.Org
	recipient string
	wordings  map[string]consent.Wording // by purpose
}

func (t terms) wording(purpose string) consent.Wording { return t.wordings[purpose] }

// text returns what a person agrees to, and its edition.
func (t terms) text(purpose string, lang i18n.Lang) (string, uint32) {
	w := t.wordings[purpose]
	return w.In(lang, t.recipient), w.Edition
}

// termsOf finds the bank of the village and the wordings in use. Where no bank is responsible nobody could be named in the
// consent: fault.NotFound "kiosk.closed".
func (f *Flow) termsOf() (terms, error) {
	now := f.Now()
	rows, err := f.Store.List(f.ctx, record.Query{Kind: lending.KindPosting, Scope: f.visit.place.Scope, Newest: true})
	if err != nil {
		return terms{}, fmt.Errorf("find who is responsible: %w", err)
	}
	posting, ok := lending.Route(rows, now)
	if !ok || posting.Bank.IsZero() {
		return terms{}, fault.New(fault.NotFound, "kiosk.closed")
	}
	bank, err := f.Store.Get(f.ctx, ident.Record(posting.Bank))
	if err != nil {
		return terms{}, fmt.Errorf("read the bank's name: %w", err)
	}
	t := terms{bank: posting.Bank, recipient: bank.Text("name"), wordings: map[string]consent.Wording{}}
	form := f.Book.Forms[string(f.visit.task)]
	if begun := f.visit.session; begun != nil && begun.Form().Name == form.Name {
		form = begun.Form()
	}
	for _, c := range form.Consents {
		w, ok := f.Book.Consent.Current(c.Purpose, now)
		if !ok {
			return terms{}, fault.New(fault.NotFound, "kiosk.closed")
		}
		t.wordings[c.Purpose] = w
	}
	return t, nil
}

// Recipient returns the name of the bank that is named in the consent.
func (f *Flow) Recipient() string { return f.visit.terms.recipient }

// Receipt is what the person takes home. It is in memory only: the machine cannot read back what was handed in.
type Receipt struct {
	Task   Task
	Place  string // where it was handed in for, in words
	Number receipt.Number
	Code   receipt.Code // with the number it shows what was reviewed; "" on a copy, which does not know it
	At     int64        // ms since 1970 UTC; 0 for none
	Next   string       // text key of what happens next
	Pairs  []string     // fill its places
	Signed string       // what its picture code says: the number, signed, and the code; see receipt.Signed
	Bank   string       // whom it was handed to
	Helped string       // who filled in for the person, in words; "" for nobody
	Sample bool
}

// Time returns the moment of handing in, in the machine's time zone.
func (r Receipt) Time() time.Time { return time.UnixMilli(r.At) }

// Receipt returns what was handed in.
func (f *Flow) Receipt() Receipt { return f.visit.receipt }

// registered is what this visit registered, for the demand that may follow.
type registered struct {
	kind        record.Kind
	id          ident.Record
	subject     ident.Subject
	name, phone string
	entered     []receipt.Entered
}

// HandIn hands the form in: one act, durable when it returns. A question that is not right is shown with its fault.
// When the act cannot be kept, all answers stay and the fault is shown.
func (f *Flow) HandIn() error {
	for _, a := range f.Answers() {
		if a.Fault != nil {
			f.Edit(a.Path)
			return f.fail(a.Fault)
		}
	}
	if err := f.visit.session.Ready(); err != nil {
		return f.fail(err)
	}
	base, err := f.Store.Base(f.ctx, f.visit.place.Scope)
	if err != nil {
		return f.fail(fmt.Errorf("read where the village stands: %w", err))
	}
	var r Receipt
	if f.visit.task == Demand {
		r, err = f.handInDemand(base)
	} else {
		r, err = f.handInSubject(base)
	}
	if err != nil {
		return f.fail(err)
	}
	f.finish(r)
	return nil
}

// finish shows the receipt and forgets the answers.
func (f *Flow) finish(r Receipt) {
	f.dropDrafts()
	v := f.visit
	r.Place, r.Bank, r.Sample, r.Helped = f.SpotName(), v.terms.recipient, f.Sample(), f.helper(f.Printer())
	v.receipt, v.session, v.signed, v.given, v.print = r, nil, nil, nil, nil
	f.visit = v
	f.trail = nil
	f.replace(Done)
	f.Print()
}

func (f *Flow) handInDemand(base record.Base) (Receipt, error) {
	now, place := f.Now(), f.visit.place
	given, err := f.Book.Consent.Give(f.consentOf(demandPurpose), now)
	if err != nil {
		return Receipt{}, err
	}
	number, code, err := f.numbered()
	if err != nil {
		return Receipt{}, err
	}
	d := lending.FromFields(f.visit.session.Fields())
	d.Header = record.Header{Scope: place.Scope, Subject: f.visit.registered.subject}
	d.Receipt, d.Channel, d.Via, d.Plate, d.Sample = number, "kiosk", place.Via, place.Handle, place.Sample
	switch f.visit.registered.kind {
	case "household":
		d.Household = f.visit.registered.id
	case "merchant":
		d.Merchant = f.visit.registered.id
	}
	store, role := f.author()
	by := lending.Author{
		Role: role, Source: f.Book.Access.Source(role), Base: base, NowMS: now.UnixMilli(), Random: f.Random,
	}
	act, d, err := f.Book.Lending.NewDemand(by, d, given)
	if err != nil {
		return Receipt{}, err
	}
	entered := append(receipt.EnteredBy(act.Writes, lending.KindDemand), f.visit.registered.entered...)
	if err := f.addReceipt(&act, d.Header, number, code, entered); err != nil {
		return Receipt{}, err
	}
	if _, err := store.Apply(f.ctx, act); err != nil {
		return Receipt{}, fmt.Errorf("register the demand: %w", err)
	}
	key, pairs := f.Book.Lending.Sentence(lending.Unverified)
	return f.numberedReceipt(Demand, number, code, now, key, pairs...), nil
}

// numberedReceipt returns the receipt of what was handed in under a number.
func (f *Flow) numberedReceipt(t Task, n receipt.Number, c receipt.Code, at time.Time, next string, pairs ...string) Receipt {
	return Receipt{Task: t, Number: n, Code: c, At: at.UnixMilli(), Next: next, Pairs: pairs, Signed: f.signed(n, c, at)}
}

// signed returns what the picture code of a receipt says. What it is for is registered by then, so that without a signature
// number and code must do.
func (f *Flow) signed(n receipt.Number, c receipt.Code, at time.Time) string {
	p, err := receipt.Sign(n, at, f.Sign)
	if err != nil {
		f.Log.Error("sign a receipt", fault.Attr(err))
		return receipt.Text(n, c)
	}
	p.Code = c
	return p.String()
}

// numbered takes a fresh number and draws the code beside it.
func (f *Flow) numbered() (receipt.Number, receipt.Code, error) {
	number, err := f.Numbers()
	if err != nil {
		return "", "", fmt.Errorf("take a receipt number: %w", err)
	}
	code, err := receipt.NewCode(f.Random)
	return number, code, err
}

// addReceipt adds to an act the record by which its receipt is known; of is whom it is about.
func (f *Flow) addReceipt(act *record.Act, of record.Header, n receipt.Number, c receipt.Code, entered []receipt.Entered) error {
	id, err := f.newID()
	if err != nil {
		return err
	}
	h := record.Header{ID: id, Scope: of.Scope, Subject: of.Subject}
	act.Writes = append(act.Writes, receipt.Create(h, n, c, entered, f.Sample()))
	return nil
}

// demandPurpose is the purpose of the consent to a demand.
const demandPurpose = "loan_demand"

// consentOf returns the consent to a purpose as it was given here: by a tap, or by a typed name where the wording asks for
// writing.
func (f *Flow) consentOf(purpose string) consent.Consent {
	c := consent.Consent{Purpose: purpose, Recipient: f.visit.terms.bank, Given: consent.Tap, Sample: f.visit.place.Sample}
	if f.visit.terms.wording(purpose).Sensitive {
		c.Given, c.Giver = consent.TypedName, f.visit.signed[purpose]
	}
	if c.Assistant = f.helper(f.Texts.Printer("")); c.Assistant != "" {
		c.Assisted = true
	}
	return c
}

func (f *Flow) handInSubject(base record.Base) (Receipt, error) {
	now, place, s := f.Now(), f.visit.place, f.visit.session
	h := record.Header{Kind: s.Form().Kind, Scope: place.Scope}
	var err error
	if h.ID, err = f.newID(); err != nil {
		return Receipt{}, err
	}
	if h.Subject, err = ident.New[ident.Subject](now.UnixMilli(), f.Random); err != nil {
		return Receipt{}, err
	}
	writes, err := s.Writes(h, f.newID)
	if err != nil {
		return Receipt{}, err
	}
	f.mark(writes)
	for _, purpose := range s.Consents() {
		w, err := f.consentWrite(purpose, h, now)
		if err != nil {
			return Receipt{}, err
		}
		writes = append(writes, w)
	}
	store, role := f.author()
	act := record.Act{
		Name: string(h.Kind) + ".register", Scope: h.Scope, Base: base, Source: f.Book.Access.Source(role), Writes: writes,
	}
	number, code, err := f.numbered()
	if err != nil {
		return Receipt{}, err
	}
	entered := receipt.EnteredBy(writes, h.Kind, subject.KindMember)
	if err := f.addReceipt(&act, h, number, code, entered); err != nil {
		return Receipt{}, err
	}
	if _, err := store.Apply(f.ctx, act); err != nil {
		return Receipt{}, fmt.Errorf("register: %w", err)
	}
	f.visit.registered = registeredOf(writes[0])
	f.visit.registered.entered = entered
	return f.numberedReceipt(f.visit.task, number, code, now, "kiosk.done.registered"), nil
}

// mark adds what the place says and the form does not ask: the plate's code, and that it is sample data.
func (f *Flow) mark(writes []record.Write) {
	if code := f.visit.place.Code; code != "" {
		writes[0].Fields["plate_code"] = record.OfText(string(code))
	}
	if !f.visit.place.Sample {
		return
	}
	for _, w := range writes {
		w.Fields["sample"] = record.OfBool(true)
	}
}

func (f *Flow) consentWrite(purpose string, of record.Header, now time.Time) (record.Write, error) {
	c, err := f.Book.Consent.Give(f.consentOf(purpose), now)
	if err != nil {
		return record.Write{}, err
	}
	c.Header = record.Header{Kind: consent.Kind, Scope: of.Scope, Subject: of.Subject}
	if c.Header.ID, err = f.newID(); err != nil {
		return record.Write{}, err
	}
	return c.Create(), nil
}

func registeredOf(w record.Write) registered {
	r := registered{kind: w.Header.Kind, id: w.Header.ID, subject: w.Header.Subject, phone: w.Fields["phone"].Text()}
	if r.name = w.Fields["head_name"].Text(); r.name == "" {
		r.name = w.Fields["operator_name"].Text()
	}
	return r
}

// Again begins another task at the same place, right after a receipt.
func (f *Flow) Again(t Task) {
	f.trail, f.route = nil, Start // what was handed in is not gone back to
	f.Choose(t)
}
