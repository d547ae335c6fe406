// SPDX-License-Identifier: Apache-2.0

package forms

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// limit is an end of a range.
type limit struct {
	set   bool
	n     int64  // number, fen, hundredths of a mu
	day   string // 2006-01-02
	today bool
}

// dayOf returns the day of a date's limit.
func (l limit) dayOf(today time.Time) string {
	if l.today {
		return today.Format(time.DateOnly)
	}
	return l.day
}

// setLimits reads min and max in the field's own notation: money in yuan, area in mu, "today" for dates.
func (field *Field) setLimits(low, high string) (err error) {
	if field.min, field.MinText, err = field.limit(low); err != nil {
		return fmt.Errorf("min: %w", err)
	}
	if field.max, field.MaxText, err = field.limit(high); err != nil {
		return fmt.Errorf("max: %w", err)
	}
	if field.min.set && field.max.set && field.min.n > field.max.n {
		return fmt.Errorf("min is above max")
	}
	return nil
}

func (field *Field) limit(text string) (limit, string, error) {
	if text == "" {
		return limit{}, "", nil
	}
	l := limit{set: true}
	var err error
	switch field.Type {
	case Number:
		l.n, err = strconv.ParseInt(text, 10, 64)
	case Money:
		var fen money.Fen
		fen, err = money.Parse(text)
		l.n = int64(fen)
	case Area:
		var area money.Area
		area, err = money.ParseArea(text)
		l.n = int64(area)
	case Decimal:
		var d money.Decimal
		d, err = money.ParseDecimal(text)
		l.n, text = int64(d), d.String()
	case Date:
		if l.today = text == "today"; !l.today {
			_, err = time.Parse(time.DateOnly, text)
		}
		l.day = text
	default:
		err = fmt.Errorf("a %s has no range", field.Type)
	}
	return l, text, err
}

// read turns what somebody typed into the field's value, None for nothing. Faults are fault.Invalid: those of the words
// (ident, money, region), or "form." and number, date, choice, yes_no, text, min, max.
func (field *Field) read(text string, today time.Time) (record.Value, error) {
	text, err := clean(text, field.Format == Multiline)
	if err != nil || text == "" {
		return record.Value{}, err
	}
	switch field.Type {
	case Number:
		n, err := readNumber(text)
		return field.ranged(n, err)
	case Money:
		fen, err := money.Parse(text)
		return field.ranged(int64(fen), err)
	case Area:
		area, err := money.ParseArea(text)
		return field.ranged(int64(area), err)
	case Decimal:
		d, err := money.ParseDecimal(text)
		return field.ranged(int64(d), err)
	case Date:
		return field.readDate(text, today)
	case Time:
		return readTime(text, today.Location())
	case GPS:
		return field.readFix(text)
	case Photo, Sign:
		return readFile(text)
	case Choice:
		code, ok := field.option(text)
		if !ok {
			return record.Value{}, fault.New(fault.Invalid, "form.choice")
		}
		return record.OfText(code), nil
	case Choices:
		return field.readChoices(text)
	case YesNo:
		return readYesNo(text)
	case Text:
		return field.readText(text)
	}
	return record.Value{}, fault.New(fault.Invalid, "form.unknown")
}

// clean drops space around the text and the invisible marks that a paste brings along; other control characters are
// refused, line ends only where there are lines.
func clean(text string, lines bool) (string, error) {
	if !utf8.ValidString(text) {
		return "", fault.New(fault.Invalid, "form.text.char")
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var out strings.Builder
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Cf, r):
		case r == '\t', r == '\n' && !lines:
			out.WriteByte(' ')
		case unicode.IsControl(r) && r != '\n':
			return "", fault.New(fault.Invalid, "form.text.char")
		default:
			out.WriteRune(r)
		}
	}
	return strings.TrimSpace(out.String()), nil
}

// narrow turns full-width ASCII into ASCII.
func narrow(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0xFF01 && r <= 0xFF5E {
			return r - 0xFF01 + '!'
		}
		return r
	}, text)
}

