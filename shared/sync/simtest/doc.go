// SPDX-License-Identifier: Apache-2.0

// Package simtest runs whole worlds of one server and many devices in virtual
// time: on a network that delays, cuts, goes half open, loses, doubles and
// re-orders; on machines that are killed, fill up, reboot and have wrong clocks;
// with grants, revocations, restores of old backups, copied laptops and
// disputes. After each world it checks what the project promises (see check.go).
//
// Everything that happens is a line of text, so that a story of testdata and a
// random world are the same thing: a [Plan]. A random world that breaks a law is
// cut down to the fewest lines that still break it, and printed.
//
// Promises without a story here are told where they can be seen: a lane that does not
// verify in replica TestCloseLane, a poisoned change set in sqlite TestGroupIsHalved, full
// disks in e2e TestFullDiskServer and TestFullDiskDevice, a narrower view in hub TestNarrowerView, repair in hub
// TestRepair, the audit log in hub TestAuditLogTravels, attachments in e2e
// TestAttachmentsKilled, signed rules in e2e TestPublish.
//
// The machines of package peer, the policies and the wire formats in a world are
// the real ones. The stores are those of package model, or the real ones: a
// [Server] and [Device]s say which.
package simtest
