// SPDX-License-Identifier: Apache-2.0

// Package ident holds the words for "who" and "which".
//
// Two families:
//
//   - Opaque ids that this system makes: [Record], [Subject], [Device], [Actor]
//     and so on are 16-byte UUIDs of version 7, each a type of its own whose text
//     carries a prefix ("rec_…"), so that one cannot be taken for another by the
//     compiler or by a parser. [Scope] is the name of a unit of replication.
//   - Checked numbers that others issue: [ResidentID] (居民身份证号), [USCC]
//     (统一社会信用代码) and [Mobile]. A non-zero value has passed all its checks,
//     because only parsing makes one.
//
// Parsing forgives what hands do: spaces, dashes, lower case, full-width forms,
// invisible marks that come along with a paste. It names the first wrong
// character in the arguments "pos" and "char" of the fault; positions are 1-based
// and count the characters of the number itself, not the spaces and dashes.
//
// Clock and randomness are handed in. Errors are of kind fault.Invalid and never
// repeat the number.
package ident
