// SPDX-License-Identifier: Apache-2.0

package scoring

import (
	"encoding/json"
	"fmt"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Result is what a card comes to for one subject on one day. Its bytes say all of it, in one way only.
type Result struct {
	Card    string        `json:"card"`
	Version uint32        `json:"version"`
	Digest  string        `json:"digest"` // of the card
	Day     string        `json:"day"`    // the policy date
	Record  ident.Record  `json:"record"`
	Subject ident.Subject `json:"subject"`

	Findings []Finding `json:"findings"` // in the order of the card
	Lines    []Line    `json:"lines"`
	Peer     string    `json:"peer,omitempty"` // the group it was compared within
	Vetoes   []string  `json:"vetoes,omitempty"`
	Caps     []string  `json:"caps,omitempty"`

	Raw        Points         `json:"raw"`    // before caps
	Points     Points         `json:"points"` // of Most
	Most       Points         `json:"most"`
	Steps      []string       `json:"steps"` // the step on each ladder of the card
	Confidence int            `json:"confidence"`
	Disputed   []Input        `json:"disputed,omitempty"` // nobody has settled it; sorted
	Stale      []string       `json:"stale,omitempty"`    // findings that are out of date
	Limit      *Limit         `json:"limit,omitempty"`
	Raise      []Advice       `json:"raise,omitempty"` // what would raise it most, the most first
	Next       *NextStep      `json:"next,omitempty"`  // nil on the highest step
	Used       []ident.Record `json:"used"`            // everything it rests on, sorted
}

// Finding is what an indicator found.
type Finding struct {
	Indicator  string         `json:"indicator"`
	Value      int64          `json:"value,omitempty"`
	Code       string         `json:"code,omitempty"`
	Unit       string         `json:"unit"`
	Missing    bool           `json:"missing,omitempty"`
	Evidence   []ident.Record `json:"evidence,omitempty"`
	AsOfMS     int64          `json:"asOf,omitempty"` // ms since 1970 UTC: the oldest it rests on; 0: on nothing written
	Stale      bool           `json:"stale,omitempty"`
	Disputed   bool           `json:"disputed,omitempty"`
	Confidence int            `json:"confidence"` // percent; 0 where it was not found
}

// Line is what a finding was worth.
type Line struct {
	Indicator string `json:"indicator"`
	Points    Points `json:"points"`
	Most      Points `json:"most"`
	Share     int64  `json:"share"` // hundredths of a percent of Most
}

// Input is a field of a record.
type Input struct {
	Record ident.Record `json:"record"`
	Kind   record.Kind  `json:"kind"`
	Field  record.Field `json:"field"`
}

// Limit is what may be granted, and how it came about.
type Limit struct {
	Lines   []LimitPart `json:"lines"`
	Refused bool        `json:"refused,omitempty"` // the card gives none: its text says why
	Most    int64       `json:"most"`              // fen
	Granted int64       `json:"granted"`           // fen: never above Most
}

// LimitPart is what one line added.
type LimitPart struct {
	Name  string `json:"name"`
	Asked int64  `json:"asked"`         // fen: what its expression said
	Given int64  `json:"given"`         // fen: what counted
	Cut   string `json:"cut,omitempty"` // why less: CutLine or CutTotal
}

// Why a line of a limit counted for less.
const (
	CutLine  = "line"  // more than the line may add
	CutTotal = "total" // more than all may come to
)

// What can be done about a finding.
const (
	Fill    = "fill"    // nobody has entered it
	Improve = "improve" // reach Target or Code
)

// Advice is what would raise the points.
type Advice struct {
	Indicator string `json:"indicator"`
	Do        string `json:"do"`
	Target    int64  `json:"target,omitempty"` // the nearest value that gives more
	Code      string `json:"code,omitempty"`
	Gain      Points `json:"gain"`              // with Fill: at most
	Reaches   bool   `json:"reaches,omitempty"` // it alone reaches the next step
}

// NextStep is the step above on the first ladder.
type NextStep struct {
	Code  string `json:"code"`
	Lacks Points `json:"lacks"`
}

// Bytes returns the result as it is kept: the same for the same records, card and day, everywhere.
func (r *Result) Bytes() []byte {
	b, err := json.Marshal(r)
	if err != nil {
		panic(fmt.Sprintf("scoring: a result of plain values does not marshal: %v", err))
	}
	return b
}

// ParseResult reads what Bytes returned.
func ParseResult(data []byte) (*Result, error) {
	var r Result
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("read a result: %w", err)
	}
	return &r, nil
}

// Grade returns the step on the first ladder.
func (r *Result) Grade() string { return r.Steps[0] }

// Granted returns the limit in fen, 0 for none.
func (r *Result) Granted() int64 {
	if r.Limit == nil {
		return 0
	}
	return r.Limit.Granted
}

// Decidable reports why no decision may rest on the result: fault.Conflict "scoring.disputed" while something it rests on is in
// dispute and nobody gave a reason to go on all the same.
func (r *Result) Decidable(reason string) error {
	if len(r.Disputed) > 0 && reason == "" {
		return fault.New(fault.Conflict, "scoring.disputed").With("n", fmt.Sprint(len(r.Disputed)))
	}
	return nil
}
