// SPDX-License-Identifier: Apache-2.0

package blob_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/sync/blob"
)

// FuzzSigned: headers that anybody may send are no request, or one that signs to the
// same headers.
func FuzzSigned(f *testing.F) {
	f.Add("dev_00000000000000000000000001", "1780000000000", "AQID", "0", "12")
	f.Add("", "-1", "=", "\x00", "9999999999999999999999")
	f.Fuzz(func(t *testing.T, device, at, signature, offset, length string) {
		h := http.Header{}
		h.Set(blob.HeaderDevice, device)
		h.Set(blob.HeaderTime, at)
		h.Set(blob.HeaderSignature, signature)
		h.Set("Upload-Offset", offset)
		h.Set("Upload-Length", length)
		q, sig, err := blob.Signed(h)
		if err != nil {
			if !fault.Is(err, fault.Unauthenticated) {
				t.Fatalf("refused as %v", err)
			}
			return
		}
		again := http.Header{}
		if err := q.Sign(again, func([]byte) ([]byte, error) { return sig, nil }); err != nil {
			t.Fatal(err)
		}
		again.Set("Upload-Offset", q.Offset)
		again.Set("Upload-Length", q.Length)
		r, other, err := blob.Signed(again)
		if err != nil || !bytes.Equal(r.Bytes(), q.Bytes()) || !bytes.Equal(sig, other) {
			t.Fatalf("%+v is read again as %+v, %v", q, r, err)
		}
	})
}

// FuzzParsePolicy: a policy that is taken keeps to its bounds.
func FuzzParsePolicy(f *testing.F) {
	f.Add(`{"version": 1}`)
	f.Add(`{}{`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := blob.ParsePolicy(strings.NewReader(text))
		if err == nil && (p.Version() == 0 || p.MaxSealed() <= 0 || p.MaxSealed() > 64<<20) {
			t.Fatalf("taken: %+v", p)
		}
	})
}
