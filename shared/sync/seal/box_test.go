// SPDX-License-Identifier: Apache-2.0

package seal_test

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"

	"pgregory.net/rapid"

	"yuexin/shared/sync/seal"
)

func newBox(seed byte) (seal.BoxPrivate, seal.BoxPublic) {
	private := must(seal.NewBox(seal.Default, source(seed)))
	return private, must(private.Public())
}

func TestBoxLaw(t *testing.T) {
	private, public := newBox(1)
	other, _ := newBox(2)
	rapid.Check(t, func(t *rapid.T) {
		plaintext := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "plaintext")
		aad := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "aad")
		box, err := public.SealTo([]byte("dst"), source(3), plaintext, aad)
		if err != nil {
			t.Fatal(err)
		}
		got, err := private.OpenBox([]byte("dst"), box[3:], aad)
		if err != nil || string(got) != "dst"+string(plaintext) {
			t.Fatalf("got %x, %v, want %x", got, err, plaintext)
		}
		if _, err := private.OpenBox(nil, box[3:], append(aad, 1)); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("other aad: got %v, want ErrOpen", err)
		}
		if _, err := other.OpenBox(nil, box[3:], aad); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("other key: got %v, want ErrOpen", err)
		}
	})
}

func TestBoxesOfOneThingDiffer(t *testing.T) {
	_, public := newBox(1)
	a, b := must(public.SealTo(nil, source(1), []byte("x"), nil)), must(public.SealTo(nil, source(1), []byte("x"), nil))
	if bytes.Equal(a, b) {
		t.Error("two boxes are the same")
	}
}

func TestBoxRefusesEveryChange(t *testing.T) {
	private, public := newBox(1)
	box := must(public.SealTo(nil, source(2), []byte("a submission"), []byte("kiosk")))
	eachByteFlipped(t, box, func(t *testing.T, changed []byte) {
		if _, err := private.OpenBox(nil, changed, []byte("kiosk")); err == nil {
			t.Error("a changed box opened")
		}
	})
	for n := range box {
		if _, err := private.OpenBox(nil, box[:n], []byte("kiosk")); err == nil {
			t.Errorf("the first %d bytes opened", n)
		}
	}
}

func TestBoxKeyErrors(t *testing.T) {
	if _, err := (seal.BoxPublic{}).SealTo(nil, source(1), nil, nil); !errors.Is(err, seal.ErrKey) {
		t.Errorf("empty public key: got %v, want ErrKey", err)
	}
	if _, err := (seal.BoxPrivate{}).OpenBox(nil, nil, nil); !errors.Is(err, seal.ErrKey) {
		t.Errorf("empty private key: got %v, want ErrKey", err)
	}
	if _, err := (seal.BoxPrivate{}).Public(); !errors.Is(err, seal.ErrKey) {
		t.Errorf("public of an empty key: got %v, want ErrKey", err)
	}
	private, public := newBox(1)
	if _, err := public.SealTo(nil, source(1), make([]byte, seal.MaxPlaintext+1), nil); !errors.Is(err, seal.ErrTooLarge) {
		t.Errorf("too large: got %v, want ErrTooLarge", err)
	}
	huge := append(must(public.SealTo(nil, source(1), nil, nil))[:2], make([]byte, seal.MaxPlaintext+300)...)
	if _, err := private.OpenBox(nil, huge, nil); !errors.Is(err, seal.ErrTooLarge) {
		t.Errorf("too large to open: got %v, want ErrTooLarge", err)
	}
	// The all-zero point gives everybody the same secret: it must not be sealed to.
	weak := must(seal.ParseBoxPublic(append(public.Encode()[:2], make([]byte, 32)...)))
	if _, err := weak.SealTo(nil, source(1), []byte("x"), nil); err == nil {
		t.Error("sealed to a point of low order")
	}
	if !must(seal.ParseBoxPrivate(private.Encode())).Equal(private) {
		t.Error("encode and parse give another key")
	}
}

func TestPublicText(t *testing.T) {
	_, box := newBox(1)
	sign := must(must(seal.NewSign(seal.Default, source(1))).Public())
	var gotBox seal.BoxPublic
	if err := gotBox.UnmarshalText(must(box.MarshalText())); err != nil || gotBox != box {
		t.Errorf("box key: got %v, %v, want %v", gotBox, err, box)
	}
	var gotSign seal.SignPublic
	if err := gotSign.UnmarshalText(must(sign.MarshalText())); err != nil || gotSign != sign {
		t.Errorf("sign key: got %v, %v, want %v", gotSign, err, sign)
	}
	if got := slog.AnyValue(box).Resolve().String(); got != box.String() {
		t.Errorf("log value: got %s, want %s", got, box)
	}
	if got := slog.AnyValue(sign).Resolve().String(); got != sign.String() {
		t.Errorf("log value: got %s, want %s", got, sign)
	}
	tests := []struct{ name, in string }{
		{"empty", ""},
		{"other kind of key", sign.String()},
		{"prefix of one, body of another", "yxbox:" + sign.String()[len("yxsig:"):]},
		{"no base64", "yxbox:*"},
		{"short", box.String()[:len(box.String())-2]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := box
			if err := got.UnmarshalText([]byte(tt.in)); !errors.Is(err, seal.ErrFormat) {
				t.Errorf("got %v, want ErrFormat", err)
			}
			if got != box {
				t.Error("the key was changed")
			}
		})
	}
	if _, err := (seal.BoxPublic{}).MarshalText(); !errors.Is(err, seal.ErrKey) {
		t.Errorf("empty key: got %v, want ErrKey", err)
	}
	if _, err := (seal.SignPublic{}).MarshalText(); !errors.Is(err, seal.ErrKey) {
		t.Errorf("empty key: got %v, want ErrKey", err)
	}
}

func FuzzOpenBox(f *testing.F) {
	private, public := newBox(1)
	f.Add(must(public.SealTo(nil, source(2), []byte("x"), nil)))
	f.Add([]byte{1, 0x31})
	f.Fuzz(func(t *testing.T, box []byte) {
		// A box names no sender, so only bytes sealed to this key may open.
		if plaintext, err := private.OpenBox(nil, box, []byte("never used")); err == nil {
			t.Errorf("a forged box opened: %x", plaintext)
		}
	})
}
