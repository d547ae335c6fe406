// SPDX-License-Identifier: Apache-2.0

package blob

import (
	"encoding/base64"
	"strconv"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
)

// Path is where the server takes and gives sealed files: Path + hex digest.
const Path = "/v1/blobs/"

// SignPurpose is the context of a device's signature over a request.
const SignPurpose = "yuexin blob"

// The headers by which a device proves each request. HeaderTime is in a refusal as
// well: the server's time, for a device whose clock is off.
const (
	HeaderDevice    = "Yuexin-Device"
	HeaderTime      = "Yuexin-Time"
	HeaderSignature = "Yuexin-Signature"
)

// Fresh is how far a request's time may be from the server's.
const Fresh = 5 * time.Minute

// Request is what a device signs of a request: enough that a signature fits no other
// file, no other offset and no later hour. The body is proved by the digest in the
// path.
type Request struct {
	Device ident.Device
	Method string
	Path   string
	Offset string // header Upload-Offset
	Length string // header Upload-Length
	AtMS   int64
}

// Bytes returns what is signed.
func (q Request) Bytes() []byte {
	b := append([]byte{}, q.Device[:]...)
	for _, part := range []string{q.Method, q.Path, q.Offset, q.Length, strconv.FormatInt(q.AtMS, 10)} {
		b = append(append(b, 0), part...)
	}
	return b
}

// Header is what is needed of http.Header, which this package does not know.
type Header interface {
	Get(name string) string
	Set(name, value string)
}

// Sign sets the headers of a request; sign signs for SignPurpose.
func (q Request) Sign(to Header, sign func(message []byte) ([]byte, error)) error {
	signature, err := sign(q.Bytes())
	if err != nil {
		return err
	}
	to.Set(HeaderDevice, q.Device.String())
	to.Set(HeaderTime, strconv.FormatInt(q.AtMS, 10))
	to.Set(HeaderSignature, base64.RawURLEncoding.EncodeToString(signature))
	return nil
}

// Signed reads the headers of a request: who it says it is from, when it was signed,
// and the signature, which is still to be verified. Method and path are the caller's.
func Signed(from Header) (q Request, signature []byte, err error) {
	if q.Device, err = ident.Parse[ident.Device](from.Get(HeaderDevice)); err != nil {
		return q, nil, unsigned(err)
	}
	if q.AtMS, err = strconv.ParseInt(from.Get(HeaderTime), 10, 64); err != nil {
		return q, nil, unsigned(err)
	}
	if signature, err = base64.RawURLEncoding.DecodeString(from.Get(HeaderSignature)); err != nil {
		return q, nil, unsigned(err)
	}
	q.Offset, q.Length = from.Get("Upload-Offset"), from.Get("Upload-Length")
	return q, signature, nil
}

func unsigned(cause error) error {
	return fault.New(fault.Unauthenticated, "blob.signature").WithCause(cause)
}
