// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"errors"
	"fmt"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// KindMember is the kind of the records of household members.
const KindMember record.Kind = "member"

// Member is somebody of a household other than its head. The ability to work is recorded, an illness never
// (征信业管理条例 art. 14).
type Member struct {
	Header record.Header

	Household  ident.Record
	FullName   string
	Relation   string // to the head; a code of the catalogue
	ResidentID ident.ResidentID
	Birth      string // 2006-01-02
	Phone      ident.Mobile
	Work       string
	Ability    string
	Sample     bool
}

var memberColumns = []column[Member]{
	reference("household", func(m *Member) *ident.Record { return &m.Household }),
	text("name", func(m *Member) *string { return &m.FullName }),
	text("relation", func(m *Member) *string { return &m.Relation }),
	checked("resident_id", func(m *Member) *ident.ResidentID { return &m.ResidentID }),
	text("birth_date", func(m *Member) *string { return &m.Birth }),
	checked("phone", func(m *Member) *ident.Mobile { return &m.Phone }),
	text("work", func(m *Member) *string { return &m.Work }),
	text("ability", func(m *Member) *string { return &m.Ability }),
	flag("sample", func(m *Member) *bool { return &m.Sample }),
}

// MemberOf reads a member.
func MemberOf(row record.Row) Member {
	m := read(memberColumns, row)
	m.Header = row.Header
	return m
}

// Create returns the write that makes the member's record under m.Header.
func (m Member) Create() record.Write {
	m.Header.Kind = KindMember
	return create(memberColumns, m.Header, m)
}

// Changes returns the write of the fields in which m differs from the row it was read from, and whether there are any.
func (m Member) Changes(row record.Row) (record.Write, bool) {
	return changesOn(memberColumns, row, m)
}

// Fields returns what is known by record field.
func (m Member) Fields() map[record.Field]record.Value { return fieldsOf(memberColumns, m) }

// Check returns nil or the faults of all fields that break a rule, joined; each is fault.Invalid and names its field.
func (m Member) Check() error {
	errs := []error{name("name", m.FullName)}
	if m.Household.IsZero() {
		errs = append(errs, fault.New(fault.Invalid, "subject.household").WithField("household"))
	}
	if !m.ResidentID.IsZero() && m.Birth != "" {
		y, mon, d := m.ResidentID.Birth()
		if m.Birth != fmt.Sprintf("%04d-%02d-%02d", y, mon, d) {
			errs = append(errs, fault.New(fault.Invalid, "subject.birth").WithField("birth_date"))
		}
	}
	return errors.Join(errs...)
}

// Name returns what lists show, "" if it is not known.
func (m Member) Name() string { return m.FullName }
