// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"cmp"
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/outreach"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Companion is somebody who may accompany a visit.
type Companion struct {
	Actor ident.Actor
	Name  string
	Here  bool // can sign at this laptop
}

// Companions returns the staff that this laptop knows, without whoever works here: first those who can sign here, then by
// name.
func (d *Desk) Companions(ctx context.Context) ([]Companion, error) {
	here, err := d.Users(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := d.Store.List(ctx, record.Query{Kind: kindStaff, Limit: everything})
	if err != nil {
		return nil, err
	}
	var out []Companion
	for _, row := range rows {
		c := Companion{Name: row.Text("name")}
		copy(c.Actor[:], row.Value("actor").Bytes())
		c.Here = slices.Contains(here, c.Actor)
		retired := !row.Value("active").IsNone() && !row.Bool("active")
		if c.Actor != d.Actor && !c.Actor.IsZero() && !retired {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b Companion) int {
		if a.Here != b.Here {
			if a.Here {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(a.Name, b.Name), a.Actor.Compare(b.Actor))
	})
	return out, nil
}

// VisitStart is what is known when a visit begins.
type VisitStart struct {
	Purpose string
	Second  ident.Actor // who accompanies and will sign; zero for nobody, or somebody without a key
	With    string      // their name, "" for nobody
}

// BeginVisit begins a visit to a household or merchant and returns its id: the one that is on today's list, or under way, or
// a new one. Faults: Invalid "agent.visit.purpose" without a purpose, "agent.visit.with_whom" where two have to go and nobody
// accompanies, fault.NotFound if there is nobody of that id.
func (d *Desk) BeginVisit(ctx context.Context, of ident.Record, start VisitStart) (ident.Record, error) {
	def, _ := d.Book.Catalogue.Field(outreach.Kind, "visit_purpose")
	if !slices.Contains(def.Choices, start.Purpose) {
		return ident.Record{}, fault.New(fault.Invalid, "agent.visit.purpose").WithField("purpose")
	}
	if d.Book.Outreach.Two(start.Purpose) && (start.Second.IsZero() || start.Second == d.Actor) {
		return ident.Record{}, fault.New(fault.Invalid, "agent.visit.with_whom").WithField("second")
	}
	row, err := d.Store.Get(ctx, of)
	if err != nil {
		return ident.Record{}, err
	}
	visits, err := d.visits(ctx, row.Header.Scope)
	if err != nil {
		return ident.Record{}, err
	}
	v, err := d.newVisit(TodayLine{Of: of, scope: row.Header.Scope, subject: row.Header.Subject, sample: row.Bool("sample")})
	if err != nil {
		return ident.Record{}, err
	}
	planned := false
	for _, there := range visits.today {
		if there.Of != of || there.Officer != d.Actor {
			continue
		}
		switch visits.state(there) {
		case VisitBegun:
			return there.Header.ID, nil // twice pressed, or come back to
		case VisitPlanned:
			v, planned = there, true
		}
	}
	v.Purpose, v.Second, v.Companion = start.Purpose, start.Second, strings.TrimSpace(start.With)
	return v.Header.ID, d.act(ctx, "visit.begin", v.Header.Scope, nil, v.Begin(d.Now().Truncate(time.Minute).UnixMilli(), planned))
}

// VisitStep is a step of a visit as people read it.
type VisitStep struct {
	outreach.StepState
	Title string
	Text  string // what is there, or what to do
}

// VisitConsent is something that a visit asks the person to agree to.
type VisitConsent struct {
	Purpose string
	Title   string
	Wording string
	Until   string // it holds until then, in words; "" while it is not given
	Needed  bool
}

// Visit is a visit under way, or one that has ended. Each of its steps is an act of its own, so that nothing is lost where
// the laptop dies; a Visit does not change: read it anew after a step.
type Visit struct {
	ID       ident.Record
	Of       ident.Record
	Title    string // whom it is to
	Place    string
	Purpose  string
	With     string // who accompanies
	Begun    string
	Steps    []VisitStep
	Ready    bool   // it may be ended
	Ended    string // when, "" while it is under way
	Check    string // the beginning of what both sign, for comparing
	Letter   string // title of the letter, and its paragraphs
	Text     []string
	Consents []VisitConsent
	Photos   FileList // with the check value of each file
	Position string
	Giver    string // who signs
	Mine     bool   // whoever works here leads it
	Leader   string // who leads it

	desk     *Desk
	visit    outreach.Visit
	evidence outreach.Evidence
	edition  uint32
	row      record.Row // whom it is to
	base     record.Base
	posted   ident.Org
}

// Visit reads a visit. fault.NotFound if there is none, or nobody any more whom it is to.
func (d *Desk) Visit(ctx context.Context, id ident.Record) (*Visit, error) {
	return noted(ctx, "agent.visit", func(ctx context.Context) (*Visit, error) { return d.visit(ctx, id) })
}

func (d *Desk) visit(ctx context.Context, id ident.Record) (*Visit, error) {
	row, err := d.Store.Get(ctx, id)
	if err == nil && row.Header.Kind != outreach.Kind {
		err = fault.New(fault.NotFound, "record.missing")
	}
	if err != nil {
		return nil, err
	}
	x := &Visit{desk: d, ID: id, visit: outreach.Of(row)}
	x.Of, x.Mine = x.visit.Of, x.visit.Officer == d.Actor
	if x.row, err = d.Store.Get(ctx, x.Of); err != nil {
		return nil, err
	}
	line := d.line(x.row)
	x.Title, x.Place = line.Title, joined(d.villageName(ctx, row.Header.Scope), line.Place)
	x.Leader = x.visit.Visitor
	x.Purpose, x.With = d.choice("visit_purpose", x.visit.Purpose), x.visit.Companion
	x.Begun = d.Print.DateTime(time.UnixMilli(x.visit.Begun).In(d.Now().Location()))
	x.Giver = cmp.Or(x.row.Text("head_name"), x.row.Text("operator_name"))
	for _, read := range []func(context.Context) error{x.readBase, x.readLetter, x.readConsents, x.readDemands, x.readSigns, x.readEnd} {
		if err := read(ctx); err != nil {
			return nil, err
		}
	}
	if x.Photos, err = d.files(ctx, row); err != nil {
		return nil, err
	}
	x.Photos.Count = d.T("agent.visit.photo.title")
	x.Photos.Lines = slices.DeleteFunc(x.Photos.Lines, func(l FileLine) bool { return !slices.Contains(outreach.PhotoFields(), l.Field) })
	x.Check = x.visit.Statement(x.evidence).String()
	x.steps(ctx)
	return x, nil
}

func (x *Visit) readBase(ctx context.Context) (err error) {
	if x.base, err = x.desk.Store.Base(ctx, x.visit.Header.Scope); err != nil {
		return err
	}
	posting, _, err := x.desk.posting(ctx, x.visit.Header.Scope)
	x.posted = posting.Bank
	return err
}

// about reads the records of a kind that are about whom the visit is to.
func (x *Visit) about(ctx context.Context, kind record.Kind) ([]record.Row, error) {
	h := x.visit.Header
	return x.desk.Store.List(ctx, record.Query{Kind: kind, Scope: h.Scope, Subject: h.Subject, Limit: everything})
}

func (x *Visit) readLetter(ctx context.Context) error {
	letter, there := x.desk.Book.Outreach.Letter(x.desk.Now())
	if !there {
		return nil
	}
	x.edition = letter.Edition
	x.Letter, x.Text = letter.In(x.desk.Print.Lang())
	rows, err := x.about(ctx, outreach.KindLetter)
	for _, row := range rows {
		if a := outreach.AcknowledgedOf(row); a.Edition == letter.Edition && x.evidence.Letter == nil {
			x.evidence.Letter = &a
		}
	}
	return err
}

func (x *Visit) readConsents(ctx context.Context) error {
	d := x.desk
	all, err := consent.Read(ctx, d.Store, x.row.Header.Scope, x.row.Header.Subject)
	if err != nil {
		return err
	}
	needed := d.Book.Outreach.Consents[x.row.Header.Kind]
	for _, purpose := range append(slices.Clone(needed), extraConsents(needed)...) {
		w, there := d.Book.Consent.Current(purpose, d.Now())
		if !there {
			continue
		}
		c := VisitConsent{
			Purpose: purpose, Title: d.T("choice.consent_purpose." + purpose), Needed: slices.Contains(needed, purpose),
			Wording: w.In(d.Print.Lang(), cmp.Or(d.OrgName(ctx, x.posted), d.T("agent.visit.recipient"))),
		}
		for _, given := range all.Consents {
			if given.Purpose == purpose && all.Holds(given, d.Now()) {
				c.Until = d.Value(consent.Kind, "until", record.OfText(given.Until))
				x.evidence.Consents = append(x.evidence.Consents, given.Header.ID)
			}
		}
		if c.Needed && c.Until == "" {
			x.evidence.Lacking = append(x.evidence.Lacking, purpose)
		}
		x.Consents = append(x.Consents, c)
	}
	return nil
}

// extraConsents are what a visit offers beside what it needs.
func extraConsents(needed []string) []string {
	if slices.Contains(needed, "finance") {
		return nil
	}
	return []string{"finance"}
}

func (x *Visit) readDemands(ctx context.Context) error {
	lines, err := x.desk.demandsOf(ctx, x.row)
	for _, l := range lines {
		if l.state.Began() >= x.visit.Begun {
			x.evidence.Demands = append(x.evidence.Demands, l.ID)
		}
	}
	return err
}

func (x *Visit) ofVisit(ctx context.Context, kind record.Kind) ([]record.Row, error) {
	return x.desk.Store.List(ctx, record.Query{
		Kind: kind, Scope: x.visit.Header.Scope, Limit: everything, Where: []record.Term{{Field: "visit", Value: record.OfBytes(x.ID.Bytes())}},
	})
}

func (x *Visit) readSigns(ctx context.Context) error {
	rows, err := x.ofVisit(ctx, outreach.KindSign)
	for _, row := range rows {
		x.evidence.Signs = append(x.evidence.Signs, outreach.SignOf(row))
	}
	return err
}

func (x *Visit) readEnd(ctx context.Context) error {
	rows, err := x.ofVisit(ctx, outreach.KindEnd)
	if len(rows) > 0 {
		x.Ended = x.desk.Print.DateTime(time.UnixMilli(rows[0].Int("at")).In(x.desk.Now().Location()))
	}
	return err
}

func (x *Visit) steps(ctx context.Context) {
	p := x.desk.Book.Outreach
	for _, s := range p.Steps(x.visit, x.evidence) {
		step := VisitStep{StepState: s, Title: x.desk.T("agent.visit.step." + string(s.Step))}
		if x.Ended != "" {
			step.Done = step.Done || s.Step == outreach.StepSecond && s.Stale // it was right when the visit ended
		}
		step.Text = x.stepText(ctx, step)
		x.Steps = append(x.Steps, step)
	}
	x.Ready = x.Ended == "" && x.Mine && len(p.Lacks(x.visit, x.evidence)) == 0
}

// stepText says what is there of a step, or what to do.
func (x *Visit) stepText(ctx context.Context, s VisitStep) string {
	d := x.desk
	if fix, ok := x.visit.Where(); ok {
		x.Position = d.fixText(fix)
		if s.Step == outreach.StepPosition {
			return x.Position
		}
	}
	switch {
	case s.Stale && !s.Done:
		return d.T("agent.visit.step.second.stale")
	case !s.Done:
		return d.T("agent.visit.step." + string(s.Step) + ".todo")
	}
	switch s.Step {
	case outreach.StepLetter:
		a := x.evidence.Letter
		return d.T("agent.visit.step.letter.done", "who", a.Giver, "when", d.when(a.AtMS))
	case outreach.StepPhoto:
		return d.T("agent.visit.step.photo.done", "n", n(len(x.visit.Photos)))
	case outreach.StepForm:
		return d.choice("visit_result", x.visit.Result)
	case outreach.StepDemand:
		return d.T("agent.visit.step.demand.done", "n", n(len(x.evidence.Demands)))
	case outreach.StepConsent:
		return d.T("agent.visit.step.consent.done", "n", n(len(x.evidence.Consents)))
	case outreach.StepSecond:
		return d.T("agent.visit.step.second.done", "who", x.With)
	}
	return d.T("agent.visit.step.done")
}

// fixText says a position and what it is worth.
func (d *Desk) fixText(f forms.Fix) string {
	parts := strings.SplitN(f.String(), ",", 3)
	text := parts[0] + ", " + parts[1]
	switch {
	case f.Source == forms.FixTyped:
		return text + " · " + d.T("agent.visit.typed")
	case f.Accuracy > 0:
		return text + " · " + d.T("agent.visit.accuracy", "n", n(f.Accuracy))
	}
	return text
}

// CheckValue is the beginning of the check value of a file, in groups, for people to compare; "" where nothing is attached.
func (l FileLine) CheckValue() string {
	if !l.Named {
		return ""
	}
	digest := l.Digest()
	text := strings.ToUpper(hex.EncodeToString(digest[:8]))
	return text[:4] + " " + text[4:8] + " " + text[8:12] + " " + text[12:]
}
