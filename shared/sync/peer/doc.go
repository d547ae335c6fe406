// SPDX-License-Identifier: Apache-2.0

// Package peer is the sync session as two pure state machines: [Device] on a
// kiosk or laptop, [Server] at the other end. An [Event] goes in; [Effect]s
// come out: messages to send, and reads and writes of the store for the
// caller to carry out and report back as further events. The machines do no
// I/O, start no goroutine and read no clock, so that the same code runs over
// a websocket, in a test table and in the simulator.
//
// The loop around a machine is always the same:
//
//	for ev := range events {
//		for _, eff := range machine.Step(nowMS, ev) {
//			carry out eff; queue its result, if any, as an event
//		}
//	}
//
// [Drain] is the one effect that is about the connection: the loop answers it
// with [Drained] when the messages before it have left.
//
// A session in order: Hello, Challenge, Proof, Welcome; then, independent of
// each other, frames up with receipts down, the control log down with its
// acknowledgement up, and for each subscribed scope Rows and a Checkpoint
// down with Have up; before them, where a device holds nothing yet, a Snapshot in
// Pieces. Nothing the one direction does can stop the other: a
// refused change set does not hold up pulls, and a revocation needs no
// upload to have finished.
//
// After an error nothing is remembered but what is durable: the next session
// begins from the replica's lanes and cursors.
package peer
