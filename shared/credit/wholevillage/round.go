// SPDX-License-Identifier: Apache-2.0

package wholevillage

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Reviewer is somebody who reviews in a round, and whom they are known not to.
type Reviewer struct {
	Actor ident.Actor    `json:"actor"`
	Out   []ident.Record `json:"out,omitempty"` // households that they are left out of
}

// Seat is one household of a round, with the one member of it who is reviewed; zero for its head.
type Seat struct {
	Household ident.Record  `json:"household"`
	Subject   ident.Subject `json:"subject"`
	Member    ident.Record  `json:"member,omitzero"`
}

// Round is a blind round of some households of a unit.
type Round struct {
	Step
	No        int // 1 for R1
	Reviewers []Reviewer
	Seats     []Seat
	Until     string
}

// RoundOf reads a round.
func RoundOf(row record.Row) Round {
	return Round{stepOf(row), int(row.Int("round_no")), unpack[[]Reviewer](row, "reviewers"), unpack[[]Seat](row, "households"), row.Text("until")}
}

// Create returns the write that makes it.
func (r Round) Create() record.Write {
	return r.create(KindRound, map[record.Field]record.Value{
		"round_no": record.OfInt(int64(r.No)), "reviewers": packed(r.Reviewers), "households": packed(r.Seats), "until": text(r.Until),
	})
}

// Check says what is wrong with a round before it is opened. Faults: Invalid "wholevillage.round.empty"; "wholevillage.round.size"
// for more households than one record holds; "wholevillage.round.twice" for a household that sits twice, or a reviewer; Conflict
// "wholevillage.round.reviewers" where fewer than the policy wants may review a household.
func (p *Policy) CheckRound(r Round) error {
	seen := map[ident.Record]bool{}
	for _, v := range r.Reviewers {
		if seen[ident.Record(v.Actor)] || v.Actor.IsZero() {
			return fault.New(fault.Invalid, "wholevillage.round.twice").WithField("reviewers")
		}
		seen[ident.Record(v.Actor)] = true
	}
	switch {
	case len(r.Seats) == 0:
		return fault.New(fault.Invalid, "wholevillage.round.empty").WithField("households")
	case len(r.Seats) > p.rounds.Batch:
		return fault.New(fault.Invalid, "wholevillage.round.size").With("n", strconv.Itoa(p.rounds.Batch)).WithField("households")
	}
	for _, s := range r.Seats {
		if seen[s.Household] {
			return fault.New(fault.Invalid, "wholevillage.round.twice").WithField("households")
		}
		seen[s.Household] = true
		able := 0
		for _, v := range r.Reviewers {
			if !slices.Contains(v.Out, s.Household) {
				able++
			}
		}
		if able < p.rounds.Reviewers {
			return fault.New(fault.Conflict, "wholevillage.round.reviewers").With("n", strconv.Itoa(p.rounds.Reviewers)).WithField("reviewers")
		}
	}
	return nil
}

func (r Round) reviewer(a ident.Actor) (Reviewer, bool) {
	i := slices.IndexFunc(r.Reviewers, func(v Reviewer) bool { return v.Actor == a })
	if i < 0 {
		return Reviewer{}, false
	}
	return r.Reviewers[i], true
}

func (r Round) seat(household ident.Record) (Seat, bool) {
	i := slices.IndexFunc(r.Seats, func(s Seat) bool { return s.Household == household })
	if i < 0 {
		return Seat{}, false
	}
	return r.Seats[i], true
}

// Sheet is what one reviewer says of one household in one round, with their own key, in their own scope.
type Sheet struct {
	Step
	Round   ident.Record
	Member  ident.Record
	Way     string   // code of field sheet_way
	Knows   string   // code of field knows
	Abstain string   // why they say nothing of it, code of field abstain; "" for a sheet that counts
	Suggest int64    // fen
	Honesty string   // code of field honesty
	Willing string   // code of field willing
	Usury   bool     // the household borrows at usury
	Vetoes  []string // codes of field vetoes
	Honours []string // codes of field honours
	Note    string
}

// SheetOf reads a sheet.
func SheetOf(row record.Row) Sheet {
	return Sheet{
		stepOf(row), ref(row, "review_round"), ref(row, "member"), row.Text("sheet_way"), row.Text("knows"), row.Text("abstain"), row.Int("suggest"),
		row.Text("honesty"), row.Text("willing"), row.Bool("usury"), row.Value("vetoes").Set(), row.Value("honours").Set(), row.Text("note"),
	}
}

