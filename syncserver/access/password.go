// SPDX-License-Identifier: Apache-2.0

package access

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"yuexin/shared/fault"
	"yuexin/shared/sync/seal"
)

// Rules of a password. Ten characters where many ask for eight: the console has
// no second factor (NIST SP 800-63B-4 section 3.1.1.2 asks for fifteen then;
// ten with a throttle is what offices bear). No rule asks for digits or signs,
// and none lets a password expire; both make passwords worse.
const (
	// MinPassword and MaxPassword are counted in characters.
	MinPassword = 10
	MaxPassword = 128

	minDistinct = 5 // different characters
)

// Sizes of what a hash holds, in bytes (RFC 9106 section 4 recommends both).
const (
	saltSize = 16
	hashSize = 32
)

// The largest cost that is read from a hash, so that a planted one cannot ask
// for a whole machine.
const (
	maxMemoryKiB = 256 * 1024
	maxTime      = 16
	maxThreads   = 8
	maxHashText  = 512
)

// errHash says that a text is no argon2id hash in PHC form.
var errHash = errors.New("password hash is malformed")

// widely are the beginnings that guessers try first; compared in lower case.
var widely = []string{
	"password", "passw0rd", "p@ssw0rd", "qwerty", "1qaz2wsx", "q1w2e3r4", "abc123", "a123456", "123456", "987654",
	"iloveyou", "woaini", "admin", "yuexin", "letmein", "welcome", "zxcvbn", "asdfgh",
}

// CheckPassword returns nil if the person of this login name may have this
// password, or a fault.Invalid that says what to do. Spaces count, any script
// is welcome; full-width and half-width forms are the same.
func CheckPassword(name, password string) error {
	text := normal(password)
	switch n := utf8.RuneCountInString(text); {
	case !utf8.ValidString(password) || strings.ContainsFunc(text, unicode.IsControl):
		return fault.New(fault.Invalid, "access.password.control")
	case n < MinPassword:
		return fault.New(fault.Invalid, "access.password.short").
			With("got", strconv.Itoa(n)).With("want", strconv.Itoa(MinPassword))
	case n > MaxPassword:
		return fault.New(fault.Invalid, "access.password.long").
			With("got", strconv.Itoa(n)).With("want", strconv.Itoa(MaxPassword))
	}
	lower := strings.ToLower(text)
	if name != "" && strings.Contains(lower, strings.ToLower(name)) {
		return fault.New(fault.Invalid, "access.password.name")
	}
	if monotonous(lower) || startsWidely(lower) {
		return fault.New(fault.Invalid, "access.password.common")
	}
	return nil
}

// startsWidely: a common beginning with less than six characters behind it.
func startsWidely(lower string) bool {
	for _, common := range widely {
		if rest, found := strings.CutPrefix(lower, common); found && utf8.RuneCountInString(rest) < 6 {
			return true
		}
	}
	return false
}

// monotonous: few different characters, or one run up or down such as
// 1234567890 or zyxwvutsrq.
func monotonous(text string) bool {
	distinct := map[rune]bool{}
	steps := map[rune]bool{}
	var last rune
	for i, r := range text {
		distinct[r] = true
		if i > 0 {
			steps[r-last] = true
		}
		last = r
	}
	return len(distinct) < minDistinct || len(steps) == 1
}

// normal is the form in which a password counts; seal uses the same for
// passphrases.
func normal(password string) string { return norm.NFKC.String(password) }

// HashPassword returns the argon2id hash of a password in PHC string form,
// "$argon2id$v=19$m=65536,t=3,p=2$salt$hash" with base64 without padding
// (github.com/P-H-C/phc-string-format). It takes 0.1 s and the memory of cost.
func HashPassword(random io.Reader, cost seal.Params, password string) (string, error) {
	h := hashed{cost: cost, salt: make([]byte, saltSize)}
	if err := h.check(); err != nil {
		return "", err
	}
	if _, err := io.ReadFull(random, h.salt); err != nil {
		return "", fmt.Errorf("draw a salt: %w", err)
	}
	h.sum = h.stretch(password, hashSize)
	return h.String(), nil
}

// VerifyPassword says whether the password is that of the hash, in a time that
// does not depend on how much of it is right, and whether the hash is weaker
// than cost and should be made again. The error is for a hash that cannot be
// read; it quotes nothing.
func VerifyPassword(hash string, cost seal.Params, password string) (right, weak bool, err error) {
	h, err := parseHash(hash)
	if err != nil {
		return false, false, err
	}
	right = subtle.ConstantTimeCompare(h.sum, h.stretch(password, len(h.sum))) == 1
	return right, h.weaker(cost), nil
}

// hashed is a PHC string taken apart.
type hashed struct {
	cost      seal.Params
	salt, sum []byte
}

func (h hashed) stretch(password string, size int) []byte {
	return argon2.IDKey([]byte(normal(password)), h.salt, uint32(h.cost.Time), h.cost.MemoryKiB, h.cost.Threads, uint32(size))
}

func (h hashed) weaker(than seal.Params) bool {
	return h.cost.Time < than.Time || h.cost.MemoryKiB < than.MemoryKiB || len(h.salt) < saltSize || len(h.sum) < hashSize
}

func (h hashed) check() error {
	c := h.cost
	if c.Time < 1 || c.Time > maxTime || c.Threads < 1 || c.Threads > maxThreads ||
		c.MemoryKiB < 8*uint32(c.Threads) || c.MemoryKiB > maxMemoryKiB {
		return fmt.Errorf("%w: cost out of range", errHash)
	}
	return nil
}

var phcEncoding = base64.RawStdEncoding.Strict()

// String returns the PHC form.
func (h hashed) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.cost.MemoryKiB, h.cost.Time, h.cost.Threads, phcEncoding.EncodeToString(h.salt), phcEncoding.EncodeToString(h.sum))
}

// parseHash reads exactly what String writes.
func parseHash(text string) (hashed, error) {
	parts := strings.Split(text, "$")
	if len(text) > maxHashText || len(parts) != 6 {
		return hashed{}, errHash
	}
	var h hashed
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.cost.MemoryKiB, &h.cost.Time, &h.cost.Threads); err != nil {
		return hashed{}, errHash
	}
	var errSalt, errSum error
	h.salt, errSalt = phcEncoding.DecodeString(parts[4])
	h.sum, errSum = phcEncoding.DecodeString(parts[5])
	if errSalt != nil || errSum != nil || len(h.salt) < 8 || len(h.sum) < 16 || len(h.sum) > 64 || h.String() != text {
		return hashed{}, errHash
	}
	return h, h.check()
}
