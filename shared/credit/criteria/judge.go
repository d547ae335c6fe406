// SPDX-License-Identifier: Apache-2.0

package criteria

import (
	"slices"
	"strings"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// day is the field of a sheet that says when it was filled in.
const day record.Field = "checked_on"

// Reason says why a criterion has its points. Its text has the key "criteria.reason." and it.
type Reason string

// The reasons.
const (
	Full       Reason = "full"       // all there are
	Partly     Reason = "partly"     // some
	Nothing    Reason = "nothing"    // none were given
	Vetoed     Reason = "vetoed"     // it fails the whole sheet
	Unanswered Reason = "unanswered" // nobody judged it
	NoPhoto    Reason = "no_photo"   // points were given, but nothing shows it: they do not count
	Disputed   Reason = "disputed"   // two people say different things, and nobody has settled it: it does not count yet
)

// Finding is what one criterion came to.
type Finding struct {
	Field   record.Field
	Points  int64 // that count
	Given   int64 // as they were written down
	Most    int64
	Reason  Reason
	Photo   record.Field // of the evidence; "" for none
	Version record.Version
}

// Result is what a sheet came to.
type Result struct {
	Kind     record.Kind
	Record   ident.Record
	Subject  ident.Subject
	On       string // 2006-01-02
	Edition  uint32 // of the policy
	Points   int64
	Most     int64
	Pass     bool
	Findings []Finding // in the order of the policy
}

// Vetoes returns the criteria that fail the whole sheet.
func (r Result) Vetoes() []record.Field {
	var out []record.Field
	for _, f := range r.Findings {
		if f.Reason == Vetoed {
			out = append(out, f.Field)
		}
	}
	return out
}

// Judge returns what a sheet came to; false for a kind that nothing is said of. The same sheet under the same edition gives the
// same result on every machine.
func (p *Policy) Judge(row record.Row) (Result, bool) {
	s, known := p.Sheet(row.Header.Kind)
	if !known {
		return Result{}, false
	}
	r := Result{Kind: s.Kind, Record: row.Header.ID, Subject: row.Header.Subject, On: row.Text(day), Edition: p.version, Most: s.Most()}
	vetoed := false
	for _, c := range s.Criteria {
		f := c.judge(row)
		r.Points += f.Points
		vetoed = vetoed || f.Reason == Vetoed
		r.Findings = append(r.Findings, f)
	}
	r.Pass = r.Points >= s.Pass && !vetoed
	return r, true
}

func (c Criterion) judge(row record.Row) Finding {
	state := row.Fields[c.Field]
	f := Finding{Field: c.Field, Most: c.most(), Version: state.Version}
	if !row.Value(c.Photo).IsNone() {
		f.Photo = c.Photo
	}
	switch v := state.Value; {
	case v.IsNone():
		f.Reason = Unanswered
		return f
	case state.Disputed:
		f.Reason = Disputed
		return f
	case v.Type() == record.Int:
		f.Given = min(max(v.Int(), 0), c.Most)
	default:
		f.Given = c.Marks[v.Text()]
	}
	switch {
	case slices.Contains(c.Veto, state.Value.Text()):
		f.Reason = Vetoed
	case f.Given == 0:
		f.Reason = Nothing
	case c.Photo != "" && f.Photo == "":
		f.Reason = NoPhoto
	case f.Given < f.Most:
		f.Reason, f.Points = Partly, f.Given
	default:
		f.Reason, f.Points = Full, f.Given
	}
	return f
}

// Newest returns for each subject the sheet of a kind that counts on a day: of those that are not deleted and not too old the
// one that was filled in last, of two of one day the one made later. They are ordered by subject.
func (p *Policy) Newest(kind record.Kind, rows []record.Row, on time.Time) []record.Row {
	s, known := p.Sheet(kind)
	if !known {
		return nil
	}
	today, oldest := on.Format(time.DateOnly), on.AddDate(0, -s.Months, 0).Format(time.DateOnly)
	best := map[ident.Subject]record.Row{}
	for _, row := range rows {
		d := row.Text(day)
		if row.Header.Kind != kind || row.Deleted() || d == "" || d > today || d < oldest {
			continue
		}
		have, some := best[row.Header.Subject]
		if !some || later(row, have) {
			best[row.Header.Subject] = row
		}
	}
	out := make([]record.Row, 0, len(best))
	for _, row := range best {
		out = append(out, row)
	}
	slices.SortFunc(out, func(a, b record.Row) int { return a.Header.Subject.Compare(b.Header.Subject) })
	return out
}

func later(a, b record.Row) bool {
	c := strings.Compare(a.Text(day), b.Text(day))
	return c > 0 || c == 0 && a.Header.ID.Compare(b.Header.ID) > 0
}
