// SPDX-License-Identifier: Apache-2.0

package envelope_test

import (
	"bytes"
	"crypto/rand"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/sync/replica/envelope"
	"yuexin/shared/sync/seal"
)

// FuzzOpen: what opens is a plain frame that wraps to the same bytes, or a box
// that somebody sealed to this server; everything else is a fault with a key.
func FuzzOpen(f *testing.F) {
	private, err := seal.NewBox(seal.Default, rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	public, err := private.Public()
	if err != nil {
		f.Fatal(err)
	}
	boxed, err := envelope.Box(rand.Reader, public, []byte("frame"))
	if err != nil {
		f.Fatal(err)
	}
	for _, data := range [][]byte{nil, {envelope.Plain}, envelope.Wrap([]byte("frame")), boxed, boxed[:40], {envelope.Boxed}, {9, 1}} {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		frame, err := envelope.Open(private, data)
		switch {
		case err != nil:
			if got := fault.From(err); got.Key != "sync.frame" || got.Kind != fault.Corrupt && got.Kind != fault.Unsupported {
				t.Errorf("refused with %v", err)
			}
		case data[0] == envelope.Plain:
			if !bytes.Equal(envelope.Wrap(frame), data) {
				t.Error("a plain frame does not wrap to what it came from")
			}
		case !bytes.Equal(data, boxed) && string(frame) == "frame":
			t.Errorf("%x opens like the box it is not", data)
		}
	})
}
