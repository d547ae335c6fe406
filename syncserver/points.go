// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"yuexin/shared/credit/points"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/terminal"
)

type (
	// PointsAsk gives a household the points of an item; Day is 2006-01-02, "" for today.
	PointsAsk struct{ Household, Item, Day string }
	// PointsView is an entry as it is shown once it was made.
	PointsView struct {
		ID     string `json:"id"`
		Item   string `json:"item"`
		Points int64  `json:"points"`
		Day    string `json:"day"`
	}
	// BoardAsk asks for what a village, by code or name, was given in a month: 2026-11, "" for this one.
	BoardAsk struct{ Village, Month string }
	// BoardLine is what an item came to.
	BoardLine struct {
		Item   string `json:"item"`
		Name   string `json:"name"`
		Times  int    `json:"times"`
		Points int64  `json:"points"`
	}
)

func pointsView(e points.Entry) PointsView {
	return PointsView{e.Header.ID.String(), e.Item, e.Points, e.Day}
}

func (o operator) givePoints(ctx context.Context, a PointsAsk) (PointsView, error) {
	household, err := ident.Parse[ident.Record](a.Household)
	if err != nil {
		return PointsView{}, err
	}
	e, err := o.office().GivePoints(ctx, o.Book().Points, household, a.Item, a.Day)
	return pointsView(e), err
}

// takePointsBack takes an entry back.
func (o operator) takePointsBack(ctx context.Context, id string) (PointsView, error) {
	entry, err := ident.Parse[ident.Record](id)
	if err != nil {
		return PointsView{}, err
	}
	e, err := o.office().TakePointsBack(ctx, entry)
	return pointsView(e), err
}

func (o operator) pointsBoard(ctx context.Context, a BoardAsk) ([]BoardLine, error) {
	scope, err := o.village(ctx, a.Village)
	if err != nil {
		return nil, err
	}
	month := a.Month
	if month == "" {
		month = points.MonthOf(o.Now().Format(time.DateOnly))
	}
	if _, err := time.Parse("2006-01", month); err != nil {
		return nil, fault.New(fault.Invalid, "server.points.month").WithField("month")
	}
	all, err := o.office().Points(ctx, scope)
	if err != nil {
		return nil, err
	}
	lines, _ := o.Book().Points.Board(all, month)
	out := make([]BoardLine, len(lines))
	for i, l := range lines {
		it, _ := o.Book().Points.Item(l.Item)
		out[i] = BoardLine{l.Item, it.In(i18n.ZhHans), l.Times, l.Points}
	}
	return out, nil
}

func (c *commands) points() *cobra.Command {
	cmd := &cobra.Command{Use: "points", Short: "Civic points of villages: add, back, board"}
	row := func(e PointsView) error {
		return c.table(e, [][]string{{"ID", "ITEM", "POINTS", "DAY"}, {e.ID, e.Item, fmt.Sprint(e.Points), e.Day}})
	}
	var q PointsAsk
	add := &cobra.Command{
		Use: "add HOUSEHOLD ITEM", Short: "Give a household (rec_…) the points of an item; board lists the items", Args: terminal.Exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.Household, q.Item = args[0], args[1]
			made, err := asOperator(cmd.Context(), c, "points.add", q, operator.givePoints)
			if err != nil {
				return err
			}
			return row(made)
		},
	}
	add.Flags().StringVar(&q.Day, "day", "", "when it was earned, 2026-11-27 (default: today)")
	back := &cobra.Command{
		Use: "back ID", Short: "Take an entry (rec_…) back, with another that stays beside it", Args: terminal.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			made, err := asOperator(cmd.Context(), c, "points.back", args[0], operator.takePointsBack)
			if err != nil {
				return err
			}
			return row(made)
		},
	}
	var b BoardAsk
	board := &cobra.Command{
		Use: "board VILLAGE", Short: "What a village was given in a month, by item; no names", Args: terminal.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b.Village = args[0]
			all, err := asOperator(cmd.Context(), c, "points.board", b, operator.pointsBoard)
			if err != nil {
				return err
			}
			rows := [][]string{{"ITEM", "NAME", "TIMES", "POINTS"}}
			for _, l := range all {
				rows = append(rows, []string{l.Item, l.Name, fmt.Sprint(l.Times), fmt.Sprint(l.Points)})
			}
			return c.table(all, rows)
		},
	}
	board.Flags().StringVar(&b.Month, "month", "", "2026-11 (default: this month)")
	cmd.AddCommand(add, back, board)
	return cmd
}
