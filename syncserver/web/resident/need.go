// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"hash/maphash"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/money"
)

// The answers of the form. Purposes and ways of contact are choices of the
// catalogue; terms are months, in the steps that village loans have.
var (
	purposes    = []string{"planting", "breeding", "equipment", "business", "processing", "housing", "education", "living", "other"}
	termChoices = []string{"6", "12", "24", "36", "60"}
	contacts    = []string{lending.ContactOwn, lending.ContactHelper, lending.ContactVillage}
)

// What the form takes. Less than a thousand yuan is nearly always 万 forgotten;
// both ends are ours, and a bank decides what it lends.
const (
	leastAsked money.Fen = 1_000_00
	mostAsked  money.Fen = 10_000_000_00
	maxName              = 40 // characters
)

// needInput is the form as typed.
type needInput struct {
	Name, Amount, Purpose, Term, Contact, Phone, Helper string
	Agree                                               bool
	agreed                                              string
}

// need is the form as understood.
type need struct {
	name, purpose, contact, helper string
	asked                          money.Fen
	months                         int64
	phone                          ident.Mobile
}

// needPage is the form.
type needPage struct {
	*frame
	problems
	In       needInput
	Slip     string
	Bank     string
	Wording  wording
	Purposes []string
	Terms    []string
	Contacts []string
}

// Problems are what is wrong with the form.
func (p needPage) Problems() []problem { return p.problems }

// onNeed shows the empty form.
func (q *request) onNeed() error {
	return q.askNeed(http.StatusOK, needInput{}, nil, "")
}

// askNeed shows the form with what was typed and what is wrong with it; without
// a slip it gets a new one.
func (q *request) askNeed(status int, in needInput, wrong problems, slipText string) error {
	terms, err := q.termsOf()
	if err != nil {
		return err
	}
	if slipText == "" {
		one, err := q.slips.issue(q.now, q.Random)
		if err != nil {
			return err
		}
		slipText = q.slips.text(q.visit.handle, one)
	}
	q.titled("resident.need.title", "NEED")
	page := needPage{
		frame: q.frame, problems: wrong, In: in, Slip: slipText, Bank: terms.recipient, Wording: terms.wording,
		Purposes: purposes, Terms: termChoices, Contacts: contacts,
	}
	page.Switch, page.SwitchForm = "", true
	return q.show(status, "need", page)
}

// onSend takes the form: the same slip gives the same receipt, whatever else
// comes with it.
func (q *request) onSend() error {
	relang := q.relang()
	in, slipText := q.needInput(), q.r.PostForm.Get("slip")
	one, err := q.slips.read(q.visit.handle, slipText)
	if err != nil {
		return q.again(in, err, "")
	}

	defer q.saving.lock(one)()
	done, found, err := q.demandOf(one)
	switch {
	case err != nil:
		return err
	case found:
		return q.receipt(done, in, slipText)
	case relang:
		return q.askNeed(http.StatusOK, in, nil, slipText)
	case one.old(q.now):
		return q.again(in, fault.New(fault.Invalid, "resident.form.old"), "")
	}
	return q.save(one, in, slipText)
}

// again shows the form once more with a problem of the whole form.
func (q *request) again(in needInput, err error, slipText string) error {
	var wrong problems
	wrong.add(q.Printer, "", err)
	return q.askNeed(fault.KindOf(err).HTTP(), in, wrong, slipText)
}

// relang changes the language when the button of that name was pressed.
func (q *request) relang() bool {
	lang := i18n.Lang(q.r.PostForm.Get("relang"))
	if !slices.Contains(i18n.Langs(), lang) {
		return false
	}
	q.speak(q.Texts, lang)
	return true
}

// save checks the form, applies it, and shows the receipt.
func (q *request) save(one slip, in needInput, slipText string) error {
	terms, err := q.termsOf()
	if err != nil {
		return err
	}
	n, wrong := q.understand(in)
	if in.agreed != terms.wording.Mark {
		in.Agree = false
		wrong.add(q.Printer, "agree", unagreed(in.agreed))
	}
	if len(wrong) > 0 {
		return q.askNeed(http.StatusBadRequest, in, wrong, slipText)
	}
	if wait := q.demands.take(q.visit.key, q.address, q.now); wait > 0 {
		return q.again(in, q.busy(wait), slipText)
	}
	done, err := q.register(one, n, terms)
	if err != nil {
		q.Log.ErrorContext(q.ctx, "demand not registered", fault.Attr(err))
		return q.again(in, fault.New(fault.Unavailable, "resident.need.failed"), slipText)
	}
	return q.receipt(done, in, slipText)
}

// unagreed says why a consent does not count: none was given, or to another
// text than the one that holds now.
func unagreed(agreed string) error {
	if agreed == "" {
		return fault.New(fault.Invalid, "resident.need.agree.missing")
	}
	return fault.New(fault.Invalid, "resident.need.agree.changed")
}

