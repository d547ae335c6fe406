// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"yuexin/shared/terminal"
)

// AdoptedView is a change set of the server itself that it had lost with a restore
// and a device brought back.
type AdoptedView struct {
	At     string `json:"at"`
	Device string `json:"device"`
	Scope  string `json:"scope"`
	Act    string `json:"act"`   // as its author did it: demand.need, posting.add
	Moved  bool   `json:"moved"` // something else stands in its old place: nothing of either was lost
}

// adoptedMost is how many of them are listed, the newest.
const adoptedMost = 1000

func (o operator) adopted(ctx context.Context, _ None) ([]AdoptedView, error) {
	list, err := o.Store.Adopted(ctx, adoptedMost)
	out := make([]AdoptedView, len(list))
	for i, a := range list {
		out[i] = AdoptedView{
			At: a.At.Format(time.RFC3339), Device: a.Device.String(), Scope: string(a.Link.Lane.Scope),
			Act: a.Act, Moved: a.Link != a.Was,
		}
	}
	return out, err
}

func (c *commands) adoptedCommand() *cobra.Command {
	return &cobra.Command{
		Use: "adopted", Short: "What the server itself had written, lost with a restore, and got back from devices", Args: terminal.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := asOperator(cmd.Context(), c, "adopted", None{}, operator.adopted)
			if err != nil {
				return err
			}
			rows := [][]string{{"AT", "DEVICE", "SCOPE", "ACT"}}
			for _, a := range all {
				rows = append(rows, []string{a.At, a.Device, a.Scope, a.Act})
			}
			return c.table(all, rows)
		},
	}
}
