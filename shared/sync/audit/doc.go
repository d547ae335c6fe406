// SPDX-License-Identifier: Apache-2.0

// Package audit is the record of who looked at whose data and who did what as an
// administrator: entries, the hash chain that holds them together, and the check
// that names the row where the chain was broken.
//
// An entry says who (actor, login, device, or the name of a console user), what
// (a [Deed] on a page or by a command), on whose records, which fields of class C2
// or C3, and when. It never holds a value. Who wrote what stands in the change
// sets themselves, which are numbered, chained and signed per lane; nothing is
// noted twice.
//
// [Watch] puts the noting where nobody can forget it: between a record.Store and
// whoever reads it. A [Page] gathers what one view reads, so that it is one entry.
//
// The package is pure: what keeps entries is package replica on a device and the
// central store, and both hand in clocks and keys. DESIGN.md says what a broken
// chain proves and what it cannot.
package audit
