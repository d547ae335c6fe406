// SPDX-License-Identifier: Apache-2.0

// Package envelope is the first byte of wire.Frame.Data: 0 for a frame as
// wire.EncodeFrame made it, 1 for one that is sealed to the server's box key, so
// that the device which sends it cannot read it.
package envelope

import (
	"fmt"
	"io"

	"yuexin/shared/fault"
	"yuexin/shared/sync/seal"
)

// The first byte. Numbers are never reused.
const (
	Plain byte = 0
	Boxed byte = 1
)

// context is bound to every box; what it holds is signed and names its place.
const context = "yuexin boxed frame/1"

// Wrap returns a frame in a plain envelope.
func Wrap(frame []byte) []byte { return append([]byte{Plain}, frame...) }

// Box returns a frame sealed to the server.
func Box(rnd io.Reader, server seal.BoxPublic, frame []byte) ([]byte, error) {
	out, err := server.SealTo([]byte{Boxed}, rnd, frame, []byte(context))
	if err != nil {
		return nil, fmt.Errorf("seal frame to the server: %w", err)
	}
	return out, nil
}

// Open returns the frame inside. Errors: fault.Corrupt for a box that does not
// open, fault.Unsupported for a first byte this program does not know.
func Open(server seal.BoxPrivate, data []byte) ([]byte, error) {
	if len(data) == 0 {
		return nil, fault.New(fault.Corrupt, "sync.frame")
	}
	switch data[0] {
	case Plain:
		return data[1:], nil
	case Boxed:
		frame, err := server.OpenBox(nil, data[1:], []byte(context))
		if err != nil {
			return nil, fault.New(fault.Corrupt, "sync.frame").WithCause(err)
		}
		return frame, nil
	default:
		return nil, fault.New(fault.Unsupported, "sync.frame")
	}
}
