// SPDX-License-Identifier: Apache-2.0

// Package scanner turns what code scanners give into text: a keyboard-wedge
// scanner types very fast, an image holds a QR code. What the text means is
// for package doorplate to say.
package scanner

import "strings"

// A wedge scanner types a code in one burst. People do not reach MinLength keys
// at MaxGapMS a key. A busy machine hands keys over late and then many at once,
// so a burst that is not yet surely a scanner's may be HiccupMS late in all, and
// one that is may pause for PauseMS: what it has typed is kept from the widget
// already, and a scanner always sends the key that ends a code.
const (
	MaxGapMS  = 30
	MinLength = 8
	HiccupMS  = 100
	PauseMS   = 1000
	maxLength = 4096
)

// Wedge tells the burst of a keyboard-wedge scanner from a person's typing.
// Feed it every rune that reaches the window, before the focused widget gets
// it. It is not safe for concurrent use; the zero value is ready.
type Wedge struct {
	text            []rune
	firstMS, lastMS int64
}

// Rune takes one typed rune with the time of its arrival on a monotonic clock,
// in milliseconds. It reports whether the rune belongs to a burst that is
// surely a scanner's: the caller then keeps it from the focused widget. The
// first MinLength runes cannot be told from typing and are reported false;
// Typed says what of them the widget has got already.
func (w *Wedge) Rune(r rune, nowMS int64) (scanning bool) {
	if !w.fast(nowMS) {
		w.Reset()
	}
	if w.lastMS = nowMS; len(w.text) == 0 {
		w.firstMS = nowMS
	}
	if len(w.text) < maxLength {
		w.text = append(w.text, r)
	}
	return len(w.text) > MinLength
}

// End takes the key that ends a code, Enter or Tab. It returns the code if
// the keys before it were a scanner's burst.
func (w *Wedge) End(nowMS int64) (code string, ok bool) {
	defer w.Reset()
	if len(w.text) < MinLength || !w.fast(nowMS) {
		return "", false
	}
	return strings.TrimSpace(string(w.text)), true
}

// Typed returns how many runes of the present burst were reported as typing:
// the caller takes them back from the widget that got them.
func (w *Wedge) Typed() int { return min(len(w.text), MinLength) }

// Reset forgets what was typed.
func (w *Wedge) Reset() { w.text = w.text[:0] }

// fast reports whether a key that comes now goes on with the burst.
func (w *Wedge) fast(nowMS int64) bool {
	if nowMS < w.lastMS {
		return false
	}
	if len(w.text) >= MinLength {
		return nowMS-w.lastMS <= PauseMS
	}
	return nowMS-w.firstMS <= int64(len(w.text))*MaxGapMS+HiccupMS
}
