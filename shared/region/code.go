// SPDX-License-Identifier: Apache-2.0

package region

import (
	"strconv"
	"strings"

	"yuexin/shared/fault"
)

// Code is a statistical division code (统计用区划代码) without its trailing zeros: 2 digits for a province, 4 for a
// prefecture, 6 for a county (GB/T 2260), 9 for a town (GB/T 10114), 12 for a village. A functional zone, which has no
// such code, is "Z", the 4 digits of its prefecture and a 2-digit serial. The zero value names nothing.
type Code string

// zonePrefix begins the code of a functional zone.
const zonePrefix = "Z"

// ParseCode reads a code as a person types it: spaces, hyphens, lower case and full-width digits are forgiven, and the
// long form of a town or county (441284105000, 441284000000) becomes its short one. Whether the unit exists is for
// Tree.Resolve to say.
//
// Faults, all fault.Invalid with key "region.code." and: char (pos, char) or length (got).
func ParseCode(text string) (Code, error) {
	s := foldCode(text)
	digits := strings.TrimPrefix(s, zonePrefix)
	for i, r := range []rune(digits) {
		if r < '0' || r > '9' {
			pos := strconv.Itoa(len(s) - len(digits) + i + 1)
			return "", fault.New(fault.Invalid, "region.code.char").With("pos", pos).With("char", string(r)).WithField(codeField)
		}
	}
	if len(digits) < len(s) {
		return zoneCode(s)
	}
	if len(s) == 12 {
		s = strings.TrimSuffix(s, "000")
	}
	if len(s) == 9 {
		s = strings.TrimSuffix(s, "000")
	}
	if levelOfLength(len(s)) == 0 {
		return "", wrongLength(len(s))
	}
	return Code(s), nil
}

func zoneCode(s string) (Code, error) {
	if len(s) != len(zonePrefix)+6 {
		return "", wrongLength(len(s))
	}
	return Code(s), nil
}

// foldCode removes spaces and hyphens and turns full-width forms and lower case into plain capitals.
func foldCode(text string) string {
	return strings.Map(func(r rune) rune {
		switch r = halfWidth(r); {
		case r == ' ' || r == '-' || r == '\t':
			return -1
		case r == 'z':
			return 'Z'
		default:
			return r
		}
	}, text)
}

// halfWidth maps a full-width form (U+FF01–U+FF5E) or the ideographic space to its ASCII twin.
func halfWidth(r rune) rune {
	switch {
	case r == '\u3000':
		return ' '
	case r >= '\uff01' && r <= '\uff5e':
		return r - 0xfee0
	default:
		return r
	}
}

// Level returns the level the form of the code implies, 0 when it is no code.
func (c Code) Level() Level {
	if strings.HasPrefix(string(c), zonePrefix) {
		return Zone
	}
	return levelOfLength(len(c))
}

// Parent returns the code of the unit above: the prefecture for a zone, "" for a province.
func (c Code) Parent() Code {
	switch c.Level() {
	case Prefecture:
		return c[:2]
	case County:
		return c[:4]
	case Town:
		return c[:6]
	case Village:
		return c[:9]
	case Zone:
		return c[1:5]
	default:
		return ""
	}
}

// Kind returns what the number ranges of the code say the unit is (GB/T 10114 for towns, the Bureau of
// Statistics' village ranges), KindNone for other levels and for numbers outside every range.
func (c Code) Kind() Kind {
	switch c.Level() {
	case Town:
		return kindIn(c[6:], townKinds)
	case Village:
		return kindIn(c[9:], villageKinds)
	default:
		return KindNone
	}
}

// Full returns the 12-digit form with trailing zeros that other systems use; a zone's code stays as it is.
func (c Code) Full() string {
	if n := c.Level(); n == Zone || n == 0 {
		return string(c)
	}
	return string(c) + "000000000000"[len(c):]
}

func wrongLength(got int) error {
	return fault.New(fault.Invalid, "region.code.length").With("got", strconv.Itoa(got)).WithField(codeField)
}

// codeField is the form field that faults of this package name.
const codeField = "region"
