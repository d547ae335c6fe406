// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"fmt"
	"net/http"
)

// Kind is the meaning of an error: what a caller may decide on.
//
// The numbers and the wire codes are part of the protocol. The list only grows
// at its end; nothing is renumbered, renamed or reused.
type Kind uint8

// The meanings.
const (
	// OK means that there is no error; it is the Kind of nil only.
	OK Kind = iota
	// Internal means a defect or a condition nobody planned for: log it, show no detail.
	Internal
	// Invalid means that the input breaks a rule and the person can correct it.
	Invalid
	// NotFound means that the thing asked for does not exist, or not for this asker.
	NotFound
	// Conflict means that the request contradicts the present state, e.g. the thing exists already.
	Conflict
	// NotAllowed means that the asker is known and lacks the right.
	NotAllowed
	// Unauthenticated means that the asker is not known: sign in, or enrol, first.
	Unauthenticated
	// Stale means that the request rests on a state, version or key that is no longer the newest.
	Stale
	// Exhausted means that a store is full or a quota is used up: free space before trying again.
	Exhausted
	// Unavailable means that the other side cannot be reached now; the same request may succeed later.
	Unavailable
	// TooLarge means that the input is above a hard size limit and will never be taken at this size.
	TooLarge
	// RateLimited means too many requests: wait, then try again.
	RateLimited
	// Gone means that the thing existed and was withdrawn, erased or expired for good.
	Gone
	// Unsupported means a version, format or operation that this program does not know.
	Unsupported
	// Corrupt means that bytes fail their checksum, signature or framing.
	Corrupt
	// Canceled means that the asker gave up before the answer was ready.
	Canceled

	kindEnd // keep last
)

// statusCanceled is the "client closed request" status made customary by nginx;
// net/http has no name for it.
const statusCanceled = 499

// meanings is the one table between Kind, wire code and HTTP status. Codes and
// statuses are unique, so that it reads in both directions.
var meanings = [kindEnd]struct {
	code string
	http int
}{
	OK:              {"ok", http.StatusOK},
	Internal:        {"internal", http.StatusInternalServerError},
	Invalid:         {"invalid", http.StatusBadRequest},
	NotFound:        {"not_found", http.StatusNotFound},
	Conflict:        {"conflict", http.StatusConflict},
	NotAllowed:      {"not_allowed", http.StatusForbidden},
	Unauthenticated: {"unauthenticated", http.StatusUnauthorized},
	Stale:           {"stale", http.StatusPreconditionFailed},
	Exhausted:       {"exhausted", http.StatusInsufficientStorage},
	Unavailable:     {"unavailable", http.StatusServiceUnavailable},
	TooLarge:        {"too_large", http.StatusRequestEntityTooLarge},
	RateLimited:     {"rate_limited", http.StatusTooManyRequests},
	Gone:            {"gone", http.StatusGone},
	Unsupported:     {"unsupported", http.StatusUnsupportedMediaType},
	Corrupt:         {"corrupt", http.StatusUnprocessableEntity},
	Canceled:        {"canceled", statusCanceled},
}

// Kinds returns every meaning an error can have, in order, without OK.
func Kinds() []Kind {
	all := make([]Kind, 0, kindEnd-1)
	for k := Internal; k < kindEnd; k++ {
		all = append(all, k)
	}
	return all
}

// Code returns the stable wire code, lower-case ASCII such as "not_found".
// A Kind outside the list has the code of Internal.
func (k Kind) Code() string {
	return meanings[k.known()].code
}

// HTTP returns the HTTP status. A Kind outside the list has that of Internal.
func (k Kind) HTTP() int {
	return meanings[k.known()].http
}

// Key returns the message key of the general sentence for k, "fault." + code,
// used where no more exact message was given. Its hint is Key + ".hint".
func (k Kind) Key() string {
	return "fault." + k.Code()
}

// Retry says whether the same request, unchanged, may succeed later, so that a
// program may try again by itself after a pause.
func (k Kind) Retry() bool {
	return k == Unavailable || k == RateLimited || k == Exhausted
}

// String returns the wire code, or "kind(n)" for a number outside the list.
func (k Kind) String() string {
	if k >= kindEnd {
		return fmt.Sprintf("kind(%d)", uint8(k))
	}
	return meanings[k].code
}

// known maps numbers outside the list, which a newer peer may send, to Internal.
func (k Kind) known() Kind {
	if k >= kindEnd {
		return Internal
	}
	return k
}

// FromCode returns the Kind of a wire code. An unknown code, as a newer peer may
// send it, gives Internal and false.
func FromCode(code string) (Kind, bool) {
	for k, m := range meanings {
		if m.code == code {
			return Kind(k), true
		}
	}
	return Internal, false
}

// FromHTTP returns the Kind of an HTTP status. A status of the table gives its
// own Kind; others, as proxies between device and server send them, give the
// nearest: 1xx to 3xx OK, 408, 502 and 504 Unavailable, 405, 406 and 426
// Unsupported, the rest of 4xx Invalid, all else Internal.
func FromHTTP(status int) Kind {
	for k, m := range meanings {
		if m.http == status {
			return Kind(k)
		}
	}
	switch {
	case status == http.StatusRequestTimeout, status == http.StatusBadGateway, status == http.StatusGatewayTimeout:
		return Unavailable
	case status == http.StatusMethodNotAllowed, status == http.StatusNotAcceptable, status == http.StatusUpgradeRequired:
		return Unsupported
	case status >= 100 && status < 400:
		return OK
	case status >= 400 && status < 500:
		return Invalid
	}
	return Internal
}
