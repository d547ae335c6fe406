// SPDX-License-Identifier: Apache-2.0

package flowtest

import (
	"context"
	"slices"

	"yuexin/kiosk/flow"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

// Tray holds what the server of the stage refused.
type Tray struct {
	held []flow.Refused
	Why  map[uint64]string // reasons of what was settled, by number
}

// Refuse puts something that was carried into the tray.
func (s *Stage) Refuse(number uint64) {
	s.Tray.held = append(s.Tray.held, flow.Refused{
		Link: record.Link{Lane: record.Lane{Scope: Scope(Fuxi)}, Number: number}, MadeMS: s.Time.UnixMilli(),
		Reason: fault.New(fault.Invalid, "sync.reject.quarantine").With("why", "重复登记"),
	})
}

// Refused implements flow.Tray.
func (t *Tray) Refused(context.Context) ([]flow.Refused, error) { return slices.Clone(t.held), nil }

// Dismiss implements flow.Tray.
func (t *Tray) Dismiss(_ context.Context, link record.Link, reason string) error {
	before := len(t.held)
	t.held = slices.DeleteFunc(t.held, func(r flow.Refused) bool { return r.Link == link })
	if len(t.held) == before {
		return fault.New(fault.NotFound, "record.missing")
	}
	t.Why[link.Number] = reason
	return nil
}
