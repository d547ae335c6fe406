// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"log/slog"
)

// Domains of the digests. Each ends in a zero byte and none begins another, so no
// input of one kind can be an input of another.
const (
	sumDomain    = "yuexin/seal/sum/1\x00"
	commitDomain = "yuexin/seal/commit/1\x00"
	chainDomain  = "yuexin/seal/chain/1\x00"
)

// SaltSize is the size of a commitment's salt in bytes.
const SaltSize = 16

// Digest is a 32-byte hash. It carries no algorithm id: which hash it is belongs to
// the protocol version of the message it travels in.
type Digest [32]byte

// IsZero reports whether d is empty, which stands for "nothing before".
func (d Digest) IsZero() bool { return d == Digest{} }

// String returns 64 hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText returns 64 hexadecimal digits.
func (d Digest) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, d[:]), nil }

// UnmarshalText reads 64 hexadecimal digits and leaves d alone when it returns
// ErrFormat.
func (d *Digest) UnmarshalText(text []byte) error {
	var parsed Digest
	if len(text) != hex.EncodedLen(len(parsed)) {
		return fmt.Errorf("%w: digest of %d characters", ErrFormat, len(text))
	}
	if _, err := hex.Decode(parsed[:], text); err != nil {
		return fmt.Errorf("%w: digest: %w", ErrFormat, err)
	}
	*d = parsed
	return nil
}

// LogValue prints the first eight digits, enough to find it.
func (d Digest) LogValue() slog.Value { return slog.StringValue(d.String()[:8]) }

// Digester makes digests with the hash of a suite. The functions Sum, Commit and
// Chain are those of the Default suite.
type Digester struct{ Suite Suite }

// Sum returns the digest of content for one purpose, named by label.
func (g Digester) Sum(label string, content []byte) Digest {
	h := g.begin(sumDomain)
	write(h, binary.BigEndian.AppendUint32(nil, uint32(len(label))), []byte(label), content)
	return Digest(h.Sum(nil))
}

// Commit returns the commitment to content under salt: the hash of a domain, the
// salt and the content. Whoever has the commitment alone cannot test a guess at the
// content; once the salt is destroyed nobody can. The salt is random and used once.
func (g Digester) Commit(salt [SaltSize]byte, content []byte) Digest {
	h := g.begin(commitDomain)
	write(h, salt[:], content)
	return Digest(h.Sum(nil))
}

// Chain returns the head of a lane after its change set number n with the given
// commitment was put behind prev. The first change set has the zero prev.
func (g Digester) Chain(prev, commitment Digest, n uint64) Digest {
	h := g.begin(chainDomain)
	write(h, prev[:], commitment[:], binary.BigEndian.AppendUint64(nil, n))
	return Digest(h.Sum(nil))
}

func (g Digester) begin(domain string) hash.Hash {
	h := g.Suite.Hash()
	write(h, []byte(domain))
	return h
}

func write(h hash.Hash, parts ...[]byte) {
	for _, part := range parts {
		_, _ = h.Write(part) // a hash never fails
	}
}

// Sum is Digester.Sum of the Default suite (SHA-256).
func Sum(label string, content []byte) Digest { return Digester{Default}.Sum(label, content) }

// Commit is Digester.Commit of the Default suite: SHA-256 over domain, salt, content.
func Commit(salt [SaltSize]byte, content []byte) Digest {
	return Digester{Default}.Commit(salt, content)
}

// Chain is Digester.Chain of the Default suite: SHA-256 over domain, prev,
// commitment, and n as eight big-endian bytes.
func Chain(prev, commitment Digest, n uint64) Digest {
	return Digester{Default}.Chain(prev, commitment, n)
}
