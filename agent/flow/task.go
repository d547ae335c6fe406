// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"slices"
	"strings"

	"yuexin/shared/credit/forms"
	board "yuexin/shared/credit/village"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// joint is the task that whoever works here collects for in a village, until the laptop is locked.
type joint struct {
	task  board.Task
	team  string
	names []string
}

// JoinTask has every record that is saved in the village from now on name who collected it: whoever works here and those who are
// with them, their names with commas or spaces between, for a team of the task. Faults are those of village.Task.Collect, and
// NotFound for no task.
func (d *Desk) JoinTask(ctx context.Context, scope ident.Scope, task ident.Record, team, with string) error {
	t, err := d.task(ctx, scope, task)
	if err != nil {
		return err
	}
	names := strings.FieldsFunc(with, func(r rune) bool { return strings.ContainsRune("、，,;； \t\n", r) })
	j := joint{t, team, append([]string{d.Name}, names...)}
	if _, err := t.Collect(record.Header{Scope: scope}, team, j.names, d.Now()); err != nil {
		return err
	}
	d.joints.Store(scope, j)
	return nil
}

// LeaveTask has records name nobody beside their author again.
func (d *Desk) LeaveTask(scope ident.Scope) { d.joints.Delete(scope) }

func (d *Desk) task(ctx context.Context, scope ident.Scope, id ident.Record) (board.Task, error) {
	row, err := d.Store.Get(ctx, id)
	if err == nil && (row.Header.Kind != board.KindTask || row.Header.Scope != scope || row.Deleted()) {
		err = fault.New(fault.NotFound, "record.missing")
	}
	if err != nil {
		return board.Task{}, err
	}
	return board.Tasks([]record.Row{row})[0], nil
}

// uncollected are the kinds that are not collected from anybody.
var uncollected = []record.Kind{board.KindTask, board.KindElement, board.KindSurvey}

// collected is the entry that names who collected a record; none without a task.
func (d *Desk) collected(about record.Header) ([]record.Write, error) {
	kept, some := d.joints.Load(about.Scope)
	if !some || slices.Contains(uncollected, about.Kind) {
		return nil, nil
	}
	j := kept.(joint)
	c, err := j.task.Collect(about, j.team, j.names, d.Now())
	if err != nil {
		d.joints.Delete(about.Scope) // the task is over: what was filled in is saved all the same
		return nil, nil
	}
	if c.Header.ID, err = d.newID(); err != nil {
		return nil, err
	}
	return []record.Write{c.Create()}, nil
}

func (d *Desk) taskLine(t board.Task) TaskLine {
	l := TaskLine{ID: t.Header.ID, Title: t.Title, Open: t.Open(d.Now()), State: d.T("agent.task.done", "n", n(t.Done))}
	if t.Goal > 0 {
		l.State = d.T("agent.task.of", "n", n(t.Done), "goal", n(t.Goal))
	}
	kept, some := d.joints.Load(t.Header.Scope)
	l.Mine = some && kept.(joint).task.Header.ID == t.Header.ID
	for _, code := range t.Teams {
		l.Teams = append(l.Teams, Choice{code, d.T("choice.teams." + code)})
	}
	var words []string
	for _, by := range t.By {
		text := d.T("agent.task.by", "team", d.T("choice.teams."+by.Team), "n", n(by.Done))
		if len(by.Names) > 0 {
			text += d.T("agent.colon") + strings.Join(by.Names, d.T("agent.list.comma"))
		}
		words = append(words, text)
	}
	if t.Again > 0 {
		words = append(words, d.T("agent.task.again", "n", n(t.Again)))
	}
	l.Note = strings.Join(words, d.T("agent.semicolon"))
	if t.Due != "" {
		l.Note = strings.TrimPrefix(l.Note+d.T("agent.semicolon")+d.T("agent.board.until", "day", t.Due), d.T("agent.semicolon"))
	}
	return l
}

// collectors is a section that says who collected a record, "" for nobody but its authors.
func (d *Desk) collectors(ctx context.Context, about record.Header) ([]Section, error) {
	rows, err := d.Store.List(ctx, record.Query{
		Kind: board.KindCollected, Scope: about.Scope, Newest: true, Limit: formerShown,
		Where: []record.Term{{Field: "about", Value: record.OfBytes(about.ID.Bytes())}},
	})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	s := Section{Title: d.T("kind.collected")}
	for _, row := range rows {
		c := board.CollectedOf(row)
		fact := Fact{Label: d.Value(board.KindCollected, "day", record.OfText(c.Day)), Value: joined(strings.Join(c.Names, d.T("agent.list.comma")), d.T("choice.team."+c.Team))}
		if t, err := d.task(ctx, about.Scope, c.Task); err == nil {
			fact.Value = joined(fact.Value, t.Title)
		}
		s.Facts = append(s.Facts, fact)
	}
	return []Section{s}, nil
}

// isEntry says whether what a form makes is never changed.
func (d *Desk) isEntry(form *forms.Form) bool {
	def, known := d.Book.Catalogue.Kind(form.Kind)
	return known && def.Nature == record.Entry
}
