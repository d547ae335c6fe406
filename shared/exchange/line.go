// SPDX-License-Identifier: Apache-2.0

package exchange

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// State is what became, or would become, of a row.
type State string

// The states. Check gives those up to Hidden; Write turns Ready into Added and Changed into Updated.
const (
	Ready     State = "ready"     // good, not in the store yet
	Changed   State = "changed"   // in the store, with other values
	Known     State = "known"     // in the store, the same
	Unsure    State = "unsure"    // perhaps somebody in the store: only the name says so
	Wrong     State = "wrong"     // breaks a rule; Problems says which
	Duplicate State = "duplicate" // an earlier row is about the same
	Skipped   State = "skipped"   // below the list, or empty: a sum, a signature
	Part      State = "part"      // belongs to the household above
	Hidden    State = "hidden"    // hidden in the file
	Added     State = "added"
	Updated   State = "updated"
)

// Good reports whether Write writes a row in this state, or wrote it.
func (s State) Good() bool {
	return slices.Contains([]State{Ready, Changed, Added, Updated}, s)
}

// Bad reports whether somebody has to mend a row in this state.
func (s State) Bad() bool { return s == Wrong || s == Duplicate || s == Unsure }

// Problem is what is wrong with one cell or row, or worth to be known of it.
type Problem struct {
	Sheet  string
	Row    int
	Column int    // index of the cell, -1 for the whole row
	Title  string // of the column; "" for the whole row
	Err    error
}

// Diff is a value that the file says differently.
type Diff struct {
	Kind     record.Kind
	Record   ident.Record // zero for what is new
	Field    record.Field
	Old, New record.Value
	// Proposed tells that a value of higher rank stays, and this one is noted beside it for somebody to settle.
	Proposed bool
}

// Line is the result of a row, and of those that belong to it. It holds personal data: show it to the person who imports,
// log the counts only.
type Line struct {
	Sheet    string
	Row      int // of the file, from 1
	State    State
	Name     string // whose row it is, as the file says
	Problems []Problem
	Notes    []Problem // what does not keep the row from being written
	Diffs    []Diff    // for Changed
	ByName   bool      // found in the store by the name alone

	Scope   ident.Scope  // of the village
	Record  ident.Record // once it is known or made
	Plate   string       // short code of the plate issued in the same run
	Foreign string       // what the other plate at the door says, "" if there is none

	writes []record.Write
}

// Report is the result of Check, and of Write after it.
type Report struct {
	Table *Table
	Lines []Line
}

// sort puts the lines into the order of the file, the list first.
func (r *Report) sort() {
	main := r.Table.Layouts[0].Sheet
	slices.SortStableFunc(r.Lines, func(a, b Line) int {
		if (a.Sheet == main) != (b.Sheet == main) {
			if a.Sheet == main {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(a.Sheet, b.Sheet), a.Row-b.Row)
	})
}

// Counts returns how many rows are in each state.
func (r *Report) Counts() map[State]int {
	counts := make(map[State]int)
	for i := range r.Lines {
		counts[r.Lines[i].State]++
	}
	return counts
}

// Clean reports whether nobody has to mend anything.
func (r *Report) Clean() bool {
	return !slices.ContainsFunc(r.Lines, func(l Line) bool { return l.State.Bad() })
}

// resultTitle heads the column that WriteBack adds. It is the same in every language, so that a second run finds it.
const resultTitle = "导入结果"

// place is a row of a sheet.
type place struct {
	sheet string
	row   int
}

// note is what is written beside a row.
type note struct {
	text    string
	bad     bool
	columns []int // of cells to mark
}

// notes are all results of a file. The heading of each sheet has one without a text.
type notes map[place]*note

// heading returns the row of a sheet's heading.
func (n notes) heading(sheet string) int {
	for at, one := range n {
		if at.sheet == sheet && one.text == "" {
			return at.row
		}
	}
	return 0
}

func (n notes) sheets() []string {
	var out []string
	for at, one := range n {
		if one.text == "" {
			out = append(out, at.sheet)
		}
	}
	slices.Sort(out)
	return out
}

func (n notes) add(sheet string, row int, text string, bad bool, column int) {
	one := n[place{sheet, row}]
	if one == nil {
		one = &note{}
		n[place{sheet, row}] = one
	}
	one.text, one.bad = strings.TrimSpace(one.text+" "+text), one.bad || bad
	if bad && column >= 0 {
		one.columns = append(one.columns, column)
	}
}

// WriteBack returns a copy of the file with the result of every row in an extra column, in plain words, and the cells that
// are wrong marked: for .xlsx with all formatting, for CSV in UTF-8. Nothing in it can act as a formula when somebody opens it.
func (r *Report) WriteBack(p *i18n.Printer) ([]byte, error) {
	n := notes{}
	for _, l := range r.Table.Layouts {
		n[place{l.Sheet, l.Heading}] = &note{}
	}
	for i := range r.Lines {
		r.Lines[i].noteInto(n, p)
	}
	return r.Table.Book.form.annotate(n)
}

func (l *Line) noteInto(n notes, p *i18n.Printer) {
	n.add(l.Sheet, l.Row, l.head(p), l.State.Bad(), -1)
	for _, problem := range l.Problems {
		n.add(problem.Sheet, problem.Row, problem.say(p), true, problem.Column)
	}
	for _, problem := range l.Notes {
		n.add(problem.Sheet, problem.Row, problem.say(p), false, -1)
	}
}

// head says the state of a line without its problems.
func (l *Line) head(p *i18n.Printer) string {
	said := []string{p.T("exchange.state." + string(l.State))}
	if l.Plate != "" {
		said = append(said, p.T("exchange.plate", "code", l.Plate))
	}
	return strings.Join(said, " ")
}

// Say returns the result of a row in one text, with what to do about it.
func (l *Line) Say(p *i18n.Printer) string {
	said := []string{l.head(p)}
	for _, problem := range slices.Concat(l.Problems, l.Notes) {
		text := problem.say(p)
		if problem.Row != l.Row || problem.Sheet != l.Sheet {
			text = p.T("exchange.row", "sheet", problem.Sheet, "row", fmt.Sprint(problem.Row)) + text
		}
		said = append(said, text)
	}
	return strings.Join(said, " ")
}

func (problem Problem) say(p *i18n.Printer) string {
	message, hint := p.Explain(problem.Err)
	if problem.Title != "" {
		message = fmt.Sprintf("[%s] %s", strings.Join(strings.Fields(problem.Title), ""), message)
	}
	return strings.TrimSpace(message + " " + hint)
}
