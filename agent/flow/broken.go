// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"yuexin/shared/sync/record"
)

// Remains is what is left of an act that cannot be read any more on this laptop and that the server does not have.
type Remains struct {
	Link   record.Link
	MadeMS int64  // by the laptop's clock
	Sealed []byte // as it stands on the disk
}

// Broken is such an act as a person reads it.
type Broken struct {
	Title string // in which village, and that it is damaged
	When  string
	Size  string
	left  Remains
}

// Broken reads what is damaged and nobody has put aside, oldest first.
func (d *Desk) Broken(ctx context.Context, tray Tray) ([]Broken, error) {
	all, err := tray.Broken(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Broken, len(all))
	for i, one := range all {
		village := d.Village(ctx, one.Link.Lane.Scope).Name
		out[i] = Broken{Title: joined(village, d.T("agent.tray.broken")), When: d.when(one.MadeMS), Size: d.Print.Size(int64(len(one.Sealed))), left: one}
	}
	return out, nil
}

// PutAside takes the act out of the tray; it stays on the laptop. The fault is Invalid "replica.dismiss" (field "reason")
// without a reason.
func (b Broken) PutAside(ctx context.Context, tray Tray, reason string) error {
	return tray.Dismiss(ctx, b.left.Link, reason)
}

// FileName is the name that Export is saved under.
func (b Broken) FileName() string { return fmt.Sprintf("damaged-%d.json", b.left.Link.Number) }

// Export returns what is left, for whoever may repair it: sealed as it stands on the disk, so that nobody reads it without
// the laptop's key.
func (b Broken) Export() ([]byte, error) {
	return json.MarshalIndent(struct {
		Scope  string    `json:"scope"`
		Number uint64    `json:"number"`
		Made   time.Time `json:"made"`
		Sealed []byte    `json:"sealed"`
	}{string(b.left.Link.Lane.Scope), b.left.Link.Number, time.UnixMilli(b.left.MadeMS).UTC(), b.left.Sealed}, "", "  ")
}
