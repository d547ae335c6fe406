// SPDX-License-Identifier: Apache-2.0

package seal_test

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"
	"pgregory.net/rapid"

	"yuexin/shared/sync/seal"
)

func TestWrapKeyLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := newKey(rapid.Byte().Draw(t, "key"))
		passphrase := rapid.StringN(1, 30, -1).Draw(t, "passphrase")
		wrapped, err := seal.WrapKey(source(rapid.Byte().Draw(t, "salt")), passphrase, cheap, key)
		if err != nil {
			t.Fatal(err)
		}
		got, err := seal.UnwrapKey(passphrase, wrapped)
		if err != nil || !got.Equal(key) {
			t.Fatalf("own passphrase: %v", err)
		}
		if _, err := seal.UnwrapKey(passphrase+"x", wrapped); !errors.Is(err, seal.ErrPassphrase) {
			t.Fatalf("other passphrase: got %v, want ErrPassphrase", err)
		}
	})
}

func TestPassphraseForms(t *testing.T) {
	tests := []struct{ name, set, typed string }{
		{"full-width digits and letters", "大沙2026ab", "大沙２０２６ａｂ"},
		{"composed letter", "caf\u00e9", "cafe\u0301"},
		{"full-width space", "一 二", "一\u3000二"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wrapped := must(seal.WrapKey(source(1), tt.set, cheap, newKey(1)))
			if _, err := seal.UnwrapKey(tt.typed, wrapped); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestUnwrapRefusesEveryChange(t *testing.T) {
	wrapped := must(seal.WrapKey(source(1), "p", cheap, newKey(1)))
	eachByteFlipped(t, wrapped, func(t *testing.T, changed []byte) {
		if _, err := seal.UnwrapKey("p", changed); err == nil {
			t.Error("a changed wrapping opened")
		}
	})
	for n := range wrapped {
		if _, err := seal.UnwrapKey("p", wrapped[:n]); err == nil {
			t.Errorf("the first %d bytes opened", n)
		}
	}
}

func TestWrapErrors(t *testing.T) {
	tests := []struct {
		name       string
		passphrase string
		cost       seal.Params
		key        seal.Key
		want       error
	}{
		{"empty passphrase", "", cheap, newKey(1), seal.ErrPassphrase},
		{"empty key", "p", cheap, seal.Key{}, seal.ErrKey},
		{"no passes", "p", seal.Params{Threads: 1, MemoryKiB: 8}, newKey(1), seal.ErrFormat},
		{"no lanes", "p", seal.Params{Time: 1, MemoryKiB: 8}, newKey(1), seal.ErrFormat},
		{"too little memory for its lanes", "p", seal.Params{Time: 1, Threads: 2, MemoryKiB: 8}, newKey(1), seal.ErrFormat},
		{"too much memory", "p", seal.Params{Time: 1, Threads: 1, MemoryKiB: 1 << 20}, newKey(1), seal.ErrFormat},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := seal.WrapKey(source(1), tt.passphrase, tt.cost, tt.key); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestDefaultParamsWork(t *testing.T) {
	wrapped := must(seal.WrapKey(source(1), "p", seal.DefaultParams, newKey(1)))
	if got := must(seal.UnwrapKey("p", wrapped)); !got.Equal(newKey(1)) {
		t.Error("got another key")
	}
}

func TestSigner(t *testing.T) {
	private, public := newSign(1)
	wrapped := must(seal.WrapSigner(source(2), "my words", cheap, private))
	if _, err := seal.UnlockSigner(source(3), "other words", wrapped); !errors.Is(err, seal.ErrPassphrase) {
		t.Errorf("wrong passphrase: got %v, want ErrPassphrase", err)
	}
	if _, err := seal.UnwrapKey("my words", wrapped); !errors.Is(err, seal.ErrFormat) {
		t.Errorf("a signer unwrapped as a key: got %v, want ErrFormat", err)
	}
	signer := must(seal.UnlockSigner(source(3), "my words", wrapped))
	if signer.Public() != public {
		t.Error("another key came out")
	}
	signature := must(signer.Sign("approve", []byte("grant 7")))
	if err := public.Verify("approve", []byte("grant 7"), signature); err != nil {
		t.Error(err)
	}
	signer.Lock()
	if _, err := signer.Sign("approve", nil); !errors.Is(err, seal.ErrKey) {
		t.Errorf("after Lock: got %v, want ErrKey", err)
	}
	if signer.Public() != public {
		t.Error("Lock lost the public key")
	}
	if _, err := seal.WrapSigner(source(1), "p", cheap, seal.SignPrivate{}); !errors.Is(err, seal.ErrKey) {
		t.Errorf("empty key: got %v, want ErrKey", err)
	}
	if _, err := seal.NewSigner(source(1), seal.SignPrivate{}); !errors.Is(err, seal.ErrKey) {
		t.Errorf("empty key: got %v, want ErrKey", err)
	}
}

// BenchmarkDefaultParams measures unlocking; the budget is 0.7 s on two cores.
func BenchmarkDefaultParams(b *testing.B) {
	wrapped := must(seal.WrapKey(source(1), "p", seal.DefaultParams, newKey(1)))
	for b.Loop() {
		must(seal.UnwrapKey("p", wrapped))
	}
	perOp := b.Elapsed().Seconds() / float64(b.N)
	b.ReportMetric(perOp/unlockTarget.Seconds(), "of-the-target")
	cost := seal.DefaultParams
	begun := time.Now()
	argon2.IDKey([]byte("p"), make([]byte, seal.SaltSize), uint32(cost.Time), cost.MemoryKiB, cost.Threads, seal.KeySize)
	b.ReportMetric(perOp/time.Since(begun).Seconds(), "x-argon2id")
}

// unlockTarget is what deriving a key from a passphrase may take.
const unlockTarget = 700 * time.Millisecond

func BenchmarkPhrase(b *testing.B) {
	for b.Loop() {
		seal.NewPhrase(seal.Digest{}, nil)
	}
}

func BenchmarkSealerOpen200(b *testing.B) {
	sealer := must(newKey(1).Sealer(source(2)))
	blob := must(sealer.Seal(nil, make([]byte, 200), []byte("row")))
	var dst []byte
	for b.Loop() {
		dst = must(sealer.Open(dst[:0], blob, []byte("row")))
	}
}
