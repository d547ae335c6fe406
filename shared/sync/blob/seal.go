// SPDX-License-Identifier: Apache-2.0

package blob

import (
	"crypto/sha256"
	"fmt"
	"io"

	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
)

// Digest is the name of a sealed file: the SHA-256 of its bytes.
type Digest = [32]byte

// Sum returns the digest of sealed bytes.
func Sum(sealed []byte) Digest { return sha256.Sum256(sealed) }

// bind ties sealed bytes to what they are said to be.
func bind(mediaType string) []byte { return []byte("yuexin attachment\x00" + mediaType) }

// Seal seals a file under a fresh key drawn from rnd and returns the bytes to keep
// with the attachment that names them.
func Seal(rnd io.Reader, plain []byte, mediaType string) (sealed []byte, a record.Attachment, err error) {
	key, err := seal.NewKey(seal.Default, rnd)
	if err != nil {
		return nil, a, fmt.Errorf("seal attachment: %w", err)
	}
	defer key.Zero()
	if sealed, err = key.Seal(nil, rnd, plain, bind(mediaType)); err != nil {
		return nil, a, fmt.Errorf("seal attachment: %w", err)
	}
	a.Digest, a.Size, a.MediaType, a.Key = Sum(sealed), uint64(len(sealed)), mediaType, key.Encode()
	return sealed, a, nil
}

// Open returns the file. Bytes that are not those the attachment names, or do not
// open under its key, are fault.Corrupt.
func Open(a record.Attachment, sealed []byte) ([]byte, error) {
	if uint64(len(sealed)) != a.Size || Sum(sealed) != a.Digest {
		return nil, fault.New(fault.Corrupt, "blob.damaged")
	}
	key, err := seal.ParseKey(a.Key)
	if err != nil {
		return nil, fault.New(fault.Corrupt, "blob.damaged").WithCause(err)
	}
	defer key.Zero()
	plain, err := key.Open(nil, sealed, bind(a.MediaType))
	if err != nil {
		return nil, fault.New(fault.Corrupt, "blob.damaged").WithCause(err)
	}
	return plain, nil
}
