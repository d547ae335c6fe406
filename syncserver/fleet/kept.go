// SPDX-License-Identifier: Apache-2.0

package fleet

import (
	"crypto/rand"
	"fmt"

	"yuexin/shared/sync/replica/envelope"
	"yuexin/shared/sync/wire"
)

// keptContext is what the server signs boxes under that devices keep for it. Nothing
// else is signed under it: whoever brings such a signature brings what this server
// wrote.
const keptContext = "yuexin kept"

// Keep implements hub.Boxes.
func (id *Identity) Keep(b *wire.Batch) ([]byte, error) {
	signature, err := id.Sign.Sign(rand.Reader, keptContext, b.SignedBytes())
	if err != nil {
		return nil, fmt.Errorf("sign a box: %w", err)
	}
	b.Signature = signature
	frame, err := wire.EncodeFrame(b)
	if err != nil {
		return nil, err
	}
	public, err := id.Box.Public()
	if err != nil {
		return nil, err
	}
	return envelope.Box(rand.Reader, public, frame)
}

// Mine implements hub.Boxes.
func (id *Identity) Mine(signed, signature []byte) bool {
	public, err := id.Sign.Public()
	return err == nil && public.Verify(keptContext, signed, signature) == nil
}
