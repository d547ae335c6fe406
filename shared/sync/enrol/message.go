// SPDX-License-Identifier: Apache-2.0

package enrol

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
)

// Path is where the server takes a Request, by POST.
const Path = "/v1/enrol"

// Limits of the two messages in bytes.
const (
	// MaxRequest is the largest Request.
	MaxRequest = 4 << 10
	// maxAnswer is the largest answer: an officer of all 28,745 units has
	// two names of 31 bytes for each.
	maxAnswer = 4 << 20
)

const (
	requestVersion = 1
	nonceSize      = 32
	maxProgram     = 64
	// signContext is the context of the signature in a Request.
	signContext = "yuexin enrol"
)

// Request is what a device sends to enrol, as JSON.
type Request struct {
	Version     int               `json:"version"`
	Code        Code              `json:"code"`
	Public      seal.SignPublic   `json:"public"` // the device's signing key
	Incarnation ident.Incarnation `json:"incarnation"`
	Program     string            `json:"program"` // "agent/0.1.0"
	Nonce       []byte            `json:"nonce"`   // 32 random bytes
	Pin         Pin               `json:"pin"`     // of the certificate the device saw; zero: verified by roots, or loopback
	Signature   []byte            `json:"signature"`

	// Keys that a device may name.
	Person seal.SignPublic `json:"person,omitzero"` // the key of the person who enrols; their own signature is checked by it
	Box    seal.BoxPublic  `json:"box,omitzero"`    // what is sealed to the device, such as receipts by courier
}

// NewRequest makes a signed request.
func NewRequest(keys DeviceKeys, code Code, pin Pin, program string, inc ident.Incarnation) (*Request, error) {
	public, err := keys.Sign.Public()
	if err != nil {
		return nil, fmt.Errorf("device key: %w", err)
	}
	r := &Request{
		Version: requestVersion, Code: code, Public: public, Incarnation: inc,
		Program: program, Nonce: make([]byte, nonceSize), Pin: pin,
		Person: keys.Person, Box: keys.Box,
	}
	if _, err := io.ReadFull(keys.random(), r.Nonce); err != nil {
		return nil, fmt.Errorf("draw a nonce: %w", err)
	}
	if r.Signature, err = keys.Sign.Sign(keys.random(), signContext, r.signed()); err != nil {
		return nil, fmt.Errorf("sign enrolment: %w", err)
	}
	return r, r.check()
}

// ReadRequest reads a request from JSON and checks its form, not its signature.
// Errors are fault.Invalid, fault.TooLarge or fault.Unsupported.
func ReadRequest(body io.Reader) (*Request, error) {
	limited := &io.LimitedReader{R: body, N: MaxRequest + 1}
	var r Request
	err := decodeStrict(limited, &r)
	if limited.N <= 0 {
		return nil, fault.New(fault.TooLarge, "enrol.request")
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "enrol.request") // the parser's error would quote the code
	}
	return &r, r.check()
}

func (r *Request) check() error {
	if r.Version != requestVersion {
		return fault.New(fault.Unsupported, "enrol.version")
	}
	if r.Code == "" || r.Public.IsZero() || r.Incarnation.IsZero() || len(r.Nonce) != nonceSize || !validProgram(r.Program) {
		return fault.New(fault.Invalid, "enrol.request")
	}
	return nil
}

// validProgram takes "name/version" in printable ASCII without spaces.
func validProgram(program string) bool {
	name, version, found := strings.Cut(program, "/")
	odd := strings.ContainsFunc(program, func(r rune) bool { return r <= ' ' || r > '~' })
	return found && name != "" && version != "" && len(program) <= maxProgram && !odd
}

// Verify returns nil if the signature is by r.Public: whoever sent r holds the
// private key. Otherwise it returns fault.NotAllowed.
func (r *Request) Verify() error {
	if err := r.Public.Verify(signContext, r.signed(), r.Signature); err != nil {
		return fault.New(fault.NotAllowed, "enrol.signature").WithCause(err)
	}
	return nil
}

// signed returns the bytes under the signature: version, code, nonce, pin,
// incarnation, then program, public key, person and box, each behind its length
// in two bytes; the length of a key that is not named is 0.
func (r *Request) signed() []byte {
	b := []byte{byte(r.Version)}
	b = append(b, r.Code...)
	b = append(b, r.Nonce...)
	b = append(b, r.Pin[:]...)
	b = append(b, r.Incarnation[:]...)
	for _, field := range [][]byte{[]byte(r.Program), r.Public.Encode(), encoded(r.Person), encoded(r.Box)} {
		b = binary.BigEndian.AppendUint16(b, uint16(len(field)))
		b = append(b, field...)
	}
	return b
}

