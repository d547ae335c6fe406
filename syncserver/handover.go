// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/terminal"
	"yuexin/syncserver/desk"
	"yuexin/syncserver/store"
	"yuexin/syncserver/web/console"
)

// handOverOffice hands over for the console.
type handOverOffice struct{ operator }

// Staff implements console.HandOverOffice.
func (o handOverOffice) Staff(ctx context.Context) ([]console.Person, error) {
	rows, err := o.desk().List(ctx, record.Query{Kind: desk.KindStaff, Scope: ident.Ref, Limit: 30_000})
	out := make([]console.Person, len(rows))
	for i, r := range rows {
		out[i] = console.Person{Actor: ident.Actor(r.Header.ID), Name: r.Text("name")}
	}
	slices.SortFunc(out, func(a, b console.Person) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), a.Actor.Compare(b.Actor))
	})
	return out, err
}

// HandOver implements console.HandOverOffice.
func (o handOverOffice) HandOver(ctx context.Context, a console.HandOverAsk, by store.User) (console.HandOverView, error) {
	return o.handOver(context.WithValue(ctx, witnessKey{}, witness{o.App, by.Name, by.Login}), a)
}

// handOver lists what would be handed over, or does it in one transaction and lists what whoever took over has then.
func (o operator) handOver(ctx context.Context, a console.HandOverAsk) (v console.HandOverView, err error) {
	from, to, bank, err := o.parties(ctx, a)
	if err != nil {
		return v, err
	}
	charges, err := o.office().ChargesOf(ctx, from)
	if err != nil {
		return v, err
	}
	devices, err := o.Store.DevicesOf(ctx, from)
	if err != nil {
		return v, err
	}
	v = console.HandOverView{From: o.staffName(ctx, from), To: o.staffName(ctx, to)}
	left, err := o.unsent(ctx, devices, &v)
	if err == nil {
		v.Villages, err = o.chargeViews(ctx, charges)
	}
	if err != nil || !a.Do {
		return v, err
	}
	switch {
	case strings.TrimSpace(a.Reason) == "":
		return v, fault.New(fault.Invalid, "server.handover.reason").WithField("reason")
	case len(charges) == 0:
		return v, fault.New(fault.NotFound, "server.handover.nothing").With("person", v.From).WithField("from")
	case left != "" && strings.TrimSpace(a.Force) == "":
		return v, fault.New(fault.Conflict, "server.handover.unsent").With("devices", left).WithField("force")
	}
	if err := o.carryOut(ctx, a, from, to, bank, charges, devices); err != nil {
		return v, err
	}
	return o.handedOver(ctx, v, to)
}

// parties finds who hands over what to whom.
func (o operator) parties(ctx context.Context, a console.HandOverAsk) (from, to ident.Actor, bank ident.Org, err error) {
	if from, err = o.officer(ctx, a.From, "from"); err != nil {
		return from, to, bank, err
	}
	if to, err = o.officer(ctx, a.To, "to"); err != nil {
		return from, to, bank, err
	}
	if from == to {
		return from, to, bank, fault.New(fault.Invalid, "server.handover.same").WithField("to")
	}
	if a.Bank != "" {
		bank, err = o.org(ctx, a.Bank)
	}
	return from, to, bank, err
}

// officer returns a person of the directory.
func (o operator) officer(ctx context.Context, text, field string) (ident.Actor, error) {
	actor, err := ident.Parse[ident.Actor](text)
	if err != nil {
		return actor, fault.From(err).WithField(field)
	}
	row, err := o.desk().Get(ctx, ident.Record(actor))
	if fault.Is(err, fault.NotFound) || err == nil && row.Header.Kind != desk.KindStaff {
		return actor, fault.New(fault.NotFound, "server.device.unknown").With("id", text).WithField(field)
	}
	return actor, err
}

func (o operator) staffName(ctx context.Context, actor ident.Actor) string {
	row, err := o.desk().Get(ctx, ident.Record(actor))
	if err != nil {
		return actor.String()
	}
	return row.Text("name")
}

// unsent tells what the server last heard of work on the laptops that was not sent, and names those that have some.
func (o operator) unsent(ctx context.Context, devices []ident.Device, v *console.HandOverView) (left string, err error) {
	v.Devices = []console.UnsentView{}
	var names []string
	for _, id := range devices {
		d, err := o.Store.Device(ctx, id)
		if err != nil {
			return "", err
		}
		one := console.UnsentView{ID: d.ID.String(), Name: d.Name, Waiting: d.Status.Waiting, Files: d.Status.BlobsToSend}
		if !d.LastSeen.IsZero() {
			one.LastSeen = d.LastSeen.Local().Format(minute)
		}
		if one.Waiting+one.Files > 0 {
			names = append(names, d.Name)
		}
		v.Devices = append(v.Devices, one)
	}
	return strings.Join(names, ", "), nil
}

