// SPDX-License-Identifier: Apache-2.0

// Package blob is what photos, signatures and scans are, apart from where they lie
// and how they travel: how a file is sealed, which files are taken, how much room
// and bandwidth they may use, how a device signs a request for one, and how
// everybody reads from records which of them have arrived.
//
// A file is sealed once, by the device that took it, under a key of its own, and
// stays those bytes everywhere: on the device, on the wire, on the server, in a
// backup. Its name is the SHA-256 of them. The key is in the record's field
// (record.Attachment) and nowhere else. DESIGN.md gives the reasons.
//
// Package blobdir keeps sealed files on a disk, package transfer moves them from and
// to a device, and syncserver/attach is the server's end.
package blob
