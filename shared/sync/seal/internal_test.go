// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
)

// foreign is a second profile, to show that callers need no change for one.
type foreign struct{ modern }

func (foreign) Profile() Profile { return 14 }

func registerForeign(t *testing.T) Suite {
	suites[14] = foreign{}
	t.Cleanup(func() { suites[14] = nil })
	return suites[14]
}

func TestASecondProfileNeedsNoChangeOfCallers(t *testing.T) {
	suite := registerForeign(t)
	rnd := rand.NewChaCha8([32]byte{})
	key, err := NewKey(suite, rnd)
	if err != nil {
		t.Fatal(err)
	}
	blob, err := key.Seal(nil, rnd, []byte("x"), nil)
	if err != nil || blob[1] != byte(KindBlob)<<4|14 {
		t.Fatalf("got header %x, %v", blob[:2], err)
	}
	if got, err := key.Open(nil, blob, nil); err != nil || string(got) != "x" {
		t.Errorf("got %q, %v", got, err)
	}
	// The same bytes as a key of the other profile open nothing.
	other := Key{makeSecret(ProfileDefault, key.bytes[:])}
	if _, err := other.Open(nil, blob, nil); !errors.Is(err, ErrOpen) {
		t.Errorf("got %v, want ErrOpen", err)
	}
	if key.Equal(other) {
		t.Error("keys of two profiles are equal")
	}
}

func TestProfilesDoNotMix(t *testing.T) {
	suite := registerForeign(t)
	rnd := rand.NewChaCha8([32]byte{})
	box, _ := NewBox(suite, rnd)
	public, err := box.Public()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := public.SealTo(nil, rnd, []byte("x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := box.OpenBox(nil, sealed, nil); err != nil || string(got) != "x" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := (BoxPrivate{makeSecret(ProfileDefault, box.bytes[:])}).OpenBox(nil, sealed, nil); !errors.Is(err, ErrOpen) {
		t.Errorf("box: got %v, want ErrOpen", err)
	}
	sign, _ := NewSign(suite, rnd)
	signature, err := sign.Sign(rnd, "x", nil)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := (SignPrivate{makeSecret(ProfileDefault, sign.bytes[:])}).Public()
	if err != nil {
		t.Fatal(err)
	}
	if err := verifier.Verify("x", nil, signature); !errors.Is(err, ErrSignature) {
		t.Errorf("signature: got %v, want ErrSignature", err)
	}
}

func TestLookup(t *testing.T) {
	if s, err := Lookup(ProfileDefault); err != nil || s.Name() == "" {
		t.Errorf("default: %v", err)
	}
	for _, p := range []Profile{0, ProfileGM, 15, 16, 255} {
		if _, err := Lookup(p); !errors.Is(err, ErrUnknown) {
			t.Errorf("profile %d: got %v, want ErrUnknown", p, err)
		}
	}
}

// FuzzParseWrapped keeps to the parser: deriving a key for each input would be slow.
func FuzzParseWrapped(f *testing.F) {
	rnd := rand.NewChaCha8([32]byte{})
	key, _ := NewKey(Default, rnd)
	wrapped, err := WrapKey(rnd, "p", Params{Time: 1, Threads: 1, MemoryKiB: 8}, key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(wrapped)
	f.Add(bytes.Repeat([]byte{0xff}, 90))
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := parseWrapped(wrapsKey, b)
		if err != nil {
			return
		}
		if w.cost.MemoryKiB > maxMemoryKiB || w.cost.Time > maxTime || w.cost.Threads > maxThreads {
			t.Errorf("cost %+v beyond the limits", w.cost)
		}
		if !bytes.Equal(append(bytes.Clone(w.prefix), w.blob...), b) {
			t.Error("prefix and blob are not the whole")
		}
	})
}

func TestPairIndexCountsEveryPairOnce(t *testing.T) {
	for n := MinAdmins; n <= MaxAdmins; n++ {
		want := 0
		for i := range n {
			for j := i + 1; j < n; j++ {
				if got := pairIndex(i, j, n); got != want {
					t.Errorf("pair %d %d of %d: got %d, want %d", i, j, n, got, want)
				}
				want++
			}
		}
	}
}
