// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yuexin/shared/credit/scoring"
	"yuexin/shared/credit/wholevillage"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/terminal"
	"yuexin/syncserver/desk"
)

type (
	// WholeAsk asks for something about whole-village credit: of a village by code or name, or of a round.
	WholeAsk struct {
		Village   string
		Year      int      // 0 for this one
		Reviewers []string // act_…
		Out       []string // act_…=rec_…: a reviewer who is left out for a household
		Round     string   // rec_…
	}
	// YearView is the process of a village in a year.
	YearView struct {
		ID   string `json:"id"`
		Year int    `json:"year"`
	}
	// RoundView is a blind round. Which sheets are in is not told, only how many.
	RoundView struct {
		ID         string `json:"id"`
		No         int    `json:"no"`
		Households int    `json:"households"`
		Reviewers  int    `json:"reviewers"`
		Sheets     int    `json:"sheets"`
		Until      string `json:"until"`
		Closed     bool   `json:"closed"`
	}
	// CaseView is how far a household is; no name.
	CaseView struct {
		Household string   `json:"household"`
		State     string   `json:"state"` // "" for no file yet
		List      string   `json:"list,omitempty"`
		Lacks     []string `json:"lacks,omitempty"` // of the next state
		Stopped   string   `json:"stopped,omitempty"`
		Limit     int64    `json:"limit"`  // fen
		Signed    int64    `json:"signed"` // fen
		Drawn     int64    `json:"drawn"`  // fen
	}
)

// whole returns the desk that leads villages through whole-village credit.
func (o operator) whole() desk.Whole {
	return desk.Whole{
		Desk: o.office(), Policy: func() *wholevillage.Policy { return o.Book().Whole },
		Card: func(day string) *scoring.Card { return o.Book().Card(householdCard, day) },
		Own: func(ctx context.Context, reviewer ident.Actor) error {
			err := o.fleet.GrantOwn(ctx, reviewer)
			if fault.Is(err, fault.Conflict) {
				err = fault.New(fault.Conflict, "wholevillage.reviewer.device").With("name", o.staffName(ctx, reviewer)).WithField("reviewers").WithCause(err)
			}
			return err
		},
		Log: o.Log, After: time.After,
	}
}

func (o operator) beginWhole(ctx context.Context, a WholeAsk) (v YearView, err error) {
	unit, err := o.village(ctx, a.Village)
	if err != nil {
		return v, err
	}
	if a.Year == 0 {
		a.Year = o.Now().In(office).Year()
	}
	y, err := o.whole().Begin(ctx, unit, a.Year)
	return YearView{y.Header.ID.String(), y.Year}, err
}

// reviewers reads whom a round is to be reviewed by.
func (o operator) reviewers(ctx context.Context, a WholeAsk) (out []wholevillage.Reviewer, err error) {
	at := map[ident.Actor]int{}
	for i, text := range a.Reviewers {
		actor, err := o.officer(ctx, text, "reviewers")
		if err != nil {
			return nil, err
		}
		at[actor] = i
		out = append(out, wholevillage.Reviewer{Actor: actor})
	}
	for _, text := range a.Out {
		who, household, _ := strings.Cut(text, "=")
		actor, err := o.officer(ctx, who, "reviewers")
		if err != nil {
			return nil, err
		}
		id, err := ident.Parse[ident.Record](household)
		if err != nil {
			return nil, err
		}
		i, reviews := at[actor]
		if !reviews {
			return nil, fault.New(fault.NotAllowed, "wholevillage.sheet.reviewer").WithField("reviewers")
		}
		out[i].Out = append(out[i].Out, id)
	}
	return out, nil
}

func (o operator) openRound(ctx context.Context, a WholeAsk) ([]RoundView, error) {
	unit, err := o.village(ctx, a.Village)
	if err != nil {
		return nil, err
	}
	if err := o.reachable(); err != nil {
		return nil, err
	}
	reviewers, err := o.reviewers(ctx, a)
	if err != nil {
		return nil, err
	}
	rounds, err := o.whole().Open(ctx, unit, reviewers)
	out := make([]RoundView, len(rounds))
	for i, r := range rounds {
		out[i] = roundView(r)
	}
	return out, err
}

func roundView(r wholevillage.Round) RoundView {
	return RoundView{ID: r.Header.ID.String(), No: r.No, Households: len(r.Seats), Reviewers: len(r.Reviewers), Until: r.Until}
}

func (o operator) closeRound(ctx context.Context, a WholeAsk) (RoundView, error) {
	id, err := ident.Parse[ident.Record](a.Round)
	if err != nil {
		return RoundView{}, err
	}
	closed, err := o.whole().Close(ctx, id)
	if err != nil {
		return RoundView{}, err
	}
	row, err := o.desk().Get(ctx, id)
	v := roundView(wholevillage.RoundOf(row))
	v.Sheets, v.Closed = closed.Sheets, true
	return v, err
}

func (o operator) listRounds(ctx context.Context, a WholeAsk) ([]RoundView, error) {
	v, err := o.wholeOf(ctx, a)
	if err != nil {
		return nil, err
	}
	out := make([]RoundView, len(v.Rounds))
	for i, r := range v.Rounds {
		out[i] = roundView(r)
		closed, is := v.Closed[r.Header.ID]
		if out[i].Closed, out[i].Sheets = is, closed.Sheets; is {
			continue
		}
		sheets, err := o.whole().Sheets(ctx, r)
		if err != nil {
			return nil, err
		}
		out[i].Sheets = len(sheets)
	}
	return out, nil
}

