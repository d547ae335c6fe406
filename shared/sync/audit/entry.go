// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bytes"
	"encoding/json"
	"fmt"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
)

// Deed is what somebody did.
type Deed string

// The deeds. Names are never reused.
const (
	Read     Deed = "read"     // opened records: a person's page, a demand
	List     Deed = "list"     // saw a list of records
	LookUp   Deed = "look_up"  // searched, by a name or by the value of a field
	Export   Deed = "export"   // took records out, into a file
	Print    Deed = "print"    // onto paper
	Login    Deed = "login"    // came in
	Refused  Deed = "refused"  // tried to come in
	Denied   Deed = "denied"   // asked for records of which the fields that are touched were not shown
	Logout   Deed = "logout"   // went
	Act      Deed = "act"      // acted as an administrator: enrolled, granted, switched off …
	Received Deed = "received" // the server took entries of a device's log
	Told     Deed = "told"     // a device was told where the server's log stands
	Missing  Deed = "missing"  // the log does not go on where it stood: entries up to Through are gone
)

// WhatRestore is what the act of making a server from a backup is noted as. Where it
// follows an entry that says that some are missing, somebody has answered for that.
const WhatRestore = "syncserver restore"

// Deeds returns all deeds.
func Deeds() []Deed {
	return []Deed{Read, List, LookUp, Export, Print, Login, Refused, Denied, Logout, Act, Received, Told, Missing}
}

// Entry is one line of a log. Zero fields say nothing.
type Entry struct {
	Number uint64 `json:"n"`  // in its log, from 1
	AtMS   int64  `json:"at"` // ms since 1970 UTC, by the server's clock as well as the writer knew it

	// Clocks is what a device's own clocks said; nil at the server.
	Clocks *Clocks `json:"clocks,omitempty"`

	Actor  ident.Actor  `json:"actor,omitzero"`
	Login  ident.Login  `json:"login,omitzero"`
	Device ident.Device `json:"device,omitzero"` // where; zero: at the server
	User   string       `json:"user,omitempty"`  // console user, or system user who ran a command

	Deed    Deed    `json:"deed"`
	What    string  `json:"what,omitempty"`   // page or command: "console.demand", "syncserver enrol"
	Reason  string  `json:"reason,omitempty"` // where one was asked for
	About   string  `json:"about,omitempty"`  // what an act was done to: the name of a device, user, village; an id
	Touched []Touch `json:"touched,omitempty"`

	// Of Received: where the log About of Device stood then. Of Told: where the server's
	// own did. Of Missing: where this log, or the log About of the same device, stood
	// once; zero if that is not known either.
	Through uint64 `json:"through,omitempty"`
	Hash    []byte `json:"hash,omitempty"`
}

// Clocks is a hlc.Reading as entries hold it.
type Clocks struct {
	WallMS int64  `json:"wall"`
	Boot   []byte `json:"boot"`
	MonoMS int64  `json:"mono"`
}

// ClocksOf returns a reading as entries hold it.
func ClocksOf(r hlc.Reading) *Clocks {
	return &Clocks{WallMS: r.WallMS, Boot: bytes.Clone(r.BootID[:]), MonoMS: r.MonoMS}
}

// Touch is a record somebody saw, or Count records of a kind and scope that are not
// named one by one; Record and Subject are zero then.
type Touch struct {
	Kind    record.Kind    `json:"kind"`
	Scope   ident.Scope    `json:"scope,omitzero"`
	Subject ident.Subject  `json:"subject,omitzero"`
	Record  ident.Record   `json:"record,omitzero"`
	Fields  []record.Field `json:"fields,omitempty"` // of class C2 or C3 that had a value, in order
	Count   int            `json:"count,omitempty"`
	By      []record.Field `json:"by,omitempty"` // what a look-up compared; "~search" for free text
}

// FreeText stands in Touch.By for a search by name, pinyin or initials.
const FreeText record.Field = "~search"

// Limits of what a log takes. An entry beyond MaxBody is refused, never cut.
const (
	MaxBody    = 64 << 10
	MaxText    = 512 // bytes of What, Reason, About and User each
	MaxTouched = 500
)

// Encode returns the bytes of an entry as they are chained and kept: JSON, so that
// they can be read without this program. The same entry always gives the same.
// What is beyond the limits is fault.TooLarge.
func (e Entry) Encode() ([]byte, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode audit entry: %w", err)
	}
	if err := e.check(len(body)); err != nil {
		return nil, err
	}
	return body, nil
}

// Parse reads what Encode wrote, or a device sent: fault.Corrupt for what is no
// entry, fault.TooLarge for what is beyond the limits.
func Parse(body []byte) (e Entry, err error) {
	if len(body) > MaxBody {
		return e, fault.New(fault.TooLarge, "")
	}
	var compact bytes.Buffer
	err = json.Unmarshal(body, &e)
	if err == nil {
		err = json.Compact(&compact, body)
	}
	if err != nil || !bytes.Equal(compact.Bytes(), body) { // a line of a file holds it as it is
		return Entry{}, fault.New(fault.Corrupt, "").WithCause(err)
	}
	return e, e.check(len(body))
}

func (e *Entry) check(size int) error {
	long := size > MaxBody || len(e.Touched) > MaxTouched
	for _, text := range []string{string(e.Deed), e.What, e.Reason, e.About, e.User} {
		long = long || len(text) > MaxText
	}
	if long {
		return fault.New(fault.TooLarge, "")
	}
	if e.Deed == "" {
		return fault.New(fault.Corrupt, "")
	}
	return nil
}
