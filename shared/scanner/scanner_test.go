// SPDX-License-Identifier: Apache-2.0

package scanner_test

import (
	"image"
	"strings"
	"testing"

	"github.com/skip2/go-qrcode"

	"yuexin/shared/fault"
	"yuexin/shared/scanner"
)

// feed types text with the same gap between all keys and presses Enter.
func feed(w *scanner.Wedge, text string, gapMS int64) (string, bool) {
	now := int64(1000)
	for _, r := range text {
		w.Rune(r, now)
		now += gapMS
	}
	return w.End(now)
}

func TestWedge(t *testing.T) {
	const url = "HTTPS://PLATE.EXAMPLE.CN/D/0123456789ABCDEF"
	tests := []struct {
		name  string
		text  string
		gapMS int64
		want  string
	}{
		{"a scanner", url, 3, url},
		{"a slow scanner", url, scanner.MaxGapMS, url},
		{"a person of 20 keys a second", url, 50, ""},
		{"a key held down too short to be a code", "1111111", 1, ""},
		{"blanks around", " 0123456789 ", 2, "0123456789"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var w scanner.Wedge
			if got, ok := feed(&w, tt.text, tt.gapMS); got != tt.want || ok != (tt.want != "") {
				t.Errorf("got %q, %v, want %q", got, ok, tt.want)
			}
		})
	}
}

// What a person typed before the burst is not part of the code, and only the
// burst itself is kept from the widget.
func TestWedgeAfterTyping(t *testing.T) {
	var w scanner.Wedge
	for i, r := range "陈秀英" {
		if w.Rune(r, int64(i)*500) {
			t.Fatal("a person's typing was taken for a scanner")
		}
	}
	now, kept := int64(5000), 0
	for _, r := range "YX-123456789" {
		if w.Rune(r, now) {
			kept++
		}
		now += 2
	}
	if want := len("YX-123456789") - w.Typed(); kept != want {
		t.Errorf("%d runes kept from the widget, want %d", kept, want)
	}
	if got, _ := w.End(now); got != "YX-123456789" {
		t.Errorf("got %q", got)
	}
	if _, ok := w.End(now); ok {
		t.Error("a second Enter gave the code again")
	}
}

// A busy machine hands keys over late, and then many at once: the code is whole all the same.
func TestWedgeOnABusyMachine(t *testing.T) {
	const url = "HTTPS://PLATE.EXAMPLE.CN/D/0123456789ABCDEF"
	for late := range len(url) {
		var w scanner.Wedge
		now := int64(1000)
		for i, r := range url {
			switch now += 2; {
			case i == late && i < scanner.MinLength:
				now += scanner.HiccupMS
			case i >= late && i >= scanner.MinLength:
				now += scanner.PauseMS - 2
			}
			w.Rune(r, now)
		}
		if got, ok := w.End(now + 1); !ok || got != url {
			t.Errorf("late from key %d on: got %q", late, got)
		}
	}
}

// A clock that jumps back ends a burst and nothing worse.
func TestWedgeClockBack(t *testing.T) {
	var w scanner.Wedge
	for i, r := range "0123456789" {
		w.Rune(r, 10_000-int64(i))
	}
	if got, ok := w.End(0); ok {
		t.Errorf("got %q", got)
	}
}

func TestImage(t *testing.T) {
	want := "HTTPS://PLATE.EXAMPLE.CN/D/" + strings.Repeat("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 4)
	code, err := qrcode.New(want, qrcode.Medium)
	if err != nil {
		t.Fatal(err)
	}
	got, err := scanner.Image(code.Image(400))
	if err != nil || got != want {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := scanner.Image(image.NewGray(image.Rect(0, 0, 100, 100))); !fault.Is(err, fault.NotFound) {
		t.Errorf("an empty picture gives %v", err)
	}
	if _, err := scanner.Image(image.Rect(0, 0, 1<<15, 1<<15)); !fault.Is(err, fault.TooLarge) {
		t.Errorf("a huge picture gives %v", err)
	}
}
