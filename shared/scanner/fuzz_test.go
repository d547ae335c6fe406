// SPDX-License-Identifier: Apache-2.0

package scanner_test

import (
	"image"
	"testing"
	"unicode/utf8"

	"yuexin/shared/scanner"
)

// FuzzImage: a picture, whatever is on it, holds a code or does not.
func FuzzImage(f *testing.F) {
	f.Add(uint8(1), []byte{0})
	f.Add(uint8(21), []byte("0101010101010101010101010101"))
	f.Fuzz(func(t *testing.T, width uint8, pixels []byte) {
		w := max(1, int(width))
		if len(pixels) < w || len(pixels) > 1<<14 {
			return
		}
		img := &image.Gray{Pix: pixels, Stride: w, Rect: image.Rect(0, 0, w, len(pixels)/w)}
		if text, err := scanner.Image(img); err == nil && len(text) > 1<<14 {
			t.Fatalf("%d pixels hold %d bytes", len(pixels), len(text))
		}
	})
}

// FuzzWedge: of whatever is typed, a burst comes out whole or not at all, and what the
// widget got is never more than what was typed.
func FuzzWedge(f *testing.F) {
	f.Add("HTTPS://YX.CN/D/0123456789", []byte{1, 1, 1})
	f.Add("chen", []byte{200, 90})
	f.Fuzz(func(t *testing.T, text string, gaps []byte) {
		var w scanner.Wedge
		at, n := int64(0), 0
		for i, r := range []rune(text) {
			if len(gaps) > 0 {
				at += int64(gaps[i%len(gaps)])
			}
			w.Rune(r, at)
			if n++; w.Typed() > n {
				t.Fatalf("%d of %d runes were the widget's", w.Typed(), n)
			}
		}
		code, ok := w.End(at)
		if ok && (utf8.RuneCountInString(code) > n || w.Typed() != 0) {
			t.Fatalf("%q came of %q", code, text)
		}
	})
}
