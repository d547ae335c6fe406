// SPDX-License-Identifier: Apache-2.0

package plates

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/plate"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/platesheet"
)

// Form is what is printed.
type Form string

// The forms.
const (
	Doorplates Form = "plates" // 150×90 mm
	Medium     Form = "medium" // 270×170 mm
	Large      Form = "large"  // 570×370 mm
	Cards      Form = "cards"  // 户卡
)

// drawers draw the forms.
var drawers = map[Form]func(io.Writer, platesheet.Sheet) error{
	Doorplates: platesheet.Plates, Medium: platesheet.Medium, Large: platesheet.Large, Cards: platesheet.Cards,
}

// Order says what to print.
type Order struct {
	Village ident.Scope
	Name    string // of the village, as the plates show it
	Form    Form
	// Codes picks single plates; none means all of the village.
	Codes     []doorplate.Code
	PublicURL string
	// Reason is needed when one of the plates was printed in this form before.
	Reason string
	By     ident.Actor
	Now    time.Time
}

// Printer prints plates.
type Printer struct {
	Store   record.Store
	Signer  doorplate.Signer
	CardKey []byte // see Keys.CardKey; for cards
	Policy  *plate.Policy
	Journal *Journal
}

// Print writes one PDF document with the plates of an order and an index, notes it in the journal, and returns how many
// there are. The plates are sorted by group and house number. Sample plates are marked 示例; real ones are refused with
// the fault of doorplate.Base.Permanent unless the public address lasts.
//
// Further faults: those of package platesheet; NotFound "platesheet.empty" without plates; Conflict "plates.real" for
// sample and real plates mixed; Invalid "plates.reason" for a reprint without a reason. Nothing is written then.
func (p Printer) Print(ctx context.Context, w io.Writer, o Order) (int, error) {
	all, err := List(ctx, p.Store, o.Village)
	if err != nil {
		return 0, err
	}
	chosen := slices.DeleteFunc(all, func(p Plate) bool {
		return p.Handle.IsZero() || len(o.Codes) > 0 && !slices.Contains(o.Codes, p.Code)
	})
	if len(chosen) == 0 {
		return 0, fault.New(fault.NotFound, "platesheet.empty")
	}
	slices.SortStableFunc(chosen, func(a, b Plate) int { return Naturally(a.Number(), b.Number()) })
	entry := Entry{At: o.Now, By: o.By, Village: o.Village, Form: o.Form, Reason: strings.TrimSpace(o.Reason)}
	for _, one := range chosen {
		entry.Codes = append(entry.Codes, one.Code)
	}
	entry.Again = p.Journal.Printed(o.Village, o.Form, entry.Codes)
	if entry.Again > 0 && entry.Reason == "" {
		return 0, fault.New(fault.Invalid, "plates.reason").WithField("reason")
	}
	sheet, err := p.sheet(o, chosen)
	if err != nil {
		return 0, err
	}
	// The journal comes first: a document that nobody noted is worse than a note without a document.
	var document bytes.Buffer
	draw := drawers[o.Form]
	if draw == nil {
		return 0, fault.New(fault.Unsupported, "").WithField("form")
	}
	if err := draw(&document, sheet); err != nil {
		return 0, err
	}
	if err := p.Journal.Add(entry); err != nil {
		return 0, err
	}
	if _, err := document.WriteTo(w); err != nil {
		return 0, fmt.Errorf("write plates: %w", err)
	}
	return len(chosen), nil
}

// sheet signs the tokens of all plates.
func (p Printer) sheet(o Order, chosen []Plate) (platesheet.Sheet, error) {
	sheet := platesheet.Sheet{
		PublicURL: o.PublicURL, Sample: chosen[0].Sample, Created: o.Now, Words: p.Policy.Wording(chosen[0].Region),
	}
	for _, one := range chosen {
		if one.Sample != sheet.Sample {
			return sheet, fault.New(fault.Conflict, "plates.real")
		}
		url, err := Address(one, o.PublicURL, p.Signer)
		if err != nil {
			return sheet, err
		}
		sheet.Plates = append(sheet.Plates, platesheet.Plate{
			Village: o.Name, Number: one.Number(), Code: one.Code.String(), URL: url,
			CardCode: doorplate.CardCodeOf(p.CardKey, one.Handle).String(),
		})
	}
	return sheet, nil
}

// Address returns the web address in a plate's QR code. Faults are those of doorplate.Issue and doorplate.ParseBase.
func Address(p Plate, publicURL string, signer doorplate.Signer) (string, error) {
	day, err := p.Day()
	if err != nil {
		return "", err
	}
	token, err := doorplate.Issue(p.Handle, day, signer)
	if err != nil {
		return "", err
	}
	return token.URL(publicURL)
}

// chineseDigits are the group numbers as villages write them.
var chineseDigits = strings.NewReplacer("一", "1", "二", "2", "三", "3", "四", "4", "五", "5", "六", "6", "七", "7", "八", "8", "九", "9")

// Naturally orders house numbers as people do: 三组2号 before 三组12号 before 十一组1号.
func Naturally(a, b string) int {
	as, bs := numbers(a), numbers(b)
	if c := slices.Compare(as, bs); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

// numbers returns the numbers in a text, Chinese ones below a hundred included.
func numbers(text string) []int {
	var all []int
	inNumber := false
	for _, r := range spelled(text) {
		if r < '0' || r > '9' {
			inNumber = false
			continue
		}
		if !inNumber {
			all = append(all, 0)
		}
		last := &all[len(all)-1]
		*last = min(*last*10+int(r-'0'), 1<<30)
		inNumber = true
	}
	return all
}

// spelled writes 十 as the digits it stands for: 十 is 10, 十一 is 11, 二十 is 20, 二十三 is 23.
func spelled(text string) string {
	const digits = "一二三四五六七八九"
	var out strings.Builder
	runes := []rune(text)
	for i, r := range runes {
		if r != '十' {
			out.WriteRune(r)
			continue
		}
		if i == 0 || !strings.ContainsRune(digits, runes[i-1]) {
			out.WriteRune('1')
		}
		if i+1 == len(runes) || !strings.ContainsRune(digits, runes[i+1]) {
			out.WriteRune('0')
		}
	}
	return chineseDigits.Replace(out.String())
}
