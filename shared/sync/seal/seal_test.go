// SPDX-License-Identifier: Apache-2.0

package seal_test

import (
	"io"
	"math/rand/v2"
	"testing"

	"yuexin/shared/sync/seal"
)

// cheap is the least cost there is, for tests only.
var cheap = seal.Params{Time: 1, Threads: 1, MemoryKiB: 8}

// source returns a repeatable source of randomness.
func source(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

// must returns v of a call that cannot fail in a test.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newKey(seed byte) seal.Key { return must(seal.NewKey(seal.Default, source(seed))) }

// eachByteFlipped calls check with a copy of b for every byte, that byte changed.
func eachByteFlipped(t *testing.T, b []byte, check func(t *testing.T, changed []byte)) {
	t.Helper()
	for i := range b {
		for _, mask := range []byte{0x01, 0x80, 0xff} {
			changed := append([]byte(nil), b...)
			changed[i] ^= mask
			check(t, changed)
			if t.Failed() {
				t.Fatalf("byte %d of %d, mask %#x", i, len(b), mask)
			}
		}
	}
}