// Create returns the write that makes it under s.Header.
func (s Sheet) Create() record.Write {
	fields := map[record.Field]record.Value{
		"review_round": refValue(s.Round), "member": refValue(s.Member), "sheet_way": text(s.Way), "knows": text(s.Knows), "abstain": text(s.Abstain),
		"honesty": text(s.Honesty), "willing": text(s.Willing), "vetoes": set(s.Vetoes), "honours": set(s.Honours), "note": text(s.Note),
	}
	if s.Abstain == "" {
		fields["suggest"], fields["usury"] = record.OfInt(s.Suggest), record.OfBool(s.Usury)
	}
	return s.create(KindSheet, fields)
}

// maxNote is how long words may be, in characters.
const maxNote = 300

// Fill completes the sheet of a reviewer on a household of a round: s holds what they say. Their own scope is where it goes; its
// author gives it an id. Faults: NotAllowed "wholevillage.sheet.reviewer" for somebody who does not review in this round; NotFound
// "wholevillage.sheet.household"; Conflict "wholevillage.round.closed"; Conflict "wholevillage.sheet.out" where they are left out
// and say something all the same; Invalid "wholevillage.sheet.abstain", "wholevillage.sheet.suggest", "wholevillage.sheet.veto",
// "wholevillage.sheet.asked" for what has to be answered, "wholevillage.words".
func (p *Policy) Fill(r Round, closed bool, by ident.Actor, household ident.Record, s Sheet, nowMS int64) (Sheet, error) {
	who, reviews := r.reviewer(by)
	seat, sits := r.seat(household)
	switch {
	case !reviews:
		return s, fault.New(fault.NotAllowed, "wholevillage.sheet.reviewer")
	case !sits:
		return s, fault.New(fault.NotFound, "wholevillage.sheet.household")
	case closed:
		return s, fault.New(fault.Conflict, "wholevillage.round.closed")
	case s.Abstain != "" && !slices.Contains(p.rounds.LeaveOut, s.Abstain):
		return s, fault.New(fault.Invalid, "wholevillage.sheet.abstain").WithField("abstain")
	case s.Abstain == "" && slices.Contains(who.Out, household):
		return s, fault.New(fault.Conflict, "wholevillage.sheet.out").WithField("abstain")
	case s.Abstain == "" && (s.Suggest < 0 || s.Suggest > p.rounds.MostFen):
		return s, fault.New(fault.Invalid, "wholevillage.sheet.suggest").With("most", strconv.FormatInt(p.rounds.MostFen/1_000_000, 10)).WithField("suggest")
	case s.Abstain == "" && (s.Honesty == "" || s.Willing == "" || s.Knows == ""):
		return s, fault.New(fault.Invalid, "wholevillage.sheet.asked").WithField("honesty")
	case slices.ContainsFunc(s.Vetoes, func(v string) bool { return !slices.Contains(p.rounds.Vetoes, v) }):
		return s, fault.New(fault.Invalid, "wholevillage.sheet.veto").WithField("vetoes")
	case len([]rune(s.Note)) > maxNote:
		return s, fault.New(fault.Invalid, "wholevillage.words").With("n", strconv.Itoa(maxNote)).WithField("note")
	}
	if s.Abstain != "" {
		s = Sheet{Step: s.Step, Way: s.Way, Abstain: s.Abstain, Note: s.Note}
	}
	if s.Way == "" {
		s.Way = "screen"
	}
	s.Header = record.Header{ID: s.Header.ID, Kind: KindSheet, Scope: ident.UserScope(by), Subject: seat.Subject}
	s.By, s.Round, s.Household, s.Member, s.AtMS, s.Edition = by, r.Header.ID, household, seat.Member, nowMS, p.version
	s.Sample = s.Sample || r.Sample
	return s, nil
}

// Result is what a round came to for one household. It names no reviewer.
type Result struct {
	Step
	Round     ident.Record
	No        int
	Enough    bool           // so many reviewers as the policy wants said something
	Abstained int            // so many said nothing of it
	Suggests  []int64        // fen, the least first
	Suggest   int64          // fen: the median; 0 where there were not enough
	Tally     map[string]int // how many named each veto
	Vetoes    []string       // named by so many that an officer has to look
	Used      []ident.Record // the sheets, sorted
}

// ResultOf reads a result.
func ResultOf(row record.Row) Result {
	return Result{
		stepOf(row), ref(row, "review_round"), int(row.Int("round_no")), row.Bool("enough"), int(row.Int("abstained")), unpack[[]int64](row, "suggests"),
		row.Int("suggest"), unpack[map[string]int](row, "tally"), row.Value("vetoes").Set(), unpack[[]ident.Record](row, "used"),
	}
}

// Create returns the write that makes it.
func (r Result) Create() record.Write {
	return r.create(KindResult, map[record.Field]record.Value{
		"review_round": refValue(r.Round), "round_no": record.OfInt(int64(r.No)), "enough": record.OfBool(r.Enough), "abstained": record.OfInt(int64(r.Abstained)),
		"suggests": packed(r.Suggests), "suggest": record.OfInt(r.Suggest), "tally": packed(r.Tally), "vetoes": set(r.Vetoes), "used": packed(r.Used),
	})
}

