// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yuexin/shared/credit/rulebook"
	"yuexin/shared/fault"
	"yuexin/shared/terminal"
)

// rulesCommand is what becomes of what was published: lists, wider stages, a stop.
func (c *commands) rulesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "rules", Short: "See what became of published rules; widen or stop a stage",
		Long: "A stage is widened or stopped by an edition of its own, which an administrator signs: devices\n" +
			"take it from nobody else. Who took an edition keeps it; to take it back publish a newer one.",
	}
	cmd.AddCommand(&cobra.Command{
		Use: "list", Short: "List what was published, with the stage that counts now", Args: terminal.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listPublished(cmd.Context()) },
	}, c.stageRules(), c.stopRules(), c.secondRules())
	return cmd
}

func (c *commands) stageRules() *cobra.Command {
	var key, from string
	var stage rulebook.Stage
	var spread time.Duration
	var villages []string
	var everywhere bool
	cmd := &cobra.Command{
		Use: "stage WHAT… VERSION", Short: "Put a published edition under another stage, signed by an administrator", Args: terminal.AtLeast(1),
		Example: "  syncserver rules stage catalogue 2 --with admin.key --percent 50\n  syncserver rules stage form household 3 --with admin.key --percent 100 --everywhere",
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := moment(from)
			if err != nil {
				return err
			}
			scopes, err := c.stageScopes(cmd.Context(), villages)
			if err != nil {
				return err
			}
			stage.NotBefore, stage.Spread = at.UnixMilli(), spread.Milliseconds()
			if err := (rulebook.Edition{Stage: stage}).Check(); err != nil {
				return err
			}
			return c.restage(cmd.Context(), key, strings.Join(args, " "), func(now rulebook.Stage) rulebook.Stage {
				next := stage
				if next.Scopes = scopes; len(villages) == 0 && !everywhere {
					next.Scopes = now.Scopes
				}
				return next
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&key, "with", "", "the administrator's key file")
	f.Int64Var(&stage.Percent, "percent", 100, "how many of a hundred devices take it")
	f.StringVar(&from, "from", "", "not before this moment, such as \"2026-12-01 06:00\"; now if not given")
	f.DurationVar(&spread, "spread", time.Hour, "devices take it within this time, each at its own moment")
	f.StringArrayVar(&villages, "village", nil, "only devices that hold this village; may be given several times; as before if not given")
	f.BoolVar(&everywhere, "everywhere", false, "devices of all villages")
	return cmd
}

func (c *commands) stopRules() *cobra.Command {
	var key string
	cmd := &cobra.Command{
		Use: "stop WHAT… VERSION", Short: "Let no further device take a published edition, signed by an administrator", Args: terminal.AtLeast(1),
		Example: "  syncserver rules stop catalogue 2 --with admin.key",
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.restage(cmd.Context(), key, strings.Join(args, " "), func(now rulebook.Stage) rulebook.Stage {
				now.Percent = 0
				return now
			})
		},
	}
	cmd.Flags().StringVar(&key, "with", "", "the administrator's key file")
	return cmd
}

func (c *commands) secondRules() *cobra.Command {
	var key string
	cmd := &cobra.Command{
		Use: "second WHAT… VERSION", Short: "Stand for a published scorecard as the second administrator; without that it does not count", Args: terminal.AtLeast(1),
		Example: "  syncserver rules second card household 2 --with second.key",
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.second(cmd.Context(), key, strings.Join(args, " "))
		},
	}
	cmd.Flags().StringVar(&key, "with", "", "the second administrator's key file")
	return cmd
}

// second publishes that the administrator of a key stands for the edition with this title.
func (c *commands) second(ctx context.Context, key, title string) error {
	e, err := c.follow(ctx, "rules.second", key, title, func(e rulebook.Edition, signed []rulebook.Edition) rulebook.Edition {
		return e.Second(e.StageOf(signed))
	})
	if err != nil {
		return err
	}
	t := c.terminal()
	return t.Show(map[string]any{"title": title, "second": e.By}, func(w io.Writer) { fmt.Fprintln(w, t.T("rules.seconded", "title", title)) })
}

// follow signs and publishes what says something about the edition with this title.
func (c *commands) follow(ctx context.Context, deed, key, title string, with func(e rulebook.Edition, signed []rulebook.Edition) rulebook.Edition) (rulebook.Edition, error) {
	var none rulebook.Edition
	if key == "" {
		return none, terminal.Missing("--with")
	}
	r, err := asOperator(ctx, c, "ring", None{}, func(o operator, ctx context.Context, _ None) (RingAnswer, error) { return o.ring(ctx) })
	if err != nil {
		return none, err
	}
	e, err := staged(r, title)
	if err != nil {
		return none, err
	}
	next := []rulebook.Edition{with(e, r.signed())}
	if err := c.sign(key, next); err != nil {
		return none, err
	}
	_, err = asOperator(ctx, c, deed, PublishAsk{next}, operator.publish)
	return next[0], err
}

// restage publishes another stage of the edition with this title.
func (c *commands) restage(ctx context.Context, key, title string, change func(rulebook.Stage) rulebook.Stage) error {
	e, err := c.follow(ctx, "rules.stage", key, title, func(e rulebook.Edition, signed []rulebook.Edition) rulebook.Edition {
		return e.Restage(change(e.StageOf(signed)), signed)
	})
	if err != nil {
		return err
	}
	t := c.terminal()
	return t.Show(map[string]any{"title": title, "percent": e.Percent, "stage": e.Version}, func(w io.Writer) {
		if e.Percent == 0 {
			fmt.Fprintln(w, t.T("rules.stopped", "title", title))
			return
		}
		fmt.Fprintln(w, t.T("rules.staged", "title", title, "percent", fmt.Sprint(e.Percent)))
	})
}

// moment reads a moment as it is typed; now if there is none.
func moment(text string) (time.Time, error) {
	if text == "" {
		return time.Now(), nil
	}
	at, err := time.ParseInLocation(minute, text, time.Local)
	if err != nil {
		return at, fault.New(fault.Invalid, "rules.staging").WithCause(err)
	}
	return at, nil
}
