// SPDX-License-Identifier: Apache-2.0

// Package doorplate is the sign at the door: a signed token in a QR code, and a short code that a person can type.
//
// # Token
//
// A plate carries HTTPS://HOST/D/<136 characters>, upper case, so that the QR code is in alphanumeric mode and a phone
// opens it as a web address. The 136 characters are Crockford base32 of exactly 85 bytes, big-endian:
//
//	 1  version of this layout, now 1
//	 2  key id: the first bytes of SHA-256 of the public key
//	16  handle: random, one per plate; no address, no person
//	 2  day of issue, counted from 2020-01-01
//	64  signature (Ed25519) of "yuexin doorplate" and the 21 bytes before it
//
// 85 bytes leave no spare bits in 136 characters: every character is signed. The host is not signed, because a plate
// outlives a server. Whoever has the public key verifies a plate without any network.
//
// Size: up to 31 characters of host give QR version 7 at level M (178 alphanumerics, ISO/IEC 18004 table 7), 0.75 mm a
// module in the 40 mm that a 150×90 mm plate has for it; up to 74 give version 8 and 0.70 mm.
//
// # Life of a plate
//
// A handle is never issued twice: the plate that replaces a damaged or stolen one has a new handle, and the old plate is
// put on the void list by its [RID], which says nothing about the dwelling. Which dwelling a handle stands for is a
// record, not part of this package. A scan proves that a plate is real; it proves nothing about who holds it.
//
// # Code
//
// The [Code] printed beside the QR code is for the day when scanning fails: seven characters of SHA-256(handle) and a
// check character. It resolves among the handles a device knows, so it works offline and is no secret.
//
// The [CardCode] stands on the household card only and proves that somebody holds it.
package doorplate
