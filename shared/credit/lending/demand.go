// SPDX-License-Identifier: Apache-2.0

package lending

import (
	"errors"
	"strconv"
	"strings"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/record"
)

// The kinds of the records.
const (
	KindDemand  record.Kind = "demand"
	KindMove    record.Kind = "demand_move"
	KindPosting record.Kind = "posting"
)

// Purpose is what the consent of a demand is for, a code of the catalogue.
const Purpose = "loan_demand"

// Ways to reach an applicant.
const (
	ContactOwn     = "own"     // the applicant's own phone
	ContactHelper  = "helper"  // a helper's phone
	ContactVillage = "village" // 村委转告, no phone
)

// Demand is what somebody asks for. Amounts that others decide are in its [State].
type Demand struct {
	Header record.Header

	Receipt   receipt.Number
	Channel   string // a code: phone, kiosk, agent, console, import
	Via       string // a code: how the plate was given; plate, card, code, picked, none
	Proof     string // how the applicant proved who they are, a code; "" if they did not
	Recipient ident.Org
	Consent   ident.Record

	Applicant   string
	Contact     string
	Phone       ident.Mobile // the applicant's or the helper's
	Helper      string
	Asked       money.Fen
	TermMonths  int64
	Purpose     string // a code
	PurposeText string

	Plate     doorplate.Handle // zero if there is none
	Household ident.Record     // zero if not known yet
	Merchant  ident.Record

	Assisted bool

	// Of Assisted: who filled in for the applicant, a code of the catalogue, and their name where they gave it.
	AssistRole, AssistName string
	Form                   string // the edition of the form by which it was asked, "" if by none
	Sample                 bool
}

// fixed are the fields that no edit may touch: how the demand came, what its receipt says, and who may see it.
var fixed = []record.Field{"receipt_no", "channel", "via", "proof", "recipient", "consent", "plate", "sample"}

// DemandOf reads a demand.
func DemandOf(row record.Row) Demand {
	d := FromFields(fieldsOf(row))
	d.Header = row.Header
	return d
}

// FromFields reads a demand from values by field, such as the answers of its form. What fails its check reads as none.
func FromFields(fields map[record.Field]record.Value) Demand {
	text := func(f record.Field) string { return fields[f].Text() }
	d := Demand{
		Receipt:     receipt.Number(text("receipt_no")),
		Channel:     text("channel"),
		Via:         text("via"),
		Proof:       text("proof"),
		Applicant:   text("applicant_name"),
		Contact:     text("contact"),
		Helper:      text("helper_name"),
		Asked:       money.Fen(fields["asked"].Int()),
		TermMonths:  fields["term_months"].Int(),
		Purpose:     text("purpose"),
		PurposeText: text("purpose_text"),
		Assisted:    fields["assisted"].Bool(),
		AssistRole:  text("assist_role"),
		AssistName:  text("assist_name"),
		Form:        text("form"),
		Sample:      fields["sample"].Bool(),
	}
	copy(d.Recipient[:], fields["recipient"].Bytes())
	copy(d.Consent[:], fields["consent"].Bytes())
	copy(d.Plate[:], fields["plate"].Bytes())
	copy(d.Household[:], fields["household"].Bytes())
	copy(d.Merchant[:], fields["merchant"].Bytes())
	if phone, err := ident.ParseMobile(text("phone")); err == nil {
		d.Phone = phone
	}
	return d
}

func fieldsOf(row record.Row) map[record.Field]record.Value {
	fields := make(map[record.Field]record.Value, len(row.Fields))
	for f, s := range row.Fields {
		fields[f] = s.Value
	}
	return fields
}

// Fields returns what is known by record field.
func (d Demand) Fields() map[record.Field]record.Value {
	fields := make(map[record.Field]record.Value)
	put := func(f record.Field, v record.Value, known bool) {
		if known {
			fields[f] = v
		}
	}
	text := func(f record.Field, s string) { put(f, record.OfText(s), s != "") }
	text("receipt_no", string(d.Receipt))
	text("channel", d.Channel)
	text("via", d.Via)
	text("proof", d.Proof)
	text("applicant_name", d.Applicant)
	text("contact", d.Contact)
	text("phone", d.Phone.String())
	text("helper_name", d.Helper)
	text("purpose", d.Purpose)
	text("purpose_text", d.PurposeText)
	put("asked", record.OfInt(int64(d.Asked)), d.Asked != 0)
	put("term_months", record.OfInt(d.TermMonths), d.TermMonths != 0)
	put("recipient", record.OfBytes(d.Recipient.Bytes()), !d.Recipient.IsZero())
	put("consent", record.OfBytes(d.Consent.Bytes()), !d.Consent.IsZero())
	put("plate", record.OfBytes(d.Plate[:]), !d.Plate.IsZero())
	put("household", record.OfBytes(d.Household.Bytes()), !d.Household.IsZero())
	put("merchant", record.OfBytes(d.Merchant.Bytes()), !d.Merchant.IsZero())
	put("assisted", record.OfBool(true), d.Assisted)
	text("assist_role", d.AssistRole)
	text("assist_name", d.AssistName)
	text("form", d.Form)
	put("sample", record.OfBool(true), d.Sample)
	return fields
}

// Changes returns the write of the fields in which d differs from the row it was read from, and whether there are any.
func (d Demand) Changes(row record.Row) (record.Write, bool) {
	before, after := DemandOf(row).Fields(), d.Fields()
	w := record.Write{Op: record.Edit, Header: row.Header, Fields: make(map[record.Field]record.Value)}
	for f, v := range after {
		if !v.Equal(before[f]) {
			w.Fields[f] = v
		}
	}
	for f := range before {
		if _, kept := after[f]; !kept {
			w.Fields[f] = record.Value{}
		}
	}
	for _, f := range row.Disputed() {
		if _, written := w.Fields[f]; written {
			w.InDispute = append(w.InDispute, f)
		}
	}
	return w, len(w.Fields) > 0
}

// Check returns nil or the faults of a demand that is to be registered, joined; each is fault.Invalid and names its field.
func (p *Policy) Check(d Demand) error {
	var errs []error
	wrong := func(bad bool, key, field string) {
		if bad {
			errs = append(errs, fault.New(fault.Invalid, key).WithField(field).With("max", strconv.FormatInt(p.maxTerm, 10)))
		}
	}
	_, err := receipt.Parse(string(d.Receipt))
	wrong(err != nil, "demand.receipt", "receipt_no")
	wrong(d.Recipient.IsZero(), "consent.recipient", "recipient")
	wrong(strings.TrimSpace(d.Applicant) == "", "demand.name", "applicant_name")
	wrong(d.Asked <= 0, "demand.asked", "asked")
	wrong(d.TermMonths < 1 || d.TermMonths > p.maxTerm, "demand.term", "term_months")
	wrong(d.Purpose == "", "demand.purpose", "purpose")
	switch d.Contact {
	case ContactOwn, ContactHelper:
		wrong(d.Phone.IsZero(), "demand.phone", "phone")
	case ContactVillage:
	default:
		wrong(true, "demand.contact", "contact")
	}
	return errors.Join(errs...)
}
