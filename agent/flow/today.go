// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/outreach"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// TodayLine is somebody to visit.
type TodayLine struct {
	Of       ident.Record // the household or merchant
	Title    string
	Where    string   // village, group and house
	Reasons  []string // in words, the weightiest first
	Band     string   // how late, in words; "" if nothing is
	Tone     Tone     // of the band
	Distance string   // "约 1.2 公里"; "" where it is not known

	Visit ident.Record // on today's list; zero for a suggestion
	State VisitState
	Begun string // when, of one under way or ended

	scope   ident.Scope
	subject ident.Subject
	place   int64
	sample  bool
}

// VisitState is how far a visit has come.
type VisitState int

// The states.
const (
	VisitNone VisitState = iota // not on the list
	VisitPlanned
	VisitBegun
	VisitEnded
)

// Key returns the text key of a state.
func (s VisitState) Key() string {
	return [...]string{"", "agent.visit.planned", "agent.visit.begun", "agent.visit.ended"}[s]
}

// TodayShown is how many suggestions are shown first.
const TodayShown = 30

// Today is whom to visit: what the officer has picked, in their order, and what the rules suggest.
type Today struct {
	Picked    []TodayLine
	Suggested []TodayLine // without those that were picked
	More      int         // suggestions beyond those that were asked for
	Date      string

	desk *Desk
}

// bandTones say how a band of the outreach policy is meant.
var bandTones = map[string]Tone{"soon": Quiet, "late": Notice, "later": Notice, "worst": Wrong}

// BandTone returns how a band is meant; one that only a county has is a notice.
func BandTone(name string) Tone {
	if tone, known := bandTones[name]; known {
		return tone
	}
	return Notice
}

// Today reads whom to visit in a village, or in all with "", at most so many suggestions. It opens every household and
// takes its time. Nearness is from where the officer was last today, as far as that is known.
func (d *Desk) Today(ctx context.Context, scope ident.Scope, most int) (*Today, error) {
	return noted(ctx, "agent.today", func(ctx context.Context) (*Today, error) { return d.today(ctx, scope, most) })
}

func (d *Desk) today(ctx context.Context, scope ident.Scope, most int) (*Today, error) {
	visits, err := d.visits(ctx, scope)
	if err != nil {
		return nil, err
	}
	rows, err := d.visited(ctx, scope)
	if err != nil {
		return nil, err
	}
	candidates, err := d.candidates(ctx, scope, rows, visits)
	if err != nil {
		return nil, err
	}
	t := &Today{desk: d, Date: d.Print.Date(d.Now())}
	ranked := d.Book.Outreach.Rank(candidates, visits.here)
	lines := map[ident.Record]TodayLine{}
	for _, r := range ranked {
		lines[r.ID] = d.todayLine(ctx, rows[r.ID], r)
	}
	picked := map[ident.Record]bool{}
	for _, v := range visits.today {
		row, there := rows[v.Of]
		if !there {
			continue // deleted, or of a village that was taken from this laptop
		}
		line, ranked := lines[v.Of]
		if !ranked {
			line = d.todayLine(ctx, row, outreach.Ranked{Candidate: outreach.Candidate{ID: v.Of}, Metres: -1})
		}
		line.Visit, line.State, line.place = v.Header.ID, visits.state(v), v.Place
		if v.Begun != 0 {
			line.Begun = d.clock(v.Begun)
		}
		picked[v.Of] = true
		t.Picked = append(t.Picked, line)
	}
	for _, r := range ranked {
		switch {
		case picked[r.ID]:
		case len(t.Suggested) < most:
			t.Suggested = append(t.Suggested, lines[r.ID])
		default:
			t.More++
		}
	}
	return t, nil
}

// visitBook is what is known of visits.
type visitBook struct {
	today []outreach.Visit                 // of whoever works here: in the order of the list
	last  map[ident.Record]outreach.Visit  // the last that was begun, by who was visited
	where map[ident.Record]*outreach.Place // from the last visit that knows it
	ended map[ident.Record]bool            // by visit
	here  *outreach.Place                  // where the officer was last today
}

