// SPDX-License-Identifier: Apache-2.0

package central

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// A stored change set is sealed under the key of the subject it is about. One
// about several is taken apart: each subject's writes are sealed under its own key,
// so that destroying one makes its part unreadable wherever it lies. What could be
// used to test guesses at a destroyed part, the salt of the commitment and the
// author's own signature, is split: every part holds a share of it, and all are
// needed.
//
//	one:     key name (1 byte length), sealed (salt, canonical bytes)
//	several: 0, then for each key: its name (1 byte length), 4 bytes length, sealed part
//	part:    2 bytes length, share; 2 bytes count, as many places of writes (2 bytes each);
//	         canonical bytes of the change set without signature, with these writes alone

// erasedName stands for a key that there never is: what is said to be sealed under
// it is gone.
const erasedName = "erased"

// contentContext binds stored content to its place.
func contentContext(lid int64, number uint64) []byte {
	b := binary.BigEndian.AppendUint64([]byte("content"), uint64(lid))
	return binary.BigEndian.AppendUint64(b, number)
}

// contentKeys returns the names of the keys that a change set is sealed under, each
// with the places of its writes, in order of their first.
func contentKeys(cs *record.ChangeSet) (names []string, places map[string][]int) {
	places = make(map[string][]int, 1)
	for i, w := range cs.Writes {
		name := keyName(w.Header.Subject, cs.Link.Lane.Scope)
		if places[name] == nil {
			names = append(names, name)
		}
		places[name] = append(places[name], i)
	}
	return names, places
}

// keep adds the change set, sealed, to what will be the frame. What failed and is
// kept unseen is sealed under the scope's key: its own may be what failed. What was
// erased is not kept a second time.
func (in *intake) keep(a arrival, outcome record.Outcome) error {
	if outcome == record.Erased {
		in.hold(a, append([]byte{byte(len(erasedName))}, erasedName...))
		return nil
	}
	names, places := contentKeys(a.cs)
	if len(names) == 0 || a.unseen {
		names = []string{keyName(ident.Subject{}, in.sc.name)}
	}
	var body []byte
	var err error
	if len(names) == 1 {
		body, err = in.sealWhole(a, names[0])
	} else {
		body, err = in.sealParts(a, names, places)
	}
	if err != nil {
		return err
	}
	in.hold(a, body)
	return nil
}

func (in *intake) hold(a arrival, body []byte) {
	in.commitments = append(in.commitments, a.commitment[:]...)
	in.contents = append(binary.BigEndian.AppendUint32(in.contents, uint32(len(body))), body...)
}

func (in *intake) sealWhole(a arrival, name string) ([]byte, error) {
	s, err := in.t.s.vault.sealerOrNew(name)
	if err != nil {
		return nil, err
	}
	plain := wire.AppendChangeSet(append(make([]byte, 0, 1024), a.salt[:]...), a.cs)
	return s.Seal(append([]byte{byte(len(name))}, name...), plain, contentContext(in.ln.lid, a.cs.Link.Number))
}

func (in *intake) sealParts(a arrival, names []string, places map[string][]int) ([]byte, error) {
	shares, err := split(in.t.s.random, append(a.salt[:], a.cs.PersonSignature...), len(names))
	if err != nil {
		return nil, err
	}
	body := []byte{0}
	for i, name := range names {
		s, err := in.t.s.vault.sealerOrNew(name)
		if err != nil {
			return nil, err
		}
		sealed, err := s.Seal(nil, appendContentPart(shares[i], a.cs, places[name]), contentContext(in.ln.lid, a.cs.Link.Number))
		if err != nil {
			return nil, err
		}
		body = append(append(body, byte(len(name))), name...)
		body = append(binary.BigEndian.AppendUint32(body, uint32(len(sealed))), sealed...)
	}
	return body, nil
}

