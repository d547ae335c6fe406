// SPDX-License-Identifier: Apache-2.0

package console

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"yuexin/shared/credit/points"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/access"
	"yuexin/syncserver/pointsheet"
)

// pointsDone is what is said of each deed once it is done.
var pointsDone = map[string]string{
	"approve": "console.points.done.approve", "answer": "console.points.done.answer", "publish": "console.points.done.publish",
}

// pointFields are the names of the form's fields.
var pointFields = []string{"village", "scheme", "entry", "kind", "words", "password"}

type pointsPage struct {
	*frame
	Villages []place
	Village  place
	Schemes  []choice
	Waiting  []pointRow // to be approved
	Doubted  []pointRow // to be answered
	Unlisted int        // entries that count and stood on no notice yet
	Lists    []pointList
	Items    []pointItem
	Form     *form
}

type pointRow struct {
	points.Standing
	ID, Name, Item, By, Why string
	Mine                    bool
}

type pointList struct {
	points.List
	ID, Scheme, By string
	Up             bool
}

// choice is one of several, by its code.
type choice struct{ Code, Name string }

type pointItem struct {
	points.Item
	Name, Scheme string
}

// onPoints shows the points of a village: what waits, what is put up, and what earns them.
func (c *Console) onPoints(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.showPoints(w, r, v, ident.Scope(r.URL.Query().Get("village")), http.StatusOK, emptyForm(v.print))
}

func (c *Console) showPoints(w http.ResponseWriter, r *http.Request, v *visit, village ident.Scope, status int, f *form) error {
	ctx := r.Context()
	places, err := c.places(ctx, v)
	if err != nil {
		return err
	}
	page := pointsPage{frame: c.frame(v, r, string(PagePoints)), Villages: places.sorted, Form: f}
	at, known := places.byID[village]
	if !known && len(places.sorted) > 0 {
		at = places.sorted[0]
	}
	if page.Village = at; at.Scope == "" || c.Book == nil {
		return c.show(w, status, "points", page)
	}
	lang, policy := v.print.Lang(), c.Book.Points

	names := map[string]string{}
	for _, s := range policy.Schemes() {
		names[s.ID] = s.Name.In(lang)
		page.Schemes = append(page.Schemes, choice{s.ID, names[s.ID]})
		for _, it := range policy.Items(at.code, s.ID) {
			page.Items = append(page.Items, pointItem{it, it.Name.In(lang), names[s.ID]})
		}
	}
	store := c.Store.As(v.user.Login)
	l, err := points.Read(ctx, store, at.Scope, ident.Subject{})
	if err != nil {
		return err
	}
	for _, s := range l.All(ident.Subject{}) {
		if s.State == points.Counts && s.Until == "" && s.Entry.Reverses.IsZero() {
			page.Unlisted++
		}
	}
	today := c.Now().In(zone).Format(time.DateOnly)
	for _, n := range l.Lists() {
		page.Lists = append(page.Lists, pointList{n, n.Header.ID.String(), cmp.Or(names[n.Scheme], n.Scheme), c.actor(ctx, n.By), n.On(today)})
	}
	proposals, doubted := l.Waiting()
	if len(proposals)+len(doubted) > 0 {
		heads := map[ident.Subject]string{}
		if err := c.each(ctx, v, record.Query{Kind: points.Household, Scope: at.Scope}, func(row record.Row) {
			heads[row.Header.Subject] = row.Text("head_name")
		}); err != nil {
			return err
		}
		rows := func(all []points.Standing) (out []pointRow) {
			for _, s := range all {
				one := pointRow{
					Standing: s, ID: s.Entry.Header.ID.String(), Name: heads[s.Entry.Header.Subject], Item: policy.Named(at.code, s.Entry.Item, lang),
					By: c.actor(ctx, s.Entry.By), Mine: s.Entry.By == v.user.Login.Actor,
				}
				for _, o := range s.Objections {
					if o.Open() {
						one.Why = o.Why
					}
				}
				out = append(out, one)
			}
			return out
		}
		page.Waiting, page.Doubted = rows(proposals), rows(doubted)
	}
	return c.show(w, status, "points", page)
}