func (b visitBook) state(v outreach.Visit) VisitState {
	switch {
	case b.ended[v.Header.ID]:
		return VisitEnded
	case v.Begun != 0:
		return VisitBegun
	}
	return VisitPlanned
}

// visits reads all visits of a scope.
func (d *Desk) visits(ctx context.Context, scope ident.Scope) (visitBook, error) {
	b := visitBook{last: map[ident.Record]outreach.Visit{}, where: map[ident.Record]*outreach.Place{}, ended: map[ident.Record]bool{}}
	ends, err := d.Store.List(ctx, record.Query{Kind: outreach.KindEnd, Scope: scope, Limit: everything})
	if err != nil {
		return b, err
	}
	for _, row := range ends {
		b.ended[recordOf(row.Value("visit"))] = true
	}
	rows, err := d.Store.List(ctx, record.Query{Kind: outreach.Kind, Scope: scope, Limit: everything})
	if err != nil {
		return b, err
	}
	all := make([]outreach.Visit, len(rows))
	for i, row := range rows {
		all[i] = outreach.Of(row)
	}
	slices.SortStableFunc(all, func(a, b outreach.Visit) int { return cmp.Compare(a.Begun, b.Begun) })
	for _, v := range all {
		mine := v.Officer == d.Actor || v.Second == d.Actor
		if fix, ok := v.Where(); ok {
			b.where[v.Of] = &outreach.Place{Lat: fix.Lat, Lon: fix.Lon}
			if mine && v.Begun != 0 && v.On(d.Now()) {
				b.here = b.where[v.Of]
			}
		}
		if v.Begun != 0 {
			b.last[v.Of] = v
		}
		if mine && (v.On(d.Now()) || v.Begun != 0 && !b.ended[v.Header.ID]) { // one that was left open is not forgotten overnight
			b.today = append(b.today, v)
		}
	}
	slices.SortStableFunc(b.today, func(x, y outreach.Visit) int {
		return cmp.Or(cmp.Compare(x.Place, y.Place), cmp.Compare(x.Begun, y.Begun), x.Header.ID.Compare(y.Header.ID))
	})
	return b, nil
}

// visited reads who can be visited.
func (d *Desk) visited(ctx context.Context, scope ident.Scope) (map[ident.Record]record.Row, error) {
	out := map[ident.Record]record.Row{}
	for _, kind := range []record.Kind{subject.KindHousehold, subject.KindMerchant} {
		rows, err := d.Store.List(ctx, record.Query{Kind: kind, Scope: scope, Limit: everything})
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			out[row.Header.ID] = row
		}
	}
	return out, nil
}

// candidates puts together what the rules look at.
func (d *Desk) candidates(ctx context.Context, scope ident.Scope, rows map[ident.Record]record.Row, visits visitBook) ([]outreach.Candidate, error) {
	demands, err := d.demands(ctx, scope)
	if err != nil {
		return nil, err
	}
	doors, err := d.doors(ctx, scope)
	if err != nil {
		return nil, err
	}
	waiting := map[ident.Record][]outreach.Waiting{}
	for _, l := range demands {
		if l.Done {
			continue
		}
		of := l.demand.Household
		if of.IsZero() {
			of = l.demand.Merchant
		}
		if of.IsZero() { // asked for at the door, by somebody who did not prove who they are
			of = doors[l.demand.Plate]
		}
		waiting[of] = append(waiting[of], outreach.Waiting{
			Days: max(0, d.daysSince(time.UnixMilli(l.state.Began()))), Overdue: int(l.urgency.OverdueDays), Left: int(l.urgency.LeftDays), Unassigned: l.urgency.Unassigned,
		})
	}
	ends, err := d.consentEnds(ctx, scope)
	if err != nil {
		return nil, err
	}
	out := make([]outreach.Candidate, 0, len(rows))
	for id, row := range rows {
		c := outreach.Candidate{
			ID: id, Demands: waiting[id], Consents: ends[row.Header.Subject], Missing: d.Book.Outreach.Missing(row), Where: visits.where[id],
		}
		last, was := visits.last[id]
		c.Visited = was
		if next, err := time.ParseInLocation(time.DateOnly, last.NextOn, d.Now().Location()); err == nil {
			days := d.daysSince(next)
			c.FollowUp = &days
		}
		out = append(out, c)
	}
	return out, nil
}

