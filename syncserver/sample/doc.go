// SPDX-License-Identifier: Apache-2.0

// Package sample makes plausible people who do not exist: the villages of a town with households, members, merchants,
// consents, plates, and loan demands in every state, for demonstrations, tests and measurements.
//
// The same seed and options give the same records, so a screenshot can be made again and a fault found again. Record ids
// do not depend on the clock: a run that was interrupted is continued by running it again. Nothing can be mistaken for a
// real person: every record says sample, resident ids have the sequence 000, which is not issued (and reads as female for
// everybody), phones lie in the block 199 0000 xxxx, credit codes have the area 000000. Ranges follow
// published figures of the region where there are any; the rest are assumptions.
package sample
