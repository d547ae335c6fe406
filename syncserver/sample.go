// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"yuexin/shared/fault"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
	"yuexin/shared/terminal"
	"yuexin/syncserver/access"
	"yuexin/syncserver/plates"
	"yuexin/syncserver/sample"
	"yuexin/syncserver/store"
)

type (
	// SampleAsk says what sample data to make.
	SampleAsk struct {
		Town       string
		Villages   int
		Households int
		Seed       uint64
		Password   string // of the demo users
	}
	// SampleAnswer is what was made.
	SampleAnswer struct {
		Villages   int          `json:"villages"`
		Households int          `json:"households"`
		Records    int          `json:"records"`
		Plates     int          `json:"plates"`
		Units      []sampleUnit `json:"units"`
		Officers   []samplePost `json:"officers"`
		Users      []string     `json:"users"`
	}
	sampleUnit struct {
		Code string `json:"code"`
		Name string `json:"name"`
	}
	samplePost struct {
		Actor string `json:"actor"`
		Name  string `json:"name"`
		Role  string `json:"role"`
	}
)

// sampleData fills the store with made-up people; again with the same seed it
// changes nothing. It refuses a store that is not for samples.
func (o operator) sampleData(ctx context.Context, a SampleAsk, tell func(sample.Progress)) (SampleAnswer, error) {
	if !o.Sample {
		return SampleAnswer{}, fault.New(fault.NotAllowed, "server.sample.real")
	}
	plan, err := sample.New(sample.Options{
		Seed: a.Seed, Town: region.Code(a.Town), Villages: a.Villages, Households: a.Households, Now: o.Now(),
		Regions: o.Regions, Lending: o.Book().Lending, Consent: o.Book().Consent,
	})
	if err != nil {
		return SampleAnswer{}, err
	}
	logins := map[record.Role]sample.Applier{"desk": o.desk(), "resident": o.Store.As(o.logins.Resident)}
	done, err := sample.Run(ctx, plan, func(role record.Role) sample.Applier { return logins[role] }, tell)
	if err != nil {
		return SampleAnswer{}, err
	}
	out := SampleAnswer{Villages: len(plan.Units()), Households: done.Households, Records: done.Records}
	for _, v := range plan.Units() {
		out.Units = append(out.Units, sampleUnit{string(v.Code), v.Name})
		issued, err := plates.Issuer{Store: o.desk(), Now: o.Now(), Random: o.Random, Sample: o.Sample}.Issue(ctx, v.Scope)
		if err != nil {
			return out, err
		}
		out.Plates += len(issued.New) + issued.Kept
	}
	return o.samplePeople(ctx, plan, a.Password, out)
}

// samplePeople gives the sample staff their logins: those of the console
// become demo users, the others are named for enrolment.
func (o operator) samplePeople(ctx context.Context, plan *sample.Plan, password string, out SampleAnswer) (SampleAnswer, error) {
	var users []access.Demo
	names := map[record.Role]string{"reviewer": "bank", "analyst": "county", "auditor": "audit", "admin": "admin"}
	given := map[record.Role]int{}
	for _, p := range plan.People() {
		short, console := names[p.Role]
		if !console {
			out.Officers = append(out.Officers, samplePost{p.Actor.String(), p.Name, string(p.Role)})
			continue
		}
		if given[p.Role]++; given[p.Role] > 1 {
			short += fmt.Sprint(given[p.Role])
		}
		login, err := o.newLogin(p.Role, p.Scopes)
		if err != nil {
			return out, err
		}
		login.Actor = p.Actor
		users = append(users, access.Demo{Password: password, User: store.User{
			Name: access.DemoPrefix + short, Display: p.Name, Login: login, Org: p.Org, Created: o.Now(),
		}})
		out.Users = append(out.Users, access.DemoPrefix+short)
	}
	return out, o.Gate.AddDemo(ctx, users)
}

func (c *commands) samples() *cobra.Command {
	q := SampleAsk{}
	cmd := &cobra.Command{
		Use: "sample", Short: "Fill a new data folder with made-up people of a real town", Args: terminal.Exactly(0),
		Long: "sample makes households, merchants, plates and loan demands of a town, every person made up and\n" +
			"marked 示例, the same for the same seed. The server must not run meanwhile.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.sample = true
			t := c.terminal()
			tell := func(p sample.Progress) {
				if !c.json && !c.quiet {
					fmt.Fprintf(os.Stderr, "\r%s", t.T("server.sample.progress", "done", fmt.Sprint(p.Households), "of", fmt.Sprint(p.Of)))
				}
			}
			out, err := asOperator(cmd.Context(), c, "sample", q, func(o operator, ctx context.Context, a SampleAsk) (SampleAnswer, error) {
				return o.sampleData(ctx, a, tell)
			})
			if err != nil {
				return err
			}
			return t.Show(out, func(w io.Writer) {
				fmt.Fprintln(w)
				fmt.Fprintln(w, t.T("server.sample.done", "villages", fmt.Sprint(out.Villages),
					"households", fmt.Sprint(out.Households), "plates", fmt.Sprint(out.Plates)))
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&q.Town, "town", string(sample.DefaultTown), "town or county by statistical code")
	f.IntVar(&q.Villages, "villages", 0, "at most this many villages (default: all)")
	f.IntVar(&q.Households, "households", sample.DefaultHouseholds, "households of each village")
	f.Uint64Var(&q.Seed, "seed", 1, "the same seed makes the same people")
	f.StringVar(&q.Password, "demo-password", "yuexin-demo-2026", "password of the demo users")
	return cmd
}
