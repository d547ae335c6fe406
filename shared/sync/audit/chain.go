// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"crypto/sha256"
	"encoding/binary"

	"yuexin/shared/ident"
)

// Digest is a SHA-256.
type Digest = [32]byte

// Log names a log. The server's own has zero fields; a device begins one with an
// id of its own, and another after its disk was copied or restored.
type Log struct {
	Device ident.Device
	ID     ident.Incarnation
}

// State is where a log stands.
type State struct {
	Next  uint64 // number of the next entry
	Chain Digest // hash of the entry before it
}

// Start is the state of an empty log.
func (l Log) Start() State {
	b := append([]byte("yuexin audit log\x00"), l.Device[:]...)
	return State{Next: 1, Chain: sha256.Sum256(append(b, l.ID[:]...))}
}

// Follow returns the state after an entry with this body: the hash covers the log,
// the place, everything before it, and the body.
func (l Log) Follow(s State, body []byte) State {
	b := make([]byte, 0, 128+len(body))
	b = append(b, "yuexin audit entry\x00"...)
	b = append(b, l.Device[:]...)
	b = append(b, l.ID[:]...)
	b = append(b, s.Chain[:]...)
	b = binary.BigEndian.AppendUint64(b, s.Next)
	return State{Next: s.Next + 1, Chain: sha256.Sum256(append(b, body...))}
}

// Row is an entry as it is kept.
type Row struct {
	Number uint64
	Body   []byte
	Hash   Digest // of the chain at Number

	// Proof ties the row to a key that does not lie beside it (see Sealed);
	// empty where there is none.
	Proof []byte
}

// Sealed returns what the proof of a row is made over. Unlike the chain it needs no
// other row: with the key every row can be judged by itself.
func (l Log) Sealed(r Row) []byte {
	body := sha256.Sum256(r.Body)
	b := append([]byte("yuexin audit row\x00"), l.Device[:]...)
	b = append(b, l.ID[:]...)
	b = binary.BigEndian.AppendUint64(b, r.Number)
	b = append(b, r.Hash[:]...)
	return append(b, body[:]...)
}
