// SPDX-License-Identifier: Apache-2.0

package myfile

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
)

// Lock is what a card and its PIN open: nobody learns either from it.
type Lock struct {
	Public  []byte // files are sealed to it
	Wrapped []byte // its private half, under card and PIN; the cost of a guess stands in it
}

// Issue draws a card and its lock. The PIN is one that CheckPIN lets pass. It takes as long as a guess costs.
func (p *Policy) Issue(random io.Reader, pin string) (Card, Lock, error) {
	card, err := NewCard(random)
	if err != nil {
		return Card{}, Lock{}, err
	}
	private, err := seal.NewBox(seal.Default, random)
	if err != nil {
		return Card{}, Lock{}, err
	}
	defer private.Zero()
	public, err := private.Public()
	if err != nil {
		return Card{}, Lock{}, err
	}
	wrapped, err := seal.WrapBox(random, card.passphrase(pin), p.params(), private)
	return card, Lock{public.Encode(), wrapped}, err
}

// passphrase is what argon2id stretches. It takes the secret into its very first hash together with the PIN, so that a guess
// at the PIN alone cannot be tested.
func (c Card) passphrase(pin string) string { return "yuexin file card/1 " + c.code() + " " + pin }

// maxWrapped bounds a wrapped key: 23 bytes before it, the key, its header and what seals it.
const maxWrapped = 160

// check returns nil if a lock may be kept.
func (l Lock) check() error {
	if _, err := seal.ParseBoxPublic(l.Public); err != nil {
		return fault.New(fault.Invalid, "myfile.request.key").WithCause(err)
	}
	if len(l.Wrapped) == 0 || len(l.Wrapped) > maxWrapped {
		return fault.New(fault.Invalid, "myfile.request.key")
	}
	return nil
}

// What a file may weigh. MaxContent is far more than a household with all its rows comes to; a sealed file is padded to a
// multiple of step, so that its size tells little.
const (
	MaxContent = 48 << 10 // packed; a value holds 64 KiB
	maxPlain   = 1 << 20
	step       = 1 << 10
)

// Seal seals a file to a card. bound is where the sheet stands: it opens nowhere else. random is as for seal.BoxPublic.
func (l Lock) Seal(random io.Reader, f *File, bound record.Header) ([]byte, error) {
	public, err := seal.ParseBoxPublic(l.Public)
	if err != nil {
		return nil, fault.New(fault.Invalid, "myfile.request.key").WithCause(err)
	}
	plain, err := pack(f)
	if err != nil {
		return nil, err
	}
	return public.SealTo(nil, random, plain, place(bound))
}

// place is what a sealed file is bound to.
func place(h record.Header) []byte {
	return fmt.Appendf(nil, "yuexin my file/1 %s %s", h.ID, h.Scope)
}

// Open opens a sheet. It takes as long as a guess costs. Faults: NotAllowed "myfile.pin.wrong"; Corrupt "myfile.damaged" if card
// and PIN are right and what they open is not; Unsupported "myfile.newer" for what a newer program made.
func (c Card) Open(pin string, s Sheet) (*File, error) {
	private, err := seal.UnwrapBox(c.passphrase(pin), s.Wrapped)
	switch {
	case errors.Is(err, seal.ErrPassphrase):
		return nil, fault.New(fault.NotAllowed, "myfile.pin.wrong").WithField("pin")
	case errors.Is(err, seal.ErrUnknown):
		return nil, fault.New(fault.Unsupported, "myfile.newer")
	case err != nil:
		return nil, fault.New(fault.Corrupt, "myfile.damaged").WithCause(err)
	}
	defer private.Zero()
	plain, err := private.OpenBox(nil, s.Sealed, place(s.Header))
	if err != nil {
		return nil, fault.New(fault.Corrupt, "myfile.damaged").WithCause(err)
	}
	defer clear(plain)
	return unpack(plain)
}

// pack writes a file as length, compressed JSON, zeros.
func pack(f *File) ([]byte, error) {
	body, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("write a file: %w", err)
	}
	var b bytes.Buffer
	b.Write(make([]byte, 4))
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if b.Len() > MaxContent {
		return nil, fault.New(fault.TooLarge, "myfile.large")
	}
	out := b.Bytes()
	binary.BigEndian.PutUint32(out, uint32(len(out)-4))
	return append(out, make([]byte, (step-len(out)%step)%step)...), nil
}

// unpack reads what pack wrote.
func unpack(plain []byte) (*File, error) {
	damaged := fault.New(fault.Corrupt, "myfile.damaged")
	if len(plain) < 4 || int64(binary.BigEndian.Uint32(plain)) > int64(len(plain)-4) {
		return nil, damaged
	}
	packed := plain[4 : 4+binary.BigEndian.Uint32(plain)]
	body, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), maxPlain+1))
	if err != nil || len(body) > maxPlain {
		return nil, damaged.WithCause(err)
	}
	defer clear(body)
	f := new(File)
	if err := json.Unmarshal(body, f); err != nil {
		return nil, damaged.WithCause(err)
	}
	if f.Version != fileVersion {
		return nil, fault.New(fault.Unsupported, "myfile.newer")
	}
	return f, nil
}

// recordID reads a reference.
func recordID(v record.Value) (id ident.Record) {
	copy(id[:], v.Bytes())
	return id
}
