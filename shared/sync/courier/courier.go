// SPDX-License-Identifier: Apache-2.0

// Package courier is the file in which a person carries to the server what a kiosk
// can send it no more, and where the server puts what it holds. Each box is sealed
// to the server and signed by the device already; the file adds whose they are and a
// sum that tells a damaged copy from one made for another server.
package courier

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// A file is this line, a byte for the format, the device's id, and the number of
// boxes; the length of each before it; the SHA-256 of all that. Numbers are four
// bytes, big-endian.
const (
	magic  = "yuexin courier\n"
	format = 1

	headSize = len(magic) + 1 + ident.Size + 4
)

// File is what a courier carries: envelopes of one device.
type File struct {
	Device ident.Device
	Boxes  [][]byte
}

// Encode returns the file's bytes.
func (f File) Encode() []byte {
	b := append([]byte(magic), format)
	b = append(b, f.Device[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(f.Boxes)))
	for _, box := range f.Boxes {
		b = binary.BigEndian.AppendUint32(b, uint32(len(box)))
		b = append(b, box...)
	}
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

// Decode reads a file. fault.Invalid for something else, fault.Unsupported for a
// format of a newer program, fault.Corrupt for a file that is not whole.
func Decode(data []byte) (File, error) {
	damaged := fault.New(fault.Corrupt, "courier.damaged")
	begin := data[:min(len(data), len(magic))]
	switch {
	case !bytes.HasPrefix([]byte(magic), begin):
		return File{}, fault.New(fault.Invalid, "courier.foreign")
	case len(data) > len(magic) && data[len(magic)] != format:
		return File{}, fault.New(fault.Unsupported, "courier.format")
	case len(data) < headSize+sha256.Size:
		return File{}, damaged
	}
	body, sum := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	if sha256.Sum256(body) != [sha256.Size]byte(sum) {
		return File{}, damaged
	}
	f := File{Device: ident.Device(body[len(magic)+1:])}
	count, rest := binary.BigEndian.Uint32(body[headSize-4:]), body[headSize:]
	for range count {
		if len(rest) < 4 || uint64(binary.BigEndian.Uint32(rest)) > uint64(len(rest)-4) {
			return File{}, damaged
		}
		size := binary.BigEndian.Uint32(rest)
		f.Boxes, rest = append(f.Boxes, rest[4:4+size]), rest[4+size:]
	}
	if len(rest) > 0 {
		return File{}, damaged
	}
	return f, nil
}

// Lane returns the lane in which the server takes a carried change set, under the
// number 1. chain is the digest of its own lane at it, which names everything up to
// there and nothing else: the device, which cannot open the box, finds the lane as
// well, and a box that is carried twice comes to the same place.
func Lane(scope ident.Scope, chain wire.Digest) record.Lane {
	sum := sha256.Sum256(append([]byte("yuexin courier lane/1\n"), chain[:]...))
	return record.Lane{Incarnation: ident.Incarnation(sum[:ident.Size]), Scope: scope}
}

// Reissue returns a carried batch of one change set as that lane takes it, naming its
// origin. What its author had seen of their own lane cannot be said there; at worst
// a person is asked once too often.
func Reissue(b *wire.Batch) (*wire.Batch, error) {
	if len(b.Sets) != 1 {
		return nil, fault.New(fault.Corrupt, "courier.box")
	}
	cs, was := b.Sets[0], b.Sets[0].Link
	if cs.Origin == nil {
		cs.Origin = &was
	}
	cs.Link = record.Link{Lane: Lane(was.Lane.Scope, b.After), Number: 1}
	cs.Base.Number, cs.Replaces = 0, 0
	seed := sha256.Sum256(append([]byte("yuexin courier seed/1\n"), b.Seed[:]...))
	return wire.NewBatch(cs.Link.Lane, 1, wire.LaneStart(cs.Link.Lane), [16]byte(seed[:16]), []record.ChangeSet{cs})
}
