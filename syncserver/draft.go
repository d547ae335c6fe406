// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"

	"yuexin/shared/credit/receipt"
	"yuexin/shared/ident"
	"yuexin/syncserver/store"
	"yuexin/syncserver/web/resident"
)

// drafts keeps what residents have not handed in, sealed to the server's own box key: the store's file alone does not tell it.
type drafts struct{ *App }

// draftPlace ties what is sealed to its form.
func draftPlace(form ident.Record) []byte {
	return append([]byte("yuexin resident draft/1 "), form[:]...)
}

// KeepDraft implements resident.Drafts.
func (a drafts) KeepDraft(ctx context.Context, d resident.Draft) error {
	said, err := json.Marshal(d.Answers)
	if err != nil {
		return fmt.Errorf("write a draft: %w", err)
	}
	key, err := a.Identity.Box.Public()
	if err != nil {
		return err
	}
	sealed, err := key.SealTo(nil, a.Random, said, draftPlace(d.Form))
	if err != nil {
		return fmt.Errorf("seal a draft: %w", err)
	}
	return a.Store.KeepDraft(ctx, store.Draft{Form: d.Form, Number: string(d.Number), Sealed: sealed, Until: d.Until}, a.Now())
}

// DraftOf implements resident.Drafts.
func (a drafts) DraftOf(ctx context.Context, form ident.Record) (resident.Draft, error) {
	return a.open(a.Store.DraftOf(ctx, form, a.Now()))
}

// DraftWith implements resident.Drafts.
func (a drafts) DraftWith(ctx context.Context, number receipt.Number) (resident.Draft, error) {
	return a.open(a.Store.DraftWith(ctx, string(number), a.Now()))
}

func (a drafts) open(kept store.Draft, err error) (resident.Draft, error) {
	d := resident.Draft{Form: kept.Form, Number: receipt.Number(kept.Number), Until: kept.Until}
	if err != nil {
		return d, err
	}
	said, err := a.Identity.Box.OpenBox(nil, kept.Sealed, draftPlace(kept.Form))
	if err != nil {
		return d, fmt.Errorf("open a draft: %w", err)
	}
	return d, json.Unmarshal(said, &d.Answers)
}

// DropDraft implements resident.Drafts.
func (a drafts) DropDraft(ctx context.Context, form ident.Record) error {
	return a.Store.DropDraft(ctx, form)
}
