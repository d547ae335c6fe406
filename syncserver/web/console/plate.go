// SPDX-License-Identifier: Apache-2.0

package console

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/plate"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/plates"
)

// PlateOffice does what the office does about plates; the decisions are the server's desk's, under the name of whoever asks.
type PlateOffice interface {
	// Issue gives every house number of a village that has no plate one, and returns how many.
	Issue(ctx context.Context, village ident.Scope) (int, error)
	// Do decides about a plate. Faults are those of plates.Keeper.Do.
	Do(ctx context.Context, a plate.Ask, by ident.Actor) error
	// Refuse says no to what somebody asked for.
	Refuse(ctx context.Context, a plate.Ask, by ident.Actor, reason string) error
	// Print writes a document of plates. Faults are those of plates.Printer.Print.
	Print(ctx context.Context, w io.Writer, village ident.Scope, form plates.Form, codes []doorplate.Code, reason string, by ident.Actor) (int, error)
	// Prints returns what was printed, newest first.
	Prints() ([]plates.Entry, error)
	// CloseAlarm settles an alarm. Faults are those of alarm.Alarm.Close, and NotFound.
	CloseAlarm(ctx context.Context, id ident.Record, by ident.Actor, why string) error
}

// What the page of plates shows at most.
const (
	platesShown = 300
	printsShown = 50
)

type platesPage struct {
	*frame
	Villages []place
	Village  place // "" before one is chosen
	Search   string
	Rows     []plateRow
	More     bool
	Asks     []askRow // that wait for the office
	Prints   []printRow
	Form     *form
	Forms    []plates.Form
}

type plateRow struct {
	plates.Plate
	Place string
	Hung  time.Time // zero before it was put up
}

type askRow struct {
	plate.Ask
	Place, Number, Code, Who string
	When                     time.Time
	Note                     string // house numbers of a split, or the code of the plate that stays
}

type printRow struct {
	plates.Entry
	Place, Who string
}

// plateForms are the forms that are printed, in the order in which they are offered.
var plateForms = []plates.Form{plates.Doorplates, plates.Medium, plates.Large, plates.Cards}

// onPlates shows what waits for the office, the plates of a village, and what was printed.
func (c *Console) onPlates(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.showPlates(w, r, v, http.StatusOK, emptyForm(v.print))
}

func (c *Console) showPlates(w http.ResponseWriter, r *http.Request, v *visit, status int, f *form) error {
	places, err := c.places(r.Context(), v)
	if err != nil {
		return err
	}
	page := platesPage{frame: c.frame(v, r, string(PagePlates)), Villages: places.sorted, Form: f, Forms: plateForms}
	scope := ident.Scope(cmp.Or(f.Get("scope"), r.URL.Query().Get("scope")))
	page.Village, page.Search = places.byID[scope], strings.TrimSpace(r.URL.Query().Get("q"))
	if page.Village.Scope != "" {
		if page.Rows, page.More, err = c.plateRows(r.Context(), v, page.Village, page.Search); err != nil {
			return err
		}
	}
	if page.Asks, err = c.openAsks(r.Context(), v, places); err != nil {
		return err
	}
	if page.Prints, err = c.prints(r.Context(), places); err != nil {
		return err
	}
	return c.show(w, status, "plates", page)
}

// plateRows returns the plates of a village, those that count first, and whether there are more.
func (c *Console) plateRows(ctx context.Context, v *visit, village place, search string) (rows []plateRow, more bool, err error) {
	wanted := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(search))
	err = c.each(ctx, v, record.Query{Kind: plates.Kind, Scope: village.Scope}, func(row record.Row) {
		p := plates.Of(row)
		if search != "" && !strings.Contains(p.Number(), search) && !strings.Contains(string(p.Code), wanted) {
			return
		}
		rows = append(rows, plateRowOf(p, village))
	})
	slices.SortStableFunc(rows, func(a, b plateRow) int {
		counts := func(p plateRow) int { return map[bool]int{true: 0, false: 1}[p.Counts()] }
		return cmp.Or(cmp.Compare(counts(a), counts(b)), plates.Naturally(a.Number(), b.Number()))
	})
	if more = len(rows) > platesShown; more {
		rows = rows[:platesShown]
	}
	return rows, more, err
}

