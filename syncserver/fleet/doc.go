// SPDX-License-Identifier: Apache-2.0

// Package fleet is the server's side of its devices: who the server is to them
// ([Identity]), how one becomes a device ([Service.NewTicket] and the handler of
// enrol.Path), and how one is switched off.
//
// A code is kept as a keyed hash only. What the handler answers to a code that
// is unknown, used or expired is the same, in words and in work done, and who
// asks again and again has to wait.
package fleet
