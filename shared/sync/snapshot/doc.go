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
package snapshot