func appendContentPart(share []byte, cs *record.ChangeSet, places []int) []byte {
	b := binary.BigEndian.AppendUint16(make([]byte, 0, 1024), uint16(len(share)))
	b = append(b, share...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(places)))
	one := *cs
	one.PersonSignature, one.Writes = nil, nil
	for _, i := range places {
		b = binary.BigEndian.AppendUint16(b, uint16(i))
		one.Writes = append(one.Writes, cs.Writes[i])
	}
	return wire.AppendChangeSet(b, &one)
}

// split returns n shares of a secret, which is the exclusive or of all of them;
// fewer say nothing about it.
func split(rnd io.Reader, secret []byte, n int) ([][]byte, error) {
	shares, last := make([][]byte, n), slices.Clone(secret)
	for i := range n - 1 {
		shares[i] = make([]byte, len(secret))
		if _, err := io.ReadFull(rnd, shares[i]); err != nil {
			return nil, err
		}
		for j, b := range shares[i] {
			last[j] ^= b
		}
	}
	shares[n-1] = last
	return shares, nil
}

var errContent = errors.New("stored content is malformed")

// openPart opens what was sealed of a change set under the key of one subject.
func (s *Store) openPart(name string, sealed []byte, lid int64, number uint64) ([]byte, error) {
	key, err := s.vault.sealer(name)
	if err != nil {
		return nil, err
	}
	return key.Open(nil, sealed, contentContext(lid, number))
}

// joinParts puts a change set that was taken apart together again; fault.Gone if
// the key of one part was destroyed.
func (s *Store) joinParts(body []byte, lid int64, number uint64) (*record.ChangeSet, [16]byte, error) {
	var whole *record.ChangeSet
	var secret []byte
	writes := map[int]record.Write{}
	for len(body) > 0 {
		name, sealed, rest, ok := cutPart(body)
		if !ok {
			return nil, [16]byte{}, errContent
		}
		body = rest
		plain, err := s.openPart(name, sealed, lid, number)
		if err != nil {
			return nil, [16]byte{}, err
		}
		if whole, secret, err = addPart(plain, secret, writes); err != nil {
			return nil, [16]byte{}, err
		}
	}
	if whole == nil || len(secret) < 16 {
		return nil, [16]byte{}, errContent
	}
	whole.Writes = make([]record.Write, len(writes))
	for i, w := range writes {
		if i >= len(writes) {
			return nil, [16]byte{}, errContent
		}
		whole.Writes[i] = w
	}
	if len(secret) > 16 {
		whole.PersonSignature = secret[16:]
	}
	return whole, [16]byte(secret), nil
}

// cutPart takes one sealed part off the body of stored content.
func cutPart(b []byte) (name string, sealed, rest []byte, ok bool) {
	if len(b) < 1+int(b[0])+4 {
		return "", nil, nil, false
	}
	name, b = string(b[1:1+b[0]]), b[1+b[0]:]
	size, b := binary.BigEndian.Uint32(b), b[4:]
	if uint64(size) > uint64(len(b)) {
		return "", nil, nil, false
	}
	return name, b[:size], b[size:], true
}

// addPart reads an opened part: its writes go to their places, its share into the
// secret.
func addPart(b, secret []byte, writes map[int]record.Write) (*record.ChangeSet, []byte, error) {
	share, b, ok := cut16(b, 1)
	if !ok || secret != nil && len(share) != len(secret) {
		return nil, nil, errContent
	}
	places, b, ok := cut16(b, 2)
	if !ok {
		return nil, nil, errContent
	}
	cs, err := wire.ParseChangeSet(b)
	if err != nil {
		return nil, nil, err
	}
	if 2*len(cs.Writes) != len(places) {
		return nil, nil, errContent
	}
	for i, w := range cs.Writes {
		writes[int(binary.BigEndian.Uint16(places[2*i:]))] = w
	}
	joined := slices.Clone(share)
	for i, old := range secret {
		joined[i] ^= old
	}
	return cs, joined, nil
}

// cut16 takes what stands behind a count in two bytes, each item of some size.
func cut16(b []byte, size int) (items, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := size * int(binary.BigEndian.Uint16(b))
	if b = b[2:]; n > len(b) {
		return nil, nil, false
	}
	return b[:n], b[n:], true
}