// actor returns the name of somebody who acted, a dash for nobody known.
func (c *Console) actor(ctx context.Context, actor ident.Actor) string {
	name, err := c.Store.ActorName(ctx, actor)
	if err != nil || name == "" {
		return "—"
	}
	return name
}

// onPointsPost approves entries, answers an objection or puts points up, with the visitor's own key: only their password opens
// it.
func (c *Console) onPointsPost(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, v.print)
	if err != nil {
		return err
	}
	village := ident.Scope(f.Get("village"))
	if err := c.pointDeed(r, v, f); err != nil {
		if fault.KindOf(err) == fault.Internal {
			return err
		}
		f.refuseAll(err, pointFields...)
	}
	f.values.Del("password")
	if !f.OK() {
		return c.showPoints(w, r, v, village, http.StatusUnprocessableEntity, f)
	}
	c.sessions.Put(r.Context(), keyFlash, pointsDone[f.Get("do")])
	http.Redirect(w, r, c.Base+"/points?village="+string(village), http.StatusSeeOther)
	return nil
}

func (c *Console) pointDeed(r *http.Request, v *visit, f *form) error {
	ctx := r.Context()
	do := f.choice("do", slices.Collect(maps.Keys(pointsDone))...)
	if !f.OK() || c.Book == nil {
		return nil
	}
	places, err := c.places(ctx, v)
	if err != nil {
		return err
	}
	village := ident.Scope(f.Get("village"))
	if _, known := places.byID[village]; !known {
		return fault.New(fault.Invalid, "console.form.choose").WithField("village")
	}
	var entries []ident.Record
	if do != "publish" {
		for _, text := range f.values["entry"] {
			id, err := parseID[ident.Record](text, "points.entry")
			if err != nil {
				return err
			}
			entries = append(entries, id)
		}
		if len(entries) == 0 {
			return fault.New(fault.Invalid, "console.form.choose").WithField("entry")
		}
	}
	user, own, err := c.Gate.Own(ctx, v.user.Name, f.values.Get("password"), access.Address(r.RemoteAddr))
	if err != nil {
		return fault.From(err).WithField("password")
	}
	defer own.Lock()
	h := points.Hand{
		Store: c.Store.AsPerson(user.Login, own), Policy: c.Book.Points, Actor: user.Login.Actor, Source: c.Access.Source(user.Login.Role),
		Now: func() time.Time { return c.Now().In(zone) }, Random: c.Random, Sample: c.Sample,
	}
	switch do {
	case "publish":
		_, err = h.Publish(ctx, village, f.Get("scheme"))
		return err
	case "answer":
		return h.Answer(ctx, entries[0], f.Get("kind"), f.text("words", false, 200))
	}
	for _, id := range entries {
		if err := h.Approve(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// onPointsPaper prints a notice.
func (c *Console) onPointsPaper(w http.ResponseWriter, r *http.Request, v *visit) error {
	unknown := fault.New(fault.NotFound, "console.points.unknown")
	id, err := parseID[ident.Record](r.PathValue("id"), unknown.Key)
	if err != nil {
		return err
	}
	row, err := c.Store.As(v.user.Login).Get(r.Context(), id)
	if fault.Is(err, fault.NotFound) || err == nil && (row.Header.Kind != points.KindList || c.Book == nil) {
		return unknown
	}
	if err != nil {
		return err
	}
	if n, ok := w.(*notedWriter); ok {
		n.what, n.deed = "paper", audit.Print
	}
	places, err := c.places(r.Context(), v)
	if err != nil {
		return err
	}
	at, now := places.byID[row.Header.Scope], c.Now().In(zone)
	var out bytes.Buffer
	list := points.ListOf(row)
	list.Sample = list.Sample || c.Sample
	if err := pointsheet.Write(&out, pointsheet.Order{Policy: c.Book.Points, List: list, Village: at.Name, Place: at.code, Print: v.print, Now: now}); err != nil {
		return err
	}
	head := w.Header()
	head.Set("Content-Type", "application/pdf")
	head.Set("Content-Disposition", "attachment; filename=\"points-"+list.From+".pdf\"")
	_, err = out.WriteTo(w)
	return err
}
