// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/village"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
	"yuexin/shared/terminal"
	"yuexin/syncserver/desk"
)

type (
	// VillageView is a grid unit as lists show it.
	VillageView struct {
		Code  string `json:"code"`
		Name  string `json:"name"`
		Scope string `json:"scope"`
		New   bool   `json:"new,omitempty"`
	}
	// OrgAsk asks for an organisation.
	OrgAsk struct{ Name, Short, Kind string }
	// OrgView is an organisation as lists show it.
	OrgView struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Kind string `json:"kind"`
	}
	// StaffView is a person who works with the system.
	StaffView struct {
		Actor string `json:"actor"`
		Name  string `json:"name"`
		Title string `json:"title,omitempty"`
	}
	// PostAsk posts somebody to villages: whoever is responsible for them, with their bank, or as Post says.
	PostAsk struct {
		Villages                         []string
		Officer, Bank, From, Until, Post string
	}
	// CollectiveAsk enters figures of the 三资 platform: amounts in yuan, resources in mu, as people write them.
	CollectiveAsk struct{ Village, AsOf, Platform, Funds, Assets, Resources string }
)

// addVillages makes the grid units of places: villages, or all of a town.
func (o operator) addVillages(ctx context.Context, places []string) (out []VillageView, err error) {
	for _, text := range places {
		place, err := o.Regions.Find(text, nil)
		if err != nil {
			return out, err
		}
		units := []region.Unit{place}
		if place.Level != region.Village {
			units = o.Regions.Children(place.Code)
		}
		for _, u := range units {
			if u.Level != region.Village {
				return out, fault.New(fault.Invalid, "server.village.level").With("place", u.Name)
			}
			scope, made, err := o.office().AddVillage(ctx, u)
			if err != nil {
				return out, err
			}
			out = append(out, VillageView{string(u.Code), u.Short, string(scope), made})
		}
	}
	return out, nil
}

func (o operator) listVillages(ctx context.Context, _ None) ([]VillageView, error) {
	rows, err := o.desk().List(ctx, record.Query{Kind: desk.KindUnit, Limit: 30_000})
	if err != nil {
		return nil, err
	}
	out := make([]VillageView, len(rows))
	for i, r := range rows {
		out[i] = VillageView{Code: r.Text("region_code"), Name: r.Text("name"), Scope: string(r.Header.Scope)}
	}
	return out, nil
}

func (o operator) addOrg(ctx context.Context, a OrgAsk) (OrgView, error) {
	if a.Name = strings.TrimSpace(a.Name); a.Name == "" {
		return OrgView{}, fault.New(fault.Invalid, "server.org.name").WithField("name")
	}
	if a.Short == "" {
		a.Short = a.Name
	}
	id, err := o.office().AddOrg(ctx, desk.Org{Name: a.Name, Short: a.Short, Kind: a.Kind})
	return OrgView{id.String(), a.Name, a.Kind}, err
}

func (o operator) listOrgs(ctx context.Context, _ None) ([]OrgView, error) {
	orgs, err := o.office().Orgs(ctx)
	out := make([]OrgView, len(orgs))
	for i, g := range orgs {
		out[i] = OrgView{g.ID.String(), g.Name, g.Kind}
	}
	return out, err
}

// org returns the organisation with this id, name or short name.
func (o operator) org(ctx context.Context, text string) (ident.Org, error) {
	orgs, err := o.office().Orgs(ctx)
	if err != nil {
		return ident.Org{}, err
	}
	for _, g := range orgs {
		if text == g.ID.String() || text == g.Name || text == g.Short {
			return g.ID, nil
		}
	}
	return ident.Org{}, fault.New(fault.NotFound, "server.org").With("org", text).WithField("org")
}

func (o operator) listStaff(ctx context.Context, _ None) ([]StaffView, error) {
	rows, err := o.desk().List(ctx, record.Query{Kind: desk.KindStaff, Scope: ident.Ref, Limit: 30_000})
	if err != nil {
		return nil, err
	}
	out := make([]StaffView, len(rows))
	for i, r := range rows {
		out[i] = StaffView{ident.Actor(r.Header.ID).String(), r.Text("name"), r.Text("title")}
	}
	return out, nil
}

func (o operator) post(ctx context.Context, a PostAsk) (None, error) {
	officer, err := ident.Parse[ident.Actor](a.Officer)
	if err != nil {
		return None{}, err
	}
	bank, err := o.org(ctx, a.Bank)
	if err != nil {
		return None{}, err
	}
	for _, text := range a.Villages {
		scope, err := o.village(ctx, text)
		if err != nil {
			return None{}, err
		}
		if err := o.office().PostAs(ctx, scope, lending.Posting{Officer: officer, Bank: bank, From: a.From, Until: a.Until, Post: a.Post}); err != nil {
			return None{}, err
		}
	}
	return None{}, nil
}

func (o operator) addCollective(ctx context.Context, a CollectiveAsk) (None, error) {
	scope, err := o.village(ctx, a.Village)
	if err != nil {
		return None{}, err
	}
	f := village.Figures{AsOf: a.AsOf, Platform: a.Platform}
	for text, to := range map[*string]*int64{&a.Funds: &f.Funds, &a.Assets: &f.Assets} {
		n, err := money.Parse(*text)
		if err != nil {
			return None{}, err
		}
		*to = int64(n)
	}
	mu, err := money.ParseArea(a.Resources)
	if err != nil {
		return None{}, err
	}
	f.Resources = int64(mu)
	return None{}, o.office().Collective(ctx, scope, f)
}

// table prints rows with a heading, or v as JSON.
func (c *commands) table(v any, rows [][]string) error {
	return c.terminal().Show(v, func(w io.Writer) { terminal.Table(w, rows) })
}

