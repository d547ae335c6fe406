// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"yuexin/shared/ident"
	"yuexin/shared/terminal"
)

type (
	// DeviceView is a device as lists show it.
	DeviceView struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Program  string `json:"program"`
		Role     string `json:"role"`
		Off      bool   `json:"off"`
		LastSeen string `json:"lastSeen,omitempty"`
		Waiting  uint64 `json:"waiting"`
		Refused  uint64 `json:"refused"`
	}
	// RunView is consecutive change sets of a device that have one outcome.
	RunView struct {
		Scope   string `json:"scope"`
		Lane    string `json:"lane"`
		From    uint64 `json:"from"`
		To      uint64 `json:"to"`
		Outcome string `json:"outcome"`
	}
	// SwitchAsk stops a device or a person at once, or lets them go on.
	SwitchAsk struct {
		ID  string // dev_… or act_…
		Off bool
	}
)

func (o operator) devices(ctx context.Context, _ None) ([]DeviceView, error) {
	all, err := o.Store.Devices(ctx)
	out := make([]DeviceView, len(all))
	for i, d := range all {
		out[i] = DeviceView{
			ID: d.ID.String(), Name: d.Name, Program: d.Program, Role: string(d.Role), Off: d.Off,
			Waiting: d.Status.Waiting, Refused: d.Status.Refused,
		}
		if !d.LastSeen.IsZero() {
			out[i].LastSeen = d.LastSeen.Local().Format("2006-01-02 15:04")
		}
	}
	return out, err
}

// work tells what became of everything that a device sent.
func (o operator) work(ctx context.Context, id string) ([]RunView, error) {
	device, err := ident.Parse[ident.Device](id)
	if err != nil {
		return nil, err
	}
	if _, err := o.Store.Device(ctx, device); err != nil {
		return nil, unknown(err, "server.device.unknown", "id", id)
	}
	runs, err := o.Store.Work(ctx, device)
	out := make([]RunView, len(runs))
	for i, r := range runs {
		first := r.Link.Number
		out[i] = RunView{
			Scope: string(r.Link.Lane.Scope), Lane: r.Link.Lane.Incarnation.String(),
			From: first, To: first + r.Count - 1, Outcome: r.Outcome.String(),
		}
	}
	return out, err
}

// switchOff works on a device, or on a person on every device.
func (o operator) switchOff(ctx context.Context, a SwitchAsk) (None, error) {
	if err := o.reachable(); err != nil {
		return None{}, err
	}
	if actor, err := ident.Parse[ident.Actor](a.ID); err == nil {
		return None{}, unknown(o.fleet.SwitchOffActor(ctx, actor, a.Off), "server.device.unknown", "id", a.ID)
	}
	device, err := ident.Parse[ident.Device](a.ID)
	if err != nil {
		return None{}, err
	}
	return None{}, unknown(o.fleet.SwitchOff(ctx, device, a.Off), "server.device.unknown", "id", a.ID)
}

func (c *commands) device() *cobra.Command {
	cmd := &cobra.Command{Use: "device", Short: "Devices: list; what became of their work; switch a device or a person off and on"}
	list := &cobra.Command{
		Use: "list", Short: "List the devices: last seen, waiting, refused", Args: terminal.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := asOperator(cmd.Context(), c, "devices", None{}, operator.devices)
			if err != nil {
				return err
			}
			rows := [][]string{{"ID", "NAME", "PROGRAM", "ROLE", "LAST SEEN", "WAITING", "REFUSED", "OFF"}}
			for _, d := range all {
				rows = append(rows, []string{
					d.ID, d.Name, d.Program, d.Role, d.LastSeen, fmt.Sprint(d.Waiting), fmt.Sprint(d.Refused), fmt.Sprint(d.Off),
				})
			}
			return c.table(all, rows)
		},
	}
	cmd.AddCommand(list, c.workCommand(), c.adoptedCommand(), c.switchCommand("off", true, "Stop a device (dev_…) or a person (act_…) at once; late work is kept, not applied"),
		c.switchCommand("on", false, "Let a device or a person go on"))
	return cmd
}

func (c *commands) workCommand() *cobra.Command {
	return &cobra.Command{
		Use: "work ID", Short: "What became of everything that a device (dev_…) sent, by the numbers of its change sets", Args: terminal.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			runs, err := asOperator(cmd.Context(), c, "work", args[0], operator.work)
			if err != nil {
				return err
			}
			rows := [][]string{{"SCOPE", "LANE", "FROM", "TO", "OUTCOME"}}
			for _, r := range runs {
				rows = append(rows, []string{r.Scope, r.Lane, fmt.Sprint(r.From), fmt.Sprint(r.To), r.Outcome})
			}
			return c.table(runs, rows)
		},
	}
}

func (c *commands) switchCommand(name string, off bool, short string) *cobra.Command {
	return &cobra.Command{
		Use: name + " ID", Short: short, Args: terminal.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := asOperator(cmd.Context(), c, "switch", SwitchAsk{args[0], off}, operator.switchOff); err != nil {
				return err
			}
			t := c.terminal()
			return t.Show(map[string]any{"id": args[0], "off": off}, func(w io.Writer) {
				fmt.Fprintln(w, t.T("server.switched."+name, "id", args[0]))
			})
		},
	}
}
