// SPDX-License-Identifier: Apache-2.0

// Package policy decides what concurrent writes to one field come to. It is
// pure: the server, a device's overlay of pending changes and the simulator
// compute the same state from the same writes.
//
// A field keeps its heads: the values that no accepted write has seen. What a
// write removes depends on the write and the head alone, never on what else
// has arrived; and every policy is a total order over heads. The heads and the
// outcome are therefore the same for every order of arrival. Where two persons
// settle a dispute, what goes depends on the two writes and the head in the same
// way: see persons.go.
package policy
