// SPDX-License-Identifier: Apache-2.0

package receipt_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
)

// lap is after how many numbers the counter starts again.
const lap = 10_000

var testKey = []byte("a fixed key for tests")

func numberer(t testing.TB, device int) *receipt.Numberer {
	t.Helper()
	n, err := receipt.NewNumberer(device, testKey)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func at(t testing.TB, n *receipt.Numberer, serial uint64) receipt.Number {
	t.Helper()
	number, err := n.At(serial)
	if err != nil {
		t.Fatal(err)
	}
	return number
}

func wantKind(t *testing.T, err error, want fault.Kind) {
	t.Helper()
	if got := fault.KindOf(err); got != want {
		t.Errorf("got %v (%v), want kind %v", got, err, want)
	}
}

func TestNumber(t *testing.T) {
	number := at(t, numberer(t, 421), 7)
	if got, want := number.String(), "0042 1000 7035"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := number.Device(), 421; got != want {
		t.Errorf("got device %d, want %d", got, want)
	}
	if got := at(t, numberer(t, 421), 7); got != number {
		t.Errorf("asked again: got %s, want %s", got, number)
	}
}

// The published example of the table: 572 has check digit 4. Zeros behind a right check digit keep it right.
func TestDammExample(t *testing.T) {
	for check := range 10 {
		text := "572" + string(rune('0'+check)) + "00000000"
		_, err := receipt.Parse(text)
		if got, want := err == nil, check == 4; got != want {
			t.Errorf("%s: got valid %t, want %t", text, got, want)
		}
	}
	_, err := receipt.Parse("000000005724") // device 0
	wantKind(t, err, fault.Invalid)
}

// A device never repeats itself: not in two whole laps, and not for one counter over all laps.
func TestNumbersOfOneDeviceDiffer(t *testing.T) {
	n, seen := numberer(t, 1), map[receipt.Number]uint64{}
	see := func(serial uint64) {
		number := at(t, n, serial)
		if before, taken := seen[number]; taken && before != serial {
			t.Fatalf("serials %d and %d both have %s", before, serial, number)
		}
		seen[number] = serial
	}
	for serial := range uint64(2 * lap) {
		see(serial)
	}
	for counter := uint64(0); counter < lap; counter += 999 {
		for serial := counter; serial < receipt.Capacity; serial += lap {
			see(serial)
		}
	}
	_, err := n.At(receipt.Capacity)
	wantKind(t, err, fault.Exhausted)
}

// The random part takes all values: neighbours are not to be guessed.
func TestRandomPartSpreads(t *testing.T) {
	n, parts := numberer(t, 1), map[string]int{}
	for serial := range uint64(lap) {
		parts[string(at(t, n, serial)[9:11])]++
	}
	if got, want := len(parts), 100; got != want {
		t.Errorf("got %d random parts, want %d", got, want)
	}
	for part, count := range parts {
		if count > 150 { // mean 100, standard deviation 10
			t.Errorf("%s came %d times in 10,000", part, count)
		}
	}
}

func TestNewNumbererRefuses(t *testing.T) {
	for _, device := range []int{-1, 0, receipt.MaxDevice + 1} {
		_, err := receipt.NewNumberer(device, testKey)
		wantKind(t, err, fault.Invalid)
	}
	_, err := receipt.NewNumberer(1, testKey[:receipt.MinKey-1])
	wantKind(t, err, fault.Invalid)
}

func TestParse(t *testing.T) {
	number := at(t, numberer(t, receipt.MaxDevice), 123_456)
	text := number.String()
	var wide strings.Builder
	for _, r := range string(number) {
		wide.WriteRune(r - '0' + '０')
	}
	for name, input := range map[string]string{
		"printed":    text,
		"plain":      string(number),
		"dashes":     strings.ReplaceAll(text, " ", "-"),
		"full width": wide.String(),
		"wide space": strings.ReplaceAll(text, " ", "　"),
		"letter O":   strings.ReplaceAll(text, "0", "o"),
		"dots":       strings.ReplaceAll(text, " ", "·") + "。",
		"line ends":  "\ufeff" + text + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := receipt.Parse(input)
			if err != nil || got != number {
				t.Errorf("got %v, %v, want %v", got, err, number)
			}
		})
	}
	for name, input := range map[string]string{
		"empty": "", "short": text[:13], "long": text + "0", "letter": "A" + text[1:], "Chinese": "一" + text[1:],
		"all zero": "0000 0000 0000",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := receipt.Parse(input)
			wantKind(t, err, fault.Invalid)
		})
	}
}

func TestParseFindsEveryWrongDigitAndExchange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, err := receipt.NewNumberer(rapid.IntRange(1, receipt.MaxDevice).Draw(t, "device"), testKey)
		if err != nil {
			t.Fatal(err)
		}
		number, err := n.At(rapid.Uint64Range(0, receipt.Capacity-1).Draw(t, "serial"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range len(number) {
			wrong := []byte(number)
			for d := byte('0'); d <= '9'; d++ {
				wrong[i] = d
				refuse(t, number, wrong)
			}
			if i+1 < len(number) {
				wrong[i], wrong[i+1] = number[i+1], number[i]
				refuse(t, number, wrong)
			}
		}
	})
}

func refuse(t *rapid.T, number receipt.Number, wrong []byte) {
	if _, err := receipt.Parse(string(wrong)); string(wrong) != string(number) && err == nil {
		t.Fatalf("%s typed as %s was taken", number, wrong)
	}
}

// FuzzSigned: what a code on paper says is read as it was written, or refused.
func FuzzSigned(f *testing.F) {
	f.Add("0042 1000 7035 29941230 AEBAGBAF")
	f.Add("0042 1000 7035 29941230 AEBAGBAF 04173385")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := receipt.ParseSigned(text)
		if err != nil {
			return
		}
		again, err := receipt.ParseSigned(p.String())
		if err != nil || !cmp.Equal(again, p) {
			t.Errorf("%q: read %+v, and what that says %+v, %v", text, p, again, err)
		}
		if n, c, err := receipt.ParseText(text); err != nil || n != p.Number || c != p.Code {
			t.Errorf("%q: as a number and code %v %v, %v", text, n, c, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("0042 1000 7385")
	f.Fuzz(func(t *testing.T, text string) {
		number, err := receipt.Parse(text)
		if err != nil {
			return
		}
		again, err := receipt.Parse(number.String())
		if err != nil || again != number {
			t.Errorf("%q: got %v, %v, want %v", text, again, err, number)
		}
	})
}
