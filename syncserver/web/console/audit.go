// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/lookup"
	"yuexin/syncserver/store"
)

// auditRows is how many entries stand on a page.
const auditRows = 50

type auditPage struct {
	*frame
	Filter  auditFilter
	View    string // auditReads or auditWrites
	Rows    []auditRow
	Writes  []writeRow
	Users   []store.User
	Deeds   []audit.Deed
	Problem *problem
	Next    string // address of the next page, "" on the last
	First   string // address of the first page, "" on it
}

// The two views of the page: who saw and did what, and who wrote to a record.
const (
	auditReads  = "audit"
	auditWrites = "audit/writes"
)

// auditFilter is what the log is cut to, as it was typed; the zero filter cuts
// nothing.
type auditFilter struct{ Whom, Who, Deed, From, To, Old string }

func readAuditFilter(q url.Values) auditFilter {
	get := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	return auditFilter{Whom: get("whom"), Who: get("who"), Deed: get("deed"), From: get("from"), To: get("to"), Old: get("old")}
}

// Query returns the filter as it stands in an address.
func (f auditFilter) Query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"whom": f.Whom, "who": f.Who, "deed": f.Deed, "from": f.From, "to": f.To, "old": f.Old} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// auditRow is an entry as people read it.
type auditRow struct {
	At            time.Time
	Person, User  string
	Place         string // device, or the server
	Deed          audit.Deed
	What          string
	About, Reason string
	Touched       []touchedRow // the first of them
	More          []touchedRow // the others, to be unfolded
}

// touchedShown is how many records of an entry stand open.
const touchedShown = 3

// touchedRow is whose data an entry is about: never a name, which is what the
// auditor has no need of.
type touchedRow struct {
	Kind, Village string
	ID            string // "" where they are only counted
	Count         int
	Fields        fieldList
	By            string
}

// newAuditPage reads the filter. The query is only good where the problem is nil.
func (c *Console) newAuditPage(r *http.Request, v *visit, view string, from url.Values) (page auditPage, q store.AuditQuery, err error) {
	page = auditPage{frame: c.frame(v, r, string(PageAudit)), View: view, Filter: readAuditFilter(from), Deeds: audit.Deeds()}
	if page.Users, err = c.Store.Users(r.Context()); err != nil {
		return page, q, err
	}
	q, err = c.auditQuery(r.Context(), v, page.Filter, page.Users)
	if f := fault.From(err); f != nil && f.Kind != fault.Internal {
		page.Problem, err = problemOf(v.print, err), nil
	}
	return page, q, err
}

// onAuditPost finds what was typed and leads to the page of it: an address, which
// others may read, never holds an identity number.
func (c *Console) onAuditPost(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := parseForm(r); err != nil {
		return err
	}
	view := auditReads
	if r.PostForm.Get("view") == auditWrites {
		view = auditWrites
	}
	page, q, err := c.newAuditPage(r, v, view, r.PostForm)
	if err != nil {
		return err
	}
	if page.Problem != nil {
		return c.show(w, http.StatusUnprocessableEntity, "audit", &page)
	}
	switch {
	case !q.Record.IsZero():
		page.Filter.Whom = q.Record.String()
	case !q.Subject.IsZero():
		page.Filter.Whom = q.Subject.String()
	}
	http.Redirect(w, r, page.address(""), http.StatusSeeOther)
	return nil
}

// noteAsked notes that somebody asks the log: whoever asks about a person is found by
// asking about that person.
func (c *Console) noteAsked(r *http.Request, v *visit, what string, f auditFilter, q store.AuditQuery) error {
	f.Whom = ""
	asked := audit.Entry{Deed: audit.Read, What: what, About: f.Query().Encode()}
	if !q.Record.IsZero() || !q.Subject.IsZero() {
		t := audit.Touch{Record: q.Record, Subject: q.Subject}
		if q.Record.IsZero() {
			t.Record = ident.Record(q.Subject)
		}
		asked.Touched = []audit.Touch{t}
	}
	return c.note(r, v.user, asked)
}

