// SPDX-License-Identifier: Apache-2.0

// Package record is the data contract of Yuexin: what a record is, what one
// person does to records in one act, and what became of it.
//
// A record is kind + id + scope + subject + fields. Capabilities under
// shared/credit turn a record into their own Go type and back; shared/sync
// moves records and never sees a loan. The same contract therefore holds on a
// kiosk offline, on a laptop, on the server and in the simulator.
//
// The words, in the order in which they meet:
//
//   - [Value]: what a field holds. [Header]: what a record is for ever.
//   - [Catalogue]: versioned data that describes kinds and fields.
//   - [Write]: what happens to one record. [Act]: the writes of one person's
//     act, handed to a [Store]. [ChangeSet]: an act with its author, clock
//     reading, base and place in a lane; this is what travels.
//   - [Head]: a value that no accepted write has seen. [FieldState]: what
//     readers see of a field. [Row]: the state of a record.
//   - [Outcome] and [Receipt]: what became of a change set.
//   - [Access] and [View]: who may do and see what; a table, never code.
//
// The package does no I/O and reads no clock. DESIGN.md beside it gives the
// reasons.
package record
