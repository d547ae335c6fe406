// SPDX-License-Identifier: Apache-2.0

package fonts

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"unicode"
)

// The private-use characters under which the font file maps a second time, in ascending order, the characters that it
// has beyond U+FFFF. aliasFirst is ALIAS_FIRST of build.py; the block ends at U+F8FF (Unicode 15, chapter 23).
const (
	aliasFirst = 0xE000
	aliasLast  = 0xF8FF
)

func isAlias(r rune) bool { return aliasFirst <= r && r <= aliasLast }

// span is a run of consecutive characters, both ends included.
type span struct{ first, last rune }

// coverage is the set of characters that a font file maps to a glyph.
type coverage struct {
	// spans are in ascending order and do not overlap.
	spans []span
	// beyond are the characters above U+FFFF, in ascending order.
	beyond []rune
}

func (c coverage) has(r rune) bool {
	_, found := slices.BinarySearchFunc(c.spans, r, func(s span, r rune) int {
		switch {
		case s.last < r:
			return -1
		case s.first > r:
			return 1
		}
		return 0
	})
	return found
}

func (c coverage) firstPlane(r rune) rune {
	if i, found := slices.BinarySearch(c.beyond, r); found {
		return aliasFirst + rune(i)
	}
	return r
}

// mustReadCoverage reads the embedded file. It panics on a damaged one: that is a broken build, seen by the first test.
func mustReadCoverage(file []byte) coverage {
	c, err := readCoverage(file)
	if err != nil {
		panic("fonts: yuexin.ttf: " + err.Error())
	}
	return c
}

// The parts of a TrueType file that lead to its characters. All numbers are big-endian.
// Source: OpenType specification 1.9, "Font file" and "cmap", subtable format 12.
const (
	tableRecords    = 12 // where the table records begin
	tableRecordSize = 16 // tag, checksum, offset, length
	encodingRecords = 4  // where the encoding records begin in cmap
	encodingSize    = 8  // platform, encoding, offset
	groupsBegin     = 16 // where the groups begin in a format 12 subtable
	groupSize       = 12 // first, last, glyph
	formatFullRange = 12 // the format that reaches beyond U+FFFF
)

var (
	errShort       = errors.New("file ends early")
	errUnordered   = errors.New("character groups are not in order")
	errNoFullRange = errors.New("no format 12 character map")
)

// readCoverage reads the format 12 character map of a TrueType file.
func readCoverage(file []byte) (coverage, error) {
	table, err := findCmap(file)
	if err != nil {
		return coverage{}, err
	}
	groups, err := findGroups(table)
	if err != nil {
		return coverage{}, err
	}

	var c coverage
	var next uint32 // the lowest character that may follow
	for ; len(groups) >= groupSize; groups = groups[groupSize:] {
		first, last := binary.BigEndian.Uint32(groups), binary.BigEndian.Uint32(groups[4:])
		if first > last || last > unicode.MaxRune || first < next {
			return coverage{}, errUnordered
		}
		next = last + 1
		s := span{rune(first), rune(last)}
		c.spans = append(c.spans, s)
		for r := max(s.first, 0x10000); r <= s.last; r++ {
			c.beyond = append(c.beyond, r)
		}
	}
	return c, nil
}

// findCmap returns the bytes from the beginning of the cmap table on.
func findCmap(file []byte) ([]byte, error) {
	if len(file) < tableRecords {
		return nil, errShort
	}
	count := int(binary.BigEndian.Uint16(file[4:]))
	for i := range count {
		record := file[min(tableRecords+i*tableRecordSize, len(file)):]
		if len(record) < tableRecordSize {
			return nil, errShort
		}
		if string(record[:4]) == "cmap" {
			return from(file, binary.BigEndian.Uint32(record[8:]), encodingRecords)
		}
	}
	return nil, errors.New("no cmap table")
}

// findGroups returns the groups of the first format 12 subtable of a cmap table.
func findGroups(table []byte) ([]byte, error) {
	count := int(binary.BigEndian.Uint16(table[2:]))
	for i := range count {
		record := table[min(encodingRecords+i*encodingSize, len(table)):]
		if len(record) < encodingSize {
			return nil, errShort
		}
		subtable, err := from(table, binary.BigEndian.Uint32(record[4:]), groupsBegin)
		if err != nil {
			return nil, err
		}
		if binary.BigEndian.Uint16(subtable) != formatFullRange {
			continue
		}
		groups, size := subtable[groupsBegin:], uint64(binary.BigEndian.Uint32(subtable[12:]))*groupSize
		if uint64(len(groups)) < size {
			return nil, fmt.Errorf("character groups: %w", errShort)
		}
		return groups[:size], nil
	}
	return nil, errNoFullRange
}

// from cuts file at offset and checks that at least n bytes follow.
func from(file []byte, offset uint32, n int) ([]byte, error) {
	if uint64(offset)+uint64(n) > uint64(len(file)) {
		return nil, errShort
	}
	return file[offset:], nil
}
