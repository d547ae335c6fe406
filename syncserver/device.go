// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"yuexin/shared/ident"
	"yuexin/shared/sync/wire"
	"yuexin/shared/terminal"
	"yuexin/syncserver/fleet"
	"yuexin/syncserver/store"
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
		Oldest   string `json:"oldest,omitempty"` // when the oldest of that was made
		Refused  uint64 `json:"refused"`
		Stranded uint64 `json:"stranded"` // of Waiting: somebody has to carry them here
	}
	// RunView is consecutive change sets of a device that have one outcome.
	RunView struct {
		Scope   string `json:"scope"`
		Lane    string `json:"lane"`
		From    uint64 `json:"from"`
		To      uint64 `json:"to"`
		Outcome string `json:"outcome"`
	}
	// TakenView is what was taken from a device, with its word for it.
	TakenView struct {
		Number   uint64 `json:"number"`
		What     string `json:"what"` // revoked, switched off
		Scope    string `json:"scope,omitempty"`
		At       string `json:"at"`
		Standing string `json:"standing"` // waiting, confirmed, signed, forged
		Done     string `json:"done,omitempty"`
	}
	// GrantAsk names a device and a village, by code or name.
	GrantAsk struct{ ID, Village string }
	// SwitchAsk stops a device or a person at once, or lets them go on.
	SwitchAsk struct {
		ID  string // dev_… or act_…
		Off bool
	}
)

// minute is how lists write moments.
const minute = "2006-01-02 15:04"

func (o operator) devices(ctx context.Context, _ None) ([]DeviceView, error) {
	all, err := o.Store.Devices(ctx)
	out := make([]DeviceView, len(all))
	for i, d := range all {
		out[i] = DeviceView{
			ID: d.ID.String(), Name: d.Name, Program: d.Program, Role: string(d.Role), Off: d.Off,
			Waiting: d.Status.Waiting, Refused: d.Status.Refused, Stranded: d.Status.Stranded,
		}
		if !d.LastSeen.IsZero() {
			out[i].LastSeen = d.LastSeen.Local().Format(minute)
		}
		if d.Status.Waiting > 0 {
			out[i].Oldest = d.LastSeen.Add(-time.Duration(d.Status.OldestMS) * time.Millisecond).Local().Format(minute)
		}
	}
	return out, err
}

// work tells what became of everything that a device sent.
func (o operator) work(ctx context.Context, id string) ([]RunView, error) {
	d, err := o.device(ctx, id)
	if err != nil {
		return nil, err
	}
	runs, err := o.Store.Work(ctx, d.ID)
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

// taken tells what was taken from a device and whether it confirmed that.
func (o operator) taken(ctx context.Context, id string) ([]TakenView, error) {
	d, err := o.device(ctx, id)
	if err != nil {
		return nil, err
	}
	log, err := o.Store.Orders(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	out := []TakenView{}
	for _, one := range fleet.Taken(d, log) {
		v := TakenView{Number: one.Number, What: "revoked", Scope: string(one.Scope), At: one.At.Local().Format(minute), Standing: string(one.Standing)}
		if one.Op == wire.ControlSwitchOff {
			v.What = "switched off"
		}
		if !one.Done.IsZero() {
			v.Done = one.Done.Local().Format(minute)
		}
		out = append(out, v)
	}
	return out, nil
}

// device returns the device with this id.
func (o operator) device(ctx context.Context, id string) (store.Device, error) {
	device, err := ident.Parse[ident.Device](id)
	if err != nil {
		return store.Device{}, err
	}
	d, err := o.Store.Device(ctx, device)
	return d, unknown(err, "server.device.unknown", "id", id)
}

// grant lets a device hold a village in the view of its role.
func (o operator) grant(ctx context.Context, a GrantAsk) (None, error) {
	d, scope, err := o.granted(ctx, a)
	if err != nil {
		return None{}, err
	}
	return None{}, o.fleet.Grant(ctx, d.ID, scope, string(d.Role))
}

// revoke takes a village from a device.
func (o operator) revoke(ctx context.Context, a GrantAsk) (None, error) {
	d, scope, err := o.granted(ctx, a)
	if err != nil {
		return None{}, err
	}
	return None{}, unknown(o.fleet.Revoke(ctx, d.ID, scope), "server.device.not_held", "village", a.Village)
}

func (o operator) granted(ctx context.Context, a GrantAsk) (d store.Device, scope ident.Scope, err error) {
	if err := o.reachable(); err != nil {
		return d, "", err
	}
	if d, err = o.device(ctx, a.ID); err != nil {
		return d, "", err
	}
	scope, err = o.village(ctx, a.Village)
	return d, scope, err
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

// deviceHead is above the lines of the list of devices.
var deviceHead = []string{"ID", "NAME", "PROGRAM", "ROLE", "LAST SEEN", "WAITING", "OLDEST", "REFUSED", "STRANDED", "OFF"}

func deviceLine(d DeviceView) []string {
	return []string{d.ID, d.Name, d.Program, d.Role, d.LastSeen, fmt.Sprint(d.Waiting), d.Oldest, fmt.Sprint(d.Refused), fmt.Sprint(d.Stranded), fmt.Sprint(d.Off)}
}

func (c *commands) device() *cobra.Command {
	cmd := &cobra.Command{Use: "device", Short: "Devices: list; what became of their work; verify a receipt; what they may hold; switch a device or a person off and on"}
	list := &cobra.Command{
		Use: "list", Short: "List the devices: last seen, what waits on them and since when, refused, stranded (only a person can bring it, see take)", Args: terminal.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := asOperator(cmd.Context(), c, "devices", None{}, operator.devices)
			if err != nil {
				return err
			}
			rows := [][]string{deviceHead}
			for _, d := range all {
				rows = append(rows, deviceLine(d))
			}
			return c.table(all, rows)
		},
	}
	cmd.AddCommand(list, c.workCommand(), c.receiptCommand(), c.adoptedCommand(), c.takenCommand(), c.grantCommand("grant", "Let a device (dev_…) hold a village", operator.grant),
		c.grantCommand("revoke", "Take a village from a device (dev_…), which purges it and confirms with its signature", operator.revoke), c.switchCommand("off", true, "Stop a device (dev_…) or a person (act_…) at once; late work is kept, not applied"),
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

func (c *commands) takenCommand() *cobra.Command {
	return &cobra.Command{
		Use: "taken ID", Short: "What was taken from a device (dev_…), and its signed word for it or since when that is missing", Args: terminal.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			taken, err := asOperator(cmd.Context(), c, "taken", args[0], operator.taken)
			if err != nil {
				return err
			}
			t := c.terminal()
			rows := [][]string{{"NUMBER", "AT", "WHAT", "SCOPE", "DEVICE"}}
			for _, o := range taken {
				rows = append(rows, []string{fmt.Sprint(o.Number), o.At, o.What, o.Scope, t.T("server.taken."+o.Standing, "at", o.At, "done", o.Done)})
			}
			return c.table(taken, rows)
		},
	}
}

func (c *commands) grantCommand(name, short string, do func(operator, context.Context, GrantAsk) (None, error)) *cobra.Command {
	return &cobra.Command{
		Use: name + " ID VILLAGE", Short: short, Args: terminal.Exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := asOperator(cmd.Context(), c, name, GrantAsk{args[0], args[1]}, do); err != nil {
				return err
			}
			t := c.terminal()
			return t.Show(map[string]any{"id": args[0], "village": args[1]}, func(w io.Writer) {
				fmt.Fprintln(w, t.T("server.device."+name, "id", args[0], "village", args[1]))
			})
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