func (c *Console) onAudit(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, q, err := c.newAuditPage(r, v, auditReads, r.URL.Query())
	if err != nil {
		return err
	}
	if page.Problem != nil {
		return c.show(w, http.StatusUnprocessableEntity, "audit", &page)
	}
	if err := c.noteAsked(r, v, "console.audit", page.Filter, q); err != nil {
		return err
	}
	after, begun := parseAuditPlace(r.URL.Query().Get("after"))
	q.After, q.Limit = after, auditRows+1
	list, err := c.Store.Audited(r.Context(), q)
	if err != nil {
		return err
	}
	if begun {
		page.First = page.address("")
	}
	if len(list) > auditRows {
		list = list[:auditRows]
		page.Next = page.address(printAuditPlace(list[auditRows-1].Place))
	}
	if page.Rows, err = c.auditRows(r.Context(), v, q, list); err != nil {
		return err
	}
	return c.show(w, http.StatusOK, "audit", &page)
}

// Tab returns the address of a view with what both filter by.
func (p *auditPage) Tab(view string) string {
	other := auditPage{frame: p.frame, View: view, Filter: auditFilter{Whom: p.Filter.Whom}}
	return other.address("")
}

// address returns the address of the view with its filter.
func (p *auditPage) address(after string) string {
	q := p.Filter.Query()
	if after != "" {
		q.Set("after", after)
	}
	if len(q) == 0 {
		return p.Base + "/" + p.View
	}
	return p.Base + "/" + p.View + "?" + q.Encode()
}

// auditQuery reads the filter; what it cannot be read as is fault.Invalid.
func (c *Console) auditQuery(ctx context.Context, v *visit, f auditFilter, users []store.User) (q store.AuditQuery, err error) {
	q.Deed, q.Cold = audit.Deed(f.Deed), f.Old != ""
	if f.Deed != "" && !slices.Contains(audit.Deeds(), q.Deed) {
		return q, fault.New(fault.Invalid, "console.form.choose")
	}
	if q.From, err = dayOf(f.From, 0); err != nil {
		return q, err
	}
	if q.To, err = dayOf(f.To, 1); err != nil {
		return q, err
	}
	if err := auditReader(&q, f.Who, users); err != nil {
		return q, err
	}
	return q, c.auditSubject(ctx, v, &q, f.Whom)
}

// dayOf returns the beginning of a day some days on, the zero time for "".
func dayOf(text string, more int) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return day, fault.New(fault.Invalid, "console.audit.day")
	}
	return day.AddDate(0, 0, more), nil
}

// auditReader finds who read: by the name of a console user, or an actor's id.
func auditReader(q *store.AuditQuery, text string, users []store.User) error {
	if text == "" {
		return nil
	}
	if actor, err := ident.Parse[ident.Actor](text); err == nil {
		q.Actor = actor
		return nil
	}
	for _, u := range users {
		if u.Name == text || u.Display == text {
			q.Actor = u.Login.Actor
			return nil
		}
	}
	q.User = text // refused logins have nothing but the name that was tried
	return nil
}

// auditSubject finds whose data was read: by the id of a record or subject, or by a
// number that people know. Who may not read the field finds nobody by it, but for the
// receipt number of a demand, which the board knows.
func (c *Console) auditSubject(ctx context.Context, v *visit, q *store.AuditQuery, text string) error {
	if text == "" {
		return nil
	}
	if id, err := ident.Parse[ident.Record](text); err == nil {
		q.Record = id
		return nil
	}
	if id, err := ident.Parse[ident.Subject](text); err == nil {
		q.Subject = id
		return nil
	}
	ways := lookup.Ways(text)
	if len(ways) == 0 {
		return fault.New(fault.Invalid, "console.audit.whom")
	}
	for _, way := range ways {
		if !sees(c.Config, v, way.Kind, way.Where[0].Field) {
			continue
		}
		rows, err := c.Store.As(v.user.Login).List(ctx, way)
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			q.Record = rows[0].Header.ID
			return nil
		}
	}
	return c.auditReceipt(ctx, v, q, text)
}

func (c *Console) auditReceipt(ctx context.Context, v *visit, q *store.AuditQuery, text string) error {
	number, err := receipt.Parse(text)
	if err != nil {
		return fault.New(fault.NotFound, "console.audit.whom")
	}
	places, err := c.places(ctx, v)
	if err != nil {
		return err
	}
	for _, p := range places.sorted {
		entries, err := c.board.in(ctx, p.Scope, c.Now().UnixMilli())
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.receipt == string(number) {
				q.Record = e.id
				return nil
			}
		}
	}
	return fault.New(fault.NotFound, "console.audit.whom")
}

