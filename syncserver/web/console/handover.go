// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"net/http"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/syncserver/store"
)

// HandOverOffice has one officer take over what another is in charge of.
type HandOverOffice interface {
	// Staff returns who works in the villages.
	Staff(ctx context.Context) ([]Person, error)
	// HandOver lists what would be handed over or, with a.Do, does all of it in one transaction, with an entry of the audit
	// log under the name of by. Faults name a field of the form where one of them is at fault.
	HandOver(ctx context.Context, a HandOverAsk, by store.User) (HandOverView, error)
}

type (
	// Person is somebody who works in the villages.
	Person struct {
		Actor ident.Actor
		Name  string
	}
	// HandOverAsk has one officer take over what another is in charge of.
	HandOverAsk struct {
		From, To string // act_…
		Bank     string // id or name; "": each village's and demand's own
		Reason   string
		Force    string // why although the server knows of work that was not sent; "": refuse then
		Do       bool   // otherwise it is only listed
	}
	// HandOverView is what two officers are in charge of.
	HandOverView struct {
		Villages []ChargeView `json:"villages"` // of whoever leaves; after it was done: of whoever took over
		Devices  []UnsentView `json:"devices"`  // of whoever leaves
		Done     bool         `json:"done"`
		From     string       `json:"from"`
		To       string       `json:"to"`
	}
	// ChargeView is what somebody is in charge of in one village.
	ChargeView struct {
		Village string   `json:"village"`
		Posted  bool     `json:"posted"`
		Demands []string `json:"demands"` // receipt numbers
	}
	// UnsentView is what the server last heard of work on a laptop.
	UnsentView struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Waiting  uint64 `json:"waiting"`
		Files    uint64 `json:"files"`
		LastSeen string `json:"lastSeen,omitempty"`
	}
)

// Unsent reports whether work is known that was not sent.
func (v HandOverView) Unsent() bool {
	for _, d := range v.Devices {
		if d.Waiting+d.Files > 0 {
			return true
		}
	}
	return false
}

type handOverPage struct {
	*frame
	Form  *form
	Staff []Person
	View  *HandOverView // nil before two persons are chosen
}

// mostReason is how many characters a reason may have: two of them in Chinese fit what an entry of the audit log takes, 512 bytes.
const mostReason = 80

// onHandOver asks who leaves and who takes over, and then shows what would be handed over.
func (c *Console) onHandOver(w http.ResponseWriter, r *http.Request, v *visit) error {
	f := emptyForm(v.print)
	f.values = r.URL.Query()
	page, err := c.handOverPage(r, v, f)
	if err != nil {
		return err
	}
	if f.Get("from") != "" || f.Get("to") != "" {
		if err := c.previewHandOver(r, v, &page); err != nil {
			return err
		}
	}
	return c.show(w, http.StatusOK, "handover", page)
}

func (c *Console) handOverPage(r *http.Request, v *visit, f *form) (handOverPage, error) {
	if c.HandOver == nil {
		return handOverPage{}, fault.New(fault.NotFound, "console.no_page")
	}
	staff, err := c.HandOver.Staff(r.Context())
	return handOverPage{frame: c.frame(v, r, string(PageUsers)), Form: f, Staff: staff}, err
}

// previewHandOver lists what would be handed over between those whom the form names.
func (c *Console) previewHandOver(r *http.Request, v *visit, page *handOverPage) error {
	f := page.Form
	ask := HandOverAsk{From: f.person("from", page.Staff), To: f.person("to", page.Staff)}
	if !f.OK() {
		return nil
	}
	view, err := c.HandOver.HandOver(r.Context(), ask, v.user)
	if err == nil {
		page.View = &view
	}
	return f.refuseHandOver(err)
}

// refuseHandOver notes what somebody can mend in the form; the error is for what nobody can.
func (f *form) refuseHandOver(err error) error {
	switch fault.KindOf(err) {
	case fault.OK:
		return nil
	case fault.Invalid, fault.Conflict, fault.NotFound:
		f.refuseAll(err, "from", "to", "reason", "force")
		return nil
	}
	return err
}

// person returns the id of one of the people, as the form names them.
func (f *form) person(field string, people []Person) string {
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = p.Actor.String()
	}
	return f.choice(field, ids...)
}

// onHandOverPost hands over what was shown.
func (c *Console) onHandOverPost(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, v.print)
	if err != nil {
		return err
	}
	page, err := c.handOverPage(r, v, f)
	if err != nil {
		return err
	}
	if err := c.previewHandOver(r, v, &page); err != nil {
		return err
	}
	ask := HandOverAsk{From: f.Get("from"), To: f.Get("to"), Reason: f.text("reason", true, mostReason), Force: f.text("force", false, mostReason), Do: true}
	if f.OK() {
		_, err = c.HandOver.HandOver(r.Context(), ask, v.user)
		if err := f.refuseHandOver(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return c.show(w, http.StatusUnprocessableEntity, "handover", page)
	}
	c.Log.Info("handed over", "by", v.user.Login.Actor)
	c.sessions.Put(r.Context(), keyFlash, "console.handover.done")
	http.Redirect(w, r, c.Base+"/users", http.StatusSeeOther)
	return nil
}

// Numbers returns the receipt numbers of a village's demands on one line.
func (v ChargeView) Numbers() string { return strings.Join(v.Demands, "、") }