func (c *commands) village() *cobra.Command {
	cmd := &cobra.Command{Use: "village", Short: "The villages of this server: add, list"}
	add := &cobra.Command{
		Use: "add PLACE…", Short: "Add villages by statistical code or name; a town adds all of its villages", Args: terminal.AtLeast(1),
		Example: "  syncserver village add 富溪村\n  syncserver village add 441284105",
		RunE: func(cmd *cobra.Command, places []string) error {
			made, err := asOperator(cmd.Context(), c, "village", places, operator.addVillages)
			if err != nil {
				return err
			}
			return c.table(made, villageRows(made))
		},
	}
	list := &cobra.Command{
		Use: "list", Short: "List the villages", Args: terminal.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := asOperator(cmd.Context(), c, "villages", None{}, operator.listVillages)
			if err != nil {
				return err
			}
			return c.table(all, villageRows(all))
		},
	}
	cmd.AddCommand(add, list, c.collective())
	return cmd
}

func (c *commands) collective() *cobra.Command {
	var q CollectiveAsk
	cmd := &cobra.Command{
		Use: "assets VILLAGE", Short: "Enter what the 三资 platform says of a village's collective on a day; nobody changes it afterwards", Args: terminal.Exactly(1),
		Example: "  syncserver village assets 富溪村 --as-of 2026-06-30 --funds 1280000 --assets 9900000 --resources 3200",
		RunE: func(cmd *cobra.Command, args []string) error {
			if q.AsOf == "" {
				return terminal.Missing("--as-of")
			}
			q.Village = args[0]
			if _, err := asOperator(cmd.Context(), c, "village.assets", q, operator.addCollective); err != nil {
				return err
			}
			t := c.terminal()
			return t.Show(q, func(w io.Writer) { fmt.Fprintln(w, t.T("server.collective.done", "day", q.AsOf)) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&q.AsOf, "as-of", "", "the day the figures are of, 2026-06-30")
	f.StringVar(&q.Platform, "platform", "三资平台", "where they are from")
	f.StringVar(&q.Funds, "funds", "0", "funds, in yuan")
	f.StringVar(&q.Assets, "assets", "0", "assets, in yuan")
	f.StringVar(&q.Resources, "resources", "0", "land and other resources, in mu")
	return cmd
}

func villageRows(all []VillageView) [][]string {
	rows := [][]string{{"CODE", "NAME", "SCOPE"}}
	for _, v := range all {
		rows = append(rows, []string{v.Code, v.Name, v.Scope})
	}
	return rows
}

func (c *commands) org() *cobra.Command {
	cmd := &cobra.Command{Use: "org", Short: "Banks and other organisations: add, list; the staff directory; and what an officer hands over"}
	var q OrgAsk
	add := &cobra.Command{
		Use: "add NAME", Short: "Add an organisation", Args: terminal.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.Name = args[0]
			made, err := asOperator(cmd.Context(), c, "org", q, operator.addOrg)
			if err != nil {
				return err
			}
			return c.table(made, [][]string{{made.ID, made.Name, made.Kind}})
		},
	}
	add.Flags().StringVar(&q.Short, "short", "", "short name")
	add.Flags().StringVar(&q.Kind, "kind", "bank", "bank, government, village or guarantor")
	list := &cobra.Command{
		Use: "list", Short: "List the organisations", Args: terminal.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := asOperator(cmd.Context(), c, "orgs", None{}, operator.listOrgs)
			if err != nil {
				return err
			}
			rows := [][]string{{"ID", "NAME", "KIND"}}
			for _, o := range all {
				rows = append(rows, []string{o.ID, o.Name, o.Kind})
			}
			return c.table(all, rows)
		},
	}
	staff := &cobra.Command{
		Use: "staff", Short: "List the people who work with the system", Args: terminal.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := asOperator(cmd.Context(), c, "staff", None{}, operator.listStaff)
			if err != nil {
				return err
			}
			rows := [][]string{{"ACTOR", "NAME", "TITLE"}}
			for _, s := range all {
				rows = append(rows, []string{s.Actor, s.Name, s.Title})
			}
			return c.table(all, rows)
		},
	}
	cmd.AddCommand(add, list, staff, c.handOver())
	return cmd
}

func (c *commands) post() *cobra.Command {
	var q PostAsk
	cmd := &cobra.Command{
		Use: "post", Short: "Make an officer and their bank responsible for villages; demands go to them. With --post: post a specialist, assistant or adviser", Args: terminal.Exactly(0),
		Example: "  syncserver post --village 富溪村 --officer act_… --bank org_… --from 2026-12-01\n  syncserver post --village 富溪村 --post specialist --officer act_… --bank org_… --until 2027-11-30",
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case len(q.Villages) == 0:
				return terminal.Missing("--village")
			case q.Officer == "":
				return terminal.Missing("--officer")
			case q.Bank == "":
				return terminal.Missing("--bank")
			}
			if _, err := asOperator(cmd.Context(), c, "post", q, operator.post); err != nil {
				return err
			}
			t := c.terminal()
			return t.Show(q, func(w io.Writer) {
				fmt.Fprintln(w, t.T("server.post.done", "n", fmt.Sprint(len(q.Villages))))
			})
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&q.Villages, "village", nil, "villages by statistical code or name")
	f.StringVar(&q.Officer, "officer", "", "actor id of the officer (syncserver org staff)")
	f.StringVar(&q.Bank, "bank", "", "id or name of the bank (syncserver org list)")
	f.StringVar(&q.From, "from", "", "first day, 2026-12-01 (default: today)")
	f.StringVar(&q.Until, "until", "", "last day (default: no end)")
	f.StringVar(&q.Post, "post", "", "specialist, assistant or adviser (default: who is responsible)")
	return cmd
}