func (q *request) needInput() needInput {
	agreed := q.typed("agree")
	return needInput{
		Name: q.typed("name"), Amount: q.typed("amount"), Purpose: q.typed("purpose"), Term: q.typed("term"),
		Contact: q.typed("contact"), Phone: q.typed("phone"), Helper: q.typed("helper"),
		Agree: agreed != "", agreed: agreed,
	}
}

// understand reads what was typed, or says what is wrong with each field.
func (q *request) understand(in needInput) (n need, wrong problems) {
	n = need{name: in.Name, purpose: in.Purpose, contact: in.Contact}
	var err error

	wrong.add(q.Printer, "name", personName(in.Name, "resident.need.name"))
	n.asked, err = asked(in.Amount)
	wrong.add(q.Printer, "amount", err)
	wrong.add(q.Printer, "purpose", oneOf(in.Purpose, purposes, "resident.need.purpose.missing"))
	wrong.add(q.Printer, "term", oneOf(in.Term, termChoices, "resident.need.term.missing"))
	n.months, _ = strconv.ParseInt(in.Term, 10, 64) // a choice is a number
	if err := oneOf(in.Contact, contacts, "resident.need.contact.missing"); err != nil {
		wrong.add(q.Printer, "contact", err)
		return n, wrong
	}
	if in.Contact == lending.ContactHelper {
		n.helper = in.Helper
		wrong.add(q.Printer, "helper", personName(in.Helper, "resident.need.helper"))
	}
	if in.Contact != lending.ContactVillage {
		n.phone, err = ident.ParseMobile(in.Phone)
		wrong.add(q.Printer, "phone", err)
	}
	return n, wrong
}

// asked reads the amount.
func asked(text string) (money.Fen, error) {
	fen, err := money.Parse(text)
	switch {
	case err != nil:
		return 0, err
	case fen < leastAsked:
		return 0, fault.New(fault.Invalid, "resident.need.amount.small").
			WithPersonal("amount", fen.Text()).With("least", leastAsked.Text())
	case fen > mostAsked:
		return 0, fault.New(fault.Invalid, "resident.need.amount.large").
			WithPersonal("amount", fen.Text()).With("most", mostAsked.Text())
	}
	return fen, nil
}

func personName(name, key string) error {
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return fault.New(fault.Invalid, key+".missing")
	case n > maxName:
		return fault.New(fault.Invalid, key+".long").With("most", strconv.Itoa(maxName))
	}
	return nil
}

func oneOf(answer string, choices []string, key string) error {
	if slices.Contains(choices, answer) {
		return nil
	}
	return fault.New(fault.Invalid, key)
}

// receiptPage is what a resident takes home.
type receiptPage struct {
	*frame
	Slip, Number, Code, Aloud, Asked, Time, State, Sentence, Bank string
	NoPhone, Twice                                                bool
}

// receipt shows the receipt of a registered demand. When the same form came
// again with something else in it, the page says that this changed nothing.
func (q *request) receipt(done lending.Demand, in needInput, slipText string) error {
	state, err := q.stateOf(done)
	if err != nil {
		return err
	}
	bank, err := q.orgName(done.Recipient)
	if err != nil {
		return err
	}
	key, pairs := q.lending.Sentence(lending.Unverified)
	q.titled("resident.receipt.title", "")
	page := receiptPage{
		frame: q.frame, Slip: slipText, Number: done.Receipt.String(), Code: q.codeOf(done).String(), Aloud: q.aloud(done.Receipt), Asked: done.Asked.Text(),
		Time: q.moment(state.Began()), State: q.T(state.Status.Key()), Sentence: q.T(key, pairs...), Bank: bank,
		NoPhone: done.Phone.IsZero(), Twice: differs(done, in),
	}
	page.Switch, page.SwitchForm = "", true
	return q.show(http.StatusOK, "receipt", page)
}

// aloud is a receipt number in words, for reading it to somebody.
func (f *frame) aloud(number receipt.Number) string {
	var words strings.Builder
	for _, r := range number.String() {
		if r == ' ' {
			words.WriteString(f.T("resident.digit.pause"))
			continue
		}
		words.WriteString(f.T("resident.digit." + string(r)))
	}
	return strings.TrimSpace(words.String())
}

// stripes make requests with the same slip wait for each other; others seldom.
type stripes struct {
	seed  maphash.Seed
	locks [64]sync.Mutex
}

// lock waits for the slip's stripe and returns what releases it.
func (s *stripes) lock(one slip) (unlock func()) {
	stripe := &s.locks[maphash.Bytes(s.seed, one[:])%uint64(len(s.locks))]
	stripe.Lock()
	return stripe.Unlock
}
