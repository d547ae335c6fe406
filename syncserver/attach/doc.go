// SPDX-License-Identifier: Apache-2.0

// Package attach is the server's end of attachments: it takes sealed files from
// devices by the tus protocol, checks every byte of them against the digest that is
// their name, notes their arrival where change sets name them, gives them to devices
// whose view holds such a field, opens them for the console, and forgets what nobody
// ever named.
//
// Every request is signed by the device's key (blob.Request): there is no token to
// steal, to expire in the middle of an upload or to remember across a restart, and a
// device that is switched off is known as such at once.
//
// What is here is in the store's table blob only after it is in the folder, whole and
// synced; a file's arrival is a record only after that. A server that is killed
// between any two of these steps goes on with the next one.
package attach
