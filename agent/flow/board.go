// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	board "yuexin/shared/credit/village"

	"yuexin/shared/credit/carbon"
	"yuexin/shared/credit/criteria"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// VillageBoard is how far a village is, in words.
type VillageBoard struct {
	Held, Of int         // of the five elements
	Elements []BoardLine // in the order of the rules
	Green    BoardLine   // what the village came to; Held says that it passes
	Checks   []BoardLine // what a green village has to reach; none while nothing was judged
	Posts    []BoardLine // Held says that they are here today
	Tasks    []TaskLine
	Carbon   string // balance of the village and all in it, "" for none
}

// BoardLine is one line of a board.
type BoardLine struct {
	Title string
	State string
	Note  string
	Held  bool
}

// TaskLine is a task with what was collected for it.
type TaskLine struct {
	ID    ident.Record
	Title string
	State string
	Note  string
	Open  bool
	Teams []Choice // of the task
	Mine  bool     // whoever works here collects for it now
}

// Choice is a code and what it is called.
type Choice struct{ Code, Title string }

// Board reads how far a village is, from what this laptop holds.
func (d *Desk) Board(ctx context.Context, scope ident.Scope) (VillageBoard, error) {
	b, err := board.Read(ctx, d.Store, d.Book.Boards(), scope, d.Now())
	if err != nil {
		return VillageBoard{}, err
	}
	var out VillageBoard
	out.Held, out.Of = b.Held()
	for _, s := range b.Standings {
		out.Elements = append(out.Elements, d.elementLine(ctx, s))
	}
	out.Green, out.Checks = d.greenLines(b.Green)
	for _, p := range b.Posts {
		out.Posts = append(out.Posts, BoardLine{
			Title: joined(d.Who(ctx, p.Officer, 0), d.post(p.Post)), Held: p.Now,
			Note: d.T("agent.board.since", "day", p.From) + d.until(p.Until),
		})
	}
	for _, t := range b.Tasks {
		out.Tasks = append(out.Tasks, d.taskLine(t))
	}
	if len(b.Carbon.Lines) > 0 {
		out.Carbon = d.kilograms(b.Carbon.Grams)
	}
	return out, nil
}

func (d *Desk) post(code string) string {
	if code == "" {
		return d.T("agent.board.officer")
	}
	return d.T("choice.post." + code)
}

func (d *Desk) until(day string) string {
	if day == "" {
		return ""
	}
	return d.T("agent.comma") + d.T("agent.board.until", "day", day)
}

func (d *Desk) elementLine(ctx context.Context, s board.Standing) BoardLine {
	lang := d.Print.Lang()
	l := BoardLine{Title: s.Element.In(lang), State: d.T("village.state." + string(s.State)), Held: s.State == board.Held, Note: s.Element.WhatIn(lang)}
	if s.Record.IsZero() {
		return l
	}
	who := cmp.Or(s.Partner, s.Place)
	if !s.Officer.IsZero() {
		who = d.Who(ctx, s.Officer, 0)
	}
	stage := ""
	if s.Stage != "" {
		stage = d.T("choice.credit_stage." + s.Stage)
	}
	var words []string
	for _, w := range []string{who, stage, d.T("agent.board.since", "day", s.Since)} {
		if w != "" {
			words = append(words, w)
		}
	}
	l.Note = strings.Join(words, d.T("agent.comma")) + d.until(s.Until)
	return l
}

// greenLines says whether a village is a green one and, if it is not, because of what.
func (d *Desk) greenLines(v criteria.Verdict) (BoardLine, []BoardLine) {
	sheet, _ := d.Book.Criteria.Sheet(d.Book.Criteria.Rule().Kind)
	l := BoardLine{Title: d.T("agent.board.green"), State: d.T("agent.board.unjudged"), Held: v.Pass}
	if len(v.Checks) == 0 {
		return l, nil
	}
	l.Note = d.T("agent.board.judged", "n", n(v.Judged), "of", n(v.Households), "good", n(v.Good))
	if l.State = d.T("agent.board.pass"); !v.Pass {
		var names []string
		for _, f := range v.Failing() {
			c, _ := sheet.Criterion(f)
			names = append(names, c.In(d.Print.Lang()))
		}
		l.State = d.T("agent.board.fail", "names", strings.Join(names, d.T("agent.comma")))
	}
	var checks []BoardLine
	for _, c := range v.Checks {
		title := d.T("criteria.test." + string(c.Test))
		if c.Test == criteria.Indicator {
			named, _ := sheet.Criterion(c.Field)
			title = named.In(d.Print.Lang())
		}
		checks = append(checks, BoardLine{Title: title, Held: c.Pass, State: d.T("agent.board.reach", "got", hundredths(c.Got), "want", hundredths(c.Want))})
	}
	return l, checks
}

// hundredths prints points or a percentage, without digits that say nothing.
func hundredths(v int64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%d.%02d", v/100, v%100), "0"), ".")
}

func (d *Desk) kilograms(grams int64) string {
	return d.T("agent.carbon.kg", "n", hundredths(grams/10))
}

// judged is what a sheet came to, criterion by criterion; none for a form that is no such sheet.
func (d *Desk) judged(row record.Row) []Section {
	r, is := d.Book.Criteria.Judge(row)
	if !is {
		return nil
	}
	sheet, _ := d.Book.Criteria.Sheet(r.Kind)
	key := "agent.judged.fail"
	if r.Pass {
		key = "agent.judged.pass"
	}
	s := Section{Title: d.T(key, "got", n(int(r.Points)), "most", n(int(r.Most)), "pass", n(int(sheet.Pass)))}
	for i, f := range r.Findings {
		c := sheet.Criteria[i]
		fact := Fact{Label: c.In(d.Print.Lang()), Value: d.T("agent.judged.points", "got", n(int(f.Points)), "most", n(int(f.Most))) + d.T("agent.comma") + d.T("criteria.reason."+string(f.Reason))}
		if f.Points < f.Most {
			fact.Value += d.T("agent.semicolon") + d.T("agent.judged.how", "how", c.How(d.Print.Lang()))
		}
		s.Facts = append(s.Facts, fact)
	}
	return []Section{s}
}

// account is the balance of a carbon account, with every entry, for the list of what was filled in.
func (d *Desk) account(rows []record.Row) string {
	all := make([]carbon.Entry, len(rows))
	for i, row := range rows {
		all[i] = carbon.Of(row)
	}
	if len(all) == 0 {
		return ""
	}
	return d.T("agent.carbon.balance", "kg", d.kilograms(carbon.Sum(all).Grams))
}
