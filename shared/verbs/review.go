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

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/station"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/review"
	"yuexin/shared/sync/record/typed"
	"yuexin/shared/terminal"
)

// reviewCard is a field in which something waits, as review list prints it.
type reviewCard struct {
	ID         string        `json:"id"`
	Kind       string        `json:"kind"`
	Field      string        `json:"field"`
	Values     []reviewValue `json:"values"` // what readers see first
	TwoPersons bool          `json:"two_persons,omitempty"`
	Reopened   string        `json:"settled_before,omitempty"` // when it was settled before
}

// reviewValue is one value of a card.
type reviewValue struct {
	Value    string `json:"value"`
	By       string `json:"by,omitempty"`
	Source   int    `json:"source"`
	At       string `json:"at"`
	Seen     string `json:"seen"`               // in words: what its author had seen
	Proposal bool   `json:"proposal,omitempty"` // one person would settle it so
	Pending  bool   `json:"pending,omitempty"`  // of this device, not sent yet
}

// reviewNote is what somebody settled, as review list --settled prints it.
type reviewNote struct {
	ID     string `json:"id"`
	Field  string `json:"field"`
	Value  string `json:"value"` // what counts now
	By     string `json:"by"`
	At     string `json:"at"`
	Reason string `json:"reason,omitempty"`
	State  string `json:"state"`
}

func (c *commands) review() *cobra.Command {
	cmd := &cobra.Command{Use: "review", Short: "What people said differently: list, settle"}
	cmd.AddCommand(c.reviewList(), c.reviewSettle())
	return cmd
}

func (c *commands) reviewList() *cobra.Command {
	var proposals, settled bool
	cmd := &cobra.Command{Use: "list", Short: "List what waits to be settled", Args: terminal.Exactly(0)}
	cmd.Flags().BoolVar(&proposals, "proposals", false, "what lower sources propose beside what counts")
	cmd.Flags().BoolVar(&settled, "settled", false, "what was settled, by whom, and how it stands")
	cmd.RunE = c.reading(func(ctx context.Context, s *station.Station) error {
		switch {
		case settled:
			return c.listSettled(ctx, s)
		case proposals:
			return c.listReviews(ctx, s, record.WaitsProposal)
		}
		return c.listReviews(ctx, s, record.WaitsDispute)
	})
	return cmd
}

func (c *commands) listReviews(ctx context.Context, s *station.Station, what record.Waiting) error {
	list := []reviewCard{}
	for _, kind := range s.Book().Catalogue.Kinds() {
		q := record.Query{Kind: kind, Waiting: what}
		for {
			rows, err := s.Store().List(ctx, q)
			if err != nil {
				return err
			}
			for _, row := range rows {
				cards, err := c.reviewCards(ctx, s, row, what)
				if err != nil {
					return err
				}
				list = append(list, cards...)
			}
			if len(rows) == 0 {
				break
			}
			q.After = rows[len(rows)-1].Header.ID
		}
	}
	return c.terminal().Show(list, func(w io.Writer) {
		table := [][]string{}
		for _, card := range list {
			for _, v := range card.Values {
				table = append(table, []string{card.ID, card.Field, v.Value, v.At, v.Seen})
			}
		}
		terminal.Table(w, table)
	})
}

func (c *commands) reviewCards(ctx context.Context, s *station.Station, row record.Row, what record.Waiting) (list []reviewCard, err error) {
	p := c.terminal().Printer
	notes, err := s.Store().List(ctx, record.Query{
		Kind: review.Kind, Scope: row.Header.Scope, Newest: true, Where: []record.Term{{Field: "record", Value: record.OfBytes(row.Header.ID[:])}},
	})
	if err != nil {
		return nil, err
	}
	for _, card := range review.Cards(s.Book().Catalogue, row, what) {
		out := reviewCard{ID: row.Header.ID.String(), Kind: string(row.Header.Kind), Field: string(card.Field), TwoPersons: card.TwoPersons()}
		for _, v := range card.Said {
			out.Values = append(out.Values, reviewValue{
				Value: typed.Format(card.Def, v.Value), By: v.Actor.String(), Source: int(v.Source), At: p.DateTime(v.Stamp.Time()),
				Seen:     p.T([...]string{review.First: "review.sight.first", review.Unseen: "review.sight.unseen", review.Aware: "review.sight.aware"}[v.Sight]),
				Proposal: v.Proposal, Pending: v.Version == 0,
			})
		}
		i := slices.IndexFunc(notes, func(n record.Row) bool { return review.SettledOf(n).Field == card.Field })
		if i >= 0 && len(card.Proposed()) == 0 {
			out.Reopened = p.DateTime(time.UnixMilli(review.SettledOf(notes[i]).AtMS))
		}
		list = append(list, out)
	}
	return list, nil
}

