// SPDX-License-Identifier: Apache-2.0

// Package points keeps a village's civic points under two schemes, 乡村治理积分制 and 文明实践积分制: what earns them, as versioned
// data for each county, and what was said about each, of which every balance is the sum.
//
// Nothing is ever changed. An [Entry] is proposed by one person; it counts once another person approved it ([Approval]), while
// nobody objects to it ([Objection]) and unless somebody looked into an objection and found it right ([Answer]). One that was
// wrong is taken back by an entry with the opposite sign, which two persons make as well. [Sum] folds all that into a [Ledger];
// it depends neither on the order in which records came nor on an edition of the policy, so that every replica that holds the
// same records says the same, a kiosk that reads no names too. Years are those of the calendar.
//
// Points are only given, never taken as a punishment: no balance is below zero, and what they add to a limit ([Bonus]) is not
// either.
package points
