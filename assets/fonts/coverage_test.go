// SPDX-License-Identifier: Apache-2.0

package fonts

import (
	"encoding/binary"
	"errors"
	"testing"
)

// Every cut of the file inside its tables of contents is refused, none crashes.
func TestReadCoverageRefusesDamage(t *testing.T) {
	for _, n := range []int{0, 4, 11, 12, 40, 200, 1000} {
		if _, err := readCoverage(yuexin[:n]); err == nil {
			t.Errorf("cut to %d bytes: got no error", n)
		}
	}
	bmpOnly := make([]byte, 64)
	copy(bmpOnly, yuexin[:12])
	bmpOnly[5] = 1 // one table
	copy(bmpOnly[12:], "cmap")
	bmpOnly[12+11] = 28 // its offset
	bmpOnly[28+3] = 1   // one encoding
	bmpOnly[32+7] = 12  // its offset
	bmpOnly[40+1] = 4   // format 4
	if _, err := readCoverage(bmpOnly); err == nil {
		t.Error("a file without format 12: got no error")
	}
}

// oneGroup is a file whose only table maps one run of characters.
func oneGroup(first, last uint32) []byte {
	file := make([]byte, 12+16+4+8+16+12)
	file[5] = 1 // one table
	copy(file[12:], "cmap")
	file[12+11] = 28 // its offset
	file[28+3] = 1   // one encoding
	file[32+7] = 12  // its offset
	file[40+1] = 12  // format 12
	file[40+15] = 1  // one group
	binary.BigEndian.PutUint32(file[56:], first)
	binary.BigEndian.PutUint32(file[60:], last)
	return file
}

func TestReadCoverageGroup(t *testing.T) {
	c, err := readCoverage(oneGroup('a', 'c'))
	if err != nil {
		t.Fatal(err)
	}
	for r, want := range map[rune]bool{'`': false, 'a': true, 'b': true, 'c': true, 'd': false} {
		if got := c.has(r); got != want {
			t.Errorf("%q: got %t, want %t", r, got, want)
		}
	}
	for name, file := range map[string][]byte{
		"backward":    oneGroup('c', 'a'),
		"beyond last": oneGroup('a', 0xFFFFFFFF),
	} {
		if _, err := readCoverage(file); !errors.Is(err, errUnordered) {
			t.Errorf("%s: got %v, want %v", name, err, errUnordered)
		}
	}
}

func FuzzReadCoverage(f *testing.F) {
	f.Add([]byte("\x00\x01\x00\x00\x00\x01"))
	f.Add(yuexin[:512])
	f.Add(oneGroup(0x20, 0x7E))
	f.Add(oneGroup(0x10000, 0xFFFFFFFF))
	f.Fuzz(func(t *testing.T, file []byte) {
		c, err := readCoverage(file)
		if err != nil && (c.spans != nil || c.beyond != nil) {
			t.Error("a refused file gave characters")
		}
	})
}
