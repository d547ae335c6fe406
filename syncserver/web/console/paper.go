// SPDX-License-Identifier: Apache-2.0

package console

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"yuexin/shared/ident"
	"yuexin/shared/sheetpdf"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
)

// papers are the sheets as which a record can be printed, for whoever reads what they show.
func (c *Console) papers(v *visit, kind record.Kind, at string) []link {
	if c.Book == nil || !c.readsC2(v, kind) {
		return nil
	}
	var names []string
	for name, form := range c.Book.Forms {
		if form.Kind == kind {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var out []link
	for _, name := range names {
		text := c.Book.Paper.Heading(name, v.print.Lang())
		if text == "" {
			text = c.Book.Forms[name].Title.In(v.print)
		}
		out = append(out, link{at + "/paper?form=" + url.QueryEscape(name), text})
	}
	return out
}

// onRecordPaper prints a record, for whoever may open its page.
func (c *Console) onRecordPaper(w http.ResponseWriter, r *http.Request, v *visit) error {
	row, err := c.record(r, v)
	if err != nil {
		return err
	}
	return c.givePaper(w, r, v, row.Header)
}

// onDemandPaper prints a demand, for whoever may know of it.
func (c *Console) onDemandPaper(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := c.file(r, v)
	if err != nil {
		return err
	}
	return c.givePaper(w, r, v, f.row.Header)
}

// onBehindPaper returns the handler that prints the record that a demand names, for whoever may know of the demand.
func (c *Console) onBehindPaper(kind record.Kind) handler {
	return func(w http.ResponseWriter, r *http.Request, v *visit) error {
		f, err := c.file(r, v)
		if err != nil {
			return err
		}
		id := map[record.Kind]ident.Record{"household": f.demand.Household, "merchant": f.demand.Merchant}[kind]
		if id.IsZero() {
			return unknownRecord
		}
		row, err := c.recordOf(r.Context(), v, id)
		if err == nil {
			err = c.refusedTo(v, row.Header, nameField(row.Header.Kind))
		}
		if err != nil {
			return err
		}
		return c.givePaper(w, r, v, row.Header)
	}
}

// givePaper draws the sheet of a record with the name of the visitor across every page. It is saved, never opened in the
// console's own origin, and noted as printed.
func (c *Console) givePaper(w http.ResponseWriter, r *http.Request, v *visit, of record.Header) error {
	if c.Book == nil || !c.readsC2(v, of.Kind) {
		return unknownRecord
	}
	if n, ok := w.(*notedWriter); ok {
		n.what, n.deed = "paper", audit.Print
	}
	now := c.Now().In(zone)
	order, err := sheetpdf.Printer{
		Store: c.Store.As(v.user.Login), Book: c.Book, Regions: c.Regions, Print: v.print, Host: c.host(r), Now: now,
	}.Record(r.Context(), of.ID, r.URL.Query().Get("form"))
	if err != nil {
		return err
	}
	order.Stamp = v.print.T("console.paper.stamp", "name", v.user.Display, "time", v.print.DateTime(now))
	order.Sample = order.Sample || c.Sample
	var out bytes.Buffer
	if _, err := sheetpdf.Write(&out, order); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", "attachment; filename=\""+order.Session.Form().Name+"-"+now.Format("20060102-1504")+".pdf\"")
	_, err = out.WriteTo(w)
	return err
}

// host is the official host, as sheets name it: the one that plates carry, else the one of this page.
func (c *Console) host(r *http.Request) string {
	if c.Public != nil {
		if u, err := url.Parse(c.Public(r.Context())); err == nil && u.Host != "" {
			return strings.ToLower(u.Host)
		}
	}
	return r.Host
}
