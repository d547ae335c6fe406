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
	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
	"yuexin/shared/terminal"
	"yuexin/syncserver/fleet"
	"yuexin/syncserver/store"
)

type (
	// PublishAsk publishes editions of the rules, signed by an administrator.
	PublishAsk struct{ Editions []rulebook.Edition }
	// EditionView is an edition as lists show it, under the stage that counts now.
	EditionView struct {
		What      string `json:"what"`
		Name      string `json:"name,omitempty"`
		Version   uint32 `json:"version"`
		Percent   int64  `json:"percent"` // 0: stopped
		NotBefore string `json:"notBefore"`
		By        string `json:"by"`
		InForce   bool   `json:"inForce"`
		Stage     uint32 `json:"stage,omitempty"` // how often it got another one
	}
	// RingAnswer is what a command needs to sign what comes next.
	RingAnswer struct {
		Founders []seal.AdminPublic // who were administrators before there was a signed list
		Editions []rulebook.Edition // newest first
		At       []time.Time        // when each was published
	}
)

// Ring is whose signatures count.
func (a RingAnswer) Ring() rulebook.Ring {
	oldest := slices.Clone(a.Editions)
	slices.Reverse(oldest)
	return rulebook.Ring{Admins: a.Founders}.FollowAll(oldest)
}

// signed returns the editions that count.
func (a RingAnswer) signed() []rulebook.Edition {
	ring := a.Ring()
	return slices.DeleteFunc(slices.Clone(a.Editions), func(e rulebook.Edition) bool { return ring.Signed(e) != nil })
}

// ring returns what was published here, and who signs.
func (a *App) ring(ctx context.Context) (r RingAnswer, err error) {
	rows, err := a.Store.As(store.Login{Role: "desk"}).List(ctx, record.Query{Kind: rulebook.Kind, Scope: ident.Ref, Newest: true, Limit: 1000})
	if err != nil {
		return r, fmt.Errorf("read published rules: %w", err)
	}
	for _, row := range rows {
		r.Editions = append(r.Editions, rulebook.EditionOf(row))
		r.At = append(r.At, time.UnixMilli(row.Header.ID.Millis()))
	}
	r.Founders, err = fleet.Admins(ctx, a.Store)
	return r, err
}

// keysNow is what devices that enrol are told of the administrators.
func (a *App) keysNow(ctx context.Context) (k enrol.Keys, err error) {
	r, err := a.ring(ctx)
	if err != nil {
		return k, err
	}
	ring := r.Ring()
	k.Admins, k.KeysVersion = ring.Admins, ring.Version
	if ring.Version > 0 {
		k.KeysDigest = ring.Digest[:]
	}
	return k, nil
}

// takeRules works by what was published from here on. A server takes all of it at
// once, whatever its stage: it has to know what any device may write.
func (a *App) takeRules(ctx context.Context) error {
	r, err := a.ring(ctx)
	if err != nil || len(r.Editions) == 0 {
		return err
	}
	book, err := compose(r)
	if err != nil {
		return err
	}
	return a.workBy(ctx, book)
}

// workBy makes a book the rules in force: what is committed from here on is judged by
// it, and pages and sessions that begin go by it.
func (a *App) workBy(ctx context.Context, book *rulebook.Book) error {
	if err := a.Store.SetRules(ctx, book.Catalogue, book.Access); err != nil {
		return err
	}
	before := a.book.Swap(book)
	if a.renewed != nil {
		a.renewed(before)
	}
	return nil
}

// compose puts published editions in the place of the program's own rules. What no
// administrator signed is fault.NotAllowed.
func compose(r RingAnswer) (*rulebook.Book, error) {
	ring := r.Ring()
	for _, e := range r.Editions {
		if e.What == rulebook.OfKeys && e.Version <= ring.Version {
			continue // the ring came by it
		}
		if err := ring.Signed(e); err != nil {
			return nil, err
		}
	}
	book, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"), r.Editions...)
	if err != nil {
		return nil, fault.New(fault.Invalid, "rules.unfit").With("why", err.Error()).WithCause(err)
	}
	return book, nil
}

// publish checks signed editions against all that is in force, works by them, and puts
// them into the scope ref in one act: devices must not be ahead of the server.
func (o operator) publish(ctx context.Context, a PublishAsk) (None, error) {
	o.publishing.Lock()
	defer o.publishing.Unlock()
	r, err := o.ring(ctx)
	if err != nil {
		return None{}, err
	}
	for _, e := range a.Editions {
		if err := o.follows(r, e); err != nil {
			return None{}, err
		}
		r.Editions = append([]rulebook.Edition{e}, r.Editions...)
	}
	book, err := compose(r)
	if err != nil {
		return None{}, err
	}
	before := o.Book()
	if err := record.Compatible(before.Catalogue, book.Catalogue); err != nil {
		return None{}, fault.New(fault.Invalid, "rules.unfit").With("why", err.Error()).WithCause(err)
	}
	act, err := o.publication(a.Editions)
	if err != nil {
		return None{}, err
	}
	if err := o.workBy(ctx, book); err != nil {
		return None{}, err
	}
	if _, err = o.desk().Apply(ctx, act); err != nil {
		err = errors.Join(err, o.workBy(context.WithoutCancel(ctx), before))
	}
	return None{}, err
}