// Count returns what the sheets of a round came to for each of its households, in the order of the seats. It does not depend on the
// order of the sheets. Sheets of others than the round's reviewers, of other rounds, and what somebody says who is left out do
// not count; of several of one reviewer the latest does.
func (p *Policy) Count(r Round, sheets []Sheet) []Result {
	type hand struct {
		by        ident.Actor
		household ident.Record
	}
	last := map[hand]Sheet{}
	for _, s := range sheets {
		who, reviews := r.reviewer(s.By)
		own, _ := s.Header.Scope.User()
		if !reviews || own != s.By || s.Round != r.Header.ID || s.Abstain == "" && slices.Contains(who.Out, s.Household) {
			continue
		}
		k := hand{s.By, s.Household}
		if had, there := last[k]; !there || later(s, had) {
			last[k] = s
		}
	}
	out := make([]Result, len(r.Seats))
	for i, seat := range r.Seats {
		var of []Sheet
		for _, v := range r.Reviewers {
			if s, there := last[hand{v.Actor, seat.Household}]; there {
				of = append(of, s)
			}
		}
		out[i] = p.count(r, seat, of)
	}
	return out
}

func later(a, b Sheet) bool {
	return cmp.Or(cmp.Compare(a.AtMS, b.AtMS), bytes.Compare(a.Header.ID[:], b.Header.ID[:])) > 0
}

func (p *Policy) count(r Round, seat Seat, sheets []Sheet) Result {
	res := Result{
		Step:  Step{Header: record.Header{Scope: r.Header.Scope, Subject: seat.Subject}, Year: r.Year, Household: seat.Household, Edition: p.version, Sample: r.Sample},
		Round: r.Header.ID, No: r.No, Suggests: []int64{}, Tally: map[string]int{}, Used: []ident.Record{},
	}
	for _, s := range sheets {
		res.Used = append(res.Used, s.Header.ID)
		if s.Abstain != "" {
			res.Abstained++
			continue
		}
		res.Suggests = append(res.Suggests, s.Suggest)
		for _, v := range s.Vetoes {
			res.Tally[v]++
		}
	}
	slices.Sort(res.Suggests)
	slices.SortFunc(res.Used, func(a, b ident.Record) int { return bytes.Compare(a[:], b[:]) })
	if res.Enough = len(res.Suggests) >= p.rounds.Reviewers; res.Enough {
		res.Suggest = Median(res.Suggests)
	}
	for v, n := range res.Tally {
		if n >= p.rounds.Equal {
			res.Vetoes = append(res.Vetoes, v)
		}
	}
	slices.Sort(res.Vetoes)
	return res
}

// Median returns the middle of sorted amounts, of an even number the mean of the middle two rounded down; 0 for none.
func Median(sorted []int64) int64 {
	n := len(sorted)
	switch {
	case n == 0:
		return 0
	case n%2 == 1:
		return sorted[n/2]
	}
	a, b := sorted[n/2-1], sorted[n/2]
	return a + (b-a)/2
}

// Closed is that the desk closed a round.
type Closed struct {
	Step
	Round  ident.Record
	Sheets int
}

// ClosedOf reads it.
func ClosedOf(row record.Row) Closed {
	return Closed{stepOf(row), ref(row, "review_round"), int(row.Int("sheets"))}
}

// Create returns the write that makes it.
func (c Closed) Create() record.Write {
	return c.create(KindClose, map[record.Field]record.Value{"review_round": refValue(c.Round), "sheets": record.OfInt(int64(c.Sheets))})
}

// Next returns the number of the round that a household needs next, by what its rounds came to; 0 when it had enough: so many as
// the policy wants, whose medians are not too far apart, or as many as there may be.
func (p *Policy) Next(results []Result) int {
	last, counted := 0, []int64{}
	for _, r := range results {
		last = max(last, r.No)
		if r.Enough {
			counted = append(counted, r.Suggest)
		}
	}
	enough := len(counted) >= p.rounds.Need && (len(counted) >= p.rounds.Most || !p.apart(counted))
	if enough || last >= p.rounds.Most {
		return 0
	}
	return last + 1
}

// Done says whether the rounds of a household are over with something to decide on.
func (p *Policy) Done(results []Result) bool {
	return p.Next(results) == 0 && slices.ContainsFunc(results, func(r Result) bool { return r.Enough })
}

func (p *Policy) apart(medians []int64) bool {
	least, most := slices.Min(medians), slices.Max(medians)
	return (most-least)*10_000 > most*p.rounds.ApartBP
}

// Text returns how a round is called: R1.
func (r Round) Text() string { return fmt.Sprintf("R%d", r.No) }
