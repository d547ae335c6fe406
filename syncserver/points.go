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
	// PointsAsk does something about points as a console user, whose password opens the key that signs it. Household and
	// Item are of a proposal, with Day 2006-01-02, "" for today; Entry is what is approved or taken back; Village and Scheme are
	// of a notice.
	PointsAsk struct {
		As, Password    string
		Household, Item string
		Day, Note       string
		Entry           string
		Village, Scheme string
	}
	// PointsView is an entry as lists show it.
	PointsView struct {
		ID        string `json:"id"`
		Household string `json:"household,omitempty"` // id; "" where the record is gone
		Scheme    string `json:"scheme"`
		Item      string `json:"item"`
		Points    int64  `json:"points"`
		Day       string `json:"day"`
		State     string `json:"state"`
		Until     string `json:"until,omitempty"` // last day of its notice
	}
	// PointsOf asks for the points of a village, by code or name: of a month (2026-11, "" for this one), or of a year (0 for
	// this one).
	PointsOf struct {
		Village, Month string
		Year           int
		Waiting        bool // only what waits for a person
	}
	// BoardLine is what an item came to.
	BoardLine struct {
		Scheme string `json:"scheme"`
		Item   string `json:"item"`
		Name   string `json:"name"`
		Times  int    `json:"times"`
		Points int64  `json:"points"`
	}
	// BalanceView is what a household has under a scheme in a year.
	BalanceView struct {
		Household string `json:"household"`
		Subject   string `json:"subject"`
		Scheme    string `json:"scheme"`
		Points    int64  `json:"points"`
		Noticed   int64  `json:"noticed"`
		Waiting   int64  `json:"waiting"`
		Doubted   int64  `json:"doubted"`
	}
)

// hand lets a console user work on points with their own key; leave forgets it.
func (o operator) hand(ctx context.Context, a PointsAsk) (h points.Hand, leave func(), err error) {
	user, own, err := o.Gate.Own(ctx, a.As, a.Password, "")
	if err != nil {
		return h, nil, unknown(err, "server.user.unknown", "name", a.As)
	}
	h = points.Hand{
		Store: o.Store.AsPerson(user.Login, own), Policy: o.Book().Points, Actor: user.Login.Actor, Source: o.Book().Access.Source(user.Login.Role),
		Now: func() time.Time { return o.Now().In(office) }, Random: o.Random, Sample: o.office().Sample,
	}
	return h, own.Lock, nil
}

func (o operator) proposePoints(ctx context.Context, a PointsAsk) (PointsView, error) {
	household, err := ident.Parse[ident.Record](a.Household)
	if err != nil {
		return PointsView{}, err
	}
	h, leave, err := o.hand(ctx, a)
	if err != nil {
		return PointsView{}, err
	}
	defer leave()
	e, err := h.Propose(ctx, points.Ask{Household: household, Item: a.Item, Day: a.Day, Note: a.Note})
	return pointsView(points.Standing{Entry: e, State: points.Proposed}, household), err
}

// onEntry does something to an entry and returns how it stands then.
func (o operator) onEntry(ctx context.Context, a PointsAsk, do func(points.Hand, ident.Record) error) (PointsView, error) {
	entry, err := ident.Parse[ident.Record](a.Entry)
	if err != nil {
		return PointsView{}, err
	}
	h, leave, err := o.hand(ctx, a)
	if err != nil {
		return PointsView{}, err
	}
	defer leave()
	if err := do(h, entry); err != nil {
		return PointsView{}, err
	}
	row, err := o.desk().Get(ctx, entry)
	if err != nil {
		return PointsView{}, err
	}
	l, err := points.Read(ctx, o.desk(), row.Header.Scope, row.Header.Subject)
	if err != nil {
		return PointsView{}, err
	}
	s, _ := l.Standing(entry)
	return pointsView(s, ident.Record{}), nil
}

func (o operator) approvePoints(ctx context.Context, a PointsAsk) (PointsView, error) {
	return o.onEntry(ctx, a, func(h points.Hand, entry ident.Record) error { return h.Approve(ctx, entry) })
}

// takePointsBack proposes to take an entry back.
func (o operator) takePointsBack(ctx context.Context, a PointsAsk) (PointsView, error) {
	return o.onEntry(ctx, a, func(h points.Hand, entry ident.Record) error {
		_, err := h.TakeBack(ctx, entry, a.Note)
		return err
	})
}