func plateRowOf(p plates.Plate, village place) plateRow {
	row := plateRow{Plate: p, Place: village.Name}
	if p.HungAt != 0 {
		row.Hung = time.UnixMilli(p.HungAt)
	}
	return row
}

// openAsks returns what waits for the office in all villages of the visitor, oldest first.
func (c *Console) openAsks(ctx context.Context, v *visit, places *places) (out []askRow, err error) {
	decided := map[ident.Record]bool{}
	if err := c.each(ctx, v, record.Query{Kind: plate.KindDecided}, func(row record.Row) { decided[row.Header.ID] = true }); err != nil {
		return nil, err
	}
	var asks []plate.Ask
	err = c.each(ctx, v, record.Query{Kind: plate.KindAsk}, func(row record.Row) {
		if a := plate.AskOf(row); !decided[plate.AnswerID(row.Header.ID)] && places.byID[row.Header.Scope].Scope != "" {
			asks = append(asks, a)
		}
	})
	people := c.people()
	for _, a := range asks {
		row, err2 := c.askRow(ctx, v, people, a, places.byID[a.Header.Scope])
		if err = cmp.Or(err, err2); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, err
}

func (c *Console) askRow(ctx context.Context, v *visit, people people, a plate.Ask, village place) (askRow, error) {
	out := askRow{Ask: a, Place: village.Name, When: time.UnixMilli(a.AtMS), Note: strings.Join(a.Numbers, " ")}
	store := c.Store.As(v.user.Login)
	row, err := store.Get(ctx, a.Header.ID)
	if err != nil {
		return out, err
	}
	if out.Who, err = people.of(ctx, row.Fields["deed"].Winner.Actor); err != nil {
		return out, err
	}
	for id, into := range map[ident.Record]*string{a.Plate: &out.Code, a.Into: &out.Note} {
		if id.IsZero() {
			continue
		}
		row, err := store.Get(ctx, id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return out, err
		}
		p := plates.Of(row)
		if *into = p.Code.String(); id == a.Plate {
			out.Number = p.Number()
		}
	}
	return out, nil
}

func (c *Console) prints(ctx context.Context, places *places) (out []printRow, err error) {
	all, err := c.Plates.Prints()
	if err != nil {
		return nil, err
	}
	people := c.people()
	for _, e := range all {
		village, mine := places.byID[e.Village]
		if !mine {
			continue
		}
		who, err := people.of(ctx, e.By)
		if err != nil {
			return nil, err
		}
		if out = append(out, printRow{e, village.Name, who}); len(out) == printsShown {
			break
		}
	}
	return out, nil
}

// onPlatesPost issues the plates of a village, or prints them.
func (c *Console) onPlatesPost(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, v.print)
	if err != nil {
		return err
	}
	places, err := c.places(r.Context(), v)
	if err != nil {
		return err
	}
	village, known := places.byID[ident.Scope(f.Get("scope"))]
	if !known {
		return fault.New(fault.Invalid, "console.form.choose").WithField("scope")
	}
	if f.Get("do") == "issue" {
		if err := c.act(r, v, "plates.issue", village.Name); err != nil {
			return err
		}
		if _, err := c.Plates.Issue(r.Context(), village.Scope); err != nil {
			return err
		}
		return c.goOn(w, r, "console.plates.issued", "/plates?scope="+url.QueryEscape(string(village.Scope)))
	}
	return c.printPlates(w, r, v, f, village)
}

