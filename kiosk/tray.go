// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"yuexin/kiosk/flow"
	"yuexin/shared/fault"
	"yuexin/shared/station"
	"yuexin/shared/sync/record"
)

// tray is the machine's tray as staff settle it.
type tray struct{ s *station.Station }

// Refused returns what the server refused, oldest first.
func (t tray) Refused(ctx context.Context) (all []flow.Refused, err error) {
	groups, err := t.s.Replica.Tray(ctx)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		for _, it := range g.Items {
			why := fault.New(fault.Invalid, it.Receipt.Reason)
			for name, value := range it.Receipt.Args {
				why = why.With(name, value)
			}
			all = append(all, flow.Refused{Link: it.Receipt.Link, Reason: why, MadeMS: it.Set.Reading.WallMS})
		}
	}
	return all, nil
}

// Dismiss puts aside what was carried and refused; what the network took and the server refused is given up by an act. It is
// done by whoever of the staff is at work: fault.NotAllowed while nobody is.
func (t tray) Dismiss(ctx context.Context, link record.Link, reason string) error {
	who, err := t.s.AtWork()
	if err != nil {
		return err
	}
	err = t.s.Replica.Dismiss(ctx, who, link, reason)
	if fault.Is(err, fault.NotFound) {
		err = t.s.Replica.Discard(ctx, who, link)
	}
	return err
}
