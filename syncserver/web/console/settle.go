// SPDX-License-Identifier: Apache-2.0

package console

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/review"
	"yuexin/shared/sync/record/typed"
	"yuexin/syncserver/access"
)

// chooseOther is the choice of a value that nobody had entered.
const chooseOther = "other"

// settleFields are the names of the form's fields.
var settleFields = []string{"choice", "other", "reason", "password"}

// unknownConflict is the answer for a record that is not there and for one that is
// not the visitor's business.
var unknownConflict = fault.New(fault.NotFound, "console.conflict.unknown")

// keyOf names a value of a card in a form.
func keyOf(s review.Said) string { return fmt.Sprintf("%x", uint64(s.Version)) }

// seenOf names all values of a card.
func seenOf(card review.Card) string {
	var keys []string
	for _, s := range card.Said {
		keys = append(keys, keyOf(s))
	}
	slices.Sort(keys)
	return strings.Join(keys, ".")
}

// onSettle settles a field, or shows the page again with what was wrong.
func (c *Console) onSettle(w http.ResponseWriter, r *http.Request, v *visit) error {
	id, err := parseID[ident.Record](r.PathValue("id"), unknownConflict.Key)
	if err != nil {
		return err
	}
	f, err := readForm(r, v.print)
	if err != nil {
		return err
	}
	row, err := c.Store.As(v.user.Login).Get(r.Context(), id)
	if fault.Is(err, fault.NotFound) {
		return unknownConflict
	}
	if err != nil {
		return err
	}
	field := record.Field(r.PathValue("field"))
	cards := review.Cards(c.Catalogue, row, record.WaitsDispute)
	i := slices.IndexFunc(cards, func(card review.Card) bool { return card.Field == field })
	switch {
	case i < 0 && f.Get("seen") != "":
		v.alert = problemOf(v.print, fault.New(fault.Stale, "record.settled"))
		return c.showConflicts(w, r, v, http.StatusConflict, nil)
	case i < 0:
		return unknownConflict
	case !c.maySettle(v, cards[i]):
		return fault.New(fault.NotAllowed, "console.conflict.may_not")
	}
	if f.Get("seen") != seenOf(cards[i]) {
		f.refuse("", fault.New(fault.Stale, "console.conflict.changed"))
	}
	if choice := f.chosen(cards[i]); f.OK() {
		if err := c.settle(r, v, cards[i], choice, f.values.Get("password")); err != nil {
			if fault.KindOf(err) == fault.Internal {
				return err
			}
			f.refuseAll(err, settleFields...)
		}
	}
	f.values.Del("password")
	if !f.OK() {
		return c.showConflicts(w, r, v, http.StatusUnprocessableEntity, &tried{id, field, f})
	}
	flash := "console.conflict.settled"
	if cards[i].TwoPersons() {
		flash = "console.conflict.counted"
	}
	c.sessions.Put(r.Context(), keyFlash, flash)
	http.Redirect(w, r, c.Base+"/conflicts", http.StatusSeeOther)
	return nil
}

// chosen reads what the visitor decided.
func (f *form) chosen(card review.Card) review.Choice {
	choice := review.Choice{Reason: f.text("reason", false, maxReason)}
	if f.Get("choice") == chooseOther {
		v, err := typed.Parse(card.Def, f.Get("other"))
		if err == nil && v.IsNone() {
			err = fault.New(fault.Invalid, "console.form.empty")
		}
		if err != nil {
			f.refuse("other", err)
		}
		choice.Value = v
		return choice
	}
	i := slices.IndexFunc(card.Said, func(s review.Said) bool { return keyOf(s) == f.Get("choice") })
	if i < 0 {
		f.refuse("choice", fault.New(fault.Invalid, "console.form.choose"))
		return choice
	}
	choice.Value = card.Said[i].Value
	return choice
}

// settle applies the act, signed by the visitor's own key where two persons have
// to settle the field: only their password opens it.
func (c *Console) settle(r *http.Request, v *visit, card review.Card, choice review.Choice, password string) error {
	ctx, login := r.Context(), v.user.Login
	store := c.Store.As(login)
	base, err := store.Base(ctx, card.Header.Scope)
	if err != nil {
		return err
	}
	act, err := card.Settle(review.Author{
		Actor: login.Actor, Source: c.Access.Source(login.Role), Base: base, NowMS: c.Now().UnixMilli(), Random: c.Random,
	}, choice)
	if err != nil {
		return err
	}
	if card.TwoPersons() {
		user, own, err := c.Gate.Own(ctx, v.user.Name, password, access.Address(r.RemoteAddr))
		if err != nil {
			return fault.From(err).WithField("password")
		}
		defer own.Lock()
		store = c.Store.AsPerson(user.Login, own)
	}
	receipt, err := store.Apply(ctx, act)
	if err == nil && receipt.Outcome >= record.Rejected {
		err = refusalOf(receipt)
	}
	return err
}
