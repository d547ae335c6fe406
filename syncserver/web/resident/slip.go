// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"time"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
)

// slip is what makes a form single use: the id of the demand or objection it will become. In
// the form it stands with a mark that only this server makes, for one plate.
type slip ident.Record

const (
	slipContext   = "yuexin resident form"
	objectContext = "yuexin resident objection"
	markSize      = 16
	slipSize      = ident.Size + markSize

	// slipLife is how long a form may lie open: a day, for those who ask their
	// children in the evening.
	slipLife = 24 * time.Hour
)

// MinKey is the least length of Config.Key in bytes.
const MinKey = 32

// slips makes and checks slips.
type slips struct{ key []byte }

// issue draws a new slip.
func (s slips) issue(now time.Time, random io.Reader) (slip, error) {
	id, err := ident.New[ident.Record](now.UnixMilli(), random)
	return slip(id), err
}

// slip draws a new slip, as a form of this context at this plate carries it.
func (q *request) slip(context string) (string, error) {
	one, err := q.slips.issue(q.now, q.Random)
	return q.slips.text(context, q.visit.handle, one), err
}

// text is the slip as a form of this context carries it.
func (s slips) text(context string, plate doorplate.Handle, one slip) string {
	return base64.RawURLEncoding.EncodeToString(append(bytes.Clone(one[:]), s.mark(context, plate, one[:])...))
}

// mark is the server's mark on what is said before one plate. The context keeps
// marks of different meaning apart.
func (s slips) mark(context string, plate doorplate.Handle, said []byte) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(context))
	mac.Write(plate[:])
	mac.Write(said)
	return mac.Sum(nil)[:markSize]
}

// read checks a slip that came back. One that is not ours, or of another plate or
// context, is fault.NotAllowed.
func (s slips) read(context string, plate doorplate.Handle, text string) (slip, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != slipSize {
		return slip{}, fault.New(fault.NotAllowed, "resident.form.foreign")
	}
	one := slip(raw[:ident.Size])
	if !hmac.Equal(raw[ident.Size:], s.mark(context, plate, one[:])) {
		return slip{}, fault.New(fault.NotAllowed, "resident.form.foreign")
	}
	return one, nil
}

// old says whether a form that was never sent is too old to be sent now.
func (s slip) old(now time.Time) bool {
	age := now.Sub(time.UnixMilli(ident.Record(s).Millis()))
	return age > slipLife || age < -time.Minute
}
