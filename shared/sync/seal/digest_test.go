// SPDX-License-Identifier: Apache-2.0

package seal_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"yuexin/shared/sync/seal"
)

// TestDigestsAreWhatTheySay states for other languages what is hashed.
func TestDigestsAreWhatTheySay(t *testing.T) {
	salt := [seal.SaltSize]byte{1, 2, 3}
	prev, commitment := seal.Digest{4}, seal.Digest{5}
	number := binary.BigEndian.AppendUint64(nil, 6)
	tests := []struct {
		name  string
		got   seal.Digest
		input string
	}{
		{"commit", seal.Commit(salt, []byte("content")), "yuexin/seal/commit/1\x00" + string(salt[:]) + "content"},
		{"chain", seal.Chain(prev, commitment, 6), "yuexin/seal/chain/1\x00" + string(prev[:]) + string(commitment[:]) + string(number)},
		{"sum", seal.Sum("ab", []byte("c")), "yuexin/seal/sum/1\x00" + "\x00\x00\x00\x02" + "ab" + "c"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if want := seal.Digest(sha256.Sum256([]byte(tt.input))); tt.got != want {
				t.Errorf("got %v, want %v", tt.got, want)
			}
		})
	}
}

func TestDigestGolden(t *testing.T) {
	head := seal.Chain(seal.Digest{}, seal.Commit([seal.SaltSize]byte{}, nil), 1)
	const want = "d00ce7ba2083d0cbb64152ca73029607e1b20d72c5fbba8cd0379028d3734f80"
	if got := head.String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDigestText(t *testing.T) {
	d := seal.Sum("x", nil)
	var got seal.Digest
	if err := got.UnmarshalText(must(d.MarshalText())); err != nil || got != d {
		t.Errorf("got %v, %v, want %v", got, err, d)
	}
	for _, in := range []string{"", "00", strings.Repeat("g", 64), strings.Repeat("0", 65)} {
		if err := got.UnmarshalText([]byte(in)); !errors.Is(err, seal.ErrFormat) {
			t.Errorf("%q: got %v, want ErrFormat", in, err)
		}
	}
	if got != d {
		t.Error("the digest was changed")
	}
	if got := slog.AnyValue(d).Resolve().String(); got != d.String()[:8] {
		t.Errorf("log value: got %s", got)
	}
	if d.IsZero() || !(seal.Digest{}).IsZero() {
		t.Error("IsZero is wrong")
	}
}
