// SPDX-License-Identifier: Apache-2.0

// Package seal is the only place of the project that touches cryptography: keys,
// sealed blobs, sealed boxes, signatures, digests, passphrases and the recovery of
// a forgotten one.
//
// # Headers
//
// Every encoded thing (blob, box, signature, key, escrow …) begins with two bytes:
// the format version and the algorithm id. The high half of the algorithm id is the
// [Kind] of thing, so that no kind can be read as another; the low half is the
// [Profile], the family of algorithms. Callers never name an algorithm: they hold a
// key, the key knows its profile, and what they seal says it in its header. A new
// profile (such as "gm": SM4-GCM, SM3, SM2) is a new [Suite] in the registry of this
// package. An id nobody registered gives [ErrUnknown], never a guess.
//
// # The default profile
//
//   - blobs: AES-256-GCM, random 96-bit nonce (NIST SP 800-38D)
//   - boxes: HPKE base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM
//     (RFC 9180, package crypto/hpke)
//   - signatures: Ed25519 (RFC 8032) over a domain prefix, a context and the message
//   - digests: SHA-256; derivation: HKDF-SHA256 (RFC 5869)
//   - passphrases: Argon2id (RFC 9106)
//
// No primitive is written here.
//
// # Randomness and time
//
// Randomness is an [io.Reader] handed in; programs hand in crypto/rand.Reader. One
// exception: package crypto/hpke draws the ephemeral key of a box from the process's
// secure source and takes no reader, so [BoxPublic.SealTo] hands its reader only to
// profiles that can use one. There is no clock: expiry is the caller's business.
//
// # Limits
//
// HAZARD: with random 96-bit nonces one key may seal at most 2³² messages (SP
// 800-38D section 8.3; the chance of a repeated nonce is then below 2⁻³²). A repeated
// nonce would reveal both messages. A device that seals 1,000 rows a second for 40
// days comes near; keys for different uses, and for each central scope or subject,
// are therefore derived apart with [Key.Derive].
//
// HAZARD: blobs hide content, not size. HAZARD: AES-GCM does not commit to its key:
// a forged blob may open under two keys its forger knows. Nothing here lets a key be
// guessed from whether a foreign blob opened.
//
// HAZARD: Go's garbage collector may have copied what Zero wipes. Zero shortens the
// life of a secret; it does not promise its end.
package seal