func readNumber(text string) (int64, error) {
	digits := strings.NewReplacer(",", "", " ", "").Replace(narrow(text))
	for i, r := range []rune(digits) {
		if (r < '0' || r > '9') && (i > 0 || r != '-' || len(digits) == 1) {
			return 0, fault.New(fault.Invalid, "form.number.char").With("pos", strconv.Itoa(i+1)).With("char", string(r))
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, fault.New(fault.Invalid, "form.number.long")
	}
	return n, nil
}

func (field *Field) ranged(n int64, err error) (record.Value, error) {
	switch {
	case err != nil:
		return record.Value{}, err
	case field.min.set && n < field.min.n:
		return record.Value{}, fault.New(fault.Invalid, "form.min").With(field.limitArg("min", field.min))
	case field.max.set && n > field.max.n:
		return record.Value{}, fault.New(fault.Invalid, "form.max").With(field.limitArg("max", field.max))
	}
	return record.OfInt(n), nil
}

// limitArg is an end of the range as the argument of a message.
func (field *Field) limitArg(name string, l limit) (marked, value string) {
	switch field.Type {
	case Money:
		return money.Fen(l.n).Arg(name)
	case Area:
		return money.Area(l.n).Arg(name)
	case Decimal:
		return name, money.Decimal(l.n).String()
	}
	return name, strconv.FormatInt(l.n, 10)
}

// dateLayouts are the ways in which dates are typed.
var dateLayouts = []string{time.DateOnly, "2006-1-2", "2006/1/2", "2006.1.2", "20060102", "2006年1月2日"}

func (field *Field) readDate(text string, today time.Time) (record.Value, error) {
	text = strings.ReplaceAll(narrow(text), " ", "")
	for _, layout := range dateLayouts {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		day, low, high := t.Format(time.DateOnly), field.min.dayOf(today), field.max.dayOf(today)
		switch {
		case field.min.set && day < low:
			return record.Value{}, fault.New(fault.Invalid, "form.date.min").With("min", low)
		case field.max.set && day > high:
			return record.Value{}, fault.New(fault.Invalid, "form.date.max").With("max", high)
		}
		return record.OfText(day), nil
	}
	return record.Value{}, fault.New(fault.Invalid, "form.date")
}

// option finds a code.
func (field *Field) option(text string) (string, bool) {
	i := slices.IndexFunc(field.Options, func(o Option) bool { return o.Code == text })
	return text, i >= 0
}

// readChoices reads codes with commas between them.
func (field *Field) readChoices(text string) (record.Value, error) {
	var codes []string
	for part := range strings.SplitSeq(text, ",") {
		code, ok := field.option(strings.TrimSpace(part))
		if !ok {
			return record.Value{}, fault.New(fault.Invalid, "form.choice")
		}
		codes = append(codes, code)
	}
	return record.OfSet(codes...), nil
}

func readYesNo(text string) (record.Value, error) {
	switch strings.ToLower(narrow(text)) {
	case "yes", "true", "1", "y", "on", "是", "有", "同意":
		return record.OfBool(true), nil
	case "no", "false", "0", "n", "off", "否", "无", "没有", "不同意":
		return record.OfBool(false), nil
	}
	return record.Value{}, fault.New(fault.Invalid, "form.yes_no")
}

// timeLayouts are the ways in which times are typed.
var timeLayouts = []string{timeLayout, "2006-1-2 15:04", "2006/1/2 15:04", "2006-01-02T15:04:05Z07:00", "2006年1月2日15:04"}

const timeLayout = "2006-01-02 15:04"

func readTime(text string, zone *time.Location) (record.Value, error) {
	for _, layout := range timeLayouts {
		if t, err := time.ParseInLocation(layout, narrow(text), zone); err == nil {
			return record.OfInt(t.Truncate(time.Minute).UnixMilli()), nil
		}
	}
	return record.Value{}, fault.New(fault.Invalid, "form.time")
}

func (field *Field) readFix(text string) (record.Value, error) {
	fix, err := ParseFix(text)
	if err != nil {
		return record.Value{}, err
	}
	if most := field.MaxAccuracy; most > 0 && fix.Accuracy > most {
		return record.Value{}, fault.New(fault.Invalid, "form.gps.coarse").With("got", strconv.Itoa(fix.Accuracy)).With("max", strconv.Itoa(most))
	}
	return record.OfText(fix.String()), nil
}

func readFile(text string) (record.Value, error) {
	b, err := hex.DecodeString(text)
	v := record.OfBytes(b)
	if err == nil {
		_, err = record.ParseAttachment(v)
	}
	if err != nil {
		return record.Value{}, fault.New(fault.Invalid, "form.file")
	}
	return v, nil
}

func (field *Field) readText(text string) (record.Value, error) {
	var err error
	switch field.Format {
	case ResidentID:
		var id ident.ResidentID
		id, err = ident.ParseResidentID(text)
		text = id.String()
	case USCC:
		var code ident.USCC
		code, err = ident.ParseUSCC(text)
		text = code.String()
	case Mobile:
		var phone ident.Mobile
		phone, err = ident.ParseMobile(text)
		text = phone.String()
	case Region:
		var code region.Code
		code, err = region.ParseCode(text)
		if text = string(code); err == nil && code.Level() < field.Level {
			err = fault.New(fault.Invalid, "form.region.level")
		}
	}
	n := utf8.RuneCountInString(text)
	switch {
	case err != nil:
		return record.Value{}, err
	case field.MaxLen > 0 && n > field.MaxLen:
		return record.Value{}, fault.New(fault.Invalid, "form.text.long").With("max", strconv.Itoa(field.MaxLen))
	case n < field.MinLen:
		return record.Value{}, fault.New(fault.Invalid, "form.text.short").With("min", strconv.Itoa(field.MinLen))
	}
	return record.OfText(text), nil
}

// print writes a value as read reads it in a zone; "" for None.
func (field *Field) print(v record.Value, zone *time.Location) string {
	switch v.Type() {
	case record.Bool:
		if v.Bool() {
			return "yes"
		}
		return "no"
	case record.Int:
		switch field.Type {
		case Money:
			return money.Fen(v.Int()).In(money.Yuan)
		case Area:
			return money.Area(v.Int()).String()
		case Decimal:
			return money.Decimal(v.Int()).String()
		case Time:
			return time.UnixMilli(v.Int()).In(zone).Format(timeLayout)
		}
		return strconv.FormatInt(v.Int(), 10)
	case record.Set:
		return strings.Join(v.Set(), ",")
	case record.Bytes:
		return hex.EncodeToString(v.Bytes())
	}
	return v.Text()
}
