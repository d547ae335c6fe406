// SPDX-License-Identifier: Apache-2.0

package enrol

import (
	"bytes"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/sync/seal"
)

// Lifetime is how long a ticket's code can be used.
const Lifetime = time.Hour

// Limits of a ticket.
const (
	maxServers  = 4
	ticketCheck = 4 // bytes of a digest that find slips; they protect against nobody
)

// qrPrefix begins the text of a QR code. The digit is the version of the form.
const qrPrefix = "YX1:"

// FileExt is the ending of a ticket file's name.
const FileExt = ".enrol"

const (
	fileKind    = "yuexin enrolment"
	fileVersion = 1
)

var ticketEncoding = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)

// Ticket is what a device needs to enrol. Whoever holds it can enrol in the
// device's place while the code lives: it is handed over like a key.
type Ticket struct {
	Servers []string  // 1 to 4 addresses in ParseAddress's form, tried in order
	Pin     Pin       // of the server; zero: a certificate of a public authority
	Code    Code      // one-time
	Expires time.Time // whole seconds; the server's clock decides
}

// check returns a fault.Invalid for a ticket no device could use.
func (t Ticket) check() error {
	if len(t.Servers) < 1 || len(t.Servers) > maxServers {
		return fault.New(fault.Invalid, "enrol.ticket.broken")
	}
	for _, server := range t.Servers {
		if clean, err := ParseAddress(server); err != nil {
			return err
		} else if clean != server {
			return fault.New(fault.Invalid, "enrol.address")
		}
	}
	if code, err := ParseCode(string(t.Code)); err != nil || code != t.Code {
		return fault.New(fault.Invalid, "enrol.ticket.broken").WithCause(err)
	}
	if s := t.Expires.Unix(); s <= 0 || s > 1<<32-1 {
		return fault.New(fault.Invalid, "enrol.ticket.broken")
	}
	return nil
}

// QR returns the ticket as text for a QR code in its alphanumeric mode:
// "YX1:" and Crockford base32. Errors are fault.Invalid for a ticket that is
// not complete.
func (t Ticket) QR() (string, error) {
	if err := t.check(); err != nil {
		return "", err
	}
	b := []byte{0}
	b = append(b, t.Code...)
	b = binary.BigEndian.AppendUint32(b, uint32(t.Expires.Unix()))
	if !t.Pin.IsZero() {
		b[0] = 1
		b = append(b, t.Pin[:]...)
	}
	b = append(b, byte(len(t.Servers)))
	for _, server := range t.Servers {
		b = append(b, byte(len(server)))
		b = append(b, server...)
	}
	return qrPrefix + ticketEncoding.EncodeToString(append(b, checkBytes(b)...)), nil
}

func checkBytes(body []byte) []byte {
	sum := seal.Sum("enrol ticket", body)
	return sum[:ticketCheck]
}

