// SPDX-License-Identifier: Apache-2.0

// Package hlc keeps hybrid logical clocks: stamps close to the time of day that
// never contradict what their author had already seen.
//
// # Background
//
// Kulkarni, Demirbas, Madappa, Avva and Leone, "Logical Physical Clocks and
// Consistent Snapshots in Globally Distributed Databases" (2014). A stamp is a
// wall time in milliseconds with a small counter behind it. When a change is
// made, its stamp is the corrected wall time, or one step above the highest stamp
// the change depends on if the wall lags behind that.
//
// Stamps are used for exactly one thing: the `latest` policy, which chooses
// between values whose authors had not seen each other. Whether one write saw
// another is decided by versions and lane numbers, never by a clock.
//
// # Properties
//
//  1. A stamp is greater than every stamp handed to [Clock.Next] with it: the
//     bases its author saw and the previous change set of its lane.
//  2. A clock never gives a stamp twice and never goes back, whatever the wall
//     does, also across a restart when [Clock.Restore] was called.
//  3. [Bound] changes nothing when applied twice and keeps the order of its
//     inputs, equal stamps included.
//  4. The order of stamps, of their 8-byte form and of their text form is the
//     same order.
//
// # How stamps travel
//
// Device to server: the header of a change set carries the device's [Reading]
// unchanged and the stamp made from it. Server to device: pulled rows carry the
// effective stamp of the value they hold; receipts carry the effective stamp of
// the change set. On disk: the replica stores the last stamp in the transaction
// that stores the change set, and restores it on opening.
//
// # Hazards
//
// HAZARD: an [Offset] measured in one boot and used in the next would move every
// stamp by the time the machine was switched off, because the monotonic clock
// starts again. [Corrected] therefore compares boot ids and falls back to the bare
// wall, saying so.
//
// HAZARD: a monotonic reading that stops while a laptop sleeps lags by the length
// of the sleep until the server is met again. Callers read a clock that counts
// sleep (CLOCK_BOOTTIME on Linux, QueryInterruptTimePrecise on Windows). If they
// cannot, property 1 still holds; only choices between concurrent writes suffer.
//
// HAZARD: a boot id that stays the same although the monotonic clock was reset
// (a restored virtual machine) makes corrected times wrong by any amount. Property
// 1 still holds, and [Bound] limits what it does to others.
//
// HAZARD: one stamp far in the future lifts the clock of everyone who sees it,
// and the lane that made it stays up there after its wall was mended. The server
// passes each stamp through [Bound] before anyone else sees it, and the device
// comes down with [Clock.Rebase] once everything it sent is receipted.
//
// HAZARD: bounding moves a stamp down, perhaps below what its author had seen.
// The effective stamp is [After] of the bounded stamp and those stamps, never the
// bounded stamp alone.
//
// HAZARD: the last stamp has no successor; [After] then returns it again and
// property 1 fails. It lies in the year 6429, so only a forged stamp gets near it,
// and [Bound] keeps forged stamps from spreading.
//
// HAZARD: a clock that is not restored at start may repeat stamps if the wall
// was set back while the program was down. The lane's previous stamp, always
// handed to [Clock.Next], protects the lane itself even then.
package hlc
