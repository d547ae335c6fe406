// SPDX-License-Identifier: Apache-2.0

package escpos

import (
	"bytes"
	"slices"
	"strings"

	"github.com/skip2/go-qrcode"

	"yuexin/assets/fonts"
	"yuexin/shared/fault"
)

// Align is where a line stands.
type Align byte

// The alignments, as ESC a numbers them.
const (
	Left Align = iota
	Centre
	Right
)

// Style is how a text is printed. The zero Style is font A at the left.
type Style struct {
	Align Align
	Bold  bool
	Size  int // 1 to 4 times as wide and high; 0 is 1
}

func (s Style) size() int { return min(max(s.Size, 1), 4) }

// Sheet is what is printed on one piece of paper, from top to bottom. It knows no printer; the zero Sheet is empty.
type Sheet struct{ parts []part }

// part is a text or a code.
type part struct {
	style Style
	text  string
	row   string // stands at the right of the same line where both fit
	code  bool   // text is the content of a QR code
	rule  bool   // a line across the paper
}

// Text adds a text, which is wrapped where it is too wide. An empty one is an empty line.
func (s *Sheet) Text(style Style, text string) {
	s.parts = append(s.parts, part{style: style, text: text})
}

// Row adds a label and, at the right end of its line, what it is about; in two lines where one is too short.
func (s *Sheet) Row(label, value string) { s.parts = append(s.parts, part{text: label, row: value}) }

// Rule adds a line across the paper.
func (s *Sheet) Rule() { s.parts = append(s.parts, part{rule: true}) }

// QR adds a QR code, at error correction level M (ISO name), as large as the paper allows and no larger than a hand needs.
func (s *Sheet) QR(content string) { s.parts = append(s.parts, part{text: content, code: true}) }

// missingMark stands for a character that neither the printer nor our face has: 〓, which printers of books set for a
// character they have no type of (GB2312 has it).
const missingMark = '〓'

// Missing returns the characters that neither printers nor our face have; 〓 is printed for each.
func (s *Sheet) Missing() []rune {
	var out []rune
	for _, p := range s.parts {
		for _, r := range fonts.Missing(p.text + p.row) {
			if GBK.encode(r) == nil && !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	return out
}

// The limits of a sheet. What is beyond them is a mistake of a caller, and half a metre of paper.
const (
	MaxParts = 200
	MaxBytes = 256 << 10
)

// Compose lays the sheet out for a printer. Errors: fault.TooLarge "printer.large" for a code that does not fit the paper and
// for what is beyond the limits.
func (s *Sheet) Compose(p Profile) ([]byte, error) {
	if len(s.parts) > MaxParts {
		return nil, fault.New(fault.TooLarge, "printer.large")
	}
	c := composer{p: p}
	c.begin()
	for _, part := range s.parts {
		if err := c.part(part); err != nil {
			return nil, err
		}
	}
	c.end()
	if c.Len() > MaxBytes {
		return nil, fault.New(fault.TooLarge, "printer.large")
	}
	return c.Bytes(), nil
}

// composer writes commands.
type composer struct {
	bytes.Buffer
	p Profile
}

// begin leaves nothing of what the printer was told before.
func (c *composer) begin() {
	c.Write([]byte{esc, '@', gs, 'a', 0})
	if c.p.Charset == ASCII {
		c.Write([]byte{fs, '.'})
	} else {
		c.Write([]byte{fs, '&'})
	}
}

// feedLines is how far the last line is pushed out where there is no knife, to the edge at which paper is torn off.
const feedLines = 5

func (c *composer) end() {
	if c.p.Cut {
		c.Write([]byte{gs, 'V', 66, 0})
		return
	}
	c.Write([]byte{esc, 'd', feedLines})
}

func (c *composer) part(p part) error {
	switch {
	case p.code:
		return c.code(p.text)
	case p.rule:
		c.line(Style{}, strings.Repeat("-", c.p.Columns()))
	case p.row != "":
		c.row(p)
	default:
		for _, line := range Wrap(p.text, c.p.Columns()/p.style.size()) {
			c.line(p.style, line)
		}
	}
	return nil
}

// row puts a value at the right end of its label's line, or below it.
func (c *composer) row(p part) {
	columns := c.p.Columns()
	if gap := columns - Width(p.text) - Width(p.row); gap >= 1 {
		whole := p.text + strings.Repeat(" ", gap) + p.row
		if c.p.Charset.prints(whole) {
			c.line(p.style, whole)
			return
		}
		c.picture(over(drawLine(clean(p.text), Style{}, c.p.Dots), drawLine(clean(p.row), Style{Align: Right}, c.p.Dots)), Left)
		return
	}
	for _, line := range Wrap(p.text, columns) {
		c.line(p.style, line)
	}
	for _, line := range Wrap(p.row, columns-2) {
		c.line(p.style, "  "+line)
	}
}

// line prints one line: in the printer's own font where that has all of it, otherwise as a picture.
func (c *composer) line(style Style, text string) {
	text = clean(text)
	if !c.p.Charset.prints(text) {
		c.picture(drawLine(text, style, c.p.Dots), Left)
		return
	}
	size := byte(style.size() - 1)
	kanji := byte(0)
	if size > 0 {
		kanji = 0x0C // bits 2 and 3: twice as wide and high
	}
	c.Write([]byte{esc, 'a', byte(style.Align), esc, 'E', flag(style.Bold), gs, '!', size<<4 | size})
	if size < 2 && c.p.Charset != ASCII { // FS ! knows no more than twice
		c.Write([]byte{fs, '!', kanji})
	}
	for _, r := range text {
		c.Write(c.p.Charset.encode(r))
	}
	c.WriteByte(lf)
}

// clean replaces what no font has and drops what is no character.
func clean(text string) string {
	missing := fonts.Missing(text)
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ' || r == 0x7f:
			return -1
		case slices.Contains(missing, r) && GBK.encode(r) == nil:
			return missingMark
		}
		return r
	}, text)
}

