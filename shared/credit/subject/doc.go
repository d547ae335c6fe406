// SPDX-License-Identifier: Apache-2.0

// Package subject is whom credit is about: farm households with their members, and merchants.
//
// Each type is made from a record with an Of function and turned into writes with Create and Changes. A write names only
// what differs, so that an edit of the phone never touches an income that somebody else corrects at the same time.
// Checks name the field at fault; the keys are in the texts "credit". Money is in fen, land in hundredths of a mu.
package subject
