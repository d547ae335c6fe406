// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"time"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
)

// answerStep is the time that an answer about a demand takes, or a multiple of
// it: longer than any database read, so that the time tells nothing.
const answerStep = 400 * time.Millisecond

// askInput is the question as typed. The proof is never shown again.
type askInput struct{ Number string }

// askPage is the question for a demand's state.
type askPage struct {
	*frame
	problems
	In askInput
}

// Problems are what is wrong with the question.
func (p askPage) Problems() []problem { return p.problems }

// statePage is the state of one demand.
type statePage struct {
	*frame
	Number, State, Sentence, Time string
	Permit                        string // to withdraw; "" when that is not possible
	Steps                         []step // newest first
	Told                          *reviewed
}

// moment is a time in ms since 1970 UTC as residents read it.
func (f *frame) moment(ms int64) string { return f.DateTime(time.UnixMilli(ms).In(china)) }

// onAsk shows the question.
func (q *request) onAsk() error { return q.ask(http.StatusOK, "", nil) }

func (q *request) ask(status int, number string, wrong problems) error {
	q.titled("resident.state.title", "STATE")
	return q.show(status, "ask", askPage{frame: q.frame, problems: wrong, In: askInput{number}})
}

// proof is what the owner of a receipt has besides its number: the tail of the
// phone number given, the lookup code on the receipt, or the code that stands
// only on the household card. The last two look alike. The plate's own short
// code proves nothing: everybody who passes can read it.
type proof struct {
	tail string
	card doorplate.CardCode
	code receipt.Code
}

// tailSize is the number of digits of a phone tail (ident.Mobile.Tail).
const tailSize = 4

// parseProof reads a phone tail, a whole phone number or a card's code.
func parseProof(text string) (proof, error) {
	if text == "" {
		return proof{}, fault.New(fault.Invalid, "resident.ask.proof.missing")
	}
	if tail, ok := tailOf(text); ok {
		return proof{tail: tail}, nil
	}
	if mobile, err := ident.ParseMobile(text); err == nil {
		return proof{tail: mobile.Tail()}, nil
	}
	card, err := doorplate.ParseCardCode(text)
	if err == nil {
		return proof{card: card, code: receipt.Code(card)}, nil
	}
	if _, err := doorplate.ParseCode(text); err == nil {
		return proof{}, fault.New(fault.Invalid, "resident.ask.proof.plate")
	}
	return proof{}, fault.New(fault.Invalid, "resident.ask.proof.wrong").WithCause(err)
}

// tailOf reads four digits, full-width ones included.
func tailOf(text string) (string, bool) {
	var tail []byte
	for _, r := range text {
		if r >= '０' && r <= '９' {
			r -= '０' - '0'
		}
		switch {
		case r == ' ':
		case r >= '0' && r <= '9':
			tail = append(tail, byte(r))
		default:
			return "", false
		}
	}
	return string(tail), len(tail) == tailSize
}

// fits says whether the proof is that of the demand, in a time that does not
// depend on how much of it is right.
func (p proof) fits(d lending.Demand, cardKey []byte) bool {
	same := func(said, known string) bool {
		return said != "" && subtle.ConstantTimeCompare([]byte(said), []byte(known)) == 1
	}
	return same(p.tail, d.Phone.Tail()) || same(string(p.card), string(doorplate.CardCodeOf(cardKey, d.Plate))) && !d.Plate.IsZero()
}

// onState answers the question.
func (q *request) onState() error {
	number, p, wrong := q.question()
	if len(wrong) > 0 {
		return q.ask(http.StatusBadRequest, q.typed("number"), wrong)
	}
	one, wait := q.guesses.begin(q.visit.key, q.address, string(number), q.now)
	if wait > 0 {
		return q.slowed(number, wait)
	}

	got, right, err := q.find(number, p)
	q.Pause(q.ctx, rest(q.Now().Sub(q.now)))
	switch {
	case err != nil:
		return err
	case !right:
		wrong.add(q.Printer, "", fault.New(fault.NotFound, "resident.ask.none"))
		return q.ask(http.StatusNotFound, number.String(), wrong)
	}
	one.right()
	if got.demand.Header.ID.IsZero() && got.draft != nil {
		return q.resume(*got.draft)
	}
	return q.showState(http.StatusOK, got)
}

