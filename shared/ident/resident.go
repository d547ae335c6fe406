// SPDX-License-Identifier: Apache-2.0

package ident

import (
	"log/slog"
	"slices"
	"strings"
	"time"

	"yuexin/shared/fault"
)

// ResidentID is a 居民身份证号 after GB 11643-1999: 6 digits area, 8 birth date,
// 3 sequence (odd = male), 1 check character (0-9 or X). The zero value means
// "none". It is personal data of class C2: show Masked, never log String.
type ResidentID struct{ number string }

const (
	residentSize = 18
	legacySize   = 15 // numbers of the first generation, GB 11643-1989: year of two digits, no check
)

// residentWeights and residentChecks are those of GB 11643-1999 (ISO 7064 MOD 11-2).
var residentWeights = [residentSize - 1]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

const residentChecks = "10X98765432"

// provinces are the first two digits in use: GB/T 2260 provinces, and 81 to 83
// for the residence permits of people from Hong Kong, Macau and Taiwan. Numbers
// of foreign permanent residents (cards since 2023) begin with 9 instead.
var provinces = strings.Fields(`11 12 13 14 15 21 22 23 31 32 33 34 35 36 37
	41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83`)

// centenarians are the sequences that the first generation gave to people who
// were over 100 years old, born in 18xx.
var centenarians = []string{"996", "997", "998", "999"}

// Sex is coded as in GB/T 2261.1.
type Sex uint8

// The values of Sex.
const (
	SexUnknown Sex = 0
	Male       Sex = 1
	Female     Sex = 2
)

// ParseResidentID reads an 18-character number, or a 15-digit one of the first
// generation, which it upgrades to 18. It forgives spaces, dashes, lower case and
// full-width forms.
//
// Faults, all fault.Invalid with key "ident.resident." and: empty; char (pos,
// char); length (got, want); area, year, month, day (pos and the wrong digits in
// char); check when the number does not check. The right check character is not
// told: guessing it would hide the real slip.
func ParseResidentID(text string) (ResidentID, error) {
	chars := fold(text)
	for i := range chars {
		chars[i] = upper(chars[i])
	}
	if err := residentShape(chars); err != nil {
		return ResidentID{}, err
	}

	number := string(chars)
	if len(number) == legacySize {
		if err := residentArea(number); err != nil {
			return ResidentID{}, err
		}
		return upgrade(number)
	}
	for _, check := range []func(string) error{residentArea, residentBirth, residentCheck} {
		if err := check(number); err != nil {
			return ResidentID{}, err
		}
	}
	return ResidentID{number}, nil
}

// residentShape checks characters and length.
func residentShape(chars []rune) error {
	if len(chars) == 0 {
		return fault.New(fault.Invalid, "ident.resident.empty")
	}
	for i, r := range chars {
		final := i == len(chars)-1 && len(chars) != legacySize
		if !isDigit(r) && !(final && r == 'X') {
			return wrongAt("ident.resident.char", i, r)
		}
	}
	if len(chars) != residentSize && len(chars) != legacySize {
		return wrongLength("ident.resident.length", len(chars), residentSize)
	}
	return nil
}

func residentArea(number string) error {
	if number[0] == '9' || slices.Contains(provinces, number[:2]) {
		return nil
	}
	return wrongAt("ident.resident.area", 0, []rune(number[:2])...)
}

// residentBirth checks that characters 7 to 14 are a day of the calendar in the
// 19th to 21st century. Whether it lies in the future is for callers with a clock.
func residentBirth(number string) error {
	year, month, day := decimal(number[6:10]), decimal(number[10:12]), decimal(number[12:14])
	switch {
	case year < 1800 || year > 2099:
		return wrongAt("ident.resident.year", 6, []rune(number[6:10])...)
	case month < 1 || month > 12:
		return wrongAt("ident.resident.month", 10, []rune(number[10:12])...)
	case day < 1 || day > daysIn(year, month):
		return wrongAt("ident.resident.day", 12, []rune(number[12:14])...)
	}
	return nil
}

