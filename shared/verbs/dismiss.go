// SPDX-License-Identifier: Apache-2.0

package verbs

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"yuexin/shared/fault"
	"yuexin/shared/station"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica"
	"yuexin/shared/terminal"
)

// dismiss puts aside what no act can settle.
func (c *commands) dismiss() *cobra.Command {
	var reason, scope string
	cmd := &cobra.Command{
		Use: "dismiss NUMBER", Args: terminal.Exactly(1),
		Short:   "Put aside what cannot be read any more, or what was carried to the server and refused; it is kept and counted",
		Example: "  kiosk tray dismiss 12 --reason 重复登记，已核对",
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.working(func(ctx context.Context, s *station.Station) error {
			who, err := c.settler(ctx, s)
			if err != nil {
				return err
			}
			link, err := dismissible(ctx, s.Replica, args[0], scope)
			if err != nil {
				return err
			}
			if err := s.Replica.Dismiss(ctx, who, link, reason); err != nil {
				return err
			}
			return c.show(map[string]any{"dismissed": link.Number}, "verbs.tray.dismissed", "n", args[0])
		})(cmd, nil)
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit log")
	cmd.Flags().StringVar(&scope, "scope", "", "scope of the number, where several have it")
	return cmd
}

// settler is who puts something aside: whoever unlocked a laptop; on a kiosk, which anybody may start, the one of its staff
// whose passphrase is given, as on its screen. A kiosk without staff answers fault.NotAllowed "station.staff".
func (c *commands) settler(ctx context.Context, s *station.Station) (replica.Session, error) {
	if c.program.Name != "kiosk" {
		return s.Session(), nil
	}
	if err := c.unlockStaff(ctx, s); err != nil {
		return replica.Session{}, err
	}
	return s.AtWork()
}

// dismissible finds what a number of the tray means: fault.NotFound, or fault.Conflict where several scopes have it.
func dismissible(ctx context.Context, r *replica.Replica, number, scope string) (record.Link, error) {
	groups, err := r.Tray(ctx)
	if err != nil {
		return record.Link{}, err
	}
	broken, err := r.Broken(ctx)
	if err != nil {
		return record.Link{}, err
	}
	var found []record.Link
	fits := func(l record.Link) {
		if fmt.Sprint(l.Number) == number && (scope == "" || scope == string(l.Lane.Scope)) {
			found = append(found, l)
		}
	}
	for _, g := range groups {
		for _, it := range g.Items {
			fits(it.Receipt.Link)
		}
	}
	for _, one := range broken {
		fits(one.Link)
	}
	switch len(found) {
	case 0:
		return record.Link{}, fault.New(fault.NotFound, "record.missing")
	case 1:
		return found[0], nil
	}
	return record.Link{}, fault.New(fault.Conflict, "verbs.tray.which").WithField("scope")
}
