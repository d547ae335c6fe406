// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yuexin/shared/credit/rulebook"
	"yuexin/shared/credit/scoring"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
	"yuexin/shared/terminal"
	"yuexin/syncserver/desk"
	"yuexin/syncserver/score"
)

type (
	// ScoreAsk scores some villages of a region and says how far it has come: the command asks until all are done, so that it can be
	// stopped between two answers, and goes on where it was.
	ScoreAsk struct {
		Region  string            // a code; "" for all villages
		Day     string            // the policy date; "" for today
		Card    string            // the content of a card that is tried out; "" for none
		Weights map[string]string // points of items that are tried out
		Grades  map[string]string // points from which grades are reached, tried out
		From    int               // of a trial: how many villages were done
		Named   int               // of a trial: how many households to name
	}
	// ScoreAnswer is what the villages that are done come to; of a trial those of this answer.
	ScoreAnswer struct {
		Done, Total int
		Version     uint32 `json:"version"` // of the card
		N           int    `json:"n"`
		Dispute     int    `json:"dispute"`
		Granted     int64  `json:"granted"` // fen
		Steps       []StepCount
		Trial       *scoring.Trial `json:"trial,omitempty"` // what another card would change
	}
	// StepCount is how many households are on a step.
	StepCount struct {
		Code, Label string
		N           int
	}
)

// stride is how many villages an answer waits for.
const stride = 10

// householdCard is the name of the card of farm households.
const householdCard = "household"

func (o operator) score(ctx context.Context, a ScoreAsk) (out ScoreAnswer, err error) {
	run, err := o.scoreRun(a)
	if err != nil {
		return out, err
	}
	villages, err := o.villagesOf(ctx, a.Region)
	if err != nil {
		return out, err
	}
	out.Total, out.Version = len(villages), run.Card.Version()
	var done []score.Village
	if run.Rival != nil {
		part := villages[min(a.From, len(villages)):min(a.From+stride, len(villages))]
		err = run.All(ctx, part, func(v score.Village) { done = append(done, v) })
		out.Done = min(a.From+stride, len(villages))
	} else {
		done, err = o.scoreKept(ctx, run, villages)
		out.Done = len(done)
	}
	if err != nil {
		return out, err
	}
	out.add(run.Card, done, a.Named)
	return out, nil
}

// scoreKept scores what waits, as far as one answer goes, and returns all that is counted.
func (o operator) scoreKept(ctx context.Context, run score.Run, villages []ident.Scope) (done []score.Village, err error) {
	o.scoring.Lock()
	defer o.scoring.Unlock()
	kept, err := score.Open(o.Dir)
	if err != nil {
		return nil, err
	}
	waiting, err := kept.Waiting(ctx, run, villages)
	if err != nil {
		return nil, err
	}
	run.Was = kept.Villages
	var fresh []score.Village
	err = run.All(ctx, waiting[:min(stride, len(waiting))], func(v score.Village) { fresh = append(fresh, v) })
	if len(fresh) > 0 {
		if e := kept.Keep(fresh...); err == nil {
			err = e
		}
	}
	later := waiting[min(stride, len(waiting)):]
	for _, scope := range villages {
		if v, there := kept.Villages[scope]; there && !slices.Contains(later, scope) {
			done = append(done, v)
		}
	}
	return done, err
}

// scoreRun returns the card that counts and the one that is tried out.
func (o operator) scoreRun(a ScoreAsk) (run score.Run, err error) {
	if run.Day = a.Day; run.Day == "" {
		run.Day = o.Now().Format(time.DateOnly)
	}
	if _, err := time.Parse(time.DateOnly, run.Day); err != nil {
		return run, fault.New(fault.Invalid, "server.score.day").WithField("day")
	}
	if run.Card = o.Book().Card(householdCard, run.Day); run.Card == nil {
		return run, fault.New(fault.NotFound, "exposure.card")
	}
	run.Store, run.Named = o.desk(), a.Named
	run.Catalogue, run.Changes = o.Book().Catalogue, score.ChangesIn(o.Store)
	if a.Card != "" {
		if run.Rival, err = rulebook.ParseCard(strings.NewReader(a.Card)); err == nil {
			err = run.Rival.CheckAgainst(o.Book().Catalogue)
		}
	}
	if err == nil && len(a.Weights)+len(a.Grades) > 0 {
		var change scoring.Change
		if change.Weights, err = pointsOf(a.Weights); err == nil {
			change.Steps, err = pointsOf(a.Grades)
		}
		if err != nil {
			return run, err
		}
		base := run.Card
		if run.Rival != nil {
			base = run.Rival
		}
		run.Rival, err = base.Try(change)
	}
	if err != nil {
		return run, fault.New(fault.Invalid, "rules.unfit").With("why", err.Error()).WithCause(err)
	}
	if run.Rival != nil {
		return run, run.Rival.Challenges(run.Card)
	}
	return run, nil
}

// pointsOf reads points by name.
func pointsOf(texts map[string]string) (map[string]scoring.Points, error) {
	out := map[string]scoring.Points{}
	for name, text := range texts {
		p, err := scoring.ParsePoints(text)
		if err != nil {
			return nil, fault.New(fault.Invalid, "server.score.weight").With("item", name).WithCause(err)
		}
		out[name] = p
	}
	return out, nil
}

// villagesOf returns the villages below a region, in order.
func (o operator) villagesOf(ctx context.Context, below string) (out []ident.Scope, err error) {
	if _, known := o.Regions.Unit(region.Code(below)); below != "" && !known {
		return nil, fault.New(fault.NotFound, "server.score.region").With("region", below)
	}
	for row, err := range record.Each(ctx, o.desk(), record.Query{Kind: desk.KindUnit}) {
		if err != nil {
			return nil, err
		}
		if below == "" || o.Regions.Contains(region.Code(below), region.Code(row.Text("region_code"))) {
			out = append(out, row.Header.Scope)
		}
	}
	return out, nil
}