// doors returns who lives behind the plates of a village, or of all with "": it is there that somebody who asked at a door is to
// be found.
func (d *Desk) doors(ctx context.Context, scope ident.Scope) (map[doorplate.Handle]ident.Record, error) {
	rows, err := d.Store.List(ctx, record.Query{Kind: kindPlate, Scope: scope, Limit: everything})
	if err != nil {
		return nil, err
	}
	out := map[doorplate.Handle]ident.Record{}
	for _, row := range rows {
		var h doorplate.Handle
		copy(h[:], row.Value("handle").Bytes())
		if of := recordOf(row.Value("household")); !of.IsZero() && !h.IsZero() {
			out[h] = of
		}
	}
	return out, nil
}

// daysSince counts days by the calendar, negative for a day to come.
func (d *Desk) daysSince(t time.Time) int {
	now := d.Now()
	midnight := func(t time.Time) time.Time {
		y, m, day := t.In(now.Location()).Date()
		return time.Date(y, m, day, 0, 0, 0, 0, time.UTC)
	}
	return int(midnight(now).Sub(midnight(t)).Hours()) / 24
}

// consentEnds returns of each person when the last of their consents to each purpose that visits ask for ends; a withdrawn
// one is none.
func (d *Desk) consentEnds(ctx context.Context, scope ident.Scope) (map[ident.Subject][]outreach.Ends, error) {
	rows, err := d.Store.List(ctx, record.Query{Kind: consent.Kind, Scope: scope, Limit: everything})
	if err != nil {
		return nil, err
	}
	ended, err := d.Store.List(ctx, record.Query{Kind: consent.KindEnd, Scope: scope, Limit: everything})
	if err != nil {
		return nil, err
	}
	withdrawn := map[ident.Record]bool{}
	for _, row := range ended {
		withdrawn[recordOf(row.Value("consent"))] = true
	}
	asked := map[string]bool{}
	for _, purposes := range d.Book.Outreach.Consents {
		for _, p := range purposes {
			asked[p] = true
		}
	}
	type key struct {
		of      ident.Subject
		purpose string
	}
	last := map[key]string{}
	for _, row := range rows {
		c := consent.Of(row)
		if k := (key{row.Header.Subject, c.Purpose}); asked[c.Purpose] && !withdrawn[row.Header.ID] {
			last[k] = max(last[k], c.Until)
		}
	}
	out := map[ident.Subject][]outreach.Ends{}
	for k, until := range last {
		if day, err := time.ParseInLocation(time.DateOnly, until, d.Now().Location()); err == nil {
			out[k.of] = append(out[k.of], outreach.Ends{Purpose: k.purpose, Left: -d.daysSince(day)})
		}
	}
	for _, ends := range out {
		slices.SortFunc(ends, func(a, b outreach.Ends) int { return strings.Compare(a.Purpose, b.Purpose) })
	}
	return out, nil
}

func (d *Desk) todayLine(ctx context.Context, row record.Row, r outreach.Ranked) TodayLine {
	line := d.line(row)
	l := TodayLine{
		Of: row.Header.ID, Title: line.Title, Where: joined(d.villageName(ctx, row.Header.Scope), line.Place), Tone: Calm,
		scope: row.Header.Scope, subject: row.Header.Subject, sample: row.Bool("sample"),
	}
	for _, reason := range r.Reasons {
		l.Reasons = append(l.Reasons, d.reason(row, reason))
	}
	if r.Band.Name != "" {
		l.Band, l.Tone = d.T("outreach.band."+r.Band.Name), BandTone(r.Band.Name)
	}
	switch {
	case r.Metres < 0:
	case r.Metres < 1000:
		l.Distance = d.T("agent.today.metres", "n", n(max(10, (r.Metres+5)/10*10)))
	default:
		tenths := (r.Metres + 50) / 100
		l.Distance = d.T("agent.today.kilometres", "n", n(tenths/10)+"."+n(tenths%10))
	}
	return l
}

