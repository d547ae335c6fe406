// SPDX-License-Identifier: Apache-2.0

// Package transfer is the device's end of attachments: it uploads sealed files by the
// tus protocol and downloads them on demand, on connections of its own.
//
// Records come first: a file waits until the change set that names it was receipted,
// stands still while records are on their way, and never takes more than the policy's
// bandwidth. What was cut off goes on at the byte where the server is, whether the
// link, the device or the server failed.
package transfer