func (c *Console) printPlates(w http.ResponseWriter, r *http.Request, v *visit, f *form, village place) error {
	form := plates.Form(f.Get("form"))
	if !slices.Contains(plateForms, form) {
		f.refuse("form", fault.New(fault.Invalid, "console.form.choose"))
	}
	var codes []doorplate.Code
	for _, text := range strings.FieldsFunc(f.Get("codes"), func(r rune) bool { return strings.ContainsRune(" ,，、\n", r) }) {
		code, err := doorplate.ParseCode(text)
		if err != nil {
			f.refuse("codes", err)
			break
		}
		codes = append(codes, code)
	}
	var pdf bytes.Buffer
	if f.OK() {
		if err := c.act(r, v, "plates.print", village.Name); err != nil {
			return err
		}
		if _, err := c.Plates.Print(r.Context(), &pdf, village.Scope, form, codes, f.Get("reason"), v.user.Login.Actor); err != nil {
			f.refuseAll(err, "form", "codes", "reason")
		}
	}
	if !f.OK() {
		return c.showPlates(w, r, v, http.StatusUnprocessableEntity, f)
	}
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", "attachment; filename=\""+string(form)+"-"+c.Now().In(zone).Format("20060102-1504")+".pdf\"")
	_, err := pdf.WriteTo(w)
	return err
}

// goOn leads to the next page, which says that something was done.
func (c *Console) goOn(w http.ResponseWriter, r *http.Request, text, path string) error {
	c.sessions.Put(r.Context(), keyFlash, text)
	http.Redirect(w, r, c.Base+path, http.StatusSeeOther)
	return nil
}

// onAskPost does what was asked for, or refuses it.
func (c *Console) onAskPost(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, v.print)
	if err != nil {
		return err
	}
	id, err := parseID[ident.Record](r.PathValue("id"), unknownPlate.Key)
	if err != nil {
		return err
	}
	row, err := c.Store.As(v.user.Login).Get(r.Context(), id)
	if fault.Is(err, fault.NotFound) || err == nil && row.Header.Kind != plate.KindAsk {
		return unknownPlate
	}
	if err != nil {
		return err
	}
	a := plate.AskOf(row)
	if err := c.act(r, v, "plates.decide", a.Plate.String()); err != nil {
		return err
	}
	if f.Get("do") == "no" {
		reason := f.text("reason", true, plate.MaxReason)
		if !f.OK() {
			return fault.New(fault.Invalid, "plate.reason").WithField("reason")
		}
		if err := c.Plates.Refuse(r.Context(), a, v.user.Login.Actor, reason); err != nil {
			return err
		}
		return c.goOn(w, r, "console.plates.refused", "/plates")
	}
	if err := c.Plates.Do(r.Context(), a, v.user.Login.Actor); err != nil {
		return err
	}
	return c.goOn(w, r, "console.plates.done", "/plates/"+a.Plate.String())
}

// unknownPlate is the answer for a plate or an ask that is not there.
var unknownPlate = fault.New(fault.NotFound, "console.plates.unknown")

type platePage struct {
	*frame
	Plate   plateRow
	Homes   []link
	History []plateEvent
	Form    *form
	Deeds   []plate.Deed
	Before  []link // the plates it replaced or was replaced by
}

// plateEvent is one decision about a plate.
type plateEvent struct {
	plate.Decided
	Who  string // who decided, "" for the server, by the rules
	When time.Time
}

// officeDeeds are what the office does of itself: what needs somebody at the door is asked for there.
var officeDeeds = []plate.Deed{plate.Renew, plate.Split, plate.Merge, plate.Void, plate.Foreign}

func (c *Console) onPlate(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.showPlate(w, r, v, http.StatusOK, emptyForm(v.print))
}

