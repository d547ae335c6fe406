// SPDX-License-Identifier: Apache-2.0

package enrol_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"yuexin/shared/fault"
	"yuexin/shared/sync/enrol"
)

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// source is a reproducible source of randomness.
func source(seed byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{seed}) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func drawCode(t *rapid.T) enrol.Code {
	seed := rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "seed")
	return must(enrol.NewCode(bytes.NewReader(seed)))
}

func TestCodeReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := drawCode(t)
		for _, text := range []string{string(code), code.String(), strings.ToLower(" " + code.String() + "\n")} {
			if got, err := enrol.ParseCode(text); got != code || err != nil {
				t.Fatalf("ParseCode(%q) = %q, %v; want %q", text, got, err, code)
			}
		}
	})
}

func TestCodeFindsSlips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := drawCode(t)
		i := rapid.IntRange(0, 9).Draw(t, "i")
		j := rapid.IntRange(0, 9).Draw(t, "j")
		swapped, replaced := []byte(code), []byte(code)
		swapped[i], swapped[j] = swapped[j], swapped[i]
		replaced[i] = alphabet[rapid.IntRange(0, 31).Draw(t, "letter")]
		for _, slip := range [][]byte{swapped, replaced} {
			_, err := enrol.ParseCode(string(slip))
			if found := err != nil; found != (string(slip) != string(code)) {
				t.Fatalf("ParseCode(%q) with code %q: %v", slip, code, err)
			}
		}
	})
}

func TestCodeFaults(t *testing.T) {
	code := string(must(enrol.NewCode(source(1))))
	tests := []struct{ name, text, key, arg, want string }{
		{"empty", "", "enrol.code.length", "got", "0"},
		{"short", code[:9], "enrol.code.length", "got", "9"},
		{"long", code + "0", "enrol.code.length", "got", "11"},
		{"very long", strings.Repeat("0", 1<<20), "enrol.code.length", "got", "1048576"},
		{"letter U", "U" + code[1:], "enrol.code.char", "pos", "1"},
		{"Chinese", code[:9] + "沙", "enrol.code.char", "char", "'沙'"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := enrol.ParseCode(tt.text)
			f, ok := errors.AsType[*fault.Error](err)
			if !ok || f.Kind != fault.Invalid || f.Key != tt.key || f.Args[tt.arg] != tt.want {
				t.Errorf("got %v %+v, want %s with %s %q", err, f, tt.key, tt.arg, tt.want)
			}
		})
	}
}

func TestCodeForgives(t *testing.T) {
	code := enrol.Code("000000000" + "0")
	for _, text := range []string{"OOOOO-OOOOO", "ooooo ooooo", "０００００－０００００", "\u202d00000\u201300000"} {
		if got, err := enrol.ParseCode(text); got != code || err != nil {
			t.Errorf("ParseCode(%q) = %q, %v", text, got, err)
		}
	}
}

func TestCodeIsNotLogged(t *testing.T) {
	var log bytes.Buffer
	code := must(enrol.NewCode(source(2)))
	slog.New(slog.NewTextHandler(&log, nil)).Info("made", "code", code)
	if got := log.String(); strings.Contains(got, string(code)) || strings.Contains(got, code.String()) {
		t.Errorf("the log shows the code: %s", got)
	}
}

func FuzzParseCode(f *testing.F) {
	f.Add("4K7M2-QXA9C")
	f.Add(string(must(enrol.NewCode(source(3)))))
	f.Fuzz(func(t *testing.T, text string) {
		code, err := enrol.ParseCode(text)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("ParseCode(%q): %v", text, err)
			}
			return
		}
		if again, err := enrol.ParseCode(code.String()); again != code || err != nil {
			t.Fatalf("ParseCode(%q) = %q, read again %q, %v", text, code, again, err)
		}
		if fmt.Sprint(code) == "" {
			t.Fatal("empty code accepted")
		}
	})
}
