// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// rules are what the domain asks of a change set inside the committing
// transaction, after login, access table and catalogue were asked.
func (a *App) rules() []store.Rule {
	return []store.Rule{a.demandRule}
}

// demandRule lets lending judge demands and their moves.
func (a *App) demandRule(ctx context.Context, read store.Reader, login store.Login, cs *record.ChangeSet) (*store.Refusal, error) {
	r, err := a.Book.Lending.Rule(ctx, read, login.Role, cs)
	if r == nil || err != nil {
		return nil, err
	}
	return &store.Refusal{
		Outcome: record.Rejected, Reason: r.Fault.Key, Args: r.Fault.Args,
		Record: r.Record, Field: record.Field(r.Fault.Field),
	}, nil
}
