// SPDX-License-Identifier: Apache-2.0

package exchange

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"yuexin/shared/credit/forms"
	"yuexin/shared/fault"
	"yuexin/shared/money"
)

// answer turns the text of a cell into what the form reads as the answer of a field; "" for a cell that says nothing. Every
// fault is fault.Invalid.
func (k *Kind) answer(b *Book, f *forms.Field, person bool, text, unit string) (string, error) {
	if err := k.broken(text); err != nil {
		return "", err
	}
	if f.Type == forms.YesNo {
		return k.all.yesNo(text), nil
	}
	if k.all.isEmpty(text) && !k.isChoice(f, text) {
		return "", nil
	}
	switch f.Type {
	case forms.Money:
		fen, err := k.amount(text, unit)
		return fen.In(money.Yuan), err
	case forms.Area:
		area, err := k.area(text, unit)
		return area.String(), err
	case forms.Number:
		return k.count(text)
	case forms.Date:
		return b.date(text), nil
	case forms.Choice:
		return k.choice(f, text)
	case forms.Choices:
		return k.choices(f, text)
	case forms.Text:
		return k.text(f, person, text)
	}
	return text, nil
}

// broken is the fault of what a formula that failed leaves in its cell.
func (k *Kind) broken(text string) error {
	if !slices.Contains(k.all.Broken, strings.ToUpper(text)) {
		return nil
	}
	return fault.New(fault.Invalid, "exchange.cell.formula").With("text", text)
}

func (k *Kind) text(f *forms.Field, person bool, text string) (string, error) {
	switch f.Format {
	case forms.ResidentID, forms.USCC, forms.Mobile:
		if isRounded(text) {
			return "", fault.New(fault.Invalid, "exchange.cell.rounded")
		}
		if f.Format == forms.Mobile {
			return firstNumber(text), nil
		}
		return text, nil
	case forms.Multiline:
		return text, nil
	}
	if person {
		return personName(text)
	}
	return strings.Join(strings.Fields(strings.Map(half, text)), " "), nil
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
		return "", fault.New(fault.Invalid, "exchange.cell.name")
	}
	return name, nil
}

// firstNumber returns the first of several phone numbers in one cell.
func firstNumber(text string) string {
	parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("/、,，;；\n", r) })
	if len(parts) == 0 {
		return text
	}
	return parts[0]
}

// count reads a whole number, with or without one of the words behind it.
func (k *Kind) count(text string) (string, error) {
	s := strings.Map(func(r rune) rune {
		if r = half(r); unicode.IsSpace(r) || r == ',' {
			return -1
		}
		return r
	}, text)
	for _, suffix := range k.all.Counts {
		if cut, found := strings.CutSuffix(s, suffix); found {
			s = cut
			break
		}
	}
	value, err := strconv.ParseFloat(s, 64)
	if err != nil || value < -1e12 || value > 1e12 {
		return "", fault.New(fault.Invalid, "exchange.cell.count")
	}
	if value != float64(int64(value)) {
		return "", fault.New(fault.Invalid, "exchange.cell.whole")
	}
	return strconv.FormatInt(int64(value), 10), nil
}

// date turns the number that a spreadsheet program keeps for a day into the day.
func (b *Book) date(text string) string {
	serial, err := strconv.ParseFloat(text, 64)
	if err != nil || len(strings.TrimSpace(text)) >= 8 && !strings.Contains(text, ".") { // 20260101
		return text
	}
	if day, ok := b.form.day(serial); ok && serial > 3000 { // not a year
		return day
	}
	return text
}

// yesNo turns the marks by which tables say yes and no into what the form reads; the form's own words are left to it.
func (w *Words) yesNo(text string) string {
	switch {
	case slices.Contains(w.Yes, text):
		return "yes"
	case slices.Contains(w.No, text):
		return "no"
	}
	return text
}

// isChoice reports whether a text that otherwise stands for nothing is one of the field's choices.
func (k *Kind) isChoice(f *forms.Field, text string) bool {
	if f.Type != forms.Choice || strings.TrimSpace(text) == "" {
		return false
	}
	_, known := k.all.Choices[string(f.Record)]["none"]
	_, err := k.choice(f, text)
	return known && err == nil
}

// choice returns the code that a text stands for: by its words, by the labels of the form, or the code itself.
func (k *Kind) choice(f *forms.Field, text string) (string, error) {
	folded := fold(text)
	if code, known := k.all.choice(string(f.Record), folded); known && hasOption(f, code) {
		return code, nil
	}
	var names []string
	for _, o := range f.Options {
		if strings.EqualFold(o.Code, text) {
			return o.Code, nil
		}
		for i, p := range k.labels {
			label := o.Label.In(p)
			if fold(label) == folded {
				return o.Code, nil
			}
			if i == 0 {
				names = append(names, label)
			}
		}
	}
	return "", fault.New(fault.Invalid, "exchange.cell.choice").With("choices", strings.Join(names, "、"))
}

func hasOption(f *forms.Field, code string) bool {
	return slices.ContainsFunc(f.Options, func(o forms.Option) bool { return o.Code == code })
}

// choices reads several, with commas or the like between them.
func (k *Kind) choices(f *forms.Field, text string) (string, error) {
	var codes []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("、,，;；/ \u3000\n和", r) }) {
		code, err := k.choice(f, part)
		if err != nil {
			return "", err
		}
		codes = append(codes, code)
	}
	return strings.Join(codes, ","), nil
}

// areaMarks are characters by which a cell names a unit of its own.
const areaMarks = "亩顷米㎡分厘mM"

// area is money.ParseArea and square metres besides. One that is larger than believed has most likely the wrong unit.
func (k *Kind) area(text, unit string) (area money.Area, err error) {
	text = withUnit(text, unit, areaMarks)
	area, metres, err := squareMetres(text)
	if !metres {
		area, err = money.ParseArea(text)
	}
	if err == nil && area > money.Mu*money.Area(k.all.Sanity.AreaMu) {
		err = fault.New(fault.Invalid, "exchange.cell.land").With("max", strconv.FormatInt(k.all.Sanity.AreaMu, 10))
	}
	return area, err
}

func squareMetres(text string) (money.Area, bool, error) {
	for _, unit := range []string{"平方米", "平米", "㎡", "M2", "m2"} {
		if metres, found := strings.CutSuffix(strings.TrimSpace(text), unit); found {
			whole, err := strconv.ParseFloat(strings.TrimSpace(strings.Map(half, metres)), 64)
			if err != nil || !(whole >= 0 && whole <= 1e9) {
				return 0, true, fault.New(fault.Invalid, "exchange.cell.count")
			}
			area, err := money.AreaOfSquareMetres(int64(whole + 0.5))
			return area, true, err
		}
	}
	return 0, false, nil
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

// amount reads an amount in the column's unit. One that is larger than believed has most likely the wrong unit: a number of
// yuan in a column of 万元.
func (k *Kind) amount(text, unit string) (money.Fen, error) {
	fen, err := money.Parse(withUnit(text, unit, yuanMarks))
	if err != nil {
		return 0, err
	}
	if most := money.Fen(k.all.Sanity.MoneyYuan * 100); fen > most {
		return 0, fault.New(fault.Invalid, "exchange.cell.amount").With(most.Arg("max"))
	}
	return fen, nil
}
