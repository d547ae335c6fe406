// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	"yuexin/shared/credit/rulebook"
	"yuexin/syncserver/web/console"
)

// editions returns what was published, for the console.
func (a *App) editions(ctx context.Context) ([]console.Edition, error) {
	r, err := a.ring(ctx)
	if err != nil {
		return nil, err
	}
	signed, ring := r.signed(), r.Ring()
	var out []console.Edition
	for i, e := range r.Editions {
		if e.What == rulebook.OfStage || e.What == rulebook.OfSecond {
			continue
		}
		stage := e.StageOf(signed)
		out = append(out, console.Edition{
			What: e.What, Name: e.Name, Title: e.Title(), Version: e.Version, By: e.By, At: r.At[i],
			Percent: stage.Percent, Scopes: stage.Scopes, NotBefore: time.UnixMilli(max(stage.NotBefore, r.At[i].UnixMilli())),
			InForce: a.inForce(e, ring), Stages: int(e.Restage(stage, signed).Version) - 1,
		})
	}
	return out, nil
}

// inForce reports whether the server works by an edition.
func (a *App) inForce(e rulebook.Edition, ring rulebook.Ring) bool {
	if e.What == rulebook.OfKeys {
		return e.Version == ring.Version
	}
	return a.Book().Version(e.What, e.Name) == e.Version && !a.Book().Waits(e)
}
