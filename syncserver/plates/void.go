// SPDX-License-Identifier: Apache-2.0

package plates

import (
	"bytes"
	"context"
	"slices"
	"time"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// ActVoid is the name of the acts that put plates on the void list.
const ActVoid = "plate.list"

// list puts a plate on the void list, under every key that may have signed it.
func (k Keeper) list(ctx context.Context, p Plate) error {
	day, err := p.Day()
	if err != nil {
		return err
	}
	var writes []record.Write
	for _, public := range k.Keys.Public() {
		said := doorplate.Plate{Version: doorplate.Version, Kid: doorplate.KidOf(public), Handle: p.Handle, IssueDay: day}
		err := doorplate.Voided(ctx, k.Store, said)
		if fault.Is(err, fault.Gone) {
			continue
		}
		if err != nil {
			return err
		}
		w, err := k.voidRecord(said.RID())
		if err != nil {
			return err
		}
		writes = append(writes, w)
	}
	if len(writes) == 0 {
		return nil
	}
	return k.apply(ctx, ActVoid, ident.Ref, writes...)
}

// voidRecord creates a plate's record in the void list. Its id comes from the day and the RID: it tells nothing more.
func (k Keeper) voidRecord(rid doorplate.RID) (record.Write, error) {
	day := k.Now.UTC().Truncate(24 * time.Hour)
	id, err := ident.New[ident.Record](day.UnixMilli(), bytes.NewReader(slices.Concat(rid[:], rid[:])))
	if err != nil {
		return record.Write{}, err
	}
	return record.Write{
		Op:     record.Create,
		Header: record.Header{ID: id, Kind: doorplate.KindVoid, Scope: ident.Ref, Subject: ident.Subject(id)},
		Fields: doorplate.VoidFields(rid, day.Format(time.DateOnly)),
	}, nil
}
