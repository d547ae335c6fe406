// SPDX-License-Identifier: Apache-2.0

// Package plates issues the doorplates of a village and prints them.
//
// A plate is a record of the server's desk in the village's scope: a random handle, the house number it stands for, a
// state. The signed token in its QR code is no record: it is made when the plate is printed, from the handle, the day of
// issue and a key that never leaves the server's key folder. Devices verify plates with the public keys, which they get
// as records of kind "plate_key" in the scope "ref".
package plates
