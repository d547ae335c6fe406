// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"slices"
	"time"

	"yuexin/shared/credit/exposure"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

// creditView is what all banks together lend to a household.
type creditView struct {
	Reserved int64 // fen
	Grants   []grantRow
}

// grantRow is an answer to an ask for credit, and the rating that it rests on, made once more.
type grantRow struct {
	exposure.Grant
	Bank  string
	At    time.Time
	Made  bool // the rating was made once more
	Same  bool // and is the same, bit for bit
	Grade string
	Since []correctionRow
}

// correctionRow is a field that a rating read and that says something else by now.
type correctionRow struct {
	Label, Then, Now, Person string
	At                       time.Time
}

// credit returns the grants of a household, the newest first, for who may read what they rest on; nil where there are none.
func (c *Console) credit(ctx context.Context, v *visit, row record.Row, names people) (*creditView, error) {
	role := v.user.Login.Role
	if row.Header.Kind != subject.KindHousehold || c.Book == nil || !c.Access.Allows(role, exposure.KindGrant, record.C2, record.CanRead) {
		return nil, nil
	}
	store := c.Store.As(v.user.Login)
	all, err := exposure.Of(ctx, store, row.Header.Scope, row.Header.ID)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	orgs, err := c.orgs(ctx, v)
	if err != nil {
		return nil, err
	}
	out := &creditView{Reserved: exposure.Reserved(all)}
	for _, g := range slices.Backward(all) {
		one := grantRow{Grant: g, Bank: orgName(orgs, g.Bank), At: time.UnixMilli(g.AtMS)}
		if err := c.makeAgain(ctx, v, store, names, &one); err != nil {
			return nil, err
		}
		out.Grants = append(out.Grants, one)
	}
	return out, nil
}

// makeAgain makes the rating under a grant once more, if there is one and the visitor may read all that it rests on.
func (c *Console) makeAgain(ctx context.Context, v *visit, store record.Store, names people, g *grantRow) error {
	again, err := exposure.Replay(ctx, store, c.Catalogue, c.Book.CardVersion, g.Header.ID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || !c.readsCard(v, again.Card) {
		return err
	}
	g.Made, g.Same, g.Grade = true, again.Same(), again.Result.Grade()
	for _, s := range again.Since {
		def, known := c.Catalogue.Field(s.Kind, s.Field)
		def.Name = s.Field
		show := c.valuesOf(v, s.Kind)
		one := correctionRow{Label: fieldLabel(v.print, s.Kind, s.Field, known), Then: show.text(def, s.Then), Now: show.text(def, s.Now), At: s.Later.Stamp.Time()}
		if one.Person, err = names.of(ctx, s.Later.Actor); err != nil {
			return err
		}
		g.Since = append(g.Since, one)
	}
	return nil
}
