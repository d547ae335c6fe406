// SPDX-License-Identifier: Apache-2.0

// Package access lets people in at the console and slows those who guess.
//
// Passwords are kept as argon2id hashes in PHC string form, which carries its
// own cost, so that the cost can rise: a hash weaker than today's is replaced
// at the next login. A name that does not exist costs the same work and gives
// the same answer as a wrong password.
//
// [Throttle] and [Limiter] are for every door of the server: login, enrolment,
// the resident page. Their memory is bounded and their clock handed in.
package access
