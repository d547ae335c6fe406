// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"hash/maphash"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"

	"yuexin/shared/credit/alarm"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/syncserver/web/formhtml"
)

// consentField is the question of the demand's form whether the person agrees to its purpose; "" if it asks none.
func consentField(form *forms.Form) string {
	for _, c := range form.Consents {
		if c.Purpose == lending.Purpose {
			return c.Field
		}
	}
	return ""
}

// needPage is the form.
type needPage struct {
	*frame
	Problems  []formhtml.Problem
	Slip      string
	Mark      string // names what is agreed to
	Questions template.HTML
	New       bool        // nothing was typed into it yet
	Number    string      // under which it was kept, "" where it was not
	Proved    bool        // whoever fills it in has proved who they are
	MayProve  bool        // there is a way to
	Script    template.JS // keeps what is typed in the browser
}

// filled is the form as it was sent.
type filled struct {
	session *forms.Session
	slip    string
	mark    string // of the wording that was on the page
	handIn  bool   // not only to look again, or for another language
	extra   []formhtml.Problem
	fresh   bool           // nobody has typed anything
	resumed receipt.Number // it was kept under this number
}

// begin returns an empty form by the clock that residents read.
func (q *request) begin() *forms.Session { return forms.New(q.form, q.now.In(china)) }

// knownIn fills in what was proved.
func (q *request) knownIn(s *forms.Session) *forms.Session {
	if q.known && !q.person.Phone.IsZero() {
		_ = s.Set("contact", lending.ContactOwn)    // a form of a county may ask otherwise
		_ = s.Set("phone", q.person.Phone.String()) //
	}
	if q.known && q.person.Name != "" {
		_ = s.Set("applicant_name", q.person.Name) //
	}
	return s
}

// onNeed shows the empty form.
func (q *request) onNeed() error {
	return q.askNeed(http.StatusOK, filled{session: q.knownIn(q.begin()), fresh: true})
}

// askNeed shows the form with what was typed and what is wrong with it; without a slip it gets a new one.
func (q *request) askNeed(status int, in filled) error {
	terms, err := q.termsOf()
	if err != nil {
		return err
	}
	if in.slip == "" {
		if in.slip, err = q.slip(slipContext); err != nil {
			return err
		}
	}
	view := q.view(in, terms)
	questions, err := view.HTML()
	if err != nil {
		return err
	}
	q.titled("resident.need.title", "NEED")
	q.dress(view.CSS())
	page := needPage{frame: q.frame, Problems: view.Problems(), Slip: in.slip, Mark: terms.wording.Mark, Questions: questions, New: in.fresh, Proved: q.known, MayProve: len(q.Provers) > 0, Script: q.scripted(draftScript)}
	if in.resumed != "" {
		page.Number = in.resumed.String()
	}
	page.Switch, page.SwitchForm = "", true
	return q.show(status, "need", page)
}

// view is how the form is drawn.
func (q *request) view(in filled, t terms) *formhtml.View {
	return &formhtml.View{
		Session: in.session, Today: q.now.In(china), Print: q.Printer, Tried: in.handIn, Extra: in.extra,
		Wording: func(purpose string) formhtml.Wording {
			if purpose != lending.Purpose {
				return formhtml.Wording{}
			}
			return formhtml.Wording{Text: t.wording.Text, Note: q.T("resident.need.wording", "version", t.wording.Version)}
		},
	}
}

// onSend takes the form: the same slip gives the same receipt, whatever else comes with it.
func (q *request) onSend() error {
	relang := q.relang()
	in := filled{session: q.begin(), slip: q.r.PostForm.Get("slip"), mark: q.r.PostForm.Get("wording")}
	handIn, unchanged := formhtml.Read(in.session, q.r.PostForm)
	in.handIn = handIn && !relang
	if unchanged != nil { // a row that could not be added
		in.extra = append(in.extra, q.view(in, terms{}).NewProblem(fault.From(unchanged).Field, unchanged))
	}
	one, err := q.slips.read(slipContext, q.visit.handle, in.slip)
	if err != nil {
		return q.again(in, err, "")
	}

	defer q.saving.lock(one)()
	done, found, err := q.demandOf(one)
	switch {
	case err != nil:
		return err
	case found:
		q.note(alarm.Replay, in.slip, q.visit.record)
		return q.receipt(done, in)
	case q.r.PostForm.Get(formhtml.Button) == keepButton && !relang:
		return q.keep(one, in)
	case !in.handIn:
		return q.askNeed(http.StatusOK, in)
	}
	old, err := q.tooOld(one)
	if err != nil {
		return err
	}
	if old {
		return q.again(in, fault.New(fault.Invalid, "resident.form.old"), "")
	}
	return q.save(one, in)
}

// again shows the form once more with a problem of the whole form.
func (q *request) again(in filled, err error, slipText string) error {
	message, hint := q.Explain(err)
	in.slip, in.handIn = slipText, false
	in.extra = []formhtml.Problem{{Message: message, Hint: hint}}
	return q.askNeed(fault.KindOf(err).HTTP(), in)
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
func (q *request) save(one slip, in filled) error {
	terms, err := q.termsOf()
	if err != nil {
		return err
	}
	q.disagree(&in, terms)
	if in.session.Ready() != nil || len(in.extra) > 0 {
		return q.askNeed(http.StatusBadRequest, in)
	}
	if wait := q.demands.take(q.visit.key, q.address, q.now); wait > 0 {
		return q.again(in, q.busy(wait), in.slip)
	}
	done, err := q.register(one, in.session, terms)
	if err != nil {
		q.Log.ErrorContext(q.ctx, "demand not registered", fault.Attr(err))
		return q.again(in, fault.New(fault.Unavailable, "resident.need.failed"), in.slip)
	}
	return q.receipt(done, in)
}

// disagree takes back a consent that was given to another text than the one that holds now: it has to be given anew.
func (q *request) disagree(in *filled, t terms) {
	field := consentField(q.form)
	if in.mark == t.wording.Mark || !in.session.Value(field).Bool() {
		return
	}
	_ = in.session.Set(field, "") // no answer is never at fault
	in.extra = append(in.extra, q.view(*in, t).NewProblem(field, fault.New(fault.Invalid, "resident.need.agree.changed")))
}

// receiptPage is what a resident takes home.
type receiptPage struct {
	*frame
	Slip, Number, Code, Aloud, Asked, Time, State, Sentence, Bank string
	NoPhone, Twice                                                bool
	Script                                                        template.JS // takes what was typed out of the browser
}

// receipt settles a registered demand and shows its receipt. It shows the receipt of a registered demand. When the same form came
// again with something else in it, the page says that this changed nothing.
func (q *request) receipt(done lending.Demand, in filled) error {
	q.settle(done)
	state, err := q.stateOf(done)
	if err != nil {
		return err
	}
	bank, err := q.orgName(done.Recipient)
	if err != nil {
		return err
	}
	key, pairs := q.lending.Sentence(state.Status)
	q.titled("resident.receipt.title", "")
	page := receiptPage{
		frame: q.frame, Slip: in.slip, Number: done.Receipt.String(), Code: codeOf(q.Key, done.Header.ID).String(), Aloud: q.aloud(done.Receipt), Asked: q.Money(done.Asked),
		Time: q.moment(state.Began()), State: q.T(state.Status.Key()), Sentence: q.T(key, pairs...), Bank: bank,
		NoPhone: done.Phone.IsZero(), Twice: q.differs(done, in.session), Script: q.scripted(sentScript),
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
