// SPDX-License-Identifier: Apache-2.0

package desk

import (
	"context"

	"yuexin/shared/credit/lending"
	"yuexin/shared/sync/record"
)

// Confirm registers a demand whose applicant has proved who they are: nobody needs to look into that any more. A demand that
// has moved on stays where it is.
func (d Desk) Confirm(ctx context.Context, demand lending.Demand) error {
	base, err := d.Store.Base(ctx, demand.Header.Scope)
	if err != nil {
		return err
	}
	moves, err := lending.Moves(ctx, d.Store, demand.Header)
	if err != nil {
		return err
	}
	state := d.Lending().Fold(moves)
	if state.Status != lending.Unverified {
		return nil
	}
	by := lending.Author{Role: "desk", Source: record.Authoritative, Base: base, NowMS: d.Now().UnixMilli(), Random: d.Random}
	act, err := d.Lending().Move(by, demand, state, lending.Request{To: lending.Registered})
	if err != nil {
		return err
	}
	return d.applyAct(ctx, act)
}
