// SPDX-License-Identifier: Apache-2.0

package seal_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"yuexin/shared/sync/seal"
)

func TestSealOpenLaw(t *testing.T) {
	key := newKey(1)
	rapid.Check(t, func(t *rapid.T) {
		plaintext := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "plaintext")
		aad := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "aad")
		dst := rapid.SliceOfN(rapid.Byte(), 0, 10).Draw(t, "dst")
		blob, err := key.Seal(bytes.Clone(dst), source(rapid.Byte().Draw(t, "seed")), plaintext, aad)
		if err != nil || !bytes.HasPrefix(blob, dst) {
			t.Fatalf("seal: %v, %x does not begin with %x", err, blob, dst)
		}
		got, err := key.Open(bytes.Clone(dst), blob[len(dst):], aad)
		if err != nil || !bytes.Equal(got, append(bytes.Clone(dst), plaintext...)) {
			t.Fatalf("open: got %x, %v, want %x after %x", got, err, plaintext, dst)
		}
		if _, err := key.Open(nil, blob[len(dst):], append(aad, 0)); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("other aad: got %v, want ErrOpen", err)
		}
	})
}

func TestSealHeaderAndFreshNonce(t *testing.T) {
	key, rnd := newKey(1), source(2)
	a := must(key.Seal(nil, rnd, []byte("x"), nil))
	b := must(key.Seal(nil, rnd, []byte("x"), nil))
	if a[0] != 1 || a[1] != byte(seal.KindBlob)<<4|byte(seal.ProfileDefault) {
		t.Errorf("got header %x", a[:2])
	}
	if bytes.Equal(a[2:14], b[2:14]) {
		t.Error("one nonce twice")
	}
}

