// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"maps"
	"slices"

	"yuexin/shared/credit/carbon"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/subject"
	board "yuexin/shared/credit/village"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Survey is a form that is filled in about a household, a merchant or a village, and what was filled in of it.
type Survey struct {
	Form  string
	Title string
	Own   bool         // it is the sheet of the record itself: there is one, and it is changed
	Sum   string       // what all of them come to, "" if they are not added up
	Lines []SurveyLine // newest first; of one that is not
}

// SurveyLine is one that was filled in.
type SurveyLine struct {
	ID    ident.Record
	Title string
	Marks []Mark
}

// Surveys returns the forms that are filled in about a household or merchant. fault.NotFound if there is none.
func (d *Desk) Surveys(ctx context.Context, id ident.Record) ([]Survey, error) {
	row, err := d.Store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return d.surveys(ctx, row.Header)
}

// VillageSurveys returns the forms that are filled in about a village, and what lies in it.
func (d *Desk) VillageSurveys(ctx context.Context, scope ident.Scope) ([]Survey, error) {
	unit, err := d.unit(ctx, scope)
	if err != nil {
		return nil, err
	}
	return d.surveys(ctx, unit.Header)
}

// unit returns the record of a village; fault.Invalid if none was chosen.
func (d *Desk) unit(ctx context.Context, scope ident.Scope) (record.Row, error) {
	rows, err := d.Store.List(ctx, record.Query{Kind: kindUnit, Scope: scope, Limit: 1})
	if err == nil && (scope == "" || len(rows) == 0) {
		err = fault.New(fault.Invalid, "agent.form.village")
	}
	if err != nil {
		return record.Row{}, err
	}
	return rows[0], nil
}

func (d *Desk) surveys(ctx context.Context, of record.Header) ([]Survey, error) {
	var out []Survey
	for _, name := range slices.Sorted(maps.Keys(d.Book.Forms)) {
		form := d.Book.Forms[name]
		if !slices.Contains(form.Of, of.Kind) {
			continue
		}
		p := Survey{Form: name, Title: form.Title.In(d.Print), Own: form.Kind == of.Kind}
		if !p.Own {
			var err error
			if p.Lines, p.Sum, err = d.surveyLines(ctx, form, of); err != nil {
				return nil, err
			}
		}
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b Survey) int { // the sheet of the record itself first
		if a.Own == b.Own {
			return 0
		}
		if a.Own {
			return -1
		}
		return 1
	})
	return out, nil
}

// surveysShown is how many of a form are listed.
const surveysShown = 200

func (d *Desk) surveyLines(ctx context.Context, form *forms.Form, of record.Header) ([]SurveyLine, string, error) {
	q := record.Query{Kind: form.Kind, Scope: of.Scope, Newest: true, Limit: surveysShown}
	if of.Kind != kindUnit || form.Village {
		q.Subject = of.Subject
	}
	if form.Kind == carbon.Kind {
		q.Limit = everything // the balance is the sum of all
	}
	rows, err := d.Store.List(ctx, q)
	if err != nil {
		return nil, "", err
	}
	var out []SurveyLine
	for _, row := range rows[:min(len(rows), surveysShown)] {
		out = append(out, SurveyLine{ID: row.Header.ID, Title: d.surveyTitle(row), Marks: marksOf(row)})
	}
	if form.Kind == carbon.Kind {
		return out, d.account(rows), nil
	}
	return out, "", nil
}