// encoded returns a public key's bytes, none for no key.
func encoded(key interface {
	IsZero() bool
	Encode() []byte
}) []byte {
	if key.IsZero() {
		return nil
	}
	return key.Encode()
}

// Enrolment is what a device is after enrolling. The program keeps it; nothing
// in it is secret.
type Enrolment struct {
	// Of the device.
	Device    ident.Device `json:"device"`
	ShortID   uint32       `json:"shortId"` // 1–99998, leads its receipt numbers
	Name      string       `json:"name"`    // "大沙村 1 号机"
	Login     Login        `json:"login"`
	Grants    []Grant      `json:"grants"`
	Control   uint64       `json:"control"`   // last entry of its control log; Login and Grants are as of then
	Catalogue uint32       `json:"catalogue"` // version the server judges by

	// Of the server.
	Server     ident.Device    `json:"server"`
	ServerSign seal.SignPublic `json:"serverSign"`
	ServerBox  seal.BoxPublic  `json:"serverBox"`
	Keys
	SyncPath string `json:"syncPath"` // "/v1/sync"
	TimeMS   int64  `json:"timeMs"`   // server time of the answer, Unix milliseconds

	// Of the way there, from the ticket; the server does not send them.
	Servers []string `json:"servers,omitempty"`
	Pin     Pin      `json:"pin"`
}

// Keys are the administrators: any two recover a forgotten passphrase, and each signs what
// devices work by. Later ones follow by signed lists, which are numbered: the device got
// the state after this one.
type Keys struct {
	Admins      []seal.AdminPublic `json:"admins"`
	KeysVersion uint32             `json:"keysVersion,omitempty"` // 0: there was no list yet
	KeysDigest  []byte             `json:"keysDigest,omitempty"`  // SHA-256 that names it
}

// maxShortID is the greatest number of a device; see package receipt, whose
// greatest is the server's own.
const maxShortID = 99_998

// Login is the binding of a person, this device and a role.
type Login struct {
	ID      ident.Login   `json:"id"`
	Actor   ident.Actor   `json:"actor"`
	Display string        `json:"display"` // the person's name as others read it
	Role    record.Role   `json:"role"`
	Scopes  []ident.Scope `json:"scopes"` // nil: all
}

// Grant says that the device may hold a scope in a view.
type Grant struct {
	Scope ident.Scope `json:"scope"`
	View  string      `json:"view"`
}

// check refuses an answer that is not whole.
func (e *Enrolment) check() error {
	if e.Device.IsZero() || e.ShortID == 0 || e.ShortID > maxShortID || e.Login.ID.IsZero() || e.Login.Actor.IsZero() || e.Login.Role == "" ||
		e.Server.IsZero() || e.ServerSign.IsZero() || e.ServerBox.IsZero() ||
		!strings.HasPrefix(e.SyncPath, "/") || strings.HasPrefix(e.SyncPath, "//") || strings.ContainsAny(e.SyncPath, "?#\\ ") {
		return errForeign
	}
	for _, admin := range e.Admins {
		if admin.Box.IsZero() || admin.Sign.IsZero() {
			return errForeign
		}
	}
	return nil
}

// SyncURLs returns the addresses of the sync websocket, "wss://…" ("ws://" on
// loopback only), in the order to try.
func (e *Enrolment) SyncURLs() []string {
	urls := make([]string, 0, len(e.Servers))
	for _, server := range e.Servers {
		urls = append(urls, "ws"+strings.TrimPrefix(server, "http")+e.SyncPath)
	}
	return urls
}

// Problem is the server's answer when it refuses, as JSON.
type Problem struct {
	Code    string            `json:"code"` // of package fault
	Key     string            `json:"key"`  // of the message
	Args    map[string]string `json:"args,omitempty"`
	RetryMS int64             `json:"retryMs,omitempty"` // do not come back before
}

// Limits of what a device takes from a Problem.
const (
	maxProblemArgs = 8
	maxProblemText = 100
)

// fault returns p as an error that this program can explain: keys of other
// packages and long arguments are not taken over.
func (p Problem) fault() error {
	kind, known := fault.FromCode(p.Code)
	if !known || kind == fault.OK {
		return errForeign
	}
	if !strings.HasPrefix(p.Key, "enrol.") || len(p.Key) > maxProblemText || len(p.Args) > maxProblemArgs {
		return fault.New(kind, "")
	}
	f := fault.New(kind, p.Key)
	for name, value := range p.Args {
		if len(name) <= maxProblemText && len(value) <= maxProblemText {
			f = f.With(name, value)
		}
	}
	return f
}
