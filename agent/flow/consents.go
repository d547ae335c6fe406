// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"io"
	"strings"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/credit/plain"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sheetpdf"
	"yuexin/shared/sync/record"
)

// Consents is what one household or merchant consented to, and what an officer does about it: print the letter, take it back for
// them, and note one that was given by a thumb on paper.
type Consents struct {
	Name, Village, Recipient string
	Lines                    []ConsentLine // newest first
	Purposes                 []Purpose     // what may be asked for on paper

	desk   *Desk
	header record.Header
	posted ident.Org
	giver  string
	given  consent.Given
	sample bool
}

// ConsentLine is one consent in words.
type ConsentLine struct {
	plain.Permit
	consent consent.Consent
}

// Purpose is a purpose for which somebody may be asked.
type Purpose struct{ Code, Title string }

// Consents opens what somebody consented to. fault.NotFound if there is nobody of that id.
func (d *Desk) Consents(ctx context.Context, id ident.Record) (*Consents, error) {
	return noted(ctx, "agent.consents", func(ctx context.Context) (*Consents, error) { return d.consents(ctx, id) })
}

func (d *Desk) consents(ctx context.Context, id ident.Record) (*Consents, error) {
	row, err := d.Store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	c := &Consents{
		desk: d, header: row.Header, Name: d.line(row).Title, Village: d.Village(ctx, row.Header.Scope).Name, sample: row.Bool("sample"),
		giver: row.Text("head_name"),
	}
	if c.giver == "" {
		c.giver = row.Text("operator_name")
	}
	if c.given, err = consent.Read(ctx, d.Store, row.Header.Scope, row.Header.Subject); err != nil {
		return nil, err
	}
	for _, one := range c.given.Consents {
		c.Lines = append(c.Lines, ConsentLine{d.words().Permit(one, c.given, d.OrgName(ctx, one.Recipient), d.Now()), one})
	}
	if p, found, err := d.posting(ctx, row.Header.Scope); err != nil || found {
		c.posted, c.Recipient = p.Bank, d.OrgName(ctx, p.Bank)
		if err != nil {
			return nil, err
		}
	}
	for _, w := range d.Book.Consent.Wordings() {
		if w.About(row.Header.Kind) {
			c.Purposes = append(c.Purposes, Purpose{w.Purpose, d.T("choice.consent_purpose." + w.Purpose)})
		}
	}
	return c, nil
}

// Withdraw takes a consent back for whoever gave it, who said so to the officer. It holds nowhere that has heard of it, from the
// moment of this act on. fault.Stale "kiosk.takeback.gone" if it does not hold any more.
func (c *Consents) Withdraw(ctx context.Context, line ConsentLine) error {
	d := c.desk
	if !c.given.Holds(line.consent, d.Now()) {
		return fault.New(fault.Stale, "kiosk.takeback.gone")
	}
	id, err := d.newID()
	if err != nil {
		return err
	}
	return d.act(ctx, "consent.withdraw", c.header.Scope, nil, line.consent.End(id, d.Now().UnixMilli(), consent.Told))
}

// Thumb notes a consent that was given by a thumb on a printed letter, with a photograph of it; helper is who read it out, ""
// for nobody. Faults are those of consent.Policy.Give and of Files.Attach, and NotFound "agent.demand.closed" where nobody could
// be named whom it is for.
func (c *Consents) Thumb(ctx context.Context, purpose, giver, helper string, photo io.Reader) error {
	d := c.desk
	if c.posted.IsZero() {
		return fault.New(fault.NotFound, "agent.demand.closed").With("village", c.Village)
	}
	content, err := io.ReadAll(io.LimitReader(photo, d.Book.Attachments.MaxBytes+1))
	if err != nil {
		return fault.New(fault.Invalid, "blob.type").WithCause(err)
	}
	a, err := d.Files.Attach(content)
	if err != nil {
		return err
	}
	id, err := d.newID()
	if err != nil {
		return err
	}
	helper = strings.TrimSpace(helper)
	given, err := d.Book.Consent.Give(consent.Consent{
		Header:    record.Header{ID: id, Kind: consent.Kind, Scope: c.header.Scope, Subject: c.header.Subject},
		Recipient: c.posted, Purpose: purpose, Given: consent.Thumb, Giver: strings.TrimSpace(giver), Photo: &a,
		Assisted: helper != "", Assistant: helper, Sample: c.sample,
	}, d.Now())
	if err != nil {
		return err
	}
	return d.act(ctx, "consent.thumb", c.header.Scope, nil, given.Create())
}

// Giver is the name under which somebody gives a consent, as far as it is known.
func (c *Consents) Giver() string { return c.giver }

// Letter is the letter of a consent, to be printed: with the signature where it was given on a screen and is on this laptop.
func (c *Consents) Letter(ctx context.Context, line ConsentLine) sheetpdf.Letter {
	o := c.letter()
	o.Consent, o.Recipient = line.consent, line.Who
	if s := line.consent.Signature; s != nil && c.desk.Files.Has(*s) {
		n := record.NamedBlob{Header: line.consent.Header, Field: "signature", Attachment: *s}
		if ink, err := c.desk.Files.Open(ctx, n); err == nil { // without it the letter says how it was given all the same
			o.Signature = ink
		}
	}
	return o
}

// Blank is a letter for the hand.
func (c *Consents) Blank(purpose string) sheetpdf.Letter {
	o := c.letter()
	o.Blank, o.Consent.Purpose, o.Recipient = true, purpose, c.Recipient
	return o
}

func (c *Consents) letter() sheetpdf.Letter {
	d := c.desk
	return sheetpdf.Letter{
		Policy: d.Book.Consent, Given: c.given, Print: d.Print, Now: d.Now(), Sample: c.sample,
		Stamp: d.T("console.paper.stamp", "name", d.Name, "time", d.Print.DateTime(d.Now())),
	}
}

// withheld says what of a record is not shown to whoever works here, because its consent was taken back: one line for each
// reason; none where all is shown.
func (d *Desk) withheld(ctx context.Context, h record.Header) (out []string, err error) {
	reader, bound := d.Book.Consent.Reader(d.Role, ident.Org{})
	if !bound {
		return nil, nil
	}
	given, err := consent.Read(ctx, d.Store, h.Scope, h.Subject)
	if err != nil {
		return nil, err
	}
	kind, _ := d.Book.Catalogue.Kind(h.Kind)
	var fields []record.Field
	for _, def := range kind.Fields {
		if def.Class != record.C1 {
			fields = append(fields, def.Name)
		}
	}
	for _, r := range d.Book.Consent.Refuse(reader, h, fields, given, d.Now()) {
		out = append(out, d.T("console.withheld.line", "what", d.words().Groups(r.Groups), "why", d.words().Why(r.Verdict)))
	}
	return out, nil
}

// objectedTo returns what stands beside values that somebody objects to.
func (d *Desk) objectedTo(ctx context.Context, h record.Header) (map[myfile.Place]string, error) {
	var rows []record.Row
	for _, kind := range []record.Kind{myfile.KindObjection, myfile.KindAnswer} {
		found, err := d.Store.List(ctx, record.Query{Kind: kind, Scope: h.Scope, Subject: h.Subject, Limit: everything})
		if err != nil {
			return nil, err
		}
		rows = append(rows, found...)
	}
	out := map[myfile.Place]string{}
	for at, said := range myfile.Notes(myfile.SaidOf(rows)) {
		out[at] = d.Book.MyFile.Note(d.Print, said, d.Now())
	}
	return out, nil
}
