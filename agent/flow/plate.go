// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"io"
	"slices"
	"strings"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/plate"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// PlateFile is what somebody at a door does about its plate: they ask, the desk decides, and the answer comes back by sync.
type PlateFile struct {
	Plate Plate
	Facts []Fact
	Homes []PlateHome // who is noted there
	Said  []PlateSaid // what was asked and decided, newest first

	// What is asked for now.
	Deed    plate.Deed
	Reason  string
	Fix     *forms.Fix
	Photo   *record.Attachment
	Chosen  []ident.Record // households to bind
	Numbers string         // of a split, with spaces between
	Into    string         // short code of the plate that stays
	Foreign string         // what somebody else's plate says

	desk   *Desk
	header record.Header
	sample bool
}

// PlateHome is a household behind a plate, or that may be.
type PlateHome struct {
	ID   ident.Record
	Name string
}

// PlateSaid is one thing that was asked about a plate, or decided without.
type PlateSaid struct {
	Title string // what, and how it stands
	Text  string // the reason, and why not
	When  string
	Sent  bool // it has left this laptop
	No    bool // it was refused
}

// PlateOf opens the plate of a household. fault.NotFound "agent.plate.none" where it has none.
func (d *Desk) PlateOf(ctx context.Context, household ident.Record) (*PlateFile, error) {
	row, err := d.Store.Get(ctx, household)
	if err != nil {
		return nil, err
	}
	code, err := doorplate.ParseCode(row.Text("plate_code"))
	if err != nil {
		return nil, fault.New(fault.NotFound, "agent.plate.none")
	}
	s, err := d.scanned(ctx, "plate_code", record.OfText(string(code)), "agent.plate.none")
	if err != nil {
		return nil, err
	}
	return d.PlateFile(ctx, s.Plate.ID)
}

// PlateFile opens what there is about a plate. fault.NotFound if this laptop does not hold it.
func (d *Desk) PlateFile(ctx context.Context, id ident.Record) (*PlateFile, error) {
	return noted(ctx, "agent.plate", func(ctx context.Context) (*PlateFile, error) { return d.plateFile(ctx, id) })
}

func (d *Desk) plateFile(ctx context.Context, id ident.Record) (*PlateFile, error) {
	row, err := d.Store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	x := &PlateFile{desk: d, header: row.Header, sample: row.Bool("sample"), Plate: d.plateLine(ctx, row)}
	x.Facts = []Fact{
		{Label: d.T("agent.village"), Value: x.Plate.Text()},
		{Label: d.FieldName(plate.Kind, "plate_code"), Value: doorplate.Code(x.Plate.Code).String()},
		{Label: d.FieldName(plate.Kind, "plate_state"), Value: d.choice("plate_state", row.Text("plate_state"))},
	}
	if at := row.Int("hung_at"); at != 0 {
		x.Facts = append(x.Facts, Fact{Label: d.FieldName(plate.Kind, "hung_at"), Value: d.when(at)})
	}
	if fix, err := forms.ParseFix(row.Text("position")); err == nil {
		x.Facts = append(x.Facts, Fact{Label: d.FieldName(plate.Kind, "position"), Value: d.fixText(fix)})
	}
	if row.Text("foreign") != "" {
		x.Facts = append(x.Facts, Fact{Label: d.FieldName(plate.Kind, "foreign"), Value: d.T("agent.plate.foreign.there")})
	}
	if x.Homes, err = d.homesAt(ctx, "plate_code", x.Plate.Code, row.Header.Scope); err != nil {
		return nil, err
	}
	for _, h := range x.Homes {
		x.Chosen = append(x.Chosen, h.ID)
	}
	return x, x.read(ctx)
}

// plateLine reads the record of a plate.
func (d *Desk) plateLine(ctx context.Context, row record.Row) Plate {
	return Plate{
		ID: row.Header.ID, Code: row.Text("plate_code"), Scope: row.Header.Scope, Village: d.Village(ctx, row.Header.Scope).Name,
		Group: row.Text("group_no"), House: row.Text("house_no"),
	}
}

// homesAt lists the households of a village whose field says that.
func (d *Desk) homesAt(ctx context.Context, field record.Field, text string, scope ident.Scope) (out []PlateHome, err error) {
	rows, err := d.Store.List(ctx, record.Query{
		Kind: subject.KindHousehold, Scope: scope, Limit: plate.MaxHouseholds, Where: []record.Term{{Field: field, Value: record.OfText(text)}},
	})
	for _, row := range rows {
		out = append(out, PlateHome{row.Header.ID, joined(d.line(row).Title, d.line(row).Place)})
	}
	return out, err
}

