// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"strings"

	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// SentShown is how many acts the list of receipts shows.
const SentShown = 200

// Sent is an act of this laptop and what became of it.
type Sent struct {
	Receipt record.Receipt
	Set     *record.ChangeSet // nil where its content is not here any more
	MadeMS  int64
	Broken  bool
}

// SentLine is an act with its receipt as a person reads it.
type SentLine struct {
	Title   string // whose record, and what was done
	What    string // the fields
	Village string
	When    string // since when it waits, or how long ago it was done
	State   string
	Tone    Tone
	Why     string       // the reason of a refusal, or what became of single fields; "" for none
	ID      ident.Record // of the household, merchant or demand to open; zero for none
	Demand  bool         // ID is a demand
}

// SentLines reads the list of receipts.
func (d *Desk) SentLines(ctx context.Context, s Sync, waiting bool) ([]SentLine, error) {
	list, err := s.Sent(ctx, waiting)
	if err != nil {
		return nil, err
	}
	out := make([]SentLine, len(list))
	for i, one := range list {
		out[i] = d.sentLine(ctx, one)
	}
	return out, nil
}

func (d *Desk) sentLine(ctx context.Context, s Sent) SentLine {
	l := SentLine{
		Title: d.T("agent.sent.gone"), Village: d.Village(ctx, s.Receipt.Link.Lane.Scope).Name, When: d.when(s.MadeMS),
		State: d.T("agent.sent." + s.Receipt.Outcome.String()), Tone: toneOfOutcome(s.Receipt.Outcome), Why: d.whySent(s.Receipt),
	}
	if s.Broken {
		l.State, l.Tone = d.T("agent.sent.broken"), Wrong
	}
	if s.Set == nil || len(s.Set.Writes) == 0 {
		return l
	}
	w := mainWrite(s.Set)
	l.Title, l.ID = d.returnTitle(ctx, w), w.Header.ID
	switch w.Header.Kind {
	case lending.KindDemand:
		l.Demand = true
	case lending.KindMove:
		l.ID, l.Demand = refBytes(w.Fields["demand"]), true
	case "household", "merchant":
	default:
		l.ID = refBytes(w.Fields["household"])
	}
	var fields []string
	for _, f := range w.FieldNames() {
		if f != "sample" && f != "form" && len(fields) < 4 {
			fields = append(fields, d.FieldName(w.Header.Kind, f))
		}
	}
	l.What = strings.Join(fields, d.T("agent.comma"))
	return l
}

func toneOfOutcome(o record.Outcome) Tone {
	switch o {
	case record.Accepted, record.Merged:
		return Calm
	case record.Rejected, record.Quarantined:
		return Wrong
	case record.InReview, record.Proposed, record.Pending:
		return Notice
	}
	return Quiet
}

// whySent says why something was refused, or what became of fields for which that is worse than accepted.
func (d *Desk) whySent(rc record.Receipt) string {
	if rc.Reason != "" {
		err := fault.New(fault.Invalid, rc.Reason).WithField(string(rc.Field))
		for name, value := range rc.Args {
			err = err.With(name, value)
		}
		message, _ := d.Print.Explain(err)
		return message
	}
	var fields []string
	for _, f := range rc.Fields {
		fields = append(fields, d.FieldName(f.Record.Kind, f.Field)+d.T("agent.colon")+d.T("agent.sent."+f.Outcome.String()))
	}
	return strings.Join(fields, d.T("agent.comma"))
}
