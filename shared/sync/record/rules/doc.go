// SPDX-License-Identifier: Apache-2.0

// Package rules holds what every record.Store does alike, whatever is below it:
// [Check] judges an act against catalogue, access table and what stands, and
// [Author.Fold] brings one write into the heads of a record, so that a device's
// overlay of pending changes is computed as the server will compute it.
//
// It is pure. Its faults have the keys "record.…", each with a hint.
package rules
