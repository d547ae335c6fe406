// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"context"
	"fmt"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// Applier applies acts; record.Store is one.
type Applier interface {
	Apply(ctx context.Context, act record.Act) (record.Receipt, error)
}

// Progress is how far a run has come.
type Progress struct {
	Village    region.Code
	Households int // done
	Of         int
	Acts       int // applied now
	Records    int // made now
	Before     int // acts that an earlier run had applied
}

// Run applies all steps of the plan. as returns the store as a login of a role sees it; it is asked for "desk" and
// "resident". Acts that an earlier run has applied are passed over. tell is called after every act; it may be nil. Run
// returns how far it came, also with an error.
func Run(ctx context.Context, p *Plan, as func(record.Role) Applier, tell func(Progress)) (Progress, error) {
	done := Progress{Of: p.Households * len(p.villages)}
	logins := map[record.Role]Applier{desk: as(desk), resident: as(resident)}
	for step, err := range p.Steps() {
		if err != nil {
			return done, fmt.Errorf("make sample: %w", err)
		}
		switch err := applyStep(ctx, logins[step.Role], step.Act); {
		case err == nil:
			done.Acts++
			done.Records += len(step.Act.Writes)
		case appliedBefore(err):
			done.Before++
		default:
			return done, fmt.Errorf("apply %s in %s: %w", step.Act.Name, step.Village, err)
		}
		done.Village = step.Village
		done.Households += step.Households
		if tell != nil {
			tell(done)
		}
	}
	return done, nil
}

// applyStep applies an act; a receipt that refuses it becomes an error.
func applyStep(ctx context.Context, to Applier, act record.Act) error {
	receipt, err := to.Apply(ctx, act)
	if err != nil || receipt.Outcome.Applied() || receipt.Outcome == record.Pending {
		return err
	}
	return fault.New(fault.Invalid, receipt.Reason).WithField(string(receipt.Field))
}

// repeated are the reasons for which a store refuses an act that it has already: its records exist, or its demands have
// moved on.
var repeated = []string{"record.exists", "sync.reject.exists", "demand.move.stale"}

func appliedBefore(err error) bool {
	return slices.Contains(repeated, fault.From(err).Key)
}
