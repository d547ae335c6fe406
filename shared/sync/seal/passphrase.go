// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Params is the cost of turning a passphrase into a key with Argon2id. It is stored
// with what it protects, so it can be raised later.
type Params struct {
	Time      uint8  // passes
	Threads   uint8  // lanes; part of the result, whatever the machine has
	MemoryKiB uint32 // memory in KiB
}

// DefaultParams is the cost on laptops and servers: the second recommendation of RFC
// 9106 section 4 (3 passes, 64 MiB) with two lanes instead of four. Measured on two
// cores: about 0.1 s; the budget of unlocking is 0.7 s.
var DefaultParams = Params{Time: 3, Threads: 2, MemoryKiB: 64 * 1024}

// Limits of Params, so that foreign bytes cannot ask for a whole machine.
const (
	maxTime      = 16
	maxThreads   = 8
	maxMemoryKiB = 256 * 1024
)

func (p Params) check() error {
	if p.Time < 1 || p.Time > maxTime || p.Threads < 1 || p.Threads > maxThreads ||
		p.MemoryKiB < 8*uint32(p.Threads) || p.MemoryKiB > maxMemoryKiB {
		return fmt.Errorf("%w: argon2id cost out of range", ErrFormat)
	}
	return nil
}

// What is wrapped: written behind the header, so that one kind of secret cannot be
// unwrapped as another. Never reused.
const (
	wrapsKey byte = iota + 1
	wrapsSigner
	wrapsAdmin
	wrapsChallenge
	wrapsBox
)

// wrappedPrefix is header, purpose, passes, lanes, memory, salt.
const wrappedPrefix = headerSize + 1 + 1 + 1 + 4 + SaltSize

// WrapKey seals key under a passphrase. The passphrase counts in its Unicode NFKC
// form, so that full-width digits from an input method and composed letters make no
// difference. An empty one gives ErrPassphrase; what else is too weak is the
// caller's rule.
func WrapKey(rnd io.Reader, passphrase string, cost Params, key Key) ([]byte, error) {
	if key.IsZero() {
		return nil, ErrKey
	}
	return wrap(rnd, passphrase, cost, wrapsKey, key.profile, key.Encode())
}

// UnwrapKey returns the key: ErrPassphrase when the passphrase is not that of
// WrapKey, ErrFormat or ErrUnknown when wrapped is not readable.
func UnwrapKey(passphrase string, wrapped []byte) (Key, error) {
	body, err := unwrap(passphrase, wrapsKey, wrapped)
	if err != nil {
		return Key{}, err
	}
	defer clear(body)
	return ParseKey(body)
}

// wrap seals body under a passphrase and wipes body.
func wrap(rnd io.Reader, passphrase string, cost Params, purpose byte, p Profile, body []byte) ([]byte, error) {
	defer clear(body)
	if passphrase == "" {
		return nil, fmt.Errorf("%w: empty", ErrPassphrase)
	}
	if err := cost.check(); err != nil {
		return nil, err
	}
	var salt [SaltSize]byte
	if _, err := io.ReadFull(rnd, salt[:]); err != nil {
		return nil, fmt.Errorf("draw a salt: %w", err)
	}
	out := append(appendHeader(nil, KindWrapped, p), purpose, cost.Time, cost.Threads)
	out = binary.BigEndian.AppendUint32(out, cost.MemoryKiB)
	out = append(out, salt[:]...)

	kek := stretch(passphrase, cost, salt[:], p)
	defer kek.Zero()
	return kek.Seal(out, rnd, body, out)
}

func unwrap(passphrase string, purpose byte, wrapped []byte) ([]byte, error) {
	w, err := parseWrapped(purpose, wrapped)
	if err != nil {
		return nil, err
	}
	kek := stretch(passphrase, w.cost, w.salt, w.profile)
	defer kek.Zero()
	body, err := kek.Open(nil, w.blob, w.prefix)
	if errors.Is(err, ErrOpen) {
		return nil, ErrPassphrase
	}
	return body, err
}

// wrapped is a wrapped secret taken apart; prefix is what its blob is bound to.
type wrapped struct {
	profile            Profile
	cost               Params
	prefix, salt, blob []byte
}

func parseWrapped(purpose byte, b []byte) (wrapped, error) {
	suite, _, err := parseHeader(b, KindWrapped)
	if err != nil {
		return wrapped{}, err
	}
	if len(b) < wrappedPrefix {
		return wrapped{}, fmt.Errorf("%w: wrapped secret of %d bytes", ErrFormat, len(b))
	}
	if b[headerSize] != purpose {
		return wrapped{}, fmt.Errorf("%w: wrapped secret of kind %d where %d belongs", ErrFormat, b[headerSize], purpose)
	}
	w := wrapped{
		profile: suite.Profile(),
		cost:    Params{Time: b[3], Threads: b[4], MemoryKiB: binary.BigEndian.Uint32(b[5:9])},
		prefix:  b[:wrappedPrefix],
		salt:    b[wrappedPrefix-SaltSize : wrappedPrefix],
		blob:    b[wrappedPrefix:],
	}
	if err := w.cost.check(); err != nil {
		return wrapped{}, err
	}
	return w, nil
}

func stretch(passphrase string, cost Params, salt []byte, p Profile) Key {
	raw := argon2.IDKey(norm.NFKC.Bytes([]byte(passphrase)), salt, uint32(cost.Time), cost.MemoryKiB, cost.Threads, KeySize)
	defer clear(raw)
	return Key{makeSecret(p, raw)}
}