func (c *commands) listSettled(ctx context.Context, s *station.Station) error {
	t := c.terminal()
	notes, err := s.Store().List(ctx, record.Query{Kind: review.Kind, Newest: true})
	if err != nil {
		return err
	}
	list := []reviewNote{}
	for _, note := range notes {
		n := review.SettledOf(note)
		row, err := s.Store().Get(ctx, n.Record)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		def, _ := s.Book().Catalogue.Field(row.Header.Kind, n.Field)
		list = append(list, reviewNote{
			ID: n.Record.String(), Field: string(n.Field), Value: typed.Format(def, row.Value(n.Field)), By: n.Actor.String(),
			At: t.DateTime(time.UnixMilli(n.AtMS)), Reason: n.Reason, State: t.T("review.state." + stateOf(s.Book().Catalogue, row, n.Field)),
		})
	}
	return t.Show(list, func(w io.Writer) {
		table := [][]string{}
		for _, n := range list {
			table = append(table, []string{n.ID, n.Field, n.Value, n.At, n.State, n.Reason})
		}
		terminal.Table(w, table)
	})
}

// stateOf says how a field stands that somebody settled.
func stateOf(cat *record.Catalogue, row record.Row, f record.Field) string {
	for _, card := range review.Cards(cat, row, record.WaitsDispute) {
		switch {
		case card.Field != f:
		case len(card.Proposed()) > 0:
			return "waits"
		default:
			return "reopened"
		}
	}
	return "settled"
}

func (c *commands) reviewSettle() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "settle ID FIELD VALUE", Short: "Settle a field: one of its values, or another with a reason", Args: terminal.Exactly(3),
		Example: "  agent review settle rec_… debt_private 1.2万\n  agent review settle rec_… phone 19900001234 --reason 打电话核实",
	}
	cmd.Flags().StringVar(&reason, "reason", "", "what it rests on; needed for a value that nobody had entered")
	cmd.RunE = func(cmd *cobra.Command, a []string) error {
		return c.working(func(ctx context.Context, s *station.Station) error {
			id, err := ident.Parse[ident.Record](a[0])
			if err != nil {
				return err
			}
			return c.settle(ctx, s, id, record.Field(a[1]), a[2], reason)
		})(cmd, a)
	}
	return cmd
}

func (c *commands) settle(ctx context.Context, s *station.Station, id ident.Record, f record.Field, text, reason string) error {
	row, err := s.Store().Get(ctx, id)
	if err != nil {
		return err
	}
	base, err := s.Store().Base(ctx, row.Header.Scope)
	if err != nil {
		return err
	}
	cards := review.Cards(s.Book().Catalogue, row, record.WaitsDispute)
	i := slices.IndexFunc(cards, func(card review.Card) bool { return card.Field == f })
	if i < 0 {
		return fault.New(fault.Stale, "record.settled").WithField(string(f))
	}
	v, err := typed.Parse(cards[i].Def, text)
	if err != nil {
		return err
	}
	session := s.Session()
	act, err := cards[i].Settle(review.Author{
		Actor: session.Actor, Source: s.Book().Access.Source(session.Role), Base: base, NowMS: time.Now().UnixMilli(), Random: rand.Reader,
	}, review.Choice{Value: v, Reason: reason})
	if err != nil {
		return err
	}
	if _, err := s.Store().Apply(ctx, act); err != nil {
		return err
	}
	if row, err = s.Store().Get(ctx, id); err != nil {
		return err
	}
	state := stateOf(s.Book().Catalogue, row, f)
	t := c.terminal()
	return t.Show(map[string]string{"id": id.String(), "field": string(f), "state": state, "text": t.T("review.state." + state)}, func(w io.Writer) {
		fmt.Fprintln(w, t.T("review.state."+state))
	})
}
