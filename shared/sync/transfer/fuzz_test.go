// SPDX-License-Identifier: Apache-2.0

package transfer

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"yuexin/shared/fault"
)

// FuzzAnswer: whatever answers an upload, a server, a proxy or a hotel's login page,
// comes to a meaning or to an offset that can be one.
func FuzzAnswer(f *testing.F) {
	f.Add(409, "12", `{"code":"conflict","key":"blob.size","args":{"most":"1"}}`)
	f.Add(502, "-1", "<html>")
	f.Add(200, "99999999999999999999", `{"args":{"a":1}}`)
	f.Fuzz(func(t *testing.T, status int, offset, body string) {
		resp := &http.Response{StatusCode: status, Header: http.Header{"Upload-Offset": {offset}}, Body: io.NopCloser(strings.NewReader(body))}
		if n, err := offsetOf(resp); err == nil && n < 0 {
			t.Fatalf("offset %d", n)
		}
		if err := refusal(resp); err == nil || fault.From(err) == nil {
			t.Fatalf("a refusal without a meaning: %v", err)
		}
	})
}