// read reads what was asked and decided.
func (x *PlateFile) read(ctx context.Context) error {
	d := x.desk
	of := func(kind record.Kind) ([]record.Row, error) {
		return d.Store.List(ctx, record.Query{Kind: kind, Scope: x.header.Scope, Newest: true, Limit: everything, Where: []record.Term{
			{Field: "plate", Value: record.OfBytes(x.header.ID.Bytes())},
		}})
	}
	asks, err := of(plate.KindAsk)
	if err != nil {
		return err
	}
	decided, err := of(plate.KindDecided)
	if err != nil {
		return err
	}
	answers := map[ident.Record]plate.Decided{}
	type told struct {
		at int64
		PlateSaid
	}
	var all []told
	for _, row := range decided {
		if one := plate.DecidedOf(row); !one.Ask.IsZero() {
			answers[one.Ask] = one
		} else {
			all = append(all, told{one.AtMS, PlateSaid{Title: d.choice("deed", string(one.Deed)), Text: one.Reason, When: d.when(one.AtMS), Sent: true}})
		}
	}
	for _, row := range asks {
		a := plate.AskOf(row)
		one := PlateSaid{Title: d.choice("deed", string(a.Deed)), Text: a.Reason, When: d.when(a.AtMS), Sent: !row.Pending()}
		switch answer, done := answers[row.Header.ID]; {
		case !done && !one.Sent:
			one.Title = joined(one.Title, d.T(MarkPending.Key()))
		case !done:
			one.Title = joined(one.Title, d.T("agent.plate.waits"))
		default:
			one.Title, one.No = joined(one.Title, d.choice("deed_outcome", string(answer.Outcome))), answer.Outcome == plate.Refused
			if answer.Why != "" {
				one.Text = joined(one.Text, d.T(answer.Why, "code", "", "number", ""), answer.Reason)
			}
		}
		all = append(all, told{a.AtMS, one})
	}
	slices.SortStableFunc(all, func(a, b told) int { return int(min(1, max(-1, b.at-a.at))) })
	for _, one := range all {
		x.Said = append(x.Said, one.PlateSaid)
	}
	return nil
}

// Deeds returns the codes and words of what can be asked.
func (x *PlateFile) Deeds() (codes, words []string) {
	for _, deed := range plate.Deeds {
		codes, words = append(codes, string(deed)), append(words, x.desk.choice("deed", string(deed)))
	}
	return codes, words
}

// Find returns households of the village that may live behind the plate: those whose name was typed, or else those of its
// house number, after those that are noted there.
func (x *PlateFile) Find(ctx context.Context, search string) ([]PlateHome, error) {
	out := slices.Clone(x.Homes)
	add := func(h PlateHome) {
		known := slices.ContainsFunc(out, func(one PlateHome) bool { return one.ID == h.ID })
		if !known && len(out) < plate.MaxHouseholds {
			out = append(out, h)
		}
	}
	if search = strings.TrimSpace(search); search == "" {
		same, err := x.desk.homesAt(ctx, "house_no", x.Plate.House, x.header.Scope)
		for _, h := range same {
			add(h)
		}
		return out, err
	}
	list := x.desk.Households()
	list.Scope, list.Search = x.header.Scope, search
	if err := list.Read(ctx); err != nil {
		return out, err
	}
	for _, l := range list.Lines() {
		add(PlateHome{l.ID, joined(l.Title, l.Place)})
	}
	return out, nil
}

// Take keeps a photo of the plate where it hangs. Faults are those of Files.Attach.
func (x *PlateFile) Take(from io.Reader) error {
	plain, err := io.ReadAll(io.LimitReader(from, x.desk.Book.Attachments.MaxBytes+1))
	if err != nil {
		return fault.New(fault.Invalid, "blob.type").WithCause(err)
	}
	a, err := x.desk.Files.Attach(plain)
	if err == nil {
		x.Photo = &a
	}
	return err
}

// Ask writes down what is asked for. Faults, each on its field: those of plate.Ask.Check, doorplate.ParseCode and
// plate.ForeignKey, and NotFound "agent.scan.unknown" for a code of no plate here.
func (x *PlateFile) Ask(ctx context.Context) error {
	d := x.desk
	id, err := d.newID()
	if err != nil {
		return err
	}
	a := plate.Ask{
		Header: record.Header{ID: id, Scope: x.header.Scope, Subject: x.header.Subject}, Plate: x.header.ID,
		Deed: x.Deed, Reason: x.Reason, AtMS: d.Now().UnixMilli(), Sample: x.sample,
	}
	if x.Fix != nil && (x.Deed == plate.PutUp || x.Deed == plate.Covered) {
		a.Fix = x.Fix.String()
	}
	if x.Photo != nil && (x.Deed == plate.PutUp || x.Deed == plate.Covered) {
		a.Photo = x.Photo.Value()
	}
	switch x.Deed {
	case plate.Bind:
		a.Households = x.Chosen
	case plate.Split:
		a.Numbers = strings.Fields(strings.NewReplacer("，", " ", ",", " ", "、", " ").Replace(x.Numbers))
	case plate.Merge:
		if a.Into, err = x.into(ctx); err != nil {
			return err
		}
	case plate.Foreign:
		if a.Foreign, err = plate.ForeignKey(x.Foreign); err != nil {
			return err
		}
	}
	write, err := a.Create()
	if err != nil {
		return err
	}
	base, err := d.Store.Base(ctx, x.header.Scope)
	if err != nil {
		return err
	}
	return d.act(ctx, "plate.ask", x.header.Scope, &base, write)
}

func (x *PlateFile) into(ctx context.Context) (ident.Record, error) {
	code, err := doorplate.ParseCode(x.Into)
	if err != nil {
		return ident.Record{}, fault.From(err).WithField("into")
	}
	s, err := x.desk.scanned(ctx, "plate_code", record.OfText(string(code)), "agent.scan.unknown")
	if err != nil {
		return ident.Record{}, fault.From(err).WithField("into")
	}
	return s.Plate.ID, nil
}
