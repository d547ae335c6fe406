// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/outreach"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// open returns nil while steps may be done; fault.Conflict "agent.visit.ended_already" afterwards.
func (x *Visit) open() error {
	if x.Ended != "" {
		return fault.New(fault.Conflict, "agent.visit.ended_already")
	}
	return nil
}

// signature keeps a picture of a signature. A picture that is none is fault.Invalid "uikit.signature.empty".
func (x *Visit) signature(png []byte) (record.Attachment, error) {
	if err := x.open(); err != nil {
		return record.Attachment{}, err
	}
	if !bytes.HasPrefix(png, []byte("\x89PNG")) {
		return record.Attachment{}, fault.New(fault.Invalid, "uikit.signature.empty")
	}
	return x.desk.Files.Attach(png)
}

// newHeader is the header of an entry about whom the visit is to.
func (x *Visit) newHeader(kind record.Kind) (record.Header, error) {
	id, err := x.desk.newID()
	h := x.visit.Header
	h.ID, h.Kind = id, kind
	return h, err
}

// Acknowledge notes that somebody was given the letter and signed for it. fault.Invalid "agent.visit.giver" without a name.
func (x *Visit) Acknowledge(ctx context.Context, giver string, png []byte) error {
	giver = strings.TrimSpace(giver)
	if giver == "" {
		return fault.New(fault.Invalid, "agent.visit.giver").WithField("giver")
	}
	signed, err := x.signature(png)
	if err != nil {
		return err
	}
	h, err := x.newHeader(outreach.KindLetter)
	if err != nil {
		return err
	}
	a := outreach.Acknowledged{
		Header: h, Visit: x.ID, Edition: x.edition, AtMS: x.desk.Now().UnixMilli(), Giver: giver, Signature: signed, Sample: x.visit.Sample,
	}
	return x.desk.act(ctx, "visit.letter", h.Scope, &x.base, a.Create())
}

// Accompany changes who accompanies: nobody has to stay in a visit that cannot be ended because the companion left. A
// signature that was given counts for them only. Faults are those of BeginVisit.
func (x *Visit) Accompany(ctx context.Context, second ident.Actor, name string) error {
	if err := x.open(); err != nil {
		return err
	}
	if x.desk.Book.Outreach.Two(x.visit.Purpose) && (second.IsZero() || second == x.visit.Officer) {
		return fault.New(fault.Invalid, "agent.visit.with_whom").WithField("second")
	}
	who, with := record.Value{}, record.Value{}
	if !second.IsZero() {
		who = record.OfBytes(second.Bytes())
	}
	if name = strings.TrimSpace(name); name != "" {
		with = record.OfText(name)
	}
	w := record.Write{Op: record.Edit, Header: x.visit.Header, Fields: map[record.Field]record.Value{"second": who, "companion": with}}
	return x.desk.act(ctx, "visit.companion", x.visit.Header.Scope, &x.base, w)
}

// Untouched says that nothing was done since the visit began, so that it may be taken back.
func (x *Visit) Untouched() bool {
	v, letter := x.visit, x.evidence.Letter
	return x.Ended == "" && x.Mine && v.Position == "" && v.Result == "" && v.Resident == nil && len(v.Photos) == 0 &&
		len(x.evidence.Signs) == 0 && len(x.evidence.Demands) == 0 && (letter == nil || letter.Visit != x.ID)
}

// TakeBack deletes a visit that was begun by mistake; fault.Conflict "agent.visit.begun_already" once something was done.
func (x *Visit) TakeBack(ctx context.Context) error {
	if !x.Untouched() {
		return fault.New(fault.Conflict, "agent.visit.begun_already")
	}
	return x.desk.act(ctx, "visit.drop", x.visit.Header.Scope, &x.base, record.Write{Op: record.Delete, Header: x.visit.Header})
}

// edit writes a field of the visit.
func (x *Visit) edit(ctx context.Context, name string, f record.Field, v record.Value) error {
	if err := x.open(); err != nil {
		return err
	}
	w := record.Write{Op: record.Edit, Header: x.visit.Header, Fields: map[record.Field]record.Value{f: v}}
	return x.desk.act(ctx, name, x.visit.Header.Scope, &x.base, w)
}

// Locate notes where the visit is. fault.Invalid "form.gps.coarse" for a position that is no good.
func (x *Visit) Locate(ctx context.Context, fix forms.Fix) error {
	if most := x.desk.Book.Outreach.Position.WorstMetres; fix.Accuracy > most {
		return fault.New(fault.Invalid, "form.gps.coarse").With("got", n(fix.Accuracy)).With("max", n(most)).WithField("position")
	}
	return x.edit(ctx, "visit.position", "position", record.OfText(fix.String()))
}

// SignResident notes the signature of who was visited.
func (x *Visit) SignResident(ctx context.Context, png []byte) error {
	signed, err := x.signature(png)
	if err != nil {
		return err
	}
	return x.edit(ctx, "visit.signature", outreach.FieldResident, signed.Value())
}