// villageName is the name of a place; it is asked for often.
func (d *Desk) villageName(ctx context.Context, scope ident.Scope) string {
	if name, known := d.names.Load(scope); known {
		return name.(string)
	}
	name := d.Village(ctx, scope).Name
	d.names.Store(scope, name)
	return name
}

// missingNamed is how many missing fields are named.
const missingNamed = 3

// reason says a reason in words.
func (d *Desk) reason(row record.Row, r outreach.Reason) string {
	key, pairs := "outreach.reason."+string(r.Kind), []string{"n", n(r.N)}
	if r.N == 0 && d.Print.Has(key+".today") {
		key += ".today"
	}
	if r.Purpose != "" {
		pairs = append(pairs, "what", d.T("choice.consent_purpose."+r.Purpose))
	}
	if len(r.Fields) > 0 {
		var names []string
		for _, f := range r.Fields[:min(len(r.Fields), missingNamed)] {
			names = append(names, d.FieldName(row.Header.Kind, f))
		}
		text := strings.Join(names, d.T("agent.comma"))
		if len(r.Fields) > missingNamed {
			text = d.T("outreach.reason.missing.more", "what", text)
		}
		pairs = append(pairs, "what", text)
	}
	return d.T(key, pairs...)
}

// Pick puts somebody on today's list, at its end. Nothing happens to who is on it already.
func (t *Today) Pick(ctx context.Context, line TodayLine) error {
	if line.State != VisitNone {
		return nil
	}
	place := int64(1)
	for _, l := range t.Picked {
		place = max(place, l.place+1)
	}
	d := t.desk
	v, err := d.newVisit(line)
	if err != nil {
		return err
	}
	return d.act(ctx, "visit.plan", line.scope, nil, v.Plan(d.Now().Format(time.DateOnly), place))
}

// newVisit makes a visit of whoever works here to somebody.
func (d *Desk) newVisit(line TodayLine) (outreach.Visit, error) {
	id, err := d.newID()
	return outreach.Visit{
		Header: record.Header{ID: id, Kind: outreach.Kind, Scope: line.scope, Subject: line.subject},
		Of:     line.Of, Officer: d.Actor, Visitor: d.Name, Sample: line.sample,
	}, err
}

// act applies writes as one act, on what was seen; base nil is what is seen now.
func (d *Desk) act(ctx context.Context, name string, scope ident.Scope, base *record.Base, writes ...record.Write) error {
	if base == nil {
		now, err := d.Store.Base(ctx, scope)
		if err != nil {
			return err
		}
		base = &now
	}
	_, err := d.Store.Apply(ctx, record.Act{Name: name, Scope: scope, Base: *base, Source: d.Book.Access.Source(d.Role), Writes: writes})
	return err
}

// Drop takes somebody off today's list; fault.Conflict "agent.visit.begun_already" once the visit has begun.
func (t *Today) Drop(ctx context.Context, line TodayLine) error {
	if line.State != VisitPlanned {
		return fault.New(fault.Conflict, "agent.visit.begun_already")
	}
	return t.desk.act(ctx, "visit.drop", line.scope, nil, record.Write{Op: record.Delete, Header: t.header(line)})
}

func (t *Today) header(line TodayLine) record.Header {
	return record.Header{ID: line.Visit, Kind: outreach.Kind, Scope: line.scope, Subject: line.subject}
}

// Move moves the i-th of today's list up (-1) or down (1): it changes places with its neighbour. Each is an act in its own
// village; a list that was cut off between them is in order all the same.
func (t *Today) Move(ctx context.Context, i, by int) error {
	j := i + by
	if i < 0 || j < 0 || i >= len(t.Picked) || j >= len(t.Picked) {
		return nil
	}
	order := slices.Clone(t.Picked)
	order[i], order[j] = order[j], order[i]
	for at, line := range order {
		if line.place == int64(at+1) {
			continue
		}
		w := record.Write{Op: record.Edit, Header: t.header(line), Fields: map[record.Field]record.Value{"place": record.OfInt(int64(at + 1))}}
		if err := t.desk.act(ctx, "visit.order", line.scope, nil, w); err != nil {
			return err
		}
	}
	return nil
}
