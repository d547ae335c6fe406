// SPDX-License-Identifier: Apache-2.0

package village

import (
	"slices"
	"strings"
	"time"

	"yuexin/shared/credit/lending"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

const kindPosting = lending.KindPosting

// State says how an element stands. Its text has the key "village.state." and it.
type State string

// The states.
const (
	Held     State = "held"
	Missing  State = "missing"  // nobody reported it
	Unproven State = "unproven" // reported, but no photo shows it
	Early    State = "early"    // reported, but it has not gone far enough
	Over     State = "over"     // it ended
	Old      State = "old"      // it was not confirmed for too long
)

// Standing is how one element of a village stands, and by what.
type Standing struct {
	Element Element
	State   State
	Record  ident.Record // that shows it; zero for none
	Since   string       // 2006-01-02; of figures the day they are of
	Until   string       // "" for no end
	Partner string       // the other branch, the bank, the platform
	Place   string
	Stage   string // a code of field credit_stage
	Officer ident.Actor
	Photo   bool // there is one; who may see it opens it in the record
}

// Standings returns how every element stands on a day, in the order of the policy, by the records of a village: reports, postings
// and figures.
func (p *Policy) Standings(rows []record.Row, on time.Time) []Standing {
	out := make([]Standing, len(p.elements))
	for i, e := range p.elements {
		out[i] = Standing{Element: e, State: Missing}
		for _, row := range rows {
			if s, is := e.standing(row, on); is && out[i].before(s) {
				out[i] = s
			}
		}
	}
	return out
}

// Count returns how many elements are held.
func Count(all []Standing) (n int) {
	for _, s := range all {
		if s.State == Held {
			n++
		}
	}
	return n
}

// rank orders states by how much they tell.
var rank = []State{Missing, Over, Old, Unproven, Early, Held}

// before says whether other tells more: it is nearer to being held, or newer.
func (s Standing) before(other Standing) bool {
	if a, b := slices.Index(rank, s.State), slices.Index(rank, other.State); a != b {
		return a < b
	}
	if c := strings.Compare(s.Since, other.Since); c != 0 {
		return c < 0
	}
	return s.Record.Compare(other.Record) < 0
}

// standing reads a record as what shows the element; false if it does not.
func (e Element) standing(row record.Row, on time.Time) (Standing, bool) {
	s := Standing{Element: e, Record: row.Header.ID, State: Held}
	if row.Header.Kind != e.From || row.Deleted() {
		return s, false
	}
	switch e.From {
	case kindPosting:
		p := lending.PostingOf(row)
		if !slices.Contains(e.Posts, p.Post) || p.Officer.IsZero() {
			return s, false
		}
		s.Officer, s.Since, s.Until = p.Officer, p.From, p.Until
	case KindCollective:
		s.Since, s.Partner = row.Text("as_of"), row.Text("platform")
	default:
		if row.Text("element") != e.ID {
			return s, false
		}
		s.Since, s.Until, s.Partner, s.Place = row.Text("since"), row.Text("until"), row.Text("partner"), row.Text("place")
		s.Stage, s.Photo = row.Text("credit_stage"), row.Bool("proven")
	}
	today := on.Format(time.DateOnly)
	switch {
	case s.Since == "" || s.Since > today: // it has not begun
		return s, false
	case s.Until != "" && s.Until < today:
		s.State = Over
	case e.Months > 0 && s.Since < on.AddDate(0, -e.Months, 0).Format(time.DateOnly):
		s.State = Old
	case e.Photo && !s.Photo:
		s.State = Unproven
	case len(e.Stages) > 0 && !slices.Contains(e.Stages, s.Stage):
		s.State = Early
	}
	return s, true
}
