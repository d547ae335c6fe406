// SPDX-License-Identifier: Apache-2.0

package theft

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"

	"yuexin/shared/sync/record"
)

// Finds reports whether a text or a number came to light in any form. Numbers
// need five bytes or more: smaller ones are found anywhere by chance.
func (l *Loot) Finds(v record.Value) bool {
	forms := formsOfText(v.Text())
	if v.Type() == record.Int {
		forms = formsOfNumber(v.Int())
	}
	for _, text := range l.texts {
		for _, form := range forms {
			if len(form) > 0 && bytes.Contains(text, form) {
				return true
			}
		}
	}
	return false
}

func formsOfText(s string) [][]byte {
	gbk, _ := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(s)) // has every character
	var little, big []byte
	escaped := ""
	for _, u := range utf16.Encode([]rune(s)) {
		little, big = binary.LittleEndian.AppendUint16(little, u), binary.BigEndian.AppendUint16(big, u)
		escaped += fmt.Sprintf(`\u%04x`, u)
	}
	return [][]byte{[]byte(s), gbk, little, big, []byte(escaped)}
}

// formsOfNumber are decimals of n, as fen and as yuan, and its integers.
func formsOfNumber(n int64) [][]byte {
	yuan := fmt.Sprintf("%d.%02d", n/100, n%100)
	forms := [][]byte{[]byte(fmt.Sprint(n)), []byte(yuan), []byte(fmt.Sprint(n / 100)), []byte(grouped(n / 100))}
	return append(forms,
		bytes.TrimLeft(binary.BigEndian.AppendUint64(nil, uint64(n)), "\x00"), // CBOR, SQLite
		bytes.TrimRight(binary.LittleEndian.AppendUint64(nil, uint64(n)), "\x00"),
		binary.AppendUvarint(nil, uint64(n)), binary.AppendVarint(nil, n))
}

// grouped writes 1234567 as 1,234,567.
func grouped(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}

// partsOf returns a cell as a context may hold it.
func partsOf(c any) [][]byte {
	switch c := c.(type) {
	case string:
		return [][]byte{[]byte(c)}
	case []byte:
		if len(c) <= 16 { // an id
			return [][]byte{c}
		}
	case int64:
		if c >= 0 && c < 1000 { // a number in a lane, not a time
			return [][]byte{record.AppendUint(nil, uint64(c)), {byte(c)}}
		}
	}
	return nil
}