// plateRow returns the plate that an address names.
func (c *Console) plateRow(r *http.Request, v *visit) (plateRow, error) {
	id, err := parseID[ident.Record](r.PathValue("id"), unknownPlate.Key)
	if err != nil {
		return plateRow{}, err
	}
	places, err := c.places(r.Context(), v)
	if err != nil {
		return plateRow{}, err
	}
	row, err := c.Store.As(v.user.Login).Get(r.Context(), id)
	if fault.Is(err, fault.NotFound) || err == nil && (row.Header.Kind != plates.Kind || places.byID[row.Header.Scope].Scope == "") {
		return plateRow{}, unknownPlate
	}
	if err != nil {
		return plateRow{}, err
	}
	return plateRowOf(plates.Of(row), places.byID[row.Header.Scope]), nil
}

func (c *Console) showPlate(w http.ResponseWriter, r *http.Request, v *visit, status int, f *form) error {
	row, err := c.plateRow(r, v)
	if err != nil {
		return err
	}
	page := platePage{frame: c.frame(v, r, string(PagePlates)), Plate: row, Form: f, Deeds: officeDeeds}
	for key, id := range map[string]ident.Record{"console.plates.before": row.Replaces, "console.plates.after": row.ReplacedBy} {
		if !id.IsZero() {
			page.Before = append(page.Before, link{c.Base + "/plates/" + id.String(), v.print.T(key)})
		}
	}
	people := c.people()
	err = c.each(r.Context(), v, record.Query{Kind: plate.KindDecided, Scope: row.Header.Scope, Where: []record.Term{
		{Field: "plate", Value: record.OfBytes(row.Header.ID.Bytes())},
	}}, func(one record.Row) {
		d := plate.DecidedOf(one)
		page.History = append(page.History, plateEvent{Decided: d, When: time.UnixMilli(d.AtMS)})
	})
	for i := range page.History {
		var err2 error
		page.History[i].Who, err2 = people.of(r.Context(), page.History[i].By)
		err = cmp.Or(err, err2)
	}
	if err != nil {
		return err
	}
	slices.SortStableFunc(page.History, func(a, b plateEvent) int { return cmp.Compare(b.AtMS, a.AtMS) })
	return c.show(w, status, "plate", page)
}

// onPlatePost decides about a plate.
func (c *Console) onPlatePost(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, v.print)
	if err != nil {
		return err
	}
	row, err := c.plateRow(r, v)
	if err != nil {
		return err
	}
	a, err := c.officeAsk(r.Context(), v, f, row)
	if err == nil {
		err = c.act(r, v, "plates.decide", row.Code.String())
	}
	if err == nil {
		err = c.Plates.Do(r.Context(), a, v.user.Login.Actor)
	}
	if err != nil {
		f.refuseAll(err, "deed", "reason", "numbers", "into", "foreign")
		return c.showPlate(w, r, v, http.StatusUnprocessableEntity, f)
	}
	return c.goOn(w, r, "console.plates.done", "/plates/"+row.Header.ID.String())
}

// officeAsk reads what the office wants to be done.
func (c *Console) officeAsk(ctx context.Context, v *visit, f *form, row plateRow) (a plate.Ask, err error) {
	a = plate.Ask{Plate: row.Header.ID, Deed: plate.Deed(f.Get("deed")), Reason: f.Get("reason")}
	if !slices.Contains(officeDeeds, a.Deed) {
		return a, fault.New(fault.Invalid, "plate.deed").WithField("deed")
	}
	switch a.Deed {
	case plate.Split:
		a.Numbers = strings.FieldsFunc(f.Get("numbers"), func(r rune) bool { return strings.ContainsRune(" ,，、", r) })
	case plate.Foreign:
		a.Foreign, err = plate.ForeignKey(f.Get("foreign"))
	case plate.Merge:
		var code doorplate.Code
		if code, err = doorplate.ParseCode(f.Get("into")); err != nil {
			return a, fault.From(err).WithField("into")
		}
		err = c.each(ctx, v, record.Query{Kind: plates.Kind, Scope: row.Header.Scope, Where: []record.Term{
			{Field: "plate_code", Value: record.OfText(string(code))},
		}}, func(one record.Row) { a.Into = one.Header.ID })
	}
	if err != nil {
		return a, err
	}
	return a, a.Check()
}
