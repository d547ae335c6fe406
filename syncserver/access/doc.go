// SPDX-License-Identifier: Apache-2.0

// Package access lets people in at the console and slows those who guess.
//
// Passwords are kept as argon2id hashes in PHC string form, which carries its
// own cost, so that the cost can rise: a hash weaker than today's is replaced
// at the next login. A name that does not exist costs the same work and gives
// the same answer as a wrong password.
//
// Residents have no password. A [Prover] finds out who they are, by a code that comes to their phone ([Codes]) or at an identity
// provider ([Provider]), and [Sessions] remembers it for an hour at most.
//
// [Throttle] and [Limiter] are for every door of the server: login, enrolment,
// the resident page. Their memory is bounded and their clock handed in.
package access
