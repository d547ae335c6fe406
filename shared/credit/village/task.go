// SPDX-License-Identifier: Apache-2.0

package village

import (
	"slices"
	"strings"
	"time"

	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Post is somebody who is posted to a village.
type Post struct {
	lending.Posting
	Now bool // begun and not over
}

// Posts returns who is posted to a village, those of today first, then by day, the newest first.
func Posts(rows []record.Row, on time.Time) []Post {
	today := on.Format(time.DateOnly)
	var out []Post
	for _, row := range rows {
		p := Post{Posting: lending.PostingOf(row)}
		if row.Header.Kind != kindPosting || row.Deleted() || p.Officer.IsZero() {
			continue
		}
		p.Now = p.From <= today && (p.Until == "" || p.Until >= today)
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b Post) int {
		switch {
		case a.Now != b.Now && a.Now:
			return -1
		case a.Now != b.Now:
			return 1
		}
		return strings.Compare(b.From, a.From)
	})
	return out
}

// Task is something that several teams collect together in a village.
type Task struct {
	Header record.Header
	Title  string
	Teams  []string // codes of field teams
	Goal   int      // records to be collected; 0 for as many as there are
	From   string   // 2006-01-02
	Due    string   // "" for no end
	Ended  bool

	Done  int      // records that were collected, however many teams went there
	Again int      // of them by more than one team
	By    []Joined // each team of the task, and others who took part, with what they did
}

// Joined is a team in a task.
type Joined struct {
	Team  string
	Done  int      // records
	Names []string // of who collected
}

// Open says whether the task goes on, on a day.
func (t Task) Open(on time.Time) bool {
	today := on.Format(time.DateOnly)
	return !t.Ended && t.From <= today && (t.Due == "" || t.Due >= today)
}

// Collected says who collected a record, for which task, with whom. It is an entry, made in the act that saves the record: each
// team that goes there adds its own, and none takes the place of another.
type Collected struct {
	Header record.Header // Subject is the record's
	Task   ident.Record
	About  ident.Record
	Team   string
	Names  []string
	Day    string // 2006-01-02
	Sample bool
}

// CollectedOf reads an entry.
func CollectedOf(row record.Row) Collected {
	c := Collected{Header: row.Header, Team: row.Text("team"), Names: row.Value("collectors").Set(), Day: row.Text("day"), Sample: row.Bool("sample")}
	copy(c.Task[:], row.Value("task").Bytes())
	copy(c.About[:], row.Value("about").Bytes())
	return c
}

// Create returns the write that makes the entry under c.Header.
func (c Collected) Create() record.Write {
	c.Header.Kind = KindCollected
	fields := map[record.Field]record.Value{
		"task": record.OfBytes(c.Task.Bytes()), "about": record.OfBytes(c.About.Bytes()), "team": record.OfText(c.Team),
		"collectors": record.OfSet(c.Names...), "day": record.OfText(c.Day),
	}
	if c.Sample {
		fields["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: c.Header, Fields: fields}
}

// MaxNames is how many people collect a record together.
const MaxNames = 20

// Collect returns the entry of a record that was collected for the task. Faults: Conflict "village.task.over" when the task does
// not go on; Invalid "village.task.team" for a team that is none of it, "village.task.names" for nobody or too many.
func (t Task) Collect(about record.Header, team string, names []string, on time.Time) (Collected, error) {
	var known []string
	for _, n := range names {
		if n = strings.TrimSpace(n); n != "" && !slices.Contains(known, n) {
			known = append(known, n)
		}
	}
	slices.Sort(known)
	switch {
	case !t.Open(on):
		return Collected{}, fault.New(fault.Conflict, "village.task.over")
	case !slices.Contains(t.Teams, team):
		return Collected{}, fault.New(fault.Invalid, "village.task.team").WithField("team")
	case len(known) == 0 || len(known) > MaxNames:
		return Collected{}, fault.New(fault.Invalid, "village.task.names").WithField("collectors")
	}
	return Collected{
		Header: record.Header{Scope: about.Scope, Subject: about.Subject}, Task: t.Header.ID, About: about.ID,
		Team: team, Names: known, Day: on.Format(time.DateOnly),
	}, nil
}

// Tasks returns the tasks of a village with what was collected for them, the newest first.
func Tasks(rows []record.Row) []Task {
	byTask := map[ident.Record][]Collected{}
	for _, row := range rows {
		if row.Header.Kind == KindCollected {
			c := CollectedOf(row)
			byTask[c.Task] = append(byTask[c.Task], c)
		}
	}
	var out []Task
	for _, row := range rows {
		if row.Header.Kind != KindTask || row.Deleted() {
			continue
		}
		t := Task{
			Header: row.Header, Title: row.Text("title"), Teams: row.Value("teams").Set(), Goal: int(row.Int("goal")),
			From: row.Text("from"), Due: row.Text("due"), Ended: row.Bool("ended"),
		}
		t.count(byTask[row.Header.ID])
		out = append(out, t)
	}
	slices.SortStableFunc(out, func(a, b Task) int { return strings.Compare(b.From, a.From) })
	return out
}

func (t *Task) count(all []Collected) {
	teams := map[ident.Record]map[string]bool{} // of each record, who went there
	done := map[string]map[ident.Record]bool{}
	names := map[string][]string{}
	for _, team := range t.Teams {
		done[team] = nil
	}
	for _, c := range all {
		if teams[c.About] == nil {
			teams[c.About] = map[string]bool{}
		}
		teams[c.About][c.Team] = true
		if done[c.Team] == nil {
			done[c.Team] = map[ident.Record]bool{}
		}
		done[c.Team][c.About] = true
		for _, n := range c.Names {
			if !slices.Contains(names[c.Team], n) {
				names[c.Team] = append(names[c.Team], n)
			}
		}
	}
	t.Done = len(teams)
	for _, of := range teams {
		if len(of) > 1 {
			t.Again++
		}
	}
	for team, records := range done {
		slices.Sort(names[team])
		t.By = append(t.By, Joined{team, len(records), names[team]})
	}
	slices.SortFunc(t.By, func(a, b Joined) int { return strings.Compare(a.Team, b.Team) })
}
