// SPDX-License-Identifier: Apache-2.0

// Package finder decides whether a record answers a query: by equal values of
// indexed fields, and by searched text, its pinyin, the initials of its pinyin,
// or the end of a number. It is what a device does in memory over opened records;
// the server asks its database instead.
//
// An [Index] names the few records that a search can fit, so that not all of
// them are compared with every key that is typed; Fits then decides, and how
// well it fits gives the order. The index is built while the records are opened
// and kept in step with each change. It is never written anywhere: ends of
// identity numbers are compared in memory only.
package finder
