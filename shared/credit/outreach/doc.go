// SPDX-License-Identifier: Apache-2.0

// Package outreach is going to people: who is to be visited first and why, what a visit consists of, and what its two
// visitors vouch for.
//
// A visit is a record of kind "visit": a fact that is planned, begun, and filled in step by step, each step an act of its
// own, so that a laptop that dies in the middle has lost nothing. It ends with an immutable entry, "visit_end", which names
// everything that belongs to it. Who leads and who accompanies sign with their own keys, each an entry of their own
// ("visit_sign", "visit_end"), over the same [Statement]: whatever changes afterwards makes a signature one over something
// else, and it is asked for again.
//
// Which steps a visit needs, whose turn it is, from when on it is late and what the letter says is data: [Policy].
package outreach
