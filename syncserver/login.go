// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"

	"yuexin/shared/credit/lending"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/desk"
	"yuexin/syncserver/store"
)

// builtin holds the logins of the server itself: the desk, which takes
// decisions and prepares data, and the resident page, which speaks for people
// who have no login.
type builtin struct {
	Desk     store.Login `json:"desk"`
	Resident store.Login `json:"resident"`
}

const builtinSetting = "server.logins"

// builtinLogins returns the server's own logins, making them at first start.
func (a *App) builtinLogins(ctx context.Context) (b builtin, err error) {
	data, err := a.Store.Setting(ctx, builtinSetting)
	if err != nil {
		return b, fmt.Errorf("server's logins: %w", err)
	}
	if data != nil {
		return b, json.Unmarshal(data, &b)
	}
	if b.Desk, err = a.newLogin("desk", nil); err != nil {
		return b, err
	}
	if b.Resident, err = a.newLogin("resident", nil); err != nil {
		return b, err
	}
	if data, err = json.Marshal(b); err != nil {
		return b, err
	}
	return b, a.Store.SetSetting(ctx, builtinSetting, data)
}

// newLogin returns a fresh login of a new actor at the server.
func (a *App) newLogin(role record.Role, scopes []ident.Scope) (l store.Login, err error) {
	l = store.Login{Device: a.Identity.Device, Role: role, Scopes: scopes}
	if l.ID, err = ident.New[ident.Login](a.Now().UnixMilli(), a.Random); err != nil {
		return l, err
	}
	l.Actor, err = ident.New[ident.Actor](a.Now().UnixMilli(), a.Random)
	return l, err
}

// desk returns the store as the server's own desk sees it.
func (a *App) desk() record.Store { return a.Store.As(a.logins.Desk) }

// office returns the desk that keeps villages, staff and postings.
func (a *App) office() desk.Desk {
	return desk.Desk{
		Store: a.desk(), Regions: a.Regions, Lending: func() *lending.Policy { return a.Book().Lending }, Now: a.Now, Random: a.Random, Sample: a.Sample,
	}
}
