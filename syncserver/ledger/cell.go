// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/record"

	"yuexin/shared/credit/subject"
)

// exactDigits is how many digits a number keeps in Excel (IEEE 754); a resident id has 18.
const exactDigits = 15

// plainNumber undoes how Excel stores a number where nothing was lost by it: 1.3800138E+10 is 13800138000. Another text
// is returned as it is.
func plainNumber(text string) string {
	if !powers.MatchString(text) {
		return text
	}
	mantissa, _, _ := strings.Cut(text, "E")
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.Contains(text, "E") && (value >= 1e15 || len(mantissa) > exactDigits+2) {
		return text
	}
	return strconv.FormatFloat(value, 'f', -1, 64)
}

// isRounded reports whether a spreadsheet program kept only the first digits of a long number.
func isRounded(text string) bool {
	return powers.MatchString(text) && strings.Contains(text, "E")
}

// setters put the text of a cell, with the unit of its column, into a household. Every fault is fault.Invalid.
var setters = map[string]func(h *subject.Household, text, unit string) error{
	"head_name": func(h *subject.Household, text, _ string) (err error) { h.HeadName, err = personName(text); return },
	"resident_id": func(h *subject.Household, text, _ string) (err error) {
		if isRounded(text) {
			return fault.New(fault.Invalid, "ledger.cell.rounded")
		}
		h.ResidentID, err = ident.ParseResidentID(text)
		return err
	},
	"phone": func(h *subject.Household, text, _ string) (err error) {
		if isRounded(text) {
			return fault.New(fault.Invalid, "ledger.cell.rounded")
		}
		h.Phone, err = ident.ParseMobile(firstNumber(text))
		return err
	},
	"address":         func(h *subject.Household, text, _ string) (err error) { h.Address, err = short(text, 200); return },
	"group_no":        func(h *subject.Household, text, _ string) (err error) { h.Group, err = short(text, 20); return },
	"house_no":        func(h *subject.Household, text, _ string) (err error) { h.HouseNo, err = short(text, 14); return },
	"remark":          func(h *subject.Household, text, _ string) (err error) { h.Remark, err = short(text, 500); return },
	"population":      people(func(h *subject.Household) *subject.Known[int64] { return &h.Population }),
	"labour":          people(func(h *subject.Household) *subject.Known[int64] { return &h.Labour }),
	"house_count":     count(func(h *subject.Household) *subject.Known[int64] { return &h.Houses }, "幢", "栋", "套", "座", "间", "处"),
	"housing_area":    count(func(h *subject.Household) *subject.Known[int64] { return &h.Housing }, "平方米", "平米", "平方", "㎡", "m²", "m2"),
	"figures_year":    count(func(h *subject.Household) *subject.Known[int64] { return &h.Year }, "年度", "年"),
	"main_trade":      setTrade,
	"land_area":       setLand,
	"income_planting": amount(func(h *subject.Household) *subject.Known[money.Fen] { return &h.Income.Planting }),
	"income_breeding": amount(func(h *subject.Household) *subject.Known[money.Fen] { return &h.Income.Breeding }),
	"income_labour":   amount(func(h *subject.Household) *subject.Known[money.Fen] { return &h.Income.Labour }),
	"income_business": amount(func(h *subject.Household) *subject.Known[money.Fen] { return &h.Income.Business }),
	"income_other":    amount(func(h *subject.Household) *subject.Known[money.Fen] { return &h.Income.Other }),
	"cost_production": amount(func(h *subject.Household) *subject.Known[money.Fen] { return &h.Cost.Production }),
	"cost_living":     amount(func(h *subject.Household) *subject.Known[money.Fen] { return &h.Cost.Living }),
	"cost_education":  amount(func(h *subject.Household) *subject.Known[money.Fen] { return &h.Cost.Education }),
	"cost_other":      amount(func(h *subject.Household) *subject.Known[money.Fen] { return &h.Cost.Other }),
	"deposits":        amount(func(h *subject.Household) *subject.Known[money.Fen] { return &h.Deposits }),
	"debt_own_bank":   amount(func(h *subject.Household) *subject.Known[money.Fen] { return &h.DebtOwnBank }),
	"debt_other_bank": amount(func(h *subject.Household) *subject.Known[money.Fen] { return &h.DebtOtherBank }),
	"debt_private":    amount(func(h *subject.Household) *subject.Known[money.Fen] { return &h.DebtPrivate }),
	"guarantees":      amount(func(h *subject.Household) *subject.Known[money.Fen] { return &h.Guarantees }),
}

// placeholders are what people write into a cell that they leave empty.
var placeholders = []string{"/", "\\", "-", "--", "—", "——", "无", "暂无", "没有", "不详", "N/A", "#N/A", "NULL", "null", "待补", "空"}

// isEmpty reports whether a cell says nothing.
func isEmpty(text string) bool {
	folded := strings.Map(half, strings.TrimSpace(text))
	return folded == "" || slices.Contains(placeholders, folded)
}

// personName keeps letters of any script, spaces inside, and the dots of names; a cell with anything else is no name.
func personName(text string) (string, error) {
	name := strings.Join(strings.Fields(strings.Map(half, text)), " ")
	if strings.IndexFunc(name, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0 {
		name = strings.ReplaceAll(name, " ", "") // 陈 明: two characters spread to fill the cell
	}
	bad := strings.IndexFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" .·•・", r)
	})
	if bad >= 0 || utf8.RuneCountInString(name) > 30 {
		return "", fault.New(fault.Invalid, "ledger.cell.name")
	}
	return name, nil
}