// surveyTitle returns what a record is called: its name, or for what has none when it was filled in.
func (d *Desk) surveyTitle(row record.Row) string {
	switch kind := row.Header.Kind; {
	case kind == subject.KindHousehold || kind == subject.KindMerchant:
		return d.line(row).Title
	case row.Text("name") != "":
		return row.Text("name")
	case row.Text("pond_name") != "":
		return row.Text("pond_name")
	case row.Header.Kind == carbon.Kind:
		e := carbon.Of(row)
		title := joined(d.Value(carbon.Kind, "day", record.OfText(e.Day)), d.T("choice.carbon_item."+e.Item), d.kilograms(e.Grams))
		if !e.Reverses.IsZero() {
			title = joined(title, d.T("agent.carbon.taken"))
		}
		return title
	case row.Header.Kind == board.KindElement:
		return joined(d.T("choice.element."+row.Text("element")), d.Value(board.KindElement, "since", row.Value("since")))
	case row.Header.Kind == board.KindTask:
		return row.Text("title")
	case row.Text("checked_on") != "":
		return joined(d.Value(kind, "checked_on", row.Value("checked_on")), d.surveyScore(row))
	case row.Int("figures_year") != 0:
		return d.T("agent.survey.year", "n", n(int(row.Int("figures_year"))))
	}
	return d.T("subject.unnamed")
}

// surveyScore is what an evaluation came to, "" if it is none.
func (d *Desk) surveyScore(row record.Row) string {
	for _, f := range []record.Field{"green_total", "rules_met"} {
		if v := row.Value(f); !v.IsNone() {
			return joined(d.FieldName(row.Header.Kind, f), d.Value(row.Header.Kind, f, v))
		}
	}
	return ""
}

// NewSurvey begins a form about a household or merchant; of its own sheet it opens what is registered.
func (d *Desk) NewSurvey(ctx context.Context, name string, of ident.Record) (*Entry, error) {
	row, err := d.Store.Get(ctx, of)
	if err != nil {
		return nil, err
	}
	form := d.Book.Forms[name]
	if form != nil && form.Kind == row.Header.Kind {
		return d.EditBy(ctx, name, of)
	}
	return d.survey(ctx, form, row)
}

// NewVillageSurvey begins a form about a village, or about something new in it.
func (d *Desk) NewVillageSurvey(ctx context.Context, name string, scope ident.Scope) (*Entry, error) {
	unit, err := d.unit(ctx, scope)
	if err != nil {
		return nil, err
	}
	return d.survey(ctx, d.Book.Forms[name], unit)
}

func (d *Desk) survey(ctx context.Context, form *forms.Form, of record.Row) (*Entry, error) {
	if form == nil || !slices.Contains(form.Of, of.Header.Kind) {
		return nil, fault.New(fault.Unsupported, "record.kind").With("kind", "")
	}
	e, err := d.newOf(ctx, form, form.Kind, of.Header.Scope)
	if err != nil {
		return nil, err
	}
	if of.Header.Kind != kindUnit || form.Village {
		e.header.Subject = of.Header.Subject // it is about them; a pond or an enterprise of the village is about itself
	}
	if of.Header.Kind != kindUnit {
		e.Name = d.surveyTitle(of)
	}
	if err := e.consented(ctx); err != nil {
		return nil, err
	}
	for _, c := range form.Consents {
		if e.given[c.Purpose] {
			_ = e.Session.Set(c.Field, "yes") // a yes_no field takes it
		}
	}
	e.untouched = e.Session.Draft()
	return e, nil
}

// EditSurvey opens what was filled in to change it, by the form that asks most of it.
func (d *Desk) EditSurvey(ctx context.Context, id ident.Record) (*Entry, error) {
	row, err := d.Store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	form := d.widest(row.Header.Kind)
	if form == nil || d.isEntry(form) {
		return nil, fault.New(fault.Unsupported, "record.kind").With("kind", string(row.Header.Kind))
	}
	return d.EditBy(ctx, form.Name, id)
}

// SurveyDetail is what was filled in of a form.
type SurveyDetail struct {
	Line
	Form     string // what it is called
	Village  string
	Sections []Section
	Entry    bool // it is never changed: it can be taken back only
	Outcomes []Outcome
	Flags    []string // what is to be reviewed
	Files    FileList
	Past     []Trail
	Traces   []Trail
}

// Survey opens what was filled in. fault.NotFound if there is none.
func (d *Desk) Survey(ctx context.Context, id ident.Record) (*SurveyDetail, error) {
	return noted(ctx, "agent.survey", func(ctx context.Context) (*SurveyDetail, error) { return d.surveyDetail(ctx, id) })
}

