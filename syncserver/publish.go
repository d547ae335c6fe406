// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yuexin/assets"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
	"yuexin/shared/terminal"
	"yuexin/syncserver/fleet"
	"yuexin/syncserver/store"
)

type (
	// PublishAsk publishes editions of the rules, signed by an administrator.
	PublishAsk struct{ Editions []rulebook.Edition }
	// EditionView is an edition as lists show it.
	EditionView struct {
		What      string `json:"what"`
		Name      string `json:"name,omitempty"`
		Version   uint32 `json:"version"`
		Percent   int64  `json:"percent"`
		NotBefore string `json:"notBefore"`
		By        string `json:"by"`
		InForce   bool   `json:"inForce"`
	}
)

// editions returns what was published here, newest first.
func (a *App) editions(ctx context.Context) ([]rulebook.Edition, error) {
	rows, err := a.Store.As(store.Login{Role: "desk"}).List(ctx, record.Query{Kind: rulebook.Kind, Scope: ident.Ref, Newest: true, Limit: 1000})
	if err != nil {
		return nil, fmt.Errorf("read published rules: %w", err)
	}
	list := make([]rulebook.Edition, len(rows))
	for i, row := range rows {
		list[i] = rulebook.EditionOf(row)
	}
	return list, nil
}

// takeRules works by what was published from here on. A server takes all of it at
// once, whatever its stage: it has to know what any device may write.
func (a *App) takeRules(ctx context.Context) error {
	published, err := a.editions(ctx)
	if err != nil || len(published) == 0 {
		return err
	}
	book, err := a.compose(ctx, published)
	if err != nil {
		return err
	}
	if err := a.Store.Close(); err != nil {
		return err
	}
	a.Book = book
	return a.openStore(ctx)
}

// compose puts published editions in the place of the program's own rules. What no
// administrator signed is fault.NotAllowed.
func (a *App) compose(ctx context.Context, published []rulebook.Edition) (*rulebook.Book, error) {
	admins, err := fleet.Admins(ctx, a.Store)
	if err != nil {
		return nil, err
	}
	for _, e := range published {
		if err := signedBy(admins, e); err != nil {
			return nil, err
		}
	}
	book, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), published...)
	if err != nil {
		return nil, fault.New(fault.Invalid, "rules.unfit").With("why", err.Error()).WithCause(err)
	}
	return book, nil
}

func signedBy(admins []seal.AdminPublic, e rulebook.Edition) error {
	i := slices.IndexFunc(admins, func(p seal.AdminPublic) bool { return p.ID().String() == e.By })
	if i < 0 || admins[i].Sign.Verify(rulebook.Context, e.SignedBytes(), e.Signature) != nil {
		return fault.New(fault.NotAllowed, "rules.unsigned").With("version", fmt.Sprint(e.Version))
	}
	return e.Check()
}

// publish checks signed editions against all that is in force, and puts them into
// the scope ref in one act.
func (o operator) publish(ctx context.Context, a PublishAsk) (None, error) {
	before, err := o.editions(ctx)
	if err != nil {
		return None{}, err
	}
	for _, e := range a.Editions {
		if have := o.Book.Version(e.What, e.Name); e.Version <= have {
			return None{}, fault.New(fault.Conflict, "rules.version").With("what", strings.TrimSpace(e.What+" "+e.Name)).
				With("version", fmt.Sprint(e.Version)).With("have", fmt.Sprint(have))
		}
	}
	book, err := o.compose(ctx, append(before, a.Editions...))
	if err != nil {
		return None{}, err
	}
	if err := record.Compatible(o.Book.Catalogue, book.Catalogue); err != nil {
		return None{}, fault.New(fault.Invalid, "rules.unfit").With("why", err.Error()).WithCause(err)
	}
	act := record.Act{Name: "rules.publish", Scope: ident.Ref, Source: record.Authoritative}
	for _, e := range a.Editions {
		id, err := ident.New[ident.Record](o.Now().UnixMilli(), o.Random)
		if err != nil {
			return None{}, err
		}
		act.Writes = append(act.Writes, e.Write(id))
	}
	_, err = o.desk().Apply(ctx, act)
	return None{}, err
}

// running refuses to publish while the server runs: it works by its rules until it
// is started again, and devices must not be ahead of it.
func (operator) publishRunning(context.Context, PublishAsk) (None, error) {
	return None{}, fault.New(fault.Conflict, "rules.running")
}

func (o operator) published(ctx context.Context, _ None) ([]EditionView, error) {
	all, err := o.editions(ctx)
	out := []EditionView{}
	for _, e := range all {
		out = append(out, EditionView{
			What: e.What, Name: e.Name, Version: e.Version, Percent: e.Percent, By: e.By,
			NotBefore: time.UnixMilli(e.NotBefore).Local().Format(minute), InForce: o.Book.Version(e.What, e.Name) == e.Version,
		})
	}
	return out, err
}

