// SPDX-License-Identifier: Apache-2.0

package receipt

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/crypto/argon2"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Code is the lookup code of a receipt, 查询码: eight digits that stand beside the number on the receipt and nowhere else.
// The number alone is said aloud and copied; who has the code as well holds the receipt.
type Code string

const codeSize = 8

// NewCode draws a code. random must be fit for keys.
func NewCode(random io.Reader) (Code, error) {
	var raw [8]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", fmt.Errorf("draw a lookup code: %w", err)
	}
	return codeOf(raw[:]), nil
}

// CodeFrom returns the code that a secret makes for what is said, the same each time: for a page that shows a receipt again
// and keeps no code. secret has at least MinKey bytes and is used with different words for anything else.
func CodeFrom(secret, said []byte) Code {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("yuexin receipt code"))
	mac.Write(said)
	return codeOf(mac.Sum(nil))
}

// codeOf is even to 1 in 10¹¹.
func codeOf(raw []byte) Code {
	return Code(fmt.Sprintf("%0*d", codeSize, binary.BigEndian.Uint64(raw)%100_000_000))
}

// ParseCode reads a code as people type it, with the liberties of Parse. The fault is Invalid "receipt.code".
func ParseCode(text string) (Code, error) {
	digits := strings.Map(fold, text)
	if len(digits) != codeSize || strings.Trim(digits, "0123456789") != "" {
		return "", fault.New(fault.Invalid, "receipt.code")
	}
	return Code(digits), nil
}

// String returns the code in two groups, such as 0417 3385.
func (c Code) String() string {
	if len(c) != codeSize {
		return string(c)
	}
	return string(c[:codeSize/2] + " " + c[codeSize/2:])
}

// Text is number and code as somebody may write them down.
func Text(n Number, c Code) string { return strings.TrimSpace(string(n) + " " + string(c)) }

// ParseText reads what the picture code of a receipt says, or Text made, or a number alone as Parse does; then the code is "".
func ParseText(text string) (Number, Code, error) {
	if p, err := ParseSigned(text); err == nil {
		return p.Number, p.Code, nil
	}
	folded := strings.Map(fold, text)
	if len(folded) == size+codeSize {
		if n, err := Parse(folded[:size]); err == nil {
			c, err := ParseCode(folded[size:])
			return n, c, err
		}
	}
	n, err := Parse(text)
	return n, "", err
}

// The cost of a guess at a code by somebody who has the disk of a kiosk: the second recommended option of RFC 9106, section
// 4. At 0.1 s a core tries the codes of one receipt in a hundred days. A number stands for one receipt only, so that it
// serves as salt.
const (
	costTime      = 3
	costMemoryKiB = 64 << 10
	costThreads   = 4
)

// Key is what number and code make together. It takes a while.
type Key [32]byte

// KeyOf returns the key of a number and its code.
func KeyOf(n Number, c Code) (k Key) {
	copy(k[:], argon2.IDKey([]byte(c), []byte("yuexin receipt "+string(n)), costTime, costMemoryKiB, costThreads, uint32(len(k))))
	return k
}

func (k Key) mac(said ...[]byte) []byte {
	mac := hmac.New(sha256.New, k[:])
	for _, s := range said {
		mac.Write(s)
		mac.Write([]byte{0})
	}
	return mac.Sum(nil)
}

func (k Key) check() []byte { return k.mac([]byte("check"))[:checkSize] }

const (
	checkSize = 16
	markSize  = 8 // two of a receipt's hundred marks are alike once in 10¹⁵
)

// mark stands for one field of one record; without the key it says nothing.
func (k Key) mark(e Entered) string {
	return string(k.mac([]byte("entered"), []byte(e.Kind), e.Record.Bytes(), []byte(e.Field))[:markSize])
}

// Kind is the kind of the records by which a receipt is known: an entry with the fields receipt_no, receipt_check, entered
// and sample, all of class C1. It holds neither the code nor what was entered: receipt_check tells whether a code is right,
// and entered has a mark for each field that the holder filled in, which only the code can read.
const Kind record.Kind = "receipt"

// Entered names one field that the holder of a receipt filled in.
type Entered struct {
	Kind   record.Kind
	Record ident.Record
	Field  record.Field
}

// unasked are fields that the program fills in by itself.
var unasked = []record.Field{
	"receipt_no", "channel", "via", "proof", "recipient", "consent", "plate", "plate_code", "household", "merchant", "region_code", "form", "sample",
}

// EnteredBy returns what the writes of these kinds say that a person was asked for, in no order.
func EnteredBy(writes []record.Write, kinds ...record.Kind) (all []Entered) {
	for _, w := range writes {
		if !slices.Contains(kinds, w.Header.Kind) {
			continue
		}
		for f, v := range w.Fields {
			if !slices.Contains(unasked, f) && !v.IsNone() {
				all = append(all, Entered{w.Header.Kind, w.Header.ID, f})
			}
		}
	}
	return all
}

// Create returns the write of the receipt's record. h.Kind is set here.
func Create(h record.Header, n Number, c Code, entered []Entered, sample bool) record.Write {
	h.Kind = Kind
	key := KeyOf(n, c)
	marks := make([]string, len(entered))
	for i, e := range entered {
		marks[i] = key.mark(e)
	}
	slices.Sort(marks) // their order says nothing
	fields := map[record.Field]record.Value{
		"receipt_no": record.OfText(string(n)), "receipt_check": record.OfBytes(key.check()),
		"entered": record.OfBytes([]byte(strings.Join(marks, ""))),
	}
	if sample {
		fields["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: h, Fields: fields}
}

// Held is a receipt whose holder has shown the code.
type Held struct {
	Header record.Header
	key    Key
	marks  []byte
}

// Hold returns the receipt if the code is right for it. It takes equally long for every row and code, also for the zero
// row, for which no code is right.
func Hold(row record.Row, n Number, c Code) (Held, bool) {
	key := KeyOf(n, c)
	right := subtle.ConstantTimeCompare(row.Value("receipt_check").Bytes(), key.check()) == 1
	return Held{row.Header, key, row.Value("entered").Bytes()}, right && c != ""
}

// Len returns how many fields the holder filled in.
func (h Held) Len() int { return len(h.marks) / markSize }

// Entered reports whether the holder filled this field in.
func (h Held) Entered(e Entered) bool {
	mark := []byte(h.key.mark(e))
	for at := 0; at+markSize <= len(h.marks); at += markSize {
		if bytes.Equal(h.marks[at:at+markSize], mark) {
			return true
		}
	}
	return false
}

// Query finds the record of a receipt.
func Query(n Number) record.Query {
	return record.Query{Kind: Kind, Limit: 1, Where: []record.Term{{Field: "receipt_no", Value: record.OfText(string(n))}}}
}