func residentCheck(number string) error {
	if residentCheckChar(number) != number[residentSize-1] {
		return fault.New(fault.Invalid, "ident.resident.check")
	}
	return nil
}

func residentCheckChar(number string) byte {
	sum := 0
	for i, w := range residentWeights {
		sum += w * int(number[i]-'0')
	}
	return residentChecks[sum%11]
}

// upgrade turns 15 digits into 18: the century is put before the year, the check
// character behind. Positions in faults are those of the 15 digits.
func upgrade(number string) (ResidentID, error) {
	century := "19"
	if slices.Contains(centenarians, number[12:]) {
		century = "18"
	}
	long := number[:6] + century + number[6:]
	month, day := number[8:10], number[10:12]
	if err := residentBirth(long); err != nil {
		if m := decimal(month); m < 1 || m > 12 {
			return ResidentID{}, wrongAt("ident.resident.month", 8, []rune(month)...)
		}
		return ResidentID{}, wrongAt("ident.resident.day", 10, []rune(day)...)
	}
	return ResidentID{long + string(residentCheckChar(long))}, nil
}

// decimal reads a few digits that are known to be digits.
func decimal(digits string) int {
	n := 0
	for i := range len(digits) {
		n = n*10 + int(digits[i]-'0')
	}
	return n
}

// daysIn returns the number of days of a month: day 0 of the next one.
func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// IsZero says whether id is none.
func (id ResidentID) IsZero() bool {
	return id.number == ""
}

// String returns the 18 characters, "" for none. Not for logs.
func (id ResidentID) String() string {
	return id.number
}

// Masked returns the form for screens and papers, "4412**********0002".
func (id ResidentID) Masked() string {
	return mask(id.number, 4, 4)
}

// LogValue is Masked.
func (id ResidentID) LogValue() slog.Value {
	return slog.StringValue(id.Masked())
}

// Area returns the six digits of the county where the number was issued
// (GB/T 2260, possibly retired since); "" for none.
func (id ResidentID) Area() string {
	if id.IsZero() {
		return ""
	}
	return id.number[:6]
}

// Birth returns the date of birth; zeros for none.
func (id ResidentID) Birth() (year int, month time.Month, day int) {
	if id.IsZero() {
		return 0, 0, 0
	}
	return decimal(id.number[6:10]), time.Month(decimal(id.number[10:12])), decimal(id.number[12:14])
}

// Sex returns Male or Female; SexUnknown for none.
func (id ResidentID) Sex() Sex {
	switch {
	case id.IsZero():
		return SexUnknown
	case id.number[16]%2 == 1:
		return Male
	}
	return Female
}

// Age returns the full years of life on the calendar day of on in its own
// location; a year counts from the birthday itself, for 29 February from
// 1 March in common years. It is negative before birth and 0 for none.
func (id ResidentID) Age(on time.Time) int {
	if id.IsZero() {
		return 0
	}
	year, month, day := id.Birth()
	y, m, d := on.Date()
	age := y - year
	if m < month || m == month && d < day {
		age--
	}
	return age
}

// MarshalText returns String.
func (id ResidentID) MarshalText() ([]byte, error) {
	return []byte(id.number), nil
}

// UnmarshalText reads what ParseResidentID reads, and "" as none. On error id is
// unchanged.
func (id *ResidentID) UnmarshalText(text []byte) error {
	return unmarshal(id, text, ParseResidentID)
}

// unmarshal is UnmarshalText of the checked numbers.
func unmarshal[T any](v *T, text []byte, parse func(string) (T, error)) error {
	var parsed T
	if len(text) > 0 {
		var err error
		if parsed, err = parse(string(text)); err != nil {
			return err
		}
	}
	*v = parsed
	return nil
}