// short wants a text of one line with at most so many characters.
func short(text string, most int) (string, error) {
	s := strings.Join(strings.Fields(strings.Map(half, text)), " ")
	if utf8.RuneCountInString(s) > most {
		return "", fault.New(fault.Invalid, "ledger.cell.long").With("max", strconv.Itoa(most))
	}
	return s, nil
}

// firstNumber returns the first of several phone numbers in one cell.
func firstNumber(text string) string {
	parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("/、,，;；\n", r) })
	if len(parts) == 0 {
		return text
	}
	return parts[0]
}

// count returns a setter of a whole number, with or without one of the words behind it.
func count(at func(*subject.Household) *subject.Known[int64], suffixes ...string) func(*subject.Household, string, string) error {
	return func(h *subject.Household, text, _ string) error {
		s := strings.Map(func(r rune) rune {
			if r = half(r); unicode.IsSpace(r) || r == ',' {
				return -1
			}
			return r
		}, text)
		for _, suffix := range suffixes {
			if cut, found := strings.CutSuffix(s, suffix); found {
				s = cut
				break
			}
		}
		value, err := strconv.ParseFloat(s, 64)
		if err != nil || value < 0 || value > 1e6 {
			return fault.New(fault.Invalid, "ledger.cell.count")
		}
		if value != float64(int64(value)) {
			return fault.New(fault.Invalid, "ledger.cell.whole")
		}
		*at(h) = subject.Of(int64(value))
		return nil
	}
}

// people is count for heads of people, within what is believed.
func people(at func(*subject.Household) *subject.Known[int64]) func(*subject.Household, string, string) error {
	set := count(at, "人", "口", "个")
	return func(h *subject.Household, text, unit string) error {
		if err := set(h, text, unit); err != nil {
			return err
		}
		if at(h).Value > words.Sanity.Population {
			return fault.New(fault.Invalid, "ledger.cell.people").With("max", strconv.FormatInt(words.Sanity.Population, 10))
		}
		return nil
	}
}

func setTrade(h *subject.Household, text, _ string) error {
	code, known := words.trades[foldTitle(text)]
	if !known {
		return fault.New(fault.Invalid, "ledger.cell.trade")
	}
	h.MainTrade = code
	return nil
}

func setLand(h *subject.Household, text, unit string) error {
	area, err := parseArea(withUnit(text, unit, "亩顷米㎡分厘mM"))
	if err != nil {
		return err
	}
	if area > money.Mu*money.Area(words.Sanity.LandMu) {
		return fault.New(fault.Invalid, "ledger.cell.land").With("max", strconv.FormatInt(words.Sanity.LandMu, 10))
	}
	h.Land = subject.Of(area)
	return nil
}

// parseArea is money.ParseArea and square metres besides.
func parseArea(text string) (money.Area, error) {
	for _, unit := range []string{"平方米", "平米", "㎡", "M2", "m2"} {
		if metres, found := strings.CutSuffix(strings.TrimSpace(text), unit); found {
			whole, err := strconv.ParseFloat(strings.TrimSpace(strings.Map(half, metres)), 64)
			if err != nil || whole < 0 || whole > 1e9 {
				return 0, fault.New(fault.Invalid, "ledger.cell.count")
			}
			return money.AreaOfSquareMetres(int64(whole + 0.5))
		}
	}
	return money.ParseArea(text)
}

// withUnit adds the unit of the column to a cell that names none of its own; marks are the characters of units.
func withUnit(text, unit, marks string) string {
	if strings.ContainsAny(text, marks) {
		return text
	}
	return strings.TrimSpace(text) + unit
}

// yuanMarks are characters by which a cell names a unit of its own.
const yuanMarks = "元圆块万萬千百十亿wWkK角"

// amount returns a setter of an amount of money.
func amount(at func(*subject.Household) *subject.Known[money.Fen]) func(*subject.Household, string, string) error {
	return func(h *subject.Household, text, unit string) error {
		fen, err := parseAmount(text, unit)
		if err != nil {
			return err
		}
		*at(h) = subject.Of(fen)
		return nil
	}
}

// parseAmount reads an amount in the column's unit. One that is larger than believed has most likely the wrong unit: a
// number of yuan in a column of 万元.
func parseAmount(text, unit string) (money.Fen, error) {
	fen, err := money.Parse(withUnit(text, unit, yuanMarks))
	if err != nil {
		return 0, err
	}
	if fen > money.Fen(words.Sanity.IncomeYuan*100) {
		return 0, fault.New(fault.Invalid, "ledger.cell.amount").With("max", money.Fen(words.Sanity.IncomeYuan*100).Text())
	}
	return fen, nil
}

// setTotal turns the income of all sources into the part that the sources in the file leave over.
func setTotal(h *subject.Household, text, unit string) error {
	total, err := parseAmount(text, unit)
	if err != nil {
		return err
	}
	known, err := h.TotalIncome()
	if err != nil {
		return err
	}
	switch rest, err := total.Sub(known); {
	case err != nil:
		return err
	case rest < 0:
		return fault.New(fault.Invalid, "ledger.cell.total")
	case rest > 0 && h.Income.Other.Set:
		h.Income.Other.Value += rest
	case rest > 0 || known == 0 && !h.Income.Other.Set:
		h.Income.Other = subject.Of(rest)
	}
	return nil
}

// fieldOf returns the record field of a column, for messages.
func fieldOf(c Column) record.Field { return record.Field(c.Field) }
