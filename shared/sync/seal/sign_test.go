// SPDX-License-Identifier: Apache-2.0

package seal_test

import (
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"yuexin/shared/sync/seal"
)

func newSign(seed byte) (seal.SignPrivate, seal.SignPublic) {
	private := must(seal.NewSign(seal.Default, source(seed)))
	return private, must(private.Public())
}

func TestSignatureLaw(t *testing.T) {
	private, public := newSign(1)
	_, other := newSign(2)
	rapid.Check(t, func(t *rapid.T) {
		message := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "message")
		context := rapid.StringN(1, 20, seal.MaxContext).Draw(t, "context")
		signature, err := private.Sign(source(1), context, message)
		if err != nil {
			t.Fatal(err)
		}
		if err := public.Verify(context, message, signature); err != nil {
			t.Fatalf("own signature: %v", err)
		}
		for name, err := range map[string]error{
			"other key":     other.Verify(context, message, signature),
			"other message": public.Verify(context, append(message, 0), signature),
			"other context": public.Verify(context+"x", message, signature),
		} {
			if err == nil {
				t.Fatalf("%s: verified", name)
			}
		}
	})
}

// TestContextIsNotPartOfTheMessage: moving the border between context and message
// gives another signature.
func TestContextIsNotPartOfTheMessage(t *testing.T) {
	private, public := newSign(1)
	signature := must(private.Sign(nil, "ab", []byte("c")))
	if err := public.Verify("a", []byte("bc"), signature); !errors.Is(err, seal.ErrSignature) {
		t.Errorf("got %v, want ErrSignature", err)
	}
}

// TestSignatureIsPlainEd25519 states for other languages what is signed.
func TestSignatureIsPlainEd25519(t *testing.T) {
	private, public := newSign(1)
	signature := must(private.Sign(nil, "wire/frame/1", []byte("message")))
	signed := "yuexin/seal/sign/1\x00" + "\x0c" + "wire/frame/1" + "message"
	if !ed25519.Verify(public.Encode()[2:], []byte(signed), signature[2:]) {
		t.Error("not the Ed25519 signature of prefix, length, context, message")
	}
}

func TestVerifyRefusesEveryChange(t *testing.T) {
	private, public := newSign(1)
	signature := must(private.Sign(nil, "approve", []byte("grant 7")))
	eachByteFlipped(t, signature, func(t *testing.T, changed []byte) {
		if public.Verify("approve", []byte("grant 7"), changed) == nil {
			t.Error("a changed signature verified")
		}
	})
	for n := range signature {
		if public.Verify("approve", []byte("grant 7"), signature[:n]) == nil {
			t.Errorf("the first %d bytes verified", n)
		}
	}
	if err := public.Verify("approve", nil, append(signature, make([]byte, 200)...)); !errors.Is(err, seal.ErrFormat) {
		t.Errorf("long: got %v, want ErrFormat", err)
	}
}

func TestSignErrors(t *testing.T) {
	private, public := newSign(1)
	for _, context := range []string{"", strings.Repeat("x", seal.MaxContext+1)} {
		if _, err := private.Sign(nil, context, nil); !errors.Is(err, seal.ErrFormat) {
			t.Errorf("context of %d bytes: got %v, want ErrFormat", len(context), err)
		}
	}
	if err := public.Verify("", nil, must(private.Sign(nil, "x", nil))); !errors.Is(err, seal.ErrFormat) {
		t.Errorf("verify without context: got %v, want ErrFormat", err)
	}
	if _, err := (seal.SignPrivate{}).Sign(nil, "x", nil); !errors.Is(err, seal.ErrKey) {
		t.Errorf("empty key: got %v, want ErrKey", err)
	}
	if _, err := (seal.SignPrivate{}).Public(); !errors.Is(err, seal.ErrKey) {
		t.Errorf("public of an empty key: got %v, want ErrKey", err)
	}
	if err := (seal.SignPublic{}).Verify("x", nil, nil); !errors.Is(err, seal.ErrKey) {
		t.Errorf("empty public key: got %v, want ErrKey", err)
	}
	if !must(seal.ParseSignPrivate(private.Encode())).Equal(private) {
		t.Error("encode and parse give another key")
	}
}

func FuzzVerify(f *testing.F) {
	private, public := newSign(1)
	f.Add([]byte("m"), must(private.Sign(nil, "x", []byte("m"))))
	f.Add([]byte{}, []byte{1, 0x51})
	f.Fuzz(func(t *testing.T, message, signature []byte) {
		if public.Verify("another context", message, signature) == nil {
			t.Error("a forged signature verified")
		}
	})
}
