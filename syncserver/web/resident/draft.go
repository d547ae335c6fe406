// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed" // the scripts
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
	"time"

	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
)

// A form that is not sent yet lies in two places. The browser keeps what is typed as it is typed, with a script, and
// says that it was not handed in; without scripts it keeps nothing. And whoever presses the button for it has the server keep
// the form for some days under a receipt number, to go on at another phone. That is not a demand: no bank, officer or village
// sees it, and it goes when it is handed in or its days are over.
//
// The number alone says nothing, not even whether there is such a form: it takes the lookup code as well, as the state of a
// demand does, with the same waits for wrong guesses. Number and code stay those of the receipt, and the form keeps its slip:
// handed in on both phones it is one demand.

// DraftLife is how long a form that is not handed in is kept.
const DraftLife = 7 * 24 * time.Hour

// Draft is a form that is not handed in.
type Draft struct {
	Form    ident.Record // the demand that it will become
	Number  receipt.Number
	Answers map[string]string
	Until   time.Time
}

// Drafts keeps them where nobody reads them by the way.
type Drafts interface {
	// KeepDraft keeps a draft durably, in place of the one of the same form.
	KeepDraft(ctx context.Context, d Draft) error
	// DraftOf and DraftWith return the draft of a form, or with a number; fault.NotFound if there is none or its days are over.
	DraftOf(ctx context.Context, form ident.Record) (Draft, error)
	DraftWith(ctx context.Context, number receipt.Number) (Draft, error)
	// DropDraft forgets a draft, if there is one.
	DropDraft(ctx context.Context, form ident.Record) error
}

// keepButton is the value of the button that keeps a form.
const keepButton = "keep"

// The scripts are short because they are sent with the page. draftScript keeps in the browser what is typed into the form, but for
// the consent, for as long as the server keeps a draft, and puts it back, with its slip, into a form that is new. sentScript
// forgets it once the receipt is there.
var (
	//go:embed draft.js
	draftScript string
	//go:embed sent.js
	sentScript string
)

// scripted lets a page have a script, and nothing but that.
func (q *request) scripted(source string) template.JS {
	source = strings.TrimSpace(source)
	sum := sha256.Sum256([]byte(source))
	h := q.w.Header()
	h.Set("Content-Security-Policy", h.Get("Content-Security-Policy")+"; script-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	return template.JS(source)
}

// keptPage says that a form is kept and not handed in.
type keptPage struct {
	*frame
	Number, Code, Until string
}

// keep keeps a form that somebody wants to finish elsewhere. A consent is never kept: it is given when the form is handed in.
func (q *request) keep(one slip, in filled) error {
	if wait := q.drafts.take(q.visit.key, q.address, q.now); wait > 0 {
		return q.again(in, q.busy(wait), in.slip)
	}
	d, err := q.Drafts.DraftOf(q.ctx, ident.Record(one))
	if fault.Is(err, fault.NotFound) {
		d.Form = ident.Record(one)
		d.Number, err = q.Numbers(q.ctx)
	}
	if err != nil {
		return err
	}
	d.Answers, d.Until = in.session.Draft(), q.now.Add(DraftLife)
	for _, c := range q.form.Consents {
		delete(d.Answers, c.Field)
	}
	if err := q.Drafts.KeepDraft(q.ctx, d); err != nil {
		q.Log.ErrorContext(q.ctx, "draft not kept", fault.Attr(err))
		return q.again(in, fault.New(fault.Unavailable, "resident.draft.failed"), in.slip)
	}
	q.titled("resident.draft.title", "")
	q.Switch = ""
	return q.show(http.StatusOK, "kept", keptPage{
		frame: q.frame, Number: d.Number.String(), Code: codeOf(q.Key, d.Form).String(), Until: q.Date(d.Until.In(china)),
	})
}

// draftWith returns the form that was kept under a number if the code is right for it. It looks for one whatever the code.
func (q *request) draftWith(number receipt.Number, code receipt.Code) (*Draft, error) {
	d, err := q.Drafts.DraftWith(q.ctx, number)
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	right := codeOf(q.Key, d.Form)
	if err != nil || d.Form.IsZero() || code == "" || subtle.ConstantTimeCompare([]byte(right), []byte(code)) != 1 {
		return nil, err
	}
	return &d, nil
}

// resume shows a form that was kept, as it was.
func (q *request) resume(d Draft) error {
	s := q.begin()
	s.Restore(d.Answers)
	return q.askNeed(http.StatusOK, filled{session: s, slip: q.slips.text(slipContext, q.visit.handle, slip(d.Form)), resumed: d.Number})
}

// numberFor is the receipt number of a form that is handed in: that under which it was kept, or a new one.
func (q *request) numberFor(one slip) (receipt.Number, error) {
	d, err := q.Drafts.DraftOf(q.ctx, ident.Record(one))
	if err == nil {
		q.kept = true
		return d.Number, nil
	}
	if !fault.Is(err, fault.NotFound) {
		return "", err
	}
	return q.Numbers(q.ctx)
}

// tooOld says whether a form lay open too long to be handed in: a day, or as long as it is kept.
func (q *request) tooOld(one slip) (bool, error) {
	if !one.old(q.now) {
		return false, nil
	}
	_, err := q.Drafts.DraftOf(q.ctx, ident.Record(one))
	if fault.Is(err, fault.NotFound) {
		return true, nil
	}
	return false, err
}
