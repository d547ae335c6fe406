// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"encoding/json"
	"fmt"
	"strings"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/forms"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
)

// draft is a visit as it is put aside. The format is read only by the machine that wrote it, within a day.
type draft struct {
	Task    Task              `json:"task"`
	Version uint32            `json:"version"` // of the form
	Answers map[string]string `json:"answers"`
	Signed  map[string]string `json:"signed,omitempty"`
	At      string            `json:"at"`

	Wordings map[string]uint32 `json:"wordings,omitempty"` // editions of what was agreed to, by purpose

	Scope  ident.Scope      `json:"scope"`
	Region string           `json:"region"`
	Group  string           `json:"group,omitempty"`
	House  string           `json:"house,omitempty"`
	Handle doorplate.Handle `json:"handle"`
	Via    string           `json:"via"`
	Sample bool             `json:"sample,omitempty"`
}

// typed says whether the person answered anything.
func (f *Flow) typed() bool {
	if f.visit.session == nil || f.visit.receipt.At != 0 {
		return false
	}
	for path, text := range f.visit.session.Draft() {
		if text != "" && text != "0" && !f.visit.given[path] {
			return true
		}
	}
	return len(f.visit.signed) > 0
}

// putDraft puts the visit aside and returns its slip code. The draft it replaces goes.
func (f *Flow) putDraft() (string, error) {
	v := &f.visit
	d := draft{
		Task: v.task, Version: v.session.Form().Version, Answers: v.session.Draft(), Signed: v.signed, At: v.at,
		Scope: v.place.Scope, Region: string(v.place.Region), Group: v.place.Group, House: v.place.House,
		Handle: v.place.Handle, Via: v.place.Via, Sample: v.place.Sample, Wordings: map[string]uint32{},
	}
	for purpose, w := range v.terms.wordings {
		d.Wordings[purpose] = w.Edition
	}
	content, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("put a draft aside: %w", err)
	}
	old := v.drafts
	slip, err := f.Drafts.PutDraft(f.ctx, content, f.Now().UnixMilli())
	if err != nil {
		f.Log.Error("put a draft aside", fault.Attr(err))
		return "", err
	}
	f.deleteDrafts(old)
	v.drafts = []string{slip}
	return slip, nil
}

// dropDrafts deletes what this visit put aside.
func (f *Flow) dropDrafts() {
	f.deleteDrafts(f.visit.drafts)
	f.visit.drafts = nil
}

func (f *Flow) deleteDrafts(slips []string) {
	for _, slip := range slips {
		err := f.Drafts.DeleteDraft(f.ctx, slip, f.Now().UnixMilli())
		if err != nil && !fault.Is(err, fault.NotFound) {
			f.Log.Error("delete a draft", fault.Attr(err)) // it goes by itself after a day
		}
	}
}

// PutAside keeps what was typed for a day and shows its slip code. Nothing typed is fault.Invalid "kiosk.keep.nothing".
func (f *Flow) PutAside() error {
	if !f.typed() {
		return f.fail(fault.New(fault.Invalid, "kiosk.keep.nothing"))
	}
	slip, err := f.putDraft()
	if err != nil {
		return f.fail(err)
	}
	f.visit = visit{slip: slip} // the screen shows the code and nothing else
	f.trail = nil
	f.replace(Kept)
	return nil
}

// Kept returns the slip code of what was put aside.
func (f *Flow) Kept() string { return f.visit.slip }

// Resume opens what was put aside under a slip code, at the question where it was left. A code without a draft is
// fault.NotFound "kiosk.slip.none", whether it never was, was handed in, or its day is over.
func (f *Flow) Resume(slip string) error {
	content, err := f.Drafts.GetDraft(f.ctx, strings.TrimSpace(slip), f.Now().UnixMilli())
	if fault.Is(err, fault.NotFound) {
		return f.fail(fault.New(fault.NotFound, "kiosk.slip.none").WithField("slip"))
	}
	if err != nil {
		return f.fail(err)
	}
	var d draft
	if err := json.Unmarshal(content, &d); err != nil || f.Book.Forms[string(d.Task)] == nil {
		return f.fail(fault.New(fault.Corrupt, "kiosk.slip.old").WithField("slip"))
	}
	f.restore(d)
	f.visit.drafts = []string{slip}
	f.open(Question)
	return nil
}

func (f *Flow) restore(d draft) {
	f.visit = visit{task: d.Task, place: f.spotOf(d), signed: d.Signed}
	f.visit.session = forms.New(f.Book.Form(string(d.Task), d.Version), f.Now()) // under the version it began with
	f.visit.session.Restore(d.Answers)
	f.givePlace()
	if terms, err := f.termsOf(); err == nil {
		f.visit.terms = terms
		f.askAgain(d)
	}
	f.visit.at = d.At
	if _, ok := f.index(d.At); !ok {
		f.visit.at = f.pages()[0]
	}
	f.trail, f.route = nil, Start
}

// askAgain forgets what was agreed to in other words than those in use now: nobody has
// read them.
func (f *Flow) askAgain(d draft) {
	for purpose, w := range f.visit.terms.wordings {
		if read, noted := d.Wordings[purpose]; noted && read != w.Edition {
			f.visit.session.Set(f.fieldOf(purpose), "")
			delete(f.visit.signed, purpose)
		}
	}
}