func pointsView(s points.Standing, household ident.Record) PointsView {
	v := PointsView{
		ID: s.Entry.Header.ID.String(), Scheme: s.Entry.Scheme, Item: s.Entry.Item, Points: s.Entry.Points, Day: s.Entry.Day,
		State: string(s.State), Until: s.Until,
	}
	if !household.IsZero() {
		v.Household = household.String()
	}
	return v
}

// villagePoints reads the points of a village and whose households they are.
func (o operator) villagePoints(ctx context.Context, village string) (l *points.Ledger, scope ident.Scope, whose map[ident.Subject]ident.Record, err error) {
	if scope, err = o.village(ctx, village); err != nil {
		return nil, "", nil, err
	}
	if l, err = points.Read(ctx, o.desk(), scope, ident.Subject{}); err != nil {
		return nil, "", nil, err
	}
	households, err := points.Households(ctx, o.desk(), scope)
	whose = make(map[ident.Subject]ident.Record, len(households))
	for _, h := range households {
		whose[h.Header.Subject] = h.Header.ID
	}
	return l, scope, whose, err
}

func (o operator) listPoints(ctx context.Context, a PointsOf) ([]PointsView, error) {
	l, _, whose, err := o.villagePoints(ctx, a.Village)
	if err != nil {
		return nil, err
	}
	all := l.All(ident.Subject{})
	if a.Waiting {
		proposals, objected := l.Waiting()
		all = append(proposals, objected...)
	}
	out := make([]PointsView, len(all))
	for i, s := range all {
		out[i] = pointsView(s, whose[s.Entry.Header.Subject])
	}
	return out, nil
}

func (o operator) pointBalances(ctx context.Context, a PointsOf) ([]BalanceView, error) {
	l, scope, _, err := o.villagePoints(ctx, a.Village)
	if err != nil {
		return nil, err
	}
	households, err := points.Households(ctx, o.desk(), scope)
	if err != nil {
		return nil, err
	}
	today := o.Now().In(office)
	if a.Year == 0 {
		a.Year = today.Year()
	}
	out := []BalanceView{}
	for _, h := range households {
		for _, s := range o.Book().Points.Schemes() {
			b := l.Balance(h.Header.Subject, s.ID, a.Year, today)
			if b == (points.Balance{}) {
				continue
			}
			out = append(out, BalanceView{h.Header.ID.String(), h.Header.Subject.String(), s.ID, b.Points, b.Noticed, b.Waiting, b.Doubted})
		}
	}
	return out, nil
}

func (o operator) pointsBoard(ctx context.Context, a PointsOf) ([]BoardLine, error) {
	scope, unit, err := o.place(ctx, a.Village)
	if err != nil {
		return nil, err
	}
	month := a.Month
	if month == "" {
		month = points.MonthOf(o.Now().In(office).Format(time.DateOnly))
	}
	if _, err := time.Parse("2006-01", month); err != nil {
		return nil, fault.New(fault.Invalid, "server.points.month").WithField("month")
	}
	l, err := points.Read(ctx, o.desk(), scope, ident.Subject{})
	if err != nil {
		return nil, err
	}
	lines, _ := l.Board(o.Book().Points.Items(unit.Code, ""), "", month)
	out := make([]BoardLine, len(lines))
	for i, line := range lines {
		out[i] = BoardLine{line.Scheme, line.Item, o.Book().Points.Named(unit.Code, line.Item, i18n.ZhHans), line.Times, line.Points}
	}
	return out, nil
}

func (c *commands) points() *cobra.Command {
	cmd := &cobra.Command{Use: "points", Short: "Civic points of villages: add, approve, back, list, balance, board"}
	cmd.AddCommand(c.pointsAdd(), c.pointsDeed("approve", "Approve an entry (rec_…) that somebody else proposed", operator.approvePoints),
		c.pointsDeed("back", "Propose to take an entry (rec_…) back, with another that stays beside it and is approved as well", operator.takePointsBack),
		c.pointsList(), c.pointsBalance(), c.pointsBoard())
	return cmd
}

// asUser asks for the password of the user who signs.
func (c *commands) asUser(q *PointsAsk) (err error) {
	if q.As == "" {
		return terminal.Missing("--as")
	}
	t := c.terminal()
	q.Password, err = t.AskSecret(t.T("server.user.password", "name", q.As), passwordVariable)
	return err
}

var pointsHead = []string{"ID", "HOUSEHOLD", "SCHEME", "ITEM", "POINTS", "DAY", "STATE"}