func (c *commands) publish() *cobra.Command {
	var key, from string
	var percent int64
	var spread time.Duration
	var villages []string
	cmd := &cobra.Command{
		Use: "publish [FILE…]", Short: "Publish new versions of catalogue, access table, policies and forms, signed by an administrator; without files list them",
		Example: "  syncserver publish catalogue-2.json household.json --with admin.key --percent 10 --spread 6h",
		RunE: func(cmd *cobra.Command, files []string) error {
			if len(files) == 0 {
				return c.listPublished(cmd.Context())
			}
			at := time.Now()
			if from != "" {
				var err error
				if at, err = time.ParseInLocation(minute, from, time.Local); err != nil {
					return fault.New(fault.Invalid, "rules.staging").WithCause(err)
				}
			}
			stage := rulebook.Edition{Percent: percent, NotBefore: at.UnixMilli(), Spread: spread.Milliseconds()}
			var err error
			if stage.Scopes, err = c.stageScopes(cmd.Context(), villages); err != nil {
				return err
			}
			editions, err := c.signed(files, key, stage)
			if err != nil {
				return err
			}
			if _, err := asOperator(cmd.Context(), c, "publish", PublishAsk{editions}, operator.publish); err != nil {
				return err
			}
			t := c.terminal()
			return t.Show(map[string]int{"published": len(editions)}, func(w io.Writer) {
				fmt.Fprintln(w, t.T("rules.published", "n", fmt.Sprint(len(editions))))
			})
		},
	}
	cmd.Flags().StringVar(&key, "with", "", "the administrator's key file")
	cmd.Flags().Int64Var(&percent, "percent", 100, "how many of a hundred devices take it")
	cmd.Flags().StringVar(&from, "from", "", "not before this moment, such as \"2026-12-01 06:00\"; now if not given")
	cmd.Flags().DurationVar(&spread, "spread", time.Hour, "devices take it within this time, each at its own moment")
	cmd.Flags().StringArrayVar(&villages, "village", nil, "only devices that hold this village; may be given several times")
	return cmd
}

func (c *commands) listPublished(ctx context.Context) error {
	all, err := asOperator(ctx, c, "published", None{}, operator.published)
	if err != nil {
		return err
	}
	rows := [][]string{{"WHAT", "NAME", "VERSION", "PERCENT", "NOT BEFORE", "BY", "IN FORCE"}}
	for _, e := range all {
		rows = append(rows, []string{e.What, e.Name, fmt.Sprint(e.Version), fmt.Sprint(e.Percent), e.NotBefore, e.By, fmt.Sprint(e.InForce)})
	}
	return c.table(all, rows)
}

func (c *commands) stageScopes(ctx context.Context, villages []string) ([]ident.Scope, error) {
	if len(villages) == 0 {
		return nil, nil
	}
	scopes, err := asOperator(ctx, c, "scopes", villages, func(o operator, ctx context.Context, names []string) ([]ident.Scope, error) {
		return o.scopes(ctx, names)
	})
	scopes = slices.DeleteFunc(scopes, func(s ident.Scope) bool { return s == ident.Ref })
	slices.Sort(scopes)
	return scopes, err
}

// signed reads files, checks each by itself, and signs it with the administrator's
// key, which does not leave this process.
func (c *commands) signed(files []string, key string, stage rulebook.Edition) ([]rulebook.Edition, error) {
	if key == "" {
		return nil, terminal.Missing("--with")
	}
	if err := stage.Check(); err != nil {
		return nil, err
	}
	var list []rulebook.Edition
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, terminal.Unread(file, err)
		}
		e, err := rulebook.Draft(filepath.Base(file), string(content))
		if err != nil {
			return nil, fault.New(fault.Invalid, "rules.unfit").With("why", err.Error()).WithCause(err)
		}
		e.Percent, e.Scopes, e.NotBefore, e.Spread = stage.Percent, stage.Scopes, stage.NotBefore, stage.Spread
		list = append(list, e)
	}
	admin, err := c.openAdmin(key)
	if err != nil {
		return nil, err
	}
	defer admin.Zero()
	public, err := admin.Public()
	if err != nil {
		return nil, err
	}
	for i := range list {
		e := &list[i]
		e.By = public.ID().String()
		var failed error
		e.Signature, failed = admin.Sign.Sign(production(c.dir, c.sample, c.log()).Random, rulebook.Context, e.SignedBytes())
		err = errors.Join(err, failed)
	}
	return list, err
}
