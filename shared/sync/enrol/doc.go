// SPDX-License-Identifier: Apache-2.0

// Package enrol makes a machine a device of the system: the ticket an
// administrator hands over, and the device's end of the one call that uses it.
//
// # The way
//
//  1. The administrator makes a one-time [Code]. It travels in a [Ticket]: as a
//     QR code, as an .enrol file, or it is read out and typed together with the
//     server's address.
//  2. QR code and file carry the server's [Pin], so the device knows the right
//     server. Whoever types has no pin: [Look] fetches the certificate without
//     sending anything, and person and administrator compare four words. Only
//     then does [Sighting.Ticket] give a ticket with the pin.
//  3. [Enrol] sends the code, the device's new public key and a signature by it
//     over the code, a nonce and the pin. The server makes the device, its login
//     and its grants in one transaction; the code is dead afterwards.
//
// # What protects whom
//
// The code never leaves the device before the server's certificate has been
// checked. Should somebody in the middle have been confirmed all the same, the
// server refuses: the pin that the device signed is not the server's.
//
// Every call ends: each step has a time limit of its own and the whole has one,
// whatever the context allows.
package enrol