func (d *Desk) surveyDetail(ctx context.Context, id ident.Record) (*SurveyDetail, error) {
	row, err := d.Store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	form := d.widest(row.Header.Kind)
	if form == nil {
		return nil, fault.New(fault.Unsupported, "record.kind").With("kind", string(row.Header.Kind))
	}
	x := &SurveyDetail{Line: Line{ID: id, Title: d.surveyTitle(row), Marks: marksOf(row)}, Form: form.Title.In(d.Print)}
	x.Village = d.Village(ctx, row.Header.Scope).Name
	if x.Sections, err = d.answers(ctx, form, row); err != nil {
		return nil, err
	}
	x.Entry = d.isEntry(form)
	x.Sections = append(d.judged(row), x.Sections...)
	named, err := d.collectors(ctx, row.Header)
	if err != nil {
		return nil, err
	}
	x.Sections = append(x.Sections, named...)
	if x.Outcomes, err = d.Outcomes(ctx, row, nil); err != nil {
		return nil, err
	}
	if x.Files, err = d.files(ctx, row); err != nil {
		return nil, err
	}
	if x.Past, err = d.past(ctx, row); err != nil {
		return nil, err
	}
	x.Traces, x.Flags, err = d.traces(ctx, row)
	return x, err
}

// widest returns the form that asks most of a kind, nil if there is none.
func (d *Desk) widest(kind record.Kind) *forms.Form {
	var out *forms.Form
	size := 0
	for _, name := range slices.Sorted(maps.Keys(d.Book.Forms)) {
		form, fields := d.Book.Forms[name], 0
		for _, s := range form.Sections {
			fields += len(s.Fields)
		}
		if form.Kind == kind && fields > size {
			out, size = form, fields
		}
	}
	return out
}

// rowsShown is how many rows of one sort a detail lists.
const rowsShown = 50

// answers shows a record in the order of a form, and behind it its rows but those of some kinds.
func (d *Desk) answers(ctx context.Context, form *forms.Form, row record.Row, but ...record.Kind) ([]Section, error) {
	out := d.sections(form, row)
	parts, err := d.partRows(ctx, form, row.Header)
	if err != nil {
		return nil, err
	}
	for _, s := range form.Sections {
		for _, f := range s.Fields {
			if f.Type != forms.Rows || slices.Contains(but, f.Kind) {
				continue
			}
			part := Section{Title: f.Label.In(d.Print)}
			for _, p := range parts {
				if p.Header.Kind == f.Kind && !p.Deleted() && len(part.Facts) < rowsShown {
					part.Facts = append(part.Facts, d.rowFact(f, p, len(part.Facts)+1))
				}
			}
			if len(part.Facts) > 0 {
				out = append(out, part)
			}
		}
	}
	return out, nil
}

func (d *Desk) rowFact(rows *forms.Field, part record.Row, number int) Fact {
	var values []string
	for _, f := range rows.Fields {
		if f.Record == "" {
			continue
		}
		text := d.Value(rows.Kind, f.Record, part.Value(f.Record))
		if f.Type == forms.YesNo && text != "" {
			text = f.Label.In(d.Print) + d.T("agent.colon") + text
		}
		values = append(values, text)
	}
	fact := Fact{Label: n(number), Value: joined(values...)}
	switch {
	case part.DeletionDisputed():
		fact.Mark = d.T(MarkDeletion.Key())
	case len(part.Disputed()) > 0:
		fact.Mark = d.T(MarkDisputed.Key())
	case part.Pending():
		fact.Mark = d.T(MarkPending.Key())
	}
	return fact
}

// How many acts a detail tells the traces of, and how many lines.
const (
	tracedActs  = 20
	tracesShown = 40
)

