// SPDX-License-Identifier: Apache-2.0

// Package parcel makes files that a person takes away on a stick: sealed for a passphrase or for a key, in the format of age
// (age-encryption.org/v1), so that another laptop, the server and plain age can open them.
//
// The project's own seals (package seal, and the courier's files) are for machines that know each other; whoever gets a parcel
// may have nothing but the published tool. So the format is one that others keep, and its library does all of the work.
//
// A file is written beside its name, synced, read back from the device and compared before it gets the name. Nothing is
// written that is not sealed, unless the caller asks for a clear file.
package parcel
