// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"

	"yuexin/shared/fault"
	"yuexin/shared/sync/enrol"
	"yuexin/syncserver/fleet"
)

// While the server does not run, tickets carry the addresses and the pin that
// it last ran with.
const reachedSetting = "server.reached"

type reached struct {
	Servers []string  `json:"servers"`
	Pin     enrol.Pin `json:"pin"`
	Public  bool      `json:"public"`
}

// remember keeps how the server is reached.
func (s *server) remember(ctx context.Context) error {
	r := reached{Servers: s.servers, Pin: s.pin(), Public: s.cert != nil && s.cert.Public()}
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return s.Store.SetSetting(ctx, reachedSetting, data)
}

// offline returns the operator of an App that does not serve.
func (a *App) offline(ctx context.Context) (operator, error) {
	o := operator{App: a}
	data, err := a.Store.Setting(ctx, reachedSetting)
	if err != nil || data == nil {
		return o, err
	}
	var r reached
	if err := json.Unmarshal(data, &r); err != nil {
		return o, fmt.Errorf("how the server is reached: %w", err)
	}
	o.fleet, err = fleet.New(fleet.Config{
		Store: a.Store, Identity: a.Identity, Servers: r.Servers, SyncPath: syncPath,
		Pin: func() enrol.Pin { return r.Pin }, PublicCA: func() bool { return r.Public },
		Admins: a.keysNow,
		Now:    a.Now, Random: a.Random, Log: a.Log,
	})
	return o, err
}

// reachable is fault.Unavailable before the server ran for the first time: a
// ticket would not know where to send the device.
func (o operator) reachable() error {
	if o.fleet == nil {
		return fault.New(fault.Unavailable, "server.never_ran")
	}
	return nil
}
