// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/exposure"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// rules are what the domain asks of a change set inside the committing
// transaction, after login, access table and catalogue were asked.
func (a *App) rules() []store.Rule {
	return []store.Rule{a.demandRule, a.attachmentRule, a.exposureRule, a.consentRule, a.wholeVillageRule}
}

// attachmentRule refuses attachments that the policy does not take.
func (a *App) attachmentRule(_ context.Context, _ store.Reader, _ store.Login, cs *record.ChangeSet) (*store.Refusal, error) {
	for _, n := range a.Book().Catalogue.Blobs(cs.Writes) {
		if a.Book().Attachments.Admits(n.Attachment) != nil {
			return &store.Refusal{Outcome: record.Rejected, Reason: "sync.reject.attachment", Record: n.Header, Field: n.Field}, nil
		}
	}
	return nil, nil
}

// exposureRule lets what is granted to one household together pass no limit.
func (a *App) exposureRule(ctx context.Context, read store.Reader, _ store.Login, cs *record.ChangeSet) (*store.Refusal, error) {
	f, h, err := exposure.Rule(ctx, read, cs)
	if f == nil || err != nil {
		return nil, err
	}
	return &store.Refusal{Outcome: record.Rejected, Reason: f.Key, Record: *h}, nil
}

// consentRule lets nobody withdraw what somebody else consented to.
func (a *App) consentRule(ctx context.Context, read store.Reader, _ store.Login, cs *record.ChangeSet) (*store.Refusal, error) {
	f, h, err := consent.Rule(ctx, read, cs)
	if f == nil || err != nil {
		return nil, err
	}
	return &store.Refusal{Outcome: record.Rejected, Reason: f.Key, Record: *h}, nil
}

// demandRule lets lending judge demands and their moves.
func (a *App) demandRule(ctx context.Context, read store.Reader, login store.Login, cs *record.ChangeSet) (*store.Refusal, error) {
	r, err := a.Book().Lending.Rule(ctx, read, login.Role, cs)
	if r == nil || err != nil {
		return nil, err
	}
	return &store.Refusal{
		Outcome: record.Rejected, Reason: r.Fault.Key, Args: r.Fault.Args,
		Record: r.Record, Field: record.Field(r.Fault.Field),
	}, nil
}

// wholeVillageRule lets whole-village credit judge its sheets, signatures and contracts, by this server's time.
func (a *App) wholeVillageRule(ctx context.Context, read store.Reader, login store.Login, cs *record.ChangeSet) (*store.Refusal, error) {
	f, h, err := a.Book().Whole.Rule(ctx, read, login.Role, a.Now().In(office), cs)
	if f == nil || err != nil {
		return nil, err
	}
	return &store.Refusal{Outcome: record.Rejected, Reason: f.Key, Args: f.Args, Record: *h, Field: record.Field(f.Field)}, nil
}