// traces tells how the answers of a record came about, newest first: what was there before, what was not typed, and why
// somebody went on in spite of a warning; the rest in one line an act. flags is what the newest act said is to be reviewed.
func (d *Desk) traces(ctx context.Context, row record.Row) (out []Trail, flags []string, err error) {
	rows, err := d.Store.List(ctx, record.Query{
		Kind: forms.KindTrail, Scope: row.Header.Scope, Newest: true, Limit: tracedActs,
		Where: []record.Term{{Field: "about", Value: record.OfBytes(row.Header.ID.Bytes())}},
	})
	if err != nil {
		return nil, nil, err
	}
	for i, kept := range rows {
		head := kept.Fields["traces"].Winner
		who, when := d.Who(ctx, head.Actor, head.Source), d.moment(head)
		if i == 0 {
			flags = forms.FlagsOf(kept)
		}
		plain := 0
		for _, t := range forms.TracesOf(kept, row.Header.Kind, d.Book.Catalogue) {
			if t.Old.IsNone() && t.Reason == "" && (t.How == forms.Typed || t.How == forms.Computed) {
				plain++
				continue
			}
			if !t.At.IsZero() {
				when = d.Print.DateTime(t.At.In(d.Now().Location()))
			}
			out = append(out, Trail{When: when, Title: d.FieldName(t.Kind, t.Field), Text: d.traceText(t), Who: who})
		}
		if plain > 0 {
			out = append(out, Trail{When: d.moment(head), Title: d.T("agent.trail.new"), Text: d.T("agent.trail.typed", "n", n(plain)), Who: who})
		}
	}
	return out[:min(len(out), tracesShown)], flags, nil
}

func (d *Desk) traceText(t forms.Trace) string {
	text := d.T("agent.trail.how." + string(t.How))
	if old := d.Value(t.Kind, t.Field, t.Old); old != "" {
		text = d.T("agent.trail.old", "value", old) + d.T("agent.comma") + text
	}
	if t.Reason != "" {
		text += d.T("agent.comma") + d.T("agent.trail.reason", "reason", t.Reason)
	}
	return text
}

// Flagged is a record of which a form's check says that somebody should review it.
type Flagged struct {
	ID       ident.Record
	Title    string // whose it is, and of which form
	Flags    []string
	OfPerson bool // it is a household or merchant
}

// FlaggedShown is how many records to review are listed at most.
const FlaggedShown = 50

// Flagged returns what forms left for review in a village, "" for all, newest first. What was corrected since is gone.
func (d *Desk) Flagged(ctx context.Context, scope ident.Scope) ([]Flagged, error) {
	rows, err := d.Store.List(ctx, record.Query{
		Kind: forms.KindTrail, Scope: scope, Newest: true, Limit: everything,
		Where: []record.Term{{Field: "flagged", Value: record.OfBool(true)}},
	})
	if err != nil {
		return nil, err
	}
	var out []Flagged
	seen := map[ident.Record]bool{}
	for _, kept := range rows {
		id := refBytes(kept.Value("about"))
		if seen[id] || len(out) == FlaggedShown {
			continue
		}
		seen[id] = true
		row, err := d.Store.Get(ctx, id)
		if err != nil || row.Deleted() || row.Header.Kind == lending.KindDemand {
			continue // gone; or a demand, which has a list of its own
		}
		_, flags, err := d.traces(ctx, row)
		if err != nil {
			return nil, err
		}
		form := d.widest(row.Header.Kind)
		if len(flags) == 0 || form == nil {
			continue
		}
		f := Flagged{ID: id, Flags: flags, Title: joined(d.surveyTitle(row), form.Title.In(d.Print))}
		f.OfPerson = row.Header.Kind == subject.KindHousehold || row.Header.Kind == subject.KindMerchant
		out = append(out, f)
	}
	return out, nil
}

// formerShown is how many former values a detail lists.
const formerShown = 20

func (d *Desk) past(ctx context.Context, row record.Row) ([]Trail, error) {
	list, err := d.Store.History(ctx, row.Header.ID)
	if err != nil {
		return nil, err
	}
	var out []Trail
	for _, p := range list {
		if p.Field.Reserved() || p.Version == 0 || len(out) == formerShown {
			continue
		}
		out = append(out, Trail{
			When: d.moment(p.Head), Title: d.FieldName(row.Header.Kind, p.Field),
			Text: d.said(row.Header.Kind, p.Field, p.Value), Who: d.Who(ctx, p.Actor, p.Source),
		})
	}
	return out, nil
}
