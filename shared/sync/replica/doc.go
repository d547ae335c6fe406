// SPDX-License-Identifier: Apache-2.0

// Package replica is a device's store: what it pulled, what it did, and the keys
// that open both, in one SQLite file. It implements record.Store for screens and
// rules, and plain methods for the sync session (package peer decides, the client
// carries out):
//
//	Start           Identity, Incarnation, Control
//	Prove           Prove
//	Offset          SetOffset
//	LoadOutbox      Unsent
//	LoadFrame       NextFrame
//	StoreReceipts   ApplyReceipts
//	Rewind          Expect
//	NewLane         CloseLane
//	PutAside        PutAside
//	LoadCursors     Cursors
//	StoreCheckpoint ApplyCheckpoint, then Flush
//	Forget          ResetScope
//	StoreControl    ApplyControl
//	LoadTrail       AuditPart
//	StoreTrail      AuditReceipted
//	Report          Status
//
// # Durability
//
// Two connections write one file, and never at the same time. Whatever a person or
// the server is told is saved (acts, receipts, control entries, cursors once
// confirmed) is committed with synchronous FULL. Pulled checkpoints are committed
// with NORMAL: a loss of power may take the last of them, whole, and they are
// pulled again. [Replica.Flush] is a FULL commit, which makes everything before it
// durable as well.
//
// # Keys
//
// On a laptop everything is sealed under one data key. Each person who may unlock
// it has a key of their own under their passphrase (argon2id), which opens the data
// key and their signing key; it is also sealed to pairs of administrators, two of
// whom can give a forgotten passphrase back by challenge and response. The disk
// shows ids, numbers, times and sizes.
//
// On a kiosk the data key lies in a key file and opens only fields of class C1 and
// the scope ref. An act is made into a signed frame at once and sealed to the
// server (package envelope); what stays readable is its part of class C1. What the
// server sends of other classes is sealed to the staff compartment's public key
// and can be read while a cadre has unlocked it.
//
// # Memory
//
// Unlocking opens all rows, on all cores, and builds an index. Rows stay encoded
// and are decoded when shown. See DESIGN.md for the reasons.
package replica
