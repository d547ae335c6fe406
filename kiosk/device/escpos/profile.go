// SPDX-License-Identifier: Apache-2.0

package escpos

import (
	"encoding/json"
	"fmt"
	"io"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Charset is which characters a printer's own font has.
type Charset string

// The character sets.
const (
	ASCII   Charset = "ascii"   // no Chinese: everything else is drawn
	GB2312  Charset = "gb2312"  // 6,763 characters
	GBK     Charset = "gbk"     // the two-byte part of GB18030, 21,003 characters
	GB18030 Charset = "gb18030" // with the four-byte part
)

// The size of a character of font A in dots; a Chinese one is twice as wide. See the package comment.
const (
	CellWidth  = 12
	CellHeight = 24
)

// Profile is what a sort of printer can do. Profiles are data: assets/devices/printers-N.json.
type Profile struct {
	Name    string  `json:"name"`
	Dots    int     `json:"dots"` // printable width, a multiple of 8
	Charset Charset `json:"charset"`
	QR      bool    `json:"qr"`      // knows GS ( k; otherwise codes are drawn
	Cut     bool    `json:"cut"`     // has a knife
	Status  bool    `json:"status"`  // answers DLE EOT
	Confirm bool    `json:"confirm"` // answers GS r 1
}

// Columns returns how many characters of font A stand in a line.
func (p Profile) Columns() int { return p.Dots / CellWidth }

// ParseProfiles reads a file of profiles.
func ParseProfiles(r io.Reader) ([]Profile, error) {
	var file struct {
		Version  int       `json:"version"`
		About    string    `json:"about"`
		Profiles []Profile `json:"profiles"`
	}
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("read printer profiles: %w", err)
	}
	seen := map[string]bool{}
	for _, p := range file.Profiles {
		if err := p.check(); err != nil || seen[p.Name] {
			return nil, fmt.Errorf("printer profile %q: twice, or %w", p.Name, err)
		}
		seen[p.Name] = true
	}
	return file.Profiles, nil
}

// The widths of paper that are believed, in dots: 20 mm to 110 mm at 8 dots a millimetre.
const (
	leastDots = 160
	mostDots  = 880
)

func (p Profile) check() error {
	switch p.Charset {
	case ASCII, GB2312, GBK, GB18030:
	default:
		return fmt.Errorf("unknown charset %q", p.Charset)
	}
	if p.Name == "" || p.Dots < leastDots || p.Dots > mostDots || p.Dots%8 != 0 {
		return fmt.Errorf("%d dots", p.Dots)
	}
	return nil
}

// encode returns the bytes of a character in the printer's own font, nil where it has none.
func (c Charset) encode(r rune) []byte {
	if r >= ' ' && r <= '~' {
		return []byte{byte(r)}
	}
	if r < ' ' || r == 0x7f || c == ASCII || r >= 0xE000 && r <= 0xF8FF { // private use looks different on every printer
		return nil
	}
	b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(string(r)))
	if err != nil || len(b) == 4 && c != GB18030 {
		return nil
	}
	switch c {
	case GB2312: // rows 16 to 87 are characters, 1 to 9 signs
		if b[0] < 0xA1 || b[0] > 0xF7 || b[1] < 0xA1 || b[0] > 0xA9 && b[0] < 0xB0 {
			return nil
		}
	case GBK:
		if old, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(string(r))); err != nil || string(old) != string(b) {
			return nil
		}
	}
	return b
}

// prints says whether all characters are in the printer's own font.
func (c Charset) prints(s string) bool {
	for _, r := range s {
		if c.encode(r) == nil {
			return false
		}
	}
	return true
}
