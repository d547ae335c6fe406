// SPDX-License-Identifier: Apache-2.0

// Package consent is the permission of a person to collect something about them and give it to somebody.
//
// What the person reads is data: a [Wording] per purpose, each new text under a new number, all kept, so that a consent
// always leads to the words it was given to. Income, deposits, debts and the like need a consent of their own, given in
// writing after the person was told what may follow (征信业管理条例 art. 14, PIPL art. 29): a wording marked sensitive.
//
// A consent is an immutable entry, and so is its withdrawal: both stay for ever, and whether a consent holds on a day is
// read from the two together.
package consent
