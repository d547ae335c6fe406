// SPDX-License-Identifier: Apache-2.0

// Package snapshot decides how the state of a scope is cut into chunks for
// devices that hold nothing of it: which records stand in one chunk, and in
// which order the chunks come. It is pure; stores write what it decides.
//
// A device shows a chunk as soon as all of it is there. What was written in one
// act may never be seen by halves, so records that share an act stand in one
// chunk, however large that makes it. Two records share an act if it created
// both, or if something it wrote in each is still visible. (Of an act whose
// value in one record was replaced since, nothing is visible there in the whole
// scope either: no part of the chunks shows less of it than the whole does.)
//
// The obvious approach cuts a sorted list every so many records. It shows a
// household without its members, and a loan without its guarantor, for as long as
// the link takes. The other one, nothing shown before all is there, is what users
// complain of: minutes to hours in which nobody can work. Groups cost both little:
// an act is mostly about one household. Where acts tie a whole scope together there
// is one chunk, and a device waits for it as it would have for the scope.
//
// Records that were created before stores noted the act that did (born 0) count as
// one group: a store that comes from then shows its old records when all of them
// are there.
package snapshot
