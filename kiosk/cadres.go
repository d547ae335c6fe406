// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"sync"

	"yuexin/kiosk/flow"
	"yuexin/shared/fault"
	"yuexin/shared/station"
	"yuexin/shared/uikit"
)

// cadres opens the machine's second compartment. A passphrase is tried beside the screen: that takes a second.
type cadres struct {
	ctx     context.Context
	station *station.Station
	trying  sync.WaitGroup
}

// Any implements flow.Cadres.
func (c *cadres) Any(ctx context.Context) (bool, error) { return c.station.HasStaff(ctx) }

// Enter implements flow.Cadres.
func (c *cadres) Enter(passphrase string, report func(*flow.Desk, error)) {
	c.trying.Go(func() {
		staff, err := c.station.OpenStaff(c.ctx, passphrase)
		uikit.OnUI(func() {
			if err != nil {
				report(nil, err)
				return
			}
			report(&flow.Desk{Name: staff.Name, Actor: staff.Session.Actor, Role: staff.Session.Role, Store: staff.Store}, nil)
		})
	})
}

// Close implements flow.Cadres.
func (c *cadres) Close() {
	if err := c.station.CloseStaff(context.WithoutCancel(c.ctx)); err != nil { // it is shut all the same
		c.station.Log.Error("close the staff's part", fault.Attr(err))
	}
}

// end waits for a try under way and shuts the part: the program ends.
func (c *cadres) end() {
	c.trying.Wait()
	c.Close()
}
