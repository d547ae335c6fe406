// SPDX-License-Identifier: Apache-2.0

package console

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	news "yuexin/shared/credit/notice"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// noticeFields are the names of the form's fields, in the form and in the faults of package notice.
var noticeFields = []string{"notice_sort", "title", "text", "publisher", "until"}

// unknownNotice is the answer for a notice that is not there and for one that is not the visitor's business.
var unknownNotice = fault.New(fault.NotFound, "console.notice.unknown")

type noticesPage struct {
	*frame
	Rows     []noticeRow
	Form     *form
	Everyone bool // the visitor may tell everybody
	Villages []place
}

type noticeRow struct {
	news.Notice
	Place string // "" for everybody
	Shown bool
	When  time.Time
	May   bool // the visitor may take it off
	Times news.Times
}

// onNotices shows what kiosks tell, and a form to tell more.
func (c *Console) onNotices(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.showNotices(w, r, v, http.StatusOK, emptyForm(v.print))
}

func (c *Console) showNotices(w http.ResponseWriter, r *http.Request, v *visit, status int, f *form) error {
	places, err := c.places(r.Context(), v)
	if err != nil {
		return err
	}
	page := noticesPage{frame: c.frame(v, r, string(PageNotices)), Form: f, Everyone: everywhere(v), Villages: places.sorted}
	var reads []record.Row
	if err := c.each(r.Context(), v, record.Query{Kind: news.KindRead}, func(row record.Row) { reads = append(reads, row) }); err != nil {
		return err
	}
	times := news.Count(reads)
	err = c.each(r.Context(), v, record.Query{Kind: news.Kind}, func(row record.Row) {
		n := news.Of(row)
		page.Rows = append(page.Rows, noticeRow{
			Notice: n, Place: places.byID[n.Header.Scope].Name, Shown: n.Shown(c.Now()), When: time.UnixMilli(n.At),
			Times: times[n.Header.ID],
			May:   !n.Ended && (n.Header.Scope != ident.Ref || everywhere(v)),
		})
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(page.Rows, func(a, b noticeRow) int { return cmp.Compare(b.At, a.At) })
	return c.show(w, status, "notices", page)
}

// everywhere says whether a visitor works for all villages.
func everywhere(v *visit) bool { return v.user.Login.Scopes == nil }

// onNoticePost publishes a notice in one village, or for everybody.
func (c *Console) onNoticePost(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, v.print)
	if err != nil {
		return err
	}
	if err := c.publish(r, v, f); err != nil {
		return err
	}
	if !f.OK() {
		return c.showNotices(w, r, v, http.StatusUnprocessableEntity, f)
	}
	c.sessions.Put(r.Context(), keyFlash, "console.notice.added")
	http.Redirect(w, r, c.Base+"/notices", http.StatusSeeOther)
	return nil
}

// publish applies what the form says. What it has wrong is noted there.
func (c *Console) publish(r *http.Request, v *visit, f *form) error {
	places, err := c.places(r.Context(), v)
	if err != nil {
		return err
	}
	n := news.Notice{
		Sort: f.Get("notice_sort"), Title: f.text("title", true, news.MaxTitle), Text: f.text("text", true, news.MaxText),
		Publisher: f.text("publisher", true, news.MaxTitle), Until: f.Get("until"), Sample: c.Sample,
	}
	scope := ident.Scope(f.Get("scope"))
	if _, known := places.byID[scope]; !known && !(scope == ident.Ref && everywhere(v)) {
		f.refuse("scope", fault.New(fault.Invalid, "console.form.choose"))
	}
	now := c.Now()
	if err := n.Check(now); err != nil {
		f.refuseAll(err, noticeFields...)
	}
	if !f.OK() {
		return nil
	}
	id, err := ident.New[ident.Record](now.UnixMilli(), c.Random)
	if err != nil {
		return err
	}
	n.At, n.Header = now.UnixMilli(), record.Header{ID: id, Kind: news.Kind, Scope: scope, Subject: ident.Subject(id)}
	if unit, ok := scope.Unit(); ok {
		n.Header.Subject = ident.Subject(unit)
	}
	return c.applyNotice(r, v, "notice.add", n.Create())
}

// onNoticeEnd takes a notice off every screen.
func (c *Console) onNoticeEnd(w http.ResponseWriter, r *http.Request, v *visit) error {
	id, err := parseID[ident.Record](r.PathValue("id"), unknownNotice.Key)
	if err != nil {
		return err
	}
	row, err := c.Store.As(v.user.Login).Get(r.Context(), id)
	if fault.Is(err, fault.NotFound) || err == nil && (row.Header.Kind != news.Kind || row.Header.Scope == ident.Ref && !everywhere(v)) {
		return unknownNotice
	}
	if err != nil {
		return err
	}
	if n := news.Of(row); !n.Ended {
		if err := c.applyNotice(r, v, "notice.end", n.End()); err != nil {
			return err
		}
	}
	c.sessions.Put(r.Context(), keyFlash, "console.notice.ended")
	http.Redirect(w, r, c.Base+"/notices", http.StatusSeeOther)
	return nil
}

func (c *Console) applyNotice(r *http.Request, v *visit, name string, write record.Write) error {
	store, scope := c.Store.As(v.user.Login), write.Header.Scope
	base, err := store.Base(r.Context(), scope)
	if err != nil {
		return err
	}
	receipt, err := store.Apply(r.Context(), record.Act{
		Name: name, Scope: scope, Base: base, Source: c.Access.Source(v.user.Login.Role), Writes: []record.Write{write},
	})
	if err == nil && receipt.Outcome >= record.Rejected {
		err = refusalOf(receipt)
	}
	return err
}
