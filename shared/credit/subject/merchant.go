// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"cmp"
	"errors"

	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// KindMerchant is the kind of the records of merchants.
const KindMerchant record.Kind = "merchant"

// Merchant is a sole trader or small firm (商户).
type Merchant struct {
	Header record.Header

	BusinessName string
	OperatorName string
	OperatorID   ident.ResidentID
	USCC         ident.USCC
	Phone        ident.Mobile
	Address      string
	Region       region.Code
	Industry     string // a code of the catalogue
	Market       string // 专业市场
	Stall        string
	Opened       string // 2006-01-02
	Employees    Known[int64]
	Revenue      Known[money.Fen] // a year
	Cost         Known[money.Fen] // a year
	DebtBank     Known[money.Fen]
	DebtPrivate  Known[money.Fen]
	Demand       Known[money.Fen] // money needed
	PlateCode    string
	Assisted     bool
	AssistRole   string // who filled in for the operator, a code of the catalogue
	AssistName   string
	Remark       string
	Form         string // as of a household
	Sample       bool
}

var merchantColumns = []column[Merchant]{
	text("name", func(m *Merchant) *string { return &m.BusinessName }),
	text("operator_name", func(m *Merchant) *string { return &m.OperatorName }),
	checked("operator_id", func(m *Merchant) *ident.ResidentID { return &m.OperatorID }),
	checked("uscc", func(m *Merchant) *ident.USCC { return &m.USCC }),
	checked("phone", func(m *Merchant) *ident.Mobile { return &m.Phone }),
	text("address", func(m *Merchant) *string { return &m.Address }),
	text("region_code", func(m *Merchant) *region.Code { return &m.Region }),
	text("industry", func(m *Merchant) *string { return &m.Industry }),
	text("market", func(m *Merchant) *string { return &m.Market }),
	text("stall", func(m *Merchant) *string { return &m.Stall }),
	text("opened", func(m *Merchant) *string { return &m.Opened }),
	number("employees", func(m *Merchant) *Known[int64] { return &m.Employees }),
	number("yearly_revenue", func(m *Merchant) *Known[money.Fen] { return &m.Revenue }),
	number("yearly_cost", func(m *Merchant) *Known[money.Fen] { return &m.Cost }),
	number("debt_bank", func(m *Merchant) *Known[money.Fen] { return &m.DebtBank }),
	number("debt_private", func(m *Merchant) *Known[money.Fen] { return &m.DebtPrivate }),
	number("demand_amount", func(m *Merchant) *Known[money.Fen] { return &m.Demand }),
	text("plate_code", func(m *Merchant) *string { return &m.PlateCode }),
	flag("assisted", func(m *Merchant) *bool { return &m.Assisted }),
	text("assist_role", func(m *Merchant) *string { return &m.AssistRole }),
	text("assist_name", func(m *Merchant) *string { return &m.AssistName }),
	text("remark", func(m *Merchant) *string { return &m.Remark }),
	text("form", func(m *Merchant) *string { return &m.Form }),
	flag("sample", func(m *Merchant) *bool { return &m.Sample }),
}

// MerchantOf reads a merchant.
func MerchantOf(row record.Row) Merchant {
	m := read(merchantColumns, row)
	m.Header = row.Header
	return m
}

// Create returns the write that makes the merchant's record under m.Header.
func (m Merchant) Create() record.Write {
	m.Header.Kind = KindMerchant
	return create(merchantColumns, m.Header, m)
}

// Changes returns the write of the fields in which m differs from the row it was read from, and whether there are any.
func (m Merchant) Changes(row record.Row) (record.Write, bool) {
	return changesOn(merchantColumns, row, m)
}

// Fields returns what is known by record field.
func (m Merchant) Fields() map[record.Field]record.Value { return fieldsOf(merchantColumns, m) }

// Check returns nil or the faults of all fields that break a rule, joined; each is fault.Invalid and names its field.
func (m Merchant) Check() error {
	return errors.Join(name("name", m.BusinessName), notNegative(merchantColumns, m))
}

// Name returns what lists show: the name of the business, else of its operator, "" if neither is known.
func (m Merchant) Name() string { return cmp.Or(m.BusinessName, m.OperatorName) }
