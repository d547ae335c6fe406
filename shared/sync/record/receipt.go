// SPDX-License-Identifier: Apache-2.0

package record

import "fmt"

// Outcome is what became of a change set. Every change set ends in exactly
// one; the numbers are on the wire and never reused.
type Outcome uint8

// The outcomes. The first five are ordered from best to worst: a change set's
// outcome is the worst of its fields'.
const (
	Pending     Outcome = 0 // no receipt yet
	Accepted    Outcome = 1 // every value stands
	Merged      Outcome = 2 // stands beside concurrent values
	Superseded  Outcome = 3 // a concurrent value counts; this one is in the history
	Proposed    Outcome = 4 // a source of higher rank stands; this one is listed beside it
	InReview    Outcome = 5 // disputed: a person decides
	Rejected    Outcome = 6 // refused with a reason; nothing was applied
	Quarantined Outcome = 7 // kept sealed for an administrator; nothing was applied
	Erased      Outcome = 8 // content destroyed by law; only the proof remains
	Discarded   Outcome = 9 // refused before, and given up by its author
)

var outcomeNames = [...]string{
	"pending", "accepted", "merged", "superseded", "proposed", "in_review",
	"rejected", "quarantined", "erased", "discarded",
}

// String returns the outcome's stable name, used for i18n keys and JSON.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return fmt.Sprintf("outcome(%d)", uint8(o))
}

// Applied reports whether the change set is part of the scope's log.
func (o Outcome) Applied() bool { return o >= Accepted && o <= InReview }

// Worse returns the worse of o and p.
func (o Outcome) Worse(p Outcome) Outcome { return max(o, p) }

// Receipt is the durable answer to a change set. It is sent only after the
// commit that holds it is on disk.
type Receipt struct {
	Link    Link
	Outcome Outcome
	Version Version // where it stands in the scope's log; 0 unless Outcome.Applied

	// Reason is the message key of a refusal and Args fill the message; the
	// offending field is named, its content never.
	Reason string
	Args   map[string]string
	Record Header // the record a refusal is about, if one
	Field  Field

	// Fields lists what became of single fields where that is worse than
	// Accepted.
	Fields []FieldOutcome

	// Decided says that the change set was quarantined and that somebody at the
	// server decided: this receipt stands in the place of that one.
	Decided bool

	// Chained says that the change set was refused because one it builds on
	// was; First is the number of that one.
	Chained bool
	First   uint64
}

// FieldOutcome is what became of one field of a change set.
type FieldOutcome struct {
	Record  Header
	Field   Field
	Outcome Outcome
}
