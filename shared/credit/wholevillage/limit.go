// SPDX-License-Identifier: Apache-2.0

package wholevillage

import (
	"bytes"
	"slices"
	"time"

	"yuexin/shared/credit/scoring"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Outcome is what the desk decided on a household after the meeting; codes of field outcome.
type Outcome string

// The outcomes.
const (
	Offered Outcome = "offered" // the household has a pre-approved limit
	Officer Outcome = "officer" // an officer has to look into the vetoes first
	Refused Outcome = "refused"
)

// Limit is the decision of 综合评议. With Officer the limit counts once an officer's check passed it.
type Limit struct {
	Step
	Meeting ident.Record
	Outcome Outcome
	Limit   int64          // fen
	Suggest int64          // fen: the median of all suggestions that count
	Model   int64          // fen: what the card allows
	Reasons []Ground       // what held it down, or refused it
	Vetoes  []string       // of the rounds
	Used    []ident.Record // the results it rests on, sorted
	Score   []byte         // scoring.Result.Bytes; none where nothing could be scored
	Day     string
	Until   string // its last day
	Seen    record.Version
}

// LimitOf reads a limit.
func LimitOf(row record.Row) Limit {
	return Limit{
		stepOf(row), ref(row, "meeting"), Outcome(row.Text("outcome")), row.Int("limit"), row.Int("suggest"), row.Int("model"),
		unpack[[]Ground](row, "reasons"), row.Value("vetoes").Set(), unpack[[]ident.Record](row, "used"), row.Value("score").Bytes(), row.Text("day"),
		row.Text("until"), record.Version(row.Int("seen")),
	}
}

// Create returns the write that makes it.
func (l Limit) Create() record.Write {
	return l.create(KindLimit, map[record.Field]record.Value{
		"meeting": refValue(l.Meeting), "outcome": text(string(l.Outcome)), "limit": record.OfInt(l.Limit), "suggest": record.OfInt(l.Suggest),
		"model": record.OfInt(l.Model), "reasons": packed(l.Reasons), "vetoes": set(l.Vetoes), "used": packed(l.Used), "score": record.OfBytes(l.Score),
		"day": text(l.Day), "until": text(l.Until), "seen": record.OfInt(int64(l.Seen)),
	})
}

// Decide comes to a limit by what the rounds came to and by the score, which is nil where the household cannot be scored; stop says
// why no decision may rest on it, a key of texts, "" for nothing. What the vetoes say wins over every amount: those of the card
// refuse, those of the rounds go to an officer. The caller adds whose it is, meeting, score and what was seen.
func (p *Policy) Decide(results []Result, score *scoring.Result, stop string, on time.Time) Limit {
	l := Limit{Outcome: Refused, Reasons: []Ground{}, Used: []ident.Record{}, Day: on.Format(time.DateOnly), Until: on.AddDate(0, p.limit.Months, -1).Format(time.DateOnly)}
	var all []int64
	for _, r := range results {
		if !r.Enough {
			continue
		}
		all = append(all, r.Suggests...)
		l.Vetoes = append(l.Vetoes, r.Vetoes...)
		l.Used = append(l.Used, r.Header.ID)
	}
	slices.Sort(all)
	slices.Sort(l.Vetoes)
	l.Vetoes = slices.Compact(l.Vetoes)
	slices.SortFunc(l.Used, func(a, b ident.Record) int { return bytes.Compare(a[:], b[:]) })
	l.Suggest = Median(all)
	if score != nil {
		l.Model = score.Granted()
	}
	refuse := func(why string, got int64) Limit {
		l.Limit, l.Reasons = 0, append(l.Reasons, Ground{why, got})
		return l
	}
	switch {
	case stop != "":
		return refuse(stop, 0)
	case score == nil || len(all) == 0:
		return refuse("none", 0)
	case len(score.Vetoes) > 0:
		return refuse("card_veto", int64(len(score.Vetoes)))
	}
	l.Limit = min(l.Suggest, l.Model, p.limit.CapFen)
	for id, amount := range map[string]int64{"median": l.Suggest, "model": l.Model, "cap": p.limit.CapFen} {
		if amount == l.Limit {
			l.Reasons = append(l.Reasons, Ground{id, amount})
		}
	}
	slices.SortFunc(l.Reasons, func(a, b Ground) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) })
	l.Limit -= l.Limit % p.limit.RoundFen
	if l.Limit <= 0 {
		return refuse("none", 0)
	}
	l.Outcome = Offered
	if len(l.Vetoes) > 0 {
		l.Outcome = Officer
		l.Reasons = append(l.Reasons, Ground{"veto", int64(len(l.Vetoes))})
	}
	return l
}
