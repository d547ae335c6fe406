// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"time"

	"yuexin/shared/credit/scoring"
	"yuexin/shared/credit/subject"
	"yuexin/shared/sync/record"
)

// rating says how a household is rated today, from what the visitor may read of it: nil for what is no household, where no card
// counts, and for who does not see what it rests on.
func (c *Console) rating(ctx context.Context, v *visit, row record.Row) (*scoring.Said, error) {
	if row.Header.Kind != subject.KindHousehold || row.Deleted() || c.Book == nil {
		return nil, nil
	}
	day := c.Now().In(zone).Format(time.DateOnly)
	card := c.Book.Card(string(row.Header.Kind), day)
	if card == nil {
		return nil, nil
	}
	if !c.readsCard(v, card) {
		return nil, nil
	}
	root, beside, err := card.Gather(ctx, c.Store.As(v.user.Login), row.Header.ID)
	if err != nil {
		return nil, err
	}
	r, err := card.Score(root, beside, day)
	if err != nil {
		return nil, err
	}
	said := card.Say(v.print, r, func(in scoring.Input) string { return fieldLabel(v.print, in.Kind, in.Field, true) })
	return &said, nil
}
