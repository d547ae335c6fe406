// SPDX-License-Identifier: Apache-2.0

package verbs

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/station"
	"yuexin/shared/sync/record"
	"yuexin/shared/terminal"
)

// wanted is a demand as demand list prints it.
type wanted struct {
	ID       string `json:"id"`
	Receipt  string `json:"receipt"`
	Name     string `json:"name,omitempty"`
	Asked    string `json:"asked,omitempty"` // yuan
	Status   string `json:"status"`
	Since    string `json:"since"`
	Overdue  bool   `json:"overdue,omitempty"`
	Pending  bool   `json:"pending,omitempty"`
	Channel  string `json:"channel"`
	Sentence string `json:"sentence"` // what the resident reads
	Steps    []step `json:"steps,omitempty"`

	urgency lending.Urgency
}

// step is one move of a demand.
type step struct {
	To      string `json:"to"`
	At      string `json:"at"`
	Role    string `json:"role"`
	Reason  string `json:"reason,omitempty"`
	Counted bool   `json:"counted"`
}

func (c *commands) demand() *cobra.Command {
	cmd := &cobra.Command{Use: "demand", Short: "Loan demands: list, show, move"}
	cmd.AddCommand(c.demandList(), c.demandShow(), c.demandMove())
	return cmd
}

func (c *commands) demandList() *cobra.Command {
	var f filter
	cmd := &cobra.Command{Use: "list", Short: "List demands: unassigned and overdue ones first", Args: terminal.Exactly(0)}
	f.flags(cmd)
	cmd.RunE = c.reading(func(ctx context.Context, s *station.Station) error {
		rows, err := f.rows(ctx, s, lending.KindDemand)
		if err != nil {
			return err
		}
		t := c.terminal()
		list := make([]wanted, len(rows))
		for i, row := range rows {
			if list[i], err = wantedOf(ctx, s, t.Printer, row, false); err != nil {
				return err
			}
		}
		slices.SortStableFunc(list, func(a, b wanted) int { return a.urgency.Compare(b.urgency) })
		return t.Show(list, func(w io.Writer) {
			table := [][]string{}
			for _, d := range list {
				table = append(table, []string{d.ID, d.Receipt, d.Name, d.Asked, t.T("demand.state." + d.Status), d.Since})
			}
			terminal.Table(w, table)
		})
	})
	return cmd
}

// moves returns the move records of one demand.
func moves(ctx context.Context, s *station.Station, demand record.Header) ([]record.Row, error) {
	return s.Store().List(ctx, record.Query{
		Kind: lending.KindMove, Scope: demand.Scope, Limit: 1000,
		Where: []record.Term{{Field: "demand", Value: record.OfBytes(demand.ID[:])}},
	})
}

func wantedOf(ctx context.Context, s *station.Station, p *i18n.Printer, row record.Row, steps bool) (wanted, error) {
	rows, err := moves(ctx, s, row.Header)
	if err != nil {
		return wanted{}, err
	}
	d, state := lending.DemandOf(row), s.Book().Lending.Fold(rows)
	key, pairs := s.Book().Lending.Sentence(state.Status)
	out := wanted{
		ID: row.Header.ID.String(), Receipt: d.Receipt.String(), Name: d.Applicant, Status: string(state.Status),
		Since: p.DateTime(time.UnixMilli(state.Since)), Pending: state.Pending, Channel: d.Channel, Sentence: p.T(key, pairs...),
		urgency: s.Book().Lending.Urgency(state, time.Now().UnixMilli()),
	}
	out.Overdue = out.urgency.OverdueDays > 0
	if d.Asked > 0 {
		out.Asked = d.Asked.String()
	}
	for _, st := range state.Steps {
		if steps {
			out.Steps = append(out.Steps, step{
				string(st.To), p.DateTime(time.UnixMilli(st.At)), string(st.Role), st.Reason, st.Counted,
			})
		}
	}
	return out, nil
}

func (c *commands) demandShow() *cobra.Command {
	cmd := &cobra.Command{Use: "show ID", Short: "Show a demand with its history", Args: terminal.Exactly(1)}
	cmd.RunE = func(cmd *cobra.Command, ids []string) error {
		return c.reading(func(ctx context.Context, s *station.Station) error {
			row, err := demandRow(ctx, s, ids[0])
			if err != nil {
				return err
			}
			return c.showDemand(ctx, s, row)
		})(cmd, ids)
	}
	return cmd
}

func (c *commands) showDemand(ctx context.Context, s *station.Station, row record.Row) error {
	t := c.terminal()
	d, err := wantedOf(ctx, s, t.Printer, row, true)
	if err != nil {
		return err
	}
	return t.Show(d, func(w io.Writer) {
		fmt.Fprintln(w, d.Receipt, d.Name, d.Asked, t.T("demand.state."+d.Status))
		fmt.Fprintln(w, d.Sentence)
		table := [][]string{}
		for _, st := range d.Steps {
			table = append(table, []string{st.At, t.T("demand.state." + st.To), st.Role, st.Reason})
		}
		terminal.Table(w, table)
	})
}

func demandRow(ctx context.Context, s *station.Station, id string) (record.Row, error) {
	rid, err := ident.Parse[ident.Record](id)
	if err != nil {
		return record.Row{}, err
	}
	row, err := s.Store().Get(ctx, rid)
	if err == nil && row.Header.Kind != lending.KindDemand {
		err = fault.New(fault.Invalid, "verbs.kind.other").With("kind", string(row.Header.Kind))
	}
	return row, err
}

func (c *commands) demandMove() *cobra.Command {
	var reason, amount string
	cmd := &cobra.Command{
		Use: "move ID STATE", Short: "Move a demand on: contacted, visited, intent …", Args: terminal.Exactly(2),
		Example: "  agent demand move rec_… contacted\n  agent demand move rec_… intent --amount 5万",
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, where the policy asks for it")
	cmd.Flags().StringVar(&amount, "amount", "", "amount in yuan, where the policy asks for it")
	cmd.RunE = func(cmd *cobra.Command, a []string) error {
		return c.working(func(ctx context.Context, s *station.Station) error {
			r := lending.Request{To: lending.Status(a[1]), Reason: reason}
			if amount != "" {
				var err error
				if r.Amount, err = money.Parse(amount); err != nil {
					return err
				}
			}
			return c.moveDemand(ctx, s, a[0], r)
		})(cmd, a)
	}
	return cmd
}

func (c *commands) moveDemand(ctx context.Context, s *station.Station, id string, r lending.Request) error {
	row, err := demandRow(ctx, s, id)
	if err != nil {
		return err
	}
	base, err := s.Store().Base(ctx, row.Header.Scope)
	if err != nil {
		return err
	}
	rows, err := moves(ctx, s, row.Header)
	if err != nil {
		return err
	}
	role := s.Session().Role
	by := lending.Author{
		Role: role, Source: s.Book().Access.Source(role), Base: base, NowMS: time.Now().UnixMilli(), Random: rand.Reader,
	}
	act, err := s.Book().Lending.Move(by, lending.DemandOf(row), s.Book().Lending.Fold(rows), r)
	if err != nil {
		return err
	}
	if _, err := s.Store().Apply(ctx, act); err != nil {
		return err
	}
	return c.showDemand(ctx, s, row)
}