func TestOpenRefusesEveryChange(t *testing.T) {
	key := newKey(1)
	blob := must(key.Seal(nil, source(2), []byte("three unsynced days"), []byte("row 7")))
	eachByteFlipped(t, blob, func(t *testing.T, changed []byte) {
		dst := []byte("kept")
		got, err := key.Open(dst, changed, []byte("row 7"))
		if err == nil {
			t.Error("a changed blob opened")
		}
		if string(got) != "kept" {
			t.Errorf("dst became %q", got)
		}
	})
	for n := range blob {
		if _, err := key.Open(nil, blob[:n], []byte("row 7")); err == nil {
			t.Errorf("the first %d bytes opened", n)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	key := newKey(1)
	blob := must(key.Seal(nil, source(2), []byte("x"), nil))
	with := func(i int, b byte) []byte { c := bytes.Clone(blob); c[i] = b; return c }
	var wiped seal.Key = newKey(1)
	wiped.Zero()
	tests := []struct {
		name string
		key  seal.Key
		blob []byte
		want error
	}{
		{"other key", newKey(9), blob, seal.ErrOpen},
		{"empty key", seal.Key{}, blob, seal.ErrKey},
		{"wiped key", wiped, blob, seal.ErrKey},
		{"nothing", key, nil, seal.ErrFormat},
		{"header only", key, blob[:2], seal.ErrFormat},
		{"next format version", key, with(0, 2), seal.ErrUnknown},
		{"unknown profile", key, with(1, byte(seal.KindBlob)<<4|15), seal.ErrUnknown},
		{"other kind", key, with(1, byte(seal.KindBox)<<4|1), seal.ErrFormat},
		{"too large", key, append(bytes.Clone(blob[:2]), make([]byte, seal.MaxPlaintext+29)...), seal.ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := tt.key.Open(nil, tt.blob, nil); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestSealErrors(t *testing.T) {
	broken := iotest.ErrReader(errors.New("no randomness"))
	if _, err := newKey(1).Seal(nil, broken, []byte("x"), nil); err == nil {
		t.Error("sealed without randomness")
	}
	if _, err := newKey(1).Seal(nil, nil, []byte("x"), nil); !errors.Is(err, seal.ErrKey) {
		t.Errorf("no source: got %v, want ErrKey", err)
	}
	if _, err := (seal.Key{}).Seal(nil, source(1), nil, nil); !errors.Is(err, seal.ErrKey) {
		t.Errorf("empty key: got %v, want ErrKey", err)
	}
	if _, err := newKey(1).Seal(nil, source(1), make([]byte, seal.MaxPlaintext+1), nil); !errors.Is(err, seal.ErrTooLarge) {
		t.Errorf("too large: got %v, want ErrTooLarge", err)
	}
	if _, err := seal.NewKey(seal.Default, broken); err == nil {
		t.Error("a key without randomness")
	}
}

func TestDerive(t *testing.T) {
	key := newKey(1)
	rows := must(key.Derive("replica/rows"))
	if again := must(key.Derive("replica/rows")); !rows.Equal(again) {
		t.Error("one label gave two keys")
	}
	for _, other := range []seal.Key{key, must(key.Derive("replica/index")), must(newKey(2).Derive("replica/rows"))} {
		if rows.Equal(other) {
			t.Error("two uses share a key")
		}
	}
	if _, err := (seal.Key{}).Derive("x"); !errors.Is(err, seal.ErrKey) {
		t.Errorf("empty key: got %v, want ErrKey", err)
	}
}

func TestMAC(t *testing.T) {
	index := must(newKey(1).Derive("index"))
	a := must(index.MAC([]byte("441224")))
	if b := must(index.MAC([]byte("441224"))); a != b {
		t.Error("equal data gave two digests")
	}
	if b := must(index.MAC([]byte("441225"))); a == b {
		t.Error("different data gave one digest")
	}
	if b := must(newKey(2).MAC([]byte("441224"))); a == b {
		t.Error("different keys gave one digest")
	}
	if _, err := (seal.Key{}).MAC(nil); !errors.Is(err, seal.ErrKey) {
		t.Errorf("empty key: got %v, want ErrKey", err)
	}
}

func TestKeyEncoding(t *testing.T) {
	key := newKey(1)
	encoded := key.Encode()
	if got := must(seal.ParseKey(encoded)); !got.Equal(key) {
		t.Error("encode and parse give another key")
	}
	if _, err := seal.ParseKey(encoded[:33]); !errors.Is(err, seal.ErrFormat) {
		t.Errorf("short: got %v, want ErrFormat", err)
	}
	if _, err := seal.ParseBoxPrivate(encoded); !errors.Is(err, seal.ErrFormat) {
		t.Errorf("a key read as a box key: got %v, want ErrFormat", err)
	}
	if (seal.Key{}).Encode() != nil || (seal.Key{}).Equal(seal.Key{}) {
		t.Error("an empty key counts as a key")
	}
}

func TestZeroReachesCopies(t *testing.T) {
	key := newKey(1)
	held := key
	key.Zero()
	if !held.IsZero() || held.Encode() != nil {
		t.Error("a copy outlived Zero")
	}
	seal.Key{}.Zero() // an empty key has nothing to wipe
}

// TestSecretsNeverPrint looks for the bytes of secrets, as hex and as decimals, in
// everything package fmt, slog and json make of them, also inside other structs.
func TestSecretsNeverPrint(t *testing.T) {
	key := newKey(1)
	box := must(seal.NewBox(seal.Default, source(1)))
	sign := must(seal.NewSign(seal.Default, source(1)))
	admin := must(seal.NewAdmin(seal.Default, source(1)))
	signer := must(seal.NewSigner(source(1), sign))
	sealer := must(key.Sealer(source(1)))
	admins := []seal.AdminPublic{must(admin.Public()), must(must(seal.NewAdmin(seal.Default, source(3))).Public())}
	escrow := must(seal.NewEscrow(source(1), [16]byte{}, key, admins))
	_, state, err := seal.NewChallenge(source(1), escrow, admins[0].ID(), admins[1].ID())
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		key    seal.Key
		Box    seal.BoxPrivate
		signer *seal.Signer
	}
	values := []any{key, &key, box, sign, admin, signer, *signer, sealer, state, *state, holder{key, box, signer}, []seal.Key{key}}

	// All were drawn from one source, so the first bytes are the same.
	first := key.Encode()[2:6]
	traces := []string{
		hex.EncodeToString(first),
		strings.Trim(fmt.Sprint(first), "[]"),
		fmt.Sprintf("%#x, %#x", first[0], first[1]),
	}
	for i, v := range values {
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		printed := log.String() + fmt.Sprintf("%v|%+v|%#v|%s|%x|%X|%d|%q|%b", v, v, v, v, v, v, v, v, v)
		asJSON, _ := json.Marshal(v) // an error is an answer too: no bytes
		printed += string(asJSON)
		for _, trace := range traces {
			if strings.Contains(strings.ToLower(printed), trace) {
				t.Errorf("value %d (%T) prints its secret", i, v)
			}
		}
	}
	if got := fmt.Sprint(key, box, sign, signer, sealer, key.String(), signer.String(), sealer.String()); strings.Count(got, "[secret]") != 8 {
		t.Errorf("got %q", got)
	}
}

func TestSealerAllocatesNothing(t *testing.T) {
	sealer := must(newKey(1).Sealer(source(2)))
	plaintext := make([]byte, 200)
	dst := make([]byte, 0, 300)
	blob := must(sealer.Seal(nil, plaintext, nil))
	if got, want := len(blob), len(plaintext)+sealer.Overhead(); got != want {
		t.Errorf("blob of %d bytes, want %d", got, want)
	}
	allocs := testing.AllocsPerRun(50, func() {
		dst = must(sealer.Seal(dst[:0], plaintext, nil))
		dst = must(sealer.Open(dst[:0], blob, nil))
	})
	if allocs > 0 {
		t.Errorf("%v allocations, want none", allocs)
	}
}

func FuzzOpen(f *testing.F) {
	key := newKey(1)
	f.Add(must(key.Seal(nil, source(2), []byte("x"), nil)))
	f.Add([]byte{1, 0x11})
	f.Fuzz(func(t *testing.T, blob []byte) {
		if plaintext, err := key.Open(nil, blob, nil); err == nil && string(plaintext) != "x" {
			t.Errorf("a forged blob opened: %x", plaintext)
		}
	})
}

func FuzzParseKeys(f *testing.F) {
	f.Add(newKey(1).Encode())
	f.Add(must(seal.NewBox(seal.Default, source(1))).Encode())
	f.Add(must(must(seal.NewSign(seal.Default, source(1))).Public()).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		type key interface{ Encode() []byte }
		check := func(k key, err error) {
			if err == nil && !bytes.Equal(k.Encode(), b) {
				t.Errorf("%T: got %x, want %x", k, k.Encode(), b)
			}
		}
		k, err := seal.ParseKey(b)
		check(k, err)
		boxPrivate, err := seal.ParseBoxPrivate(b)
		check(boxPrivate, err)
		boxPublic, err := seal.ParseBoxPublic(b)
		check(boxPublic, err)
		signPrivate, err := seal.ParseSignPrivate(b)
		check(signPrivate, err)
		signPublic, err := seal.ParseSignPublic(b)
		check(signPublic, err)
	})
}