func (o operator) chargeViews(ctx context.Context, charges []desk.Charge) ([]console.ChargeView, error) {
	out := make([]console.ChargeView, len(charges))
	for i, c := range charges {
		rows, err := o.desk().List(ctx, record.Query{Kind: desk.KindUnit, Scope: c.Village, Limit: 1})
		if err != nil {
			return nil, err
		}
		out[i] = console.ChargeView{Village: string(c.Village), Posted: c.Posted, Demands: []string{}}
		if len(rows) > 0 {
			out[i].Village = rows[0].Text("name")
		}
		for _, one := range c.Demands {
			out[i].Demands = append(out[i].Demands, lending.DemandOf(one.Row).Receipt.String())
		}
	}
	return out, nil
}

// carryOut makes it one act: acts, grants and the entry of the audit log in one transaction.
func (o operator) carryOut(ctx context.Context, a console.HandOverAsk, from, to ident.Actor, bank ident.Org, charges []desk.Charge, devices []ident.Device) error {
	acts, err := o.office().HandOver(ctx, charges, to, bank, a.Reason)
	if err != nil {
		return err
	}
	h := store.HandOver{Login: o.logins.Desk, Acts: acts, From: from, To: to, Now: o.Now(), Note: audit.Entry{
		Deed: audit.Act, User: systemUser(), What: "org handover done", About: cut(from.String() + " " + to.String()), Reason: cut(strings.TrimSpace(a.Reason + " " + a.Force)),
	}}
	if w, ok := ctx.Value(witnessKey{}).(witness); ok {
		h.Note.User, h.Note.Actor, h.Note.Login = w.user, w.login.Actor, w.login.ID
		if !w.login.Actor.IsZero() {
			h.Note.What = "console.handover"
		}
	}
	for _, c := range charges {
		if c.Posted {
			h.Scopes = append(h.Scopes, c.Village)
		}
	}
	if err := o.Store.HandOver(ctx, h); err != nil {
		return err
	}
	theirs, err := o.Store.DevicesOf(ctx, to)
	for _, device := range append(devices, theirs...) {
		if o.fleet != nil {
			o.fleet.Carried(device) // it looks what it may hold now
		}
	}
	return err
}

// handedOver lists what whoever took over has now.
func (o operator) handedOver(ctx context.Context, v console.HandOverView, to ident.Actor) (console.HandOverView, error) {
	charges, err := o.office().ChargesOf(ctx, to)
	if err == nil {
		v.Villages, err = o.chargeViews(ctx, charges)
	}
	v.Done = true
	return v, err
}

func (c *commands) handOver() *cobra.Command {
	var q console.HandOverAsk
	cmd := &cobra.Command{
		Use: "handover", Short: "Have one officer take over the villages and demands of another who leaves", Args: terminal.Exactly(0),
		Long: "Have one officer take over the villages and demands of another who leaves. Without --do it only lists what would be\n" +
			"handed over and what the server last heard of work on the laptops that was not sent. With --do it is one act: all\n" +
			"of it is done, or nothing. While work is known to be left it is refused; let the laptop sync first, or\n" +
			"say with --force why it is done all the same. What is sent later is kept sealed for an administrator.",
		Example: "  syncserver org handover --from act_… --to act_…\n  syncserver org handover --from act_… --to act_… --reason 调离 --do",
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case q.From == "":
				return terminal.Missing("--from")
			case q.To == "":
				return terminal.Missing("--to")
			}
			v, err := asOperator(cmd.Context(), c, "handover", q, operator.handOver)
			if err != nil {
				return err
			}
			return c.showHandOver(v)
		},
	}
	f := cmd.Flags()
	f.StringVar(&q.From, "from", "", "actor id of who leaves (syncserver org staff)")
	f.StringVar(&q.To, "to", "", "actor id of who takes over")
	f.StringVar(&q.Bank, "bank", "", "id or name of the bank that goes with them (default: the one that was)")
	f.StringVar(&q.Reason, "reason", "", "why; residents' demands keep it in their history")
	f.StringVar(&q.Force, "force", "", "why although work is known to be left on a laptop")
	f.BoolVar(&q.Do, "do", false, "do it; otherwise it is only listed")
	return cmd
}

// showHandOver prints the villages, then the laptops.
func (c *commands) showHandOver(v console.HandOverView) error {
	t := c.terminal()
	return t.Show(v, func(w io.Writer) {
		key, who := "server.handover.before", v.From
		if v.Done {
			key, who = "server.handover.after", v.To
		}
		fmt.Fprintln(w, t.T(key, "person", who, "n", fmt.Sprint(len(v.Villages))))
		rows := [][]string{{"VILLAGE", "POSTED", "DEMANDS"}}
		for _, one := range v.Villages {
			rows = append(rows, []string{one.Village, fmt.Sprint(one.Posted), strings.Join(one.Demands, " ")})
		}
		terminal.Table(w, rows)
		laptops := [][]string{{"DEVICE", "NAME", "WAITING", "FILES", "LAST SEEN"}}
		for _, d := range v.Devices {
			laptops = append(laptops, []string{d.ID, d.Name, fmt.Sprint(d.Waiting), fmt.Sprint(d.Files), d.LastSeen})
		}
		fmt.Fprintln(w, t.T("server.handover.devices", "person", v.From))
		terminal.Table(w, laptops)
	})
}