func pointsRow(v PointsView) []string {
	return []string{v.ID, v.Household, v.Scheme, v.Item, fmt.Sprint(v.Points), v.Day, v.State}
}

func (c *commands) pointsAdd() *cobra.Command {
	var q PointsAsk
	cmd := &cobra.Command{
		Use: "add HOUSEHOLD ITEM", Short: "Propose the points of an item for a household (rec_…); they count once another user approved them", Args: terminal.Exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.Household, q.Item = args[0], args[1]
			if err := c.asUser(&q); err != nil {
				return err
			}
			made, err := asOperator(cmd.Context(), c, "points.add", q, operator.proposePoints)
			if err != nil {
				return err
			}
			return c.table(made, [][]string{pointsHead, pointsRow(made)})
		},
	}
	cmd.Flags().StringVar(&q.As, "as", "", "console user whose key signs; the password is asked for")
	cmd.Flags().StringVar(&q.Day, "day", "", "when it was earned, 2026-11-27 (default: today)")
	cmd.Flags().StringVar(&q.Note, "note", "", "what was seen")
	return cmd
}

// pointsDeed is a command that does something to an entry as a user.
func (c *commands) pointsDeed(name, short string, do func(operator, context.Context, PointsAsk) (PointsView, error)) *cobra.Command {
	var q PointsAsk
	cmd := &cobra.Command{
		Use: name + " ID", Short: short, Args: terminal.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.Entry = args[0]
			if err := c.asUser(&q); err != nil {
				return err
			}
			done, err := asOperator(cmd.Context(), c, "points."+name, q, do)
			if err != nil {
				return err
			}
			return c.table(done, [][]string{pointsHead, pointsRow(done)})
		},
	}
	cmd.Flags().StringVar(&q.As, "as", "", "console user whose key signs; the password is asked for")
	cmd.Flags().StringVar(&q.Note, "note", "", "why")
	return cmd
}

func (c *commands) pointsList() *cobra.Command {
	var q PointsOf
	cmd := &cobra.Command{
		Use: "list VILLAGE", Short: "List what was proposed in a village and how it stands, newest first; no names", Args: terminal.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.Village = args[0]
			all, err := asOperator(cmd.Context(), c, "points.list", q, operator.listPoints)
			if err != nil {
				return err
			}
			rows := [][]string{pointsHead}
			for _, v := range all {
				rows = append(rows, pointsRow(v))
			}
			return c.table(all, rows)
		},
	}
	cmd.Flags().BoolVar(&q.Waiting, "waiting", false, "only what waits for an approval or an answer, oldest first")
	return cmd
}

func (c *commands) pointsBalance() *cobra.Command {
	var q PointsOf
	cmd := &cobra.Command{
		Use: "balance VILLAGE", Short: "What each household of a village has in a year; no names", Args: terminal.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.Village = args[0]
			all, err := asOperator(cmd.Context(), c, "points.balance", q, operator.pointBalances)
			if err != nil {
				return err
			}
			rows := [][]string{{"HOUSEHOLD", "SCHEME", "POINTS", "NOTICED", "WAITING", "DOUBTED"}}
			for _, b := range all {
				rows = append(rows, []string{b.Household, b.Scheme, fmt.Sprint(b.Points), fmt.Sprint(b.Noticed), fmt.Sprint(b.Waiting), fmt.Sprint(b.Doubted)})
			}
			return c.table(all, rows)
		},
	}
	cmd.Flags().IntVar(&q.Year, "year", 0, "2026 (default: this year)")
	return cmd
}

func (c *commands) pointsBoard() *cobra.Command {
	var q PointsOf
	cmd := &cobra.Command{
		Use: "board VILLAGE", Short: "What a village was given in a month, by item; no names", Args: terminal.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			q.Village = args[0]
			all, err := asOperator(cmd.Context(), c, "points.board", q, operator.pointsBoard)
			if err != nil {
				return err
			}
			rows := [][]string{{"SCHEME", "ITEM", "NAME", "TIMES", "POINTS"}}
			for _, l := range all {
				rows = append(rows, []string{l.Scheme, l.Item, l.Name, fmt.Sprint(l.Times), fmt.Sprint(l.Points)})
			}
			return c.table(all, rows)
		},
	}
	cmd.Flags().StringVar(&q.Month, "month", "", "2026-11 (default: this month)")
	return cmd
}
