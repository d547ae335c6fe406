// SPDX-License-Identifier: Apache-2.0

package receipt_test

import (
	"crypto/ed25519"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/skip2/go-qrcode"

	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
)

func signed(t testing.TB, key ed25519.PrivateKey) receipt.Signed {
	t.Helper()
	at := time.Date(2026, 11, 22, 9, 30, 59, 0, time.UTC)
	p, err := receipt.Sign(sample(t), at, func(message []byte) ([]byte, error) { return ed25519.Sign(key, message), nil })
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func sample(t testing.TB) receipt.Number { return at(t, numberer(t, 421), 7) }

func TestSigned(t *testing.T) {
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	p := signed(t, private)
	text := p.String()
	if !strings.HasPrefix(text, "0042 1000 7035 ") {
		t.Errorf("whoever scans it reads %q", text)
	}
	if !regexp.MustCompile(`^[0-9A-Z ]+$`).MatchString(text) {
		t.Errorf("%q is not of the alphanumeric mode", text)
	}
	if q, err := qrcode.New(text, qrcode.Medium); err != nil || q.VersionNumber > 7 {
		t.Errorf("the code is of version %d, %v", q.VersionNumber, err)
	}
	got, err := receipt.ParseSigned(text)
	if err != nil || got.String() != text || got.Time().Second() != 0 {
		t.Fatalf("%v, %v", got, err)
	}
	public := private.Public().(ed25519.PublicKey)
	if !ed25519.Verify(public, got.Message(), got.Signature) {
		t.Error("what was read does not verify")
	}
	got.Minute++
	if ed25519.Verify(public, got.Message(), got.Signature) {
		t.Error("another minute verifies as well")
	}
}

func TestParseSignedRefuses(t *testing.T) {
	text := signed(t, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))).String()
	for _, wrong := range []string{
		"", "0042 1000 7035", text + " A", strings.Replace(text, "7035", "7036", 1), strings.Replace(text, " 2", " -2", 1),
		strings.Replace(text, " 2", " 02", 1), strings.ToLower(text), text + strings.Repeat("A", 200),
	} {
		if p, err := receipt.ParseSigned(wrong); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q was taken as %v, %v", wrong, p, err)
		}
	}
	for _, right := range []string{text, "0042 1000 7035", "004210007035"} {
		if n, _, err := receipt.ParseText(right); err != nil || n != "004210007035" {
			t.Errorf("%q: %v, %v", right, n, err)
		}
	}
	if _, _, err := receipt.ParseText("0042 1000 7036"); fault.From(err).Key != "receipt.number.check" {
		t.Errorf("a wrong number: %v", err)
	}
}
