// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"yuexin/shared/credit/exposure"
	"yuexin/shared/credit/scoring"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/record/typed"
	"yuexin/shared/terminal"
	"yuexin/syncserver/desk"
)

type (
	// CreditAsk asks about the credit of a household (rec_…), or about one grant.
	CreditAsk struct {
		Household string
		Grant     string
		Reason    string // why a grant is given back
	}
	// GrantView is an answer to an ask for credit.
	GrantView struct {
		ID      string `json:"id"`
		State   string `json:"state"`
		Amount  int64  `json:"amount"` // fen: what it reserves; below zero for what it frees
		Limit   int64  `json:"limit"`  // fen
		Before  int64  `json:"before"` // fen: reserved before it
		Day     string `json:"day"`
		Why     string `json:"why,omitempty"`
		Against string `json:"against,omitempty"`
		Reason  string `json:"reason,omitempty"`
		AtMS    int64  `json:"at"`
	}
	// CreditView is what all banks together lend to a household.
	CreditView struct {
		Household string      `json:"household"`
		Reserved  int64       `json:"reserved"` // fen
		Grants    []GrantView `json:"grants"`
	}
	// AgainView is a past decision, made once more.
	AgainView struct {
		Grant   string           `json:"grant"`
		Same    bool             `json:"same"` // bit for bit
		Day     string           `json:"day"`  // the policy date
		Card    string           `json:"card"`
		Version uint32           `json:"version"`
		Then    ResultView       `json:"then"`
		Again   ResultView       `json:"again"`
		Since   []CorrectionView `json:"since"` // what was corrected later
	}
	// ResultView is what a household came to.
	ResultView struct {
		Grade  string `json:"grade"`
		Points string `json:"points"`
		Limit  int64  `json:"limit"` // fen
	}
	// CorrectionView is a field that the decision read and that says something else by now.
	CorrectionView struct {
		Record string `json:"record"`
		Kind   string `json:"kind"`
		Field  string `json:"field"`
		Then   string `json:"then"` // "" for nothing
		Now    string `json:"now"`
		By     string `json:"by,omitempty"` // who says so by now
	}
)

func (o operator) granter() desk.Granter {
	return desk.Granter{Desk: o.office(), Card: func(day string) *scoring.Card { return o.Book().Card(householdCard, day) }, Log: o.Log, After: time.After}
}

func grantView(g exposure.Grant) GrantView {
	v := GrantView{ID: g.Header.ID.String(), State: string(g.State), Amount: g.Amount, Limit: g.Limit, Before: g.Before, Day: g.Day, Why: g.Why, Reason: g.Reason, AtMS: g.AtMS}
	if !g.Against.IsZero() {
		v.Against = g.Against.String()
	}
	return v
}

func (o operator) listCredit(ctx context.Context, a CreditAsk) (v CreditView, err error) {
	id, err := ident.Parse[ident.Record](a.Household)
	if err != nil {
		return v, err
	}
	row, err := o.desk().Get(ctx, id)
	if err != nil {
		return v, err
	}
	all, err := exposure.Of(ctx, o.desk(), row.Header.Scope, id)
	v.Household, v.Reserved = id.String(), exposure.Reserved(all)
	for _, g := range all {
		v.Grants = append(v.Grants, grantView(g))
	}
	return v, err
}

func (o operator) releaseCredit(ctx context.Context, a CreditAsk) (GrantView, error) {
	id, err := ident.Parse[ident.Record](a.Grant)
	if err != nil {
		return GrantView{}, err
	}
	back, err := o.granter().Release(ctx, id, a.Reason)
	return grantView(back), err
}

