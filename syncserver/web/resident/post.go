// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"errors"
	"mime"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"yuexin/shared/fault"
)

// readForm reads what was sent, or refuses: a form of another site, one in
// another encoding, one that is too large.
func (q *request) readForm() error {
	if err := q.crossing.Check(q.r); err != nil {
		return fault.New(fault.NotAllowed, "resident.stop.origin").WithCause(err)
	}
	if !isForm(q.r.Header.Get("Content-Type")) {
		return fault.New(fault.Unsupported, "resident.stop.encoding")
	}
	q.r.Body = http.MaxBytesReader(q.w, q.r.Body, maxBody)
	if err := q.r.ParseForm(); err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return fault.New(fault.TooLarge, "resident.stop.large")
		}
		return fault.New(fault.Invalid, "resident.stop.encoding")
	}
	for _, values := range q.r.PostForm {
		for _, value := range values {
			if !utf8.ValidString(value) {
				return fault.New(fault.Unsupported, "resident.stop.encoding")
			}
		}
	}
	return nil
}

// isForm admits the one encoding that our forms have, in UTF-8.
func isForm(contentType string) bool {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return false
	}
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

// typed returns what was typed into a field, without what nobody types: control
// and invisible characters, space around it.
func (q *request) typed(field string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), r == utf8.RuneError:
			return -1
		}
		return r
	}, q.r.PostForm.Get(field))
	return strings.TrimSpace(clean)
}