func (o operator) wholeOf(ctx context.Context, a WholeAsk) (*wholevillage.Village, error) {
	unit, err := o.village(ctx, a.Village)
	if err != nil {
		return nil, err
	}
	return o.whole().Village(ctx, unit)
}

func (o operator) listWhole(ctx context.Context, a WholeAsk) ([]CaseView, error) {
	v, err := o.wholeOf(ctx, a)
	if err != nil {
		return nil, err
	}
	out := make([]CaseView, len(v.Cases))
	for i, c := range v.Cases {
		out[i] = CaseView{Household: c.Household.String(), State: string(c.Reached), Stopped: c.Stopped, Signed: c.Signed, Drawn: c.Drawn}
		if c.Screening != nil {
			out[i].List = string(c.Screening.List)
		}
		if c.Limit != nil {
			out[i].Limit = c.Limit.Limit
		}
		for _, n := range c.Lacks {
			out[i].Lacks = append(out[i].Lacks, string(n))
		}
	}
	return out, nil
}

func (c *commands) wholeVillage() *cobra.Command {
	cmd := &cobra.Command{Use: "whole", Short: "Whole-village credit: begin a year, open and close blind rounds, see how far households are"}
	cmd.AddCommand(c.wholeBegin(), c.wholeOpen(), c.wholeClose(), c.wholeRounds(), c.wholeList())
	return cmd
}

func (c *commands) wholeBegin() *cobra.Command {
	var q WholeAsk
	cmd := &cobra.Command{
		Use: "begin VILLAGE", Short: "Begin the process of a village for a year: households with whole files and consent are screened from then on", Args: terminal.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.Village = args[0]
			y, err := asOperator(cmd.Context(), c, "whole.begin", q, operator.beginWhole)
			if err != nil {
				return err
			}
			return c.table(y, [][]string{{"ID", "YEAR"}, {y.ID, fmt.Sprint(y.Year)}})
		},
	}
	cmd.Flags().IntVar(&q.Year, "year", 0, "2026 (default: this year)")
	return cmd
}

var roundHead = []string{"ID", "ROUND", "HOUSEHOLDS", "REVIEWERS", "SHEETS", "UNTIL", "CLOSED"}

func roundRow(r RoundView) []string {
	return []string{r.ID, fmt.Sprintf("R%d", r.No), fmt.Sprint(r.Households), fmt.Sprint(r.Reviewers), fmt.Sprint(r.Sheets), r.Until, fmt.Sprint(r.Closed)}
}

func roundRows(all []RoundView) [][]string {
	rows := [][]string{roundHead}
	for _, r := range all {
		rows = append(rows, roundRow(r))
	}
	return rows
}

func (c *commands) wholeOpen() *cobra.Command {
	var q WholeAsk
	cmd := &cobra.Command{
		Use: "open VILLAGE", Short: "Open the next blind round of all households of a village that need one", Args: terminal.Exactly(1),
		Example: "  syncserver whole open 富溪村 --reviewer act_… --reviewer act_… --reviewer act_… --out act_…=rec_…",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(q.Reviewers) == 0 {
				return terminal.Missing("--reviewer")
			}
			q.Village = args[0]
			rounds, err := asOperator(cmd.Context(), c, "whole.open", q, operator.openRound)
			if err != nil {
				return err
			}
			return c.table(rounds, roundRows(rounds))
		},
	}
	cmd.Flags().StringArrayVar(&q.Reviewers, "reviewer", nil, "who reviews (act_…), on a laptop that nobody else works on; three at least")
	cmd.Flags().StringArrayVar(&q.Out, "out", nil, "act_…=rec_…: a reviewer who is left out for a household, such as their own")
	return cmd
}

func (c *commands) wholeClose() *cobra.Command {
	return &cobra.Command{
		Use: "close ROUND", Short: "Close a round (rec_…) and publish what it came to, without who said what; sheets that come later do not count", Args: terminal.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := asOperator(cmd.Context(), c, "whole.close", WholeAsk{Round: args[0]}, operator.closeRound)
			if err != nil {
				return err
			}
			return c.table(r, [][]string{roundHead, roundRow(r)})
		},
	}
}

func (c *commands) wholeRounds() *cobra.Command {
	return &cobra.Command{
		Use: "rounds VILLAGE", Short: "List the rounds of a village, with how many sheets have come", Args: terminal.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := asOperator(cmd.Context(), c, "whole.rounds", WholeAsk{Village: args[0]}, operator.listRounds)
			if err != nil {
				return err
			}
			return c.table(all, roundRows(all))
		},
	}
}

func (c *commands) wholeList() *cobra.Command {
	return &cobra.Command{
		Use: "list VILLAGE", Short: "List how far the households of a village are, and what each lacks; no names", Args: terminal.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := asOperator(cmd.Context(), c, "whole.list", WholeAsk{Village: args[0]}, operator.listWhole)
			if err != nil {
				return err
			}
			t := c.terminal()
			rows := [][]string{{"HOUSEHOLD", "STATE", "LIST", "LIMIT", "SIGNED", "DRAWN", "LACKS"}}
			for _, v := range all {
				rows = append(rows, []string{v.Household, v.State, v.List, money.Fen(v.Limit).Text(), money.Fen(v.Signed).Text(), money.Fen(v.Drawn).Text(), v.why(t.Printer)})
			}
			return c.table(all, rows)
		},
	}
}

// why says in words what a household lacks, or why it does not go on.
func (v CaseView) why(p *i18n.Printer) string {
	if v.Stopped != "" {
		return p.T("wholevillage.stop." + v.Stopped)
	}
	var out []string
	for _, n := range v.Lacks {
		out = append(out, p.T("wholevillage.need."+n))
	}
	return strings.Join(out, "; ")
}