// rest is what is left of the current step.
func rest(took time.Duration) time.Duration { return answerStep - max(took, 0)%answerStep }

func (q *request) question() (receipt.Number, proof, problems) {
	var wrong problems
	number, err := receipt.Parse(q.typed("number"))
	if err != nil {
		wrong.add(q.Printer, "number", numberProblem(q.typed("number"), err))
	}
	p, err := parseProof(q.typed("proof"))
	wrong.add(q.Printer, "proof", err)
	return number, p, wrong
}

// numberProblem puts what is wrong with a receipt number into the words of this
// page.
func numberProblem(typed string, err error) error {
	if typed == "" {
		return fault.New(fault.Invalid, "resident.ask.number.missing")
	}
	if errors.Is(err, fault.New(fault.Invalid, "receipt.number.length")) {
		return fault.New(fault.Invalid, "resident.ask.number.length").With("got", fault.From(err).Args["got"])
	}
	return fault.New(fault.Invalid, "resident.ask.number.check").WithCause(err)
}

// slowed refuses a guess that came too early, without having looked.
func (q *request) slowed(number receipt.Number, wait time.Duration) error {
	_ = q.busy(wait) // only for its header
	whole := (wait + time.Second - 1).Truncate(time.Second)
	var wrong problems
	wrong.add(q.Printer, "", fault.New(fault.RateLimited, "resident.ask.slow").With("wait", q.Duration(whole)))
	return q.ask(http.StatusTooManyRequests, number.String(), wrong)
}

// answer is what the owner of a receipt is told. A registration has no demand.
type answer struct {
	number receipt.Number
	demand lending.Demand
	state  lending.State
	told   *reviewed // with the code of the receipt only
	draft  *Draft    // of a form that was kept and not handed in; nothing else is there then
}

// find reads what stands behind a number. right is false when there is nothing
// and when the proof is not that of its owner; all are read alike.
func (q *request) find(number receipt.Number, p proof) (a answer, right bool, err error) {
	a.number = number
	var found bool
	if a.demand, found, err = q.demandWith(number); err != nil {
		return a, false, err
	}
	right = p.fits(a.demand, q.CardKey) && found
	if p.code != "" {
		made := codeOf(q.Key, a.demand.Header.ID) // of a receipt of this page, whose record may still be to be made
		right = right || found && subtle.ConstantTimeCompare([]byte(p.code), []byte(made)) == 1
		held, holds, err := q.hold(number, p.code)
		if err != nil {
			return a, false, err
		}
		if holds {
			right = true
			if a.told, err = q.reviewed(held); err != nil {
				return a, false, err
			}
		}
	}
	if a.draft, err = q.draftWith(number, p.code); err != nil {
		return a, false, err
	}
	if a.draft != nil && !found {
		return a, true, nil
	}
	if !right || !found {
		return a, right, nil
	}
	a.state, err = q.stateOf(a.demand)
	return a, err == nil, err
}

// showState shows where a demand stands, what its owner is told, and the way to
// withdraw it. It has no link to the other language: that would have to carry
// the proof.
func (q *request) showState(status int, a answer) error {
	d, s := a.demand, a.state
	q.titled("resident.state.title", "STATE")
	q.dress(fileStyle)
	q.Switch = ""
	page := statePage{frame: q.frame, Number: a.number.String(), Told: a.told}
	if d.Header.ID.IsZero() {
		page.State = q.T("resident.state.registered")
		return q.show(status, "state", page)
	}
	key, pairs := q.lending.Sentence(s.Status)
	page.State, page.Sentence, page.Time = q.T(s.Status.Key()), q.T(key, pairs...), q.moment(s.Since)
	if q.mayWithdraw(s.Status) {
		page.Permit = q.permit(d.Header.ID)
	}
	var err error
	if page.Steps, err = q.stepsOf(s, false); err != nil {
		return err
	}
	return q.show(status, "state", page)
}
