// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"fmt"
	"strings"

	"yuexin/shared/credit/subject"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// State is what became, or would become, of a row.
type State string

// The states. Check gives the first six; Apply turns Ready into Added and Changed into Updated.
const (
	Ready     State = "ready"     // good, not in the store yet
	Changed   State = "changed"   // in the store, with other values
	Known     State = "known"     // in the store, the same
	Wrong     State = "wrong"     // breaks a rule; Problems says which
	Duplicate State = "duplicate" // the same resident id stands in an earlier row
	Skipped   State = "skipped"   // no household: a member, a sum, a signature
	Added     State = "added"
	Updated   State = "updated"
)

// Problem is what is wrong with one cell or row.
type Problem struct {
	Title string // of the column; "" for the whole row
	Err   error
}

// Line is the result of one row. It holds personal data: show it to the person who imports, log the counts only.
type Line struct {
	Number   int // of the row in the file, from 1
	State    State
	Problems []Problem
	Scope    ident.Scope    // of the village
	Record   ident.Record   // of the household, once it is known or made
	Fields   []record.Field // for Changed: what the file says differently
	Plate    string         // short code of the plate issued in the same run

	foreign   string // what the other plate at the door says, "" if there is none
	household subject.Household
	before    record.Row // for Changed
}

// Report is the result of Check, and of Apply after it.
type Report struct {
	File  *File
	Lines []Line
}

// Counts returns how many rows are in each state.
func (r *Report) Counts() map[State]int {
	counts := make(map[State]int)
	for i := range r.Lines {
		counts[r.Lines[i].State]++
	}
	return counts
}

// Clean reports whether no row is wrong or a duplicate.
func (r *Report) Clean() bool {
	counts := r.Counts()
	return counts[Wrong] == 0 && counts[Duplicate] == 0
}

func (r *Report) byNumber() map[int]*Line {
	lines := make(map[int]*Line, len(r.Lines))
	for i := range r.Lines {
		lines[r.Lines[i].Number] = &r.Lines[i]
	}
	return lines
}

// resultTitle heads the column that WriteBack adds. It is the same in every language, so that a second run finds it.
const resultTitle = "导入结果"

// WriteBack returns a copy of the file with the result of every row in an extra column: for .xlsx with all formatting,
// for CSV in UTF-8. Nothing in it can act as a formula when somebody opens it.
func (r *Report) WriteBack(p *i18n.Printer) ([]byte, error) {
	return r.File.form.annotate(r, func(l *Line) string { return l.Say(p) })
}

// Say returns the result of a row in one text, with what to do about it.
func (l *Line) Say(p *i18n.Printer) string {
	said := []string{p.T("ledger.state." + string(l.State))}
	for _, problem := range l.Problems {
		message, hint := p.Explain(problem.Err)
		if problem.Title != "" {
			message = fmt.Sprintf("[%s] %s", strings.Join(strings.Fields(problem.Title), ""), message)
		}
		said = append(said, message+" "+hint)
	}
	if l.Plate != "" {
		said = append(said, p.T("ledger.plate", "code", l.Plate))
	}
	return strings.Join(said, " ")
}