func (o operator) scoreAgain(ctx context.Context, a CreditAsk) (v AgainView, err error) {
	id, err := ident.Parse[ident.Record](a.Grant)
	if err != nil {
		return v, err
	}
	again, err := exposure.Replay(ctx, o.desk(), o.Book().Catalogue, o.Book().CardVersion, id)
	if err != nil {
		return v, err
	}
	v = AgainView{
		Grant: id.String(), Same: again.Same(), Day: again.Grant.Day, Card: again.Then.Card, Version: again.Then.Version,
		Then: resultView(again.Then), Again: resultView(again.Result), Since: []CorrectionView{},
	}
	for _, c := range again.Since {
		def, _ := o.Book().Catalogue.Field(c.Kind, c.Field)
		one := CorrectionView{Record: c.Record.String(), Kind: string(c.Kind), Field: string(c.Field), Then: typed.Format(def, c.Then), Now: typed.Format(def, c.Now)}
		if !c.Later.Actor.IsZero() {
			if one.By, err = o.Store.ActorName(ctx, c.Later.Actor); err != nil {
				return v, err
			}
		}
		v.Since = append(v.Since, one)
	}
	return v, nil
}

func resultView(r *scoring.Result) ResultView {
	return ResultView{Grade: r.Grade(), Points: r.Points.String(), Limit: r.Granted()}
}

func (c *commands) credit() *cobra.Command {
	cmd := &cobra.Command{Use: "credit", Short: "What all banks together grant to a household: list, release"}
	list := &cobra.Command{
		Use: "list HOUSEHOLD", Short: "List the grants of a household (rec_…), with what is reserved and what was refused because of it", Args: terminal.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := asOperator(cmd.Context(), c, "credit.list", CreditAsk{Household: args[0]}, operator.listCredit)
			if err != nil {
				return err
			}
			rows := [][]string{grantHead}
			for _, g := range v.Grants {
				rows = append(rows, grantRow(g))
			}
			return c.table(v, append(rows, []string{"", "", money.Fen(v.Reserved).Text()}))
		},
	}
	var q CreditAsk
	release := &cobra.Command{
		Use: "release GRANT", Short: "Free what a grant (rec_…) reserves, with a reason: it stays beside the grant", Args: terminal.Exactly(1),
		Example: "  syncserver credit release rec_… --reason 已还清",
		RunE: func(cmd *cobra.Command, args []string) error {
			q.Grant = args[0]
			back, err := asOperator(cmd.Context(), c, "credit.release", q, operator.releaseCredit)
			if err != nil {
				return err
			}
			return c.table(back, [][]string{grantHead, grantRow(back)})
		},
	}
	release.Flags().StringVar(&q.Reason, "reason", "", "why it is free again")
	cmd.AddCommand(list, release)
	return cmd
}

var grantHead = []string{"ID", "STATE", "AMOUNT", "LIMIT", "BEFORE", "DAY", "WHY"}

func grantRow(g GrantView) []string {
	why := g.Reason
	if why == "" {
		why = g.Why
	}
	return []string{g.ID, g.State, money.Fen(g.Amount).Text(), money.Fen(g.Limit).Text(), money.Fen(g.Before).Text(), g.Day, why}
}

func (c *commands) scoreAgain() *cobra.Command {
	return &cobra.Command{
		Use: "again GRANT", Short: "Make the rating under a past grant (rec_…) once more, and show what was corrected since", Args: terminal.Exactly(1),
		Long: "It is made from the history of the household as far as it was known then, by the card of then, on the policy date of then.",
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := asOperator(cmd.Context(), c, "score.again", CreditAsk{Grant: args[0]}, operator.scoreAgain)
			if err != nil {
				return err
			}
			t := c.terminal()
			return t.Show(v, func(w io.Writer) {
				says := "server.again.same"
				if !v.Same {
					says = "server.again.other"
				}
				fmt.Fprintln(w, t.T(says, "day", v.Day, "version", fmt.Sprint(v.Version)))
				for _, r := range []ResultView{v.Then, v.Again} {
					fmt.Fprintf(w, "  %s\t%s\t%s\n", r.Grade, r.Points, money.Fen(r.Limit).Text())
				}
				for _, s := range v.Since {
					fmt.Fprintln(w, "  "+t.T("server.again.since", "field", fieldName(t.Printer, s.Kind, s.Field), "then", dash(s.Then), "now", dash(s.Now), "by", dash(s.By)))
				}
			})
		},
	}
}

// fieldName is a field as people know it, its code for one without a name.
func fieldName(p *i18n.Printer, kind, field string) string {
	if key := "field." + kind + "." + field; p.Has(key) {
		return p.T(key)
	}
	return field
}

func dash(text string) string {
	if text == "" {
		return "—"
	}
	return text
}