func (o operator) publication(editions []rulebook.Edition) (record.Act, error) {
	act := record.Act{Name: "rules.publish", Scope: ident.Ref, Source: record.Authoritative}
	for _, e := range editions {
		id, err := ident.New[ident.Record](o.Now().UnixMilli(), o.Random)
		if err != nil {
			return act, err
		}
		act.Writes = append(act.Writes, e.Write(id))
	}
	return act, nil
}

// follows reports why an edition cannot come after what was published.
func (o operator) follows(r RingAnswer, e rulebook.Edition) error {
	have := o.Book().Version(e.What, e.Name)
	switch e.What {
	case rulebook.OfKeys:
		_, err := r.Ring().Follow(e)
		return err
	case rulebook.OfStage:
		target, err := staged(r, e.Name)
		if err != nil {
			return err
		}
		next := target.Restage(e.Stage, r.signed())
		if e.Content != next.Content {
			return fault.New(fault.NotFound, "rules.none").With("title", e.Name)
		}
		have = next.Version - 1
	case rulebook.OfSecond:
		target, err := staged(r, e.Name)
		if err != nil {
			return err
		}
		if !target.NeedsSecond() || e.Content != target.Second(e.Stage).Content {
			return fault.New(fault.NotFound, "rules.none").With("title", e.Name)
		}
		if target.By == e.By {
			return fault.New(fault.NotAllowed, "rules.second.same").With("title", e.Name)
		}
	}
	if e.Version <= have {
		return fault.New(fault.Conflict, "rules.version").With("what", strings.TrimSpace(e.What+" "+e.Name)).
			With("version", fmt.Sprint(e.Version)).With("have", fmt.Sprint(have))
	}
	return nil
}

// staged returns the edition that can be put under another stage by its title.
func staged(r RingAnswer, title string) (rulebook.Edition, error) {
	for _, e := range r.signed() {
		if e.What != rulebook.OfKeys && e.What != rulebook.OfStage && e.What != rulebook.OfSecond && e.Title() == title {
			return e, nil
		}
	}
	return rulebook.Edition{}, fault.New(fault.NotFound, "rules.none").With("title", title)
}

func (o operator) published(ctx context.Context, _ None) ([]EditionView, error) {
	r, err := o.ring(ctx)
	out := []EditionView{}
	signed, ring := r.signed(), r.Ring()
	for i, e := range r.Editions {
		if e.What == rulebook.OfStage || e.What == rulebook.OfSecond {
			continue
		}
		at, next := e.StageOf(signed), e.Restage(e.Stage, signed)
		out = append(out, EditionView{
			What: e.What, Name: e.Name, Version: e.Version, Percent: at.Percent, By: e.By, Stage: next.Version - 1,
			NotBefore: time.UnixMilli(max(at.NotBefore, r.At[i].UnixMilli())).Local().Format(minute),
			InForce:   o.inForce(e, ring),
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
			at, err := moment(from)
			if err != nil {
				return err
			}
			stage := rulebook.Stage{Percent: percent, NotBefore: at.UnixMilli(), Spread: spread.Milliseconds()}
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

// signed reads files, checks each by itself, and signs it with the administrator's key.
func (c *commands) signed(files []string, key string, stage rulebook.Stage) ([]rulebook.Edition, error) {
	if key == "" {
		return nil, terminal.Missing("--with")
	}
	if err := (rulebook.Edition{Stage: stage}).Check(); err != nil {
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
		e.Stage = stage
		list = append(list, e)
	}
	return list, c.sign(key, list)
}

// sign signs editions with the administrator's key, which does not leave this process.
func (c *commands) sign(key string, list []rulebook.Edition) error {
	admin, err := c.openAdmin(key)
	if err != nil {
		return err
	}
	defer admin.Zero()
	public, err := admin.Public()
	if err != nil {
		return err
	}
	for i := range list {
		e := &list[i]
		e.By = public.ID().String()
		var failed error
		e.Signature, failed = admin.Sign.Sign(production(c.dir, c.sample, c.log()).Random, rulebook.Context, e.SignedBytes())
		err = errors.Join(err, failed)
	}
	return err
}
