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

// Lane returns the lane in which the server takes a run of carried change sets, from
// the number 1 on. first and last are the digests of their own lane at the first and
// at the last of them, which name these and nothing else: the device, which cannot
// open the boxes, finds the lane as well, and a run that is carried twice comes to
// the same place.
func Lane(scope ident.Scope, first, last wire.Digest) record.Lane {
	b := append([]byte("yuexin courier lane/1\n"), first[:]...)
	sum := sha256.Sum256(append(b, last[:]...))
	return record.Lane{Incarnation: ident.Incarnation(sum[:ident.Size]), Scope: scope}
}

// Reissue returns opened boxes, in the order of the file, as the server takes them:
// those that follow each other in a lane are a run in the lane that Lane names, each
// with its origin. fault.Corrupt for a box that is not of one change set.
func Reissue(boxes []*wire.Batch) ([]*wire.Batch, error) {
	var out []*wire.Batch
	for len(boxes) > 0 {
		n := 1
		for n < len(boxes) && follows(boxes[n-1], boxes[n]) {
			n++
		}
		run, err := reissue(boxes[:n])
		if err != nil {
			return nil, err
		}
		out, boxes = append(out, run...), boxes[n:]
	}
	return out, nil
}

func follows(a, b *wire.Batch) bool {
	return b.Lane == a.Lane && b.First == a.First+1 && b.Before == a.After
}

// reissue cuts a run into batches that a store takes.
func reissue(run []*wire.Batch) (out []*wire.Batch, err error) {
	lane := Lane(run[0].Lane.Scope, run[0].After, run[len(run)-1].After)
	before, first := wire.LaneStart(lane), run[0].First
	for at := 0; at < len(run); {
		var sets []record.ChangeSet
		var salts [][16]byte
		for _, b := range run[at:min(len(run), at+record.MaxFrameSets)] {
			if len(b.Sets) != 1 {
				return nil, fault.New(fault.Corrupt, "courier.box")
			}
			salt := b.Salt(0)
			sum := sha256.Sum256(append([]byte("yuexin courier salt/1\n"), salt[:]...))
			salts = append(salts, [16]byte(sum[:16]))
			sets = append(sets, moved(b.Sets[0], lane, first))
		}
		b, err := wire.NewSalted(lane, uint64(at)+1, before, salts, sets)
		if err != nil {
			return nil, fault.New(fault.Corrupt, "courier.box").WithCause(err)
		}
		out, before, at = append(out, b), b.After, at+len(sets)
	}
	return out, nil
}

// moved returns a change set in the lane where number first has become 1. What its
// author had seen of their lane before that cannot be said there; at worst a person is
// asked once too often.
func moved(cs record.ChangeSet, lane record.Lane, first uint64) record.ChangeSet {
	was := cs.Link
	if cs.Origin == nil {
		cs.Origin = &was
	}
	now := func(number uint64) uint64 { return max(number, first-1) - (first - 1) }
	cs.Link = record.Link{Lane: lane, Number: now(was.Number)}
	cs.Base.Number, cs.Replaces = now(cs.Base.Number), now(cs.Replaces)
	return cs
}