func (c *Console) auditRows(ctx context.Context, v *visit, q store.AuditQuery, list []store.Audited) ([]auditRow, error) {
	places, err := c.places(ctx, v)
	if err != nil {
		return nil, err
	}
	machines, err := c.deviceNames(ctx)
	if err != nil {
		return nil, err
	}
	names := c.people()
	var out []auditRow
	for _, a := range list {
		row := auditRow{
			At: time.UnixMilli(a.AtMS), User: a.User, Deed: a.Deed, What: whatText(v, a.What),
			About: a.About, Reason: a.Reason, Place: machines[a.Device],
		}
		if row.Person, err = names.of(ctx, a.Actor); err != nil {
			return nil, err
		}
		rank := func(t audit.Touch) int { // whom it is asked about stands open
			if !t.Record.IsZero() && (t.Record == q.Record || t.Subject == q.Subject) {
				return 0
			}
			return 1
		}
		touched := slices.Clone(a.Touched)
		slices.SortStableFunc(touched, func(a, b audit.Touch) int { return rank(a) - rank(b) })
		for _, t := range touched {
			row.Touched = append(row.Touched, c.touchedRow(v, t, places))
		}
		if len(row.Touched) > touchedShown {
			row.Touched, row.More = row.Touched[:touchedShown], row.Touched[touchedShown:]
		}
		out = append(out, row)
	}
	return out, nil
}

func (c *Console) touchedRow(v *visit, t audit.Touch, places *places) touchedRow {
	row := touchedRow{Kind: kindText(v, t.Kind), Village: places.name(t.Scope), Count: t.Count, Fields: c.fieldList(v, t.Kind, t.Fields), By: c.fieldTexts(v, t.Kind, t.By)}
	if t.Scope == "" && !t.Record.IsZero() { // somebody asked the log about a record
		row.Village = ""
	} else if t.Scope == "" {
		row.Village = v.print.T("console.place.all")
	}
	if !t.Record.IsZero() {
		row.ID = t.Record.String()
	}
	return row
}

// fieldList is the names of fields: of a few all, of more the first and, to be
// unfolded, all.
type fieldList struct {
	First, All string
	Count      int
}

// fieldsShown is how many fields stand open.
const fieldsShown = 6

func (c *Console) fieldList(v *visit, kind record.Kind, fields []record.Field) fieldList {
	l := fieldList{First: c.fieldTexts(v, kind, fields[:min(len(fields), fieldsShown)]), Count: len(fields)}
	if len(fields) > fieldsShown {
		l.All = c.fieldTexts(v, kind, fields)
	}
	return l
}

func (c *Console) fieldTexts(v *visit, kind record.Kind, fields []record.Field) string {
	var names []string
	for _, f := range fields {
		if f == audit.FreeText {
			names = append(names, v.print.T("console.audit.free_text"))
			continue
		}
		_, known := c.Catalogue.Field(kind, f)
		names = append(names, fieldLabel(v.print, kind, f, known))
	}
	return strings.Join(names, v.print.T("console.list.comma"))
}

// kindText names a kind; one without a word of its own reads as its code.
func kindText(v *visit, kind record.Kind) string {
	if kind == "" {
		return v.print.T("console.audit.record")
	}
	if key := "console.kind." + string(kind); v.print.Has(key) {
		return v.print.T(key)
	}
	return string(kind)
}

// whatText names a page or command; commands read as they are typed.
func whatText(v *visit, what string) string {
	if key := "console.audit.what." + what; v.print.Has(key) {
		return v.print.T(key)
	}
	return what
}

func printAuditPlace(p store.AuditPlace) string {
	return strings.Join([]string{
		strconv.FormatInt(p.AtMS, 36), strconv.FormatInt(p.Log, 36), strconv.FormatUint(p.Number, 36),
	}, ".")
}

// parseAuditPlace reads what printAuditPlace wrote; false for anything else.
func parseAuditPlace(text string) (p store.AuditPlace, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return p, false
	}
	var errs [3]error
	p.AtMS, errs[0] = strconv.ParseInt(parts[0], 36, 64)
	p.Log, errs[1] = strconv.ParseInt(parts[1], 36, 64)
	p.Number, errs[2] = strconv.ParseUint(parts[2], 36, 63)
	return p, errs == [3]error{}
}
