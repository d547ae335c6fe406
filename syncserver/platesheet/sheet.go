// SPDX-License-Identifier: Apache-2.0

// Package platesheet draws doorplates and wallet cards as PDF sheets for a printing shop.
//
// Plates are 150×90 mm, the 小门牌 of DOMAIN section 4.4, three to an A4 page, with a QR code at level M in a square of
// 40 mm; 270×170 mm (中), one to an A4 page, and 570×370 mm (大), one to a page of their own, both at level Q, in 75 and
// 120 mm. Cards (户卡) are 85.6×54 mm, ISO/IEC 7810 ID-1, ten to a page, with a QR code at level Q, because cards get
// scratched. An index of village, number and code ends every document. Codes are drawn as vectors; text is in the
// project's own face; the same input gives the same bytes.
//
// What cannot be printed well is refused before anything is drawn: an address that makes the modules too small, a
// character the face does not have, text too long for its place, a plate whose code is not that of its token, and real
// plates for an address that may not last.
package platesheet

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"yuexin/assets/fonts"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/plate"
	"yuexin/shared/fault"
	"yuexin/shared/pdfpage"
)

// Plate is what one plate shows.
type Plate struct {
	// Village is the name of the village, in Chinese.
	Village string
	// Number is the house number as the village writes it, such as 三组12号. It must not name a person.
	Number string
	// Code is the plate's short code, as doorplate.Code.String writes it.
	Code string
	// URL is the address in the QR code, as doorplate.Token.URL writes it.
	URL string
	// CardCode is the secret of the card, as doorplate.CardCode.String writes it; it stands on cards only.
	CardCode string
}

// Sheet is the order for one document.
type Sheet struct {
	// PublicURL is the server's public address; all plates must carry it.
	PublicURL string
	// Sample marks every plate and every page 示例 and allows an address that cannot last.
	Sample bool
	// Words are what plates say where they hang, by name: see plate.Policy.Wording.
	Words map[string]plate.Words
	// Plates are drawn in this order.
	Plates []Plate
	// Created is the document's date.
	Created time.Time
}

// MaxPlates is the most plates of one document: a large village; a longer list is split.
const MaxPlates = 5000

// kind is what tells plates and cards apart.
type kind struct {
	title  string
	qr     pdfpage.QR
	page   size
	layout grid
	// draw draws one piece with its upper left corner at x, y, in mm.
	draw func(p *page, it item, x, y float64)
}

// item is a checked plate, ready to draw.
type item struct {
	Plate
	host    string
	modules [][]bool
}

// Plates writes a document of doorplates to w. Errors: fault.Invalid for an order that breaks a rule, fault.TooLarge for
// too many plates, and those of w. Nothing is written when the order is refused.
func Plates(w io.Writer, s Sheet) error { return write(w, s, smallPlate.kind()) }

// Medium writes a document of plates of 270×170 mm to w. Errors as those of Plates.
func Medium(w io.Writer, s Sheet) error { return write(w, s, mediumPlate.kind()) }

// Large writes a document of plates of 570×370 mm to w. Errors as those of Plates.
func Large(w io.Writer, s Sheet) error { return write(w, s, largePlate.kind()) }

// Cards writes a document of wallet cards to w. Errors as those of Plates.
func Cards(w io.Writer, s Sheet) error { return write(w, s, cardKind) }

func write(w io.Writer, s Sheet, k kind) error {
	items, err := check(s, k)
	if err != nil {
		return err
	}
	p := newPage(s, k.title)
	perPage := k.layout.columns * k.layout.rows
	for chunk := range slices.Chunk(items, perPage) {
		p.add(k.page)
		k.layout.marks(p)
		for i, it := range chunk {
			x, y := k.layout.place(i)
			k.draw(p, it, x, y)
		}
		p.footer()
	}
	p.index(items)
	if err := p.PDF.Output(w); err != nil {
		return fmt.Errorf("write %s: %w", k.title, err)
	}
	return nil
}

// check judges the whole order and returns what to draw.
func check(s Sheet, k kind) ([]item, error) {
	base, err := checkOrder(s)
	if err != nil {
		return nil, err
	}
	host := base.Host
	if base.Port != "" {
		host += ":" + base.Port
	}
	items := make([]item, 0, len(s.Plates))
	for i, one := range s.Plates {
		if err := checkPlate(one, base); err != nil {
			return nil, at(err, i)
		}
		modules, err := k.qr.Encode(one.URL)
		if err != nil {
			return nil, at(err, i)
		}
		one.Village, one.Number = fonts.FirstPlane(one.Village), fonts.FirstPlane(one.Number)
		items = append(items, item{Plate: one, host: host, modules: modules})
	}
	return items, nil
}

func checkOrder(s Sheet) (doorplate.Base, error) {
	if len(s.Plates) == 0 {
		return doorplate.Base{}, fault.New(fault.Invalid, "platesheet.empty")
	}
	if len(s.Plates) > MaxPlates {
		return doorplate.Base{}, fault.New(fault.TooLarge, "platesheet.many").With("max", strconv.Itoa(MaxPlates))
	}
	base, err := doorplate.ParseBase(s.PublicURL)
	if err != nil {
		return doorplate.Base{}, err
	}
	if !s.Sample {
		if err := base.Permanent(); err != nil {
			return doorplate.Base{}, err
		}
	}
	if s.Words[plate.SaysTitle].Zh == "" {
		return doorplate.Base{}, fault.New(fault.Internal, "").WithCause(fmt.Errorf("plates without a wording"))
	}
	return base, checkGlyphs(s)
}

// checkGlyphs names all characters of the order that the face does not have, so that one look mends them all.
func checkGlyphs(s Sheet) error {
	var missing []rune
	look := func(text string) {
		for _, r := range fonts.Missing(text) {
			if !slices.Contains(missing, r) {
				missing = append(missing, r)
			}
		}
	}
	for _, p := range s.Plates {
		look(p.Village + p.Number)
	}
	for _, w := range s.Words {
		look(w.Zh + w.En)
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	return fault.New(fault.Invalid, "platesheet.glyph").With("chars", string(missing))
}

// Longest texts, in characters: what fits its place at a readable size. The longest name in the region file has 22.
const (
	maxVillage = 24
	maxNumber  = 14
)

func checkPlate(p Plate, base doorplate.Base) error {
	switch n := len([]rune(p.Village)); {
	case n == 0 || n > maxVillage:
		return fault.New(fault.Invalid, "platesheet.village").With("max", strconv.Itoa(maxVillage))
	}
	switch n := len([]rune(p.Number)); {
	case n == 0 || n > maxNumber:
		return fault.New(fault.Invalid, "platesheet.number").With("max", strconv.Itoa(maxNumber))
	}
	token, err := doorplate.Parse(p.URL)
	if err != nil {
		return err
	}
	if want, err := token.URL(base.String()); err != nil || want != p.URL {
		return fault.New(fault.Invalid, "platesheet.url")
	}
	if doorplate.CodeOf(token.Unverified().Handle).String() != p.Code {
		return fault.New(fault.Invalid, "platesheet.code")
	}
	return nil
}

// at adds the place of the plate, counted from 1, to an error.
func at(err error, i int) error {
	return fmt.Errorf("plate %d: %w", i+1, err)
}
