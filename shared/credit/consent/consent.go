// SPDX-License-Identifier: Apache-2.0

package consent

import (
	"errors"
	"slices"
	"strings"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// The kinds of the records.
const (
	Kind    record.Kind = "consent"
	KindEnd record.Kind = "consent_end"
)

// Ways in which a consent is given, as the catalogue has them.
const (
	Tap       = "tap"        // a tap on the screen
	TypedName = "typed_name" // the person typed or wrote the name on the screen
	Signature = "signature"
	Paper     = "paper" // signed paper, kept by who collected it
	Thumb     = "thumb" // a thumb on paper, kept like it, with a photograph of the sheet
	Phone     = "phone" // on the person's own telephone
	Told      = "told"  // said to an officer; of withdrawals only, which need no form
)

// Consent is one person's permission. Header.Subject is who gave it.
type Consent struct {
	Header record.Header

	Recipient ident.Org // to whom
	Purpose   string
	Edition   uint32 // of the wording
	Groups    []string
	Until     string // 2006-01-02, the last day
	At        int64  // ms since 1970 UTC, by the device's clock
	Given     string
	Giver     string             // name as given, "" with a tap and on a telephone
	Signature *record.Attachment // what was signed on a screen; nil where it stands on paper
	Photo     *record.Attachment // of the sheet with the thumb on it; nil for all other ways
	Assisted  bool
	Assistant string // who helped
	Sample    bool
}

// Give completes a consent that is given now: wording in use, groups, period and time, and checks it. The errors are
// those of Check; consent.wording if there is no wording for the purpose.
func (p *Policy) Give(c Consent, now time.Time) (Consent, error) {
	w, ok := p.Current(c.Purpose, now)
	if !ok {
		return Consent{}, fault.New(fault.Invalid, "consent.wording").WithField("consent_purpose")
	}
	c.Edition = w.Edition
	c.Groups = slices.Sorted(slices.Values(w.Groups))
	c.Until = now.AddDate(0, w.Months, 0).Format(time.DateOnly)
	c.At = now.UnixMilli()
	return c, p.Check(c)
}

// Check returns nil or the faults of a consent, joined, each fault.Invalid with its field: no such wording, no recipient,
// a way that the wording does not admit, a missing name, a thumb without its photograph, groups or a period that are not the wording's.
func (p *Policy) Check(c Consent) error {
	w, ok := p.Wording(c.Purpose, c.Edition)
	if !ok {
		return fault.New(fault.Invalid, "consent.wording").WithField("wording")
	}
	var errs []error
	wrong := func(bad bool, key, field string) {
		if bad {
			errs = append(errs, fault.New(fault.Invalid, key).WithField(field))
		}
	}
	given := time.UnixMilli(c.At).UTC()
	last := given.AddDate(0, w.Months, 1).Format(time.DateOnly) // one day more than any time zone needs
	wrong(c.Recipient.IsZero(), "consent.recipient", "recipient")
	wrong(!slices.Contains(w.Given, c.Given), "consent.given", "given")
	wrong(c.Given != Tap && c.Given != Phone && strings.TrimSpace(c.Giver) == "", "consent.giver", "giver")
	wrong((c.Given == Thumb) != (c.Photo != nil), "consent.photo", "photo")
	wrong(c.Assisted && strings.TrimSpace(c.Assistant) == "", "consent.assistant", "assistant")
	wrong(!sameSet(c.Groups, w.Groups), "consent.groups", "groups")
	wrong(c.Until < given.AddDate(0, 0, -1).Format(time.DateOnly) || c.Until > last, "consent.until", "until")
	return errors.Join(errs...)
}

func sameSet(a, b []string) bool {
	return record.OfSet(a...).Equal(record.OfSet(b...))
}

// Create returns the write that makes the consent's record under c.Header.
func (c Consent) Create() record.Write {
	c.Header.Kind = Kind
	fields := map[record.Field]record.Value{
		"recipient":       record.OfBytes(c.Recipient.Bytes()),
		"consent_purpose": record.OfText(c.Purpose),
		"wording":         record.OfInt(int64(c.Edition)),
		"groups":          record.OfSet(c.Groups...),
		"until":           record.OfText(c.Until),
		"at":              record.OfInt(c.At),
		"given":           record.OfText(c.Given),
	}
	if c.Giver != "" {
		fields["giver"] = record.OfText(c.Giver)
	}
	if c.Signature != nil {
		fields["signature"] = c.Signature.Value()
	}
	if c.Photo != nil {
		fields["photo"] = c.Photo.Value()
	}
	if c.Assisted {
		fields["assisted"] = record.OfBool(true)
		fields["assistant"] = record.OfText(c.Assistant)
	}
	if c.Sample {
		fields["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: c.Header, Fields: fields}
}

// Of reads a consent.
func Of(row record.Row) Consent {
	c := Consent{
		Header:    row.Header,
		Purpose:   row.Text("consent_purpose"),
		Edition:   uint32(row.Int("wording")),
		Groups:    row.Value("groups").Set(),
		Until:     row.Text("until"),
		At:        row.Int("at"),
		Given:     row.Text("given"),
		Giver:     row.Text("giver"),
		Assisted:  row.Bool("assisted"),
		Assistant: row.Text("assistant"),
		Sample:    row.Bool("sample"),
	}
	copy(c.Recipient[:], row.Value("recipient").Bytes())
	if a, err := record.ParseAttachment(row.Value("signature")); err == nil { // none on paper; a store takes nothing else
		c.Signature = &a
	}
	if a, err := record.ParseAttachment(row.Value("photo")); err == nil {
		c.Photo = &a
	}
	return c
}

// End returns the write that withdraws c under the new id, at a time in ms since 1970 UTC. A withdrawal needs no form:
// any way in which it is given is good.
func (c Consent) End(id ident.Record, at int64, given string) record.Write {
	h := c.Header
	h.ID, h.Kind = id, KindEnd
	fields := map[record.Field]record.Value{
		"consent": record.OfBytes(c.Header.ID.Bytes()),
		"at":      record.OfInt(at),
		"given":   record.OfText(given),
	}
	if c.Sample {
		fields["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: h, Fields: fields}
}