// The size of a module in dots: 3 is what a phone reads from paper at 8 dots a millimetre (0.375 mm), 8 fills the paper.
const (
	leastModule = 3
	mostModule  = 8
	quietZone   = 4 // modules at each side, ISO/IEC 18004
)

func (c *composer) code(content string) error {
	q, err := qrcode.New(content, qrcode.Medium)
	if err != nil {
		return fault.New(fault.TooLarge, "printer.large").WithCause(err)
	}
	q.DisableBorder = true
	bits := q.Bitmap()
	module := min(c.p.Dots/(len(bits)+2*quietZone), mostModule)
	if module < leastModule {
		return fault.New(fault.TooLarge, "printer.large")
	}
	c.Write([]byte{lf})
	if c.p.QR {
		c.nativeCode(content, module)
	} else {
		c.picture(drawCode(bits, module), Centre)
	}
	c.Write([]byte{lf})
	return nil
}

// nativeCode lets the printer make the code.
func (c *composer) nativeCode(content string, module int) {
	n := len(content) + 3
	c.Write([]byte{esc, 'a', byte(Centre)})
	c.Write([]byte{gs, '(', 'k', 4, 0, '1', 'A', '2', 0})               // 165: model 2
	c.Write([]byte{gs, '(', 'k', 3, 0, '1', 'C', byte(module)})         // 167: dots of a module
	c.Write([]byte{gs, '(', 'k', 3, 0, '1', 'E', '1'})                  // 169: level M
	c.Write([]byte{gs, '(', 'k', byte(n), byte(n >> 8), '1', 'P', '0'}) // 180: data
	c.WriteString(content)
	c.Write([]byte{gs, '(', 'k', 3, 0, '1', 'Q', '0'}) // 181: print
}

// The control characters.
const (
	lf  = 0x0A
	dle = 0x10
	esc = 0x1B
	fs  = 0x1C
	gs  = 0x1D
	eot = 0x04
	enq = 0x05
	dc4 = 0x14
)

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}