// Agree notes a consent that was signed on the screen. Faults are those of consent.Policy.Give, and fault.NotFound
// "agent.demand.closed" where nobody could be named whom it is for.
func (x *Visit) Agree(ctx context.Context, purpose, giver string, png []byte) error {
	d := x.desk
	if x.posted.IsZero() {
		return fault.New(fault.NotFound, "agent.demand.closed").With("village", d.villageName(ctx, x.visit.Header.Scope))
	}
	h, err := x.newHeader(consent.Kind)
	if err != nil {
		return err
	}
	c, err := d.Book.Consent.Give(consent.Consent{
		Header: h, Recipient: x.posted, Purpose: purpose, Given: consent.Signature, Giver: strings.TrimSpace(giver), Sample: x.visit.Sample,
	}, d.Now())
	if err != nil {
		return err
	}
	signed, err := x.signature(png)
	if err != nil {
		return err
	}
	c.Signature = &signed
	return d.act(ctx, "visit.consent", h.Scope, &x.base, c.Create())
}

// Form opens the form of the visit: what came of it.
func (x *Visit) Form(ctx context.Context) (*Entry, error) {
	if err := x.open(); err != nil {
		return nil, err
	}
	e, err := x.desk.EditBy(ctx, string(outreach.Kind), x.ID)
	if err != nil {
		return nil, err
	}
	e.Name = x.Title
	return e, nil
}

// Sign lets who accompanies vouch for the visit as it stands, at their own desk: see Session.Beside. Faults: Invalid
// "agent.visit.not_second" for somebody else, and "outreach.lacks" while anything but this signature is lacking.
func (x *Visit) Sign(ctx context.Context, theirs *Desk) error {
	if err := x.open(); err != nil {
		return err
	}
	if x.visit.Second.IsZero() || theirs.Actor != x.visit.Second {
		return fault.New(fault.Invalid, "agent.visit.not_second").With("name", cmp.Or(x.With, "—")).WithField("passphrase")
	}
	lacks := slices.DeleteFunc(x.desk.Book.Outreach.Lacks(x.visit, x.evidence), func(s outreach.Step) bool { return s == outreach.StepSecond })
	if len(lacks) > 0 {
		return fault.New(fault.Invalid, "outreach.lacks").With("steps", string(lacks[0]))
	}
	id, err := x.desk.newID()
	if err != nil {
		return err
	}
	w := x.visit.Signs(id, x.visit.Statement(x.evidence), theirs.Now().UnixMilli())
	return theirs.act(ctx, "visit.sign", x.visit.Header.Scope, nil, w)
}

// End ends the visit as one act, signed by who leads it: the entry that names everything, and with it the demands that
// waited for a visit move on. Faults: those of outreach.Policy.End, NotAllowed "agent.visit.not_leader" for somebody else.
func (x *Visit) End(ctx context.Context) (record.Receipt, error) {
	d := x.desk
	if err := x.open(); err != nil {
		return record.Receipt{}, err
	}
	if !x.Mine {
		return record.Receipt{}, fault.New(fault.NotAllowed, "agent.visit.not_leader")
	}
	id, err := d.newID()
	if err != nil {
		return record.Receipt{}, err
	}
	writes, err := d.Book.Outreach.End(x.visit, x.evidence, id, d.Now().UnixMilli())
	if err != nil {
		return record.Receipt{}, err
	}
	moves, err := x.moves(ctx)
	if err != nil {
		return record.Receipt{}, err
	}
	return d.Store.Apply(ctx, record.Act{
		Name: "visit.end", Scope: x.visit.Header.Scope, Base: x.base, Source: d.Book.Access.Source(d.Role), Writes: append(writes, moves...),
	})
}

// moves are what a visit does to the demands of whom it was to: those that wait for one have been visited.
func (x *Visit) moves(ctx context.Context) ([]record.Write, error) {
	if x.visit.Result != "done" {
		return nil, nil
	}
	d := x.desk
	lines, err := d.demandsOf(ctx, x.row)
	if err != nil {
		return nil, err
	}
	by := lending.Author{Role: d.Role, Source: d.Book.Access.Source(d.Role), Base: x.base, NowMS: d.Now().UnixMilli(), Random: d.Random}
	var out []record.Write
	var errs []error
	for _, l := range lines {
		next := d.Book.Lending.Next(l.state.Status, d.Role)
		if !slices.ContainsFunc(next, func(m lending.MoveDef) bool { return m.To == lending.Visited }) {
			continue
		}
		act, err := d.Book.Lending.Move(by, l.demand, l.state, lending.Request{To: lending.Visited})
		out, errs = append(out, act.Writes...), append(errs, err)
	}
	return out, errors.Join(errs...)
}

// EditFile opens the file of whom the visit is to, to complete it.
func (x *Visit) EditFile(ctx context.Context) (*Entry, error) { return x.desk.Edit(ctx, x.Of) }
