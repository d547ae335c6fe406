// SPDX-License-Identifier: Apache-2.0

// Package wire is what travels between a device and the server, and the exact
// bytes that digests and signatures are taken over. PROTOCOL.md beside it is
// the specification for other implementations; its examples are tested.
//
// Everything is CBOR. A message is an array of a type number and a map with
// small integer keys: an unknown key is ignored, a missing one is the zero
// value, so that old and new programs understand each other. Numbers are
// never reused. Frames and row batches carry their content in columns and
// compressed (zstd), because that is what makes a record cost 100 bytes.
//
// Decoding never trusts: every limit of package record is checked before
// memory is taken, and what is malformed gives an error, never a panic.
package wire