// add counts villages together; of a trial it names so many households.
func (s *ScoreAnswer) add(card *scoring.Card, villages []score.Village, named int) {
	steps := map[string]int{}
	for _, v := range villages {
		s.N, s.Dispute, s.Granted = s.N+v.N, s.Dispute+v.Dispute, s.Granted+v.Granted
		for code, n := range v.Steps {
			steps[code] += n
		}
		if v.Trial == nil {
			continue
		}
		if s.Trial == nil {
			s.Trial = &scoring.Trial{Most: named}
		}
		s.Trial.Join(v.Trial)
	}
	for _, step := range card.Ladders[0].Steps {
		s.Steps = append(s.Steps, StepCount{step.Code, step.Label.In(i18n.ZhHans), steps[step.Code]})
	}
}

// join adds the next answer of a trial.
func (s *ScoreAnswer) join(next ScoreAnswer) {
	if next.Trial == nil || s.Trial == nil {
		*s = next
		return
	}
	s.Done, s.N, s.Dispute, s.Granted = next.Done, s.N+next.N, s.Dispute+next.Dispute, s.Granted+next.Granted
	for i := range s.Steps {
		s.Steps[i].N += next.Steps[i].N
	}
	s.Trial.Join(next.Trial)
}

func (c *commands) scoreCommand() *cobra.Command {
	var a ScoreAsk
	var file string
	var weights, grades []string
	cmd := &cobra.Command{
		Use: "score", Short: "Rate all farm households, or try out another card or weight and see who would change grade", Args: terminal.Exactly(0),
		Long: "Villages that nobody changed since the last time are not read again. Ctrl-C stops it; called again it goes on.\n" +
			"With --card, --weight or --grade nothing is kept or published: it says who would move.",
		Example: "  syncserver score --region 441284\n  syncserver score --weight overdue=20 --weight late_now=4\n  syncserver score --card card-household-2.json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file != "" {
				content, err := os.ReadFile(file)
				if err != nil {
					return terminal.Unread(file, err)
				}
				a.Card = string(content)
			}
			a.Weights, a.Grades = pairs(weights), pairs(grades)
			all, err := c.scoreAll(cmd.Context(), a)
			if err != nil {
				return err
			}
			return c.showScores(all)
		},
	}
	f := cmd.Flags()
	f.StringVar(&a.Region, "region", "", "only villages below this code; all if not given")
	f.StringVar(&a.Day, "day", "", "the policy date, 2026-11-27 (default: today)")
	f.StringVar(&file, "card", "", "a card to try out beside the one that counts")
	f.StringArrayVar(&weights, "weight", nil, "ITEM=POINTS to try out; may be given several times")
	f.StringArrayVar(&grades, "grade", nil, "GRADE=POINTS from which it is reached, to try out; may be given several times")
	f.IntVar(&a.Named, "named", 20, "name so many households that would move")
	cmd.AddCommand(c.scoreAgain())
	return cmd
}

// pairs reads NAME=VALUE.
func pairs(texts []string) map[string]string {
	out := make(map[string]string, len(texts))
	for _, text := range texts {
		name, value, _ := strings.Cut(text, "=")
		out[name] = value
	}
	return out
}

// scoreAll asks until all villages are done; it says on the way how many are.
func (c *commands) scoreAll(ctx context.Context, a ScoreAsk) (all ScoreAnswer, err error) {
	for {
		next, err := asOperator(ctx, c, "score", a, operator.score)
		if err != nil {
			return all, err
		}
		all.join(next)
		if a.From = all.Done; all.Done >= all.Total {
			return all, nil
		}
		c.log().Info("villages are scored", "done", all.Done, "of", all.Total)
	}
}

func (c *commands) showScores(all ScoreAnswer) error {
	t := c.terminal()
	return t.Show(all, func(w io.Writer) {
		fmt.Fprintln(w, t.T("server.score.done", "n", fmt.Sprint(all.N), "villages", fmt.Sprint(all.Total), "version", fmt.Sprint(all.Version),
			"amount.fen", fmt.Sprint(all.Granted), "dispute", fmt.Sprint(all.Dispute)))
		for _, s := range all.Steps {
			fmt.Fprintf(w, "  %s\t%d\n", s.Label, s.N)
		}
		if all.Trial == nil {
			return
		}
		fmt.Fprintln(w, t.T("server.score.trial", "up", fmt.Sprint(all.Trial.Up), "down", fmt.Sprint(all.Trial.Down),
			"before.fen", fmt.Sprint(all.Trial.Before), "after.fen", fmt.Sprint(all.Trial.After)))
		var codes []string
		for _, s := range all.Steps {
			codes = append(codes, s.Code)
		}
		for _, m := range all.Trial.Table(codes) {
			if m.From != m.To {
				fmt.Fprintf(w, "  %s → %s\t%d\n", m.From, m.To, m.N)
			}
		}
		for _, why := range all.Trial.Why() {
			fmt.Fprintf(w, "  %s %s\t%d\n", why.Kind, why.Name, why.N)
		}
		for _, n := range all.Trial.Named {
			fmt.Fprintf(w, "  %s\t%s → %s\t%s → %s\t%s %s\n", n.Record, n.Move.From, n.Move.To, n.Before, n.After, n.Cause.Kind, n.Cause.Name)
		}
	})
}
