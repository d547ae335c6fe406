// SPDX-License-Identifier: Apache-2.0

// Package model holds the two stores of a sync session as plain data: [Central]
// for the server, [Replica] for a device. They do what store/central and
// package replica do, by the same policies, rules and wire formats, but in a
// few microseconds and without a disk. The simulator runs thousands of worlds on
// them, and some hundred on the real ones.
//
// They are written from ARCHITECTURE.md section 4, not from the real stores, so
// that the two can be held against each other. [Bug] plants a fault in them: a
// checker that finds none of these proves nothing.
package model
