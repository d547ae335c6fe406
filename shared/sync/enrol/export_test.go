// SPDX-License-Identifier: Apache-2.0

package enrol

import (
	"bytes"
	"context"
	"io"
	"net/http"
)

// Test doors: the roots that production takes from the system.
var (
	ExportTLSConfig = tlsConfig
	ExportLook      = look
)

// ExportReadAnswer reads an answer as it comes over HTTP.
func ExportReadAnswer(ctx context.Context, status int, body []byte) (Enrolment, error) {
	e, _, err := readAnswer(ctx, &http.Response{StatusCode: status, Body: io.NopCloser(bytes.NewReader(body))})
	return e, err
}

// WholeTimeout is the limit of one Enrol.
const WholeTimeout = wholeTimeout
