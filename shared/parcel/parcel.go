// SPDX-License-Identifier: Apache-2.0

package parcel

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"filippo.io/age"

	"yuexin/shared/fault"
)

// Suffix ends the name of every parcel.
const Suffix = ".age"

// MinPassphrase is the least length of a passphrase, in characters: what is on a stick can be guessed at for years.
const MinPassphrase = 12

// work is the cost of a passphrase as age counts it: 2^18 rounds of scrypt, about a second of a laptop and 256 MB.
const work = 18

// MaxPlain is the most that Open unpacks.
const MaxPlain = 256 << 20

// To says for whom a parcel is: a passphrase that is told them, or their key as age-keygen prints it ("age1…"). The zero
// value is for nobody.
type To struct {
	Passphrase string
	Key        string

	cost int // for tests; 0 stands for work
}

// Check returns what is wrong with it, as fault.Invalid with the field.
func (t To) Check() error {
	_, err := t.recipient()
	return err
}

func (t To) recipient() (age.Recipient, error) {
	if key := strings.TrimSpace(t.Key); key != "" {
		r, err := age.ParseRecipients(strings.NewReader(key))
		if err != nil || len(r) != 1 {
			return nil, fault.New(fault.Invalid, "parcel.key").WithField("key")
		}
		return r[0], nil
	}
	if utf8.RuneCountInString(t.Passphrase) < MinPassphrase {
		return nil, fault.New(fault.Invalid, "parcel.passphrase.short").WithField("passphrase").With("min", strconv.Itoa(MinPassphrase))
	}
	r, err := age.NewScryptRecipient(t.Passphrase)
	if err != nil {
		return nil, fault.New(fault.Invalid, "parcel.passphrase.short").WithField("passphrase").With("min", strconv.Itoa(MinPassphrase))
	}
	r.SetWorkFactor(work)
	if t.cost > 0 {
		r.SetWorkFactor(t.cost)
	}
	return r, nil
}

// Pack writes what plain writes to w, sealed. Nothing of it is kept in clear.
func Pack(w io.Writer, to To, plain func(io.Writer) error) error {
	r, err := to.recipient()
	if err != nil {
		return err
	}
	sealed, err := age.Encrypt(w, r)
	if err != nil {
		return err
	}
	if err := plain(sealed); err != nil {
		return err
	}
	return sealed.Close()
}

// Is reports whether data begin as a parcel does.
func Is(data []byte) bool { return bytes.HasPrefix(data, []byte("age-encryption.org/")) }

// Open returns what is in a parcel. secret is the passphrase, or the identity whose key it was sealed for, as age-keygen
// prints it ("AGE-SECRET-KEY-1…"). A wrong one is fault.NotAllowed, a damaged parcel fault.Corrupt.
func Open(data []byte, secret string) ([]byte, error) {
	var ids []age.Identity
	var err error
	if strings.Contains(secret, "AGE-SECRET-KEY-") {
		ids, err = age.ParseIdentities(strings.NewReader(secret))
	} else {
		var id *age.ScryptIdentity
		if id, err = age.NewScryptIdentity(secret); err == nil {
			id.SetMaxWorkFactor(work + 2)
			ids = append(ids, id)
		}
	}
	if err != nil {
		return nil, fault.New(fault.NotAllowed, "parcel.wrong").WithField("passphrase")
	}
	r, err := age.Decrypt(bytes.NewReader(data), ids...)
	if _, wrong := errors.AsType[*age.NoIdentityMatchError](err); wrong {
		return nil, fault.New(fault.NotAllowed, "parcel.wrong").WithField("passphrase")
	}
	if err != nil {
		return nil, fault.New(fault.Corrupt, "parcel.damaged").WithCause(err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, MaxPlain+1))
	switch {
	case err != nil:
		return nil, fault.New(fault.Corrupt, "parcel.damaged").WithCause(err)
	case len(plain) > MaxPlain:
		return nil, fault.New(fault.TooLarge, "parcel.large").With("max", strconv.Itoa(MaxPlain>>20))
	}
	return plain, nil
}
