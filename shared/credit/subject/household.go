// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"errors"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// KindHousehold is the kind of the records of households.
const KindHousehold record.Kind = "household"

// Household is a farm household (农户). A zero text and a [Known] that is not set mean "not known".
type Household struct {
	Header record.Header

	HeadName   string
	ResidentID ident.ResidentID // of the head
	Phone      ident.Mobile
	Address    string
	Region     region.Code // of the village
	Group      string      // 村民小组
	HouseNo    string
	PlateCode  string

	Population Known[int64]
	Labour     Known[int64] // people able to work
	MainTrade  string       // a code of the catalogue
	Trades     []string
	Crops      []string
	Land       Known[money.Area]
	Houses     Known[int64]
	Housing    Known[int64] // square metres

	Year   Known[int64] // of the figures below
	Income Income
	Cost   Cost

	Deposits      Known[money.Fen]
	DebtOwnBank   Known[money.Fen]
	DebtOtherBank Known[money.Fen]
	DebtPrivate   Known[money.Fen]
	Payables      Known[money.Fen]
	Guarantees    Known[money.Fen] // for others

	Assisted bool // somebody helped to fill in

	AssistRole, AssistName string // who, a code of the catalogue, and their name where they gave it
	Remark                 string
	Form                   string // the edition of the form by which it was written last
	Sample                 bool   // 示例, not a real household
}

// Income is what a household takes in a year, by source.
type Income struct{ Planting, Breeding, Labour, Business, Other Known[money.Fen] }

// Cost is what a household spends in a year.
type Cost struct{ Production, Living, Education, Pension, Other Known[money.Fen] }

var householdColumns = []column[Household]{
	text("head_name", func(h *Household) *string { return &h.HeadName }),
	checked("resident_id", func(h *Household) *ident.ResidentID { return &h.ResidentID }),
	checked("phone", func(h *Household) *ident.Mobile { return &h.Phone }),
	text("address", func(h *Household) *string { return &h.Address }),
	text("region_code", func(h *Household) *region.Code { return &h.Region }),
	text("group_no", func(h *Household) *string { return &h.Group }),
	text("house_no", func(h *Household) *string { return &h.HouseNo }),
	text("plate_code", func(h *Household) *string { return &h.PlateCode }),
	number("population", func(h *Household) *Known[int64] { return &h.Population }),
	number("labour", func(h *Household) *Known[int64] { return &h.Labour }),
	text("main_trade", func(h *Household) *string { return &h.MainTrade }),
	set("trades", func(h *Household) *[]string { return &h.Trades }),
	set("crops", func(h *Household) *[]string { return &h.Crops }),
	number("land_area", func(h *Household) *Known[money.Area] { return &h.Land }),
	number("house_count", func(h *Household) *Known[int64] { return &h.Houses }),
	number("housing_area", func(h *Household) *Known[int64] { return &h.Housing }),
	number("figures_year", func(h *Household) *Known[int64] { return &h.Year }),
	number("income_planting", func(h *Household) *Known[money.Fen] { return &h.Income.Planting }),
	number("income_breeding", func(h *Household) *Known[money.Fen] { return &h.Income.Breeding }),
	number("income_labour", func(h *Household) *Known[money.Fen] { return &h.Income.Labour }),
	number("income_business", func(h *Household) *Known[money.Fen] { return &h.Income.Business }),
	number("income_other", func(h *Household) *Known[money.Fen] { return &h.Income.Other }),
	number("cost_production", func(h *Household) *Known[money.Fen] { return &h.Cost.Production }),
	number("cost_living", func(h *Household) *Known[money.Fen] { return &h.Cost.Living }),
	number("cost_education", func(h *Household) *Known[money.Fen] { return &h.Cost.Education }),
	number("cost_pension", func(h *Household) *Known[money.Fen] { return &h.Cost.Pension }),
	number("cost_other", func(h *Household) *Known[money.Fen] { return &h.Cost.Other }),
	number("deposits", func(h *Household) *Known[money.Fen] { return &h.Deposits }),
	number("debt_own_bank", func(h *Household) *Known[money.Fen] { return &h.DebtOwnBank }),
	number("debt_other_bank", func(h *Household) *Known[money.Fen] { return &h.DebtOtherBank }),
	number("debt_private", func(h *Household) *Known[money.Fen] { return &h.DebtPrivate }),
	number("payables", func(h *Household) *Known[money.Fen] { return &h.Payables }),
	number("guarantees", func(h *Household) *Known[money.Fen] { return &h.Guarantees }),
	flag("assisted", func(h *Household) *bool { return &h.Assisted }),
	text("assist_role", func(h *Household) *string { return &h.AssistRole }),
	text("assist_name", func(h *Household) *string { return &h.AssistName }),
	text("remark", func(h *Household) *string { return &h.Remark }),
	text("form", func(h *Household) *string { return &h.Form }),
	flag("sample", func(h *Household) *bool { return &h.Sample }),
}

// HouseholdOf reads a household. Checked numbers that no longer pass their check read as not known.
func HouseholdOf(row record.Row) Household {
	h := read(householdColumns, row)
	h.Header = row.Header
	return h
}

// Create returns the write that makes the household's record under h.Header.
func (h Household) Create() record.Write {
	h.Header.Kind = KindHousehold
	return create(householdColumns, h.Header, h)
}

// Changes returns the write of the fields in which h differs from the row it was read from, and whether there are any.
func (h Household) Changes(row record.Row) (record.Write, bool) {
	return changesOn(householdColumns, row, h)
}

// Fields returns what is known by record field.
func (h Household) Fields() map[record.Field]record.Value { return fieldsOf(householdColumns, h) }

// Check returns nil or the faults of all fields that break a rule, joined; each is fault.Invalid and names its field.
func (h Household) Check() error {
	errs := []error{name("head_name", h.HeadName), year("figures_year", h.Year), notNegative(householdColumns, h)}
	if h.Population.Set && h.Labour.Set && h.Labour.Value > h.Population.Value {
		errs = append(errs, fault.New(fault.Invalid, "subject.labour").WithField("labour"))
	}
	return errors.Join(errs...)
}

// Name returns what lists show: the head's name, "" if it is not known or not for this reader.
func (h Household) Name() string { return h.HeadName }

// TotalIncome returns the income of all sources in fen. The fault is that of money.Sum.
func (h Household) TotalIncome() (money.Fen, error) {
	i := h.Income
	return sum(i.Planting, i.Breeding, i.Labour, i.Business, i.Other)
}

// TotalCost returns all cost in fen. The fault is that of money.Sum.
func (h Household) TotalCost() (money.Fen, error) {
	c := h.Cost
	return sum(c.Production, c.Living, c.Education, c.Pension, c.Other)
}

// TotalDebt returns all debts in fen, guarantees for others not counted. The fault is that of money.Sum.
func (h Household) TotalDebt() (money.Fen, error) {
	return sum(h.DebtOwnBank, h.DebtOtherBank, h.DebtPrivate, h.Payables)
}

func sum(parts ...Known[money.Fen]) (money.Fen, error) {
	amounts := make([]money.Fen, len(parts))
	for i, p := range parts {
		amounts[i] = p.Value
	}
	return money.Sum(amounts...)
}
