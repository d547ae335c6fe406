// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/record"
)

// moveForm is a legal move as the page offers it.
type moveForm struct {
	lending.MoveDef
	Form     *form
	Open     bool // it was refused and is to be seen
	Again    bool // from a state to itself
	Tells    string
	Officers []official
	Banks    []org
	Officer  string // chosen
	Bank     string
	Ends     bool // leads to an end off the way
}

// official is somebody who can be in charge of a demand.
type official struct {
	ID   ident.Actor
	Name string
}

// moveFields are the names of a move's fields, in the form and in the faults of
// package lending.
var moveFields = []string{"amount", "reason", "officer", "bank"}

// staleMove tells that a demand is no longer where the form saw it; the page
// around it shows where it is.
var staleMove = fault.New(fault.Stale, "demand.move.stale")

// most characters of a reason.
const maxReason = 500

// moveForms returns what the visitor may do next. The refused form, if there
// is one, keeps what was typed.
func (c *Console) moveForms(ctx context.Context, v *visit, f *file, to lending.Status, tried *form) ([]moveForm, error) {
	if !c.Access.Allows(v.user.Login.Role, lending.KindMove, record.C1, record.CanCreate) {
		return nil, nil
	}
	var forms []moveForm
	for _, def := range c.Lending.Next(f.state.Status, v.user.Login.Role) {
		one := moveForm{
			MoveDef: def, Form: emptyForm(v.print), Again: def.From == def.To,
			Tells: c.told(v, def.To, ""), Ends: offTheWay(def.To),
		}
		if tried != nil && def.To == to {
			one.Form, one.Open = tried, true
		}
		if def.Assign {
			if err := c.fillAssign(ctx, v, f, &one); err != nil {
				return nil, err
			}
		}
		forms = append(forms, one)
	}
	return forms, nil
}

// fillAssign lists who can be in charge; the village's posting is proposed.
func (c *Console) fillAssign(ctx context.Context, v *visit, f *file, one *moveForm) error {
	orgs, err := c.orgs(ctx, v)
	if err != nil {
		return err
	}
	one.Banks = banks(orgs)
	err = eachRow(ctx, f.from, record.Query{Kind: "staff"}, func(row record.Row) {
		if row.Bool("active") || row.Value("active").IsNone() {
			one.Officers = append(one.Officers, official{ident.Actor(row.Header.ID), row.Text("name")})
		}
	})
	if err != nil {
		return err
	}
	slices.SortFunc(one.Officers, func(a, b official) int { return strings.Compare(a.Name, b.Name) })
	one.Officer, one.Bank = one.Form.Get("officer"), one.Form.Get("bank")
	if one.Open || !f.state.Officer.IsZero() {
		return nil
	}
	var postings []record.Row
	q := record.Query{Kind: lending.KindPosting, Scope: f.row.Header.Scope}
	if err := eachRow(ctx, f.from, q, func(row record.Row) { postings = append(postings, row) }); err != nil {
		return err
	}
	if p, found := lending.Route(postings, c.Now().In(zone)); found {
		one.Officer, one.Bank = p.Officer.String(), p.Bank.String()
	}
	return nil
}

// onMove moves a demand on, or shows its page again with what was wrong.
func (c *Console) onMove(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := c.file(r, v)
	if err != nil {
		return err
	}
	tried, err := readForm(r, v.print)
	if err != nil {
		return err
	}
	to := lending.Status(tried.Get("to"))
	offered, err := c.moveForms(r.Context(), v, f, to, tried)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(offered, func(m moveForm) bool { return m.To == to }) {
		return c.notOffered(w, r, v, f, tried)
	}
	if tried.Get("from") != string(f.state.Status) {
		tried.refuse("", staleMove)
	}
	request := tried.request(to, offered)
	if tried.OK() {
		if err := c.move(r.Context(), v, f, request); err != nil {
			if fault.KindOf(err) == fault.Internal {
				return err
			}
			tried.refuseAll(err, moveFields...)
		}
	}
	if !tried.OK() {
		return c.showDemand(w, r, v, http.StatusUnprocessableEntity, f, to, tried)
	}
	c.sessions.Put(r.Context(), keyFlash, "console.demand.moved")
	http.Redirect(w, r, c.Base+"/demands/"+f.row.Header.ID.String(), http.StatusSeeOther)
	return nil
}

// notOffered refuses a move that the page does not have for this visitor: the
// state has changed since they saw it, or it never was theirs to make.
func (c *Console) notOffered(w http.ResponseWriter, r *http.Request, v *visit, f *file, tried *form) error {
	if tried.Get("from") == string(f.state.Status) {
		return fault.New(fault.NotAllowed, "demand.move.role")
	}
	v.alert = problemOf(v.print, staleMove)
	return c.showDemand(w, r, v, http.StatusConflict, f, "", nil)
}

// request reads the fields of a move that the policy asks for.
func (f *form) request(to lending.Status, offered []moveForm) lending.Request {
	i := slices.IndexFunc(offered, func(m moveForm) bool { return m.To == to })
	def := offered[i]
	request := lending.Request{To: to, Reason: f.text("reason", false, maxReason)}
	if def.Amount {
		amount, err := money.Parse(f.Get("amount"))
		if f.Get("amount") == "" {
			err = fault.New(fault.Invalid, "demand.move.amount")
		}
		if err != nil {
			f.refuse("amount", err)
		}
		request.Amount = amount
	}
	if def.Assign {
		request.Officer, request.Bank = f.official("officer", def.Officers), f.org("bank", def.Banks, true)
	}
	return request
}

func (f *form) official(field string, offered []official) ident.Actor {
	for _, o := range offered {
		if f.Get(field) == o.ID.String() {
			return o.ID
		}
	}
	f.refuse(field, fault.New(fault.Invalid, "console.form.choose"))
	return ident.Actor{}
}

// move applies one move as an act of the visitor, whole or not at all.
func (c *Console) move(ctx context.Context, v *visit, f *file, request lending.Request) error {
	base, err := f.from.Base(ctx, f.row.Header.Scope)
	if err != nil {
		return err
	}
	author := lending.Author{
		Role: v.user.Login.Role, Source: c.Access.Source(v.user.Login.Role),
		Base: base, NowMS: c.Now().UnixMilli(), Random: c.Random,
	}
	act, err := c.Lending.Move(author, f.demand, f.state, request)
	if err != nil {
		return err
	}
	receipt, err := f.from.Apply(ctx, act)
	if err != nil {
		return err
	}
	if receipt.Outcome >= record.Rejected {
		return refusalOf(receipt)
	}
	c.board.forget(f.row.Header.Scope)
	return nil
}

// refusalOf makes a fault of a receipt that says no.
func refusalOf(receipt record.Receipt) error {
	f := fault.New(fault.Conflict, receipt.Reason)
	for name, value := range receipt.Args {
		f = f.With(name, value)
	}
	return f.WithField(string(receipt.Field))
}