// File returns the ticket as the content of an .enrol file. Errors are those of
// QR.
func (t Ticket) File() ([]byte, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	out, err := json.MarshalIndent(ticketFile{
		Kind: fileKind, Version: fileVersion,
		Servers: t.Servers, Pin: t.Pin, Code: t.Code, Expires: t.Expires.UTC().Truncate(time.Second),
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write ticket file: %w", err)
	}
	return append(out, '\n'), nil
}

type ticketFile struct {
	Kind    string    `json:"kind"`
	Version int       `json:"version"`
	Servers []string  `json:"servers"`
	Pin     Pin       `json:"pin"`
	Code    Code      `json:"code"`
	Expires time.Time `json:"expires"`
}

// ParseTicket reads both forms: the text of a QR code, forgiving what scanners
// and input methods do to it, or the content of an .enrol file. Errors are
// fault.Invalid; fault.Unsupported for a form of a later version.
func ParseTicket(text string) (Ticket, error) {
	if len(text) > maxTyped {
		return Ticket{}, fault.New(fault.Invalid, "enrol.ticket.broken")
	}
	if body := strings.TrimLeft(text, "\ufeff \t\r\n"); strings.HasPrefix(body, "{") {
		return parseFile([]byte(body))
	}
	return parseQR(text)
}

func parseFile(data []byte) (Ticket, error) {
	var head struct {
		Kind    string `json:"kind"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil || head.Kind != fileKind {
		return Ticket{}, fault.New(fault.Invalid, "enrol.ticket.foreign")
	}
	if head.Version != fileVersion {
		return Ticket{}, fault.New(fault.Unsupported, "enrol.ticket.version")
	}
	var file ticketFile
	if err := decodeStrict(bytes.NewReader(data), &file); err != nil {
		return Ticket{}, fault.New(fault.Invalid, "enrol.ticket.broken").WithCause(errors.New("fields of the ticket file"))
	}
	t := Ticket{Servers: file.Servers, Pin: file.Pin, Code: file.Code, Expires: file.Expires.UTC().Truncate(time.Second)}
	return t.tidied()
}

// tidied brings the addresses into their form and checks the whole.
func (t Ticket) tidied() (Ticket, error) {
	for i, server := range t.Servers {
		clean, err := ParseAddress(server)
		if err != nil {
			return Ticket{}, err
		}
		t.Servers[i] = clean
	}
	if err := t.check(); err != nil {
		return Ticket{}, err
	}
	return t, nil
}

func parseQR(text string) (Ticket, error) {
	body, ok := strings.CutPrefix(fold(text), fold(qrPrefix))
	if !ok {
		return Ticket{}, foreignQR(fold(text))
	}
	data, err := ticketEncoding.DecodeString(body)
	if err != nil || len(data) <= ticketCheck || ticketEncoding.EncodeToString(data) != body {
		return Ticket{}, fault.New(fault.Invalid, "enrol.ticket.broken")
	}
	data, check := data[:len(data)-ticketCheck], data[len(data)-ticketCheck:]
	if !bytes.Equal(check, checkBytes(data)) {
		return Ticket{}, fault.New(fault.Invalid, "enrol.ticket.broken")
	}
	t, ok := readTicket(data)
	if !ok {
		return Ticket{}, fault.New(fault.Invalid, "enrol.ticket.broken")
	}
	return t.tidied()
}

// foreignQR tells a ticket of a later version from what is no ticket at all.
func foreignQR(folded string) error {
	head, _, found := strings.Cut(folded, ":")
	if found && len(head) == 3 && strings.HasPrefix(head, "YX") && head[2] >= '2' && head[2] <= '9' {
		return fault.New(fault.Unsupported, "enrol.ticket.version")
	}
	return fault.New(fault.Invalid, "enrol.ticket.foreign")
}

// readTicket takes the bytes apart that QR put together.
func readTicket(b []byte) (Ticket, bool) {
	const fixed = 1 + codeSize + 4
	if len(b) < fixed || b[0] > 1 {
		return Ticket{}, false
	}
	t := Ticket{
		Code:    Code(b[1 : 1+codeSize]),
		Expires: time.Unix(int64(binary.BigEndian.Uint32(b[1+codeSize:])), 0).UTC(),
	}
	pinned, b := b[0] == 1, b[fixed:]
	if pinned {
		if len(b) < len(t.Pin) || Pin(b[:len(t.Pin)]).IsZero() {
			return Ticket{}, false
		}
		b = b[copy(t.Pin[:], b):]
	}
	if len(b) < 1 || b[0] > maxServers {
		return Ticket{}, false
	}
	count, b := int(b[0]), b[1:]
	for range count {
		if len(b) < 1 || len(b) < 1+int(b[0]) {
			return Ticket{}, false
		}
		t.Servers = append(t.Servers, string(b[1:1+int(b[0])]))
		b = b[1+int(b[0]):]
	}
	return t, len(b) == 0
}

// decodeStrict reads exactly one JSON value without unknown fields.
func decodeStrict(r io.Reader, into any) error {
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}
	return nil
}
