// SPDX-License-Identifier: Apache-2.0

// Package device is the machine around a kiosk's screen: its disk, its clock, its printer. What a test
// needs differently is an interface or a func; the simulators are beside the real things.
//
// No printer is driven yet: a receipt is a number and a QR code on the screen, and Health.Paper stays nil.
package device
