// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"fmt"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
)

// person is one made-up human being.
type person struct {
	name    string
	surname string
	male    bool
	born    time.Time
	id      ident.ResidentID // zero for children
}

// age returns full years.
func (p person) age(now time.Time) int {
	years := now.Year() - p.born.Year()
	if now.YearDay() < p.born.YearDay() {
		years--
	}
	return years
}

// registry gives out resident ids. With the sequence 000 a number is its area and its day of birth, so the days are dealt
// out: village i of n gets every nth day. A village that has used up a day goes on with the next area.
type registry struct {
	index, of int
	areas     []string // six digits each, the village's own county first
	used      map[registered]bool
}

type registered struct {
	area int
	day  int64
}

// dayZero is before everybody's birth.
var dayZero = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)

func dayOf(t time.Time) int64 { return int64(t.Sub(dayZero) / (24 * time.Hour)) }

// birth returns a day on which somebody of that age was born and that is the village's to give.
func (r *registry) birth(d *dice, age int, now time.Time) time.Time {
	last := dayOf(now.AddDate(-age, 0, -1))
	first := dayOf(now.AddDate(-age-1, 0, 1))
	day := first + d.Int64N(last-first+1)
	day += (int64(r.index) - day%int64(r.of) + int64(r.of)) % int64(r.of)
	if day > last && day-int64(r.of) >= first {
		day -= int64(r.of)
	}
	return dayZero.AddDate(0, 0, int(day))
}

// number returns a resident id that nobody else has. It fails with fault.Exhausted when the areas are used up.
func (r *registry) number(born time.Time) (ident.ResidentID, error) {
	for area, digits := range r.areas {
		key := registered{area, dayOf(born)}
		if r.used[key] {
			continue
		}
		r.used[key] = true
		return ident.ParseResidentID(withCheck(digits + born.Format("20060102") + "000"))
	}
	return ident.ResidentID{}, fault.New(fault.Exhausted, "").WithCause(fmt.Errorf("no resident ids left for a village"))
}

// withCheck appends the check character of GB 11643 (ISO 7064 MOD 11-2).
func withCheck(body string) string {
	sum := 0
	for i, weight := range [...]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += weight * int(body[i]-'0')
	}
	return body + string("10X98765432"[sum%11])
}

// phoneBlock are the first digits of all phones; the block goes on to 199 0099 9999 for more than 10,000 people.
const phoneBlock = 19_900_000_000

// phones is how many different phones there are.
const phones = 1_000_000

// phone returns the phone with this serial, none when the block is used up.
func phone(serial int) (ident.Mobile, error) {
	if serial >= phones {
		return ident.Mobile{}, nil
	}
	return ident.ParseMobile(fmt.Sprint(phoneBlock + serial))
}

// creditCode returns the credit code of a one-person business in the area 000000 (GB 32100, GB 11714).
func creditCode(serial int) (ident.USCC, error) {
	body := fmt.Sprintf("MA%06d", serial)
	sum := 0
	for i, weight := range [...]int{3, 7, 9, 10, 5, 8, 4, 2} {
		sum += weight * orgValue(body[i])
	}
	code := "92000000" + body + string("0123456789X0"[(11-sum%11)%11])
	sum, power := 0, 1
	for i := range len(code) {
		sum += power * creditValue(code[i])
		power = power * 3 % 31
	}
	return ident.ParseUSCC(code + string(creditAlphabet[(31-sum%31)%31]))
}

// creditAlphabet is that of GB 32100: no I, O, S, V, Z.
const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

func orgValue(c byte) int {
	if c >= 'A' {
		return int(c-'A') + 10
	}
	return int(c - '0')
}

func creditValue(c byte) int {
	for i := range len(creditAlphabet) {
		if creditAlphabet[i] == c {
			return i
		}
	}
	return 0
}
